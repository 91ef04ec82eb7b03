import type { Item, Table } from 'dynalite/db/index.js';
import type { Engine } from './engine.ts';
import { invalid, isFailure } from './failure.ts';
import { itemPrefix, planWrite } from './plan.ts';
import type { TimeToLiveRequest } from './rules.ts';

const PREFIX = 'ttl~';
/** DynamoDB leaves items alone whose time is further back: such a number is rather a mistake than a date. */
const MAX_AGE_S = 5 * 365 * 24 * 60 * 60;

/** A table's setting. Of an older table of the same name it says nothing. */
interface TimeToLive {
  readonly tableId: string;
  readonly attribute: string;
}

/** UpdateTimeToLive, in effect at once. */
export async function updateTimeToLive(engine: Engine, request: TimeToLiveRequest): Promise<object> {
  const { TableName, TimeToLiveSpecification: wanted } = request;
  const table = await engine.table(TableName);
  const key = `${PREFIX}${TableName}`;
  await engine.exclusive([key], async () => {
    const set = await setting(engine, table);
    if (set === null && !wanted.Enabled) throw invalid('TimeToLive is already disabled');
    if (set !== null && set !== wanted.AttributeName) {
      throw invalid(`TimeToLive is active on a different AttributeName: current AttributeName is ${set}`);
    }
    if (set !== null && wanted.Enabled) throw invalid('TimeToLive is already enabled');
    const value: TimeToLive = { tableId: table.TableId, attribute: wanted.AttributeName };
    await engine.commit([wanted.Enabled ? { type: 'put', key, value } : { type: 'del', key }]);
  });
  return { TimeToLiveSpecification: wanted };
}

/** DescribeTimeToLive. */
export async function describeTimeToLive(engine: Engine, { TableName }: { TableName: string }): Promise<object> {
  const attribute = await setting(engine, await engine.table(TableName));
  return {
    TimeToLiveDescription:
      attribute === null ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
  };
}

/** Removes what has expired from every table that has a time to live, and says how many items that were. */
export async function expire(engine: Engine): Promise<number> {
  let removed = 0;
  for await (const [key] of engine.entries(PREFIX)) {
    const table = await tableOrNull(engine, key.slice(PREFIX.length));
    const attribute = table && (await setting(engine, table));
    if (table && attribute !== null) removed += await expireTable(engine, table, attribute);
  }
  return removed;
}

async function expireTable(engine: Engine, table: Table, attribute: string): Promise<number> {
  let removed = 0;
  for await (const [key, value] of engine.entries(itemPrefix(table.TableName))) {
    if (!expired(value as Item, attribute, engine.now())) continue;
    const gone = await engine.exclusive([key], async () => {
      const [item] = await engine.read([key]);
      if (item === undefined || !expired(item, attribute, engine.now())) return false;
      const Key = Object.fromEntries(
        table.KeySchema.map(({ AttributeName: name }) => [name, item[name] ?? {}] as const),
      );
      const { operations } = await planWrite('delete', { TableName: table.TableName, Key }, table, item);
      await engine.commit([...operations]);
      return true;
    });
    if (gone) removed += 1;
  }
  return removed;
}

function expired(item: Item, attribute: string, now: number): boolean {
  const number = item[attribute]?.N;
  if (number === undefined) return false;
  const age = Math.floor(now / 1000) - Number(number);
  return age > 0 && age < MAX_AGE_S;
}

/** The attribute that says when a table's items expire, or null. */
async function setting(engine: Engine, table: Table): Promise<string | null> {
  const [value] = (await engine.store.db.getMany([`${PREFIX}${table.TableName}`])) as (TimeToLive | undefined)[];
  return value?.tableId === table.TableId ? value.attribute : null;
}

async function tableOrNull(engine: Engine, name: string): Promise<Table | null> {
  try {
    return await engine.table(name);
  } catch (error) {
    if (isFailure(error)) return null;
    throw error;
  }
}
