import { describe, expect, it } from '@jest/globals';
import type { AccountRow, EmailRow } from '../../lambda/domain/records.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  type AccountsApp,
  accountRow,
  createAccountsApp,
  ELSEWHERE,
  EMAIL,
  eachFault,
  HOME,
  HOUR,
  hookAll,
  inTurn,
  MINUTE,
  manifestRow,
  only,
  plant,
  prepared,
  register,
  rowsOf,
  signIn,
  throttles,
  traced,
  UNKNOWN,
  WRONG,
} from './support.ts';

/** What of an answer is the same for everybody. */
function look({ status, headers, body }: Answer) {
  const { requestId, ...rest } = body as Record<string, unknown>;
  const named = [...headers].filter(([name]) => name !== 'x-request-id');
  return { status, headers: Object.fromEntries(named), body: rest, named: typeof requestId };
}

/** A try: its answer and the calls behind it. */
async function observed(app: AccountsApp, email: string, password: string, source = ELSEWHERE) {
  const answers: Answer[] = [];
  const calls = await traced(app, async () => answers.push(await signIn(app, password, email, source)));
  return { ...look(only(answers)), calls };
}

describe('signing in', () => {
  it('gives a session of its account, whatever the case of the e-mail and the spaces around it', async () => {
    const app = await prepared();
    const answer = await signIn(app, PASSWORD, '  OWNER@Example.COM ');
    expect(verdict(answer)).toBe('201');
    expect(answer.body).toEqual({
      accountId: app.accountId,
      session: {
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        token: expect.stringMatching(new RegExp(`^tw1\\.${app.accountId}\\.[0-9A-Z]{26}\\.[\\w-]{43}$`)),
        expiresAt: expect.any(String),
        idleExpiresAt: expect.any(String),
      },
    });
    const until = (name: string) => Date.parse(answer.text(`session.${name}`)) - app.time.now;
    expect([until('expiresAt'), until('idleExpiresAt')]).toEqual([8 * HOUR, HOUR / 2]);
    const token = answer.text('session.token');
    expect((await app.call('GET /v1/account', { token })).text('email')).toBe(EMAIL);
    const { body } = await app.call('GET /v1/account/activity', { token });
    const sessionId = answer.text('session.id');
    const entry = expect.objectContaining({ action: 'session.started', sessionId });
    expect((body as { activity: object[] }).activity).toContainEqual(entry);
  });

  it.each([
    ['one composed, one decomposed', 'crème brûlée für Łukasz', 'crème brûlée für Łukasz'.normalize('NFD')],
    ['with other spaces', 'plum tractor seven violet', 'plum\u3000tractor\u00a0seven\u2003violet'],
  ])('takes one password in two spellings: %s', async (_, one, other) => {
    const app = createAccountsApp();
    expect(one).not.toBe(other);
    await app.register(EMAIL, one);
    await app.register(UNKNOWN, other);
    expect(await inTurn(1, () => signIn(app, other, EMAIL))).toEqual(['201']);
    expect(await inTurn(1, () => signIn(app, one, UNKNOWN))).toEqual(['201']);
  });

  it.each([
    ['another case', PASSWORD.toUpperCase()],
    ['a space before', ` ${PASSWORD}`],
    ['a space behind', `${PASSWORD} `],
    ['its beginning alone', PASSWORD.slice(0, -1)],
    ['a compatibility form', PASSWORD.replace('s', 'ſ')],
  ])('refuses %s', async (_, password) => {
    const app = await prepared();
    expect(verdict(await signIn(app, password))).toBe('401 invalid_credentials');
  });

  it('tells passwords apart that differ behind bcrypt’s 72 bytes', async () => {
    const app = createAccountsApp();
    const long = `${'plum tractor seven violet '.repeat(8)}one`;
    await app.register(EMAIL, long);
    expect(verdict(await signIn(app, `${long.slice(0, -3)}two`))).toBe('401 invalid_credentials');
    expect(verdict(await signIn(app, long))).toBe('201');
  });

  it('leaves no hash of a password in memory, right or wrong', async () => {
    const app = await prepared();
    const hashes: Uint8Array[] = [];
    const { hasher } = app.env;
    const tail: typeof hasher.tail = async (...args) => {
      const hash = await hasher.tail(...args);
      hashes.push(hash);
      return hash;
    };
    Object.assign(app.env, { hasher: { tail } });
    for (const password of [PASSWORD, WRONG]) await signIn(app, password);
    await register(app, UNKNOWN);
    expect(hashes.map((hash) => [hash.length, ...new Set(hash)])).toEqual(Array(3).fill([31, 0]));
  });

  it.each([
    ['nothing', ''],
    ['1,025 bytes', 'a'.repeat(1025)],
    ['1,026 bytes in 342 characters', '語'.repeat(342)],
    ['5,000 characters', 'a'.repeat(5000)],
    ['a NUL', `${PASSWORD}\0`],
    ['a line break', `${PASSWORD}\n`],
    ['DEL', `\x7f${PASSWORD}`],
    ['a lone high surrogate', `${PASSWORD}\ud83d`],
    ['a lone low surrogate', `\ude00${PASSWORD}`],
  ])('refuses a password of %s before any hash and any call of the cloud, at registration too', async (_, password) => {
    const app = await prepared();
    for (const act of [() => signIn(app, password), () => register(app, UNKNOWN, password)]) {
      const answers: Answer[] = [];
      expect(await traced(app, async () => answers.push(await act()))).toEqual([]);
      const answer = only(answers);
      expect(verdict(answer)).toBe('422 invalid_request');
      expect(answer.body).toMatchObject({ errors: [{ path: '/password' }] });
    }
  });
});

describe('an unknown e-mail', () => {
  it.each([
    ['of one character', 'x'],
    ['of 15 characters', 'x'.repeat(15)],
    ['of 73 bytes', 'x'.repeat(73)],
    ['of 1,024 bytes', 'x'.repeat(1024)],
    ['of four-byte characters', '🌵'.repeat(256)],
    ['that is somebody’s', PASSWORD.toUpperCase()],
  ])('answers as a wrong password does, after the same calls and one hash: with a password %s', async (_, password) => {
    const app = await prepared();
    const wrong = await observed(app, EMAIL, password);
    const unknown = await observed(app, UNKNOWN, password);
    expect(unknown).toEqual(wrong);
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    expect(wrong.headers).toMatchObject({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
    expect(wrong.calls.filter((call) => call.startsWith('hasher.'))).toEqual(['hasher.tail of 64 at cost 10']);
  });

  it('is slowed as a known one is, try by try', async () => {
    const app = await prepared();
    const statuses: number[] = [];
    for (const pause of [0, 0, 0, 0, 0, 999, 1, 0, 1999, 1, 0, 4000, 30 * 24 * HOUR, 0]) {
      app.pass(pause);
      const wrong = await observed(app, EMAIL, WRONG);
      const unknown = await observed(app, UNKNOWN, WRONG);
      expect(unknown).toEqual(wrong);
      const hashes = wrong.calls.filter((call) => call.startsWith('hasher.')).length;
      expect(hashes).toBe(wrong.status === 401 ? 1 : 0);
      statuses.push(wrong.status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 401, 429, 429, 401, 429, 401, 401, 401]);
  });

  it('leaves nothing but a count behind', async () => {
    const app = await prepared();
    const names = new Set(app.store.rows.keys());
    await signIn(app, WRONG, UNKNOWN);
    const made = [...app.store.rows].filter(([name]) => !names.has(name)).map(([, row]) => row.kind);
    expect(made).toEqual(['throttle']);
  });
});

describe('an account that was tampered with', () => {
  const tampers: [string, (app: MemoryApp, mine: AccountRow, other: AccountRow) => void][] = [
    ['another account’s wrap', (app, mine, other) => plant(app, { ...mine, passwordWrap: other.passwordWrap })],
    ['another account’s profile', (app, mine, other) => plant(app, { ...mine, profile: other.profile })],
    ['a raised epoch', (app, mine) => plant(app, { ...mine, epoch: 2 })],
    ['another version', (app, mine) => plant(app, { ...mine, version: 2 })],
    ['another DEK version', (app, mine) => plant(app, { ...mine, dekVersion: 2 })],
    ['another e-mail’s MAC', (app, mine, other) => plant(app, { ...mine, emailMac: other.emailMac })],
    ['no manifest', (app, mine) => app.store.rows.delete(rowName({ kind: 'manifest', accountId: mine.accountId }))],
    ['no account', (app, mine) => app.store.rows.delete(rowName(mine))],
    [
      'another account’s manifest',
      (app, mine, other) => plant(app, { ...manifestRow(app, other.accountId), accountId: mine.accountId }),
    ],
    [
      'a session that has seen a later manifest',
      (app) => {
        for (const row of rowsOf(app, 'session')) plant(app, { ...row, revision: 9 });
      },
    ],
    [
      'a wrap that was cut',
      (app, mine) => {
        const passwordWrap = mine.passwordWrap.slice(0, -1) as AccountRow['passwordWrap'];
        plant(app, { ...mine, passwordWrap });
      },
    ],
    [
      'an e-mail that leads to another account',
      (app, mine, other) => {
        plant(app, { ...emailRow(app, mine), accountId: other.accountId });
      },
    ],
  ];

  it.each(tampers)('is an integrity failure, not counted against its owner: %s', async (_, tamper) => {
    const app = await prepared();
    const { accountId } = await app.register('second@example.com');
    await signIn(app, WRONG);
    const before = throttles(app);
    tamper(app, accountRow(app, app.accountId), accountRow(app, accountId));
    for (const password of [PASSWORD, PASSWORD]) {
      expect(verdict(await signIn(app, password))).toBe('500 integrity_failure');
    }
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(2);
    expect(throttles(app)).toEqual(before);
    expect(rowsOf(app, 'session')).toHaveLength(2);
  });
});

describe('signing in beside a change of the account', () => {
  it('joins the epoch that stands when every session was ended meanwhile', async () => {
    const app = await prepared();
    const first = await signIn(app);
    const ended: string[] = [];
    hookAll(app, {});
    app.store.hooks.after = async ({ op }) => {
      if (op !== 'list' || ended.length > 0) return;
      ended.push('');
      ended.push(verdict(await app.call('DELETE /v1/sessions', { token: first.text('session.token') })));
    };
    const second = await signIn(app);
    delete app.store.hooks.after;
    expect(ended).toEqual(['', '204']);
    expect(verdict(second)).toBe('201');
    expect(accountRow(app, app.accountId).epoch).toBe(2);
    expect(verdict(await app.call('GET /v1/account', { token: second.text('session.token') }))).toBe('200');
    expect(verdict(await app.call('GET /v1/account', { token: first.text('session.token') }))).toBe(
      '401 unauthenticated',
    );
    expect(rowsOf(app, 'session')).toHaveLength(1);
  });

  it('gives up, uncounted, when the account changes at every try', async () => {
    const app = await prepared();
    await signIn(app, WRONG);
    const before = throttles(app);
    const commit = app.store.commit.bind(app.store);
    Object.assign(app.store, {
      commit: (changes: Parameters<typeof commit>[0]) =>
        changes.some((change) => change.op === 'put' && change.row.kind === 'session')
          ? Promise.resolve({ ok: false, failed: [1] })
          : commit(changes),
    });
    const answer = await signIn(app);
    expect(verdict(answer)).toBe('503 temporarily_unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(throttles(app)).toEqual(before);
  });

  it.each([
    [4, '201'],
    [5, '503 temporarily_unavailable'],
  ])('meets a change of its account %i times, and answers %s', async (times, due) => {
    const app = await prepared();
    const body = { currentPassword: PASSWORD, newPassword: PASSWORD };
    const changed: string[] = [];
    let busy = false;
    hookAll(app, {
      before: async (name) => {
        if (busy || changed.length === times || !name.includes('put session anew')) return;
        busy = true;
        changed.push(verdict(await app.call('PUT /v1/account/password', { token: app.token, body })));
        busy = false;
      },
    });
    expect(verdict(await signIn(app))).toBe(due);
    hookAll(app, {});
    expect(changed).toEqual(Array(times).fill('204'));
    expect(throttles(app)).toEqual([]);
  });

  it('follows an e-mail that moved to another account behind its look-up', async () => {
    const app = await prepared();
    const other = await app.register('second@example.com', 'eleven brass kettles sing');
    const [mine, theirs] = [accountRow(app, app.accountId), accountRow(app, other.accountId)];
    const index = emailRow(app, mine);
    // As it looks to a sign-in that read the index just before: the e-mail is the other account's by now.
    app.store.hooks.after = ({ op, args }) => {
      const [key] = args as [{ kind: string }];
      if (op !== 'get' || key.kind !== 'email') return;
      delete app.store.hooks.after;
      plant(app, { ...index, accountId: theirs.accountId });
      plant(app, { ...mine, emailMac: theirs.emailMac });
    };
    expect(verdict(await signIn(app))).toBe('500 integrity_failure');
    plant(app, mine);
    plant(app, index);
    app.store.hooks.after = ({ op, args }) => {
      const [key] = args as [{ kind: string }];
      if (op !== 'get' || key.kind !== 'email') return;
      delete app.store.hooks.after;
      app.store.rows.delete(rowName(index));
      app.store.rows.delete(rowName(mine));
    };
    expect(verdict(await signIn(app))).toBe('401 invalid_credentials');
  });
});

describe('signing in while the cloud fails', () => {
  const COUNTED = { failures: 3, blockedUntil: expect.any(Number) };

  it.each([
    ['a known source', HOME],
    ['another', ELSEWHERE],
  ])('answers %s 503 whichever call fails, counts nothing, and takes the next try', async (_, source) => {
    const calls = await eachFault(
      ['refused', 'answer lost'],
      async () => {
        const app = await prepared();
        await inTurn(2, () => signIn(app, WRONG, EMAIL, source));
        app.pass(1);
        return app;
      },
      (app) => signIn(app, PASSWORD, EMAIL, source),
      async (app, answer, { name, fault }) => {
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        expect(answer.headers.get('retry-after')).toBe('1');
        const mine = throttles(app);
        const wroteSession = name.includes('put session');
        const raised = !wroteSession && name.startsWith('store.commit put throttle');
        // Whether a counter was raised whose write's answer was lost, nobody can tell: it stays.
        if (fault === 'answer lost' && raised) expect(mine).toEqual([COUNTED]);
        else if (fault === 'answer lost' && wroteSession) expect(mine).toEqual([]);
        else expect(mine).toEqual([{ ...COUNTED, failures: 2 }]);
        expect(await inTurn(1, () => signIn(app, PASSWORD, EMAIL, source))).toEqual(['201']);
        expect(throttles(app)).toEqual([]);
        // The two that failed, and the one that was counted for good, stay on record.
        const counter = rowsOf(app, 'throttle').filter(({ tries }) => tries.length > 1);
        expect(counter.map(({ tries }) => tries.length)).toEqual([fault === 'answer lost' && raised ? 3 : 2]);
      },
    );
    expect(calls).toBe(11);
  });

  it('answers 503 when nothing answers any more, and the right password opens the vault later', async () => {
    await eachFault(
      ['crash'],
      prepared,
      (app) => signIn(app),
      async (app, answer) => {
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        expect([[], [1]]).toContainEqual(throttles(app).map(({ failures }) => failures));
        const again = await signIn(app);
        expect(verdict(await app.call('GET /v1/account', { token: again.text('session.token') }))).toBe('200');
      },
    );
  });

  it.each([WRONG, PASSWORD])('counts no try that met a failing key service, be it %s', async (password) => {
    const app = await prepared();
    await inTurn(4, () => signIn(app, WRONG));
    const before = throttles(app);
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('keys.unwrap')) throw new Error('the connection broke');
      },
    });
    expect(await inTurn(5, () => signIn(app, password))).toEqual(Array(5).fill('500 internal_error'));
    hookAll(app, {});
    expect(throttles(app)).toEqual(before);
    app.pass(MINUTE);
    expect(verdict(await signIn(app))).toBe('201');
  });
});

function emailRow(app: MemoryApp, account: AccountRow): EmailRow {
  return only(rowsOf(app, 'email').filter(({ accountId }) => accountId === account.accountId));
}
