import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { RemnantKey, Row, RowKey } from '../../domain/records.ts';
import type { Change, CommitResult } from '../../ports/vault-store.ts';
import { cloudError, errorName, wasRetried } from '../cloud-errors.ts';
import { type Attributes, text } from './attributes.ts';
import { checkKeys, keyAttributes, tableKey } from './keys.ts';
import { encodeRow, UNCHANGED } from './rows.ts';

/** On a row that one plain put wrote: the token of that commit, by which it knows its own work again. */
export const WRITTEN_BY = 'writtenBy';

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/** A table and the way to it. */
export interface Target {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** Does what {@link VaultStore.commit} promises. */
export async function commit(target: Target, changes: readonly Change[]): Promise<CommitResult> {
  checkKeys(changes.map(keyOf));
  const [first] = changes;
  if (changes.length === 1 && first?.op === 'put') return put(target, first.row, first.replaces);
  if (changes.length === 1 && first?.op === 'discard') return discard(target, first.key);
  return transact(target, changes);
}

async function put(target: Target, row: Row, replaces: Row | null | 'any'): Promise<CommitResult> {
  const token = randomUUID();
  const Item = { ...encodeRow(row), [WRITTEN_BY]: text(token) };
  try {
    await target.client.send(new PutItemCommand({ TableName: target.table, Item, ...putCondition(row, replaces) }));
    return { ok: true };
  } catch (error) {
    const name = errorName(error);
    if (name !== 'ConditionalCheckFailedException' && name !== 'TransactionConflictException') {
      throw cloudError('dynamodb:PutItem', error);
    }
    // The SDK sends a request again whose answer was lost, and DynamoDB heeds no token on a plain put: the first
    // attempt, having taken effect, makes the second fail. The row tells whose work it is.
    if (wasRetried(error) && (await isWrittenBy(target, row, token))) return { ok: true };
    return { ok: false, failed: name === 'ConditionalCheckFailedException' ? [0] : [] };
  }
}

async function isWrittenBy({ client, table }: Target, key: RowKey, token: string): Promise<boolean> {
  const input = { TableName: table, Key: keyAttributes(key), ConsistentRead: true, ProjectionExpression: WRITTEN_BY };
  try {
    return (await client.send(new GetItemCommand(input))).Item?.[WRITTEN_BY]?.S === token;
  } catch (error) {
    throw cloudError('dynamodb:GetItem', error);
  }
}

async function discard({ client, table }: Target, key: RowKey | RemnantKey): Promise<CommitResult> {
  try {
    await client.send(new DeleteItemCommand({ TableName: table, Key: keyAttributes(key) }));
    return { ok: true };
  } catch (error) {
    // After an attempt whose outcome is unknown, a conflict doesn't prove that nothing was written.
    if (errorName(error) === 'TransactionConflictException' && !wasRetried(error)) return { ok: false, failed: [] };
    throw cloudError('dynamodb:DeleteItem', error);
  }
}

async function transact({ client, table }: Target, changes: readonly Change[]): Promise<CommitResult> {
  const TransactItems = changes.map((change) => transactItem(table, change));
  try {
    await client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken: randomUUID() }));
    return { ok: true };
  } catch (error) {
    const codes = cancellationCodes(error);
    const failed = [...codes.keys()].filter((place) => codes[place] === 'ConditionalCheckFailed');
    if (failed.length > 0 || codes.includes('TransactionConflict')) return { ok: false, failed };
    // TransactionInProgressException is no conflict but our own attempt, still at work: its outcome is unknown.
    throw codes.includes('ValidationError') ? error : cloudError('dynamodb:TransactWriteItems', error);
  }
}

/** Why a transaction was cancelled, an entry a row; empty when the error is another. */
export function cancellationCodes(error: unknown): (string | undefined)[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []).map(({ Code }) => Code) : [];
}

function keyOf(change: Change): RowKey | RemnantKey {
  return change.op === 'discard' ? change.key : change.row;
}

function transactItem(TableName: string, change: Change): TransactWriteItem {
  switch (change.op) {
    case 'put':
      return { Put: { TableName, Item: encodeRow(change.row), ...putCondition(change.row, change.replaces) } };
    case 'remove':
      return { Delete: { TableName, Key: keyAttributes(change.row), ...asRead(change.row) } };
    case 'discard':
      return { Delete: { TableName, Key: keyAttributes(change.key) } };
    case 'check':
      return { ConditionCheck: { TableName, Key: keyAttributes(change.row), ...asRead(change.row) } };
  }
}

function putCondition(row: Row, replaces: Row | null | 'any'): Condition | Record<string, never> {
  if (replaces === 'any') return {};
  if (replaces === null) return { ConditionExpression: 'attribute_not_exists(pk)' };
  const [place, before] = [tableKey(row), tableKey(replaces)];
  if (place.pk !== before.pk || place.sk !== before.sk) throw new RangeError('a row replaces one of another name');
  return asRead(replaces);
}

/** That attributes still are as they were read, those that were not there included. */
export function unchanged(read: Attributes, names: readonly string[]): Required<Condition> {
  const values = names.flatMap((name) => {
    const value = read[name];
    return value === undefined ? [] : [[`:${name}`, value] as const];
  });
  return {
    ConditionExpression: names
      .map((name) => (read[name] === undefined ? `attribute_not_exists(#${name})` : `#${name} = :${name}`))
      .join(' AND '),
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(values),
  };
}

/** That a row still is as it was read. */
function asRead(row: Row): Required<Condition> {
  return unchanged(encodeRow(row), UNCHANGED[row.kind]);
}
