import { type AttributeValue, DynamoDBClient, GetItemCommand, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { readWrapHeader } from '../../lambda/crypto/key-wrap.ts';
import { emailMessage, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { DECOY } from '../../lambda/usecases/decoy.ts';
import { createMemoryApp, PASSWORD } from '../fixtures/app.ts';
import { FUNCTION_SETTINGS } from '../fixtures/function-settings.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/';
const [WRAP, MACS] = [`${ARN}wrap`, [`${ARN}mac-1`, `${ARN}mac-2`]];
const TABLE = 'invented-table';
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'invented',
  AWS_SECRET_ACCESS_KEY: 'invented',
  ...FUNCTION_SETTINGS,
  TABLE_NAME: TABLE,
  BUCKET_NAME: 'invented-bucket',
  WRAP_KEY_ARNS: WRAP,
  MAC_KEY_ARNS: MACS.join(','),
  ALLOWED_ORIGINS: '',
};
const EMAIL = 'nobody@example.com';

const dynamodb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const s3 = mockClient(S3Client);
const before = { ...process.env };
let handler: (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;

beforeAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  handler = (await import('../../lambda/handlers/accounts.ts')).handler;
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockReturnValue(true);
});

afterAll(() => {
  process.env = before;
  jest.restoreAllMocks();
});

/** Lets the mocked table and keys answer as the doubles of an app do, in which the decoy stands. */
async function withDecoy() {
  const app = createMemoryApp({ settings: { pepper: 2 } });
  await app.call('POST /v1/sessions', { body: { email: 'first@example.com', password: PASSWORD } });
  const stored = new Map<string, Record<string, AttributeValue>>();
  for (const [name, row] of app.store.rows) stored.set(name, encodeRow(row));
  const read = (key: Record<string, AttributeValue> | undefined) => {
    const Item = stored.get(`${key?.['pk']?.S ?? ''} ${key?.['sk']?.S ?? ''}`);
    return Item === undefined ? {} : { Item };
  };
  dynamodb.resolves({});
  dynamodb.on(GetItemCommand).callsFake(({ Key }: GetItemCommand['input']) => read(Key));
  dynamodb.on(TransactGetItemsCommand).callsFake(({ TransactItems }: TransactGetItemsCommand['input']) => ({
    Responses: TransactItems?.map(({ Get }) => read(Get?.Key)),
  }));
  kms.on(GenerateMacCommand).callsFake(async ({ KeyId = '', Message }: GenerateMacCommand['input']) => ({
    KeyId,
    Mac: await app.keys.mac(MACS.indexOf(KeyId) + 1, Uint8Array.from(Message ?? [])),
  }));
  const account = app.store.rows.get(rowName({ kind: 'account', accountId: DECOY }));
  if (account?.kind !== 'account') throw new Error('there is no decoy');
  const context = { purpose: 'password', accountId: DECOY, dekVersion: 1 } as const;
  const inner = await app.keys.unwrap(account.passwordWrap, context);
  kms.on(DecryptCommand).callsFake(({ KeyId }: DecryptCommand['input']) => ({ KeyId, Plaintext: inner }));
  return { app, account, header: readWrapHeader(inner, 1) };
}

describe('a sign-in with an unknown e-mail', () => {
  it('asks KMS and the table for just what a known one’s would, of the decoy', async () => {
    const { app, account, header } = await withDecoy();
    const email = emailMessage(EMAIL);
    const hasher = createPasswordHasher({ workers: 0 });
    const tail = await hasher.tail(
      prehash(preparePassword(PASSWORD, 'plain'), header.preSalt),
      header.bcryptSalt,
      header.cost,
    );
    const mac = Buffer.from(await app.keys.mac(1, email)).toString('base64url');

    const answer = await handler(
      gatewayEvent('POST /v1/sessions', {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email: EMAIL, password: PASSWORD }),
      }),
    );

    expect([answer.statusCode, answer.headers?.['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_credentials' });
    expect(kms.calls().map(({ args: [command] }) => [command.constructor.name, command.input])).toEqual([
      ['GenerateMacCommand', { KeyId: MACS[0], MacAlgorithm: 'HMAC_SHA_256', Message: email }],
      [
        'DecryptCommand',
        {
          KeyId: WRAP,
          CiphertextBlob: account.passwordWrap,
          EncryptionContext: { app: 'twinlock', purpose: 'password', account: DECOY, dek: '1' },
        },
      ],
      ['GenerateMacCommand', { KeyId: MACS[1], MacAlgorithm: 'HMAC_SHA_256', Message: pepperMessage(DECOY, tail) }],
    ]);

    const Key = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
    const inputs = dynamodb.calls().map(({ args: [command] }): unknown => command.input);
    expect(inputs).toContainEqual({ TableName: TABLE, Key: Key(`E#${mac}`, 'E'), ConsistentRead: true });
    expect(inputs).toContainEqual({
      TransactItems: ['ACCOUNT', 'M'].map((sk) => ({ Get: { TableName: TABLE, Key: Key(`A#${DECOY}`, sk) } })),
    });
    const partitions = [...new Set(JSON.stringify(inputs).match(/"[AET]#[^"]*"/g))].sort();
    expect(partitions).toEqual([`"A#${DECOY}"`, `"E#${mac}"`, `"T#${mac}"`]);
    expect(s3.calls()).toEqual([]);
  });
});
