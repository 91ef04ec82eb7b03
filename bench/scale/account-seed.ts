import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import db, { type BatchOperation, type Item, type Table } from 'dynalite/db/index.js';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { type AccountId, newId } from '../../lambda/domain/ids.ts';
import { openEngine } from '../../local/dynamodb/engine.ts';
import { itemPrefix } from '../../local/dynamodb/plan.ts';
import { startOwnService } from '../load/own-service.ts';
import { Person } from './person.ts';

/** Rows of one batch, which is written at once. */
const ROWS_A_BATCH = 3000;
const YEAR_MS = 365 * 86_400_000;

/** A store with one account that somebody can use. */
export interface OneAccount {
  /** The cloud's. */
  readonly folder: string;
  readonly table: string;
  readonly email: string;
  readonly token: string;
  readonly itemId: string;
}

/** Makes a store, and an account with an item in it by the API. @returns its folder, the caller's to remove */
export async function makeOneAccount(): Promise<OneAccount> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-scale-'));
  const own = await startOwnService({ folder, together: true, withoutBcrypt: true });
  try {
    const person = new Person(own.url, 'scale@example.com');
    await person.register();
    const itemId = await person.createItem({ type: 'note', label: 'Scale', data: { text: 'A note.' } });
    const { email, token } = person;
    return { folder, table: own.cloud.table, email, token, itemId };
  } finally {
    await own.close();
  }
}

/**
 * Copies a store, and puts neighbours beside its account: the rows of that, under other ids, as many times as it takes.
 * They hold the bytes of real ones and are as many and as large; nobody could open them.
 *
 * @returns the new store's folder, the caller's to remove
 */
export async function withNeighbours({ folder, table: name }: OneAccount, accounts: number): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'twinlock-scale-'));
  await cp(folder, copy, { recursive: true });
  const engine = await openEngine(join(copy, 'dynamodb'), Date.now);
  try {
    const table = await engine.table(name);
    const rows: Item[] = [];
    for await (const [, row] of engine.entries(itemPrefix(name))) {
      // The activity of a year is what accounts differ in most; no call that is measured here reads it.
      if (/^[AE]#/.test(textOf(row as Item, 'pk')) && !textOf(row as Item, 'sk').startsWith('L#'))
        rows.push(row as Item);
    }
    let batch: BatchOperation[] = [];
    for (let made = 1; made < accounts; made++) {
      batch.push(...neighbour(rows, table));
      if (batch.length < ROWS_A_BATCH) continue;
      await engine.commit(batch);
      batch = [];
    }
    await engine.commit(batch);
  } finally {
    await engine.close();
  }
  return copy;
}

function neighbour(rows: readonly Item[], table: Table): BatchOperation[] {
  const id = newId<AccountId>(Date.now() - Math.floor(Math.random() * YEAR_MS), randomBytes(10));
  return rows.map((row) => {
    const isEmail = textOf(row, 'pk').startsWith('E#');
    const pk = isEmail ? `E#${Buffer.from(randomBytes(32)).toString('base64url')}` : `A#${id}`;
    const value = { ...row, pk: { S: pk }, ...(isEmail ? { accountId: { S: id } } : {}) };
    return { type: 'put', key: itemPrefix(table.TableName) + db.createKey(value, table), value };
  });
}

function textOf(row: Item, name: string): string {
  return row[name]?.S ?? '';
}
