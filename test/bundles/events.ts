import { request } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { type Answer, answerOf, PASSWORD, verdict } from '../fixtures/app.ts';
import type { Context } from './main-job.ts';
import { type Changes, type Replayed, readEvent } from './replay.ts';

const ORIGIN = 'https://app.example.com';
/** Headers that only the gateway, only a socket, or only AWS's stage has. */
const APART = ['connection', 'date', 'keep-alive', 'transfer-encoding', 'strict-transport-security', 'content-length'];

/** What the gateway may pass on, in all its shapes. */
export function describeEvents({ replay, local }: Context): void {
  // What changes something is done in an account of its own: the others are compared.
  const tokens = { aws: '', local: '', writer: '' };

  beforeAll(async () => {
    const body = { email: 'shapes@example.com', password: PASSWORD, acceptDataLoss: true };
    tokens.aws = (await replay()('post-json', 'POST /v1/accounts', { body })).text('session.token');
    const other = { ...body, email: 'writer@example.com' };
    tokens.writer = (await replay()('post-json', 'POST /v1/accounts', { body: other })).text('session.token');
    const registered = await send(local(), 'POST /v1/accounts', { body });
    tokens.local = registered.text('session.token');
    const note = { type: 'note', label: 'A', data: { text: 'first' } };
    await replay()('post-json', 'POST /v1/items', { token: tokens.aws, body: note });
    await send(local(), 'POST /v1/items', { token: tokens.local, body: note });
  });

  describe('an event', () => {
    it('of a custom domain has the stage in its path, and is answered alike', async () => {
      const answers = [await replay()('get', 'GET /v1/health'), await replay()('get-custom-domain', 'GET /v1/health')];
      expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(2).fill([200, { status: 'ok' }]));
      expect(answers.map(({ headers }) => headers.get('x-request-id')?.slice(-2))).toEqual(['01', '06']);
    });

    it('of the console’s test has neither headers nor the stage in its path, and gets a plain 404', async () => {
      const event = readEvent('test-invocation') as APIGatewayProxyEvent;
      const answer = await replay()('get', 'GET /v1/health', { event });
      expect(verdict(answer)).toBe('404 not_found');
    });

    it.each([
      ['GET /v1/items', '401 unauthenticated'],
      ['POST /v1/accounts', '415 unsupported_media_type'],
      ['GET /v1/documents', '401 unauthenticated'],
    ])('without any headers, body or query: %s is %s', async (call, expected) => {
      const event = { headers: null, multiValueHeaders: null, queryStringParameters: null, body: null };
      const answer = await replay()('get', call, { event: event as unknown as Partial<APIGatewayProxyEvent> });
      expect(verdict(answer)).toBe(expected);
    });

    it.each([
      ['post-json', 'POST /v1/accounts', null, '400 malformed_json'],
      ['post-json', 'POST /v1/accounts', '', '400 malformed_json'],
      ['post-json', 'POST /v1/sessions', '{"email":', '400 malformed_json'],
      ['post-pdf', 'POST /v1/documents', null, '422 not_a_pdf'],
      ['post-pdf', 'POST /v1/documents', 'JVBERi0xLjcKJSVFT0YK', '201'],
      ['post-pdf', 'POST /v1/documents', '%%%% no base64 !!!!', '422 not_a_pdf'],
      ['post-pdf', 'POST /v1/documents', 'JVBE', '422 not_a_pdf'],
    ])('%s to %s with the body %j is answered %s', async (file, call, body, expected) => {
      const event = { body, isBase64Encoded: file === 'post-pdf' };
      expect(verdict(await replay()(file, call, { token: tokens.writer, event }))).toBe(expected);
    });

    it('with JSON in base64 is read as JSON', async () => {
      const body = Buffer.from(JSON.stringify({ type: 'note', data: { text: 'ł' } }));
      const headers = { 'content-type': 'application/json' };
      const answer = await replay()('post-pdf', 'POST /v1/items', { token: tokens.writer, headers, body });
      expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ data: { text: 'ł' } })]);
    });

    it('of a preflight is answered for a listed origin alone', async () => {
      const listed = await replay()('options-preflight', 'OPTIONS /v1/items');
      expect(listed.status).toBe(204);
      expect(Object.fromEntries(listed.headers)).toMatchObject({
        'access-control-allow-origin': ORIGIN,
        'access-control-allow-methods': expect.stringContaining('PUT'),
        'access-control-allow-headers': expect.stringContaining('if-match'),
      });
      const headers = { Origin: 'https://other.example.com' };
      const event = { multiValueHeaders: { ...eventHeaders('options-preflight'), Origin: [headers.Origin] } };
      const other = await replay()('options-preflight', 'OPTIONS /v1/documents', { event });
      expect(other.headers.get('access-control-allow-origin')).toBeNull();
    });

    it('tells by headers what pages may read', async () => {
      const answer = await replay()('get', 'GET /v1/templates', { headers: { origin: ORIGIN } });
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(answer.headers.get('access-control-expose-headers')).toContain('x-vault-revision');
    });
  });

  describe('a call', () => {
    const twice = { query: { limit: ['1', '2'] } };
    it.each<[string, file: string, call: string, Changes]>([
      ['of health', 'get', 'GET /v1/health', {}],
      ['by HEAD', 'get', 'HEAD /v1/health', {}],
      ['by HEAD of a list', 'get', 'HEAD /v1/items', {}],
      ['by HEAD of what streams', 'get', 'HEAD /v1/templates', {}],
      ['of the OpenAPI document', 'get', 'GET /v1/openapi.json', {}],
      ['of the types', 'get', 'GET /v1/item-types', {}],
      ['of the templates', 'get', 'GET /v1/templates', {}],
      ['of the account', 'get', 'GET /v1/account', {}],
      ['of a list', 'get', 'GET /v1/items', { query: { reveal: ['true'], type: ['note'] } }],
      ['with a query twice', 'get', 'GET /v1/items', twice],
      ['with a query that is unknown', 'get', 'GET /v1/items', { query: { 'a b&c=d': ['é', ''] } }],
      ['with many values', 'get-many-values', 'GET /v1/items', { query: { limit: ['2'] } }],
      ['with a header twice', 'get', 'GET /v1/items', { headers: { 'x-vault-revision-seen': ['1', '1'] } }],
      ['of what is not there', 'get', 'GET /v1/items/01ARZ3NDEKTSV4RRFFQ69G5FAV', {}],
      ['of a document that is not there', 'get', 'GET /v1/documents/01ARZ3NDEKTSV4RRFFQ69G5FAV/content', {}],
      ['by another method', 'get', 'DELETE /v1/items', {}],
      ['by a method that only other paths have', 'get', 'PATCH /v1/items', {}],
      ['of another type', 'post-json', 'POST /v1/items', { headers: { 'content-type': 'text/plain' }, body: 'x' }],
      ['that is no JSON', 'post-json', 'POST /v1/items', { body: '{"type":"note","type":"note"}' }],
      ['that fails its schema', 'post-json', 'POST /v1/items', { body: { type: 'note', data: {} } }],
      ['with a forged token', 'get', 'GET /v1/items', { headers: { authorization: 'Bearer tw1.forged' } }],
    ])('%s answers as the local service does', async (_, file, call, changes) => {
      const forged = changes.headers?.['authorization'] !== undefined;
      const mine = (token: string) => (forged ? changes : { ...changes, token });
      const replayed = await replay()(file, call, mine(tokens.aws));
      const direct = await send(local(), call, mine(tokens.local));
      expect(comparable(replayed)).toEqual(comparable(direct));
      expect(replayed.headers.get('strict-transport-security')).toContain('max-age=');
    });
  });
}

function eventHeaders(file: string): Record<string, string[]> {
  return (readEvent(file) as { multiValueHeaders: Record<string, string[]> }).multiValueHeaders;
}

/** The same call of a service on a socket; Node's own client, which sends what it is told. */
async function send(url: string, call: string, { token, headers = {}, query = {}, body }: Changes): Promise<Answer> {
  const [method = '', path = ''] = call.split(' ');
  const target = new URL(path, url);
  for (const [name, values] of Object.entries(query))
    for (const value of values) target.searchParams.append(name, value);
  const sent = request(target, { method, agent: false });
  if (body !== undefined) sent.setHeader('content-type', 'application/json');
  if (token !== undefined) sent.setHeader('authorization', `Bearer ${token}`);
  for (const [name, values] of Object.entries(headers))
    sent.setHeader(name, typeof values === 'string' ? values : [...values]);
  sent.end(body === undefined || body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = chunks.length === 0 ? null : Uint8Array.from(Buffer.concat(chunks));
        const given = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
        const init = { status: response.statusCode ?? 0, headers: Object.fromEntries(given) as Record<string, string> };
        resolve(answerOf(new Response(bytes, init)));
      });
    });
  });
}

/** An answer without what differs from one run to the next: ids, times, tokens, and what only one of the two sends. */
function comparable({ status, headers, bytes }: Answer | Replayed): unknown {
  const plain = (text: string) =>
    text
      .replaceAll(/[0-9A-HJKMNP-TV-Z]{26}/g, '<id>')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<request>')
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  const shown = [...headers].filter(([name]) => !APART.includes(name)).map(([name, value]) => [name, plain(value)]);
  return { status, headers: Object.fromEntries(shown) as unknown, body: plain(bytes.toString()) };
}
