import {
  DynamoDBClient,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { EncryptCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { awsError } from '../adapters/aws-error.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { FUNCTION_SETTINGS } from '../fixtures/function-settings.ts';
import { gatewayEvent, REQUEST_ID } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';

const WRAP = 'arn:aws:kms:eu-central-1:111122223333:key/wrap';
const MAC = 'arn:aws:kms:eu-central-1:111122223333:key/mac';
const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'invented',
  AWS_SECRET_ACCESS_KEY: 'invented',
  ...FUNCTION_SETTINGS,
  TABLE_NAME: 'invented-table',
  BUCKET_NAME: 'invented-bucket',
  WRAP_KEY_ARNS: WRAP,
  MAC_KEY_ARNS: MAC,
  PDF_BRAND: 'Example Vault',
  PDF_PAPER: 'A4',
  PDF_LANGUAGE: 'de',
  PDF_LOGO: '',
};

const dynamodb = mockClient(DynamoDBClient);
const kms = mockClient(KMSClient);
const s3 = mockClient(S3Client);
const before = { ...process.env };

type Buffered = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
let accounts: Buffered;
let items: Buffered;
let documents: (event: APIGatewayProxyEvent, stream: RuntimeStream) => Promise<void>;
let maintenance: (event: unknown, context: Context) => Promise<unknown>;

beforeAll(async () => {
  Object.assign(process.env, ENVIRONMENT);
  Object.assign(globalThis, {
    awslambda: {
      streamifyResponse: (handler: unknown) => handler,
      HttpResponseStream: RuntimeStream,
    },
  });
  accounts = (await import('../../lambda/handlers/accounts.ts')).handler;
  items = (await import('../../lambda/handlers/items.ts')).handler;
  documents = (await import('../../lambda/handlers/documents.ts')).handler;
  maintenance = (await import('../../lambda/handlers/maintenance.ts')).handler;
});

afterAll(() => {
  process.env = before;
  Reflect.deleteProperty(globalThis, 'awslambda');
});

const lines: string[] = [];
beforeEach(() => {
  for (const mock of [dynamodb, kms, s3]) mock.reset();
  lines.length = 0;
  for (const stream of [process.stdout, process.stderr]) {
    jest.spyOn(stream, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  }
});

/** The calls that were sent to AWS, in order of service. */
function sent(): string[] {
  return [dynamodb, kms, s3].flatMap((mock) => mock.calls().map(({ args }) => args[0].constructor.name));
}

const credentials = { email: 'nobody@example.com', password: PASSWORD };
const signIn = () =>
  gatewayEvent('POST /v1/sessions', {
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(credentials),
    sourceIp: '198.51.100.7',
  });

function problemOf(answer: APIGatewayProxyResult): Record<string, unknown> {
  return JSON.parse(answer.body) as Record<string, unknown>;
}

describe('the handlers', () => {
  it('answer health without any call of AWS, with the gateway’s own request id', async () => {
    const answer = await accounts(gatewayEvent('GET /v1/health'));
    expect(answer).toMatchObject({ statusCode: 200, body: '{"status":"ok"}', isBase64Encoded: false });
    expect(answer.headers).toMatchObject({
      'x-request-id': REQUEST_ID,
      'cache-control': 'no-store',
      'strict-transport-security': expect.stringContaining('max-age='),
    });
    expect(sent()).toEqual([]);
  });

  it.each([
    ['accounts', 'GET /v1/account', () => accounts],
    ['accounts', 'POST /v1/account/key-rotation', () => accounts],
    ['items', 'GET /v1/items', () => items],
  ] as const)('of %s refuse a malformed token without any call', async (_, call, handler) => {
    const answer = await handler()(gatewayEvent(call, { headers: { Authorization: 'Bearer tw1.forged' } }));
    expect(answer.statusCode).toBe(401);
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
    expect(sent()).toEqual([]);
  });

  it('of one service do not know the calls of another', async () => {
    expect((await items(gatewayEvent('GET /v1/health'))).statusCode).not.toBe(200);
    expect(sent()).toEqual([]);
  });

  it('of documents stream: head first, then the body, to its end', async () => {
    const stream = new RuntimeStream();
    await documents(gatewayEvent('GET /v1/templates'), stream);
    expect(stream.head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(stream.body.toString())).toMatchObject({
      templates: expect.arrayContaining([expect.objectContaining({ id: 'letter', title: 'Brief' })]),
    });
    expect(stream.state).toBe('ended');
    expect(sent()).toEqual([]);
  });

  it('of maintenance look through the due index of the table, then through the bucket, and at no key', async () => {
    dynamodb.on(QueryCommand).resolves({ Items: [] });
    dynamodb.on(GetItemCommand).resolves({});
    dynamodb.on(PutItemCommand).resolves({});
    s3.on(ListObjectVersionsCommand).resolves({ IsTruncated: false });
    const context = { getRemainingTimeInMillis: () => 600_000 } as Context;
    await maintenance({}, context);
    const [first] = dynamodb.commandCalls(QueryCommand);
    expect(first?.args[0].input).toMatchObject({ TableName: 'invented-table', IndexName: 'due' });
    const [walked] = s3.commandCalls(ListObjectVersionsCommand);
    expect(walked?.args[0].input).toMatchObject({ Bucket: 'invented-bucket', Prefix: 'documents/' });
    expect([...new Set(sent())]).toEqual([
      'QueryCommand',
      'GetItemCommand',
      'PutItemCommand',
      'ListObjectVersionsCommand',
    ]);
  });

  it('of maintenance tell of a run that failed by its name alone: the runtime logs whole what is thrown', async () => {
    dynamodb.on(QueryCommand).rejects(awsError('TimeoutError'));
    const context = { getRemainingTimeInMillis: () => 600_000 } as Context;
    const error: unknown = await maintenance({}, context).catch((thrown: unknown) => thrown);
    expect(error).toEqual(new Error('maintenance failed'));
    expect(error).not.toHaveProperty('cause');
    const failed = lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ level }) => level === 'ERROR');
    expect(failed.map(({ message, error: told }) => [message, told])).toEqual([
      ['maintenance failed', { name: 'UnavailableError' }],
    ]);
  });

  it('of documents refuse a PDF, a part and a change without a token, before any call', async () => {
    const body = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    const answers: RuntimeStream[] = [];
    for (const [call, sends] of [
      ['POST /v1/documents', body],
      ['PUT /v1/uploads/01ARZ3NDEKTSV4RRFFQ69G5FAV/parts/1', body],
      ['PATCH /v1/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV', '{}'],
    ] as const) {
      const stream = new RuntimeStream();
      await documents(gatewayEvent(call, { headers: { 'Content-Type': 'application/pdf' }, body: sends }), stream);
      answers.push(stream);
    }
    expect(answers.map(({ head }) => head)).toMatchObject([401, 401, 401].map((statusCode) => ({ statusCode })));
    expect(sent()).toEqual([]);
  });
});

describe('a sign-in whose cloud fails', () => {
  beforeEach(() => {
    kms.on(GenerateMacCommand).resolves({ KeyId: MAC, Mac: new Uint8Array(32).fill(7) });
    dynamodb.on(GetItemCommand).resolves({});
    dynamodb.on(PutItemCommand).resolves({});
    dynamodb.on(QueryCommand).resolves({ Items: [] });
    dynamodb.on(TransactGetItemsCommand).resolves({ Responses: [{}, {}] });
    dynamodb.on(TransactWriteItemsCommand).resolves({});
    kms.on(EncryptCommand).rejects(awsError('ThrottlingException'));
  });

  it('asks for the e-mail’s MAC first, and for nothing else of it', async () => {
    await accounts(signIn());
    const [first] = kms.commandCalls(GenerateMacCommand);
    expect(first?.args[0].input).toEqual({
      KeyId: MAC,
      MacAlgorithm: 'HMAC_SHA_256',
      Message: expect.any(Uint8Array),
    });
    const message = Buffer.from(first?.args[0].input.Message ?? []).toString();
    expect(message).toBe('twinlock/email/v1\0nobody@example.com');
    const reads = dynamodb.commandCalls(GetItemCommand).map(({ args }) => args[0].input);
    expect(reads[0]).toMatchObject({ TableName: 'invented-table', ConsistentRead: true });
  });

  it.each([
    ['KMS denies', () => kms.on(GenerateMacCommand).rejects(awsError('AccessDeniedException'))],
    ['KMS throttles', () => kms.on(GenerateMacCommand).rejects(awsError('ThrottlingException'))],
    ['KMS has its key disabled', () => kms.on(GenerateMacCommand).rejects(awsError('DisabledException'))],
    [
      'DynamoDB throttles',
      () =>
        dynamodb
          .on(GetItemCommand)
          .rejects(new ProvisionedThroughputExceededException({ message: 'of arn:aws:invented', $metadata: {} })),
    ],
    ['DynamoDB times out', () => dynamodb.on(TransactGetItemsCommand).rejects(awsError('TimeoutError'))],
    ['KMS throttles the decoy’s wrap', () => undefined],
  ])('answers 503 with retry-after when %s, and tells nothing of the cloud', async (_, break_) => {
    break_();
    const answer = await accounts(signIn());
    expect(answer.statusCode).toBe(503);
    expect(answer.headers).toHaveProperty('retry-after');
    expect(problemOf(answer)).toMatchObject({ code: 'temporarily_unavailable', requestId: REQUEST_ID });
    expect(answer.body).not.toMatch(/arn:|invented|at \w+ \(|Exception/);
  });

  it('logs neither e-mail, nor password, nor address', async () => {
    await accounts(signIn());
    const log = lines.join('');
    expect(log).toContain(REQUEST_ID);
    for (const secret of ['nobody', PASSWORD, '198.51.100.7', '203.0.113.66']) expect(log).not.toContain(secret);
  });

  it('answers a body that is no JSON, in base64 or not, before any call', async () => {
    for (const body of ['{', new Uint8Array([123])]) {
      const event = gatewayEvent('POST /v1/sessions', { headers: { 'Content-Type': 'application/json' }, body });
      expect(problemOf(await accounts(event))).toMatchObject({ status: 400, code: 'malformed_json' });
    }
    expect(sent()).toEqual([]);
  });
});
