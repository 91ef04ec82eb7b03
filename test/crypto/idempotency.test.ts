import { createHash, createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { utf8 } from '../../lambda/crypto/bytes.ts';
import {
  authenticatedRow,
  type IdempotencyKeys,
  idempotencyKeyHash,
  requestMac,
  requireAuthentic,
} from '../../lambda/crypto/idempotency.ts';
import type { IdempotencyRow } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, BOB, DOCUMENT, fixedRandom, flipped, ITEM, OTHER_ITEM } from './helpers.ts';

const KEYS: IdempotencyKeys = { accountId: ALICE, activityKey: fixedRandom('activity key')(32) };
const KEY_HASH = idempotencyKeyHash('a key');
const PARTS = ['POST /v1/items', 'one', 'two'].map(utf8);

/** The same activity key under two names, which no two accounts have: what is bound shows by itself. */
const OTHERS: readonly (readonly [string, IdempotencyKeys])[] = [
  ['another account', { ...KEYS, accountId: BOB }],
  ['another activity key', { ...KEYS, activityKey: flipped(KEYS.activityKey, 31) }],
];

/** HMAC over what every message begins with, but for its first byte, and these parts. */
function hmacOf(first: string, ...parts: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', KEYS.activityKey);
  hmac.update(Buffer.from(`twinlock/idempotency/v1\0${first}\0\x1a${ALICE}\0\x2b${KEY_HASH}`, 'latin1'));
  for (const part of parts) hmac.update(part);
  return hmac.digest();
}

describe('the HMAC of a request', () => {
  const mac = requestMac(KEYS, KEY_HASH, PARTS);

  it('is of the written layout', () => {
    const sums = PARTS.map((part) => createHash('sha256').update(part).digest());
    expect(Buffer.from(mac)).toEqual(hmacOf('\x01', ...sums));
  });

  it('is the same for the same request, and has 32 bytes', () => {
    expect(requestMac(KEYS, KEY_HASH, PARTS)).toEqual(mac);
    expect(mac).toHaveLength(32);
  });

  it.each<[string, readonly string[]]>([
    ['another path', ['POST /v1/documents', 'one', 'two']],
    ['another part', ['POST /v1/items', 'one', 'three']],
    ['a part less', ['POST /v1/items', 'one']],
    ['an empty part more', ['POST /v1/items', 'one', 'two', '']],
    ['parts in another order', ['POST /v1/items', 'two', 'one']],
    ['the same bytes divided otherwise', ['POST /v1/items', 'onet', 'wo']],
  ])('differs for %s', (_what, parts) => {
    expect(requestMac(KEYS, KEY_HASH, parts.map(utf8))).not.toEqual(mac);
  });

  it.each(OTHERS)('differs under %s', (_what, keys) => {
    expect(requestMac(keys, KEY_HASH, PARTS)).not.toEqual(mac);
  });

  it('differs for another key', () => {
    expect(requestMac(KEYS, idempotencyKeyHash('another key'), PARTS)).not.toEqual(mac);
  });
});

describe('an authenticated row', () => {
  const request = requestMac(KEYS, KEY_HASH, PARTS);
  const row = authenticatedRow(KEYS, {
    kind: 'idempotency',
    keyHash: KEY_HASH,
    state: 'DONE',
    resourceId: ITEM,
    createdAt: 1_790_000_000_000,
    request,
  });

  it('holds an HMAC of the written layout', () => {
    const middle = Buffer.from(`\x02\0\x1a${ITEM}\0\0\x01\xa0\xc4\x50\x6c\0`, 'latin1');
    expect(Buffer.from(row.mac)).toEqual(hmacOf('\x02', middle, request));
  });

  it('passes as it was made', () => {
    requireAuthentic(KEYS, row);
    expect(row).toMatchObject({ accountId: ALICE, request });
  });

  it.each<[string, Partial<IdempotencyRow>]>([
    ['key', { keyHash: idempotencyKeyHash('another key') }],
    ['state', { state: 'BEGUN' }],
    ['resource', { resourceId: OTHER_ITEM }],
    ['resource’s kind', { resourceId: DOCUMENT }],
    ['time', { createdAt: row.createdAt + 1 }],
    ['request', { request: flipped(request, 31) }],
    ['authentication', { mac: flipped(row.mac, 0) }],
    ['authentication, cut short', { mac: row.mac.slice(0, 16) }],
  ])('is refused with another %s', (_what, change) => {
    expect(() => {
      requireAuthentic(KEYS, { ...row, ...change });
    }).toThrow(new IntegrityError('idempotency'));
  });

  it.each(OTHERS)('is refused under %s', (_what, keys) => {
    expect(() => {
      requireAuthentic(keys, row);
    }).toThrow(new IntegrityError('idempotency'));
  });
});
