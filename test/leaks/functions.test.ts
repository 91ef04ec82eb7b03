import { readFileSync } from 'node:fs';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { ROUTES } from '../../lambda/http/route-list.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type Answer, answerOf, type Client, PASSWORD } from '../fixtures/app.ts';
import { routeOf } from '../fixtures/contract.ts';
import { FUNCTION_SETTINGS } from '../fixtures/function-settings.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';
import { startTraceDaemon, type TraceDaemon } from '../fixtures/trace-daemon.ts';
import { PRIVATE_FIELDS, Watch } from './watch.ts';

type Buffered = (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult>;
type Streamed = (event: APIGatewayProxyEvent, stream: RuntimeStream) => Promise<void>;

const environment = { ...process.env };
const EMAIL = 'Canary.Kanarek@example.com';
const credentials = { email: EMAIL, password: PASSWORD };
const TRACE = 'Root=1-6748a5f0-0123456789abcdef01234567;Parent=fedcba9876543210;Sampled=1';
const AGENT = { 'user-agent': 'CanaryAgent/9.7', 'content-type': 'application/json' };

describe('the functions as they are deployed', () => {
  const watch = new Watch();
  const printed: string[] = [];
  let cloud: LocalCloud;
  let daemon: TraceDaemon;
  let call: Client;
  let maintain: (event: unknown, context: Context) => Promise<void>;

  beforeAll(async () => {
    cloud = await startCloud(null);
    daemon = await startTraceDaemon();
    Object.assign(process.env, {
      AWS_REGION: cloud.region,
      AWS_ACCESS_KEY_ID: cloud.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: cloud.credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: cloud.endpoints.dynamodb,
      AWS_ENDPOINT_URL_S3: cloud.endpoints.s3,
      AWS_ENDPOINT_URL_KMS: cloud.endpoints.kms,
      AWS_XRAY_DAEMON_ADDRESS: daemon.address,
      _X_AMZN_TRACE_ID: TRACE,
      ...FUNCTION_SETTINGS,
      TABLE_NAME: cloud.table,
      BUCKET_NAME: cloud.bucket,
      WRAP_KEY_ARNS: cloud.wrapKeyArns.join(','),
      MAC_KEY_ARNS: cloud.macKeyArn,
      PDF_BRAND: 'Example Vault',
      PDF_PAPER: 'A4',
      PDF_LANGUAGE: 'en',
      PDF_LOGO: '',
    });
    Object.assign(globalThis, {
      awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: RuntimeStream },
    });
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
    }
    const buffered: Record<string, Buffered> = {
      accounts: (await import('../../lambda/handlers/accounts.ts')).handler,
      items: (await import('../../lambda/handlers/items.ts')).handler,
    };
    const documents: Streamed = (await import('../../lambda/handlers/documents.ts')).handler;
    maintain = (await import('../../lambda/handlers/maintenance.ts')).handler;
    call = async (name, send = {}) => {
      const [method = '', path = ''] = name.split(' ');
      const route = routeOf(method, path);
      if (route === null) throw new Error(`no route ${name}`);
      const { service } = ROUTES[route];
      const event = gatewayEvent(name, {
        headers: {
          ...AGENT,
          ...(send.token === undefined ? {} : { authorization: `Bearer ${send.token}` }),
          ...send.headers,
        },
        ...(send.body === undefined
          ? {}
          : { body: send.body instanceof Uint8Array ? send.body : JSON.stringify(send.body) }),
      });
      const handler = buffered[service];
      const answer = await (handler === undefined ? fromStream(documents, event) : fromResult(handler, event));
      watch.call(name, { ...send, headers: { ...AGENT, ...send.headers } }, answer);
      return answer;
    };
  });

  afterAll(async () => {
    jest.restoreAllMocks();
    process.env = environment;
    Reflect.deleteProperty(globalThis, 'awslambda');
    await daemon.close();
    await cloud.close();
  });

  it('leave nothing of what they were entrusted with in log, metrics, traces, table, bucket or refusals', async () => {
    const registered = await call('POST /v1/accounts', { body: { ...credentials, acceptDataLoss: true } });
    const token = registered.text('session.token');
    const code = (await call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } })).text(
      'recoveryCode',
    );
    const passport = { type: 'passport', label: 'canary label', data: { number: 'CANARY-4711', country: 'PL' } };
    const item = (await call('POST /v1/items', { token, body: passport })).text('id');
    const asked = { template: 'personal-data-record', title: 'Canary title', inputs: { items: [item] } };
    const document = (await call('POST /v1/documents', { token, body: asked })).text('id');
    const pdf = (await call(`GET /v1/documents/${document}/content`, { token })).bytes;
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const sent = { 'content-type': 'application/pdf', 'x-document-title': 'Canary%20sent' };
    await call('POST /v1/documents', { token, body: Uint8Array.from(pdf), headers: sent });
    await call('POST /v1/items/search', { token, body: { type: 'passport', reveal: true } });
    await call('GET /v1/account/export', { token });

    // Refusals of every sort, with what is private in places where it does not belong.
    await call('POST /v1/sessions', { body: { ...credentials, password: 'guessed canary kettles' } });
    await call('POST /v1/sessions', { body: { email: 'Stranger.Kanarek@example.com', password: PASSWORD } });
    await call('POST /v1/recovery', { body: { email: EMAIL, recoveryCode: code.slice(1), newPassword: PASSWORD } });
    await call('POST /v1/accounts', { body: { ...credentials, acceptDataLoss: true } });
    await call('POST /v1/accounts', { body: { ...credentials, password: EMAIL, acceptDataLoss: true } });
    await call('POST /v1/accounts', { body: { email: `no ${EMAIL}`, password: PASSWORD, acceptDataLoss: EMAIL } });
    await call('POST /v1/items', { token, body: { ...passport, data: { number: 'CANARY-4711', country: EMAIL } } });
    await call('POST /v1/items', { token, body: { ...passport, [EMAIL]: PASSWORD } });
    await call('GET /v1/account', { token: token.slice(0, -1) });
    await call(`PUT /v1/items/${item}`, { token, body: { data: passport.data }, headers: { 'if-match': '"9"' } });
    const kms = new KMSClient({ region: cloud.region, credentials: cloud.credentials, endpoint: cloud.endpoints.kms });
    await kms.send(new DisableKeyCommand({ KeyId: cloud.wrapKeyArns[0] }));
    const [refused, failed] = [
      await call('GET /v1/items', { token }),
      await call('POST /v1/sessions', { body: credentials }),
    ];
    await kms.send(new EnableKeyCommand({ KeyId: cloud.wrapKeyArns[0] }));
    kms.destroy();
    expect([refused.status, failed.status]).toEqual([503, 503]);
    const newPassword = 'eight amber canaries nest';
    await call('PUT /v1/account/password', { token, body: { currentPassword: PASSWORD, newPassword } });
    await maintain({}, { getRemainingTimeInMillis: () => 60_000 } as Context);

    const text = printed.join('');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    watch.over(() => [['what was printed', text]]);
    const traces = [...daemon.received];
    watch.over(() => traces.map((trace) => ['a trace', trace]));
    const stored = await contentsOf(cloud);
    watch.over(() => stored);
    expect(text).toContain('"_aws"');
    expect(text).toContain('"route":"/v1/items/{itemId}"');
    expect(stored.length).toBeGreaterThan(100);
    expect(traces.length).toBeGreaterThan(100);
    watch.requireNone();
    expect(watch.searched.secrets).toBeGreaterThan(15);
    expect(watch.searched.refusals).toBeGreaterThan(11);
    // Ids are found, so that the search is known to look at the right thing.
    const [account, session] = [registered.text('accountId'), registered.text('session.id')];
    expect(stored.some(([, held]) => Buffer.from(held).includes(account))).toBe(true);
    // What the operator sees names nobody and nothing of theirs.
    for (const id of [account, session, item, document]) {
      expect(text).not.toContain(id);
      expect(traces.filter((trace) => trace.includes(id))).toEqual([]);
    }
    const documents = traces.map((trace): unknown => JSON.parse(trace.split('\n')[1] ?? ''));
    expect([...new Set(documents.flatMap(namesIn))].sort()).toEqual([
      'aws.operation',
      'end_time',
      'error',
      'id',
      'name',
      'namespace',
      'parent_id',
      'start_time',
      'trace_id',
      'type',
    ]);
    expect(new Set(documents.map((each) => (each as { name: unknown }).name))).toEqual(
      new Set(['DynamoDB', 'KMS', 'S3']),
    );
    const metrics = lines.filter((line) => '_aws' in line);
    expect(metrics.length).toBeGreaterThan(50);
    const plain = new Set(
      metrics.flatMap((line) => Object.keys(line).filter((name) => typeof line[name] !== 'number')),
    );
    expect([...plain].sort()).toEqual(['_aws', 'operation', 'service']);
  });

  it('have no place in a URL for what is private: traces and access logs show paths', () => {
    const { paths } = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { parameters?: readonly { readonly name: string; readonly in: string }[] }>>;
    };
    const inUrls = Object.values(paths)
      .flatMap((operations) => Object.values(operations))
      .flatMap(({ parameters = [] }) => parameters)
      .filter((parameter) => parameter.in !== 'header')
      .map(({ name }) => name);
    expect(inUrls.length).toBeGreaterThan(20);
    expect(inUrls.filter((name) => PRIVATE_FIELDS.has(name))).toEqual([]);
  });
});

/** The names of what a document holds, those inside another with its name before theirs. */
function namesIn(document: unknown): string[] {
  if (typeof document !== 'object' || document === null) return [];
  return Object.entries(document).flatMap(([name, value]) => {
    const inner = namesIn(value);
    return inner.length === 0 ? [name] : inner.map((each) => `${name}.${each}`);
  });
}

async function fromResult(handler: Buffered, event: APIGatewayProxyEvent): Promise<Answer> {
  const { statusCode: status, headers = {}, body, isBase64Encoded = false } = await handler(event);
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  return answerOf(new Response(bytes.length === 0 ? null : bytes, { status, headers: texts }));
}

async function fromStream(handler: Streamed, event: APIGatewayProxyEvent): Promise<Answer> {
  const stream = new RuntimeStream();
  await handler(event, stream);
  const { statusCode: status = 0, headers = {} } = stream.head ?? {};
  return answerOf(new Response(stream.body.length === 0 ? null : Uint8Array.from(stream.body), { status, headers }));
}

/** All that lies in table and bucket. */
async function contentsOf({ endpoints, region, credentials: keys, table, bucket }: LocalCloud) {
  const dynamodb = new DynamoDBClient({ region, credentials: keys, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ region, credentials: keys, endpoint: endpoints.s3, forcePathStyle: true });
  const contents: [where: string, held: string | Uint8Array][] = [];
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: table }));
  for (const [name, value] of Items.flatMap((row) => Object.entries(row))) {
    contents.push([`the attribute ${name}`, value.B ?? JSON.stringify(value)]);
  }
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  for (const { Key = '' } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    contents.push(['the name of an object', Key], ['an object', (await Body?.transformToByteArray()) ?? '']);
  }
  dynamodb.destroy();
  s3.destroy();
  return contents;
}
