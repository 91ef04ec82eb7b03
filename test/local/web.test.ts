import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { filesOf } from '../../local/web.ts';
import { CONTENT_POLICY, PAGE_HEADERS } from '../../web/headers.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';

const PAGE = '<!doctype html><title>Twinlock</title>';
const FILES: Readonly<Record<string, string>> = {
  'dist/index.html': PAGE,
  'dist/favicon.svg': '<svg/>',
  'dist/assets/main-a1b2c3.js': 'export {};',
  'dist/assets/main-a1b2c3.css': 'body{}',
  'dist/assets/deep/letter.woff2': 'letters',
  'dist/.env': 'hidden',
  'dist/assets/.map': 'hidden',
  'dist/.git/config': 'hidden',
  'dist/a b.txt': 'spelt otherwise',
  'dist/thing.unknown': 'bytes',
  'outside/secret.txt': 'outside',
};

const work = mkdtempSync(join(tmpdir(), 'twinlock-web-'));
const folder = join(work, 'dist');
let cloud: LocalCloud;
let service: LocalService;
const telemetry = createMemoryTelemetry();

beforeAll(async () => {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(work, dirname(name)), { recursive: true });
    writeFileSync(join(work, name), text);
  }
  symlinkSync(join(work, 'outside'), join(folder, 'linked'));
  symlinkSync(join(work, 'outside/secret.txt'), join(folder, 'secret.txt'));
  symlinkSync(join(folder, 'favicon.svg'), join(folder, 'inside.svg'));
  cloud = await startCloud(null);
  service = await startService({ cloud, port: 0, telemetry, pages: [() => null, filesOf(folder)] });
});

afterAll(async () => {
  await service.close();
  await cloud.close();
  rmSync(work, { recursive: true, force: true });
});

/** What a target is answered that is sent as it is written. */
function send(
  target: string,
  { method = 'GET', host = '127.0.0.1' }: { method?: string; host?: string | null } = {},
): Promise<string> {
  const { hostname, port } = new URL(service.url);
  const lines = [`${method} ${target} HTTP/1.1`, ...(host === null ? [] : [`host: ${host}`]), 'connection: close'];
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

const statusOf = (answer: string) => Number(answer.split(' ')[1]);
const bodyOf = (answer: string) => answer.slice(answer.indexOf('\r\n\r\n') + 4);

describe('the pages beside the API', () => {
  it.each([
    ['/', 'text/html; charset=utf-8', 'no-cache', PAGE],
    ['/index.html', 'text/html; charset=utf-8', 'no-cache', PAGE],
    ['/?from=mail', 'text/html; charset=utf-8', 'no-cache', PAGE],
    ['/favicon.svg', 'image/svg+xml', 'no-cache', '<svg/>'],
    ['/thing.unknown', 'application/octet-stream', 'no-cache', 'bytes'],
    ['/assets/main-a1b2c3.js', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', 'export {};'],
    ['/assets/main-a1b2c3.css', 'text/css; charset=utf-8', 'public, max-age=31536000, immutable', 'body{}'],
    ['/assets/deep/letter.woff2', 'font/woff2', 'public, max-age=31536000, immutable', 'letters'],
  ])('have %s as %s, kept by %s', async (path, type, kept, text) => {
    const response = await fetch(service.url + path);
    expect(response.status).toBe(200);
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({ ...PAGE_HEADERS, 'content-type': type, 'cache-control': kept });
    expect(headers).toMatchObject({ 'content-length': String(text.length), 'x-request-id': expect.any(String) });
    expect(headers).not.toHaveProperty('strict-transport-security');
    expect(await response.text()).toBe(text);
  });

  it('tell of a file by HEAD what GET does, without it', async () => {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => fetch(`${service.url}/assets/main-a1b2c3.js`, { method })),
    );
    const ofCall = ['connection', 'date', 'keep-alive', 'x-request-id'];
    const told = (response = new Response()) => [...response.headers].filter(([name]) => !ofCall.includes(name));
    expect(head?.status).toBe(200);
    expect(told(head)).toEqual(told(get));
    expect(bodyOf(await send('/', { method: 'HEAD' }))).toBe('');
  });

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('take no %s', async (method) => {
    const answer = await send('/', { method });
    expect(statusOf(answer)).toBe(405);
    expect(answer).toMatch(/^allow: GET, HEAD\r$/im);
    expect(JSON.parse(bodyOf(answer))).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it.each([
    '/assets',
    '/assets/',
    '/assets/none.js',
    '/nothing',
    '/.env',
    '/%2eenv',
    '/assets/.map',
    '/.git/config',
    '/a%20b.txt',
    '/secret.txt',
    '/inside.svg',
    '/linked/secret.txt',
    '/../outside/secret.txt',
    '/assets/../../outside/secret.txt',
    '/..%2foutside%2fsecret.txt',
    '/%2e%2e/outside/secret.txt',
    '/assets/..%5c..%5coutside%5csecret.txt',
    '/assets\\..\\..\\outside\\secret.txt',
    '//outside/secret.txt',
    '//index.html',
    '/index.html/',
    '/index.html%00.js',
    '/index%2ehtml',
    '/constructor',
    '/__proto__',
    'file:///etc/passwd',
    '/v1/index.html',
  ])('have nothing at %s', async (target) => {
    const answer = await send(target);
    expect([400, 404]).toContain(statusOf(answer));
    expect(answer).toMatch(/^content-type: application\/problem\+json\r$/im);
    for (const text of Object.values(FILES)) expect(bodyOf(answer)).not.toContain(text);
  });

  it.each(['evil.example', 'evil.example:3000', '127.0.0.1.evil.example', 'localhost.evil.example', '10.0.0.1'])(
    'are for nobody who calls this machine %j',
    async (host) => {
      const answer = await send('/', { host });
      expect(statusOf(answer)).toBe(403);
      expect(JSON.parse(bodyOf(answer))).toMatchObject({ code: 'forbidden' });
      expect(answer).not.toMatch(/^strict-transport-security/im);
    },
  );

  it.each(['', null])('are for nobody who calls it nothing, as %j', async (host) => {
    expect(statusOf(await send('/', { host }))).toBe(400);
  });

  it.each(['localhost', 'LOCALHOST:3000', '127.0.0.1:3000', '[::1]:3000'])('are there for %s', async (host) => {
    expect(statusOf(await send('/', { host }))).toBe(200);
  });

  it('leave the API as it is, and are no part of its log', async () => {
    telemetry.lines.length = 0;
    const api = await fetch(`${service.url}/v1/health`);
    expect([api.status, api.headers.get('content-security-policy')]).toEqual([200, null]);
    await (await fetch(service.url)).text();
    expect(telemetry.lines).toHaveLength(1);
  });

  it('are as the folder was when it was read', async () => {
    const late = join(folder, 'late.html');
    writeFileSync(late, 'late');
    expect((await fetch(`${service.url}/late.html`)).status).toBe(404);
    expect(filesOf(folder)('/late.html')?.status).toBe(200);
    rmSync(late);
  });

  it('come in the order in which they were given', async () => {
    const first = new Response('first');
    const other = await startService({ cloud, port: 0, telemetry, pages: [() => first.clone(), filesOf(folder)] });
    try {
      expect(await (await fetch(other.url)).text()).toBe('first');
    } finally {
      await other.close();
    }
  });

  it('are none unless some are given', async () => {
    const bare = await startService({ cloud, port: 0, telemetry });
    try {
      expect((await fetch(bare.url)).status).toBe(404);
    } finally {
      await bare.close();
    }
  });

  it('need a folder', () => {
    expect(() => filesOf(join(work, 'none'))).toThrow(/ENOENT/);
  });
});

describe('the policy of their content', () => {
  it('lets nothing be taken from anywhere else, and no text become code', () => {
    const directives = new Map(
      CONTENT_POLICY.split('; ').map((directive) => {
        const [name = '', ...sources] = directive.split(' ');
        return [name, sources.join(' ')];
      }),
    );
    expect(directives.get('default-src')).toBe("'none'");
    expect(directives.get('require-trusted-types-for')).toBe("'script'");
    expect(
      [...directives.values()].filter((sources) => !["'self'", "'none'", 'blob:', "'script'"].includes(sources)),
    ).toEqual([]);
    const blobs = [...directives].filter(([, sources]) => sources.includes('blob:')).map(([name]) => name);
    expect(blobs).toEqual(['frame-src']);
  });
});
