import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import type { Answer } from '../fixtures/app.ts';
import { attacks, type Case } from './cases.ts';
import type { RawKey } from './service.ts';
import { callsOf, KEY, keysOf, SETTING_MS, type Stage, setStage } from './stores.ts';
import { attackAttributes, type Target } from './stores-attributes.ts';

// Some hundred calls each.
jest.setTimeout(600_000);

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

const UNAUTHENTICATED = '401 unauthenticated';
const keys = () => keysOf(stage.owner);
const calls = () => callsOf(stage.owner);
const token = () => stage.owner.token;

/** The key of the first row whose names begin like this. */
const keyOf = async (pk: string, sk: string): Promise<RawKey> => {
  const row = (await stage.table.all()).find((one) => one['pk']?.S?.startsWith(pk) && one['sk']?.S?.startsWith(sk));
  return { pk: row?.['pk']?.S ?? '', sk: row?.['sk']?.S ?? '' };
};

/** The parts of an answer that stay the same from call to call. */
const statusOnly = ({ status }: Answer) => status;

/** Makes all the attacks of a target, and names what was answered. */
const attacked =
  (target: () => Target | Promise<Target>, least: number): Case =>
  async () => {
    const { met, answers } = await attackAttributes(stage, await target());
    expect(met).toBeGreaterThan(least);
    return [...answers].sort().join('; ');
  };

attacks('Attributes', {
  'attributes-of-the-index': attacked(async () => {
    const { pk, sk } = await keyOf('E#', 'E');
    const row = await stage.table.get({ pk, sk });
    const of = row['accountId']?.S === stage.owner.accountId ? stage.owner : stage.other;
    return {
      key: { pk, sk },
      calls: [callsOf(of).signIn],
      told: ({ body }) => (body as { accountId: string }).accountId,
    };
  }, 10),
  'attributes-of-the-account': attacked(
    () => ({
      key: keys().account,
      calls: [calls().account, calls().person],
      else: [UNAUTHENTICATED],
      told: toldOfItem,
    }),
    200,
  ),
  'attributes-of-the-manifest': attacked(() => ({ key: keys().manifest, calls: [calls().account, calls().items] }), 50),
  'attributes-of-a-session': attacked(
    () => ({
      key: keys().session,
      calls: [calls().account, calls().person],
      else: [UNAUTHENTICATED],
      told: toldOfItem,
    }),
    150,
  ),
  'attributes-of-an-item': attacked(() => ({ key: keys().person, calls: [calls().person, calls().items] }), 50),
  'attributes-of-a-document': attacked(
    () => ({
      key: keys().document,
      calls: [calls().document, calls().documents, calls().content],
      told: (answer) => answer.bytes.toString('base64'),
    }),
    200,
  ),
  'attributes-of-a-document-that-goes': attacked(
    () => ({
      key: keys().spare,
      calls: [[`DELETE /v1/documents/${stage.owner.spare}`, { token: token() }]],
      told: statusOnly,
    }),
    80,
  ),
  'attributes-of-an-upload': attacked(
    () => ({
      key: keys().upload,
      calls: [calls().upload],
      unread: ['sealed', 'state'],
      else: ['404 not_found'],
      told: toldOfUpload,
    }),
    80,
  ),
  'attributes-of-an-entry': attacked(
    async () => ({ key: await keyOf(`A#${stage.owner.accountId}`, 'L#'), calls: [calls().activity], told: statusOnly }),
    20,
  ),
  'attributes-of-an-idempotency-key': attacked(async () => {
    const [givenName, familyName] = ['Ottoline', 'Harrowgate'];
    const body = { type: 'person', label: 'owner', data: { givenName, familyName } };
    const again = ['POST /v1/items', { token: token(), body, headers: { 'idempotency-key': KEY } }] as const;
    return { key: await keyOf(`A#${stage.owner.accountId}`, 'K#'), calls: [again] };
  }, 50),
  'attributes-of-a-counter': attacked(async () => {
    const { emailMac } = await stage.table.get(keys().account);
    const pk = `T#${Buffer.from(emailMac?.B ?? []).toString('base64url')}`;
    return {
      key: await keyOf(pk, ''),
      calls: [calls().signIn, calls().activity],
      told: statusOnly,
    };
  }, 100),
});

function toldOfItem({ body }: Answer): unknown {
  return body;
}

/** An upload's end is a plain time: what came of it is sealed. */
function toldOfUpload({ body }: Answer): unknown {
  const { expiresAt: _, ...rest } = body as { expiresAt: string };
  return rest;
}
