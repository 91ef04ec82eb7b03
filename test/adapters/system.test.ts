import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { HttpRequest } from '@smithy/core/protocols';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type ClientOptions, dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { randomBytes, sleep, systemClock } from '../../lambda/adapters/system/system.ts';

describe('the machine', () => {
  it('tells the time in milliseconds', () => {
    const before = Date.now();
    const now = systemClock();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(Date.now());
  });

  it('pauses', async () => {
    const before = performance.now();
    await sleep(30);
    expect(performance.now() - before).toBeGreaterThan(25);
  });

  it.each([0, 1, 10, 32, 100_000])('gives %i random bytes in memory of their own', (length) => {
    const bytes = randomBytes(length);
    expect(bytes).toHaveLength(length);
    expect(bytes.buffer.byteLength).toBe(length);
  });

  it('never gives the same bytes twice', () => {
    const all = Array.from({ length: 1_000 }, () => Buffer.from(randomBytes(16)).toString('hex'));
    expect(new Set(all).size).toBe(1_000);
  });
});

const createClients = (options: ClientOptions) => ({
  dynamodb: dynamoDbClient(options),
  s3: s3Client(options),
  kms: kmsClient(options),
});

describe('the clients', () => {
  const { dynamodb, s3, kms } = createClients({ region: 'eu-central-1' });
  const endpoints = { dynamodb: 'http://127.0.0.1:1', s3: 'http://127.0.0.1:2', kms: 'http://127.0.0.1:3' };
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

  it.each<[string, DynamoDBClient | S3Client | KMSClient, number]>([
    ['DynamoDB', dynamodb, 5_000],
    ['KMS', kms, 5_000],
    ['S3', s3, 7_000],
  ])('give up in time: %s', async (_name, client, requestTimeout) => {
    expect(await client.config.maxAttempts()).toBe(3);
    expect(await client.config.region()).toBe('eu-central-1');
    const handler = client.config.requestHandler;
    // The handler reads its options at the first request.
    const request = new HttpRequest({ protocol: 'http:', hostname: '127.0.0.1', port: 1 });
    await expect(handler.handle(request)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const limits = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
    expect(handler instanceof NodeHttpHandler && handler.httpHandlerConfigs()).toMatchObject(limits);
    client.destroy();
  });

  it('call emulators where they listen, S3 by paths', async () => {
    const { dynamodb, s3, kms } = createClients({ region: 'us-east-1', endpoints, credentials });
    const ports = await Promise.all(
      [dynamodb, s3, kms].map(async (client) => (await client.config.endpoint?.())?.port),
    );
    expect(ports).toEqual([1, 2, 3]);
    expect(s3.config.forcePathStyle).toBe(true);
    expect(await kms.config.credentials()).toMatchObject(credentials);
  });
});
