import { beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf } from '../fixtures/contract.ts';
import { type AccountsApp, createAccountsApp, EMAIL, MINUTE, signIn, traced, WRONG } from '../usecases/support.ts';

const CREDENTIALS = { email: EMAIL, password: PASSWORD };
const REGISTRATION = { ...CREDENTIALS, acceptDataLoss: true };

let app: AccountsApp;
let token: string;
beforeAll(async () => {
  app = createAccountsApp();
  ({ token } = await app.register());
});

describe('the calls of accounts and sessions', () => {
  it.each([
    ['GET /v1/account'],
    ['GET /v1/sessions'],
    ['DELETE /v1/sessions'],
    ['DELETE /v1/sessions/current'],
    ['DELETE /v1/sessions/00000000000000000000000000'],
  ])('%s asks for a session before it does anything', async (call) => {
    const calls = await traced(app, async () => {
      const answer = await app.call(call);
      expect(verdict(answer)).toBe('401 unauthenticated');
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    });
    expect(calls).toEqual([]);
  });

  it.each([
    ['GET /v1/accounts', 'POST'],
    ['DELETE /v1/account', 'GET, HEAD'],
    ['PUT /v1/sessions', 'GET, POST, DELETE, HEAD'],
    ['GET /v1/sessions/current', 'DELETE'],
    ['GET /v1/account/key-rotation', 'POST'],
  ])('%s is no method of its path', async (call, allow) => {
    const answer = await app.call(call, { token });
    expect(verdict(answer)).toBe('405 method_not_allowed');
    expect(answer.headers.get('allow')?.split(', ').sort()).toEqual(allow.split(', ').sort());
  });

  it.each([
    ['POST /v1/accounts', REGISTRATION],
    ['POST /v1/sessions', CREDENTIALS],
  ])('%s takes JSON of its shape alone, and makes no call for anything else', async (call, body) => {
    const text = JSON.stringify(body);
    const sent: [string, string, Record<string, string>][] = [
      ['415 unsupported_media_type', text, { 'content-type': 'text/plain' }],
      ['415 unsupported_media_type', text, { 'content-type': 'application/x-www-form-urlencoded' }],
      ['400 malformed_json', '', {}],
      ['400 malformed_json', text.slice(1), {}],
      ['400 malformed_json', `\ufeff${text}`, {}],
      ['413 payload_too_large', text.padEnd(256 * 1024 + 1), {}],
      ['422 invalid_request', '[]', {}],
      ['422 invalid_request', 'null', {}],
      ['422 invalid_request', '{}', {}],
      ['422 invalid_request', text.replace('}', ',"admin":true}'), {}],
      ['422 invalid_request', text.replace('}', `,"email":"second@example.com"}`), {}],
      ['422 invalid_request', text.replace('}', ',"__proto__":{"admin":true}}'), {}],
      ['422 invalid_request', text.replace(`"${PASSWORD}"`, '{"length":20}'), {}],
      ['422 invalid_request', text.replace(`"${EMAIL}"`, `["${EMAIL}"]`), {}],
    ];
    for (const [due, raw, headers] of sent) {
      const calls = await traced(app, async () => {
        const answer = await app.call(call, { body: Buffer.from(raw), headers });
        expect([verdict(answer), raw.slice(0, 100)]).toEqual([due, raw.slice(0, 100)]);
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(answer.body).toMatchObject({ type: `urn:problem:${due.slice(4)}`, status: Number(due.slice(0, 3)) });
      });
      expect(calls).toEqual([]);
    }
  });

  it('carry the headers of every answer, and the vault’s revision where one is signed in', async () => {
    const answers = [
      await signIn(app),
      await signIn(app, WRONG),
      await app.call('GET /v1/account', { token }),
      await app.call('GET /v1/sessions', { token }),
      await app.call('DELETE /v1/sessions/00000000000000000000000000', { token }),
      await app.call('GET /v1/health'),
    ];
    expect(answers.map(verdict)).toEqual(['201', '401 invalid_credentials', '200', '200', '404 not_found', '200']);
    for (const { headers } of answers) {
      expect(headers.get('x-request-id')).toMatch(/^request-\d+$/);
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/);
    }
    expect(answers.map(({ headers }) => headers.get('x-vault-revision'))).toEqual([null, null, '2', '2', '2', null]);
  });

  it('refuse a vault that is older than what the client has seen', async () => {
    const seen = (revision: string) =>
      app.call('GET /v1/account', { token, headers: { 'x-vault-revision-seen': revision } });
    const known = Number((await app.call('GET /v1/account', { token })).headers.get('x-vault-revision'));
    expect(verdict(await seen(String(known)))).toBe('200');
    expect(verdict(await seen(String(known + 1)))).toBe('409 vault_rolled_back');
    for (const odd of ['-1', '1.5', 'x', '', '9'.repeat(16)])
      expect(verdict(await seen(odd))).toBe('422 invalid_request');
  });

  it.each<[string, object]>([
    ['/limit', { limit: 0 }],
    ['/limit', { limit: 1_001 }],
    ['/limit', { limit: 1.5 }],
    ['/limit', { limit: '5' }],
    ['/password', { password: 5 }],
    ['/keyVersion', { keyVersion: 2 }],
  ])('rotate no key where %s is wrong: %j', async (path, body) => {
    const answer = await app.call('POST /v1/account/key-rotation', { token, body });
    expect([verdict(answer), ...pathsOf(answer)]).toEqual(['422 invalid_request', path]);
    expect((await app.call('GET /v1/account', { token })).body).toMatchObject({ keyVersion: 1, rotating: false });
  });

  it('rotate a key to its end, with the password at first and without it after', async () => {
    const own = createCheckedApp();
    const { token: mine } = await own.register();
    await own.addItem(mine, 'email', { address: 'owner@example.com' });
    const step = (body: object) => own.call('POST /v1/account/key-rotation', { token: mine, body });
    const account = async () => (await own.call('GET /v1/account', { token: mine })).body;
    expect((await step({})).body).toEqual({ keyVersion: 1, remaining: 0 });
    expect(verdict(await step({ password: WRONG }))).toBe('403 wrong_password');
    expect((await step({ password: PASSWORD, limit: 1 })).body).toEqual({ keyVersion: 2, remaining: 2 });
    expect(await account()).toMatchObject({ keyVersion: 2, rotating: true });
    expect((await step({ limit: 1_000 })).body).toEqual({ keyVersion: 2, remaining: 0 });
    expect(await account()).toMatchObject({ keyVersion: 2, rotating: false });
  });

  it('answer nothing but a status where there is nothing to say', async () => {
    const other = (await signIn(app)).text('session.token');
    const answer = await app.call('DELETE /v1/sessions/current', { token: other });
    expect([answer.status, answer.bytes.length, answer.headers.get('content-type')]).toEqual([204, 0, null]);
  });

  it('tell whoever is slowed how long to wait, in a header that scripts of listed origins can read', async () => {
    const slowed = createAccountsApp({ allowedOrigins: ['https://app.example.com'] });
    await slowed.register();
    for (let i = 0; i < 7; i++) {
      await signIn(slowed, WRONG);
      slowed.pass(MINUTE);
    }
    await signIn(slowed, WRONG);
    const headers = { origin: 'https://app.example.com' };
    const answer = await slowed.call('POST /v1/sessions', { body: CREDENTIALS, headers });
    expect([verdict(answer), answer.headers.get('retry-after')]).toEqual(['429 too_many_attempts', '8']);
    expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after');
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
  });
});
