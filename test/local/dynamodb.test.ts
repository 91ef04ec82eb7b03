import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openEngine } from '../../local/dynamodb/engine.ts';
import { DataFolderError } from '../../local/dynamodb/failure.ts';
import { type DynamoDb, type DynamoDbOptions, startDynamoDb } from '../../local/dynamodb/server.ts';
import { ensureTable } from '../../local/table.ts';
import { dynamoDbClient } from '../contracts/dynamodb-engine.ts';

const TABLE = 'Vault';
const NOW = Date.UTC(2026, 10, 1);
const SECONDS = NOW / 1000;
const YEAR_S = 365 * 24 * 60 * 60;

describe('the emulator of DynamoDB', () => {
  let folder: string;
  let now: number;
  const opened: { close(): Promise<void> }[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-dynamodb-'));
    now = NOW;
  });
  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.close();
    rmSync(folder, { recursive: true });
  });

  async function start(options: Partial<DynamoDbOptions> = {}): Promise<{
    db: DynamoDb;
    client: DynamoDBClient;
    documents: DynamoDBDocumentClient;
  }> {
    const db = await startDynamoDb({ path: null, now: () => now, ...options });
    const client = dynamoDbClient(db.endpoint);
    opened.push(db, {
      close: () => {
        client.destroy();
        return Promise.resolve();
      },
    });
    return { db, client, documents: DynamoDBDocumentClient.from(client) };
  }
  const put = (sk: string, more: object = {}) => ({ TableName: TABLE, Item: { pk: 'p', sk, ...more } });
  const load = async (documents: DynamoDBDocumentClient, sk: string) =>
    (await documents.send(new GetCommand({ TableName: TABLE, Key: { pk: 'p', sk } }))).Item;

  describe('its folder', () => {
    it('keeps tables, items, index, time to live and tokens from one start to the next', async () => {
      const path = join(folder, 'made', 'on', 'demand');
      const first = await start({ path });
      await ensureTable(first.client, TABLE);
      const once = { TransactItems: [{ Put: put('a', { n: 1 }) }], ClientRequestToken: 'once' };
      await first.documents.send(new TransactWriteCommand(once));
      await first.documents.send(new PutCommand(put('b', { duePk: 's', dueAt: 1, ttl: SECONDS - 1 })));
      await first.documents.send(new PutCommand(put('a', { n: 2 })));
      await first.db.close();

      const second = await start({ path });
      await ensureTable(second.client, TABLE);
      await second.documents.send(new TransactWriteCommand(once));
      expect(await load(second.documents, 'a')).toEqual({ pk: 'p', sk: 'a', n: 2 });
      const due = new QueryCommand({
        TableName: TABLE,
        IndexName: 'due',
        KeyConditionExpression: 'duePk = :s',
        ExpressionAttributeValues: { ':s': 's' },
      });
      expect((await second.documents.send(due)).Count).toBe(1);
      expect(await second.db.expire()).toBe(1);
      expect((await second.documents.send(due)).Count).toBe(0);
    });

    it('is refused while another emulator holds it, and free again after', async () => {
      const { db } = await start({ path: folder });
      await expect(startDynamoDb({ path: folder })).rejects.toMatchObject({ code: 'folder_locked' });
      await db.close();
      await start({ path: folder });
    });

    it('is refused where it is a file', async () => {
      const path = join(folder, 'file');
      writeFileSync(path, 'no folder');
      const refused = startDynamoDb({ path });
      await expect(refused).rejects.toBeInstanceOf(DataFolderError);
      await expect(refused).rejects.toMatchObject({ code: 'folder_unusable' });
    });

    it('is refused where the store in it is damaged', async () => {
      const { db } = await start({ path: folder });
      await db.close();
      for (const name of readdirSync(folder).filter((entry) => entry.startsWith('MANIFEST'))) {
        writeFileSync(join(folder, name), 'damaged');
      }
      await expect(startDynamoDb({ path: folder })).rejects.toMatchObject({ code: 'folder_unusable' });
    });

    it('makes ready a table whose creation was cut off, and ends a removal', async () => {
      mkdirSync(folder, { recursive: true });
      const first = await start({ path: folder });
      await ensureTable(first.client, TABLE);
      await ensureTable(first.client, 'Leaving');
      await first.documents.send(new PutCommand({ ...put('a'), TableName: 'Leaving' }));
      await first.db.close();
      // What a process that was killed between the two steps of dynalite's leaves behind.
      const engine = await openEngine(folder, () => now);
      const [made, leaving] = await Promise.all([engine.table(TABLE), engine.table('Leaving')]);
      await engine.commit([
        { type: 'put', key: `table~${TABLE}`, value: { ...made, TableStatus: 'CREATING' } },
        { type: 'put', key: 'table~Leaving', value: { ...leaving, TableStatus: 'DELETING' } },
      ]);
      await engine.close();

      const second = await start({ path: folder });
      await second.documents.send(new PutCommand(put('a')));
      await ensureTable(second.client, 'Leaving');
      const left = new GetCommand({ TableName: 'Leaving', Key: { pk: 'p', sk: 'a' } });
      expect((await second.documents.send(left)).Item).toBeUndefined();
    });
  });

  describe('the time to live', () => {
    it('removes what has expired, with its index entry, and nothing else', async () => {
      const { db, client, documents } = await start();
      await ensureTable(client, TABLE);
      const kept = {
        without: {},
        'due in a second': { ttl: SECONDS + 1 },
        'as a text': { ttl: `${SECONDS - 1}` },
        'so long ago that it is no date': { ttl: SECONDS - 6 * YEAR_S },
      };
      for (const [sk, more] of Object.entries(kept)) await documents.send(new PutCommand(put(sk, more)));
      await documents.send(new PutCommand(put('expired', { ttl: SECONDS - 1, duePk: 's', dueAt: 1 })));

      expect(await db.expire()).toBe(1);
      expect(await load(documents, 'expired')).toBeUndefined();
      for (const sk of Object.keys(kept)) expect(await load(documents, sk)).toBeDefined();

      now += 2_000;
      expect(await db.expire()).toBe(1);
      expect(await load(documents, 'due in a second')).toBeUndefined();
    });
  });

  describe('a token', () => {
    it('is forgotten after ten minutes', async () => {
      const { client, documents } = await start();
      await ensureTable(client, TABLE);
      const send = async (n: number) =>
        documents.send(
          new TransactWriteCommand({ TransactItems: [{ Put: put('a', { n }) }], ClientRequestToken: 't' }),
        );
      await send(1);
      now += 10 * 60_000 - 1;
      await expect(send(2)).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' });
      now += 1;
      await send(2);
      expect(await load(documents, 'a')).toMatchObject({ n: 2 });
    });

    it('that is old leaves the store with the next transaction', async () => {
      const first = await start({ path: folder });
      await ensureTable(first.client, TABLE);
      const send = async (token: string) =>
        first.documents.send(
          new TransactWriteCommand({ TransactItems: [{ Put: put('a') }], ClientRequestToken: token }),
        );
      for (const token of ['one', 'two']) await send(token);
      now += 10 * 60_000;
      await send('three');
      await first.db.close();
      const engine = await openEngine(folder, () => now);
      const stored: string[] = [];
      for await (const [key] of engine.entries('token~')) stored.push(key);
      await engine.close();
      expect(stored).toEqual(['token~three']);
    });
  });

  describe('what it refuses in a transaction as the service does, and DynamoDB Local otherwise', () => {
    it.each([
      ['a key without its range', { Delete: { TableName: TABLE, Key: { pk: 'p' } } }],
      [
        'an operand that is not there',
        { Update: { TableName: TABLE, Key: { pk: 'p', sk: 'b' }, UpdateExpression: 'SET n = gone' } },
      ],
    ])('cancels for %s', async (_what, operation) => {
      const { client, documents } = await start();
      await ensureTable(client, TABLE);
      const both = new TransactWriteCommand({ TransactItems: [{ Put: put('a') }, operation] });
      await expect(documents.send(both)).rejects.toMatchObject({
        name: 'TransactionCanceledException',
        CancellationReasons: [{ Code: 'None' }, { Code: 'ValidationError' }],
      });
      expect(await load(documents, 'a')).toBeUndefined();
    });
  });

  describe('over HTTP', () => {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      authorization: 'AWS4-HMAC-SHA256 none',
    };
    it.each([
      ['another type of content', { ...headers, 'content-type': 'text/plain' }, '{}', 'UnknownOperationException'],
      [
        'an unknown operation',
        { ...headers, 'x-amz-target': 'DynamoDB_20120810.No' },
        '{}',
        'UnknownOperationException',
      ],
      ['no signature', { ...headers, authorization: '' }, '{}', 'MissingAuthenticationTokenException'],
      ['what is no JSON', headers, '{', 'SerializationException'],
      ['no object', headers, 'null', 'SerializationException'],
      ['a member of another type', headers, '{"Limit":"1"}', 'SerializationException'],
    ])('refuses %s', async (_what, sent, body, name) => {
      const { db } = await start();
      const response = await fetch(db.endpoint, { method: 'POST', headers: sent, body });
      expect(response.status).toBe(400);
      const { __type } = (await response.json()) as { __type: string };
      expect(__type).toMatch(new RegExp(`#${name}$`));
    });

    it('fails where the port is taken, and lets go of the folder', async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const address = other.address();
      const port = typeof address === 'object' ? address?.port : undefined;
      await expect(startDynamoDb({ path: folder, port: port ?? 0 })).rejects.toMatchObject({ code: 'EADDRINUSE' });
      other.close();
      await start({ path: folder });
    });

    it('ends what is under way before it closes', async () => {
      const { db, client, documents } = await start({ path: folder });
      await ensureTable(client, TABLE);
      const writes = Array.from({ length: 20 }, async (_, i) => documents.send(new PutCommand(put(`${i}`))));
      await writes[0];
      await db.close();
      const done = (await Promise.allSettled(writes)).flatMap(({ status }, i) => (status === 'fulfilled' ? [i] : []));
      const again = await start({ path: folder });
      for (const i of done) expect(await load(again.documents, `${i}`)).toBeDefined();
    });
  });
});
