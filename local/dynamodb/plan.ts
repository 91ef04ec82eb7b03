import deleteItem from 'dynalite/actions/deleteItem.js';
import type { Action, ItemReply, ItemRequest } from 'dynalite/actions/putItem.js';
import putItem from 'dynalite/actions/putItem.js';
import updateItem from 'dynalite/actions/updateItem.js';
import db, { type BatchOperation, type Item, type ItemStore, type SubDb, type Table } from 'dynalite/db/index.js';
import { holds } from './condition.ts';
import { failure, failureName, invalid, isFailure } from './failure.ts';
import { itemBytes, MAX_ITEM_BYTES } from './size.ts';

export type WriteKind = 'put' | 'delete' | 'update' | 'check';

/** What a write would do to an item that is locked: nothing is written yet. */
export interface Plan {
  readonly reply: ItemReply;
  /** The row and its index entries. */
  readonly operations: readonly BatchOperation[];
  /** The item as it will be; null when it goes or is only checked. */
  readonly item: Item | null;
}

const ACTIONS: Record<WriteKind, Action> = {
  put: putItem,
  delete: deleteItem,
  update: updateItem,
  check: deleteItem,
};

/** The key under which a table's item lies in the store. @throws Failure for a key that breaks the table's schema. */
export function rowKey(table: Table, { Item, Key }: ItemRequest): string {
  const wrong = Item === undefined ? db.validateKey(Key ?? {}, table) : db.validateItem(Item, table);
  if (wrong) throw wrong;
  return `${itemPrefix(table.TableName)}${db.createKey(Item ?? Key ?? {}, table)}`;
}

/** What every key of a table's items starts with. */
export function itemPrefix(table: string): string {
  return `item-${table}~`;
}

/**
 * Lets dynalite's own action work on one item, and keeps what it writes.
 *
 * @param existing the item as it is, its key locked by the caller
 * @throws Failure as DynamoDB answers
 */
export async function planWrite(
  kind: WriteKind,
  request: ItemRequest,
  table: Table,
  existing: Item | undefined,
): Promise<Plan> {
  const operations: BatchOperation[] = [];
  const { _condition, ...unconditional } = request;
  if (_condition !== undefined && !holds(_condition.expression, existing ?? {})) {
    throw conditionFailed(request, existing);
  }
  if (unconditional._updates !== undefined) unconditional._updates = removalsLast(unconditional._updates);
  let reply: ItemReply;
  try {
    reply = await run(ACTIONS[kind], standIn(table, existing, operations), unconditional);
  } catch (error) {
    if (isFailure(error) && failureName(error) === 'ConditionalCheckFailedException') {
      throw conditionFailed(request, existing);
    }
    throw error;
  }
  if (kind === 'check') return { reply, operations: [], item: null };
  const item = written(operations, table);
  if (item !== null) checkItem(item, table, kind);
  return { reply, operations, item };
}

/** An action's reply to a read of one item. */
export function planRead(
  action: Action,
  request: ItemRequest,
  table: Table,
  existing: Item | undefined,
): Promise<ItemReply> {
  return run(action, standIn(table, existing, []), request);
}

function run(action: Action, store: ItemStore, request: ItemRequest): Promise<ItemReply> {
  return new Promise((resolve, reject) => {
    action(store, request, (error, reply) => {
      if (error === null) resolve(reply ?? {});
      else reject(error);
    });
  });
}

/** A store that holds one item and writes down what is done to it. */
function standIn(table: Table, existing: Item | undefined, operations: BatchOperation[]): ItemStore {
  const recorder = (prefix: string): SubDb => ({
    lock: (_keys, task) => {
      task((done) => done);
    },
    get: (_key, done) => {
      done(null, existing);
    },
    put: (key, value, done) => {
      operations.push({ type: 'put', key: prefix + key, value });
      done(null);
    },
    del: (key, done) => {
      operations.push({ type: 'del', key: prefix + key });
      done(null);
    },
  });
  return {
    options: { maxItemSize: MAX_ITEM_BYTES },
    getTable: (_name, done) => {
      done(null, table);
    },
    getItemDb: (name) => recorder(itemPrefix(name)),
    getIndexDb: (kind, name, index) => recorder(`index-${kind.toLowerCase()}~${name}~${index}~`),
  };
}

/** Dynalite takes list elements out one by one: this order, from the end, lets none move before its turn. */
function removalsLast<T extends NonNullable<ItemRequest['_updates']>>(updates: T): T {
  const rank = ({ type, path }: T['sections'][number]): number =>
    type === 'remove' ? 1 + (Number(path.at(-1)) || 0) : 0;
  const removals = updates.sections.filter((section) => rank(section) > 0).sort((a, b) => rank(b) - rank(a));
  return { ...updates, sections: [...updates.sections.filter((section) => rank(section) === 0), ...removals] };
}

function written(operations: readonly BatchOperation[], { TableName }: Table): Item | null {
  const row = operations.find(({ key }) => key.startsWith(itemPrefix(TableName)));
  return row?.type === 'put' ? (row.value as Item) : null;
}

function conditionFailed(request: ItemRequest, existing: Item | undefined): Error {
  const shown = request.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && existing !== undefined;
  const more = shown ? { Item: existing } : {};
  return failure('ConditionalCheckFailedException', 'The conditional request failed', more);
}

/** What dynalite overlooks: texts measured in UTF-8, and empty keys of an index. */
function checkItem(item: Item, table: Table, kind: WriteKind): void {
  if (itemBytes(item) > MAX_ITEM_BYTES) {
    throw invalid(`Item size ${kind === 'update' ? 'to update ' : ''}has exceeded the maximum allowed size`);
  }
  for (const { IndexName, KeySchema } of [
    ...(table.GlobalSecondaryIndexes ?? []),
    ...(table.LocalSecondaryIndexes ?? []),
  ]) {
    for (const { AttributeName: name } of KeySchema) {
      if (item[name]?.S !== '' && item[name]?.B !== '') continue;
      throw invalid(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          `The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${IndexName}, IndexKey: ${name}`,
      );
    }
  }
}
