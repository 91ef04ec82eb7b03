import { createHash } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import type { IdempotencyRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { concat, equal, field, n8, n32, n64, utf8 } from './bytes.ts';
import type { VaultKeys } from './vault-keys.ts';

/** The first byte of what is authenticated: no request shares its bytes with a row. */
const REQUEST = 1;
const ROW = 2;
const STATES = { BEGUN: 1, DONE: 2 } as const;

/** The name under which an idempotency key is kept: its SHA-256, in base64url. */
export function idempotencyKeyHash(key: string): string {
  return createHash('sha256').update(utf8(key)).digest('base64url');
}

/**
 * What a request is known again by.
 *
 * @param keyHash of {@link idempotencyKeyHash}
 * @param parts all that makes it this request and no other, in order
 * @returns 32 bytes
 */
export function requestMac(keys: VaultKeys, keyHash: string, parts: readonly Uint8Array[]): Uint8Array {
  return keys.mac('idempotency', concat(n8(REQUEST), binding(keys, keyHash), ...parts.map(sha256)));
}

/** A row, authenticated with all that it says and the place that it lies in. */
export function authenticatedRow(keys: VaultKeys, row: Omit<IdempotencyRow, 'accountId' | 'mac'>): IdempotencyRow {
  return { ...row, accountId: keys.accountId, mac: rowMac(keys, row) };
}

/** @throws IntegrityError for a row that was changed, or that belongs to another key or account */
export function requireAuthentic(keys: VaultKeys, row: IdempotencyRow): void {
  if (!equal(rowMac(keys, row), row.mac)) throw new IntegrityError('idempotency');
}

function rowMac(keys: VaultKeys, row: Omit<IdempotencyRow, 'accountId' | 'mac'>): Uint8Array {
  const { keyHash, state, resourceId, createdAt, request } = row;
  return keys.mac(
    'idempotency',
    concat(n8(ROW), binding(keys, keyHash), n8(STATES[state]), field(resourceId), n64(createdAt), request),
  );
}

function binding({ accountId, dekVersion }: { accountId: AccountId; dekVersion: number }, keyHash: string): Uint8Array {
  return concat(field(accountId), field(keyHash), n32(dekVersion));
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
