import { beforeAll, describe, expect, it } from '@jest/globals';
import { BODY_LIMIT } from '../../lambda/http/body.ts';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { type Answer, answerOf, createMemoryApp, type MemoryApp, PASSWORD, type Send } from '../fixtures/app.ts';
import { checkAnswer, createCheckedApp, pathsOf, problemOf } from '../fixtures/contract.ts';

const ORIGIN = 'https://app.example.com';
const UNKNOWN_ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const EMAIL_ITEM = { type: 'email', data: { address: 'owner@example.com' } };
const SCAN = Buffer.from('%PDF-1.7\n%%EOF');
const ROUTE_LIST = Object.entries<Route>(ROUTES).map(([name, route]) => ({ name, ...route }));

/** A body that a call's schema passes, for each call that takes one. */
const BODIES: Readonly<Record<string, unknown>> = {
  registerAccount: { email: 'third@example.com', password: PASSWORD, acceptDataLoss: true },
  signIn: { email: 'nobody@example.com', password: PASSWORD },
  recoverAccount: { email: 'nobody@example.com', recoveryCode: 'no such code', newPassword: PASSWORD },
  rotateKeys: {},
  createItem: EMAIL_ITEM,
  searchItems: {},
  replaceItem: { data: EMAIL_ITEM.data },
  generateDocument: { template: 'personal-data-record', inputs: { items: [UNKNOWN_ID] } },
  searchDocuments: {},
  beginUpload: { title: 'Scan' },
  putUploadPart: Buffer.from('%PDF-1.7'),
  completeUpload: { parts: 1 },
  shortenDocument: { expiresAt: '2999-01-01T00:00:00Z' },
};

/** A call of a route, with this id in its path. */
function callOf({ name, method, path }: (typeof ROUTE_LIST)[number], id: string): [string, Send] {
  const body = BODIES[name];
  const headers = {
    ...(method === 'PUT' ? { 'if-match': '"1"' } : {}),
    ...(body instanceof Uint8Array ? { 'content-type': 'application/pdf' } : {}),
  };
  const called = path.replace('{part}', '1').replace(/\{\w+\}/, id);
  return [`${method} ${called}`, { ...(body === undefined ? {} : { body }), headers }];
}

let app: MemoryApp;
let token: string;

beforeAll(async () => {
  app = createCheckedApp({ allowedOrigins: [ORIGIN, 'http://localhost:5173'] });
  ({ token } = await app.register());
});

/** Sends what a client of the fixtures can't: any request. */
async function raw(path: string, init: RequestInit & { duplex?: 'half' }): Promise<Answer> {
  const request = new Request(`http://vault.test${path}`, init);
  const answer = await answerOf(await app.fetch(request, { requestId: 'request-0', sourceIp: '192.0.2.1' }));
  checkAnswer(`${init.method ?? 'GET'} ${path}`, answer);
  return answer;
}

describe('headers of every answer', () => {
  it.each([
    ['GET /v1/health', 200],
    ['HEAD /v1/health', 200],
    ['GET /v1/openapi.json', 200],
    ['GET /v1/item-types', 200],
    ['GET /v1/templates', 200],
    ['GET /v1/account', 401],
    ['POST /v1/accounts', 415],
    ['GET /v1/nothing', 404],
    ['GET /', 404],
    ['GET /v1/health/', 404],
    ['GET /v2/health', 404],
    ['GET /v1/item-types/../../v1/account%2f', 404],
    ['PATCH /v1/items', 405],
    ['OPTIONS /v1/items', 405],
    ['OPTIONS /v1/nothing', 404],
  ])('are there on %s, which answers %i', async (call, status) => {
    const answer = await app.call(call);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('x-request-id')).toMatch(/^request-/);
  });

  it.each([
    ['/v1/items', 'GET, HEAD, POST'],
    ['/v1/sessions', 'DELETE, GET, HEAD, POST'],
    ['/v1/sessions/current', 'DELETE'],
    [`/v1/items/${UNKNOWN_ID}`, 'DELETE, GET, HEAD, PUT'],
    [`/v1/documents/${UNKNOWN_ID}/content`, 'GET, HEAD'],
    ['/v1/documents', 'GET, HEAD, POST'],
    [`/v1/uploads/${UNKNOWN_ID}`, 'DELETE, GET, HEAD'],
    [`/v1/uploads/${UNKNOWN_ID}/parts/1`, 'PUT'],
    [`/v1/uploads/${UNKNOWN_ID}/complete`, 'POST'],
    ['/v1/openapi.json', 'GET, HEAD'],
  ])('name once each method that %s takes, where another is tried', async (path, methods) => {
    const answer = await app.call(`PATCH ${path}`);
    expect(problemOf(answer)).toEqual([405, 'method_not_allowed']);
    expect(answer.headers.get('allow')?.split(', ').sort().join(', ')).toBe(methods);
  });

  it('take nothing of the answer away for HEAD but the body', async () => {
    const [get, head] = [await app.call('GET /v1/item-types'), await app.call('HEAD /v1/item-types')];
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect(get.bytes.length).toBeGreaterThan(100);
    expect(withoutRequest(head).headers).toEqual(withoutRequest(get).headers);
  });

  it('leave strict transport to AWS, where there is no other way in', async () => {
    const { 'strict-transport-security': sts } = Object.fromEntries((await app.call('GET /v1/health')).headers);
    expect(sts).toMatch(/^max-age=\d{8}/);
  });
});

describe('CORS', () => {
  const EXPOSED =
    'etag,location,retry-after,x-request-id,x-vault-revision,content-disposition,content-range,accept-ranges';
  const ALLOWED =
    'authorization,content-type,if-match,if-none-match,idempotency-key,range,x-vault-revision-seen,x-document-title';
  const corsOf = (answer: Answer) =>
    Object.fromEntries([...answer.headers].filter(([name]) => name.startsWith('access-control-')));

  it.each([ORIGIN, 'http://localhost:5173'])('lets %s read answers and errors', async (origin) => {
    for (const call of ['GET /v1/health', 'GET /v1/account', 'GET /v1/nothing', 'PATCH /v1/items', 'POST /v1/items']) {
      const answer = await app.call(call, { headers: { origin } });
      expect(corsOf(answer)).toEqual({
        'access-control-allow-origin': origin,
        'access-control-expose-headers': EXPOSED,
      });
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  it.each([
    ['no origin', undefined],
    ['an opaque origin', 'null'],
    ['a star', '*'],
    ['an empty origin', ''],
    ['a foreign origin', 'https://evil.example'],
    ['another scheme', 'http://app.example.com'],
    ['another port', `${ORIGIN}:8443`],
    ['a longer host', `${ORIGIN}.evil.example`],
    ['a longer name', 'https://evil-app.example.com'],
    ['a deeper name', 'https://x.app.example.com'],
    ['a parent', 'https://example.com'],
    ['other case', 'https://APP.example.com'],
    ['a slash at the end', `${ORIGIN}/`],
    ['two origins', `${ORIGIN}, https://evil.example`],
    ['user and host', `${ORIGIN}@evil.example`],
  ])('gives nothing to %s, a preflight included', async (_, origin) => {
    const headers = { ...(origin === undefined ? {} : { origin }), 'access-control-request-method': 'GET' };
    for (const call of ['GET /v1/health', 'GET /v1/account', 'OPTIONS /v1/items', 'OPTIONS /v1/nothing']) {
      const answer = await app.call(call, { headers });
      expect(corsOf(answer)).toEqual({});
      expect(answer.headers.get('vary')).toBe('Origin');
    }
  });

  it('answers the preflight of a listed origin, without credentials', async () => {
    for (const path of ['/v1/items', `/v1/items/${UNKNOWN_ID}`, '/v1/documents']) {
      const answer = await app.call(`OPTIONS ${path}`, {
        headers: {
          origin: ORIGIN,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'authorization, x-anything',
        },
      });
      expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
      expect(corsOf(answer)).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': 'GET,HEAD,POST,PUT,PATCH,DELETE',
        'access-control-allow-headers': ALLOWED,
        'access-control-max-age': '600',
      });
      expect(answer.headers.has('access-control-allow-credentials')).toBe(false);
      expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/);
      expect(answer.headers.get('x-request-id')).toMatch(/^request-/);
    }
  });
});

describe('bodies', () => {
  it.each([
    ['none', ''],
    ['spaces', '  \n'],
    ['a word', 'hello'],
    ['a broken object', '{"type":"email",'],
    ['single quotes', "{'type':'email'}"],
    ['a comma too many', '{"type":"email",}'],
    ['two values', '{} {}'],
    ['NaN', '{"a":NaN}'],
    ['a byte order mark', '\ufeff{"type":"email","data":{"address":"owner@example.com"}}'],
    ['UTF-16', Buffer.from('{"type":"email"}', 'utf16le')],
    ['an overlong form', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
    ['a surrogate in UTF-8', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['a character cut short', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
    ['a raw control character', '"\u0001"'],
    ['200,000 levels that are not closed', '['.repeat(200_000)],
  ])('are refused as no JSON: %s', async (_, body) => {
    const answer = await app.call('POST /v1/items', { token, body: Buffer.from(body) });
    expect(problemOf(answer)).toEqual([400, 'malformed_json']);
    expect(answer.body).not.toHaveProperty('errors');
  });

  it.each([
    ['a duplicate key', '{"type":"email","type":"note","data":{}}', '/type'],
    ['a duplicate key, once escaped', '{"type":"email","\\u0074ype":"note","data":{}}', '/type'],
    [
      'a duplicate key within',
      '{"type":"email","data":{"address":"a@example.com","address":"b@example.com"}}',
      '/data/address',
    ],
    ['__proto__', '{"type":"email","data":{"address":"owner@example.com"},"__proto__":{"admin":true}}', '/__proto__'],
    ['__proto__ within', '{"type":"email","data":{"__proto__":{"address":"owner@example.com"}}}', '/data/__proto__'],
    ['constructor', '{"type":"email","data":{"constructor":{}}}', '/data/constructor'],
    ['the deepest nesting that has room', `${'['.repeat(BODY_LIMIT / 2)}${']'.repeat(BODY_LIMIT / 2)}`, '/0/0/0'],
    ['objects in one another', `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`, '/a/a/a'],
  ])('are refused for their form: %s', async (_, body, path) => {
    const answer = await app.call('POST /v1/items', { token, body: Buffer.from(body) });
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer)).toEqual([expect.stringMatching(new RegExp(`^${path}`))]);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json-seq',
    'application/json; charset=iso-8859-1',
    'application/json, text/plain',
    'multipart/form-data; boundary=x',
    'application/pdf',
  ])('are refused as %s', async (contentType) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    };
    const body = Buffer.from(JSON.stringify({ type: 'email', data: { address: 'owner@example.com' } }));
    const answer = await raw('/v1/items', { method: 'POST', headers, body: Uint8Array.from(body) });
    expect(problemOf(answer)).toEqual([415, 'unsupported_media_type']);
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
  ])('are taken as %s', async (contentType) => {
    const answer = await app.call('POST /v1/items/search', {
      token,
      body: {},
      headers: { 'content-type': contentType },
    });
    expect(answer.status).toBe(200);
  });

  it('may have 256 KiB, and not a byte more', async () => {
    const padded = (size: number) => Buffer.from(JSON.stringify(EMAIL_ITEM).padEnd(size));
    expect((await app.call('POST /v1/items', { token, body: padded(BODY_LIMIT) })).status).toBe(201);
    const over = await app.call('POST /v1/items', { token, body: padded(BODY_LIMIT + 1) });
    expect(problemOf(over)).toEqual([413, 'payload_too_large']);
  });

  it('are measured, whatever their content-length claims', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const sent = (body: string, length: string) =>
      raw('/v1/items', { method: 'POST', headers: { ...headers, 'content-length': length }, body });
    const large = JSON.stringify(EMAIL_ITEM).padEnd(BODY_LIMIT + 1);
    expect(problemOf(await sent(large, '10'))).toEqual([413, 'payload_too_large']);
    expect(problemOf(await sent(large, 'many'))).toEqual([413, 'payload_too_large']);
    expect(problemOf(await sent('{}', String(BODY_LIMIT + 1)))).toEqual([413, 'payload_too_large']);
  });

  it('are not read on once they are too large', async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(new Uint8Array(16_384).fill(32));
      },
    });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await raw('/v1/items', { method: 'POST', headers, body, duplex: 'half' });
    expect(problemOf(answer)).toEqual([413, 'payload_too_large']);
    expect(pulled).toBeLessThan(20);
  });

  it('are not read at all without a session', async () => {
    let pulled = 0;
    const pull = () => {
      pulled++;
    };
    const body = new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 });
    const headers = { 'content-type': 'application/json' };
    const answer = await raw('/v1/items', { method: 'POST', headers, body, duplex: 'half' });
    expect([...problemOf(answer), pulled]).toEqual([401, 'unauthenticated', 0]);
  });

  it('get a row for every fault, unknown fields included', async () => {
    const answer = await app.call('POST /v1/accounts', {
      body: { email: 'no address', password: 5, acceptDataLoss: false, admin: true, role: 'x', 'a b': 1 },
    });
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer).sort()).toEqual(['', '/acceptDataLoss', '/admin', '/email', '/password', '/role']);
  });

  it.each(['null', '[]', '"text"', '5', 'true'])('must be objects: %s', async (body) => {
    for (const call of ['POST /v1/items', 'POST /v1/items/search', 'POST /v1/documents', 'POST /v1/accounts']) {
      const answer = await app.call(call, { token, body: Buffer.from(body) });
      expect([...problemOf(answer), ...pathsOf(answer)]).toEqual([422, 'invalid_request', '']);
    }
  });

  it('of many faults name at most a hundred', async () => {
    const body = { ...EMAIL_ITEM, ...Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${String(i)}`, 1])) };
    expect(pathsOf(await app.call('POST /v1/items', { token, body }))).toHaveLength(100);
  });
});

describe('queries', () => {
  it.each([
    ['an unknown parameter', '/v1/items?sort=label', ['/sort']],
    ['a parameter named __proto__', '/v1/items?__proto__=label', ['/__proto__']],
    ['a parameter twice', '/v1/items?limit=5&limit=6', ['']],
    ['two faults', '/v1/items?limit=0&reveal=yes', ['/limit', '/reveal']],
    ['a type that is none', '/v1/items?type=secret', ['/type']],
    ['a flag in other case', `/v1/items/${UNKNOWN_ID}?mask=TRUE`, ['/mask']],
    ['an empty flag', '/v1/items?reveal=', ['/reveal']],
    ['broken percent-encoding', '/v1/items?type=%E0%A4%A', ['/type']],
  ])('with %s are refused', async (_, path, paths) => {
    const answer = await app.call(`GET ${path}`, { token });
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer).sort()).toEqual(paths);
  });
});

describe('what was sent', () => {
  it('is in no error and in no line of the log', async () => {
    const canary = 'Zq7canary';
    const value = `${canary} <value>`;
    const own = createMemoryApp();
    const session = await own.register();
    const id = await own.addItem(session.token, 'note', { text: value }, value);
    const answers: Answer[] = [];
    const send = async (call: string, options: Send = {}) => {
      const headers = { 'user-agent': value, 'x-document-title': value, cookie: value, ...options.headers };
      const answer = await own.call(call, { token: session.token, ...options, headers });
      checkAnswer(call, answer);
      expect([call, answer.status >= 400]).toEqual([call, true]);
      answers.push(answer);
    };
    await send(`GET /v1/${canary}`);
    await send(`PATCH /v1/items/${canary}`);
    await send(`GET /v1/items/${canary}`);
    await send(`GET /v1/documents/${canary}/content`, { headers: { range: `bytes=${canary}` } });
    await send(`GET /v1/items?type=${canary}`);
    await send(`GET /v1/items?cursor=${canary}`);
    await send(`GET /v1/items?limit=${canary}&${encodeURIComponent(value)}=1`);
    await send('GET /v1/account', { token: canary });
    await send('GET /v1/account', { token: `tw1.${session.accountId}.${session.sessionId}.${canary}` });
    await send('GET /v1/account', { headers: { 'x-vault-revision-seen': canary } });
    await send('POST /v1/items', { body: Buffer.from(`{"${canary}`) });
    await send('POST /v1/items', { body: Buffer.from(`{"${value}":1,"${value}":2}`) });
    await send('POST /v1/items', { body: { type: value, label: value, data: value, [value]: value } });
    await send('POST /v1/items', {
      body: EMAIL_ITEM,
      headers: { 'content-type': `text/${canary}`, 'idempotency-key': value },
    });
    await send('POST /v1/items', { body: { type: 'note', label: value, data: { text: value, [value]: value } } });
    for (const [type, field] of [
      ['bank-account', 'iban'],
      ['payment-card', 'number'],
      ['email', 'address'],
      ['phone', 'number'],
      ['person', 'birthDate'],
      ['passport', 'country'],
    ] as const) {
      await send('POST /v1/items', { body: { type, data: { [field]: value } } });
    }
    await send(`PUT /v1/items/${id}`, { body: { data: { text: [value] } }, headers: { 'if-match': '"1"' } });
    await send(`PUT /v1/items/${id}`, { body: { data: {} }, headers: { 'if-match': value } });
    await send(`DELETE /v1/items/${id}`, { headers: { 'if-match': `"${canary}"` } });
    await send('POST /v1/items/search', { body: { label: `${value}\n`, type: value, cursor: value, limit: value } });
    await send('POST /v1/documents', { body: { template: canary, inputs: {} } });
    await send('POST /v1/documents', { body: { template: 'letter', inputs: { [value]: id, sender: [id, value] } } });
    await send('POST /v1/documents', {
      body: { template: 'letter', inputs: { sender: id, senderAddress: id, x: id } },
    });
    const text = { label: `${value} \u0e01`, data: { text: value } };
    await own.call(`PUT /v1/items/${id}`, { token: session.token, body: text, headers: { 'if-match': '"1"' } });
    await send('POST /v1/documents', {
      body: { template: 'personal-data-record', title: value, inputs: { items: id } },
    });
    await send('POST /v1/accounts', { body: { email: value, password: value, acceptDataLoss: value } });
    await send('POST /v1/accounts', { body: { email: 'x@example.com', password: canary, acceptDataLoss: true } });
    await send('POST /v1/accounts', {
      body: { email: 'owner@example.com', password: `${value} and more`, acceptDataLoss: true },
    });
    await send('POST /v1/sessions', { body: { email: `${canary}@example.com`, password: value } });
    await send('POST /v1/sessions', { body: { email: 'owner@example.com', password: value } });
    await send('DELETE /v1/sessions/not-one', { headers: { origin: `https://${canary}.example` } });

    own.store.hooks.before = ({ op }) => {
      if (op === 'list') throw new TypeError(value, { cause: new Error(value) });
    };
    await send('GET /v1/items');
    expect(answers.at(-1)?.text('code')).toBe('internal_error');

    const said = answers.map(({ headers, bytes }) => `${JSON.stringify([...headers])} ${bytes.toString()}`);
    expect(said.filter((text) => text.includes(canary))).toEqual([]);
    expect(own.telemetry.lines.length).toBeGreaterThan(answers.length);
    expect(own.telemetry.lines.filter((line) => JSON.stringify(line).includes(canary))).toEqual([]);
    expect(JSON.stringify(own.telemetry.lines)).not.toContain(session.token);
    expect(JSON.stringify(own.telemetry.lines)).not.toContain(id);
  });
});

describe('a token', () => {
  it.each(ROUTE_LIST.filter(({ open }) => open !== true))('is asked for by $method $path', async (route) => {
    const [call, send] = callOf(route, UNKNOWN_ID);
    const answer = await app.call(call, send);
    expect(problemOf(answer)).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer.headers.has('x-vault-revision')).toBe(false);
  });

  it.each(ROUTE_LIST.filter(({ open }) => open === true))('is not asked for by $method $path', async (route) => {
    const [call, send] = callOf(route, UNKNOWN_ID);
    const known = ['signIn', 'recoverAccount'].includes(route.name) ? 401 : route.method === 'POST' ? 201 : 200;
    expect((await app.call(call, send)).status).toBe(known);
  });

  const broken: [string, (token: string, other: string) => string][] = [
    ['is empty', () => 'Bearer '],
    ['has no scheme', (text) => text],
    ['has another scheme', (text) => `Basic ${text}`],
    ['stands twice', (text) => `Bearer ${text}, Bearer ${text}`],
    ['goes on', (text) => `Bearer ${text}A`],
    ['goes on behind a space', (text) => `Bearer ${text} x`],
    ['is cut short', (text) => `Bearer ${text.slice(0, -1)}`],
    ['is in lower case', (text) => `Bearer ${text.toLowerCase()}`],
    ['has another version', (text) => `Bearer ${text.replace('tw1', 'tw2')}`],
    ['has no secret', (text) => `Bearer ${text.split('.').slice(0, 3).join('.')}.`],
    ['has a secret in another spelling', (text) => `Bearer ${text.slice(0, -1)}${after(text.at(-1))}`],
    ['has a forged secret', (text) => `Bearer ${text.slice(0, -43)}${'A'.repeat(43)}`],
    ["has another session's secret", (text, other) => `Bearer ${text.slice(0, -43)}${other.slice(-43)}`],
    ['names a session that never was', (text) => `Bearer ${splice(text, 2, UNKNOWN_ID)}`],
    ['names an account that never was', (text) => `Bearer ${splice(text, 1, UNKNOWN_ID)}`],
    ["names another's account", (text, other) => `Bearer ${splice(text, 1, other.split('.')[1] ?? '')}`],
    ['names the decoy', (text) => `Bearer ${splice(text, 1, '0'.repeat(26))}`],
    ['has ids that are none', (text) => `Bearer ${splice(text, 1, 'U'.repeat(26))}`],
    ['is very long', (text) => `Bearer ${text}${'A'.repeat(100_000)}`],
  ];

  it.each(broken)('is refused when it %s', async (_, forge) => {
    const { token: other } = await another();
    const answer = await app.call('GET /v1/account', { headers: { authorization: forge(token, other) } });
    expect(problemOf(answer)).toEqual([401, 'unauthenticated']);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('is taken whatever the case of its scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER ']) {
      const answer = await app.call('GET /v1/account', { headers: { authorization: `${scheme} ${token}` } });
      expect(answer.status).toBe(200);
    }
  });

  it('is refused once its session was ended, was idle for too long, or has grown old', async () => {
    const own = createCheckedApp();
    const first = await own.register();
    const signIn = async () =>
      (await own.call('POST /v1/sessions', { body: { email: 'owner@example.com', password: PASSWORD } })).text(
        'session.token',
      );
    const ended = await signIn();
    expect((await own.call('DELETE /v1/sessions/current', { token: ended })).status).toBe(204);
    expect(problemOf(await own.call('GET /v1/account', { token: ended }))).toEqual([401, 'unauthenticated']);

    own.pass(30 * 60_000);
    expect(problemOf(await own.call('GET /v1/account', { token: first.token }))).toEqual([401, 'unauthenticated']);

    const used = await signIn();
    for (let minutes = 0; minutes < 8 * 60; minutes += 29) {
      expect([minutes, (await own.call('GET /v1/account', { token: used })).status]).toEqual([minutes, 200]);
      own.pass(29 * 60_000);
    }
    expect(problemOf(await own.call('GET /v1/account', { token: used }))).toEqual([401, 'unauthenticated']);
  });
});

describe('another account', () => {
  it.each(ROUTE_LIST.filter(({ path }) => path.includes('{')))(
    'is answered for its own id by $method $path as for one that never was',
    async (route) => {
      const other = await another();
      const id = route.path.includes('session')
        ? other.sessionId
        : route.path.includes('item')
          ? other.itemId
          : other.documentId;
      const answers: Answer[] = [];
      for (const tried of [id, UNKNOWN_ID, 'no-id', '%00', '..%2f', id.toLowerCase()]) {
        const [call, send] = callOf(route, tried);
        answers.push(await app.call(call, { ...send, token }));
      }
      const [first, ...rest] = answers.map(withoutRequest);
      expect(answers.map(problemOf)).toEqual(answers.map(() => [404, 'not_found']));
      for (const answer of rest) expect(answer).toEqual(first);
    },
  );

  it('gives no item into a document, nor tells that it has one', async () => {
    const other = await another();
    const answers: Answer[] = [];
    for (const id of [other.itemId, UNKNOWN_ID, other.documentId]) {
      const body = { template: 'personal-data-record', inputs: { items: [id] } };
      answers.push(await app.call('POST /v1/documents', { token, body }));
    }
    const [first, ...rest] = answers.map(withoutRequest);
    expect(answers.map(pathsOf)).toEqual(answers.map(() => ['/inputs/items/0']));
    for (const answer of rest) expect(answer).toEqual(first);
  });

  it('still has what was tried upon', async () => {
    const other = await another();
    for (const path of [`/v1/items/${other.itemId}`, `/v1/documents/${other.documentId}`, '/v1/account']) {
      expect((await app.call(`GET ${path}`, { token: other.token })).status).toBe(200);
    }
  });
});

describe('the revision', () => {
  const revisionOf = (answer: Answer) => Number(answer.headers.get('x-vault-revision'));

  it('is on every signed-in answer and only grows, with every change', async () => {
    const { token: mine } = await app.register('revision@example.com');
    const first = await app.call('POST /v1/items', { token: mine, body: EMAIL_ITEM });
    const id = first.text('id');
    const put = { body: { data: EMAIL_ITEM.data }, headers: { 'if-match': '"1"' } };
    const calls: [string, Send, grows: boolean][] = [
      ['GET /v1/account', {}, false],
      [`GET /v1/items/${id}`, {}, false],
      ['GET /v1/items/none', {}, false],
      ['POST /v1/items', { body: { type: 'email', data: {} } }, false],
      [`PUT /v1/items/${id}`, put, true],
      [`PUT /v1/items/${id}`, put, false],
      ['POST /v1/documents', { body: { template: 'personal-data-record', inputs: { items: id } } }, true],
      ['POST /v1/documents', { body: SCAN, headers: { 'content-type': 'application/pdf' } }, true],
      ['POST /v1/uploads', { body: { title: 'Scan' } }, false],
      ['GET /v1/documents', {}, false],
      [`DELETE /v1/items/${id}`, {}, true],
      [`DELETE /v1/items/${id}`, {}, false],
      ['GET /v1/sessions', {}, false],
      ['DELETE /v1/sessions', {}, true],
    ];
    let last = revisionOf(first);
    for (const [call, send, grows] of calls) {
      const answer = await app.call(call, { token: mine, ...send });
      expect([call, revisionOf(answer) > last]).toEqual([call, grows]);
      expect(revisionOf(answer)).toBeGreaterThanOrEqual(last);
      last = revisionOf(answer);
    }
  });

  it('may be what the client has seen, or ahead of it', async () => {
    const now = revisionOf(await app.call('GET /v1/account', { token }));
    for (const seen of ['0', String(now - 1), String(now), `00${String(now)}`]) {
      const headers = { 'x-vault-revision-seen': seen };
      expect((await app.call('GET /v1/account', { token, headers })).status).toBe(200);
    }
  });

  it('that is behind what the client has seen stops every call, and is told', async () => {
    const now = revisionOf(await app.call('GET /v1/account', { token }));
    for (const route of ROUTE_LIST.filter(({ open }) => open !== true)) {
      for (const seen of [String(now + 1), '999999999999999']) {
        const [call, send] = callOf(route, UNKNOWN_ID);
        const headers = { ...send.headers, 'x-vault-revision-seen': seen };
        const answer = await app.call(call, { ...send, token, headers });
        expect([call, ...problemOf(answer)]).toEqual([call, 409, 'vault_rolled_back']);
        expect(revisionOf(answer)).toBe(now);
      }
    }
  });

  it.each(['', '-1', '1.5', '1e3', '0x10', 'latest', '1, 2', '9999999999999999', '\u00b2'])(
    'that the client has seen must be a number: %j',
    async (seen) => {
      const answer = await app.call('GET /v1/account', { token, headers: { 'x-vault-revision-seen': seen } });
      expect(problemOf(answer)).toEqual([422, 'invalid_request']);
      expect(pathsOf(answer)).toEqual(['/x-vault-revision-seen']);
    },
  );

  it('of a table that was put back is noticed', async () => {
    const own = createCheckedApp();
    const { token: mine } = await own.register();
    await own.addItem(mine, 'email', EMAIL_ITEM.data);
    const kept = new Map(own.store.rows);
    const seen = revisionOf(await own.call('POST /v1/items', { token: mine, body: EMAIL_ITEM }));
    own.store.rows.clear();
    for (const [name, row] of kept) own.store.rows.set(name, row);

    const headers = { 'x-vault-revision-seen': String(seen) };
    expect(problemOf(await own.call('GET /v1/items', { token: mine, headers }))).toEqual([409, 'vault_rolled_back']);
    expect((await own.call('GET /v1/items', { token: mine })).status).toBe(200);
  });
});

interface Other {
  readonly token: string;
  readonly sessionId: string;
  readonly itemId: string;
  readonly documentId: string;
}

let made: Promise<Other> | undefined;

/** A second account with an item and a document. */
function another(): Promise<Other> {
  made ??= (async () => {
    const other = await app.register('other@example.com');
    const itemId = await app.addItem(other.token, 'email', { address: 'other@example.com' });
    const body = { template: 'personal-data-record', inputs: { items: [itemId] } };
    const document = await app.call('POST /v1/documents', { token: other.token, body });
    return { ...other, itemId, documentId: document.text('id') };
  })();
  return made;
}

/** An answer without what names its request. */
function withoutRequest(answer: Answer) {
  const { 'x-request-id': _, ...headers } = Object.fromEntries(answer.headers);
  const { requestId: __, ...body } = { ...(answer.body as Record<string, unknown> | undefined) };
  return { status: answer.status, headers, body };
}

/** A token with another text in its place. */
function splice(token: string, place: number, text: string): string {
  return token.split('.').with(place, text).join('.');
}

/** The next character of base64url: as the last of a secret, other spelling and same bytes. */
function after(char = 'A'): string {
  return String.fromCharCode(char.charCodeAt(0) + 1);
}
