import { PassThrough, Writable } from 'node:stream';
import { setImmediate as soon } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import fc from 'fast-check';
import {
  type Bindings,
  buffered,
  type Fetch,
  type ResponseStream,
  streamed,
  toRequest,
} from '../../lambda/http/gateway.ts';
import { createMemoryApp } from '../fixtures/app.ts';
import { type EventOptions, gatewayEvent, REQUEST_ID } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';

const PIECE = 16_384;

type Head = { readonly statusCode: number; readonly headers: Record<string, string> };

/** An answer whose body comes in pieces, and what became of it. */
function inPieces(count: number, end: () => void = () => undefined) {
  const seen = { given: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (seen.given === count) {
          end();
          controller.close();
          return;
        }
        controller.enqueue(new Uint8Array(PIECE).fill(seen.given++));
      },
      cancel: () => {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { fetch: () => new Response(body, { status: 200, headers: { 'content-type': 'application/pdf' } }), seen };
}

/** Runs a streaming handler against a stream, and notes the head and whether anything was written. */
function stream(fetch: Fetch, out: Writable, options: { call?: string } & EventOptions = {}) {
  const heads: Head[] = [];
  const { call = 'GET /v1/documents', ...event } = options;
  const handler = streamed(fetch, (given, head) => {
    heads.push(head);
    return given;
  });
  return { done: handler(gatewayEvent(call, event), out), heads };
}

async function throughRuntime(fetch: Fetch, call: string, options?: EventOptions): Promise<RuntimeStream> {
  const stream = new RuntimeStream();
  await streamed(fetch, (given, head) => RuntimeStream.from(given, head))(gatewayEvent(call, options), stream);
  return stream;
}

describe('the request that an event stands for', () => {
  const read = (call: string, options?: EventOptions) => toRequest(gatewayEvent(call, options));

  it('has the path with the stage, which is the contract’s, and the query', () => {
    const { url, method } = read('GET /v1/items', { query: { type: ['person'], limit: ['10'] } });
    expect([method, new URL(url).pathname, new URL(url).search]).toEqual(['GET', '/v1/items', '?type=person&limit=10']);
  });

  it('keeps every value of a name that stands in the query more than once, in order', () => {
    const { searchParams } = new URL(read('GET /v1/items', { query: { type: ['a', 'b'], cursor: [''] } }).url);
    expect([...searchParams]).toEqual([
      ['type', 'a'],
      ['type', 'b'],
      ['cursor', ''],
    ]);
  });

  it.each([['a&b=c'], ['a b+c'], ['100 %'], ['#x?'], ['語🙂'], ['%41'], ['\'"<>']])(
    'keeps the decoded value %j of a query as it is',
    (value) => {
      expect(new URL(read('GET /v1/items', { query: { cursor: [value] } }).url).searchParams.get('cursor')).toBe(value);
    },
  );

  it('joins the values of a header that came more than once, whatever the case of its name', () => {
    const { headers } = read('GET /v1/items', { headers: { 'IF-Match': ['"1"', '"2"'], authorization: 'Bearer x' } });
    expect([headers.get('if-match'), headers.get('Authorization')]).toEqual(['"1", "2"', 'Bearer x']);
  });

  it.each([
    ['Latin-1', 'café', 'café'],
    ['what is beyond it', 'łódź', '%C5%82%C3%B3d%C5%BA'],
    ['a character outside the basic plane', '🙂', '%F0%9F%99%82'],
    ['a line break', 'a\r\nb', 'a%0D%0Ab'],
    ['a NUL', 'a\0', 'a%00'],
    ['a lone surrogate', 'a\ud83d', 'a%EF%BF%BD'],
    ['nothing', '', ''],
  ])('takes a header of %s', (_, value, seen) => {
    expect(read('GET /v1/items', { headers: { 'user-agent': value } }).headers.get('user-agent')).toBe(seen);
  });

  it('has no headers where the event has null, as a test call from the console has', () => {
    const event = Object.assign(gatewayEvent('GET /v1/health'), { headers: null, multiValueHeaders: null });
    expect([...toRequest(event as unknown as APIGatewayProxyEvent).headers]).toEqual([]);
  });

  it('takes every header value that an event can hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(() => read('GET /v1/items', { headers: { 'x-odd': value } })).not.toThrow();
      }),
    );
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a text', '{"name":"Łukasz"}', '{"name":"Łukasz"}'],
    ['base64', Buffer.from('{"name":"Łukasz"}'), '{"name":"Łukasz"}'],
    ['nothing', '', ''],
  ])('has its body where it came as %s, and its true length', async (_, body, text) => {
    const headers = { 'content-type': 'application/json', 'content-length': '999' };
    const request = read('POST /v1/items', { body, headers });
    expect(request.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(await request.text()).toBe(text);
  });

  it('keeps every byte of a PDF', async () => {
    const pdf = Uint8Array.from({ length: 1024 }, (_, i) => i % 256);
    const request = read('POST /v1/documents', { body: pdf, headers: { 'content-type': 'application/pdf' } });
    expect(new Uint8Array(await request.arrayBuffer())).toEqual(pdf);
  });

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])(
    'may be a %s without a body',
    async (method) => {
      const request = read(`${method} /v1/items`);
      expect([request.method, request.body, await request.text()]).toEqual([method, null, '']);
    },
  );

  it.each(['GET', 'HEAD'])('has no body where it is a %s that came with one', async (method) => {
    expect(await read(`${method} /v1/items`, { body: 'x' }).text()).toBe('');
  });

  it('stays at its path where this looks like another host', () => {
    const { url } = read('GET /v1//evil.example.com/items');
    expect(new URL(url)).toMatchObject({ host: 'gateway.invalid', pathname: '/v1//evil.example.com/items' });
  });
});

describe('a handler', () => {
  it('knows a caller by what the platform saw, never by a header', async () => {
    const seen: Bindings[] = [];
    const headers = { 'X-Forwarded-For': '203.0.113.66', 'X-Real-IP': '203.0.113.67', Forwarded: 'for=203.0.113.68' };
    await buffered((_, bindings) => {
      seen.push(bindings);
      return new Response();
    })(gatewayEvent('GET /v1/health', { headers, sourceIp: '2001:db8::5' }));
    expect(seen).toEqual([{ requestId: REQUEST_ID, sourceIp: '2001:db8::5' }]);
  });
});

describe('a buffered answer', () => {
  const answer = (response: Response): Promise<APIGatewayProxyResult> =>
    buffered(() => response)(gatewayEvent('GET /v1/items'));

  it('is text, with status and headers', async () => {
    const headers = { 'content-type': 'application/json', etag: '"1"', vary: 'Origin' };
    expect(await answer(new Response('{"name":"Łukasz"}', { status: 201, headers }))).toEqual({
      statusCode: 201,
      headers,
      body: '{"name":"Łukasz"}',
      isBase64Encoded: false,
    });
  });

  it('is base64 where it is a PDF, byte for byte', async () => {
    const pdf = Uint8Array.from({ length: 512 }, (_, i) => i % 256);
    const { body, isBase64Encoded } = await answer(
      new Response(pdf, { headers: { 'content-type': 'application/pdf' } }),
    );
    expect([isBase64Encoded, Uint8Array.from(Buffer.from(body, 'base64'))]).toEqual([true, pdf]);
  });

  it('is empty where there is no body', async () => {
    expect(await answer(new Response(null, { status: 204 }))).toEqual({
      statusCode: 204,
      headers: {},
      body: '',
      isBase64Encoded: false,
    });
  });

  it('fails as a whole where its body breaks off', async () => {
    const { fetch } = inPieces(3, () => {
      throw new Error('broken');
    });
    await expect(buffered(fetch)(gatewayEvent('GET /v1/items'))).rejects.toThrow('broken');
  });

  it('to HEAD is the one to GET without its body', async () => {
    const app = createMemoryApp();
    const handler = buffered(app.fetch);
    const get = await handler(gatewayEvent('GET /v1/item-types'));
    const head = await handler(gatewayEvent('HEAD /v1/item-types'));
    expect(get.body).toContain('"person"');
    expect(head).toEqual({ ...get, body: '' });
  });
});

describe('a streamed answer', () => {
  it('comes whole and in order, behind its head', async () => {
    const { fetch } = inPieces(20);
    const out = new PassThrough({ highWaterMark: 1 });
    const { done, heads } = stream(fetch, out);
    const parts: Buffer[] = [];
    for await (const part of out as AsyncIterable<Buffer>) parts.push(part);
    await done;
    expect(heads).toEqual([{ statusCode: 200, headers: { 'content-type': 'application/pdf' } }]);
    const expected = Buffer.concat(Array.from({ length: 20 }, (_, i) => Buffer.alloc(PIECE, i)));
    expect(Buffer.concat(parts).equals(expected)).toBe(true);
  });

  it('waits for a slow reader, and takes no more into memory than a few pieces', async () => {
    const { fetch, seen } = inPieces(500);
    const held: (() => void)[] = [];
    const out = new Writable({ highWaterMark: PIECE, write: (_chunk, _encoding, next) => void held.push(next) });
    const { done } = stream(fetch, out);
    for (let taken = 0; taken < 10; taken++) {
      for (let turn = 0; turn < 20; turn++) await soon();
      expect(seen.given).toBeLessThanOrEqual(taken + 4);
      held.shift()?.();
    }
    out.destroy();
    await done;
  });

  it.each([0, 1, 7])(
    'that breaks off after %d pieces destroys the stream, and never ends it as whole',
    async (count) => {
      const { fetch } = inPieces(count, () => {
        throw new Error('integrity failure: content');
      });
      const out = new PassThrough();
      out.on('error', () => undefined);
      out.resume();
      const closed = new Promise((resolve) => out.once('close', resolve));
      await stream(fetch, out).done;
      await closed;
      expect([out.destroyed, out.writableEnded, out.writableFinished]).toEqual([true, false, false]);
    },
  );

  it('is let go of when its reader goes away', async () => {
    const { fetch, seen } = inPieces(500);
    const out = new Writable({ highWaterMark: 1, write: () => undefined });
    const { done } = stream(fetch, out);
    await soon();
    out.destroy();
    await done;
    expect(seen.cancelled).toBe(true);
    expect(seen.given).toBeLessThan(10);
  });

  it('is let go of when writing fails', async () => {
    const { fetch, seen } = inPieces(500);
    const out = new Writable({
      write: (_chunk, _encoding, next) => {
        next(new Error('write EPIPE'));
      },
    });
    out.on('error', () => undefined);
    await stream(fetch, out).done;
    expect([seen.cancelled, out.destroyed]).toEqual([true, true]);
  });

  it('fails as a whole where there is no answer to begin', async () => {
    const out = new PassThrough();
    const { done, heads } = stream(() => Promise.reject(new Error('no answer')), out);
    await expect(done).rejects.toThrow('no answer');
    expect([heads, out.writableEnded]).toEqual([[], false]);
  });

  describe('through Lambda’s own stream', () => {
    it.each([
      ['without a body', new Response(null, { status: 204, headers: { 'x-request-id': 'r' } }), 204, ''],
      ['with an empty body', new Response('', { status: 200, headers: { 'x-request-id': 'r' } }), 200, ''],
      ['with a body', new Response('whole', { status: 201, headers: { 'x-request-id': 'r' } }), 201, 'whole'],
    ])('has its head %s', async (_, response, statusCode, body) => {
      const { head, body: sent, state } = await throughRuntime(() => response, 'DELETE /v1/documents/x');
      expect(head).toMatchObject({ statusCode, headers: { 'x-request-id': 'r' } });
      expect([sent.toString(), state]).toEqual([body, 'ended']);
    });

    it('is destroyed, not ended, where its body breaks off', async () => {
      const { fetch } = inPieces(2, () => {
        throw new Error('broken');
      });
      const { state, body: sent } = await throughRuntime(fetch, 'GET /v1/documents/x/content');
      expect([state, sent.length]).toEqual(['destroyed', 2 * PIECE]);
    });

    it('is an error’s with its head, as any other', async () => {
      const { head, body: sent, state } = await throughRuntime(createMemoryApp().fetch, 'GET /v1/documents');
      expect(head).toMatchObject({
        statusCode: 401,
        headers: { 'content-type': 'application/problem+json', 'www-authenticate': 'Bearer' },
      });
      expect(JSON.parse(sent.toString())).toMatchObject({
        code: 'unauthenticated',
        requestId: REQUEST_ID,
      });
      expect(state).toBe('ended');
    });
  });
});

describe('a PDF that comes through the gateway', () => {
  const pdf = Buffer.concat([
    Buffer.from('%PDF-1.7\n'),
    Uint8Array.from({ length: 512 }, (_, i) => i % 256),
    Buffer.from('%%EOF'),
  ]);

  it('is the same to the byte when it is read again, sent whole or in parts', async () => {
    const app = createMemoryApp();
    const { token } = await app.register();
    const send = async (call: string, body?: string | Uint8Array, headers = {}) => {
      const type = body instanceof Uint8Array ? 'application/pdf' : 'application/json';
      const all = { Authorization: `Bearer ${token}`, 'Content-Type': type, ...headers };
      return throughRuntime(app.fetch, call, { headers: all, ...(body === undefined ? {} : { body }) });
    };
    const idOf = ({ body }: RuntimeStream, name: string) =>
      String((JSON.parse(body.toString()) as Record<string, unknown>)[name]);

    const whole = await send('POST /v1/documents', pdf, { 'X-Document-Title': 'Gr%C3%B6%C3%9Fe' });
    expect(JSON.parse(whole.body.toString())).toMatchObject({ title: 'Größe', size: pdf.length });
    const upload = idOf(await send('POST /v1/uploads', '{"title":"Scan"}'), 'uploadId');
    await send(`PUT /v1/uploads/${upload}/parts/2`, pdf.subarray(200));
    await send(`PUT /v1/uploads/${upload}/parts/1`, pdf.subarray(0, 200));
    const made = await send(`POST /v1/uploads/${upload}/complete`, '{"parts":2}');
    expect([made.head?.statusCode, idOf(made, 'id')]).toEqual([201, upload]);
    for (const id of [idOf(whole, 'id'), upload]) {
      expect((await send(`GET /v1/documents/${id}/content`)).body.equals(pdf)).toBe(true);
    }
  });

  it('is not sent again to who has it: a head alone, and a stream that ends', async () => {
    const app = createMemoryApp();
    const { token } = await app.register();
    const made = await app.call('POST /v1/documents', {
      token,
      body: pdf,
      headers: { 'content-type': 'application/pdf' },
    });
    const headers = { Authorization: `Bearer ${token}`, 'If-None-Match': `"${made.text('sha256')}"` };
    const path = `GET /v1/documents/${made.text('id')}/content`;
    const { head, body: sent, state } = await throughRuntime(app.fetch, path, { headers });
    expect(head).toMatchObject({ statusCode: 304, headers: { etag: `"${made.text('sha256')}"` } });
    expect([sent.length, state]).toEqual([0, 'ended']);
  });
});

describe('a document, streamed', () => {
  async function withDocument() {
    const app = createMemoryApp();
    const { token } = await app.register();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push(await app.addItem(token, 'note', { text: `line ${i}\n`.repeat(2000) }));
    const body = { template: 'personal-data-record', inputs: { items: ids } };
    const made = await app.call('POST /v1/documents', { token, body });
    // Counts the objects that are open.
    const get = app.objects.get.bind(app.objects);
    const seen = { opened: 0, closed: 0 };
    app.objects.get = async (key, range) => {
      const object = await get(key, range);
      if (object === null) return null;
      seen.opened++;
      const body = (async function* () {
        try {
          yield* object.body;
        } finally {
          seen.closed++;
        }
      })();
      return { ...object, body };
    };
    const headers = { Authorization: `Bearer ${token}` };
    return {
      app,
      headers,
      path: `/v1/documents/${made.text('id')}/content`,
      size: (made.body as { size: number }).size,
      seen,
    };
  }

  it('comes whole, and its object is closed', async () => {
    const { app, headers, path, size, seen } = await withDocument();
    const { head, body: sent, state } = await throughRuntime(app.fetch, `GET ${path}`, { headers });
    expect(head).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/pdf', 'content-length': String(size) },
    });
    expect([sent.length, state, seen]).toEqual([size, 'ended', { opened: 1, closed: 1 }]);
  });

  it('has for HEAD the head alone, and its object is not left open', async () => {
    const { app, headers, path, size, seen } = await withDocument();
    const { head, body: sent, state } = await throughRuntime(app.fetch, `HEAD ${path}`, { headers });
    expect(head).toMatchObject({ statusCode: 200, headers: { 'content-length': String(size) } });
    expect([sent.length, state]).toEqual([0, 'ended']);
    expect(seen.closed).toBe(seen.opened);
  });

  it('is let go of when its reader goes away', async () => {
    const { app, headers, path, size, seen } = await withDocument();
    expect(size).toBeGreaterThan(2 * PIECE);
    const out: ResponseStream & Writable = new Writable({ highWaterMark: 1, write: () => undefined });
    const { done } = stream(app.fetch, out, { call: `GET ${path}`, headers });
    while (seen.opened === 0) await soon();
    await soon();
    out.destroy();
    await done;
    expect(seen).toEqual({ opened: 1, closed: 1 });
  });
});
