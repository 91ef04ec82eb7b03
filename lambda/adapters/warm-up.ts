import { createSecureContext } from 'node:tls';
import { DynamoDBClient, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type ClientOptions, clientConfig } from './aws-clients.ts';
import { MuteAgent } from './mute-agent.ts';

/** Milliseconds until a call is given up that should be answered at once: a start must not hang. */
const GIVE_UP_MS = 500;

/**
 * Sends what a request begins with, a reading of DynamoDB and a decryption by KMS, through the whole of the SDK and of
 * Node's HTTP client, and answers it from memory: serializers, endpoints, signer and parser are then compiled and their
 * caches filled. The clients are of its own, so that nobody is told of these calls.
 *
 * @returns how many steps failed, which the first call then pays for; never throws
 */
export async function warmUp({ region }: Pick<ClientOptions, 'region'>): Promise<number> {
  const steps = await Promise.allSettled([readTable(region), decrypt(region), prepareTls()]);
  return steps.filter(({ status }) => status === 'rejected').length;
}

async function readTable(region: string): Promise<void> {
  const client = new DynamoDBClient({ ...clientConfig({ region }, 'dynamodb'), ...muted() });
  const Get = { TableName: 'warm-up', Key: { pk: { S: 'warm-up' }, sk: { S: 'warm-up' } } };
  await client.send(new TransactGetItemsCommand({ TransactItems: [{ Get }] }));
}

async function decrypt(region: string): Promise<void> {
  const client = new KMSClient({ ...clientConfig({ region }, 'kms'), ...muted() });
  const EncryptionContext = { app: 'warm-up' };
  await client.send(new DecryptCommand({ CiphertextBlob: new Uint8Array(1), KeyId: 'warm-up', EncryptionContext }));
}

/** The first context reads the certificates of all authorities. */
async function prepareTls(): Promise<void> {
  await Promise.resolve();
  createSecureContext();
}

function muted() {
  const requestHandler = new NodeHttpHandler({
    requestTimeout: GIVE_UP_MS,
    throwOnRequestTimeout: true,
    httpAgent: new MuteAgent('http:'),
    // What the handler needs of an agent is the same of both.
    httpsAgent: new MuteAgent('https:') as never,
  });
  return { requestHandler, maxAttempts: 1 };
}
