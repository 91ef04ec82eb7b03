import { createHash, createHmac } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import type { IdempotencyRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { concat, equal, field, n8, n64, sha256, utf8 } from './bytes.ts';

/** An account, and the key that outlives each of its DEKs. */
export interface IdempotencyKeys {
  readonly accountId: AccountId;
  /** 32 bytes, of the account's profile. */
  readonly activityKey: Uint8Array;
}

const LABEL = utf8('twinlock/idempotency/v1\0');
/** The byte after the label: no request shares its bytes with a row. */
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
export function requestMac(keys: IdempotencyKeys, keyHash: string, parts: readonly Uint8Array[]): Uint8Array {
  return mac(keys, concat(n8(REQUEST), binding(keys, keyHash), ...parts.map(sha256)));
}

/** A row, authenticated with all that it says and the place that it lies in. */
export function authenticatedRow(
  keys: IdempotencyKeys,
  row: Omit<IdempotencyRow, 'accountId' | 'mac'>,
): IdempotencyRow {
  return { ...row, accountId: keys.accountId, mac: rowMac(keys, row) };
}

/** @throws IntegrityError for a row that was changed, or that belongs to another key or account */
export function requireAuthentic(keys: IdempotencyKeys, row: IdempotencyRow): void {
  if (!equal(rowMac(keys, row), row.mac)) throw new IntegrityError('idempotency');
}

function rowMac(keys: IdempotencyKeys, row: Omit<IdempotencyRow, 'accountId' | 'mac'>): Uint8Array {
  const { keyHash, state, resourceId, createdAt, request } = row;
  return mac(
    keys,
    concat(n8(ROW), binding(keys, keyHash), n8(STATES[state]), field(resourceId), n64(createdAt), request),
  );
}

function binding({ accountId }: IdempotencyKeys, keyHash: string): Uint8Array {
  return concat(field(accountId), field(keyHash));
}

function mac({ activityKey }: IdempotencyKeys, message: Uint8Array): Uint8Array {
  return Uint8Array.from(createHmac('sha256', activityKey).update(LABEL).update(message).digest());
}
