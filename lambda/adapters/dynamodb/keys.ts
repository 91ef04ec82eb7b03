import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type AccountId, type AnyId, type DocumentId, parseId } from '../../domain/ids.ts';
import type { DueKey, ListedRow, RemnantKey, RowKey } from '../../domain/records.ts';
import { IntegrityError } from '../../errors.ts';
import { DUE_SHARDS } from '../../ports/vault-store.ts';

/** A row's place in the table. */
export interface TableKey {
  readonly pk: string;
  readonly sk: string;
}

/** What the sort keys begin with, of the kinds that an account has many of. */
export const LIST_PREFIX: Readonly<Record<ListedRow['kind'], string>> = {
  session: 'S#',
  item: 'I#',
  document: 'D#',
  activity: 'L#',
};

/** The sort key of the row that stands in a deleted account's place. */
const DELETION = 'X';

/** The partition that holds all rows of an account. */
export function accountPartition(accountId: AccountId): string {
  return `A#${accountId}`;
}

/** The place of a row. */
export function tableKey(key: RowKey | RemnantKey): TableKey {
  switch (key.kind) {
    case 'email':
      return { pk: `E#${Buffer.from(key.mac).toString('base64url')}`, sk: 'E' };
    case 'account':
      return { pk: accountPartition(key.accountId), sk: 'ACCOUNT' };
    case 'manifest':
      return { pk: accountPartition(key.accountId), sk: 'M' };
    case 'session':
      return { pk: accountPartition(key.accountId), sk: LIST_PREFIX.session + key.sessionId };
    case 'item':
      return { pk: accountPartition(key.accountId), sk: LIST_PREFIX.item + key.itemId };
    case 'document':
      return { pk: accountPartition(key.accountId), sk: LIST_PREFIX.document + key.documentId };
    case 'activity':
      return { pk: accountPartition(key.accountId), sk: LIST_PREFIX.activity + key.activityId };
    case 'deletion':
      return { pk: accountPartition(key.accountId), sk: DELETION };
    case 'idempotency':
      return { pk: accountPartition(key.accountId), sk: `K#${key.keyHash}` };
    case 'remnant':
      return { pk: accountPartition(key.accountId), sk: key.name };
    case 'throttle':
      return { pk: `T#${key.subject}`, sk: key.source };
    case 'walk':
      return { pk: `W#${key.name}`, sk: 'W' };
  }
}

/** The place of a row as the SDK takes it. */
export function keyAttributes(key: RowKey | RemnantKey): { pk: AttributeValue.SMember; sk: AttributeValue.SMember } {
  const { pk, sk } = tableKey(key);
  return { pk: { S: pk }, sk: { S: sk } };
}

/**
 * Refuses a set of rows of a wrong size, or one that names a row twice.
 *
 * @throws RangeError
 */
export function checkKeys(keys: readonly (RowKey | RemnantKey)[]): void {
  if (keys.length < 1 || keys.length > 100) throw new RangeError(`${keys.length} rows, not 1 to 100`);
  const places = new Set(keys.map(tableKey).map(({ pk, sk }) => JSON.stringify([pk, sk])));
  if (places.size !== keys.length) throw new RangeError('a row is named twice');
}

/**
 * The key of a listed row, read from its sort key.
 *
 * @throws IntegrityError for a sort key that is none of that kind
 */
export function listedKey(accountId: AccountId, kind: ListedRow['kind'], sk: string): RowKey {
  const prefix = LIST_PREFIX[kind];
  const id = sk.startsWith(prefix) ? sk.slice(prefix.length) : '';
  switch (kind) {
    case 'session':
      return { kind, accountId, sessionId: known(kind, parseId(id)) };
    case 'item':
      return { kind, accountId, itemId: known(kind, parseId(id)) };
    case 'document':
      return { kind, accountId, documentId: known(kind, parseId(id)) };
    case 'activity':
      return { kind, accountId, activityId: known(kind, parseId(id)) };
  }
}

/** The key of a row by its place; null for a place that no row of ours has. */
export function rowKey({ pk, sk }: TableKey): RowKey | null {
  const [name, accountId] = [pk.slice(2), parseId<AccountId>(pk.slice(2))];
  if (pk.startsWith('A#')) return accountId === null ? null : accountRowKey(accountId, sk);
  if (pk.startsWith('E#') && sk === 'E') return is32Bytes(name) ? { kind: 'email', mac: bytesOf(name) } : null;
  if (pk.startsWith('T#') && name !== '') return { kind: 'throttle', subject: name, source: sk };
  return pk === 'W#bucket' && sk === 'W' ? { kind: 'walk', name: 'bucket' } : null;
}

/** The account in whose partition a place lies; null for a place in none. */
export function accountOf({ pk }: TableKey): AccountId | null {
  return pk.startsWith('A#') ? parseId<AccountId>(pk.slice(2)) : null;
}

function accountRowKey(accountId: AccountId, sk: string): RowKey | null {
  if (sk === 'ACCOUNT') return { kind: 'account', accountId };
  if (sk === 'M') return { kind: 'manifest', accountId };
  if (sk === DELETION) return { kind: 'deletion', accountId };
  if (sk.startsWith('K#'))
    return is32Bytes(sk.slice(2)) ? { kind: 'idempotency', accountId, keyHash: sk.slice(2) } : null;
  const kinds = ['session', 'item', 'document', 'activity'] as const;
  const kind = kinds.find((one) => sk.startsWith(LIST_PREFIX[one]));
  return kind === undefined || parseId(sk.slice(LIST_PREFIX[kind].length)) === null
    ? null
    : listedKey(accountId, kind, sk);
}

/** Whether a text is 32 bytes in base64url in their one spelling. */
function is32Bytes(text: string): boolean {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === 32 && bytes.toString('base64url') === text;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'base64url'));
}

/**
 * The key of a document or a deletion that the `due` index names.
 *
 * @throws IntegrityError when its place is none of either
 */
export function dueKey({ pk, sk }: TableKey): DueKey {
  const accountId = known('due', parseId<AccountId>(pk.startsWith('A#') ? pk.slice(2) : ''));
  return known('due', ownEnd(accountId, sk));
}

/** The key of a row that lies in an account's partition under this sort key, whatever its kind. */
export function remnantKey(accountId: AccountId, sk: string): DueKey | RemnantKey {
  return ownEnd(accountId, sk) ?? { kind: 'remnant', accountId, name: sk };
}

/** The key of a row whose end is more than its removal; null for any other. */
function ownEnd(accountId: AccountId, sk: string): DueKey | null {
  if (sk === DELETION) return { kind: 'deletion', accountId };
  const documentId = sk.startsWith('D#') ? parseId<DocumentId>(sk.slice(2)) : null;
  return documentId === null ? null : { kind: 'document', accountId, documentId };
}

/** The shard of the `due` index, 0 to 15, that a document or a deletion lies in for as long as it lasts. */
export function dueShard(id: DocumentId | AccountId): number {
  return createHash('sha256').update(id).digest().readUInt8(0) % DUE_SHARDS;
}

/** The UTC day, `YYYY-MM-DD`, of a time in milliseconds since 1970. */
export function utcDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function known<T extends AnyId | DueKey>(kind: string, id: T | null): T {
  if (id === null) throw new IntegrityError(`${kind} row`);
  return id;
}
