import { describe, expect, it } from '@jest/globals';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import {
  type AccountsApp,
  atOnce,
  createAccountsApp,
  EMAIL,
  HOUR,
  hookAll,
  inTurn,
  only,
  register,
  rowsOf,
  signIn,
  throttles,
  UNKNOWN,
  WRONG,
} from './support.ts';

const DAY = 24 * HOUR;
const OPENED = '201';
const REFUSED = '401 invalid_credentials';
const THROTTLED = '429 too_many_attempts';

async function prepared(): Promise<AccountsApp & { readonly token: string }> {
  const app = createAccountsApp();
  const { token } = await app.register();
  await signIn(app, WRONG, 'first@example.com');
  app.store.rows.forEach((row, name) => row.kind === 'throttle' && app.store.rows.delete(name));
  return { ...app, token };
}

/** Seconds that a try is asked to wait; 0 when it is taken. */
async function waitOf(app: MemoryApp, password = WRONG, email = EMAIL): Promise<number> {
  const answer = await signIn(app, password, email);
  const after = answer.headers.get('retry-after');
  expect(verdict(answer)).toBe(after === null ? REFUSED : THROTTLED);
  return Number(after ?? 0);
}

describe('guessing at a password', () => {
  it.each([
    ['a known', EMAIL],
    ['an unknown', UNKNOWN],
  ])(
    'earns %s e-mail a delay from the fifth failure on, doubled by each and capped at 15 minutes',
    async (_, email) => {
      const app = await prepared();
      expect(await inTurn(4, () => signIn(app, WRONG, email))).toEqual(Array(4).fill(REFUSED));
      const waits: number[] = [];
      for (let failure = 5; failure <= 18; failure++) {
        expect(await waitOf(app, WRONG, email)).toBe(0);
        const wait = await waitOf(app, WRONG, email);
        waits.push(wait);
        app.pass(wait * 1000 - 1);
        expect(await waitOf(app, WRONG, email)).toBe(1);
        app.pass(1);
      }
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
    },
  );

  it('is refused without a hash and without a look at the account while the delay runs, be it the right password', async () => {
    const app = await prepared();
    await inTurn(5, () => signIn(app, WRONG));
    const before = only(rowsOf(app, 'throttle'));
    const [hashes, unwraps] = [app.hasher.calls.length, app.keys.calls.filter(({ op }) => op === 'unwrap').length];
    expect(await inTurn(3, () => signIn(app))).toEqual(Array(3).fill(THROTTLED));
    expect(app.hasher.calls).toHaveLength(hashes);
    expect(app.keys.calls.filter(({ op }) => op === 'unwrap')).toHaveLength(unwraps);
    expect(only(rowsOf(app, 'throttle'))).toEqual(before);
    app.pass(1000);
    expect(verdict(await signIn(app))).toBe(OPENED);
  });

  it('is counted exactly under 30 tries at once', async () => {
    const app = await prepared();
    const hashes = app.hasher.calls.length;
    const answers = await atOnce(
      app,
      Array<() => Promise<Answer>>(30).fill(() => signIn(app, WRONG)),
    );
    const verdicts = answers.map(verdict).sort();
    expect(verdicts).toEqual([...Array<string>(5).fill(REFUSED), ...Array<string>(25).fill(THROTTLED)]);
    expect(app.hasher.calls).toHaveLength(hashes + 5);
    expect(only(rowsOf(app, 'throttle'))).toMatchObject({ failures: 5, blockedUntil: app.time.now + 1000 });
    app.pass(1000);
    const later = await atOnce(
      app,
      Array<() => Promise<Answer>>(30).fill(() => signIn(app, WRONG)),
    );
    expect(later.map(verdict).filter((one) => one === REFUSED)).toHaveLength(1);
    expect(only(rowsOf(app, 'throttle'))).toMatchObject({ failures: 6, blockedUntil: app.time.now + 2000 });
  });

  it('is forgotten at a success', async () => {
    const app = await prepared();
    await inTurn(4, () => signIn(app, WRONG));
    expect(verdict(await signIn(app))).toBe(OPENED);
    expect(throttles(app)).toEqual([]);
    expect(await inTurn(5, () => signIn(app, WRONG))).toEqual(Array(5).fill(REFUSED));
    expect(await waitOf(app)).toBe(1);
  });

  it('is forgotten 30 days after the last failure, by the clock and not by the row’s removal', async () => {
    const app = await prepared();
    await inTurn(6, () => signIn(app, WRONG));
    app.pass(30 * DAY - 1);
    expect(await waitOf(app)).toBe(0);
    expect(await waitOf(app)).toBe(2);
    app.pass(30 * DAY);
    expect(await inTurn(5, () => signIn(app, WRONG))).toEqual(Array(5).fill(REFUSED));
    expect(await waitOf(app)).toBe(1);
  });

  it('slows one e-mail alone, in whatever spelling', async () => {
    const app = await prepared();
    await app.register('second@example.com');
    await inTurn(5, () => signIn(app, WRONG));
    expect(await waitOf(app, PASSWORD, ' OWNER@example.COM')).toBe(1);
    expect(verdict(await signIn(app, PASSWORD, 'second@example.com'))).toBe(OPENED);
  });

  it('slows it from every source, whatever a header claims', async () => {
    const app = await prepared();
    for (let i = 0; i < 5; i++) {
      const headers = { 'x-forwarded-for': `203.0.113.${i}`, forwarded: `for=203.0.113.${i}` };
      const body = { email: EMAIL, password: WRONG };
      await app.call('POST /v1/sessions', { body, headers, sourceIp: `198.51.100.${i}` });
    }
    expect(await waitOf(app)).toBe(1);
  });

  it('leaves live sessions alone', async () => {
    const app = await prepared();
    await inTurn(6, () => signIn(app, WRONG));
    expect(verdict(await app.call('GET /v1/account', { token: app.token }))).toBe('200');
    await app.addItem(app.token, 'note', { text: 'still here' });
    expect(verdict(await app.call('GET /v1/items', { token: app.token }))).toBe('200');
  });

  it('is counted once by tries at once of which the cloud fails some, and earns only the delay of those', async () => {
    const app = await prepared();
    await inTurn(3, () => signIn(app, WRONG));
    let unwraps = 0;
    const answers = await atOnce(
      app,
      Array<() => Promise<Answer>>(2).fill(() => signIn(app, WRONG)),
      {
        before: (name) => {
          if (name.startsWith('keys.unwrap') && ++unwraps === 1) throw new Error('the connection broke');
        },
      },
    );
    expect(answers.map(verdict).sort()).toEqual([REFUSED, '500 internal_error']);
    expect(only(rowsOf(app, 'throttle'))).toMatchObject({ failures: 4 });
    expect(await waitOf(app)).toBe(0);
    expect(await waitOf(app)).toBe(1);
  });
});

describe('registering e-mails that have accounts', () => {
  const EXISTS = '409 account_exists';
  const attempt = (app: MemoryApp, sourceIp: string, email = EMAIL) => register(app, email, PASSWORD, sourceIp);

  it('earns its source a delay from the 20th on, for free e-mails too, and no other source', async () => {
    const app = await prepared();
    expect(await inTurn(20, () => attempt(app, '198.51.100.7'))).toEqual(Array(20).fill(EXISTS));
    const hashes = app.hasher.calls.length;
    const refused = await attempt(app, '198.51.100.7', 'free@example.com');
    expect([verdict(refused), refused.headers.get('retry-after')]).toEqual([THROTTLED, '1']);
    expect(app.hasher.calls).toHaveLength(hashes);
    expect(verdict(await attempt(app, '198.51.100.8'))).toBe(EXISTS);
    expect(verdict(await attempt(app, '::ffff:198.51.100.7'))).toBe(THROTTLED);
    app.pass(1000);
    expect(verdict(await attempt(app, '198.51.100.7'))).toBe(EXISTS);
    expect((await attempt(app, '198.51.100.7')).headers.get('retry-after')).toBe('2');
    expect(verdict(await signIn(app))).toBe(OPENED);
  });

  it('counts an IPv6 source by its /64', async () => {
    const app = await prepared();
    let host = 0;
    const within = () => attempt(app, `2001:db8:0:7::${(++host).toString(16)}`);
    expect(await inTurn(20, within)).toEqual(Array(20).fill(EXISTS));
    expect(verdict(await within())).toBe(THROTTLED);
    expect(verdict(await attempt(app, '2001:DB8:0:7:ffff::1'))).toBe(THROTTLED);
    expect(verdict(await attempt(app, '2001:db8:0:8::1'))).toBe(EXISTS);
  });

  it('does not count what made an account, was refused for its password, or met a failing cloud', async () => {
    const app = await prepared();
    const made = await atOnce(
      app,
      Array.from({ length: 5 }, (_, i) => () => attempt(app, '198.51.100.7', `user${i}@example.com`)),
    );
    expect(made.map(verdict)).toEqual(Array(5).fill('201'));
    expect(await inTurn(12, () => register(app, UNKNOWN, 'short', '198.51.100.7'))).toEqual(
      Array(12).fill('422 password_too_weak'),
    );
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('keys.wrap password')) throw new Error('the connection broke');
      },
    });
    expect(await inTurn(3, () => attempt(app, '198.51.100.7', UNKNOWN))).toEqual(Array(3).fill('500 internal_error'));
    hookAll(app, {});
    expect(throttles(app)).toEqual([]);
    expect(await inTurn(1, () => attempt(app, '198.51.100.7'))).toEqual([EXISTS]);
    expect(throttles(app)).toEqual([{ failures: 1, blockedUntil: app.time.now }]);
    expect(rowsOf(app, 'throttle').filter(({ subject }) => subject === 'registration')).toHaveLength(1);
  });
});
