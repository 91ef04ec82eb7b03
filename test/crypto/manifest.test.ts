import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeManifest,
  describeAccount,
  encodeManifest,
  entryKey,
  entryOf,
  MAX_ENTRIES,
  type Manifest,
  type ManifestEntry,
  matchesAccount,
  matchesRow,
  newManifest,
  nextRevision,
  sameEntry,
  withAccount,
  withEntry,
  withoutEntry,
} from '../../lambda/crypto/manifest.ts';
import { type DocumentId, type ItemId, idBytes, newId } from '../../lambda/domain/ids.ts';
import type { AccountRow, DocumentRow, ItemRow, Sealed, WrappedKey } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, DOCUMENT, fixedRandom, flipped, ITEM, OTHER_ITEM } from './helpers.ts';

const random = fixedRandom('manifest');
const NOW = 1_700_000_000_000;

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
  expiresAt: NOW + 1000,
  dueAt: NOW + 2000,
};
const ITEM_KEY = entryKey('item', ITEM);
const DOCUMENT_KEY = entryKey('document', DOCUMENT);
const MANIFEST = withEntry(withEntry(newManifest(ACCOUNT), entryOf(DOCUMENT_ROW)), entryOf(ITEM_ROW));

const id = fc.uint8Array({ minLength: 10, maxLength: 10 });
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const commitment = fc.uint8Array({ minLength: 16, maxLength: 16 });
const entry: fc.Arbitrary<ManifestEntry> = fc.oneof(
  fc.record({
    kind: fc.constant('item' as const),
    id: id.map((bytes) => newId<ItemId>(NOW, bytes)),
    version: number,
    commitment,
  }),
  fc.record({
    kind: fc.constant('document' as const),
    id: id.map((bytes) => newId<DocumentId>(NOW, bytes)),
    version: number,
    commitment,
    expiresAt: number,
  }),
);
const manifest: fc.Arbitrary<Manifest> = fc.record({
  revision: number,
  account: fc.record({
    epoch: number,
    version: number,
    dekVersion: fc.nat({ max: 0xffff_ffff }),
    hashes: fc
      .uniqueArray(fc.integer({ min: 1, max: 255 }), { maxLength: 6 })
      .map((tags) => new Map(tags.map((tag) => [tag, fixedRandom(String(tag))(32)] as const))),
  }),
  entries: fc.array(entry).map((all) => new Map(all.map((one) => [entryKey(one.kind, one.id), one] as const))),
});

describe('the bytes of a manifest', () => {
  it('have the written layout', () => {
    const bytes = Buffer.from(encodeManifest(MANIFEST));
    expect(bytes).toHaveLength(1 + 8 + 8 + 8 + 4 + 1 + 3 * 33 + 4 + 41 + 49);
    const head = '01 0000000000000001 0000000000000002 0000000000000005 00000001 03 01';
    expect(bytes.toString('hex', 0, 31)).toBe(head.replaceAll(' ', ''));
    const tail = bytes.subarray(30 + 99);
    expect(tail.toString('hex', 0, 5)).toBe('0000000201');
    expect(tail.subarray(5, 21)).toEqual(Buffer.from(idBytes(ITEM)));
    expect(tail.toString('hex', 21, 29)).toBe('0000000000000003');
    expect(tail.subarray(29, 45)).toEqual(Buffer.from(ITEM_ROW.sealed.subarray(24, 40)));
    expect(tail[45]).toBe(2);
    expect(Number(tail.readBigUInt64BE(45 + 41))).toBe(DOCUMENT_ROW.expiresAt);
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
        expect(Buffer.from(encodeManifest(read))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('do not depend on the order in which entries came', () => {
    const other = withEntry(withEntry(newManifest(ACCOUNT), entryOf(ITEM_ROW)), entryOf(DOCUMENT_ROW));
    expect(encodeManifest(other)).toEqual(encodeManifest(MANIFEST));
  });

  it('are refused with any number of bytes missing, or one added', () => {
    const bytes = encodeManifest(MANIFEST);
    for (let size = 0; size < bytes.length; size++) {
      expect(() => decodeManifest(bytes.subarray(0, size))).toThrow(IntegrityError);
    }
    expect(() => decodeManifest(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(IntegrityError);
  });

  it.each([
    ['another format', 0, [2]],
    ['a number over 2^53 - 1', 1, [0, 0x20]],
    ['a tag 0', 30, [0]],
    ['a tag twice', 63, [1]],
    ['tags out of order', 30, [9]],
    ['an unknown kind', 133, [3]],
    ['entries out of order', 133 + 1, [0xff, 0xff]],
    ['more than 2,000 entries', 129, [0, 0, 0x07, 0xd1]],
  ])('are refused with %s', (_name, at, values) => {
    const items = [ITEM_ROW, { ...ITEM_ROW, itemId: OTHER_ITEM }].map(entryOf);
    const bytes = Buffer.from(encodeManifest(items.reduce(withEntry, newManifest(ACCOUNT))));
    expect(decodeManifest(bytes).entries.size).toBe(2);
    bytes.set(values, at);
    expect(() => decodeManifest(bytes)).toThrow(IntegrityError);
  });

  it('are refused with an entry twice', () => {
    const bytes = Buffer.from(encodeManifest(withEntry(newManifest(ACCOUNT), entryOf(ITEM_ROW))));
    bytes[132] = 2;
    expect(() => decodeManifest(Buffer.concat([bytes, bytes.subarray(133)]))).toThrow(IntegrityError);
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
    const oneMore = Buffer.concat([bytes, bytes.subarray(-49)]);
    oneMore.writeUInt32BE(MAX_ENTRIES + 1, 129);
    oneMore.fill(0xff, bytes.length + 1, bytes.length + 17);
    expect(() => decodeManifest(oneMore)).toThrow(IntegrityError);
    expect(() => withEntry(full, entryOf(ITEM_ROW))).toThrow(expect.objectContaining({ code: 'vault_full' }));
    const [first] = entries.values();
    expect(withEntry(full, first as ManifestEntry).entries.size).toBe(MAX_ENTRIES);
    expect(() => encodeManifest({ ...full, entries: new Map(entries).set('x', first as ManifestEntry) })).toThrow(
      RangeError,
    );
  });
});

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
  ])('is refused with %s', (_name, change) => {
    expect(matchesAccount(MANIFEST, { ...ACCOUNT, ...change })).toBe(false);
    expect(matchesAccount(withAccount(MANIFEST, { ...ACCOUNT, ...change }), { ...ACCOUNT, ...change })).toBe(true);
  });

  it('is refused when the manifest knows a part that it lacks', () => {
    const account = describeAccount(ACCOUNT);
    const hashes = new Map(account.hashes).set(2, random(32));
    expect(matchesAccount({ ...MANIFEST, account: { ...account, hashes } }, ACCOUNT)).toBe(false);
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

  it.each<readonly [string, ItemRow | DocumentRow | null, string]>([
    ['was removed', null, ITEM_KEY],
    ['was rolled back', { ...ITEM_ROW, version: 2 }, ITEM_KEY],
    ['holds another message', { ...ITEM_ROW, sealed: flipped(ITEM_ROW.sealed, 24) as Sealed }, ITEM_KEY],
    ['was revived', { ...ITEM_ROW, itemId: OTHER_ITEM }, otherKey],
    ["lies in another's place", { ...ITEM_ROW, itemId: OTHER_ITEM }, ITEM_KEY],
    ['is of another kind', DOCUMENT_ROW, ITEM_KEY],
    ['lives longer than it was given', { ...DOCUMENT_ROW, expiresAt: NOW + 9000 }, DOCUMENT_KEY],
  ])('is a mismatch when it %s', (_name, row, key) => {
    expect(judge(row, key, NOW + 5000)).toBe('mismatch');
  });

  it('has no entry while its document is not READY, or without its message', () => {
    expect(() => entryOf(pending)).toThrow(RangeError);
    expect(() => entryOf({ ...DOCUMENT_ROW, sealed: null })).toThrow(IntegrityError);
    expect(() => entryOf({ ...ITEM_ROW, sealed: new Uint8Array(40) as Sealed })).toThrow(IntegrityError);
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
