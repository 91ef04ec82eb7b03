import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { PASSWORD } from '../fixtures/app.ts';

jest.setTimeout(60_000);

const ROOT = join(__dirname, '../..');
const work = mkdtempSync(join(tmpdir(), 'twinlock-'));
const children = new Set<ChildProcess>();

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(work, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  /** All that was printed so far. */
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

function run(script: string, env: Record<string, string>): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', script], { cwd: ROOT, env: { ...process.env, ...env } });
  children.add(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => text, ended };
}

/** Starts the service as `npm start` does, and waits until it says that it is ready. */
async function start(folder: string): Promise<Run & { api: string }> {
  const service = run('bin/local.ts', { DATA_DIR: folder, PORT: '0' });
  for (;;) {
    const url = /Twinlock is ready: (http:\S+)/.exec(service.output())?.[1];
    if (url !== undefined) return { ...service, api: url };
    await Promise.race([once(service.child.stdout ?? service.child, 'data'), service.ended]);
    if (service.child.exitCode !== null) throw new Error(service.output());
  }
}

interface Reply {
  readonly status: number;
  readonly bytes: Buffer;
  readonly body: Readonly<Record<string, unknown>>;
}

async function call(api: string, what: string, token?: string, body?: unknown): Promise<Reply> {
  const [method = '', path = ''] = what.split(' ');
  const response = await fetch(api + path, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return { status: response.status, bytes, body: isJson ? (JSON.parse(bytes.toString()) as Reply['body']) : {} };
}

const EMAIL = 'keeper@example.com';

async function tokenOf(reply: Promise<Reply>): Promise<string> {
  return ((await reply).body['session'] as { token: string }).token;
}

const register = (api: string) =>
  tokenOf(call(api, 'POST /v1/accounts', undefined, { email: EMAIL, password: PASSWORD, acceptDataLoss: true }));
const signIn = (api: string) =>
  tokenOf(call(api, 'POST /v1/sessions', undefined, { email: EMAIL, password: PASSWORD }));

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((name) => statSync(name).isFile());
}

describe('npm start', () => {
  it('keeps what was acknowledged through kill -9 and restarts, and none of it can be read from its files', async () => {
    const folder = join(work, 'kept');
    const secrets = ['Wanderlust Hausboot', 'Fernweh am Kanal', EMAIL, PASSWORD];
    let service = await start(folder);
    const { api } = service;
    expect(service.output().match(/curl -s/g)).toHaveLength(3);
    const token = await register(api);
    secrets.push(token, token.split('.')[3] ?? '');
    const note = { type: 'note', label: 'Wanderlust Hausboot', data: { text: 'Fernweh am Kanal' } };
    const item = (await call(api, 'POST /v1/items', token, note)).body['id'];
    const made = await call(api, 'POST /v1/documents', token, {
      template: 'personal-data-record',
      title: 'Fernweh am Kanal',
      inputs: { items: [item] },
    });
    const content = `GET /v1/documents/${String(made.body['id'])}/content`;
    const pdf = (await call(api, content, token)).bytes;

    // Killed in the middle of writes: what was answered must be there, what was not may be.
    const acknowledged: unknown[] = [];
    const writing = Array.from({ length: 40 }, async (_, i) => {
      const data = { text: `note ${i}` };
      const reply = await call(api, 'POST /v1/items', token, { type: 'note', data }).catch(() => null);
      if (reply?.status !== 201) return;
      acknowledged.push(reply.body['id']);
      if (acknowledged.length === 10) service.child.kill('SIGKILL');
    });
    await Promise.all(writing);
    // With fewer it was not killed, and would not end.
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    await service.ended;

    service = await start(folder);
    const again = await signIn(service.api);
    const list = await call(service.api, 'GET /v1/items?reveal=true&limit=100', again);
    const ids = (list.body['items'] as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([item, ...acknowledged]));
    expect((await call(service.api, `GET /v1/items/${String(item)}`, again)).body).toMatchObject(note);
    expect((await call(service.api, content, again)).bytes.equals(pdf)).toBe(true);

    const endpoints = JSON.parse(readFileSync(join(folder, 'endpoints.json'), 'utf8')) as Record<string, string>;
    expect(Object.keys(endpoints)).toEqual([
      'api',
      'dynamodb',
      's3',
      'kms',
      'region',
      'table',
      'bucket',
      'wrapKeyId',
      'wrapKeyIds',
      'macKeyId',
    ]);
    expect(endpoints['api']).toBe(service.api);
    const seen = Buffer.concat([...(await everything(endpoints)), Buffer.from(service.output())]);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);

    const haystack = Buffer.concat([seen, ...everyFile(folder).map((file) => readFileSync(file))]);
    const isThere = (text: string) => spellings(text).some((spelled) => haystack.includes(spelled));
    const found = secrets.filter(isThere);
    // What is no secret is found: the account's id, and a key's name in its file.
    expect([token.split('.')[1] ?? '', endpoints['macKeyId'] ?? ''].map(isThere)).toEqual([true, true]);
    expect(haystack.length).toBeGreaterThan(50_000);
    expect(found).toEqual([]);
  });

  it('serves the web app and the reference beside the API, and says where', async () => {
    const service = await start(join(work, 'pages'));
    expect(service.output()).toContain(`Open ${service.api} in a browser.`);
    expect(service.output()).toContain(`${service.api}/docs`);
    const page = await (await fetch(service.api)).text();
    const script = /src="\.(\/assets\/[\w.-]+\.js)"/.exec(page)?.[1] ?? '';
    for (const path of [script, '/docs', '/v1/health']) expect((await fetch(service.api + path)).status).toBe(200);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  });

  it('says plainly that the port is taken, and leaves with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = String(typeof address === 'object' && address !== null ? address.port : 0);
    const service = run('bin/local.ts', { DATA_DIR: join(work, 'port'), PORT: port });
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain(`Port ${port} is taken.`);
    expect(service.output()).not.toContain('    at ');
    other.close();
  });

  it('says plainly that the data folder is in use or not usable, and leaves with 1', async () => {
    const folder = join(work, 'locked');
    const first = await start(folder);
    const second = run('bin/local.ts', { DATA_DIR: folder, PORT: '0' });
    const file = join(work, 'a-file');
    writeFileSync(file, 'in the way');
    const third = run('bin/local.ts', { DATA_DIR: file, PORT: '0' });
    expect([await second.ended, await third.ended]).toEqual([1, 1]);
    expect(second.output()).toContain('The data folder is in use by another Twinlock.');
    expect(third.output()).toContain('The data folder is not usable');
    for (const { output } of [second, third]) expect(output()).not.toContain('    at ');
    expect((await fetch(`${first.api}/v1/health`)).status).toBe(200);
    const { port } = new URL(first.api);
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
    if (outside !== undefined) expect(await isOpen(outside, Number(port))).toBe(false);
    first.child.kill('SIGINT');
    expect(await first.ended).toBe(0);
  });

  it.each(['http', '70000'])('says that %s is no port', async (PORT) => {
    const service = run('bin/local.ts', { DATA_DIR: join(work, 'no-port'), PORT });
    expect(await service.ended).toBe(1);
    expect(service.output().trim()).toBe('PORT is no number from 0 to 65535.');
  });

  it('stops again where it cannot write down its endpoints, and says so plainly', async () => {
    const folder = join(work, 'in-the-way');
    mkdirSync(join(folder, 'endpoints.json'), { recursive: true });
    const service = run('bin/local.ts', { DATA_DIR: folder, PORT: '0' });
    expect(await service.ended).toBe(1);
    expect(service.output()).toContain('The data folder is not usable: cannot write endpoints.json');
    expect(service.output()).not.toContain('    at ');
  });
});

describe('npm run demo', () => {
  it('ends well, with a line that says what was shown', async () => {
    const demo = run('bin/demo.ts', { DATA_DIR: join(work, 'no-service'), DEMO_PDF: join(work, 'demo.pdf') });
    expect(await demo.ended).toBe(0);
    expect(demo.output().trimEnd().split('\n').at(-1)).toMatch(/^Shown, \d+ points: /);
    expect(demo.output()).toContain('500 integrity_failure');
    expect(readFileSync(join(work, 'demo.pdf')).subarray(0, 5).toString()).toBe('%PDF-');
  });
});

/** All that the table and the bucket hold, through the SDK: files may be compressed. */
async function everything(endpoints: Record<string, string>): Promise<Buffer[]> {
  const common = { region: endpoints['region'] ?? '', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
  const table = new DynamoDBClient({ ...common, endpoint: endpoints['dynamodb'] ?? '' });
  const bucket = new S3Client({ ...common, endpoint: endpoints['s3'] ?? '', forcePathStyle: true });
  const parts: Buffer[] = [];
  for await (const { Items = [] } of paginateScan({ client: table }, { TableName: endpoints['table'] })) {
    for (const value of Items.flatMap((item) => Object.values(item))) {
      parts.push(Buffer.from(value.B ?? value.S ?? value.N ?? JSON.stringify(value)));
    }
  }
  const Bucket = endpoints['bucket'];
  const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key } of Contents) {
    const { Body } = await bucket.send(new GetObjectCommand({ Bucket, Key }));
    parts.push(Buffer.from(Key ?? ''), Buffer.from((await Body?.transformToByteArray()) ?? []));
  }
  expect(parts.length).toBeGreaterThan(20);
  table.destroy();
  bucket.destroy();
  return parts;
}

/** A text as it may stand among other bytes: plain, in hex, and in base64 at each of the three places in a group. */
function spellings(text: string): string[] {
  const bytes = Buffer.from(text);
  const base64 = (['base64', 'base64url'] as const).flatMap((form) =>
    [0, 1, 2].map((before) => {
      const shifted = Buffer.concat([Buffer.alloc(before), bytes])
        .toString(form)
        .replace(/=+$/, '');
      // What stands before and behind changes the first and the last characters.
      return shifted.slice(before === 0 ? 0 : before + 1, -1);
    }),
  );
  return [text, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64];
}

async function isOpen(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: 1000 });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
  }).then((open) => {
    socket.destroy();
    return open === true;
  });
}
