import type { Item } from 'dynalite/db/index.js';
import { itemBytes } from '../../local/dynamodb/size.ts';

/** Request units that DynamoDB counts for a call; `index` are writes of the index, which `writes` holds too. */
export interface Units {
  readonly reads: number;
  readonly writes: number;
  readonly index: number;
}

interface Place {
  readonly Key: Item;
}

/** What of a request and its answer is looked at. */
interface Wire {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly Items?: readonly Item[];
  readonly ConsistentRead?: boolean;
  readonly TransactItems?: readonly {
    readonly Get?: Place;
    readonly Put?: { readonly Item: Item };
    readonly Delete?: Place;
    readonly ConditionCheck?: Place;
  }[];
}

const READ_BYTES = 4096;
const WRITE_BYTES = 1024;
/** What a transaction counts each unit as. */
const TRANSACTED = 2;

/**
 * Knows how large each row of a table is, from all that was written to it, and so what each call counts
 * (DynamoDB Developer Guide, "Capacity unit consumption").
 */
export class Ledger {
  readonly #rows = new Map<string, { readonly bytes: number; readonly due: string | null }>();

  /** @throws Error for a call that the service never made before */
  unitsOf(operation: string, request: object, answer: object): Units {
    const { Key, Item, ConsistentRead, TransactItems = [] } = request as Wire;
    const { Items = [] } = answer as Wire;
    if (operation === 'GetItem') return read(whole(this.#bytes(Key), READ_BYTES));
    if (operation === 'Query') {
      const bytes = Items.reduce((sum, item) => sum + this.#bytes(item), 0);
      return read(whole(bytes, READ_BYTES) * (ConsistentRead === true ? 1 : 0.5));
    }
    if (operation === 'PutItem') return this.#write(Item, Item, 1);
    if (operation === 'DeleteItem') return this.#write(Key, null, 1);
    if (operation === 'TransactGetItems') {
      const units = TransactItems.map(({ Get }) => whole(this.#bytes(Get?.Key), READ_BYTES));
      return read(TRANSACTED * units.reduce((sum, one) => sum + one, 0));
    }
    if (operation === 'TransactWriteItems') {
      const all = TransactItems.map(({ Put, Delete, ConditionCheck }) => {
        if (Put !== undefined) return this.#write(Put.Item, Put.Item, TRANSACTED);
        if (Delete !== undefined) return this.#write(Delete.Key, null, TRANSACTED);
        return {
          reads: 0,
          writes: TRANSACTED * whole(this.#bytes(ConditionCheck?.Key), WRITE_BYTES),
          index: 0,
        };
      });
      return all.reduce((sum, one) => ({
        reads: 0,
        writes: sum.writes + one.writes,
        index: sum.index + one.index,
      }));
    }
    throw new Error(`nobody told what ${operation} counts`);
  }

  /** Bytes of all rows whose partition key begins so. */
  bytesUnder(prefix: string): number {
    return [...this.#rows].reduce((sum, [name, { bytes }]) => sum + (name.startsWith(prefix) ? bytes : 0), 0);
  }

  #bytes(key: Item | undefined): number {
    return this.#rows.get(nameOf(key))?.bytes ?? 0;
  }

  /** A write counts the larger of the row before and after; the index counts what leaves it and what enters. */
  #write(key: Item | undefined, item: Item | null | undefined, factor: number): Units {
    const name = nameOf(key);
    const before = this.#rows.get(name) ?? { bytes: 0, due: null };
    const after =
      item === null || item === undefined ? { bytes: 0, due: null } : { bytes: itemBytes(item), due: dueOf(item) };
    if (item === null) this.#rows.delete(name);
    else this.#rows.set(name, after);
    const index = before.due === after.due ? 0 : Number(before.due !== null) + Number(after.due !== null);
    return { reads: 0, writes: factor * whole(Math.max(before.bytes, after.bytes), WRITE_BYTES) + index, index };
  }
}

function read(reads: number): Units {
  return { reads, writes: 0, index: 0 };
}

/** Units begun; the least is one. */
function whole(bytes: number, unit: number): number {
  return Math.max(1, Math.ceil(bytes / unit));
}

function nameOf(key: Item | undefined): string {
  return `${key?.['pk']?.S ?? ''} ${key?.['sk']?.S ?? ''}`;
}

function dueOf(item: Item): string | null {
  const { duePk, dueAt } = item;
  return duePk === undefined ? null : `${duePk.S ?? ''} ${dueAt?.N ?? ''}`;
}
