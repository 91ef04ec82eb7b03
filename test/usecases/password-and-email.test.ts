import { describe, expect, it } from '@jest/globals';
import { preparePassword } from '../../lambda/crypto/password.ts';
import type { Row } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { type Confirmed, confirmPassword } from '../../lambda/usecases/confirm-password.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf } from '../fixtures/contract.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { accountRow, CALLER, createAccountsApp, manifestRow, throttles } from './support.ts';

const NEW = 'eight amber kites drift';
const EMAIL = 'owner@example.com';
const MALFORMED = 'with\0nul and more than enough';

function signIn(app: ReturnType<typeof createCheckedApp>, password: string, email = EMAIL) {
  return app.call('POST /v1/sessions', { body: { email, password } });
}

/** The sealed bytes of items and documents, by row. */
function sealedRows(rows: ReadonlyMap<string, Row>): Map<string, string> {
  const kept = [...rows].filter(([, { kind }]) => kind === 'item' || kind === 'document');
  return new Map(
    kept.map(([name, row]) => [name, 'sealed' in row ? Buffer.from(row.sealed ?? []).toString('hex') : '']),
  );
}

describe('changing the password', () => {
  it('makes the new one good and the old one bad, and seals nothing anew', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const item = await app.addItem(token, 'note', { text: 'kept' });
    await app.call('POST /v1/documents', {
      token,
      body: { template: 'personal-data-record', inputs: { items: [item] } },
    });
    const before = sealedRows(app.store.rows);
    const objects = new Map(app.objects.objects);

    const body = { currentPassword: PASSWORD, newPassword: NEW };
    expect((await app.call('PUT /v1/account/password', { token, body })).status).toBe(204);

    expect(sealedRows(app.store.rows)).toEqual(before);
    expect(new Map(app.objects.objects)).toEqual(objects);
    expect((await signIn(app, PASSWORD)).status).toBe(401);
    const again = await signIn(app, NEW);
    expect(again.status).toBe(201);
    const read = await app.call(`GET /v1/items/${item}`, { token: again.text('session.token') });
    expect(read.body).toMatchObject({ data: { text: 'kept' } });
  });

  it('is dated, and counts the account’s epoch and version up', async () => {
    const app = createAccountsApp();
    const { token, accountId } = await app.register();
    app.pass(5000);
    const body = { currentPassword: PASSWORD, newPassword: NEW };
    expect((await app.call('PUT /v1/account/password', { token, body })).status).toBe(204);
    expect(accountRow(app, accountId)).toMatchObject({ epoch: 2, version: 2, profileVersion: 2 });
    const passwordChangedAt = new Date(app.time.now).toISOString();
    expect((await app.call('GET /v1/account', { token })).body).toMatchObject({ passwordChangedAt });
  });

  it('ends every other session in the same write, and keeps the calling one alive', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const other = (await signIn(app, PASSWORD)).text('session.token');
    await app.call('PUT /v1/account/password', { token, body: { currentPassword: PASSWORD, newPassword: NEW } });
    expect((await app.call('GET /v1/account', { token: other })).status).toBe(401);
    expect((await app.call('GET /v1/account', { token })).status).toBe(200);
    expect((await app.call('GET /v1/sessions', { token })).body).toMatchObject({ sessions: [{ current: true }] });
  });

  it('lets another request of the calling session go on that was under way', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const item = await app.addItem(token, 'note', { text: 'one' });
    let change: Promise<unknown> | null = null;
    app.store.hooks.before = async ({ op, args }) => {
      const replaces = op === 'commit' && JSON.stringify(args).includes('"kind":"item"');
      if (!replaces || change !== null) return;
      const body = { currentPassword: PASSWORD, newPassword: NEW };
      change = app.call('PUT /v1/account/password', { token, body });
      await change;
    };
    const put = { token, headers: { 'if-match': '"1"' }, body: { data: { text: 'two' } } };
    expect((await app.call(`PUT /v1/items/${item}`, put)).status).toBe(200);
    expect((await app.call(`GET /v1/items/${item}`, { token })).body).toMatchObject({ data: { text: 'two' } });
  });

  it.each([
    ['a wrong current password', { currentPassword: NEW }, '403 wrong_password', []],
    ['a malformed current password', { currentPassword: MALFORMED }, '422 invalid_request', ['/currentPassword']],
    ['a weak new one', { newPassword: 'short' }, '422 password_too_weak', ['/newPassword']],
    ['one like the e-mail', { newPassword: EMAIL }, '422 password_too_weak', ['/newPassword']],
    ['a malformed one', { newPassword: MALFORMED }, '422 invalid_request', ['/newPassword']],
  ])('refuses %s', async (_, given, due, paths) => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const body = { currentPassword: PASSWORD, newPassword: NEW, ...given };
    const answer = await app.call('PUT /v1/account/password', { token, body });
    expect([verdict(answer), pathsOf(answer)]).toEqual([due, paths]);
    expect((await signIn(app, PASSWORD)).status).toBe(201);
  });

  it.each([
    ['short', 'short', '422 password_too_weak', 0],
    ['too long', 'plum tractor seven violet'.padEnd(257, 'qx7 '), '422 password_too_weak', 0],
    ['common', 'passwordpassword', '403 wrong_password', 1],
    ['like the e-mail', 'owner@example.com', '403 wrong_password', 1],
  ])(
    'judges a new one that is %s with a wrong current one by its length first',
    async (_, newPassword, due, counted) => {
      const app = createAccountsApp();
      const { token } = await app.register();
      const hashes = app.hasher.calls.length;
      const body = { currentPassword: NEW, newPassword };
      expect(verdict(await app.call('PUT /v1/account/password', { token, body }))).toBe(due);
      expect([app.hasher.calls.length - hashes, throttles(app).length]).toEqual([counted, counted]);
    },
  );

  it('counts no try whose current password was right and whose new one is weak', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const body = { currentPassword: PASSWORD, newPassword: 'passwordpassword' };
    for (let i = 0; i < 6; i++) {
      expect(verdict(await app.call('PUT /v1/account/password', { token, body }))).toBe('422 password_too_weak');
    }
    expect(throttles(app)).toEqual([]);
  });

  it('lets exactly one of two at once win', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const second = (await signIn(app, PASSWORD)).text('session.token');
    const passwords = [NEW, 'nine violet drums beat'];
    const answers = await Promise.all(
      [token, second].map((by, i) =>
        app.call('PUT /v1/account/password', {
          token: by,
          body: { currentPassword: PASSWORD, newPassword: passwords[i] },
        }),
      ),
    );
    const won = answers.filter(({ status }) => status === 204);
    const lost = answers.filter(({ status }) => status !== 204);
    expect(won).toHaveLength(1);
    expect(lost.map((answer) => answer.text('code'))).toEqual(['version_conflict']);
    const statuses = [];
    for (const password of [PASSWORD, ...passwords]) statuses.push((await signIn(app, password)).status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses[0]).toBe(401);
  });

  it('counts wrong tries as sign-in does, and forgets them when the password is right', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const wrong = { currentPassword: NEW, newPassword: NEW };
    for (let i = 0; i < 5; i++) await app.call('PUT /v1/account/password', { token, body: wrong });
    const slowed = await app.call('PUT /v1/account/password', { token, body: wrong });
    expect([slowed.status, slowed.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await signIn(app, PASSWORD)).status).toBe(429);
    app.pass(1001);
    const right = { currentPassword: PASSWORD, newPassword: NEW };
    expect((await app.call('PUT /v1/account/password', { token, body: right })).status).toBe(204);
    expect((await signIn(app, NEW)).status).toBe(201);
  });
});

describe('changing the e-mail', () => {
  const change = (email: string, password = PASSWORD) => ({ email, password });

  it('moves the index row, so that the new address signs in and the old one is free', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const answer = await app.call('PUT /v1/account/email', { token, body: change('New.Owner@example.com') });
    expect(answer.status).toBe(204);
    expect((await app.call('GET /v1/account', { token })).body).toMatchObject({ email: 'new.owner@example.com' });
    expect((await signIn(app, PASSWORD)).status).toBe(401);
    expect((await signIn(app, PASSWORD, 'new.owner@example.com')).status).toBe(201);
    expect((await app.register()).accountId).not.toBe('');
    expect([...app.store.rows.keys()].filter((name) => name.startsWith('E#'))).toHaveLength(2);
  });

  it('to what it is writes nothing but that the password was right', async () => {
    const app = createAccountsApp();
    const { token, accountId } = await app.register();
    const before = [accountRow(app, accountId), manifestRow(app, accountId)];
    await signIn(app, NEW);
    const answer = await app.call('PUT /v1/account/email', { token, body: change('OWNER@example.com') });
    expect(answer.status).toBe(204);
    expect([accountRow(app, accountId), manifestRow(app, accountId)]).toEqual(before);
    expect(throttles(app)).toEqual([]);
  });

  it('refuses an address that has an account, and a wrong password', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    await app.register('taken@example.com');
    const taken = await app.call('PUT /v1/account/email', { token, body: change('taken@example.com') });
    expect([taken.status, taken.text('code')]).toEqual([409, 'account_exists']);
    const wrong = await app.call('PUT /v1/account/email', { token, body: change('free@example.com', NEW) });
    expect([wrong.status, wrong.text('code')]).toEqual([403, 'wrong_password']);
    expect((await signIn(app, PASSWORD)).status).toBe(201);
  });

  it('lets one of two accounts win that want the same address', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const [a, b] = [await app.register('a@example.com'), await app.register('b@example.com')];
    const answers = await Promise.all(
      [a, b].map(({ token }) => app.call('PUT /v1/account/email', { token, body: change('wanted@example.com') })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 409]);
  });

  it('takes counters of failed tries along', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const body = { email: EMAIL, password: NEW };
    for (let i = 0; i < 5; i++) await app.call('POST /v1/sessions', { body, sourceIp: '198.51.100.7' });
    await signIn(app, NEW);
    const counters = () => [...app.store.rows.values()].filter((row) => row.kind === 'throttle');
    const [before] = counters();
    await app.call('PUT /v1/account/email', { token, body: change('moved@example.com') });
    const moved = { failures: 0, source: '192.0.2.1', tries: [{ source: '192.0.2.1' }] };
    const shared = { failures: 5, source: '*', tries: Array(5).fill({ source: '198.51.100.7' }) };
    expect(counters().sort((a, b) => a.source.length - b.source.length)).toMatchObject([shared, moved]);
    expect(counters().filter(({ subject }) => subject === before?.subject)).toEqual([]);
    const there = { body: { email: 'moved@example.com', password: PASSWORD }, sourceIp: '198.51.100.8' };
    expect((await app.call('POST /v1/sessions', there)).status).toBe(429);
    expect((await signIn(app, PASSWORD, 'moved@example.com')).status).toBe(201);
  });
});

describe('a change that stops half-way', () => {
  it.each([
    ['password', 'PUT /v1/account/password', { currentPassword: PASSWORD, newPassword: NEW }],
    ['e-mail', 'PUT /v1/account/email', { password: PASSWORD, email: 'other@example.com' }],
  ])(
    'leaves the old %s or the new one, whichever call fails, before or after it took effect',
    async (_, call, body) => {
      const app = createCheckedApp({ hasher: createMemoryHasher() });
      const { token } = await app.register();
      await signIn(app, NEW, 'nobody@example.com');
      const start = new Map(app.store.rows);
      let cases = 0;
      for (const moment of ['before', 'after'] as const) {
        for (let k = 0; ; k++) {
          app.store.rows.clear();
          for (const [name, row] of start) app.store.rows.set(name, row);
          let count = 0;
          const fail = () => {
            if (count++ === k) throw new UnavailableError('cloud:Call');
          };
          app.store.hooks[moment] = fail;
          app.keys.hooks[moment] = fail;
          const { status } = await app.call(call, { token, body });
          app.store.hooks[moment] = () => undefined;
          app.keys.hooks[moment] = () => undefined;
          if (count <= k) break;
          cases++;
          expect([204, 503]).toContain(status);
          const works = [];
          for (const [email, password] of [
            [EMAIL, PASSWORD],
            [EMAIL, NEW],
            ['other@example.com', PASSWORD],
          ] as const) {
            const entered = await signIn(app, password, email);
            if (entered.status !== 201) continue;
            works.push(email);
            const session = { token: entered.text('session.token') };
            expect((await app.call('GET /v1/account', session)).status).toBe(200);
          }
          expect(works).toHaveLength(1);
        }
      }
      expect(cases).toBeGreaterThan(12);
    },
  );
});

describe('a password that is given in a session', () => {
  it.each([
    ['PUT /v1/account/email', { email: 'free@example.com' }],
    ['POST /v1/sessions/current/reauthentication', {}],
  ])('is named where it is malformed: %s', async (call, body) => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const answer = await app.call(call, { token, body: { ...body, password: MALFORMED } });
    expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', ['/password']]);
  });

  it.each([
    ['done', () => Promise.resolve()],
    ['not', () => Promise.reject(new UnavailableError('dynamodb:PutItem'))],
  ])('is wiped with the DEK that it opens when what it was asked for is %s', async (_, act) => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const signedIn = await authenticate(app.env, token, null, CALLER);
    const held: Uint8Array[] = [];
    const isZero = () => held.map((bytes) => bytes.every((byte) => byte === 0));
    const work = ({ dek, password }: Confirmed) => {
      held.push(dek.bytes, password.bytes);
      expect(isZero()).toEqual([false, false]);
      return act();
    };
    await confirmPassword(app.env, signedIn, preparePassword(PASSWORD, 'plain'), work).catch(() => undefined);
    expect(isZero()).toEqual([true, true]);
    await signedIn.close();
  });
});

describe('reauthentication', () => {
  it('opens an export that the sign-in is too old for', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    app.pass(11 * 60_000);
    const ask = async () => verdict(await app.call('HEAD /v1/account/export', { token }));
    const before = (await app.call('GET /v1/account/export', { token })).text('code');
    const again = await app.call('POST /v1/sessions/current/reauthentication', { token, body: { password: PASSWORD } });
    expect([before, again.status, await ask()]).toEqual(['reauthentication_required', 204, '200']);
  });

  it('takes the right password and refuses a wrong one', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const call = 'POST /v1/sessions/current/reauthentication';
    expect((await app.call(call, { token, body: { password: PASSWORD } })).status).toBe(204);
    expect((await app.call(call, { token, body: { password: NEW } })).status).toBe(403);
    expect((await app.call('GET /v1/account', { token })).status).toBe(200);
  });
});
