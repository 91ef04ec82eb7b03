import { expect } from '@jest/globals';
import fc from 'fast-check';
import { readZip } from '../archive/read-zip.ts';
import { accountView } from './account-deeds.ts';
import { type Deed, deed, deedIn } from './deeds.ts';
import { documentView, sha256 } from './document-deeds.ts';
import type { In } from './in.ts';
import { allPages, itemView } from './item-deeds.ts';
import { type Account, DAY, HOUR, MINUTE, type Model } from './model.ts';

/** Items that a rotation reads at one moment. */
const ITEMS_A_READ = 28;
/** An expired document is given up by a rotation so long after its end, ms. */
const SKEW_MS = MINUTE;
/** Days that maintenance looks back. */
const LOOK_BACK_DAYS = 35;
/** The password must have been given within so long for an export, ms. */
const FRESH_MS = 10 * MINUTE;

const rotate = deedIn(
  'rotate',
  fc.record({ start: fc.constantFrom('right', 'right', 'wrong', 'no'), limit: fc.option(fc.constantFrom(1, 2, 5)) }),
  async (at, { start, limit }) => {
    const { m, account, session } = at;
    const password = { right: account.password, wrong: 'seven grey lanterns hiss', no: undefined }[start];
    const body = { ...(limit === null ? {} : { limit }), ...(password === undefined ? {} : { password }) };
    const answer = await at.ask('POST /v1/account/key-rotation', { body });
    if (answer === null) return;
    if (password !== undefined) {
      const right = at.confirms(answer, password);
      if (right === null) return;
      right();
      if (!account.rotating) {
        account.keyVersion += 1;
        account.rotating = true;
        m.endSessions(account, session);
        m.write(session, 'key-rotation.started');
      }
    }
    const remaining = account.rotating ? moved(at, limit ?? 200) : 0;
    at.says(answer, '200', { keyVersion: account.keyVersion, remaining });
  },
);

/** Moves things to the account's key, as far as the limit goes. @returns how many are left */
function moved({ m, account, session }: In, limit: number): number {
  const { items, documents, activity, keyVersion } = account;
  let left = limit;
  const isOld = (one: { readonly keyVersion: number }) => one.keyVersion !== keyVersion;
  const old = itemsOf(account).filter(isOld);
  for (let start = 0; start < old.length && left > 0; start += ITEMS_A_READ) {
    const some = old.slice(start, start + Math.min(ITEMS_A_READ, left));
    for (const item of some) items.set(item.id, { ...item, keyVersion });
    account.revision += 1;
    left -= some.length;
  }
  const isDue = (one: { readonly keyVersion: number; readonly expiresAt: number }) =>
    isOld(one) && one.expiresAt > m.now - SKEW_MS;
  for (const document of [...documents.values()].filter(isDue).sort((a, b) => (a.id < b.id ? -1 : 1))) {
    if (left === 0) break;
    left -= 1;
    if (document.expiresAt <= m.now) continue;
    documents.set(document.id, { ...document, keyVersion, busyUntil: 0 });
    account.revision += 1;
  }
  for (const entry of activity.filter(isOld)) {
    if (left === 0) break;
    left -= 1;
    entry.keyVersion = keyVersion;
  }
  const remaining =
    [...items.values()].filter(isOld).length +
    [...documents.values()].filter(isDue).length +
    activity.filter(isOld).length;
  if (remaining > 0) return remaining;
  for (const document of m.documentsOf(account)) documents.set(document.id, { ...document, busyUntil: 0 });
  account.rotating = false;
  m.write(session, 'key-rotation.ended');
  return 0;
}

const getActivity = deedIn('get activity', fc.constantFrom(2, 3, 100), (at, limit) => checkActivity(at, limit));

/** Holds an account's activity, page by page, to the model's, and its chain to be whole. */
export async function checkActivity(at: In, limit: number): Promise<void> {
  const shown = await allPages<'activity'>(at, 'activity', limit, async (cursor) => {
    const answer = await at.ask(`GET /v1/account/activity?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
    if (answer !== null) expect(answer.body).toMatchObject({ chain: 'intact', breaks: [], verifiedSince: null });
    return answer;
  });
  if (shown !== null) expect(shown.map(withoutId)).toEqual(at.m.activityOf(at.account));
}

function withoutId(entry: unknown): object {
  const { id: _id, ...rest } = entry as { id: string };
  return rest;
}

const exportAll = deedIn('export', fc.constant(null), async (at) => {
  const { m, account, session } = at;
  const answer = await at.ask('GET /v1/account/export');
  if (answer === null) return;
  if (m.now - session.authenticatedAt > FRESH_MS) {
    at.says(answer, '403 reauthentication_required');
    return;
  }
  m.record(session, 'account.exported');
  at.says(answer, '200');
  const files = new Map(readZip(answer.bytes).map(({ name, body }) => [name, body]));
  const read = (name: string): unknown => JSON.parse(files.get(name)?.toString() ?? 'null');
  const documents = m.documentsOf(account).reverse();
  const names = ['account.json', 'items.json', 'activity.json', ...documents.map(({ id }) => `documents/${id}.pdf`)];
  expect([...files.keys()]).toEqual([...names, 'manifest.json']);
  expect(read('account.json')).toEqual(accountView(account));
  expect(read('items.json')).toEqual({ items: itemsOf(account).map(itemView) });
  const { activity, ...rest } = read('activity.json') as { activity: unknown[] };
  expect(rest).toEqual({ chain: 'intact', breaks: [], verifiedSince: null, nextCursor: null });
  expect(activity.map(withoutId)).toEqual(m.activityOf(account));
  for (const { id, bytes } of documents) expect(files.get(`documents/${id}.pdf`)?.equals(bytes)).toBe(true);
  expect(read('manifest.json')).toMatchObject({
    accountId: account.id,
    revision: account.revision,
    revisionAtEnd: account.revision,
    keyVersion: account.keyVersion,
    files: names.map((name) => ({ name, sha256: sha256(files.get(name) ?? Buffer.alloc(0)) })),
    documents: documents.map(documentView),
    gone: [],
  });
});

/** The items of an account, oldest first. */
export function itemsOf({ items }: Account) {
  return [...items.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

const wait = deed(
  'wait',
  fc.constantFrom(1000, 20_000, 2 * MINUTE, 11 * MINUTE, 16 * MINUTE, 29 * MINUTE, 31 * MINUTE, HOUR, DAY, 31 * DAY),
  (m, _real, ms) => {
    m.clock.now += ms;
    return Promise.resolve();
  },
);

/** To the moment at which a document or an upload ends, or just before or behind it. */
const waitForEnd = deed(
  'wait for an end',
  fc.record({ place: fc.nat(50), by: fc.constantFrom(-1, 0, 1000, SKEW_MS / 2) }),
  (m, _real, { place, by }) => {
    const ends = m.accounts.flatMap(({ documents, uploads }) => [
      ...[...documents.values()].map(({ expiresAt }) => expiresAt),
      ...[...uploads.values()].map(({ dueAt }) => dueAt),
    ]);
    const ahead = ends.filter((end) => end > m.now).sort((a, b) => a - b);
    const end = ahead[place % Math.max(1, ahead.length)];
    if (end !== undefined) m.clock.now = Math.max(m.now, end + by);
    return Promise.resolve();
  },
);

const maintain = deed('maintain', fc.constant(null), async (m, real) => {
  const { failed, complete } = await real.maintain();
  expect({ failed, complete }).toEqual({ failed: 0, complete: true });
  for (const account of m.accounts) sweep(m, account);
});

/** What maintenance removes that an owner can tell. */
function sweep(m: Model, { uploads, leftovers }: Account): void {
  const day = (time: number) => Math.floor(time / DAY);
  const isDue = (dueAt: number) => dueAt <= m.now && day(m.now) - day(dueAt) <= LOOK_BACK_DAYS;
  for (const [id, { dueAt, busyUntil }] of leftovers) if (isDue(dueAt) && busyUntil <= m.now) leftovers.delete(id);
  for (const [id, { dueAt }] of uploads) if (isDue(dueAt)) uploads.delete(id);
}

/** What is done with a whole vault, and to it by time, each with how often. */
export const VAULT_DEEDS: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [4, rotate],
  [3, getActivity],
  [2, exportAll],
  [5, wait],
  [2, waitForEnd],
  [3, maintain],
];
