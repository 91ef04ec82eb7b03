import { describe, expect, it } from '@jest/globals';
import { type Bindings, buffered, streamed } from '../../lambda/http/gateway.ts';
import { type EventOptions, gatewayEvent, REQUEST_ID } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';

const SECRET = 'Zq3vT8mKd0Lx5RbN7yWc1HfJ9sGpA2uE';
const VIEWER = '203.0.113.9';
// The distribution's own address, which the gateway sees.
const NODE = '198.51.100.200';

type Headers = NonNullable<EventOptions['headers']>;

const marked = (headers: Headers = {}): Headers => ({
  'x-twinlock-edge': SECRET,
  'x-twinlock-viewer': VIEWER,
  ...headers,
});

/** What the application is given of a call, and what the caller is answered. */
async function call(headers: Headers, secret: string | null = SECRET) {
  const seen: { request: Request; bindings: Bindings }[] = [];
  const fetch = (request: Request, bindings: Bindings) => {
    seen.push({ request, bindings });
    return new Response('through', { status: 200 });
  };
  const event = gatewayEvent('POST /v1/sessions', { headers, sourceIp: NODE, body: '{}' });
  const answer = await buffered(fetch, secret)(event);
  return { answer, app: seen[0] };
}

describe('behind a distribution, a call', () => {
  it.each([VIEWER, '2001:db8::7', '::ffff:203.0.113.9', '2001:DB8:0:0:0:0:0:7'])(
    'with its secret comes from the viewer that it names: %s',
    async (address) => {
      const { app } = await call(marked({ 'x-twinlock-viewer': address }));
      expect(app?.bindings).toEqual({ requestId: REQUEST_ID, sourceIp: address });
    },
  );

  it('may bear its marks in whatever case', async () => {
    const { app } = await call({ 'X-Twinlock-Edge': SECRET, 'X-TWINLOCK-VIEWER': VIEWER });
    expect(app?.bindings.sourceIp).toBe(VIEWER);
  });

  it('loses its marks on the way, and nothing else', async () => {
    const { app } = await call(marked({ Authorization: 'Bearer x', 'X-Twinlock-Other': 'stays' }));
    const names = [...(app?.request.headers.keys() ?? [])];
    expect(names.filter((name) => name.includes('twinlock'))).toEqual(['x-twinlock-other']);
    expect(app?.request.headers.get('authorization')).toBe('Bearer x');
    expect(JSON.stringify([...(app?.request.headers ?? [])])).not.toContain(SECRET);
  });

  it.each<[string, Headers]>([
    ['without the secret', { 'x-twinlock-viewer': VIEWER }],
    ['with an empty one', marked({ 'x-twinlock-edge': '' })],
    ['with another', marked({ 'x-twinlock-edge': SECRET.toLowerCase() })],
    ['with a part of it', marked({ 'x-twinlock-edge': SECRET.slice(0, -1) })],
    ['with more than it', marked({ 'x-twinlock-edge': `${SECRET} ` })],
    ['with two, one of them right', marked({ 'x-twinlock-edge': ['guess', SECRET] })],
    ['with two under names of other case', marked({ 'X-Twinlock-Edge': 'guess' })],
    ['with the secret in a list', marked({ 'x-twinlock-edge': `${SECRET}, ${SECRET}` })],
    ['with none and a forwarded address', { 'x-forwarded-for': VIEWER }],
  ])('%s is refused, and the application never hears of it', async (_, headers) => {
    const { answer, app } = await call(headers);
    expect(app).toBeUndefined();
    expect(answer.statusCode).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({
      type: 'urn:problem:forbidden',
      title: 'Forbidden',
      status: 403,
      code: 'forbidden',
      detail: 'The call is not let through.',
      requestId: REQUEST_ID,
    });
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json', 'x-request-id': REQUEST_ID });
    expect(JSON.stringify(answer)).not.toContain(SECRET.slice(0, 8));
  });

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a name', 'localhost'],
    ['one with a port', `${VIEWER}:46532`],
    ['an IPv6 one with a port', '[2001:db8::7]:46532'],
    ['one with a zone', 'fe80::1%eth0'],
    ['a network', '203.0.113.0/24'],
    ['a list', `${VIEWER}, ${NODE}`],
    ['two', [VIEWER, NODE]],
    ['one in octal', '0313.0.113.9'],
    ['one with a space before it', ` ${VIEWER}`],
  ])('with the secret but %s for an address is refused', async (_, address) => {
    const headers = address === undefined ? { 'x-twinlock-edge': SECRET } : marked({ 'x-twinlock-viewer': address });
    const { answer, app } = await call(headers);
    expect([answer.statusCode, app]).toEqual([403, undefined]);
  });

  it('is never known by a header that every caller may begin', async () => {
    const lies = {
      'x-forwarded-for': '192.0.2.1',
      'x-real-ip': '192.0.2.2',
      'cloudfront-viewer-address': '192.0.2.3:1',
    };
    const { app } = await call(marked(lies));
    expect(app?.bindings.sourceIp).toBe(VIEWER);
  });

  it('is refused alike where answers are streamed', async () => {
    const stream = new RuntimeStream();
    const never = () => Promise.reject(new Error('it came through'));
    const handler = streamed(never, (given, head) => RuntimeStream.from(given, head), SECRET);
    await handler(gatewayEvent('GET /v1/documents'), stream);
    expect(stream.head).toMatchObject({ statusCode: 403, headers: { 'content-type': 'application/problem+json' } });
    expect([JSON.parse(stream.body.toString()), stream.state]).toMatchObject([{ code: 'forbidden' }, 'ended']);
  });
});

describe('without a distribution, a call', () => {
  it('comes from where the gateway saw it, whatever marks it bears, and these go no further', async () => {
    const { app } = await call(marked(), null);
    expect(app?.bindings.sourceIp).toBe(NODE);
    expect([...(app?.request.headers.keys() ?? [])].filter((name) => name.includes('twinlock'))).toEqual([]);
  });
});
