import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { attacks, type Case } from './cases.ts';
import { type RawKey, type RawRow } from './service.ts';
import {
  bytesOf,
  CANARIES,
  callsOf,
  change,
  each,
  type Holder,
  KEY,
  keysOf,
  MINUTE,
  meet,
  moved,
  SETTING_MS,
  type Stage,
  setStage,
} from './stores.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
}, SETTING_MS);
afterAll(() => stage.close());

type RowName = keyof ReturnType<typeof keysOf>;
const get = (of: Holder, name: RowName) => stage.table.get(keysOf(of)[name]);
const token = () => stage.owner.token;

/** Puts one row's message, and nothing else of it, in another's place. */
async function message(from: RawKey, to: RawKey): Promise<void> {
  const sealed = bytesOf(await stage.table.get(from), 'sealed');
  await change(stage, to, () => ({ sealed: { B: sealed } }));
}

const entryKey = async ({ accountId }: Holder): Promise<RawKey> => {
  const pk = `A#${accountId}`;
  const entry = (await stage.table.all()).find((row) => row['pk']?.S === pk && row['sk']?.S?.startsWith('L#') === true);
  return { pk, sk: entry?.['sk']?.S ?? '' };
};

const find = async (prefix: string, sk: string): Promise<RawRow> => {
  const row = (await stage.table.all()).find((one) => one['pk']?.S?.startsWith(prefix) && one['sk']?.S?.startsWith(sk));
  if (row === undefined) throw new Error(`no row ${prefix} ${sk}`);
  return row;
};

/** The index row of an account's e-mail. */
const indexOf = async ({ accountId }: Holder): Promise<RawRow> => {
  const index = (await stage.table.all()).find((row) => row['accountId']?.S === accountId);
  if (index === undefined) throw new Error('no index row');
  return index;
};

/** The person's request again, with its key or another. */
const again = (of: Holder, key = KEY, name: keyof typeof CANARIES = 'owner') => {
  const [givenName = '', familyName = ''] = CANARIES[name].split(' ');
  const body = { type: 'person', label: name, data: { givenName, familyName } };
  return ['POST /v1/items', { token: of.token, body, headers: { 'idempotency-key': key } }] as const;
};

/** An idempotency row with other attributes, met by the request of its key. */
const keyed = (changes: Readonly<Record<string, AttributeValue>>) => async () => {
  const row = await find(`A#${stage.owner.accountId}`, 'K#');
  await stage.table.put({ ...row, ...changes });
  return meet(stage, again(stage.owner));
};

/** Each of the owner's calls at a row, once it was attacked. */
const calls = (attack: () => Promise<void>, ...names: readonly (keyof ReturnType<typeof callsOf>)[]) =>
  names.map((name) => async () => {
    await attack();
    return meet(stage, callsOf(stage.owner)[name]);
  });

const SWAPS: Record<string, Case> = {
  'message-of-another-item': () =>
    each(
      stage,
      calls(() => message(keysOf(stage.owner).note, keysOf(stage.owner).person), 'person', 'items'),
    ),
  'row-of-another-item': () =>
    each(
      stage,
      calls(
        async () => stage.table.put(moved(await get(stage.owner, 'note'), keysOf(stage.owner).person)),
        'person',
        'items',
      ),
    ),
  'message-of-another-account': () =>
    each(
      stage,
      calls(() => message(keysOf(stage.other).person, keysOf(stage.owner).person), 'person', 'items'),
    ),
  'row-of-another-account': () =>
    each(
      stage,
      calls(
        async () => stage.table.put(moved(await get(stage.other, 'person'), keysOf(stage.owner).person)),
        'person',
        'items',
      ),
    ),
  'row-of-another-account-under-its-own-id': () =>
    each(stage, [
      async () => {
        const { owner, other } = stage;
        const sk = keysOf(other).person.sk;
        await stage.table.put(moved(await get(other, 'person'), { pk: keysOf(owner).person.pk, sk }));
        return meet(stage, [`GET /v1/items/${other.person}`, { token: owner.token }]);
      },
      ...calls(async () => {
        const { pk } = keysOf(stage.owner).person;
        await stage.table.put(moved(await get(stage.other, 'person'), { pk, sk: keysOf(stage.other).person.sk }));
      }, 'items'),
    ]),
  'item-and-document-exchanged': () =>
    each(stage, [
      ...calls(() => message(keysOf(stage.owner).document, keysOf(stage.owner).person), 'person', 'items'),
      ...calls(
        () => message(keysOf(stage.owner).person, keysOf(stage.owner).document),
        'document',
        'documents',
        'content',
      ),
    ]),
  'document-of-another-account': () =>
    each(
      stage,
      calls(
        () => message(keysOf(stage.other).document, keysOf(stage.owner).document),
        'document',
        'documents',
        'content',
      ),
    ),
  'documents-exchanged': () =>
    each(
      stage,
      calls(
        async () => stage.table.put(moved(await get(stage.owner, 'spare'), keysOf(stage.owner).document)),
        'document',
        'documents',
        'content',
      ),
    ),
  'activity-in-an-item': () =>
    each(
      stage,
      calls(async () => message(await entryKey(stage.owner), keysOf(stage.owner).person), 'person', 'items'),
    ),
  'item-in-activity': () =>
    each(stage, [
      async () => {
        await message(keysOf(stage.owner).person, await entryKey(stage.owner));
        const answer = await stage.call(...callsOf(stage.owner).activity);
        const { chain, breaks } = answer.body as { chain: string; breaks: { fault: string }[] };
        expect(breaks.map(({ fault }) => fault)).toContain('changed');
        expect(answer.bytes.includes(CANARIES.owner)).toBe(false);
        return `${verdict(answer)}, ${chain}`;
      },
    ]),
  'row-removed': () =>
    each(stage, [
      ...calls(() => stage.table.remove(keysOf(stage.owner).person), 'person', 'items'),
      ...calls(() => stage.table.remove(keysOf(stage.owner).document), 'document', 'documents', 'content'),
    ]),
  'row-rolled-back': () =>
    each(stage, [
      async () => {
        const before = await get(stage.owner, 'person');
        const body = { label: 'newer', data: { givenName: 'Newer', familyName: 'Name' } };
        const headers = { 'if-match': '"1"' };
        const changed = await stage.call(`PUT /v1/items/${stage.owner.person}`, { token: token(), body, headers });
        expect(verdict(changed)).toBe('200');
        await stage.table.put(before);
        return meet(stage, callsOf(stage.owner).person);
      },
    ]),
  'row-revived': () =>
    each(stage, [
      async () => {
        const before = await get(stage.owner, 'person');
        expect(verdict(await stage.call(`DELETE /v1/items/${stage.owner.person}`, { token: token() }))).toBe('204');
        await stage.table.put(before);
        return meet(stage, callsOf(stage.owner).person);
      },
      async () => {
        const before = await get(stage.owner, 'document');
        expect(verdict(await stage.call(`DELETE /v1/documents/${stage.owner.document}`, { token: token() }))).toBe(
          '204',
        );
        await stage.table.put(before);
        const answer = await meet(stage, callsOf(stage.owner).document);
        await stage.resetObjects();
        return answer;
      },
    ]),
  'account-row-rolled-back': () =>
    each(stage, [
      async () => {
        const before = await get(stage.owner, 'account');
        const newPassword = 'eleven quiet otters swim';
        const body = { currentPassword: PASSWORD, newPassword };
        expect(verdict(await stage.call('PUT /v1/account/password', { token: token(), body }))).toBe('204');
        await stage.table.put(before);
        return meet(stage, callsOf(stage.owner).signIn);
      },
    ]),
  'manifest-of-another-account': () =>
    each(
      stage,
      calls(
        async () => stage.table.put(moved(await get(stage.other, 'manifest'), keysOf(stage.owner).manifest)),
        'account',
        'person',
        'documents',
        'signIn',
      ),
    ),
  'manifest-emptied': async () => {
    const fresh = await stage.register();
    const first = await stage.table.get({ pk: `A#${fresh.accountId}`, sk: 'M' });
    const body = { type: 'note', data: { text: 'first' } };
    expect(verdict(await stage.call('POST /v1/items', { token: fresh.token, body }))).toBe('201');
    const { revision = { N: '1' } } = await stage.table.get({ pk: `A#${fresh.accountId}`, sk: 'M' });
    const answers = new Set<string>();
    // Its own, when it held nothing, as it was and under the newer revision; and no bytes at all.
    for (const emptied of [first, { ...first, revision }, { ...first, revision, sealed: { B: Buffer.alloc(0) } }]) {
      await stage.table.put(emptied);
      answers.add(await meet(stage, ['GET /v1/items', { token: fresh.token }]));
    }
    return [...answers].join('; ');
  },
  'manifest-removed': () =>
    each(
      stage,
      calls(() => stage.table.remove(keysOf(stage.owner).manifest), 'account', 'person', 'signIn'),
    ),
};

const LOOKUPS: Record<string, Case> = {
  'index-forged': () =>
    each(stage, [
      async () => {
        const index = await indexOf(stage.owner);
        await stage.table.put({ ...index, accountId: { S: stage.other.accountId } });
        return meet(stage, callsOf(stage.owner).signIn);
      },
      async () => {
        const index = await indexOf(stage.owner);
        await stage.table.put({ ...index, accountId: { S: stage.other.accountId } });
        return meet(stage, callsOf({ ...stage.owner, recoveryCode: stage.other.recoveryCode }).recover);
      },
    ]),
  'index-to-nobody': () =>
    each(
      stage,
      ['0'.repeat(26), '7'.repeat(26)].map((id) => async () => {
        await stage.table.put({ ...(await indexOf(stage.owner)), accountId: { S: id } });
        const hashed = stage.hashes();
        const answer = await meet(stage, callsOf(stage.owner).signIn);
        expect(stage.hashes()).toBe(hashed);
        return answer;
      }),
    ),
  'index-removed': () =>
    each(stage, [
      async () => {
        const index = await indexOf(stage.owner);
        await stage.table.remove({ pk: index['pk']?.S ?? '', sk: 'E' });
        return meet(stage, callsOf(stage.owner).signIn);
      },
    ]),
  'idempotency-row-under-another-key': () =>
    each(stage, [
      async () => {
        await stage.call('POST /v1/items', {
          token: token(),
          body: { type: 'note', data: { text: 'another' } },
          headers: { 'idempotency-key': 'another' },
        });
        const rows = (await stage.table.all()).filter(
          (row) => row['pk']?.S === `A#${stage.owner.accountId}` && row['sk']?.S?.startsWith('K#') === true,
        );
        expect(rows).toHaveLength(2);
        const [a, b] = rows as [RawRow, RawRow];
        await stage.table.put({ ...a, sk: b['sk'] as AttributeValue }, { ...b, sk: a['sk'] as AttributeValue });
        return meet(stage, again(stage.owner));
      },
    ]),
  'idempotency-row-of-another-account': () =>
    each(stage, [
      async () => {
        const row = await find(`A#${stage.owner.accountId}`, 'K#');
        await stage.table.put({ ...row, pk: { S: `A#${stage.other.accountId}` } });
        return meet(stage, again(stage.other));
      },
    ]),
  'idempotency-row-changed': () =>
    each(stage, [
      keyed({ state: { S: 'BEGUN' } }),
      keyed({ resourceId: { S: stage.owner.note } }),
      keyed({ resourceId: { S: stage.other.person } }),
      keyed({ createdAt: { N: '0' } }),
      keyed({ createdAt: { N: String(Date.now()) } }),
      keyed({ request: { B: Buffer.alloc(32) } }),
      keyed({ mac: { B: Buffer.alloc(32) } }),
    ]),
  'counter-poisoned': () =>
    each(
      stage,
      [
        { failures: { N: String(2 ** 31) } },
        { failures: { S: '0' } },
        { blockedUntil: { N: String(2 ** 47) } },
        { blockedUntil: { NULL: true } },
        { tries: { S: '' } },
        { tries: { L: [{ M: {} }] } },
        { tries: { L: [{ M: { at: { N: '-1' }, source: { S: '' } } }] } },
        { lastSuccessAt: { S: 'NaN' } },
      ].map((changes: Record<string, AttributeValue>) => async () => {
        for (const row of (await stage.table.all()).filter((one) => one['pk']?.S?.startsWith('T#') === true)) {
          await stage.table.put({ ...row, ...changes });
        }
        const hashed = stage.hashes();
        const answer = await meet(stage, callsOf(stage.owner).signIn);
        expect(stage.hashes()).toBe(hashed);
        return answer;
      }),
    ),
};

/** What no time is. */
const NO_TIMES: readonly (AttributeValue | undefined)[] = [
  undefined,
  { S: 'NaN' },
  { S: '9999999999999' },
  { N: '-1' },
  { N: '1.5' },
  { N: '1e30' },
  { B: Buffer.from('9999999999999') },
  { NULL: true },
  { L: [{ N: '9999999999999' }] },
];

const noTime = (key: () => RawKey, name: string, call: keyof ReturnType<typeof callsOf>) =>
  NO_TIMES.map((value) => async () => {
    await change(stage, key(), () => ({ [name]: value }));
    return meet(stage, callsOf(stage.owner)[call]);
  });

const EXPIRIES: Record<string, Case> = {
  'session-expiry-no-time': () =>
    each(
      stage,
      noTime(() => keysOf(stage.owner).session, 'expiresAt', 'account'),
    ),
  'session-use-no-time': () =>
    each(
      stage,
      noTime(() => keysOf(stage.owner).session, 'lastSeenAt', 'account'),
    ),
  'document-expiry-no-time': () =>
    each(stage, [
      ...noTime(() => keysOf(stage.owner).document, 'expiresAt', 'content'),
      ...noTime(() => keysOf(stage.owner).document, 'expiresAt', 'documents'),
    ]),
  'idempotency-time-no-time': () =>
    each(
      stage,
      NO_TIMES.filter((value) => value !== undefined).map((value) => keyed({ createdAt: value })),
    ),
  'session-expiry-moved': () =>
    each(stage, [
      async () => {
        await change(stage, keysOf(stage.owner).session, ({ expiresAt }) => ({
          expiresAt: { N: String(Number(expiresAt?.N) + MINUTE) },
        }));
        return meet(stage, callsOf(stage.owner).account);
      },
    ]),
  'document-expiry-moved': () =>
    each(
      stage,
      calls(
        () =>
          change(stage, keysOf(stage.owner).document, ({ expiresAt }) => ({
            expiresAt: { N: String(Number(expiresAt?.N) + MINUTE) },
          })),
        'document',
        'documents',
        'content',
      ),
    ),
  'time-to-live-odd': () =>
    each(
      stage,
      [{ S: 'NaN' }, { N: '-1' }, { N: '1' }, { NULL: true }].flatMap((ttl: AttributeValue) =>
        (['session', 'document'] as const).flatMap((name) =>
          calls(() => change(stage, keysOf(stage.owner)[name], () => ({ ttl })), 'account', 'content'),
        ),
      ),
    ),
  'session-over-made-to-live': async () => {
    await stage.reset();
    const begun = (await get(stage.owner, 'session'))['expiresAt']?.N ?? '';
    stage.pass(9 * 60 * MINUTE);
    const now = Number(begun) + 2 * 60 * MINUTE;
    const dead = await meet(stage, callsOf(stage.owner).account);
    await change(stage, keysOf(stage.owner).session, () => ({
      expiresAt: { N: String(now + 60 * MINUTE) },
      lastSeenAt: { N: String(Number(begun) + 60 * MINUTE) },
    }));
    return `${dead}, then ${await meet(stage, callsOf(stage.owner).account)}`;
  },
};

attacks('Rows in the place of others', SWAPS);
attacks('Rows that are looked up', LOOKUPS);
// The last one moves the clock.
attacks('Times', EXPIRIES);
