import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyAttributes, rowKey } from '../../lambda/adapters/dynamodb/keys.ts';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createTableScan } from '../../lambda/adapters/dynamodb/table-scan.ts';
import { createVaultStore } from '../../lambda/adapters/dynamodb/vault-store.ts';
import { type AccountId, type ItemId, newId } from '../../lambda/domain/ids.ts';
import type { ItemRow, Sealed } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import type { Scanned, TableScan } from '../../lambda/ports/table-scan.ts';
import { startDynamoDb } from '../../local/dynamodb/server.ts';
import { ensureTable } from '../../local/table.ts';
import { oneOfEach } from '../contracts/vault-store-rows.ts';

const TABLE = 'scanned';
const EVERY_ROW = oneOfEach();

describe('the scan of the table', () => {
  let server: Awaited<ReturnType<typeof startDynamoDb>>;
  let client: DynamoDBClient;
  let scan: TableScan;

  beforeAll(async () => {
    server = await startDynamoDb({ path: null });
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    client = new DynamoDBClient({ region: 'us-east-1', credentials, endpoint: server.endpoint });
    await ensureTable(client, TABLE);
    scan = createTableScan({ client, table: TABLE });
  });
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  const put = (Item: Record<string, AttributeValue>) => client.send(new PutItemCommand({ TableName: TABLE, Item }));
  const all = async (
    segments: number,
    wrapsOnly = false,
  ): Promise<{ rows: Scanned[]; pages: number; looked: number }> => {
    const met = { rows: [] as Scanned[], pages: 0, looked: 0 };
    for (let segment = 0; segment < segments; segment++) {
      let after: Awaited<ReturnType<TableScan['page']>>['next'] = null;
      do {
        const page: Awaited<ReturnType<TableScan['page']>> = await scan.page({ segment, segments, after, wrapsOnly });
        met.rows.push(...page.rows);
        met.pages++;
        met.looked += page.looked;
        after = page.next;
      } while (after !== null);
    }
    return met;
  };

  it('gives rows of every kind back, and their keys from their places', async () => {
    for (const row of EVERY_ROW) {
      await put(encodeRow(row));
      const { pk, sk } = keyAttributes(row);
      const key = rowKey({ pk: pk.S, sk: sk.S });
      expect(key === null ? null : keyAttributes(key)).toEqual({ pk, sk });
    }
    const { rows } = await all(3);
    const found = rows.map((met) => (met.state === 'row' ? met.row : null));
    expect(found).toHaveLength(EVERY_ROW.length);
    for (const row of EVERY_ROW) expect(found).toContainEqual(row);
    expect(rows.every((met) => met.state === 'row' && met.extra === 0 && met.stray.length === 0)).toBe(true);
  });

  it('passes over all but what holds a wrap', async () => {
    const { rows, looked } = await all(1, true);
    const kinds = new Set(rows.map((met) => (met.state === 'row' ? met.row.kind : null)));
    expect([...kinds].sort()).toEqual(['account', 'session']);
    expect(looked).toBe(EVERY_ROW.length);
  });

  it('takes what a plain put noted on its row for no attribute too many', async () => {
    const [row] = EVERY_ROW.filter(({ kind }) => kind === 'item');
    if (row === undefined) throw new Error('no item');
    await createVaultStore({ client, table: TABLE }).commit([{ op: 'put', row, replaces: 'any' }]);
    const { rows } = await all(1);
    expect(rows.filter((met) => met.state === 'row' && met.extra > 0)).toEqual([]);
  });

  it('reads a table of many pages once, in any number of segments', async () => {
    const accountId = newId<AccountId>(1, new Uint8Array(10));
    const sealed = new Uint8Array(150_000) as Sealed;
    const ids = Array.from({ length: 24 }, (_, i) => newId<ItemId>(i, new Uint8Array(10)));
    const rows = ids.map((itemId): ItemRow => ({ kind: 'item', accountId, itemId, version: 1, dekVersion: 1, sealed }));
    for (const row of rows) await put(encodeRow(row));
    for (const segments of [1, 4]) {
      const { rows: met, pages } = await all(segments);
      const found = met.flatMap((one) => (one.state === 'row' && one.row.kind === 'item' ? [one.row.itemId] : []));
      expect(found.filter((id) => ids.includes(id)).sort()).toEqual(ids);
      expect(pages).toBeGreaterThan(segments);
    }
  });

  it('names what is no row of ours without a word of what it holds', async () => {
    const accountId = newId<AccountId>(2, new Uint8Array(10));
    await put({ pk: { S: 'Z#1' }, sk: { S: 'Z' } });
    await put({ pk: { S: `A#${accountId}` }, sk: { S: 'I#not an id' } });
    await put({ pk: { S: `A#${accountId}` }, sk: { S: 'M' }, revision: { S: 'one' } });
    const { rows } = await all(2);
    expect(rows.filter(({ state }) => state !== 'row')).toEqual(
      expect.arrayContaining([
        { state: 'unknown', accountId: null },
        { state: 'unknown', accountId },
        { state: 'malformed', key: { kind: 'manifest', accountId } },
      ]),
    );
  });

  it('has no key for a place that is nearly one of ours', () => {
    const id = newId<AccountId>(3, new Uint8Array(10).fill(255));
    const mac = Buffer.alloc(32).toString('base64url');
    const places: [string, string][] = [
      [`A#${id.toLowerCase()}`, 'M'],
      [`A#${id}`, 'm'],
      [`A#${id}`, `S#${id}x`],
      [`A#${id}`, `K#${mac}=`],
      [`E#${mac}`, 'M'],
      [`E#${mac.slice(1)}`, 'E'],
      [`E#${mac.slice(0, -1)}B`, 'E'],
      ['T#', '*'],
      ['W#table', 'W'],
      [`B#${id}`, 'M'],
    ];
    for (const [pk, sk] of places) expect([pk, sk, rowKey({ pk, sk })]).toEqual([pk, sk, null]);
  });

  it('fails as unavailable where the table is not there', async () => {
    const absent = createTableScan({ client, table: 'absent' });
    await expect(absent.page({ segment: 0, segments: 1, after: null })).rejects.toThrow(UnavailableError);
    await expect(absent.size()).rejects.toThrow(UnavailableError);
  });
});
