import type { ItemReply, ItemRequest } from 'dynalite/actions/putItem.js';
import type { Item } from 'dynalite/db/index.js';
import type { Engine } from './engine.ts';
import { invalid } from './failure.ts';
import { planWrite, rowKey, type WriteKind } from './plan.ts';

interface BatchRequest {
  readonly RequestItems: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
  readonly ReturnConsumedCapacity?: string;
}

/** PutItem, DeleteItem or UpdateItem: row and index entries in one durable batch. */
export async function write(engine: Engine, kind: WriteKind, request: ItemRequest): Promise<ItemReply> {
  const table = await engine.table(request.TableName);
  const key = rowKey(table, request);
  return engine.exclusive([key], async () => {
    const [existing] = await engine.read([key]);
    const { reply, operations } = await planWrite(kind, request, table, existing);
    await engine.commit([...operations]);
    return reply;
  });
}

/** BatchWriteItem: each item for itself, as DynamoDB does it, but none when one of them is malformed. */
export async function batchWrite(
  engine: Engine,
  { RequestItems, ReturnConsumedCapacity }: BatchRequest,
): Promise<object> {
  const writes: { kind: WriteKind; request: ItemRequest }[] = [];
  for (const [TableName, requests] of Object.entries(RequestItems)) {
    const shared = { TableName, ...(ReturnConsumedCapacity === undefined ? {} : { ReturnConsumedCapacity }) };
    for (const { PutRequest, DeleteRequest } of requests) {
      if (PutRequest) writes.push({ kind: 'put', request: { ...shared, Item: PutRequest.Item } });
      if (DeleteRequest) writes.push({ kind: 'delete', request: { ...shared, Key: DeleteRequest.Key } });
    }
  }
  const keys = new Set<string>();
  for (const { request } of writes) keys.add(rowKey(await engine.table(request.TableName), request));
  if (keys.size < writes.length) throw invalid('Provided list of item keys contains duplicates');
  const replies = await Promise.all(writes.map(({ kind, request }) => write(engine, kind, request)));
  return { UnprocessedItems: {}, ...consumed(replies, 1, ReturnConsumedCapacity) };
}

/** The capacity of many replies by table, `times` as dear as each says; empty when it was not asked for. */
export function consumed(replies: readonly ItemReply[], times: number, asked: string | undefined): object {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return {};
  const units = new Map<string, number>();
  for (const { ConsumedCapacity: capacity } of replies) {
    if (capacity === undefined) continue;
    units.set(capacity.TableName, (units.get(capacity.TableName) ?? 0) + times * capacity.CapacityUnits);
  }
  const ConsumedCapacity = [...units].map(([TableName, CapacityUnits]) => ({
    TableName,
    CapacityUnits,
    ...(asked === 'INDEXES' ? { Table: { CapacityUnits } } : {}),
  }));
  return { ConsumedCapacity };
}
