import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { apiAddress } from '../../bin/client.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';

const ROOT = join(__dirname, '../..');
const REQUEST_ID = '6f2c1b7e-1f0a-4a52-9a37-0f4f7b2f9d11';

/** What a proxy answers in the service's place; null lets the call through, perhaps to another path. */
type Spoil = (call: string, seen: number) => Spoiled | null;
interface Spoiled {
  readonly status?: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the call goes instead. */
  readonly path?: string;
  /** Changes the bytes of the service's own answer. */
  readonly change?: (bytes: Buffer) => Buffer;
  /** The service does it, and its answer is lost. */
  readonly lost?: true;
}

let cloud: LocalCloud;
let service: LocalService;
let proxy: Server;
let address: string;
let spoil: Spoil = () => null;
const seen = new Map<string, number>();
const secrets = new Set<string>();

beforeAll(async () => {
  cloud = await startCloud(null);
  service = await startService({ cloud, port: 0, telemetry: createMemoryTelemetry(), settings: { bcryptCost: 10 } });
  proxy = createServer((incoming, outgoing) => void pass(incoming, outgoing));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => proxy.close(resolve));
  await service.close();
  await cloud.close();
});

afterEach(() => {
  spoil = () => null;
  seen.clear();
  secrets.clear();
});

/** Hands a call on, spoilt, and keeps the secrets that it saw. */
async function pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const [method = '', path = ''] = [incoming.method, incoming.url];
  const call = `${method} ${path.replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, '*')}`;
  const count = (seen.get(call) ?? 0) + 1;
  seen.set(call, count);
  const body = Buffer.concat(chunks);
  for (const [, secret = ''] of body.toString().matchAll(/"password":"([^"]+)"/g)) secrets.add(secret);
  const spoilt = spoil(call, count);
  if (spoilt?.status !== undefined) {
    const headers = { 'content-type': 'application/json', 'x-request-id': REQUEST_ID, ...spoilt.headers };
    outgoing.writeHead(spoilt.status, headers).end(JSON.stringify(spoilt.body ?? {}));
    return;
  }
  const { authorization, 'content-type': type = 'application/json' } = incoming.headers;
  const response = await fetch(service.url + (spoilt?.path ?? path), {
    method,
    headers: { 'content-type': type, ...(authorization === undefined ? {} : { authorization }) },
    ...(body.length === 0 ? {} : { body }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  for (const [token] of bytes.toString('latin1').matchAll(/tw1\.[\w.-]+/g)) secrets.add(token);
  if (spoilt?.lost === true) return void outgoing.destroy();
  const headers = { 'x-request-id': REQUEST_ID, 'content-type': response.headers.get('content-type') ?? '' };
  outgoing.writeHead(response.status, headers).end(spoilt?.change?.(bytes) ?? bytes);
}

interface Run {
  readonly code: number;
  readonly output: string;
}

function smoke(...args: string[]): Promise<Run> {
  const command = ['--import', 'tsx', 'bin/smoke.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: ROOT }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** How many e-mails have an account. */
async function standing(): Promise<number> {
  const { region, credentials, table } = cloud;
  const client = new DynamoDBClient({ region, credentials, endpoint: cloud.endpoints.dynamodb });
  let emails = 0;
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table })) {
    emails += Items.filter(({ pk }) => pk?.S?.startsWith('E#')).length;
  }
  client.destroy();
  return emails;
}

const problem = (status: number, code: string): Spoiled => ({
  status,
  body: { code, detail: 'more than is to be told' },
});

describe('npm run smoke', () => {
  it.each(['', '/v1/'])('does the main job at an address that ends in "%s", and leaves nothing', async (end) => {
    const { code, output } = await smoke(address + end);
    expect([code, output]).toEqual([0, expect.stringContaining('All is well')]);
    expect(output.match(/^✓ .* \d+ ms$/gm)).toHaveLength(12);
    expect(await standing()).toBe(0);
    expect(secrets.size).toBeGreaterThanOrEqual(4);
    for (const secret of secrets) expect(output).not.toContain(secret);
  });

  it.each<[fault: string, Spoil, line: RegExp]>([
    [
      'is not well',
      (call) => (call === 'GET /v1/health' ? problem(503, 'temporarily_unavailable') : null),
      /✗ health +\d+ ms: answered 503 temporarily_unavailable where 200 is due, request 6f2c1b7e-\S+$/m,
    ],
    [
      'takes an account without the warning accepted',
      (call, count) => (call === 'POST /v1/accounts' && count === 1 ? problem(201, 'none') : null),
      /✗ no account without .* answered 201 none where 422 invalid_request is due/,
    ],
    [
      'loses the answer of a registration',
      (call, count) => (call === 'POST /v1/accounts' && count === 2 ? { lost: true } : null),
      /✗ registration .*no answer \(UND_ERR_SOCKET\)/,
    ],
    [
      'does not mask',
      (call) => (call === 'GET /v1/items' ? { path: '/v1/items?reveal=true' } : null),
      /✗ the list masks it .*the list does not mask the item/,
    ],
    [
      'changes a byte of a document',
      (call) => (call.endsWith('/content') ? { change: (bytes) => bytes.fill(0, 900, 901) } : null),
      /✗ its content is .*the content has another SHA-256/,
    ],
    [
      'cuts a document off',
      (call) => (call.endsWith('/content') ? { change: (bytes) => bytes.subarray(0, -1) } : null),
      /✗ its content is .*the content has another size/,
    ],
    [
      'lets a wrong password in',
      (call, count) => (call === 'POST /v1/sessions' && count === 1 ? problem(201, 'none') : null),
      /✗ a wrong password is refused .*answered 201 none where 401/,
    ],
    [
      'keeps a session that signed out',
      (call, count) => (call === 'GET /v1/account' && count === 1 ? { status: 200 } : null),
      /✗ signing out ends the session .*answered 200 where 401 unauthenticated/,
    ],
    [
      'fails to delete at first',
      (call, count) => (call === 'POST /v1/account/deletion' && count === 1 ? problem(500, 'internal_error') : null),
      /✗ the account is deleted .*answered 500 internal_error/,
    ],
    [
      'sends elsewhere',
      (call) => (call === 'POST /v1/items' ? { status: 307, headers: { location: 'http://127.0.0.1:1/' } } : null),
      /✗ an item is stored .*no answer \(unexpected redirect\)/,
    ],
    [
      'answers what is no JSON',
      (call) => (call === 'POST /v1/items' ? { change: () => Buffer.from('<html>') } : null),
      /✗ an item is stored .*answered without id/,
    ],
  ])('names the step and leaves with 1 where the service %s, and leaves nothing', async (_, fault, line) => {
    spoil = fault;
    const { code, output } = await smoke(address);
    expect([code, output]).toEqual([1, expect.stringMatching(line)]);
    expect(output).toContain('Failed: ');
    expect(output).not.toContain('more than is to be told');
    expect(output).not.toContain('may stand');
    expect(await standing()).toBe(0);
    for (const secret of secrets) expect(output).not.toContain(secret);
  });

  it('says so where the account can not be removed', async () => {
    spoil = (call) => (call === 'POST /v1/account/deletion' ? problem(503, 'temporarily_unavailable') : null);
    const { code, output } = await smoke(address);
    expect([code, output]).toEqual([1, expect.stringMatching(/^An account may stand: [0-9A-HJKMNP-TV-Z]{26}$/m)]);
    expect(await standing()).toBe(1);
  });

  it('needs one address', async () => {
    for (const args of [[], ['http://127.0.0.1:1', 'more'], ['nonsense']]) {
      const { code, output } = await smoke(...args);
      expect([code, output.trim().split('\n')]).toEqual([1, [expect.stringMatching(/^usage: |^this is no http/)]]);
    }
  });
});

describe('the address of the API', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/v1/', 'https://api.example.com'],
    [
      'https://abcde12345.execute-api.eu-central-1.amazonaws.com/v1',
      'https://abcde12345.execute-api.eu-central-1.amazonaws.com',
    ],
    ['https://example.com/vault/v1', 'https://example.com/vault'],
    ['http://localhost:3000/', 'http://localhost:3000'],
    ['http://[::1]:3000/v1', 'http://[::1]:3000'],
  ])('of %s is %s', (text, expected) => {
    expect(apiAddress(text)).toBe(expected);
  });

  it.each([
    'http://api.example.com/v1',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'ftp://127.0.0.1',
    'https://name:word@api.example.com',
    'https://api.example.com/v1?key=1',
    'api.example.com',
  ])('is never %s', (text) => {
    expect(() => apiAddress(text)).toThrow();
  });
});
