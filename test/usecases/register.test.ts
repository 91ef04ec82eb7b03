import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../lambda/errors.ts';
import type { Change, CommitResult } from '../../lambda/ports/vault-store.ts';
import { registerAccount } from '../../lambda/usecases/register-account.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import {
  type AccountsApp,
  accountRow,
  atOnce,
  CALLER,
  createAccountsApp,
  EMAIL,
  eachFault,
  HOUR,
  hookAll,
  inTurn,
  only,
  passwordHeader,
  plant,
  register,
  rowsOf,
  sessionRow,
  signIn,
  throttles,
  traced,
  UNKNOWN,
  zeroed,
} from './support.ts';

/** How many rows of each kind there are, apart from counters. */
function census(app: MemoryApp): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of app.store.rows.values()) {
    if (kind !== 'throttle') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

const WHOLE = { email: 1, account: 1, manifest: 1, session: 1, activity: 1 };

describe('registering', () => {
  it('makes an account, an empty vault and a session that opens it', async () => {
    const app = createAccountsApp();
    const answer = await register(app);
    expect(verdict(answer)).toBe('201');
    expect(Object.keys(answer.body as object)).toEqual(['accountId', 'session']);
    expect(census(app)).toEqual(WHOLE);
    const token = answer.text('session.token');
    const account = await app.call('GET /v1/account', { token });
    const at = new Date(app.time.now).toISOString();
    expect(account.body).toEqual({
      accountId: answer.text('accountId'),
      email: EMAIL,
      createdAt: at,
      passwordChangedAt: at,
      recovery: { enabled: false },
      keyVersion: 1,
      rotating: false,
    });
    expect(account.headers.get('x-vault-revision')).toBe('1');
    expect((await app.call('GET /v1/items', { token })).body).toEqual({ items: [], nextCursor: null });
    const session = sessionRow(app, answer.text('session.id'));
    expect(session.expiresAt).toBe(app.time.now + 8 * HOUR);
    expect(throttles(app)).toEqual([]);
  });

  it('is the first that was done in the account', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const { body } = await app.call('GET /v1/account/activity', { token });
    expect((body as { activity: unknown[] }).activity).toMatchObject([{ action: 'account.registered' }]);
  });

  it('leaves neither the DEK nor the session’s secret in memory, be it refused or not', async () => {
    const app = createAccountsApp();
    for (const outcome of ['201', '409 account_exists']) {
      const sizes = await zeroed(app, async () => {
        expect(verdict(await register(app))).toBe(outcome);
      });
      expect(sizes).toEqual([32, 32]);
    }
  });

  it('wraps the DEK as the deployment asks', async () => {
    const app = createAccountsApp({ settings: { bcryptCost: 13, suite: 1, pepper: 2 } });
    const { accountId } = await app.register();
    await expect(passwordHeader(app, accountId)).resolves.toMatchObject({ format: 1, suite: 1, cost: 13, pepper: 2 });
  });

  it.each([
    ['14 characters', 'tr7!kQ2z$Lm9@p'],
    ['14 code points once composed', 'e\u0301'.repeat(14)],
    ['257 characters', 'plum tractor seven violet'.padEnd(257, 'qx7 ')],
    ['a common word twice', 'passwordpassword'],
    ['a row of keys', 'qwertyuiopasdfgh'],
    ['the e-mail', EMAIL],
    ['the e-mail’s words', 'Owner.Example.2024'],
    ['the service’s name', 'Twinlock Vault 2024!'],
    ['15 spaces', ' '.repeat(15)],
  ])('refuses a password of %s, without a hash or a row', async (_, password) => {
    const app = createAccountsApp();
    const answer = await register(app, EMAIL, password);
    expect(verdict(answer)).toBe('422 password_too_weak');
    expect(answer.body).toMatchObject({ errors: [{ path: '/password', message: expect.any(String) }] });
    expect(answer.bytes.toString()).not.toContain(password);
    expect([app.hasher.calls.length, app.store.rows.size]).toEqual([0, 0]);
  });

  it('asks for as many characters as the deployment does, and says how many', async () => {
    const app = createAccountsApp({ settings: { minPasswordLength: 20 } });
    const answer = await register(app, EMAIL, 'plum tractor seven ');
    expect(answer.body).toMatchObject({
      code: 'password_too_weak',
      errors: [{ path: '/password', message: 'has fewer than 20 characters' }],
    });
    expect((await register(app, EMAIL, 'plum tractor seven v')).status).toBe(201);
  });

  it.each([
    ['15 code points', 'plum tractor se'],
    ['256 code points', Array.from('plum tractor seven violet 🌵 '.repeat(10)).slice(0, 256).join('')],
    ['1,024 bytes', '🌵🍋🎷🧭'.repeat(64)],
  ])('takes a password of %s', async (_, password) => {
    const app = createAccountsApp();
    expect(verdict(await register(app, EMAIL, password))).toBe('201');
    expect(verdict(await signIn(app, password))).toBe('201');
  });

  it.each([
    ['left out', {}],
    ['false', { acceptDataLoss: false }],
    ['null', { acceptDataLoss: null }],
    ['a text', { acceptDataLoss: 'true' }],
    ['a number', { acceptDataLoss: 1 }],
  ])('asks that the loss of data be accepted: %s is refused before any call', async (_, consent) => {
    const app = createAccountsApp();
    const answers: Answer[] = [];
    const body = { email: EMAIL, password: PASSWORD, ...consent };
    const calls = await traced(app, async () => answers.push(await app.call('POST /v1/accounts', { body })));
    expect([verdict(only(answers)), calls]).toEqual(['422 invalid_request', []]);
    expect(only(answers).body).toMatchObject({ errors: [{ path: '/acceptDataLoss' }] });
  });
});

describe('an e-mail address', () => {
  it.each([
    ['case', 'Owner@Example.com', 'oWNER@eXAMPLE.COM'],
    ['spaces around it', 'owner@example.com', '\t owner@example.com\u00a0'],
    ['its local part’s composition', 'ren\u00e9@example.com', 'rene\u0301@example.com'],
    ['case beyond ASCII', '\u0141ukasz@example.com', '\u0142ukasz@example.com'],
    ['its domain’s letters', 'owner@b\u00fccher.example', 'owner@xn--bcher-kva.example'],
    ['its domain’s composition and case', 'owner@B\u00dcCHER.example', 'owner@bu\u0308cher.example'],
    ['full-width letters of its domain', 'owner@example.com', 'owner@\uff45\uff58ample.com'],
    ['a domain’s other full stop', 'owner@example.com', 'owner@example\u3002com'],
  ])('names one account whatever %s', async (_, one, other) => {
    const app = createAccountsApp();
    expect(verdict(await register(app, one))).toBe('201');
    expect(verdict(await register(app, other))).toBe('409 account_exists');
    expect(verdict(await signIn(app, PASSWORD, other))).toBe('201');
    expect(census(app)).toEqual({ ...WHOLE, session: 2, activity: 2 });
  });

  it.each([
    ['a plus tag', 'owner+vault@example.com'],
    ['a dot', 'ow.ner@example.com'],
    ['a look-alike letter', '\u043ewner@example.com'],
    ['a full-width letter of the local part', '\uff4fwner@example.com'],
    ['a subdomain', 'owner@mail.example.com'],
  ])('names another account with %s', async (_, email) => {
    const app = createAccountsApp();
    await register(app);
    expect(verdict(await signIn(app, PASSWORD, email))).toBe('401 invalid_credentials');
    expect(verdict(await register(app, email))).toBe('201');
  });

  it.each([
    '',
    'owner',
    'owner@',
    '@example.com',
    'a@b@example.com',
    'owner@localhost',
    'own er@example.com',
    'owner@127.0.0.1',
    'owner@[127.0.0.1]',
    '"owner"@example.com',
    'owner\u200b@example.com',
    'owner\ud800@example.com',
    'owner\0@example.com',
    'owner@exa\nmple.com',
    `${'a'.repeat(65)}@example.com`,
    `owner@${'a'.repeat(64)}.com`,
    `registrant@${`${'a'.repeat(60)}.`.repeat(4)}com`,
  ])('is refused before any call when it is none: %j', async (email) => {
    const app = createAccountsApp();
    for (const act of [() => register(app, email), () => signIn(app, PASSWORD, email)]) {
      const answers: Answer[] = [];
      expect(await traced(app, async () => answers.push(await act()))).toEqual([]);
      expect(verdict(only(answers))).toBe('422 invalid_request');
      expect(only(answers).body).toMatchObject({ errors: [{ path: '/email' }] });
    }
  });
});

describe('registering one e-mail many times at once', () => {
  it('makes exactly one account, whose password is the winner’s', async () => {
    const app = createAccountsApp();
    const passwords = Array.from({ length: 12 }, (_, i) => `plum tractor ${i} seven violet`);
    let free = 0;
    const answers = await atOnce(
      app,
      passwords.map((password, i) => () => register(app, EMAIL, password, `192.0.2.${i}`)),
      {
        after: (name) => {
          if (name === 'store.get email' && rowsOf(app, 'email').length === 0) free++;
        },
      },
    );
    // All of them found the e-mail free.
    expect(free).toBe(12);
    const won = answers.flatMap(({ status }, place) => (status === 201 ? [place] : []));
    const place = only(won);
    expect(answers.map(verdict).filter((one) => one === '409 account_exists')).toHaveLength(11);
    expect(census(app)).toEqual(WHOLE);
    const [winner, loser] = [passwords[place] ?? '', passwords[(place + 1) % 12] ?? ''];
    const signedIn = await signIn(app, winner);
    expect(signedIn.text('accountId')).toBe(answers[place]?.text('accountId'));
    expect(verdict(await signIn(app, loser))).toBe('401 invalid_credentials');
  });

  it('makes an account for each of many e-mails', async () => {
    const app = createAccountsApp();
    const emails = Array.from({ length: 5 }, (_, i) => `user${i}@example.com`);
    const answers = await atOnce(
      app,
      emails.map((email) => () => register(app, email)),
    );
    expect(answers.map(verdict)).toEqual(Array(5).fill('201'));
    expect(new Set(answers.map((answer) => answer.text('accountId'))).size).toBe(5);
    expect(throttles(app)).toEqual([]);
    expect(rowsOf(app, 'throttle').filter(({ subject }) => subject === 'registration')).toEqual([]);
  });

  /** Lets so many of the commits that make an account meet another transaction. */
  function contend(app: AccountsApp, times: number): void {
    const commit = app.store.commit.bind(app.store);
    let left = times;
    const busy: CommitResult = { ok: false, failed: [] };
    Object.assign(app.store, {
      commit: (changes: Parameters<typeof commit>[0]) =>
        changes.length > 1 && left-- > 0 ? Promise.resolve(busy) : commit(changes),
    });
  }

  it('goes on when another transaction is at work on its rows, and is 503 when that never ends', async () => {
    const app = createAccountsApp();
    const pauses: number[] = [];
    Object.assign(app.env, { sleep: (ms: number) => Promise.resolve(void pauses.push(ms)) });
    contend(app, 4);
    expect(verdict(await register(app))).toBe('201');
    expect(pauses).toEqual([20, 40, 60, 80]);
    contend(app, Number.POSITIVE_INFINITY);
    const answer = await register(app, UNKNOWN);
    expect(pauses.slice(4)).toEqual([20, 40, 60, 80, 100]);
    const again = registerAccount(app.env, { email: UNKNOWN, password: PASSWORD }, CALLER);
    await expect(again).rejects.toThrow('dynamodb:TransactWriteItems is unavailable');
    expect([verdict(answer), answer.headers.get('retry-after')]).toEqual(['503 temporarily_unavailable', '1']);
    expect(census(app)).toEqual(WHOLE);
    expect(throttles(app)).toEqual([]);
  });
});

describe('the count of a source that registers', () => {
  const counter = (app: AccountsApp) => rowsOf(app, 'throttle').filter(({ subject }) => subject === 'registration');

  /** Lets another try from the same source be counted, before each of so many commits that make an account. */
  function disturb(app: AccountsApp, times: number): void {
    let left = times;
    hookAll(app, {
      before: (name) => {
        if (!name.includes('put account') || left-- <= 0) return;
        const row = only(counter(app));
        plant(app, { ...row, failures: row.failures + 1, tries: [...row.tries, { at: app.time.now, source: 'x' }] });
      },
    });
  }

  it('is taken back in the transaction that makes the account', async () => {
    const app = createAccountsApp();
    const calls = await traced(app, () => register(app));
    expect(calls.at(-1)).toMatch(/^store\.commit put email anew, .*, remove throttle$/);
    expect(counter(app)).toEqual([]);
  });

  it.each([1, 2, 3])('is taken back, and no other, where %i tries came between', async (times) => {
    const app = createAccountsApp();
    disturb(app, times);
    expect(verdict(await register(app))).toBe('201');
    hookAll(app, {});
    // From the third try on it is done apart, so that the account does not wait for it.
    expect(counter(app)).toMatchObject([{ failures: times, tries: Array(times).fill({ source: 'x' }) }]);
    expect(census(app)).toEqual(WHOLE);
  });

  it('is not held up by a crowd at the same source', async () => {
    const app = createAccountsApp();
    const crowd = Array.from({ length: 10 }, (_, i) => () => register(app, `user${i}@example.com`));
    expect((await atOnce(app, crowd)).map(verdict)).toEqual(Array(10).fill('201'));
    expect(counter(app)).toEqual([]);
  });

  it('stays where the e-mail is found taken at the last moment', async () => {
    const app = createAccountsApp();
    hookAll(app, {
      before: (name) => {
        const found = rowsOf(app, 'email').length > 0;
        if (!name.includes('put account') || found) return;
        const change = app.store.calls.at(-1)?.args[0] as readonly Change[];
        const [first] = change;
        if (first?.op === 'put') plant(app, first.row);
      },
    });
    expect(verdict(await register(app))).toBe('409 account_exists');
    expect(counter(app)).toMatchObject([{ failures: 1 }]);
  });

  it('lets a source that has to wait cost neither a hash nor a call of KMS', async () => {
    const app = createAccountsApp();
    await register(app);
    await inTurn(20, () => register(app));
    expect(counter(app)).toMatchObject([{ failures: 20 }]);
    const calls = await traced(app, async () => {
      expect(verdict(await register(app, UNKNOWN))).toBe('429 too_many_attempts');
    });
    expect(calls).toEqual(['store.get throttle']);
  });

  it('hashes nothing before the try is counted, and nothing for one that a race shows to have to wait', async () => {
    const app = createAccountsApp();
    await register(app);
    await inTurn(19, () => register(app));
    const hashes = app.hasher.calls.length;
    let raced = false;
    hookAll(app, {
      before: (name) => {
        if (raced || !name.startsWith('store.commit put throttle')) return;
        raced = true;
        const row = only(counter(app));
        const [at, source] = [app.time.now, row.source];
        const tries = [...row.tries, { at, source }].slice(-20);
        plant(app, { ...row, failures: 20, tries, lastFailureAt: at, blockedUntil: at + 1000 });
      },
    });
    expect(verdict(await register(app, UNKNOWN))).toBe('429 too_many_attempts');
    expect([raced, app.hasher.calls.length]).toEqual([true, hashes]);
    expect(counter(app)).toMatchObject([{ failures: 20 }]);
  });
});

describe('registering while the cloud fails', () => {
  it('answers 503 whichever call fails, leaves a whole account or none, and ends well when sent again', async () => {
    const calls = await eachFault(
      ['refused', 'answer lost', 'crash'],
      () => Promise.resolve(createAccountsApp()),
      (app) => register(app),
      async (app, answer, { name, fault }) => {
        const written = name.includes('put account') && fault !== 'refused';
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        expect(answer.headers.get('retry-after')).toBe('1');
        expect(census(app)).toEqual(written ? WHOLE : {});
        const raised = name.startsWith('store.commit put throttle') && fault === 'answer lost';
        if (fault !== 'crash') expect(throttles(app).map(({ failures }) => failures)).toEqual(raised ? [1] : []);
        const stands = census(app)['account'] === 1;
        expect(await inTurn(2, () => register(app))).toEqual([
          stands ? '409 account_exists' : '201',
          '409 account_exists',
        ]);
        expect(census(app)).toEqual(WHOLE);
        const signedIn = await signIn(app);
        const token = signedIn.text('session.token');
        expect(await app.addItem(token, 'note', { text: 'kept' })).toHaveLength(26);
        expect(accountRow(app, signedIn.text('accountId')).epoch).toBe(1);
      },
    );
    expect(calls).toBe(9);
  });

  it('leaves no failure unattended: a hasher that refuses is answered while the key service still works', async () => {
    const app = createAccountsApp();
    const mac = app.keys.mac.bind(app.keys);
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    Object.assign(app.keys, { mac: (...args: Parameters<typeof mac>) => gate.then(() => mac(...args)) });
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('hasher.')) throw new UnavailableError('bcrypt queue');
      },
    });
    const late = setTimeout(release, 3000);
    const answer = await register(app);
    expect([verdict(answer), app.keys.calls.map(({ op }) => op)]).toEqual(['503 temporarily_unavailable', ['wrap']]);
    clearTimeout(late);
    release();
    expect(app.store.rows.size).toBe(0);
  });
});
