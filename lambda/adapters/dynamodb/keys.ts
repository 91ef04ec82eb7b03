import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { type AccountId, type AnyId, type DocumentId, parseId } from '../../domain/ids.ts';
import type { DocumentRow, ListedRow, RowKey } from '../../domain/records.ts';
import { IntegrityError } from '../../errors.ts';
import { DUE_SHARDS } from '../../ports/vault-store.ts';

/** A row's place in the table. */
export interface TableKey {
  readonly pk: string;
  readonly sk: string;
}

/** What the sort keys begin with, of the kinds that an account has many of. */
export const LIST_PREFIX: Readonly<Record<ListedRow['kind'], string>> = { session: 'S#', item: 'I#', document: 'D#' };

/** The partition that holds all rows of an account. */
export function accountPartition(accountId: AccountId): string {
  return `A#${accountId}`;
}

/** The place of a row. */
export function tableKey(key: RowKey): TableKey {
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
    case 'throttle':
      return { pk: `T#${key.subject}`, sk: key.source };
  }
}

/** The place of a row as the SDK takes it. */
export function keyAttributes(key: RowKey): { pk: AttributeValue.SMember; sk: AttributeValue.SMember } {
  const { pk, sk } = tableKey(key);
  return { pk: { S: pk }, sk: { S: sk } };
}

/**
 * Refuses a set of rows of a wrong size, or one that names a row twice.
 *
 * @throws RangeError
 */
export function checkKeys(keys: readonly RowKey[]): void {
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
  }
}

/**
 * The key of a document that the `due` index names.
 *
 * @throws IntegrityError when its place is none of a document
 */
export function dueKey({ pk, sk }: TableKey): Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'> {
  const accountId = known('document', parseId<AccountId>(pk.startsWith('A#') ? pk.slice(2) : ''));
  const documentId = known('document', parseId<DocumentId>(sk.startsWith('D#') ? sk.slice(2) : ''));
  return { kind: 'document', accountId, documentId };
}

/** The shard of the `due` index, 0 to 15, that a document lies in for as long as it lives. */
export function dueShard(documentId: DocumentId): number {
  return createHash('sha256').update(documentId).digest().readUInt8(0) % DUE_SHARDS;
}

/** The UTC day, `YYYY-MM-DD`, of a time in milliseconds since 1970. */
export function utcDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function known<T extends AnyId>(kind: string, id: T | null): T {
  if (id === null) throw new IntegrityError(`${kind} row`);
  return id;
}
