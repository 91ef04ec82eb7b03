import { afterAll, beforeAll, expect } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks, type Case } from './cases.ts';
import { type RawRow } from './service.ts';
import { callsOf, keysOf, meet, SETTING_MS, type Stage, setStage } from './stores.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

const calls = () => callsOf(stage.owner);
const token = () => stage.owner.token;

async function restage(): Promise<void> {
  await stage.reset();
  await stage.resetObjects();
}

/** Writes three items more, and puts the whole table back. @returns the revision that the client saw last */
async function rolledBack(): Promise<string> {
  await restage();
  const old = await stage.table.all();
  let seen = '';
  for (let i = 0; i < 3; i++) {
    const made = await stage.call('POST /v1/items', {
      token: token(),
      body: { type: 'note', data: { text: 'later' } },
    });
    expect(verdict(made)).toBe('201');
    seen = made.headers.get('x-vault-revision') ?? '';
  }
  await stage.table.restore(old);
  return seen;
}

/** Rotates the owner's key to its end. @returns all rows and objects of before */
async function rotated(): Promise<{ rows: RawRow[]; objects: Map<string, Buffer> }> {
  await restage();
  const rows = await stage.table.all();
  const names = await stage.bucket.names();
  const objects = new Map(await Promise.all(names.map(async (one) => [one, await stage.bucket.get(one)] as const)));
  const answer = await stage.call('POST /v1/account/key-rotation', { token: token(), body: { password: PASSWORD } });
  expect(answer.body).toEqual({ keyVersion: 2, remaining: 0 });
  return { rows, objects };
}

const isOf = (sk: string) => (row: RawRow) =>
  row['pk']?.S === `A#${stage.owner.accountId}` && row['sk']?.S?.startsWith(sk) === true;

/** Rotates, puts rows of before back, with all objects, and makes a call. */
async function afterRotation(sks: readonly string[], call: readonly [string, object]): Promise<string> {
  const { rows, objects } = await rotated();
  for (const [name, bytes] of objects) await stage.bucket.put(name, bytes);
  await stage.table.put(...rows.filter((row) => sks.some((sk) => isOf(sk)(row))));
  return meet(stage, call);
}

const WHOLE: Record<string, Case> = {
  'table-rolled-back-and-remembered': async () => {
    const seen = await rolledBack();
    const answers = new Set<string>();
    for (const [call, send] of [calls().account, calls().items, calls().content, calls().activity]) {
      answers.add(await meet(stage, [call, { ...send, headers: { 'x-vault-revision-seen': seen } }]));
    }
    return [...answers].join('; ');
  },
  'table-rolled-back-and-not-remembered': async () => {
    await rolledBack();
    return meet(stage, calls().person);
  },
  'manifest-rolled-back': async () => {
    await restage();
    const old = await stage.table.get(keysOf(stage.owner).manifest);
    const body = { type: 'note', data: { text: 'later' } };
    expect(verdict(await stage.call('POST /v1/items', { token: token(), body }))).toBe('201');
    await stage.table.put(old);
    const answers = new Set<string>();
    for (const call of [calls().account, calls().items, calls().sessions, calls().signIn]) {
      answers.add(await meet(stage, call));
    }
    return [...answers].join('; ');
  },
  'sessions-rolled-back-after-their-end': async () => {
    await restage();
    const { email, password } = stage.owner;
    const begun = await stage.call('POST /v1/sessions', { body: { email, password } });
    const guest = { token: begun.text('session.token') };
    const row = await stage.table.get({ ...keysOf(stage.owner).session, sk: `S#${begun.text('session.id')}` });
    expect(verdict(await stage.call('DELETE /v1/sessions/current', guest))).toBe('204');
    const ended = await meet(stage, ['GET /v1/account', guest]);
    await stage.table.put(row);
    return `${ended}, then ${await meet(stage, ['GET /v1/account', guest])}`;
  },
  'items-of-before-a-rotation': () => afterRotation(['I#'], calls().person),
  'documents-of-before-a-rotation': () => afterRotation(['D#'], calls().content),
  'account-of-before-a-rotation': () => afterRotation(['ACCOUNT'], calls().signIn),
  'account-and-manifest-of-before-a-rotation': () => afterRotation(['ACCOUNT', 'M'], calls().signIn),
  'session-of-before-a-rotation': () => afterRotation(['S#'], calls().account),
  'objects-of-before-a-rotation': () => afterRotation([], calls().content),
  'objects-of-before-under-the-new-names': async () => {
    const { objects } = await rotated();
    const { objectKeys } = await stage.table.get(keysOf(stage.owner).document);
    const old = stage.owner.objects.map((name) => objects.get(name) ?? Buffer.alloc(0));
    for (const [i, { S = '' }] of (objectKeys?.L ?? []).entries()) {
      expect(stage.owner.objects).not.toContain(S);
      await stage.bucket.put(S, old[i] ?? Buffer.alloc(0));
    }
    return meet(stage, calls().content, { isTold: true });
  },
  'previous-key-put-back': async () => {
    await restage();
    const started = await stage.call('POST /v1/account/key-rotation', {
      token: token(),
      body: { password: PASSWORD, limit: 1 },
    });
    expect(verdict(started)).toBe('200');
    const { previousDek, previousDekVersion } = await stage.table.get(keysOf(stage.owner).account);
    expect(previousDek?.B?.length).toBeGreaterThan(32);
    const goOn = () => stage.call('POST /v1/account/key-rotation', { token: token(), body: {} });
    expect((await goOn()).body).toEqual({ keyVersion: 2, remaining: 0 });
    const account = await stage.table.get(keysOf(stage.owner).account);
    if (previousDek === undefined || previousDekVersion === undefined) throw new Error('no previous key');
    await stage.table.put({ ...account, previousDek, previousDekVersion });
    return meet(stage, calls().account);
  },
};

attacks('The whole store, and keys of before', WHOLE);
