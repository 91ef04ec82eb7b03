import {
  type AttributeValue,
  type DynamoDBClient,
  paginateScan,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { dueShard, LIST_PREFIX, listedKey, remnantKey, utcDay } from '../../lambda/adapters/dynamodb/keys.ts';
import { decodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import type { AccountId } from '../../lambda/domain/ids.ts';
import type { ListedRow, Row, RowKey } from '../../lambda/domain/records.ts';
import { DUE_SHARDS, type VaultStore } from '../../lambda/ports/vault-store.ts';

type RawRow = Readonly<Record<string, AttributeValue>>;

/** All that the cloud holds at a moment. */
export interface State {
  /** By `<pk> <sk>`. */
  readonly rows: ReadonlyMap<string, RawRow>;
  readonly objects: ReadonlyMap<string, Uint8Array>;
  /** What tells one state from another: rows and the names of objects, which are written once. */
  readonly print: string;
}

export const EMPTY: State = { rows: new Map(), objects: new Map(), print: '' };

/** Rows of one transaction. */
const ROWS_AT_ONCE = 100;
/** How long the sweeper may have stood still, ms. */
const LOOK_BACK_MS = 35 * 86_400_000;

/** Reads what a cloud holds, and makes it hold that again. */
export class Keeper {
  readonly #dynamodb: DynamoDBClient;
  readonly #table: string;
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #time: { now: number };
  /** Of the objects that were ever seen: names are never used twice. */
  readonly #known = new Map<string, Uint8Array>();
  /** When they were first seen to be written, in milliseconds since 1970. */
  readonly #written = new Map<string, number>();

  /** @param time of the emulators */
  constructor(dynamodb: DynamoDBClient, table: string, s3: S3Client, bucket: string, time: { now: number }) {
    [this.#dynamodb, this.#table, this.#s3, this.#bucket, this.#time] = [dynamodb, table, s3, bucket, time];
  }

  /** @param before the state that the table or the bucket still has, where nothing reached it */
  async read(before: { readonly table?: State; readonly bucket?: State } = {}): Promise<State> {
    const rows = before.table?.rows ?? (await this.#rows());
    const objects = before.bucket?.objects ?? (await this.#objects());
    const texts = [...rows].map(([name, row]) => `${name} ${textOf(row)}`).sort();
    return { rows, objects, print: [...texts, ...[...objects.keys()].sort()].join('\n') };
  }

  /** @param now what it holds */
  async restore(state: State, now: State): Promise<void> {
    const TableName = this.#table;
    const changes: TransactWriteItem[] = [];
    for (const [name, row] of state.rows) {
      const there = now.rows.get(name);
      if (there === undefined || textOf(there) !== textOf(row)) changes.push({ Put: { TableName, Item: row } });
    }
    for (const [name, { pk, sk }] of now.rows) {
      if (state.rows.has(name) || pk === undefined || sk === undefined) continue;
      changes.push({ Delete: { TableName, Key: { pk, sk } } });
    }
    for (let start = 0; start < changes.length; start += ROWS_AT_ONCE) {
      const TransactItems = changes.slice(start, start + ROWS_AT_ONCE);
      await this.#dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));
    }
    const time = this.#time.now;
    for (const [Key, Body] of state.objects) {
      if (now.objects.has(Key)) continue;
      // Objects of a day are left alone by maintenance.
      this.#time.now = this.#written.get(Key) ?? time;
      await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key, Body }));
    }
    this.#time.now = time;
    for (const key of now.objects.keys()) if (!state.objects.has(key)) await this.#store().remove(key);
  }

  async #rows(): Promise<Map<string, RawRow>> {
    const rows = new Map<string, RawRow>();
    const pages = paginateScan({ client: this.#dynamodb }, { TableName: this.#table, ConsistentRead: true });
    for await (const { Items = [] } of pages) {
      // Every commit of one row has a mark of its own.
      for (const { writtenBy: _mark, ...row } of Items) rows.set(`${row['pk']?.S ?? ''} ${row['sk']?.S ?? ''}`, row);
    }
    return rows;
  }

  async #objects(): Promise<Map<string, Uint8Array>> {
    const { objects } = await this.#store().names('', null, 1000);
    const found = new Map<string, Uint8Array>();
    for (const { key, modifiedAt } of objects) {
      if (!this.#written.has(key)) this.#written.set(key, modifiedAt);
      found.set(key, await this.#bytes(key));
    }
    return found;
  }

  async #bytes(Key: string): Promise<Uint8Array> {
    const known = this.#known.get(Key);
    if (known !== undefined) return known;
    const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
    this.#known.set(Key, bytes);
    return bytes;
  }

  #store() {
    return createObjectStore({ client: this.#s3, bucket: this.#bucket });
  }
}

const PREFIXES = new Map(
  Object.entries(LIST_PREFIX).map(([kind, prefix]) => [prefix, kind as ListedRow['kind']] as const),
);

/** The rows as the service reads them. */
export function decoded({ rows }: State): Row[] {
  return [...rows.values()].map((raw) => decodeRow(keyOf(raw['pk']?.S ?? '', raw['sk']?.S ?? ''), raw));
}

function keyOf(pk: string, sk: string): RowKey {
  const [kind, name] = [pk.slice(0, 2), pk.slice(2)];
  if (kind === 'E#') return { kind: 'email', mac: Buffer.from(name, 'base64url') };
  if (kind === 'T#') return { kind: 'throttle', subject: name, source: sk };
  if (kind === 'W#') return { kind: 'walk', name: 'bucket' };
  const accountId = name as AccountId;
  if (sk === 'ACCOUNT') return { kind: 'account', accountId };
  if (sk === 'M') return { kind: 'manifest', accountId };
  if (sk.startsWith('K#')) return { kind: 'idempotency', accountId, keyHash: sk.slice(2) };
  const listed = PREFIXES.get(sk.slice(0, 2));
  const key = listed === undefined ? remnantKey(accountId, sk) : listedKey(accountId, listed, sk);
  if (key.kind === 'remnant') throw new Error(`a row of no kind: ${sk}`);
  return key;
}

/** What of a state is alike in every run: of each row the kind, its numbers, and how many names it lists. */
export function outline(state: State): string[] {
  const rows = decoded(state).map((row) => {
    const facts = Object.entries(row).flatMap(([name, value]: [string, unknown]) => {
      if (typeof value === 'number' || name === 'state' || name === 'source') return [`${name} ${String(value)}`];
      return Array.isArray(value) ? [`${name} ${value.length}`] : [];
    });
    return `${row.kind}: ${facts.join(', ')}`;
  });
  return [...rows, ...[...state.objects.values()].map((bytes) => `object: ${bytes.length}`)].sort();
}

/**
 * The table, but that shards of the index in which nothing lies are not asked for, all but the first and the last: there
 * are 576, and all are alike.
 */
export function fewShards(store: VaultStore, rows: Iterable<Row>, now: number): VaultStore {
  const asked = new Set([`0 ${utcDay(now - LOOK_BACK_MS)}`, `${DUE_SHARDS - 1} ${utcDay(now)}`]);
  for (const row of rows) {
    if (row.kind !== 'document' && row.kind !== 'deletion') continue;
    asked.add(`${dueShard(row.kind === 'document' ? row.documentId : row.accountId)} ${utcDay(row.dueAt)}`);
  }
  return {
    ...store,
    due: (shard, day, ...rest) =>
      asked.has(`${shard} ${day}`) ? store.due(shard, day, ...rest) : Promise.resolve({ keys: [], next: null }),
  };
}

function textOf(row: RawRow): string {
  const parts = Object.keys(row)
    .sort()
    .map((name) => {
      const value = row[name];
      return [name, value?.B === undefined ? value : Buffer.from(value.B).toString('base64')];
    });
  return JSON.stringify(parts);
}
