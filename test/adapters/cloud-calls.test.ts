import { createServer, type Server } from 'node:http';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand } from '@aws-sdk/client-kms';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import type { CloudCall } from '../../lambda/adapters/cloud-calls.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { callObserver } from '../../lambda/adapters/system/call-observer.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';

/** What the cloud answers: a status and, for an error, its name; null breaks the connection. */
type Reply = readonly [status: number, name?: string] | null;

const OK: Reply = [200];
const SECRET = 'arn:aws:kms:us-east-1:111122223333:key/CANARY';

let server: Server;
let replies: Reply[];
let calls: CloudCall[];

beforeEach(async () => {
  replies = [];
  calls = [];
  server = createServer((request, response) => {
    const reply = replies.shift();
    if (reply === null || reply === undefined) {
      request.socket.destroy();
      return;
    }
    const [status, name] = reply;
    const body = request.method === 'POST' ? JSON.stringify(name === undefined ? {} : { __type: name }) : '';
    const xml = name === undefined ? '' : `<Error><Code>${name}</Code><Message>CANARY</Message></Error>`;
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body || xml);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function options() {
  const address = server.address();
  const endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    region: 'us-east-1',
    endpoints: { dynamodb: endpoint, kms: endpoint, s3: endpoint },
    credentials: { accessKeyId: 'TEST', secretAccessKey: 'test' },
    observe: (call: CloudCall) => {
      calls.push(call);
    },
  };
}

async function decrypt(...answers: Reply[]): Promise<void> {
  replies = answers;
  const client = kmsClient(options());
  const EncryptionContext = { account: 'CANARY' };
  await client
    .send(new DecryptCommand({ KeyId: SECRET, CiphertextBlob: Buffer.from('CANARY'), EncryptionContext }))
    .catch(() => undefined);
  client.destroy();
}

describe('a call of KMS', () => {
  it('is told of with its service, operation, times and outcome, and with nothing that it said', async () => {
    const before = Date.now();
    await decrypt([400, 'InvalidCiphertextException']);
    expect(calls).toEqual([
      {
        service: 'kms',
        operation: 'Decrypt',
        startedAt: expect.any(Number),
        durationMs: expect.any(Number),
        outcome: 'refused',
      },
    ]);
    const [call] = calls;
    expect(call?.startedAt).toBeGreaterThanOrEqual(before);
    expect(call?.durationMs).toBeGreaterThan(0);
    expect((call?.startedAt ?? 0) + (call?.durationMs ?? 0)).toBeLessThanOrEqual(Date.now() + 1);
  });

  it.each<[string, Reply[], CloudCall['outcome'][]]>([
    ['well', [OK], ['ok']],
    ['well after it was throttled', [[400, 'ThrottlingException'], OK], ['throttled', 'ok']],
    ['well after a connection broke', [null, OK], ['failed', 'ok']],
    [
      'throttled three times',
      Array<Reply>(3).fill([400, 'ThrottlingException']),
      ['throttled', 'throttled', 'throttled'],
    ],
    ['without a permission', [[400, 'AccessDeniedException']], ['denied']],
    ['at a key that is disabled', [[400, 'DisabledException']], ['denied']],
    ['at a key that is to be deleted', [[400, 'KMSInvalidStateException']], ['denied']],
    ['at a key that is not there', [[400, 'NotFoundException']], ['denied']],
    ['at another key’s ciphertext', [[400, 'IncorrectKeyException']], ['refused']],
    ['at a wrong MAC', [[400, 'KMSInvalidMacException']], ['refused']],
    ['by a fault of KMS', [[500, 'KMSInternalException'], OK], ['failed', 'ok']],
  ])('that ends %s is told of, attempt by attempt', async (_how, answers, outcomes) => {
    await decrypt(...answers);
    expect(calls.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(new Set(calls.map(({ operation }) => operation))).toEqual(new Set(['Decrypt']));
  });
});

describe('calls of other services', () => {
  it('are told of by the names of their operations', async () => {
    replies = [OK, [404, 'NoSuchKey'], [400, 'ResourceNotFoundException'], [503, 'SlowDown'], OK];
    const [table, bucket] = [dynamoDbClient(options()), s3Client(options())];
    const get = new GetItemCommand({ TableName: 'CANARY', Key: { pk: { S: 'CANARY' } } });
    const read = () => bucket.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'CANARY' })).catch(() => undefined);
    await table.send(get);
    await read();
    await table.send(get).catch(() => undefined);
    await read();
    table.destroy();
    bucket.destroy();
    expect(calls.map(({ service, operation, outcome }) => `${service} ${operation} ${outcome}`)).toEqual([
      'dynamodb GetItem ok',
      's3 GetObject refused',
      'dynamodb GetItem denied',
      's3 GetObject throttled',
      's3 GetObject ok',
    ]);
    expect(JSON.stringify(calls)).not.toContain('CANARY');
  });

  it('are nobody’s business where nobody asked', async () => {
    replies = [OK];
    const { observe: _, ...silent } = options();
    const client = kmsClient(silent);
    await client.send(new DecryptCommand({ KeyId: SECRET, CiphertextBlob: Buffer.from('1') }));
    client.destroy();
    expect(calls).toEqual([]);
  });
});

describe('what is made of calls', () => {
  const call = { operation: 'Decrypt', startedAt: 1_800_000_000_000, durationMs: 12.5 } as const;

  it.each<[CloudCall['outcome'], Record<string, number>]>([
    ['ok', {}],
    ['refused', {}],
    ['throttled', { KmsThrottled: 1 }],
    ['denied', { KmsDenied: 1 }],
    ['failed', { KmsFailure: 1 }],
  ])('is the time of each of KMS, by operation, and a count of those that are %s', (outcome, counts) => {
    const telemetry = createMemoryTelemetry();
    const traced: CloudCall[] = [];
    const told = { ...call, service: 'kms', outcome } as const;
    callObserver(telemetry, (each) => traced.push(each))(told);
    expect(telemetry.measures).toEqual([{ measure: 'KmsLatency', value: 12.5, operation: 'Decrypt' }]);
    expect(Object.fromEntries(telemetry.counts)).toEqual(counts);
    expect(traced).toEqual([told]);
  });

  it.each(['dynamodb', 's3'] as const)('is a part of the trace alone for one of %s', (service) => {
    const telemetry = createMemoryTelemetry();
    const traced: CloudCall[] = [];
    const told = { ...call, service, outcome: 'throttled' } as const;
    callObserver(telemetry, (each) => traced.push(each))(told);
    expect([telemetry.measures, telemetry.counts.size, telemetry.lines]).toEqual([[], 0, []]);
    expect(traced).toEqual([told]);
  });
});
