import { setTimeout } from 'node:timers/promises';
import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { AccountId } from '../../domain/ids.ts';
import type { ActivityRow, ListedRow, Row, RowKey, RowOf, ThrottleRow } from '../../domain/records.ts';
import { IntegrityError } from '../../errors.ts';
import type { Sleep } from '../../ports/system.ts';
import type { DueMark, ListOptions, VaultStore } from '../../ports/vault-store.ts';
import { cloudError } from '../cloud-errors.ts';
import { type Attributes, reader, text, whole } from './attributes.ts';
import { cancellationCodes, commit } from './commit.ts';
import {
  accountPartition,
  checkKeys,
  dueKey,
  keyAttributes,
  LIST_PREFIX,
  listedKey,
  remnantKey,
  type TableKey,
  tableKey,
} from './keys.ts';
import { decodeRow } from './rows.ts';

/** Pauses in ms between tries of a read that met a transaction's write; these take DynamoDB a few milliseconds. */
const CONFLICT_PAUSES_MS = [10, 20, 40, 80, 160];

/** Rows of one page of a list. */
const MOST_LISTED = 1000;

/** Counters that one subject is asked for. */
const MOST_COUNTERS = 100;

export interface VaultStoreOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** @default the real one */
  readonly sleep?: Sleep;
}

/** The table in DynamoDB. */
export function createVaultStore({ client, table, sleep = setTimeout }: VaultStoreOptions): VaultStore {
  async function get(key: RowKey): Promise<Row | null> {
    const input = { TableName: table, Key: keyAttributes(key), ConsistentRead: true };
    try {
      const { Item } = await client.send(new GetItemCommand(input));
      return Item === undefined ? null : decodeRow(key, Item);
    } catch (error) {
      throw error instanceof IntegrityError ? error : cloudError('dynamodb:GetItem', error);
    }
  }

  async function snapshot(keys: readonly RowKey[]): Promise<(Row | null)[]> {
    checkKeys(keys);
    const [only] = keys;
    if (keys.length === 1 && only !== undefined) return [await get(only)];
    const items = await transactGet(keys);
    return keys.map((key, place) => {
      const item = items[place];
      return item === undefined ? null : decodeRow(key, item);
    });
  }

  async function transactGet(keys: readonly RowKey[]): Promise<(Attributes | undefined)[]> {
    const TransactItems = keys.map((key) => ({ Get: { TableName: table, Key: keyAttributes(key) } }));
    for (let tried = 0; ; tried++) {
      try {
        const { Responses = [] } = await client.send(new TransactGetItemsCommand({ TransactItems }));
        return Responses.map(({ Item }) => Item);
      } catch (error) {
        const pause = CONFLICT_PAUSES_MS[tried];
        if (pause === undefined || !cancellationCodes(error).includes('TransactionConflict')) {
          throw cloudError('dynamodb:TransactGetItems', error);
        }
        await sleep(pause * (0.5 + Math.random() / 2));
      }
    }
  }

  /** Pages of a query joined until `want` rows are there. A page that is empty says nothing about the next. */
  async function query(input: QueryCommandInput, want: number, stopAtPage: boolean) {
    const items: Attributes[] = [];
    let start = input.ExclusiveStartKey;
    do {
      const page = {
        ...input,
        Limit: want - items.length,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      };
      try {
        const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(page));
        items.push(...Items);
        start = LastEvaluatedKey;
      } catch (error) {
        throw cloudError('dynamodb:Query', error);
      }
    } while (start !== undefined && items.length < want && !(stopAtPage && items.length > 0));
    return { items, more: start !== undefined };
  }

  async function list(
    accountId: AccountId,
    kind: ListedRow['kind'],
    { after, limit, descending = false }: ListOptions,
  ) {
    checkLimit(limit, MOST_LISTED);
    const pk = accountPartition(accountId);
    const prefix = LIST_PREFIX[kind];
    const input: QueryCommandInput = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': text(pk), ':prefix': text(prefix) },
      ScanIndexForward: !descending,
      ...(after === undefined ? {} : { ExclusiveStartKey: { pk: text(pk), sk: text(prefix + after) } }),
    };
    // One more than asked for tells whether anything follows.
    const { items, more } = await query(input, limit + 1, true);
    const rows = items.slice(0, limit).map((item) => decodeRow(listedKey(accountId, kind, place(kind, item).sk), item));
    return { rows, more: more || items.length > limit };
  }

  async function remains(accountId: AccountId, after: string | null, limit: number) {
    checkLimit(limit);
    const pk = text(accountPartition(accountId));
    const input: QueryCommandInput = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ProjectionExpression: 'pk, sk',
      ...(after === null ? {} : { ExclusiveStartKey: { pk, sk: text(after) } }),
    };
    const { items, more } = await query(input, limit, false);
    const names = items.map((item) => place('account', item).sk);
    return { keys: names.map((sk) => remnantKey(accountId, sk)), next: more ? (names.at(-1) ?? null) : null };
  }

  async function activityUnder(accountId: AccountId, dekVersion: number, limit: number) {
    checkLimit(limit, MOST_LISTED);
    const input: QueryCommandInput = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      FilterExpression: 'dekVersion = :version',
      ExpressionAttributeValues: {
        ':pk': text(accountPartition(accountId)),
        ':prefix': text(LIST_PREFIX.activity),
        ':version': whole(dekVersion),
      },
    };
    const rows: ActivityRow[] = [];
    let total = 0;
    let start: QueryCommandInput['ExclusiveStartKey'];
    do {
      try {
        const page = { ...input, ...(start === undefined ? {} : { ExclusiveStartKey: start }) };
        const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand(page));
        for (const item of Items.slice(0, limit - rows.length)) {
          const key = listedKey(accountId, 'activity', place('activity', item).sk);
          rows.push(decodeRow(key, item) as ActivityRow);
        }
        total += Items.length;
        start = LastEvaluatedKey;
      } catch (error) {
        throw error instanceof IntegrityError ? error : cloudError('dynamodb:Query', error);
      }
    } while (start !== undefined);
    return { rows, total };
  }

  async function throttles(subject: string): Promise<ThrottleRow[]> {
    const { pk } = tableKey({ kind: 'throttle', subject, source: '*' });
    const input: QueryCommandInput = {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': text(pk) },
    };
    const { items } = await query(input, MOST_COUNTERS, false);
    return items.map((item) => {
      const key = { kind: 'throttle', subject, source: place('throttle', item).sk } as const;
      return decodeRow(key, item) as ThrottleRow;
    });
  }

  async function due(shard: number, day: string, until: number, after: DueMark | null, limit: number) {
    checkLimit(limit);
    const duePk = text(`${shard}#${day}`);
    const input: QueryCommandInput = {
      TableName: table,
      IndexName: 'due',
      KeyConditionExpression: 'duePk = :shard AND dueAt <= :until',
      ExpressionAttributeValues: { ':shard': duePk, ':until': whole(until) },
      ProjectionExpression: 'pk, sk, dueAt',
      ...(after === null
        ? {}
        : { ExclusiveStartKey: { duePk, dueAt: whole(after.dueAt), ...keyAttributes(after.key) } }),
    };
    const { items, more } = await query(input, limit, false);
    const marks = items.map((item) => ({ dueAt: reader('due', item).whole('dueAt'), key: dueKey(place('due', item)) }));
    return { keys: marks.map(({ key }) => key), next: more ? (marks.at(-1) ?? null) : null };
  }

  // decodeRow gives a row of its key's kind; that the compiler cannot follow from kind to row ends here.
  return {
    get: async <K extends RowKey>(key: K) => (await get(key)) as RowOf<K> | null,
    snapshot: async <const K extends readonly RowKey[]>(keys: K) =>
      (await snapshot(keys)) as { -readonly [I in keyof K]: RowOf<K[I]> | null },
    list: async <K extends ListedRow['kind']>(accountId: AccountId, kind: K, options: ListOptions) =>
      (await list(accountId, kind, options)) as { rows: RowOf<{ kind: K }>[]; more: boolean },
    commit: (changes) => commit({ client, table }, changes),
    activityUnder,
    remains,
    throttles,
    due,
  };
}

/** @throws RangeError for a limit outside 1 to `most` */
function checkLimit(limit: number, most = 100): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > most) throw new RangeError(`limit ${limit} is not 1 to ${most}`);
}

function place(kind: string, item: Record<string, AttributeValue>): TableKey {
  const [pk, sk] = [item['pk']?.S, item['sk']?.S];
  if (pk === undefined || sk === undefined) throw new IntegrityError(`${kind} row`);
  return { pk, sk };
}
