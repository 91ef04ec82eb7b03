import { describe, expect, it } from '@jest/globals';
import { InvalidRequestError, TwinlockError } from '../../lambda/errors.ts';
import { BODY_LIMIT, readJson } from '../../lambda/http/body.ts';

const JSON_TYPE = 'application/json';

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;

function post(body: Body, headers: Readonly<Record<string, string>> = { 'content-type': JSON_TYPE }): Request {
  return new Request('https://vault.test/v1/items', { method: 'POST', headers, body, duplex: 'half' });
}

/** A body that comes in pieces, and whether its reader has let go of it. */
function pieces(count: number, size: number) {
  const seen = { given: 0, cancelled: false };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (seen.given === count) controller.close();
        else controller.enqueue(new Uint8Array(size).fill(0x20));
        seen.given++;
      },
      cancel: () => {
        seen.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, seen };
}

/** A JSON text of so many bytes. */
function textOf(bytes: number): string {
  return JSON.stringify('x'.repeat(bytes - 2));
}

async function codeOf(request: Request): Promise<string> {
  try {
    await readJson(request);
  } catch (error) {
    if (error instanceof TwinlockError) return error.code;
    throw error;
  }
  return 'read';
}

describe('readJson', () => {
  it.each([
    ['application/json'],
    ['application/json; charset=utf-8'],
    ['application/json;charset=UTF-8'],
    ['Application/JSON; Charset="utf-8"'],
    ['  application/json  '],
  ])('takes the content type %j', async (type) => {
    expect(await readJson(post('{"a":1}', { 'content-type': type }))).toEqual({ a: 1 });
  });

  it.each([
    [''],
    ['text/plain'],
    ['text/json'],
    ['application/jsonp'],
    ['application/json5'],
    ['application/problem+json'],
    ['application/json; charset=iso-8859-1'],
    ['application/json; charset=utf-16'],
    ['application/json, application/json'],
    ['multipart/form-data; boundary=application/json'],
    ['application/x-www-form-urlencoded'],
  ])('refuses the content type %j before it reads', async (type) => {
    const { body, seen } = pieces(1, 10);
    expect(await codeOf(post(body, { 'content-type': type }))).toBe('unsupported_media_type');
    expect(seen.given).toBe(0);
  });

  it('refuses a body without a content type', async () => {
    const request = post(new Uint8Array([0x7b, 0x7d]), {});
    expect(request.headers.has('content-type')).toBe(false);
    expect(await codeOf(request)).toBe('unsupported_media_type');
  });

  it.each([
    ['none', null],
    ['an empty one', ''],
    ['one of spaces', '   '],
    ['one that breaks off', '{"a":'],
    ['two values', '{}{}'],
    ['bytes that are no UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['UTF-16', Uint8Array.from(Buffer.from('{"a":1}', 'utf16le'))],
  ])('calls malformed a body that is %s', async (_, body) => {
    expect(await codeOf(post(body))).toBe('malformed_json');
  });

  it('tells of what no schema could be trusted with', async () => {
    await expect(readJson(post('{"a":1,"a":2}'))).rejects.toThrow(InvalidRequestError);
  });

  it('puts a character together that comes in two pieces', async () => {
    const bytes = Buffer.from('{"name":"Łukasz 🙂"}');
    const body = ReadableStream.from(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    expect(await readJson(post(body))).toEqual({ name: 'Łukasz 🙂' });
  });

  it('takes 256 KiB, and not a byte more', async () => {
    expect(await readJson(post(textOf(BODY_LIMIT)))).toHaveLength(BODY_LIMIT - 2);
    expect(await codeOf(post(textOf(BODY_LIMIT + 1)))).toBe('payload_too_large');
  });

  it('counts bytes, not characters', async () => {
    const text = JSON.stringify('語'.repeat(BODY_LIMIT / 3));
    expect(text.length).toBeLessThan(BODY_LIMIT);
    expect(await codeOf(post(text))).toBe('payload_too_large');
  });

  it('refuses by the announced length alone, without reading', async () => {
    const { body, seen } = pieces(1000, 1024);
    const headers = { 'content-type': JSON_TYPE, 'content-length': String(BODY_LIMIT + 1) };
    expect(await codeOf(post(body, headers))).toBe('payload_too_large');
    expect(seen.given).toBe(0);
  });

  it.each([['1'], ['0'], ['-5'], ['nonsense']])(
    'reads no more than the limit and lets go, where %s bytes were announced',
    async (length) => {
      const { body, seen } = pieces(1000, 16_384);
      const headers = { 'content-type': JSON_TYPE, 'content-length': length };
      expect(await codeOf(post(body, headers))).toBe('payload_too_large');
      expect(seen.cancelled).toBe(true);
      expect(seen.given).toBeLessThanOrEqual(BODY_LIMIT / 16_384 + 2);
    },
  );

  it('fails as the body does, where it breaks off', async () => {
    const body = new ReadableStream({
      pull: () => Promise.reject(new Error('the connection was reset')),
    });
    await expect(readJson(post(body))).rejects.toThrow('the connection was reset');
  });
});
