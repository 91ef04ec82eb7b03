import { expect } from '@jest/globals';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { verdict } from '../fixtures/app.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { alike, type InputWorld, ORIGIN, rowsOf, UNKNOWN_ID } from './input-world.ts';

const PATHS = [...new Set(Object.values<Route>(ROUTES).map(({ path }) => path))].map((path) =>
  path.replace('{part}', '1').replace(/\{\w+\}/g, UNKNOWN_ID),
);
const NOTE = { type: 'note', data: { text: 'kept' } };
/** The methods of HTTP that Node's server lets through and this API does not have. */
const FOREIGN_METHODS = ['PROPFIND', 'PURGE', 'QUERY', 'MKCOL', 'LOCK', 'SEARCH', 'TRACE', 'LINK', 'REPORT'];
/** All that looks like the listed origin. */
const FOREIGN_ORIGINS = [
  'null',
  '*',
  '',
  'https://evil.test',
  `${ORIGIN}.evil.test`,
  'https://xapp.example.com',
  'https://x.app.example.com',
  'https://example.com',
  'http://app.example.com',
  `${ORIGIN}:8443`,
  `${ORIGIN}:443`,
  `${ORIGIN}.`,
  `${ORIGIN}/`,
  'https://APP.example.com',
  'HTTPS://app.example.com',
  `${ORIGIN}, https://evil.test`,
  `https://evil.test, ${ORIGIN}`,
  `${ORIGIN}@evil.test`,
  `${ORIGIN}%00.evil.test`,
  'https://app_example.com',
  'https://app.example.com\\evil.test',
  'file://',
];

inputAttacks('Methods, paths, connections and origins', protocolCases);

/** The attacks below JSON: methods, paths, connections and origins. */
function protocolCases(world: InputWorld): Record<string, Case> {
  const { call, mine, attacked } = world;
  const headersOf = (more = '') => `host: 127.0.0.1\r\nauthorization: Bearer ${mine.token}\r\n${more}`;
  const json = 'content-type: application/json\r\n';
  const note = JSON.stringify(NOTE);
  const end = `GET /v1/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
  /** Holds that what is done stores, changes and removes nothing. */
  const unchanged = async (act: () => Promise<string>) => {
    const before = await rowsOf(attacked);
    const told = await act();
    expect(await rowsOf(attacked)).toEqual(before);
    return told;
  };
  /** What comes to each, sent on a connection of its own. */
  const eachWire = (requests: readonly (string | Buffer)[]) =>
    unchanged(async () => {
      const told: string[] = [];
      for (const request of requests) told.push((await world.wire(request, 2)).map(verdict).join(', ') || 'no answer');
      return alike(told);
    });
  const eachCall = (calls: readonly string[]) =>
    unchanged(async () => {
      const told: string[] = [];
      for (const named of calls) told.push(await world.try(named));
      return alike(told);
    });
  const cors = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith('access-control-'));

  return {
    'method-override': async () => {
      const { token } = mine;
      const id = (await call('POST /v1/items', { token, body: NOTE })).text('id');
      return unchanged(async () => {
        const told: string[] = [];
        for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override', '_method']) {
          const headers = { [name]: 'DELETE' };
          told.push(verdict(await call(`POST /v1/items/${id}`, { token, headers })));
          told.push(verdict(await call('GET /v1/sessions', { token, headers })));
          told.push(verdict(await call('POST /v1/items', { token, headers, body: { ...NOTE, [name]: 'DELETE' } })));
          told.push(verdict(await call(`GET /v1/items/${id}?${name}=DELETE`, { token })));
        }
        return alike(told);
      });
    },
    'method-foreign': () => eachCall(PATHS.flatMap((path) => FOREIGN_METHODS.map((method) => `${method} ${path}`))),
    'method-options': () => eachCall(PATHS.map((path) => `OPTIONS ${path}`)),
    'method-head': async () => {
      const told: string[] = [];
      const { token } = await attacked.register();
      for (const path of PATHS) {
        const [got, head] = [await call(`GET ${path}`, { token }), await call(`HEAD ${path}`, { token })];
        const isExport = path.endsWith('/export');
        expect([path, head.status, head.bytes.length]).toEqual([path, got.status, 0]);
        const types = [got, head].map(({ headers }) => headers.get('content-type'));
        expect(types[1]).toBe(types[0]);
        if (!isExport) told.push(String(head.status));
      }
      return alike(told);
    },
    'method-none': () =>
      eachWire(
        ['BREW', 'get', 'TRACK', 'G\tET', 'GET/', ''].map(
          (method) => `${method} /v1/items HTTP/1.1\r\n${headersOf()}\r\n`,
        ),
      ),
    'method-connect': () => eachWire([`CONNECT evil.test:443 HTTP/1.1\r\n${headersOf()}\r\n`]),
    'path-shapes': () =>
      eachCall(
        [
          '/v1/items/',
          '/v1/items//',
          '//v1/items',
          '/v1//items',
          '///evil.test/v1/items',
          '/v1/items;a=b',
          '/v1;a=b/items',
          '/V1/items',
          '/v1/Items',
          '/v1/ITEMS',
          '/v1/items%2f',
          '/v1%2fitems',
          '/v1/items%00',
          '/v1/items%0d%0a',
          '/v1/items%20',
          '/v1/items.json',
          '/v1/items%3flimit=1',
          '/v1/items%23',
          '/v1/items/%252e%252e',
          '/v1/%c0%ae%c0%ae/items',
          '/v1/account%2fexport',
          '/v1/account/export/x',
          '/v2/items',
          '/items',
          '/',
          '/.env',
          '/.git/config',
          '/v1/../../../etc/passwd',
          '/v1/items/../../../../proc/self/environ',
          '/v1/sessions/current/',
          '/v1/sessions/./',
          '/index.html',
          '/docs/openapi.json',
        ].flatMap((path) => [`GET ${path}`, `DELETE ${path}`]),
      ),
    'path-equal': async () => {
      const told: string[] = [];
      for (const path of [
        '/v1/%68ealth',
        '/%761/health',
        '/v1/items/../health',
        '/v1/items/%2E%2e/health',
        '/v1/./health',
      ]) {
        const answer = await call(`GET ${path}`);
        expect(answer.body).toEqual({ status: 'ok' });
        told.push(verdict(answer));
      }
      return alike(told);
    },
    'target-absolute': async () => {
      const answers = await world.wire(`GET http://evil.test/v1/health HTTP/1.1\r\nhost: evil.test\r\n\r\n${end}`);
      for (const { body } of answers) expect(body).toEqual({ status: 'ok' });
      return alike(answers.map(verdict));
    },
    'target-malformed': () =>
      eachWire([
        `OPTIONS * HTTP/1.1\r\n${headersOf('connection: close\r\n')}\r\n`,
        `GET /v1\\items HTTP/1.1\r\n${headersOf('connection: close\r\n')}\r\n`,
        `GET v1/items HTTP/1.1\r\n${headersOf('connection: close\r\n')}\r\n`,
        `GET http:// HTTP/1.1\r\n${headersOf('connection: close\r\n')}\r\n`,
        `GET ftp://evil.test/v1/items HTTP/1.1\r\n${headersOf('connection: close\r\n')}\r\n`,
        `GET /v1/items\t HTTP/1.1\r\n${headersOf()}\r\n`,
        Buffer.from(`GET /v1/items/\u00ff HTTP/1.1\r\n${headersOf()}\r\n`, 'latin1'),
        `GET /v1/health\r\n\r\n`,
        `GET /v1/health HTTP/1.9\r\n${headersOf()}\r\n`,
        'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
        '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
        `GET /v1/health HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nhost:\r\nconnection: close\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nhost: a/../@b\r\nconnection: close\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nconnection: close\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nhost: a\r\nx: a\r\n folded\r\n\r\n`,
        `GET /v1/health HTTP/1.1\r\nhost: a\r\nx y: a\r\n\r\n`,
        `GET /v1/health HTTP/1.1\nhost: a\n\n`,
      ]),
    'host-forged': async () => {
      const made = await world.wire(
        `POST /v1/items HTTP/1.1\r\nhost: evil.test\r\nhost: evil.test\r\nx-forwarded-host: evil.test\r\n` +
          `authorization: Bearer ${mine.token}\r\n${json}connection: close\r\ncontent-length: ${note.length}\r\n\r\n${note}`,
      );
      for (const { headers, bytes } of made) {
        expect(headers.get('location')).toMatch(/^\/v1\/items\/\w{26}$/);
        expect(`${JSON.stringify([...headers])}${bytes.toString()}`).not.toContain('evil');
      }
      return made.map(verdict).join(', ');
    },
    overlong: () =>
      eachWire([
        `GET /v1/items/${'a'.repeat(20_000)} HTTP/1.1\r\n${headersOf()}\r\n`,
        `GET /v1/items?cursor=${'a'.repeat(20_000)} HTTP/1.1\r\n${headersOf()}\r\n`,
        `GET /v1/items HTTP/1.1\r\n${headersOf(`x: ${'a'.repeat(20_000)}\r\n`)}\r\n`,
        `GET /v1/items HTTP/1.1\r\n${headersOf(Array.from({ length: 3000 }, (_, i) => `x${i}: y\r\n`).join(''))}\r\n`,
        'A'.repeat(100_000),
      ]),
    'hop-by-hop': async () => {
      const told: string[] = [];
      for (const connection of ['authorization', 'authorization, x-request-id', 'close, host', 'keep-alive, te']) {
        const headers = { connection, 'x-request-id': 'forged', te: 'trailers' };
        const answer = await call('GET /v1/account', { token: mine.token, headers });
        expect(answer.headers.get('x-request-id')).not.toBe('forged');
        told.push(verdict(answer));
      }
      return alike(told);
    },
    smuggling: () =>
      eachWire(
        [
          `content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
          `transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n`,
          `content-length: 4\r\ncontent-length: 5\r\n\r\n12345`,
          `content-length: 4\r\ncontent-length: 4\r\n\r\n1234`,
          `content-length: 4, 4\r\n\r\n1234`,
          `content-length: +4\r\n\r\n1234`,
          `content-length: -1\r\n\r\n`,
          `content-length: 0x4\r\n\r\n1234`,
          `content-length: 99999999999999999999\r\n\r\n1234`,
          `transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n`,
          `transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`,
          `transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n`,
          `transfer-encoding : chunked\r\n\r\n0\r\n\r\n`,
          `transfer-encoding: \u000bchunked\r\n\r\n0\r\n\r\n`,
          `transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n\r\n`,
          `transfer-encoding: chunked\r\n\r\n-1\r\n\r\n`,
          `transfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n`,
          `transfer-encoding: chunked\r\n\r\n2\n{}\n0\n\n`,
        ].map(
          (rest) =>
            `POST /v1/items HTTP/1.1\r\n${headersOf(json)}${rest}DELETE /v1/sessions HTTP/1.1\r\n${headersOf()}\r\n`,
        ),
      ),
    'request-in-a-body': () =>
      unchanged(async () => {
        const hidden = `DELETE /v1/sessions HTTP/1.1\r\n${headersOf()}\r\n`;
        const inGet = `GET /v1/account HTTP/1.1\r\n${headersOf()}content-length: ${hidden.length}\r\n\r\n${hidden}${end}`;
        const inPost = `POST /v1/items HTTP/1.1\r\n${headersOf(json)}content-length: ${hidden.length}\r\n\r\n${hidden}${end}`;
        const chunked =
          `GET /v1/account HTTP/1.1\r\n${headersOf()}transfer-encoding: chunked\r\n\r\n` +
          `${hidden.length.toString(16)};ext="\u00e9"\r\n${hidden}\r\n0\r\nauthorization: Bearer x\r\n\r\n${end}`;
        const told: string[] = [];
        for (const bytes of [inGet, inPost, Buffer.from(chunked, 'latin1')]) {
          told.push((await world.wire(bytes)).map(verdict).join(', '));
        }
        return told.join('; ');
      }),
    'http-1.0': async () => {
      const named = await world.wire(`GET /v1/account HTTP/1.0\r\n${headersOf()}\r\n`);
      const nameless = await world.wire(`GET /v1/account HTTP/1.0\r\nauthorization: Bearer ${mine.token}\r\n\r\n`);
      return [...named, ...nameless].map(verdict).join(', ');
    },
    expect: async () => {
      const told: string[] = [];
      for (const expects of ['100-continue', '100-Continue, x', '200-maybe']) {
        const headers = headersOf(
          `${json}expect: ${expects}\r\nconnection: close\r\ncontent-length: ${note.length}\r\n`,
        );
        told.push((await world.wire(`POST /v1/items HTTP/1.1\r\n${headers}\r\n${note}`)).map(verdict).join(', '));
      }
      return alike(told);
    },
    upgrade: async () => {
      const told: string[] = [];
      for (const upgrade of ['websocket', 'h2c', 'TLS/1.0']) {
        const headers = headersOf(`connection: upgrade\r\nupgrade: ${upgrade}\r\nsec-websocket-key: AAAA\r\n`);
        told.push((await world.wire(`GET /v1/account HTTP/1.1\r\n${headers}\r\n${end}`, 1)).map(verdict).join(', '));
      }
      return alike(told);
    },
    'cors-foreign': () =>
      unchanged(async () => {
        const told: string[] = [];
        for (const origin of FOREIGN_ORIGINS) {
          for (const named of ['GET /v1/account', 'GET /v1/health', 'POST /v1/items', 'GET /v1/nothing']) {
            const { headers } = await call(named, { token: mine.token, headers: { origin } });
            expect([origin, cors(headers), headers.get('vary')]).toEqual([origin, [], 'Origin']);
          }
          for (const path of ['/v1/items', '/v1/sessions', `/v1/items/${UNKNOWN_ID}`]) {
            const preflight = { origin, 'access-control-request-method': 'DELETE' };
            const answer = await call(`OPTIONS ${path}`, { headers: preflight });
            expect([origin, cors(answer.headers)]).toEqual([origin, []]);
            told.push(verdict(answer));
          }
        }
        const twice = await call('GET /v1/health', { headers: { origin: ['https://evil.test', ORIGIN] } });
        expect(cors(twice.headers)).toEqual([]);
        return alike(told);
      }),
    'cors-listed': () =>
      unchanged(async () => {
        const told: string[] = [];
        for (const named of ['GET /v1/account', 'GET /v1/nothing', 'POST /v1/items', 'PATCH /v1/items']) {
          const { headers } = await call(named, { token: mine.token, headers: { origin: ORIGIN } });
          expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
          expect(headers.has('access-control-allow-credentials')).toBe(false);
        }
        for (const path of PATHS) {
          const preflight = {
            origin: ORIGIN,
            'access-control-request-method': 'TRACE',
            'access-control-request-headers': 'x-evil, authorization',
            'access-control-request-private-network': 'true',
          };
          const answer = await call(`OPTIONS ${path}`, { headers: preflight });
          const { headers } = answer;
          expect(headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST,PUT,PATCH,DELETE');
          expect(headers.get('access-control-allow-headers')).not.toContain('evil');
          expect(headers.has('access-control-allow-credentials')).toBe(false);
          expect(headers.has('access-control-allow-private-network')).toBe(false);
          told.push(verdict(answer));
        }
        return alike(told);
      }),
  };
}
