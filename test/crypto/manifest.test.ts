import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ACCOUNT_TAGS,
  ACTIVITY_KEPT_MS,
  decodeManifest,
  describeAccount,
  differingParts,
  encodeManifest,
  entryKey,
  entryOf,
  isConsistent,
  MAX_ENDED_SESSIONS,
  MAX_ENTRIES,
  type Manifest,
  type ManifestEntry,
  matchesRow,
  newManifest,
  nextRevision,
  type SessionAnchor,
  sameEntry,
  withAccount,
  withEntry,
  withoutEntry,
  withSession,
} from '../../lambda/crypto/manifest.ts';
import { type DocumentId, type ItemId, idBytes, newId, type SessionId } from '../../lambda/domain/ids.ts';
import type { AccountRow, DocumentRow, ItemRow, Sealed, SessionRow, WrappedKey } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, DOCUMENT, fixedRandom, flipped, ITEM, OTHER_ITEM, OTHER_SESSION, SESSION } from './helpers.ts';

const random = fixedRandom('manifest');
const NOW = 1_700_000_000_000;
const DAY = 86_400_000;
const MALFORMED = new IntegrityError('manifest');

const ACCOUNT: AccountRow = {
  kind: 'account',
  accountId: ALICE,
  emailMac: random(32),
  epoch: 2,
  version: 5,
  dekVersion: 1,
  passwordWrap: random(300) as WrappedKey,
  profile: random(200) as Sealed,
  profileVersion: 5,
};
const ITEM_ROW: ItemRow = {
  kind: 'item',
  accountId: ALICE,
  itemId: ITEM,
  version: 3,
  dekVersion: 1,
  sealed: random(100) as Sealed,
};
const DOCUMENT_ROW: DocumentRow = {
  kind: 'document',
  accountId: ALICE,
  documentId: DOCUMENT,
  version: 1,
  dekVersion: 1,
  state: 'READY',
  sealed: random(100) as Sealed,
  objectKeys: ['documents/a/b/c'],
  busyUntil: 0,
  expiresAt: NOW + 1000,
  dueAt: NOW + 2000,
};
const SESSION_ROW: SessionRow = {
  kind: 'session',
  accountId: ALICE,
  sessionId: SESSION,
  epoch: 2,
  dekVersion: 1,
  secretHash: random(32),
  wrap: random(300) as WrappedKey,
  sealed: random(100) as Sealed,
  expiresAt: NOW + 1000,
  lastSeenAt: NOW,
  activityCount: 7,
  activityHead: random(32),
  activityAt: NOW,
  revision: 0,
};
/** In the middle of a rotation: the item is not moved yet. */
const ROTATING: AccountRow = { ...ACCOUNT, dekVersion: 2, previousDek: { sealed: random(104) as Sealed, version: 5 } };
const ITEM_KEY = entryKey('item', ITEM);
const DOCUMENT_KEY = entryKey('document', DOCUMENT);
const MANIFEST = withEntry(withEntry(newManifest(ACCOUNT), entryOf(DOCUMENT_ROW)), entryOf(ITEM_ROW));

const id = fc.uint8Array({ minLength: 10, maxLength: 10 });
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const half = fc.uint8Array({ minLength: 16, maxLength: 16 });
const account = fc.record({
  epoch: number,
  version: number,
  dekVersion: fc.integer({ min: 2, max: 0xffff_ffff }),
  hashes: fc
    .uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 6 })
    .map((tags) => new Map(tags.map((tag) => [tag, fixedRandom(String(tag))(32)] as const))),
});
/** An entry of an account that has only one DEK, or two. */
const entryUnder = (dekVersions: readonly number[]): fc.Arbitrary<ManifestEntry> =>
  fc.oneof(
    fc.record({
      kind: fc.constant('item' as const),
      id: id.map((bytes) => newId<ItemId>(NOW, bytes)),
      version: number,
      commitment: half,
      dekVersion: fc.constantFrom(...dekVersions),
    }),
    fc.record({
      kind: fc.constant('document' as const),
      id: id.map((bytes) => newId<DocumentId>(NOW, bytes)),
      version: number,
      commitment: half,
      dekVersion: fc.constantFrom(...dekVersions),
      expiresAt: number,
    }),
  );
const sessions: fc.Arbitrary<ReadonlyMap<SessionId, SessionAnchor>> = fc
  .array(fc.tuple(id, fc.record({ count: number, head: half, ended: fc.boolean() })))
  .map((all) => new Map(all.map(([bytes, anchor]) => [newId<SessionId>(NOW, bytes), anchor] as const)));
const manifest: fc.Arbitrary<Manifest> = account.chain((part) => {
  const isRotating = part.hashes.has(ACCOUNT_TAGS.previousDek);
  const one = entryUnder(isRotating ? [part.dekVersion, part.dekVersion - 1] : [part.dekVersion]);
  return fc.record({
    revision: number,
    account: fc.constant(part),
    entries: fc.array(one).map((all) => new Map(all.map((entry) => [entryKey(entry.kind, entry.id), entry] as const))),
    sessions,
  });
});

describe('the bytes of a manifest', () => {
  it('have the written layout', () => {
    const bytes = Buffer.from(encodeManifest(MANIFEST));
    expect(bytes).toHaveLength(1 + 8 + 8 + 8 + 4 + 1 + 3 * 33 + 4 + 41 + 49 + 4);
    const head = '01 0000000000000001 0000000000000002 0000000000000005 00000001 03 01';
    expect(bytes.toString('hex', 0, 31)).toBe(head.replaceAll(' ', ''));
    const tail = bytes.subarray(30 + 99);
    expect(tail.toString('hex', 0, 5)).toBe('0000000201');
    expect(tail.subarray(5, 21)).toEqual(Buffer.from(idBytes(ITEM)));
    expect(tail.toString('hex', 21, 29)).toBe('0000000000000003');
    expect(tail.subarray(29, 45)).toEqual(Buffer.from(ITEM_ROW.sealed.subarray(24, 40)));
    expect(tail[45]).toBe(2);
    expect(Number(tail.readBigUInt64BE(45 + 41))).toBe(DOCUMENT_ROW.expiresAt);
    expect(tail.toString('hex', 94)).toBe('00000000');
  });

  it('have the written layout of sessions, in the order of their ids', () => {
    const [first, second] = [SESSION, OTHER_SESSION].sort();
    const made = withSession(newManifest(ACCOUNT), { ...SESSION_ROW, sessionId: second as SessionId }, true, NOW);
    const bytes = Buffer.from(
      encodeManifest(withSession(made, { ...SESSION_ROW, sessionId: first as SessionId }, false, NOW)),
    );
    const tail = bytes.subarray(30 + 99 + 4);
    expect(tail).toHaveLength(4 + 2 * 41);
    expect(tail.toString('hex', 0, 5)).toBe('0000000203');
    expect(tail.subarray(5, 21)).toEqual(Buffer.from(idBytes(first as SessionId)));
    expect(tail.toString('hex', 21, 29)).toBe('0000000000000007');
    expect(tail.subarray(29, 45)).toEqual(Buffer.from(SESSION_ROW.activityHead.subarray(0, 16)));
    expect(tail[45]).toBe(4);
    expect(tail.subarray(46, 62)).toEqual(Buffer.from(idBytes(second as SessionId)));
  });

  it('mark the entries of rows under the previous DEK, which keep their places', () => {
    const items = [ITEM_ROW, { ...ITEM_ROW, itemId: OTHER_ITEM, dekVersion: 2 }].map(entryOf);
    const made = [...items, entryOf(DOCUMENT_ROW)].reduce(withEntry, newManifest(ROTATING));
    const bytes = Buffer.from(encodeManifest(made));
    const start = 30 + 4 * 33 + 4;
    const due = [ITEM, OTHER_ITEM].sort().map((item) => (item === ITEM ? 0x81 : 0x01));
    expect([bytes[start], bytes[start + 41], bytes[start + 82]]).toEqual([...due, 0x82]);
    const read = decodeManifest(bytes);
    expect(read.entries.get(ITEM_KEY)?.dekVersion).toBe(1);
    expect(read.entries.get(entryKey('item', OTHER_ITEM))?.dekVersion).toBe(2);
    expect(read.entries.get(DOCUMENT_KEY)?.dekVersion).toBe(1);
  });

  it('read back as the manifest, whatever it holds, and are the only ones', () => {
    fc.assert(
      fc.property(manifest, (made) => {
        const bytes = encodeManifest(made);
        const read = decodeManifest(bytes);
        const sorted = (map: ReadonlyMap<string | number, unknown>): unknown[] => [...map.keys()].sort();
        expect(sorted(read.entries)).toEqual(sorted(made.entries));
        expect([...read.entries].every(([key, one]) => sameEntry(one, made.entries.get(key) ?? one))).toBe(true);
        expect(read.revision).toBe(made.revision);
        expect(read.sessions).toEqual(made.sessions);
        expect(Buffer.from(encodeManifest(read))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('do not depend on the order in which entries and sessions came', () => {
    const other = withEntry(withEntry(newManifest(ACCOUNT), entryOf(ITEM_ROW)), entryOf(DOCUMENT_ROW));
    expect(encodeManifest(other)).toEqual(encodeManifest(MANIFEST));
    const rows = [SESSION_ROW, { ...SESSION_ROW, sessionId: OTHER_SESSION }];
    const bytesWith = (all: readonly SessionRow[]) =>
      encodeManifest(all.reduce((told, row) => withSession(told, row, false, NOW), MANIFEST));
    expect(bytesWith(rows)).toEqual(bytesWith([...rows].reverse()));
  });

  it('are refused with any number of bytes missing, or one added', () => {
    const bytes = encodeManifest(withSession(MANIFEST, SESSION_ROW, true, NOW));
    for (let size = 0; size < bytes.length; size++) {
      expect(() => decodeManifest(bytes.subarray(0, size))).toThrow(MALFORMED);
    }
    expect(() => decodeManifest(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(MALFORMED);
  });

  it.each([
    ['another format', 0, [2]],
    ['a number over 2^53 - 1', 1, [0, 0x20]],
    ['a tag 0', 30, [0]],
    ['a tag twice', 63, [1]],
    ['tags out of order', 30, [9]],
    ['an unknown kind', 133, [3]],
    ['a kind 0', 133, [0]],
    ['an entry of a previous DEK where there is none', 133, [0x81]],
    ['entries out of order', 133 + 1, [0xff, 0xff]],
    ['more than 2,000 entries', 129, [0, 0, 0x07, 0xd1]],
    ['an unknown kind of session', 219, [5]],
    ['an item among the sessions', 219, [1]],
    ['a session of a previous DEK', 219, [0x83]],
    ['sessions out of order', 219 + 1, [0xff, 0xff]],
    ['a session more than there are', 218, [3]],
    ['a session fewer than there are', 218, [1]],
    ['a count over 2^53 - 1', 219 + 17, [0, 0x20]],
  ])('are refused with %s', (_name, at, values) => {
    const items = [ITEM_ROW, { ...ITEM_ROW, itemId: OTHER_ITEM }].map(entryOf);
    const rows = [SESSION_ROW, { ...SESSION_ROW, sessionId: OTHER_SESSION }];
    const whole = items.reduce(withEntry, newManifest(ACCOUNT));
    const bytes = Buffer.from(encodeManifest(rows.reduce((told, row) => withSession(told, row, false, NOW), whole)));
    expect(decodeManifest(bytes)).toMatchObject({ entries: { size: 2 }, sessions: { size: 2 } });
    bytes.set(values, at);
    expect(() => decodeManifest(bytes)).toThrow(MALFORMED);
  });

  it.each([
    ['an entry twice', ACCOUNT, [0x01, 0x01]],
    ['an entry under both DEKs', ROTATING, [0x01, 0x81]],
    ['an entry under both DEKs, the previous first', ROTATING, [0x81, 0x01]],
  ])('are refused with %s', (_name, row, kinds) => {
    const bytes = Buffer.from(encodeManifest(withEntry(newManifest(row), entryOf(ITEM_ROW))));
    const start = bytes.length - 4 - 41;
    bytes[start - 1] = 2;
    const [head, entry, tail] = [bytes.subarray(0, start), bytes.subarray(start + 1, -4), bytes.subarray(-4)];
    const twice = kinds.flatMap((kind) => [Buffer.of(kind), entry]);
    expect(() => decodeManifest(Buffer.concat([head, ...twice, tail]))).toThrow(MALFORMED);
  });

  it.each([0, 3, 0x80, 0x83])('are refused with an entry of kind %i, be it as long as a document’s', (kind) => {
    const bytes = Buffer.from(encodeManifest(withEntry(newManifest(ROTATING), entryOf(DOCUMENT_ROW))));
    expect(bytes[bytes.length - 4 - 49]).toBe(0x82);
    bytes[bytes.length - 4 - 49] = kind;
    expect(() => decodeManifest(bytes)).toThrow(MALFORMED);
  });

  it('are refused with a session twice, alive and ended', () => {
    const bytes = Buffer.from(encodeManifest(withSession(newManifest(ACCOUNT), SESSION_ROW, false, NOW)));
    bytes[bytes.length - 42] = 2;
    const again = Buffer.from(bytes.subarray(-41));
    expect(() => decodeManifest(Buffer.concat([bytes, again]))).toThrow(MALFORMED);
    again[0] = 4;
    expect(() => decodeManifest(Buffer.concat([bytes, again]))).toThrow(MALFORMED);
  });

  it.each([
    ['a commitment that is too short', { commitment: new Uint8Array(15) }],
    ['a commitment that is too long', { commitment: new Uint8Array(17) }],
    ['a version that is no number of 0 to 2^53 - 1', { version: 2 ** 53 }],
    ['a version below 0', { version: -1 }],
    ['a version between two', { version: 1.5 }],
  ])('are not made of an entry with %s', (_, odd) => {
    const entry = { ...entryOf(ITEM_ROW), ...odd };
    expect(() => encodeManifest(withEntry(newManifest(ACCOUNT), entry))).toThrow(RangeError);
  });

  it.each([
    ['a key version of 2^32', { dekVersion: 2 ** 32 }, '4294967296 is no unsigned integer of 4 bytes'],
    ['a wrap of another hash', { hashes: new Map([[1, new Uint8Array(31)]]) }, 'part has 31 bytes, not 32'],
  ])('are not made of an account with %s', (_, odd, message) => {
    const manifest = newManifest(ACCOUNT);
    const account = { ...manifest.account, ...odd };
    expect(() => encodeManifest({ ...manifest, account })).toThrow(new RangeError(message));
  });

  it('stay fewer than 100,000 with 2,000 entries, and more entries than that are refused', () => {
    let entries = new Map<string, ManifestEntry>();
    for (let i = 0; i < MAX_ENTRIES; i++) {
      const one = { ...entryOf(DOCUMENT_ROW), id: newId<DocumentId>(i, new Uint8Array(10)) } as ManifestEntry;
      entries = entries.set(entryKey('document', one.id), one);
    }
    const full: Manifest = { ...MANIFEST, entries };
    expect(encodeManifest(full).length).toBeLessThan(100_000);
    expect(decodeManifest(encodeManifest(full)).entries.size).toBe(MAX_ENTRIES);
    const bytes = Buffer.from(encodeManifest(full));
    const [head, entry, noSessions] = [bytes.subarray(0, -4), bytes.subarray(-53, -4), bytes.subarray(-4)];
    const oneMore = Buffer.concat([head, entry, noSessions]);
    oneMore.fill(0xff, head.length + 1, head.length + 17);
    oneMore.writeUInt32BE(MAX_ENTRIES + 1, 129);
    expect(() => decodeManifest(oneMore)).toThrow(MALFORMED);
    expect(() => withEntry(full, entryOf(ITEM_ROW))).toThrow(expect.objectContaining({ code: 'vault_full' }));
    const [first] = entries.values();
    expect(withEntry(full, first as ManifestEntry).entries.size).toBe(MAX_ENTRIES);
    expect(() => encodeManifest({ ...full, entries: new Map(entries).set('x', first as ManifestEntry) })).toThrow(
      new RangeError('manifest has more than 2000 entries'),
    );
  });
});

/** Whether a manifest was sealed for an account row. */
function matchesAccount(manifest: Manifest, row: AccountRow): boolean {
  return differingParts(manifest, row)?.length === 0;
}

describe('the account row', () => {
  it('is the one that the manifest describes', () => {
    expect(matchesAccount(MANIFEST, ACCOUNT)).toBe(true);
    expect(matchesAccount(decodeManifest(encodeManifest(MANIFEST)), ACCOUNT)).toBe(true);
  });

  it.each([
    ['an older epoch', { epoch: 1 }],
    ['an older version', { version: 4 }],
    ['another DEK version', { dekVersion: 2 }],
    ['another password wrap', { passwordWrap: flipped(ACCOUNT.passwordWrap, 7) as WrappedKey }],
    ['another profile', { profile: flipped(ACCOUNT.profile, 7) as Sealed }],
    ['another e-mail MAC', { emailMac: flipped(ACCOUNT.emailMac, 7) }],
    ['a previous DEK that it had not', { previousDek: { sealed: random(104) as Sealed, version: 5 } }],
  ])('is refused with %s', (_name, change) => {
    expect(matchesAccount(MANIFEST, { ...ACCOUNT, ...change })).toBe(false);
    expect(matchesAccount(withAccount(MANIFEST, { ...ACCOUNT, ...change }), { ...ACCOUNT, ...change })).toBe(true);
  });

  it('is refused with another previous DEK, or without it', () => {
    const rotating = withAccount(MANIFEST, ROTATING);
    expect(matchesAccount(rotating, ROTATING)).toBe(true);
    const { previousDek: _gone, ...without } = ROTATING;
    expect(matchesAccount(rotating, without)).toBe(false);
    const other = { sealed: random(104) as Sealed, version: 5 };
    expect(matchesAccount(rotating, { ...ROTATING, previousDek: other })).toBe(false);
  });

  it('tells which of its parts differ, by their tags', () => {
    const recovery = { wrap: random(250) as WrappedKey, salt: random(32), sealed: random(96) as Sealed, version: 5 };
    const recoverable = withAccount(MANIFEST, { ...ACCOUNT, recovery });
    const change = {
      passwordWrap: random(250) as WrappedKey,
      recovery: { ...recovery, wrap: random(250) as WrappedKey },
    };
    expect(differingParts(recoverable, { ...ACCOUNT, ...change })).toEqual([
      ACCOUNT_TAGS.passwordWrap,
      ACCOUNT_TAGS.recoveryWrap,
    ]);
  });

  it.each([
    ['a version', { version: 4 }],
    ['a part that the manifest lacks', { previousDek: { sealed: random(104) as Sealed, version: 5 } }],
  ])('is not compared part by part with another %s', (_name, change) => {
    expect(differingParts(MANIFEST, { ...ACCOUNT, ...change })).toBeNull();
  });

  it('is refused when the manifest knows a part that it lacks', () => {
    const account = describeAccount(ACCOUNT);
    const hashes = new Map(account.hashes).set(2, random(32));
    expect(matchesAccount({ ...MANIFEST, account: { ...account, hashes } }, ACCOUNT)).toBe(false);
  });

  it('is refused when the manifest knows as many parts, and one of them is another', () => {
    const account = describeAccount(ACCOUNT);
    const hashes = new Map(account.hashes).set(ACCOUNT_TAGS.recoverySalt, random(32));
    hashes.delete(ACCOUNT_TAGS.profile);
    expect(differingParts({ ...MANIFEST, account: { ...account, hashes } }, ACCOUNT)).toBeNull();
  });
});

describe('a row', () => {
  const judge = (row: ItemRow | DocumentRow | null, key: string, now = NOW): string =>
    matchesRow(MANIFEST, row, key, now);
  const otherKey = entryKey('item', OTHER_ITEM);
  const pending: DocumentRow = { ...DOCUMENT_ROW, state: 'PENDING', sealed: null };

  it('matches when the manifest says the same', () => {
    expect(judge(ITEM_ROW, ITEM_KEY)).toBe('match');
    expect(judge(DOCUMENT_ROW, DOCUMENT_KEY)).toBe('match');
    expect(judge(DOCUMENT_ROW, DOCUMENT_KEY, NOW + 5000)).toBe('match');
  });

  it('is absent when neither knows it, or it is only being made', () => {
    expect(judge(null, otherKey)).toBe('absent');
    expect(matchesRow(newManifest(ACCOUNT), pending, DOCUMENT_KEY, NOW)).toBe('absent');
  });

  it('may be gone, or going, once its time is up, and not a millisecond before', () => {
    for (const row of [null, pending]) {
      expect(judge(row, DOCUMENT_KEY, DOCUMENT_ROW.expiresAt)).toBe('absent');
      expect(judge(row, DOCUMENT_KEY, DOCUMENT_ROW.expiresAt - 1)).toBe('mismatch');
    }
  });

  it('may be there without its entry once its time is up, and not a millisecond before', () => {
    const empty = newManifest(ACCOUNT);
    const { expiresAt } = DOCUMENT_ROW;
    expect(matchesRow(empty, DOCUMENT_ROW, DOCUMENT_KEY, expiresAt - 1)).toBe('mismatch');
    expect(matchesRow(empty, DOCUMENT_ROW, DOCUMENT_KEY, expiresAt)).toBe('absent');
    expect(matchesRow(empty, DOCUMENT_ROW, DOCUMENT_KEY, expiresAt + 1)).toBe('absent');
    expect(matchesRow(empty, ITEM_ROW, ITEM_KEY, expiresAt)).toBe('mismatch');
  });

  it.each<readonly [string, ItemRow | DocumentRow | null, string]>([
    ['was removed', null, ITEM_KEY],
    ['was rolled back', { ...ITEM_ROW, version: 2 }, ITEM_KEY],
    ['says another DEK', { ...ITEM_ROW, dekVersion: 2 }, ITEM_KEY],
    ['holds another message', { ...ITEM_ROW, sealed: flipped(ITEM_ROW.sealed, 24) as Sealed }, ITEM_KEY],
    ['was revived', { ...ITEM_ROW, itemId: OTHER_ITEM }, otherKey],
    ["lies in another's place", { ...ITEM_ROW, itemId: OTHER_ITEM }, ITEM_KEY],
    ['is of another kind', DOCUMENT_ROW, ITEM_KEY],
    ['lives longer than it was given', { ...DOCUMENT_ROW, expiresAt: NOW + 9000 }, DOCUMENT_KEY],
  ])('is a mismatch when it %s', (_name, row, key) => {
    expect(judge(row, key, NOW + 5000)).toBe('mismatch');
  });

  it('has no entry while its document is not READY, or without its message', () => {
    expect(() => entryOf(pending)).toThrow(new RangeError('document is not READY'));
    expect(() => entryOf({ ...DOCUMENT_ROW, sealed: null })).toThrow(new IntegrityError('document'));
    const short = { ...ITEM_ROW, sealed: new Uint8Array(40) as Sealed };
    expect(() => entryOf(short)).toThrow(new IntegrityError('sealed message'));
  });
});

describe('a change', () => {
  it('makes a new manifest and leaves the old one alone', () => {
    const without = withoutEntry(MANIFEST, ITEM_KEY);
    expect([...without.entries.keys()]).toEqual([DOCUMENT_KEY]);
    expect(withEntry(without, entryOf({ ...ITEM_ROW, version: 4 })).entries.get(ITEM_KEY)?.version).toBe(4);
    expect(nextRevision(without).revision).toBe(2);
    expect(MANIFEST.revision).toBe(1);
    expect(MANIFEST.entries.size).toBe(2);
  });
});

describe('a session', () => {
  const anchorOf = (told: Manifest, id: SessionId = SESSION): SessionAnchor | undefined => told.sessions.get(id);
  const row = (activityCount: number, sessionId = SESSION): SessionRow => ({
    ...SESSION_ROW,
    sessionId,
    activityCount,
    activityHead: new Uint8Array(32).fill(activityCount),
  });
  const idAt = (time: number): SessionId => newId<SessionId>(time, new Uint8Array(10));
  const ended = (ids: readonly SessionId[]): Manifest => ({
    ...MANIFEST,
    sessions: new Map(ids.map((one) => [one, { count: 1, head: new Uint8Array(16), ended: true }] as const)),
  });

  it('is known by its count and the first half of its head', () => {
    const told = withSession(MANIFEST, SESSION_ROW, false, NOW);
    expect(anchorOf(told)).toEqual({ count: 7, head: SESSION_ROW.activityHead.slice(0, 16), ended: false });
    expect(MANIFEST.sessions.size).toBe(0);
    expect(told.entries).toBe(MANIFEST.entries);
  });

  it('goes on, and is never set back', () => {
    const told = withSession(withSession(MANIFEST, row(7), false, NOW), row(8), false, NOW);
    const due = { count: 8, head: new Uint8Array(16).fill(8), ended: false };
    expect(anchorOf(told)).toEqual(due);
    expect(anchorOf(withSession(told, row(6), false, NOW))).toEqual(due);
    const sameCount = { ...row(8), activityHead: new Uint8Array(32).fill(1) };
    expect(anchorOf(withSession(told, sameCount, false, NOW))).toEqual(due);
  });

  it('stays ended, with the furthest that is known of it', () => {
    const told = withSession(withSession(MANIFEST, row(8), false, NOW), row(6), true, NOW);
    expect(anchorOf(told)).toEqual({ count: 8, head: new Uint8Array(16).fill(8), ended: true });
    for (const count of [6, 8, 9]) {
      expect(anchorOf(withSession(told, row(count), false, NOW))?.ended).toBe(true);
    }
  });

  it('makes room a year and a day after it began, once it ended, and not a millisecond before', () => {
    const old = [idAt(NOW - 1), idAt(NOW)];
    const then = NOW + 366 * DAY;
    const told = withSession(ended(old), SESSION_ROW, false, then);
    expect([...told.sessions.keys()]).toEqual([idAt(NOW), SESSION]);
    const alive: Manifest = {
      ...MANIFEST,
      sessions: new Map([[idAt(1), { count: 1, head: new Uint8Array(16), ended: false }]]),
    };
    expect(withSession(alive, SESSION_ROW, false, then).sessions.has(idAt(1))).toBe(true);
  });

  it('makes room when 1,000 others ended after it', () => {
    const ids = Array.from({ length: MAX_ENDED_SESSIONS }, (_, i) => idAt(NOW + i));
    const full = ended([...ids].reverse());
    expect(withSession(full, row(7), false, NOW).sessions.size).toBe(MAX_ENDED_SESSIONS + 1);
    const last = idAt(NOW + MAX_ENDED_SESSIONS);
    const told = withSession(full, row(7, last), true, NOW + MAX_ENDED_SESSIONS);
    expect(told.sessions.size).toBe(MAX_ENDED_SESSIONS);
    expect(told.sessions.has(idAt(NOW))).toBe(false);
    expect(told.sessions.has(idAt(NOW + 1))).toBe(true);
    expect(told.sessions.has(last)).toBe(true);
  });

  it('that was just written stays, however old', () => {
    const oldest = idAt(1);
    const byNumber = withSession(
      ended(Array.from({ length: MAX_ENDED_SESSIONS }, (_, i) => idAt(NOW + i))),
      row(7, oldest),
      true,
      NOW,
    );
    expect(byNumber.sessions.size).toBe(MAX_ENDED_SESSIONS);
    expect(byNumber.sessions.has(oldest)).toBe(true);
    const byAge = withSession(ended([idAt(2)]), row(7, oldest), true, NOW + 2 * ACTIVITY_KEPT_MS);
    expect([...byAge.sessions.keys()]).toEqual([oldest]);
  });
});

describe('the DEKs of a vault', () => {
  const of = (row: AccountRow, dekVersion: number): Manifest =>
    withEntry(newManifest(row), entryOf({ ...ITEM_ROW, dekVersion }));
  const { previousDek: _gone, ...rotated } = ROTATING;

  it.each<readonly [string, boolean, Manifest]>([
    ['the account’s alone', true, of(ACCOUNT, 1)],
    ['the one before, while it is moved away from', true, of(ROTATING, 1)],
    ['the account’s, while the one before is moved away from', true, of(ROTATING, 2)],
    ['the one before, when that is gone', false, of(rotated, 1)],
    ['one after the account’s', false, of(ROTATING, 3)],
    ['one before the one before', false, of({ ...ROTATING, dekVersion: 3 }, 1)],
    ['one of two that is none of its', false, withEntry(of(ACCOUNT, 1), entryOf({ ...DOCUMENT_ROW, dekVersion: 2 }))],
  ])('%s: %s', (_name, due, told) => {
    expect(isConsistent(told)).toBe(due);
  });
});
