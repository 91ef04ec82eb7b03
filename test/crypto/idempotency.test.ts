import { describe, expect, it } from '@jest/globals';
import { SecretBytes, utf8 } from '../../lambda/crypto/bytes.ts';
import { authenticatedRow, idempotencyKeyHash, requestMac, requireAuthentic } from '../../lambda/crypto/idempotency.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { IdempotencyRow } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, BOB, DOCUMENT, fixedRandom, flipped, ITEM, OTHER_ITEM } from './helpers.ts';

const DEK = fixedRandom('dek')(32);
const KEY_HASH = idempotencyKeyHash('a key');
const PARTS = ['POST /v1/items', 'one', 'two'].map(utf8);

function keysOf(accountId = ALICE, dekVersion = 1, dek = DEK): VaultKeys {
  return new VaultKeys(new SecretBytes(dek.slice()), accountId, dekVersion, fixedRandom('salts'));
}

/** The same data key under every name, which no two accounts have: what is bound shows by itself. */
const OTHERS: readonly (readonly [string, VaultKeys])[] = [
  ['another account', keysOf(BOB)],
  ['another DEK version', keysOf(ALICE, 2)],
  ['another DEK', keysOf(ALICE, 1, fixedRandom('other dek')(32))],
];

describe('the HMAC of a request', () => {
  const mac = requestMac(keysOf(), KEY_HASH, PARTS);

  it('is the same for the same request, and has 32 bytes', () => {
    expect(requestMac(keysOf(), KEY_HASH, PARTS)).toEqual(mac);
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
    expect(requestMac(keysOf(), KEY_HASH, parts.map(utf8))).not.toEqual(mac);
  });

  it.each(OTHERS)('differs under %s', (_what, keys) => {
    expect(requestMac(keys, KEY_HASH, PARTS)).not.toEqual(mac);
  });

  it('differs for another key', () => {
    expect(requestMac(keysOf(), idempotencyKeyHash('another key'), PARTS)).not.toEqual(mac);
  });
});

describe('an authenticated row', () => {
  const request = requestMac(keysOf(), KEY_HASH, PARTS);
  const row = authenticatedRow(keysOf(), {
    kind: 'idempotency',
    keyHash: KEY_HASH,
    dekVersion: 1,
    state: 'DONE',
    resourceId: ITEM,
    createdAt: 1_790_000_000_000,
    request,
  });

  it('passes as it was made', () => {
    requireAuthentic(keysOf(), row);
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
      requireAuthentic(keysOf(), { ...row, ...change });
    }).toThrow(IntegrityError);
  });

  it.each(OTHERS)('is refused under %s', (_what, keys) => {
    expect(() => {
      requireAuthentic(keys, row);
    }).toThrow(IntegrityError);
  });
});
