import { PutItemCommand, type PutItemCommandInput } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createVaultStore } from '../../lambda/adapters/dynamodb/vault-store.ts';
import { createKeyService } from '../../lambda/adapters/kms/key-service.ts';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { startDynamoDb } from '../../local/dynamodb/server.ts';
import { startS3 } from '../../local/s3/server.ts';
import { ensureTable } from '../../local/table.ts';
import { bytes, sample } from '../contracts/vault-store-rows.ts';

/** What befalls the next request, before it is sent or once it is answered. */
type Fate = 'never sent' | 'answer lost';

/** Sends requests as they are, but for those whose fate is on the list. */
class Unlucky extends NodeHttpHandler {
  readonly fates: Fate[] = [];
  sent = 0;

  override async handle(...args: Parameters<NodeHttpHandler['handle']>): ReturnType<NodeHttpHandler['handle']> {
    const fate = this.fates.shift();
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    if (fate === 'never sent') throw reset;
    this.sent++;
    const answer = await super.handle(...args);
    if (fate === 'answer lost') throw reset;
    return answer;
  }
}

const options = (endpoint: string) => ({
  region: 'us-east-1',
  endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint },
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});

describe('DynamoDB, when answers are lost', () => {
  let server: Awaited<ReturnType<typeof startDynamoDb>>;
  let handler: Unlucky;
  let client: ReturnType<typeof dynamoDbClient>;
  let store: ReturnType<typeof createVaultStore>;

  beforeAll(async () => {
    server = await startDynamoDb({ path: null });
    client = dynamoDbClient(options(server.endpoint));
    await ensureTable(client, 'vault');
    client.destroy();
    handler = new Unlucky();
    client.config.requestHandler = handler;
    store = createVaultStore({ client, table: 'vault' });
  }, 30_000);
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  it.each<[string, Fate[]]>([
    ['once', ['answer lost']],
    ['twice', ['answer lost', 'answer lost']],
    ['before and after sending', ['never sent', 'answer lost']],
  ])('ends a plain put as if it had been sent once: lost %s', async (_what, fates) => {
    const row = sample.throttle();
    handler.fates.push(...fates);
    expect(await store.commit([{ op: 'put', row, replaces: null }])).toEqual({ ok: true });
    handler.fates.push(...fates);
    const next = { ...row, failures: row.failures + 1 };
    expect(await store.commit([{ op: 'put', row: next, replaces: row }])).toEqual({ ok: true });
    expect(await store.get(row)).toEqual(next);
  });

  it('ends a removal and a transaction as if they had been sent once', async () => {
    const [one, two] = [sample.item(), sample.session()];
    handler.fates.push('answer lost');
    const puts = [one, two].map((row) => ({ op: 'put', row, replaces: null }) as const);
    expect(await store.commit(puts)).toEqual({ ok: true });
    handler.fates.push('answer lost');
    expect(await store.commit([{ op: 'remove', row: one }])).toEqual({ ok: true });
    handler.fates.push('answer lost');
    expect(await store.commit([{ op: 'discard', key: two }])).toEqual({ ok: true });
    expect(await store.snapshot([one, two])).toEqual([null, null]);
  });

  it("still tells when somebody else's row is in the way of a put that was sent twice", async () => {
    const row = sample.throttle();
    const theirs: PutItemCommandInput = { TableName: 'vault', Item: encodeRow(row) };
    await client.send(new PutItemCommand(theirs));
    handler.fates.push('answer lost');
    expect(await store.commit([{ op: 'put', row, replaces: null }])).toEqual({ ok: false, failed: [0] });
  });

  it('gives up after three attempts', async () => {
    handler.sent = 0;
    handler.fates.push('answer lost', 'answer lost', 'answer lost');
    await expect(store.commit([{ op: 'put', row: sample.item(), replaces: 'any' }])).rejects.toThrow(UnavailableError);
    expect(handler.sent).toBe(3);
  });
});

describe('S3, when answers are lost', () => {
  let server: Awaited<ReturnType<typeof startS3>>;
  const handler = new Unlucky();
  let client: ReturnType<typeof s3Client>;
  let store: ReturnType<typeof createObjectStore>;

  beforeAll(async () => {
    server = await startS3({ folder: null });
    client = s3Client(options(server.endpoint));
    client.config.requestHandler = handler;
    await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    store = createObjectStore({ client, bucket: 'bucket', sleep: () => Promise.resolve() });
  }, 30_000);
  afterAll(async () => {
    client.destroy();
    await server.close();
  });

  it.each<[string, Fate[]]>([
    ['before it is sent', ['never sent']],
    ['once it is there', ['answer lost']],
    ['twice', ['answer lost', 'answer lost']],
  ])('an object is written once and whole, and known for its own, lost %s', async (name, fates) => {
    const content = bytes(100_000);
    const body = async function* () {
      await Promise.resolve();
      for (let at = 0; at < content.length; at += 7_000) yield content.slice(at, at + 7_000);
    };
    handler.fates.push(...fates);
    expect(await store.put(name, body, content.length)).toBe(true);
    const pieces: Uint8Array[] = [];
    for await (const piece of (await store.get(name))?.body ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
    expect(await store.put(name, body, content.length)).toBe(false);
  });
});

describe('nobody listens', () => {
  const refused = options('http://127.0.0.1:1');

  it('is an outage of each service', async () => {
    const store = createVaultStore({ client: dynamoDbClient(refused), table: 'vault' });
    const keys = createKeyService({ client: kmsClient(refused), wrapKeyArns: ['arn'], macKeyArns: ['arn'] });
    const objects = createObjectStore({ client: s3Client(refused), bucket: 'bucket' });
    const body = async function* () {
      await Promise.resolve();
      yield bytes(10);
    };
    const results = [
      store.get(sample.item()),
      store.commit([{ op: 'put', row: sample.item(), replaces: null }]),
      keys.mac(1, bytes(8)),
      objects.get('a'),
      objects.put('a', body, 10),
      objects.remove('a'),
    ];
    for (const result of await Promise.allSettled(results)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'temporarily_unavailable' } });
    }
  });
});
