import { describe, expect, it } from '@jest/globals';
import { type Answer, createMemoryApp } from '../fixtures/app.ts';
import { Secrets } from './search.ts';
import { suiteWatch, Watch } from './watch.ts';

const SECRET = 'Kanarek-4711 żółw';

describe('the search for secrets', () => {
  const bytes = Buffer.from(SECRET);
  const base64 = (before: string, form: 'base64' | 'base64url') => Buffer.from(`${before}${SECRET}z`).toString(form);
  it.each([
    ['as it is', bytes],
    ['in hex', bytes.toString('hex')],
    ['in hex, upper case', bytes.toString('hex').toUpperCase()],
    ['in base64', base64('', 'base64')],
    ['in base64 behind one byte', base64('a', 'base64')],
    ['in base64url behind two', base64('ab', 'base64url')],
    ['in JSON', JSON.stringify({ a: SECRET })],
    ['in lower case', SECRET.toLowerCase()],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['decomposed', SECRET.normalize('NFD')],
    ['as a list of bytes', bytes.join(',')],
    ['as a printed array of bytes', JSON.stringify(Uint8Array.from(bytes))],
  ])('finds one %s', (_, form) => {
    const secrets = new Secrets();
    secrets.add('it', SECRET);
    const around = Buffer.concat([Buffer.from('>> '), Buffer.from(form), Buffer.from(' <<')]);
    expect(secrets.in(around)).toEqual(['it']);
  });

  it('finds nothing in what only begins alike, and leaves out what stands anywhere by chance', () => {
    const secrets = new Secrets();
    for (const text of [SECRET, 'short', 'aaaaaaaaaaaaaaaa', 'abababababab']) secrets.add('it', text);
    expect(secrets.size).toBe(1);
    expect(secrets.in(SECRET.slice(0, -1))).toEqual([]);
    expect(secrets.in('short aaaaaaaaaaaaaaaa abababababab')).toEqual([]);
  });
});

describe('the watch over suites', () => {
  it('names what lies in clear: in a log, a row, an object and a refusal', () => {
    const watch = new Watch();
    const body = { email: 'some.kanarek@example.com', password: 'three invented kettles', data: { text: SECRET } };
    const secret = 'an invented key of thirty-two by';
    const token = `tw1.${'0'.repeat(26)}.${'1'.repeat(26)}.${Buffer.from(secret).toString('base64url')}`;
    const refusal = (said: string): Answer => ({
      status: 422,
      headers: new Headers(),
      bytes: Buffer.from(said),
      body: null,
      text: () => '',
    });
    watch.call('POST /v1/items', { token, body }, refusal('the body is not right'));
    watch.over(() => [['a log', 'all is well']]);
    expect(() => {
      watch.requireNone();
    }).not.toThrow();

    watch.call('POST /v1/items', { token, body }, refusal('three invented kettles is no password'));
    const held = new Map([
      ['a log', `{"message":"${SECRET}"}`],
      ['a row', `...${body.email}...`],
      ['an object', `..${secret}..`],
    ]);
    expect(() => {
      watch.over(() => held);
    }).toThrow(
      'in clear, in one form or another: data in a log; email in a row; a token’s secret, decoded in an object; ' +
        'password in the refusal of a POST, 422',
    );
    expect(watch.searched).toMatchObject({ places: 2, refusals: 2 });
  });

  it('has been told of what this suite sends and keeps', async () => {
    const before = { ...suiteWatch.searched };
    const app = createMemoryApp();
    const { token } = await app.register();
    await app.addItem(token, 'note', { text: SECRET });
    await app.call('GET /v1/items', { token: `${token}x` });
    suiteWatch.requireNone();
    expect(suiteWatch.searched.secrets).toBeGreaterThan(before.secrets + 5);
    expect(suiteWatch.searched.bytes).toBeGreaterThan(1000);
    app.telemetry.info('request', { method: SECRET });
    expect(() => {
      suiteWatch.over(() => [['the log', JSON.stringify(app.telemetry.lines)]]);
    }).toThrow('data in the log');
  });
});
