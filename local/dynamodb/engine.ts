import { Readable } from 'node:stream';
import db, {
  type BatchOperation,
  type Item,
  type Level,
  type Range,
  type Store,
  type Table,
} from 'dynalite/db/index.js';
import { useFolder } from '../durable.ts';
import { DataFolderError } from './failure.ts';

/** Dynalite's store, with what it lacks: atomic durable batches, and locks over many rows. */
export interface Engine {
  readonly store: Store;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A table that is there and ready. @throws Failure `ResourceNotFoundException` */
  table(name: string): Promise<Table>;
  /** Rows as they stood together at one moment. */
  read(keys: string[]): Promise<(Item | undefined)[]>;
  /** Writes all or nothing, on disk when it returns. */
  commit(operations: BatchOperation[]): Promise<void>;
  /** Runs a task while nobody else holds one of these keys. */
  exclusive<T>(keys: string[], task: () => Promise<T>): Promise<T>;
  entries(prefix: string): AsyncIterable<[key: string, value: unknown]>;
  close(): Promise<void>;
}

/**
 * Opens the store, and ends what a killed process left half-way.
 *
 * @param path folder on disk, made when it is not there; null keeps all in memory
 * @throws DataFolderError
 */
export async function openEngine(path: string | null, now: () => number): Promise<Engine> {
  const store = await openStore(path);
  const batch = unwrappedBatch(store.db);
  // Dynalite's own streams never close their iterators, each of which holds a snapshot until the store is closed.
  store.db.createValueStream = (range) => Readable.from(store.db.values(range));

  const engine: Engine = {
    store,
    now,
    table: (name) =>
      new Promise((resolve, reject) => {
        store.getTable(name, (error, table) => {
          if (table !== undefined) resolve(table);
          else reject(error ?? new Error('no table'));
        });
      }),
    read: async (keys) => (await store.db.getMany(keys)) as (Item | undefined)[],
    commit: (operations) => batch(operations, { sync: true }),
    exclusive: locks(),
    entries: (prefix) => store.db.iterator(under(prefix)),
    close: () => store.db.close(),
  };
  try {
    await settleTables(engine);
  } catch (error) {
    await engine.close();
    throw new DataFolderError('folder_unusable', path ?? 'in memory', { cause: error });
  }
  return engine;
}

/** Every key that starts with an ASCII prefix. */
function under(prefix: string): Range {
  return { gte: prefix, lt: `${prefix}\u{10ffff}` };
}

async function openStore(path: string | null): Promise<Store> {
  const quick = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
  if (path === null) {
    const store = db.create(quick);
    await store.db.open();
    return store;
  }
  try {
    useFolder(path);
    const store = db.create({ path, ...quick });
    await store.db.open();
    return store;
  } catch (error) {
    const locked =
      hasProperty(error, 'cause') && hasProperty(error.cause, 'code') && error.cause.code === 'LEVEL_LOCKED';
    throw new DataFolderError(locked ? 'folder_locked' : 'folder_unusable', path, { cause: error });
  }
}

function hasProperty<K extends string>(value: unknown, name: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && name in value;
}

/** The store's own `batch`: dynalite's wrapper around it drops the options, and with them the fsync. */
function unwrappedBatch(level: Level): Level['batch'] {
  const prototype = Object.getPrototypeOf(level) as Level;
  return prototype.batch.bind(level);
}

/** Locks whose waiters queue for all their keys in one step, so that no two wait for each other. */
function locks(): Engine['exclusive'] {
  const tails = new Map<string, Promise<void>>();
  return async (keys, task) => {
    const result = Promise.all(keys.map(async (key) => tails.get(key))).then(task);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) tails.set(key, tail);
    void tail.then(() => {
      for (const key of keys) if (tails.get(key) === tail) tails.delete(key);
    });
    return result;
  };
}

/** Dynalite ends the creation, change and removal of a table by a timer, which a killed process never comes to. */
async function settleTables(engine: Engine): Promise<void> {
  for await (const [key, value] of engine.entries('table~')) {
    const table = value as Table;
    if (table.TableStatus === 'ACTIVE') continue;
    if (table.TableStatus === 'DELETING') {
      const { TableName: name } = table;
      for (const prefix of [`item-${name}~`, `index-global~${name}~`, `index-local~${name}~`, `tag-${name}~`]) {
        await engine.store.db.clear(under(prefix));
      }
      await engine.commit([{ type: 'del', key }]);
    } else {
      for (const index of table.GlobalSecondaryIndexes ?? []) index.IndexStatus = 'ACTIVE';
      await engine.commit([{ type: 'put', key, value: { ...table, TableStatus: 'ACTIVE' } }]);
    }
  }
}
