import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { formatRecoveryCode, parseRecoveryCode } from '../../lambda/crypto/recovery-code.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { Recovery, Row, Sealed, WrappedKey } from '../../lambda/domain/records.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { DECOY } from '../../lambda/usecases/decoy.ts';
import {
  isRecoverable,
  openByRecovery,
  type RecoverableAccount,
  recoveryRecord,
  wrapForRecovery,
} from '../../lambda/usecases/recovery-wrap.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { checked, pathsOf } from '../fixtures/contract.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  type AccountsApp,
  accountRow,
  atOnce,
  CALLER,
  createAccountsApp,
  ELSEWHERE,
  EMAIL,
  eachFault,
  hookAll,
  inTurn,
  only,
  plant,
  rowsOf,
  signIn,
  throttles,
  traced,
  UNKNOWN,
  WRONG,
  zeroed,
} from './support.ts';

const NEW = 'eight amber kites drift';
const BARE = 'plain@example.com';
const THIRD = 'third@example.com';
const MALFORMED = 'with\0nul and more than enough';
const REFUSED = '401 invalid_credentials';
const INTEGRITY = '500 integrity_failure';

type Facts = Readonly<Record<'token' | 'accountId' | 'item' | 'code' | 'spent' | 'foreign', string>>;

function createCode(app: MemoryApp, token: string, password = PASSWORD): Promise<Answer> {
  return app.call('POST /v1/account/recovery-code', { token, body: { password } });
}

function removeCode(app: MemoryApp, token: string, password = PASSWORD): Promise<Answer> {
  return app.call('POST /v1/account/recovery-code/removal', { token, body: { password } });
}

function recover(app: MemoryApp, recoveryCode: string, email = EMAIL, newPassword = NEW, sourceIp = ELSEWHERE) {
  return app.call('POST /v1/recovery', { body: { email, recoveryCode, newPassword }, sourceIp });
}

function recoverable(app: MemoryApp, accountId: string): RecoverableAccount {
  const row = accountRow(app, accountId);
  if (!isRecoverable(row)) throw new Error('the account has no recovery code');
  return row;
}

/** One app for all tests: an account with a code and one that is spent, one without, one with a code of its own. */
let shared: AccountsApp & Facts;
let start: ReadonlyMap<string, Row>;
let began = 0;

beforeAll(async () => {
  const app = createAccountsApp();
  const call = checked(app.call);
  const accounts = { ...app, call };
  const { token, accountId } = await app.register();
  const item = await app.addItem(token, 'note', { text: 'kept' });
  await app.register(BARE);
  const third = await app.register(THIRD);
  const [spent, code, foreign] = [
    (await createCode(accounts, token)).text('recoveryCode'),
    (await createCode(accounts, token)).text('recoveryCode'),
    (await createCode(accounts, third.token)).text('recoveryCode'),
  ];
  // The decoy is made.
  await signIn(accounts, WRONG, UNKNOWN);
  for (const [name, row] of app.store.rows) if (row.kind === 'throttle') app.store.rows.delete(name);
  shared = { ...accounts, token, accountId, item, code, spent, foreign };
  start = new Map(app.store.rows);
  began = app.time.now;
}, 30_000);

/** The app as it was after `beforeAll`. */
function prepared(): AccountsApp & Facts {
  const { store, time, telemetry, hasher, keys } = shared;
  store.rows.clear();
  for (const [name, row] of start) store.rows.set(name, row);
  time.now = began;
  for (const list of [store.calls, hasher.calls, keys.calls, telemetry.lines]) list.length = 0;
  return shared;
}

/** What the operator is told of what failed. */
function errorsIn({ telemetry }: MemoryApp): (string | undefined)[] {
  return telemetry.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.error?.message);
}

/** The passwords that sign in. */
async function working(app: MemoryApp, ...passwords: string[]): Promise<string[]> {
  const right: string[] = [];
  for (const password of passwords) if ((await signIn(app, password)).status === 201) right.push(password);
  return right;
}

describe('a recovery code', () => {
  it('is shown once, dated, and lies nowhere in clear', async () => {
    const app = prepared();
    app.pass(1000);
    const answer = await createCode(app, app.token);
    expect([verdict(answer), Object.keys(answer.body as object)]).toEqual(['201', ['recoveryCode']]);
    const code = answer.text('recoveryCode');
    const account = await app.call('GET /v1/account', { token: app.token });
    const createdAt = new Date(app.time.now).toISOString();
    expect(account.body).toMatchObject({ recovery: { enabled: true, createdAt } });
    const bytes = Buffer.from(parseRecoveryCode(code)?.bytes ?? []);
    expect(bytes).toHaveLength(20);
    const table = [...app.store.rows.values()]
      .flatMap((row) => Object.values(encodeRow(row)))
      .map((value) => ('B' in value ? Buffer.from(value.B ?? []).toString('latin1') : JSON.stringify(value)))
      .join('\n');
    const lines = JSON.stringify(app.telemetry.lines) + account.bytes.toString();
    for (const form of [code, code.replaceAll('-', ''), bytes.toString('hex'), bytes.toString('base64')]) {
      expect([table.includes(form), lines.includes(form)]).toEqual([false, false]);
    }
    expect(table).not.toContain(bytes.toString('latin1'));
  });

  it('is not there unless it was asked for', async () => {
    const app = prepared();
    const { token } = await app.register('fourth@example.com');
    expect((await app.call('GET /v1/account', { token })).body).toMatchObject({ recovery: { enabled: false } });
  });

  it('takes the place of an older one', async () => {
    const app = prepared();
    const next = (await createCode(app, app.token)).text('recoveryCode');
    expect(verdict(await recover(app, app.code))).toBe(REFUSED);
    expect(verdict(await recover(app, next))).toBe('201');
  });

  it('stops working when it is removed, and can be removed again', async () => {
    const app = prepared();
    expect(await inTurn(2, () => removeCode(app, app.token))).toEqual(['204', '204']);
    const account = await app.call('GET /v1/account', { token: app.token });
    expect(account.body).toMatchObject({ recovery: { enabled: false } });
    expect(verdict(await recover(app, app.code))).toBe(REFUSED);
    expect(await working(app, PASSWORD, NEW)).toEqual([PASSWORD]);
  });

  it('is made and removed by the password alone, whose failures count', async () => {
    const app = prepared();
    expect(verdict(await createCode(app, app.token, WRONG))).toBe('403 wrong_password');
    expect(verdict(await removeCode(app, app.token, WRONG))).toBe('403 wrong_password');
    expect(throttles(app).map(({ failures }) => failures)).toEqual([2]);
    for (const answer of [await createCode(app, app.token, MALFORMED), await removeCode(app, app.token, MALFORMED)]) {
      expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', ['/password']]);
    }
    expect(accountRow(app, app.accountId)).toEqual(start.get(`A#${app.accountId} ACCOUNT`));
    expect(verdict(await recover(app, app.code))).toBe('201');
  });

  it('counts the account’s version up, made or removed', async () => {
    const app = prepared();
    const { version } = accountRow(app, app.accountId);
    await createCode(app, app.token);
    expect(accountRow(app, app.accountId).version).toBe(version + 1);
    await removeCode(app, app.token);
    expect(accountRow(app, app.accountId).version).toBe(version + 2);
  });

  it('does not stay in memory, be it made or used', async () => {
    const app = prepared();
    let code = '';
    const made = await zeroed(app, async () => {
      code = (await createCode(app, app.token)).text('recoveryCode');
    });
    expect(made).toEqual([20]);
    // A fresh code, and the session’s secret.
    expect((await zeroed(app, () => recover(app, code))).sort()).toEqual([20, 32]);
    // What is no code is tried as a random one.
    expect(await zeroed(app, () => recover(app, 'no code'))).toEqual([20]);
  });

  it('is made by one of two calls at once, and it is that one’s', async () => {
    const app = prepared();
    const second = (await signIn(app)).text('session.token');
    const answers = await atOnce(
      app,
      [app.token, second].map((token) => () => createCode(app, token)),
    );
    expect(answers.map(verdict).sort()).toEqual(['201', '409 version_conflict']);
    const code = only(answers.filter(({ status }) => status === 201)).text('recoveryCode');
    expect(verdict(await recover(app, code))).toBe('201');
  });
});

describe('recovering an account', () => {
  it('sets the new password, keeps the data, and answers a session and a fresh code', async () => {
    const app = prepared();
    app.pass(5000);
    const answer = await recover(app, app.code);
    expect(verdict(answer)).toBe('201');
    expect(answer.text('accountId')).toBe(app.accountId);
    const token = answer.text('session.token');
    const read = await app.call(`GET /v1/items/${app.item}`, { token });
    expect(read.body).toMatchObject({ data: { text: 'kept' } });
    const now = new Date(app.time.now).toISOString();
    expect((await app.call('GET /v1/account', { token })).body).toMatchObject({
      email: EMAIL,
      passwordChangedAt: now,
      recovery: { enabled: true, createdAt: now },
      keyVersion: 1,
    });
    expect(await working(app, PASSWORD, NEW)).toEqual([NEW]);
  });

  it('spends the code: the fresh one works, once', async () => {
    const app = prepared();
    const fresh = (await recover(app, app.code)).text('recoveryCode');
    expect(fresh).not.toBe(app.code);
    expect(verdict(await recover(app, app.code))).toBe(REFUSED);
    expect(verdict(await recover(app, fresh, EMAIL, PASSWORD))).toBe('201');
    expect(verdict(await recover(app, fresh))).toBe(REFUSED);
    expect(await working(app, PASSWORD, NEW)).toEqual([PASSWORD]);
  });

  it('ends all other sessions in the same write, for good', async () => {
    const app = prepared();
    const other = (await signIn(app)).text('session.token');
    const before = rowsOf(app, 'session').filter(({ accountId }) => (accountId as string) === app.accountId);
    const answer = await recover(app, app.code);
    const left = rowsOf(app, 'session').filter(({ accountId }) => (accountId as string) === app.accountId);
    expect(left.map(({ sessionId }) => sessionId as string)).toEqual([answer.text('session.id')]);
    for (const row of before) plant(app, row);
    for (const token of [app.token, other]) {
      expect(verdict(await app.call('GET /v1/account', { token }))).toBe('401 unauthenticated');
    }
  });

  it('takes the code and the e-mail however they are typed', async () => {
    const app = prepared();
    const typed = ` ${app.code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect(verdict(await recover(app, typed, ' Owner@EXAMPLE.com'))).toBe('201');
  });

  it.each([
    ['short', 'short', 'password_too_weak'],
    ['like the e-mail', 'owner@example.com', 'password_too_weak'],
    ['malformed', MALFORMED, 'invalid_request'],
  ])('refuses a new password that is %s before any call, whatever the code', async (_, password, code) => {
    const app = prepared();
    for (const [tried, email] of [
      [app.code, EMAIL],
      ['no code', EMAIL],
      [app.code, UNKNOWN],
    ] as const) {
      const calls = await traced(app, async () => {
        const answer = await recover(app, tried, email, password);
        expect(verdict(answer)).toBe(`422 ${code}`);
        expect(answer.body).toMatchObject({ errors: [{ path: '/newPassword' }] });
      });
      expect(calls).toEqual([]);
    }
  });

  it('works after a change of the password, of the e-mail, an upgrade of the wrap, and the end of all sessions', async () => {
    const app = prepared();
    const { token } = app;
    const stronger = createAccountsApp({ settings: { bcryptCost: 11 }, sharing: app });
    expect(verdict(await signIn(stronger))).toBe('201');
    const changes: [string, unknown][] = [
      ['PUT /v1/account/password', { currentPassword: PASSWORD, newPassword: NEW }],
      ['PUT /v1/account/email', { password: NEW, email: 'moved@example.com' }],
      ['DELETE /v1/sessions', undefined],
    ];
    const stored = accountRow(app, app.accountId);
    expect(stored.version).toBeGreaterThan(recoverable(app, app.accountId).recovery.version);
    for (const [call, body] of changes) {
      expect((await app.call(call, body === undefined ? { token } : { token, body })).status).toBe(204);
      expect(recoverable(app, app.accountId).recovery).toEqual(stored.recovery);
    }
    expect(verdict(await recover(app, app.code, EMAIL))).toBe(REFUSED);
    expect(verdict(await recover(app, app.code, 'moved@example.com', PASSWORD))).toBe('201');
  });

  it('succeeds once for two that use one code at once', async () => {
    const app = prepared();
    const passwords = [NEW, 'nine violet drums beat'];
    const answers = await atOnce(
      app,
      passwords.map((password) => () => recover(app, app.code, EMAIL, password)),
    );
    expect(answers.map(verdict).sort()).toEqual(['201', REFUSED]);
    const won = passwords[answers.findIndex(({ status }) => status === 201)] ?? '';
    app.pass(1000);
    expect(await working(app, PASSWORD, ...passwords)).toEqual([won]);
  });

  it('goes together with a change of the password at once: one password is right afterwards', async () => {
    const app = prepared();
    const changed = 'nine violet drums beat';
    const body = { currentPassword: PASSWORD, newPassword: changed };
    const [recovery, change] = await atOnce(app, [
      () => recover(app, app.code),
      () => app.call('PUT /v1/account/password', { token: app.token, body }),
    ]);
    expect(recovery && verdict(recovery)).toBe('201');
    expect(['204', '401 unauthenticated', '409 version_conflict']).toContain(change && verdict(change));
    expect(await working(app, PASSWORD, changed, NEW)).toEqual([NEW]);
  });

  it('is refused where the e-mail was moved since it was looked up', async () => {
    const app = prepared();
    let moved: Answer | null = null;
    hookAll(app, {
      after: async (name) => {
        if (name !== 'store.get email' || moved !== null) return;
        hookAll(app, {});
        const body = { password: PASSWORD, email: 'moved@example.com' };
        moved = await app.call('PUT /v1/account/email', { token: app.token, body });
      },
    });
    expect(verdict(await recover(app, app.code))).toBe(REFUSED);
    expect(moved).toMatchObject({ status: 204 });
    expect(verdict(await recover(app, app.code, 'moved@example.com'))).toBe('201');
  });

  it('gives up when the account changes before each of five writes, and spends nothing', async () => {
    const app = prepared();
    const passwords = Array.from({ length: 8 }, (_, i) => (i % 2 === 0 ? PASSWORD : 'nine violet drums beat'));
    let changes = 0;
    const before = async (name: string) => {
      const [currentPassword, newPassword] = passwords.slice(changes);
      if (!name.startsWith('store.commit put account') || newPassword === undefined) return;
      hookAll(app, {});
      const body = { currentPassword, newPassword };
      expect((await app.call('PUT /v1/account/password', { token: app.token, body })).status).toBe(204);
      changes++;
      hookAll(app, { before });
    };
    hookAll(app, { before });
    expect(verdict(await recover(app, app.code))).toBe('503 temporarily_unavailable');
    hookAll(app, {});
    expect([changes, errorsIn(app)]).toEqual([5, ['vault:recovery is unavailable']]);
    expect(verdict(await recover(app, app.code))).toBe('201');
  });

  it.each(['account', 'manifest'] as const)('is an integrity failure where the %s is gone', async (kind) => {
    const app = prepared();
    const row = only(rowsOf(app, kind).filter(({ accountId }) => (accountId as string) === app.accountId));
    app.store.rows.delete(rowName(row));
    expect(verdict(await recover(app, app.code))).toBe(INTEGRITY);
    expect(throttles(app)).toEqual([]);
  });
});

describe('a recovery that is refused', () => {
  const wrongCheck = (code: string) => code.slice(0, -1) + (code.endsWith('0') ? '1' : '0');
  const cases: [string, (facts: Facts) => [code: string, email: string]][] = [
    ['an unknown e-mail', ({ code }) => [code, UNKNOWN]],
    ['an account without a code', ({ code }) => [code, BARE]],
    ['a spent code', ({ spent }) => [spent, EMAIL]],
    ['another user’s code', ({ foreign }) => [foreign, EMAIL]],
    ['a code with another check character', ({ code }) => [wrongCheck(code), EMAIL]],
    ['what is no code', () => ['no code', EMAIL]],
    ['nothing', () => ['', EMAIL]],
    ['a password', () => [PASSWORD, EMAIL]],
  ];

  /** The answer and the calls behind it, but for what the length of an e-mail shows in what its MAC is made of. */
  async function observed(app: AccountsApp, code: string, email: string) {
    const answers: Answer[] = [];
    const calls = await traced(app, async () => answers.push(await recover(app, code, email)));
    const { status, headers, body } = only(answers);
    const { requestId: _id, ...rest } = body as Record<string, unknown>;
    const named = Object.fromEntries([...headers].filter(([name]) => name !== 'x-request-id'));
    return { status, named, rest, calls: calls.map((call) => call.replace(/(mac 1 of) \d+$/, '$1')) };
  }

  it.each(cases)('answers as for a wrong code, after the same calls: %s', async (_, pick) => {
    const app = prepared();
    const wrong = formatRecoveryCode(new SecretBytes(new Uint8Array(20).fill(7)));
    const due = await observed(app, wrong, EMAIL);
    expect(due).toMatchObject({ status: 401, rest: { code: 'invalid_credentials' } });
    expect(due.calls.filter((call) => call.startsWith('keys.unwrap'))).toHaveLength(1);
    expect(due.calls.filter((call) => call.startsWith('hasher.'))).toEqual([]);
    expect(due.calls.filter((call) => call.startsWith('store.snapshot'))).toHaveLength(1);
    prepared();
    expect(await observed(app, ...pick(app))).toEqual(due);
    expect(await working(app, PASSWORD, NEW)).toEqual([PASSWORD]);
  });

  it('counts as a wrong password does, and the delay holds for codes and passwords, right ones included', async () => {
    const app = prepared();
    const attempts = [
      () => recover(app, app.spent),
      () => signIn(app, WRONG, EMAIL, ELSEWHERE),
      () => recover(app, 'no code'),
      () => recover(app, app.foreign),
      () => recover(app, app.spent),
    ];
    for (const attempt of attempts) expect(verdict(await attempt())).toBe(REFUSED);
    const calls = await traced(app, async () => {
      expect(verdict(await recover(app, app.code))).toBe('429 too_many_attempts');
    });
    expect(calls.filter((call) => call.startsWith('keys.unwrap'))).toEqual([]);
    expect(verdict(await signIn(app, PASSWORD, EMAIL, ELSEWHERE))).toBe('429 too_many_attempts');
    app.pass(1000);
    expect(verdict(await recover(app, app.code))).toBe('201');
    expect(throttles(app)).toEqual([]);
  });

  it('is slowed alike for an unknown e-mail and an account without a code', async () => {
    for (const email of [EMAIL, UNKNOWN, BARE]) {
      const app = prepared();
      expect(await inTurn(6, () => recover(app, app.spent, email))).toEqual([
        ...Array<string>(5).fill(REFUSED),
        '429 too_many_attempts',
      ]);
    }
  });

  it('makes the decoy where it is missing or has no code yet, and refuses all the same', async () => {
    const app = prepared();
    const { recovery: _none, ...older } = accountRow(app, DECOY);
    plant(app, older);
    expect(verdict(await recover(app, app.code, UNKNOWN))).toBe(REFUSED);
    expect(recoverable(app, DECOY).version).toBe(older.version + 1);
    for (const name of [...app.store.rows.keys()]) if (name.startsWith(`A#${DECOY}`)) app.store.rows.delete(name);
    expect(verdict(await recover(app, app.code, BARE))).toBe(REFUSED);
    expect(recoverable(app, DECOY).version).toBe(1);
  });

  it('answers 503 where a writer that knows no codes replaces the decoy at the same time', async () => {
    const app = prepared();
    const { recovery: _none, ...older } = accountRow(app, DECOY);
    plant(app, older);
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('store.commit put account')) plant(app, { ...older, version: older.version + 1 });
      },
    });
    expect(verdict(await recover(app, app.code, UNKNOWN))).toBe('503 temporarily_unavailable');
    hookAll(app, {});
    expect([errorsIn(app), throttles(app)]).toEqual([['vault:decoy is unavailable'], []]);
  });
});

describe('a call that stops half-way', () => {
  const FAULTS = ['refused', 'answer lost', 'crash'] as const;

  it('leaves a recovery done or not begun, and what is not begun can be sent again', async () => {
    const calls = await eachFault(
      FAULTS,
      () => Promise.resolve(prepared()),
      (app) => recover(app, shared.code),
      async (app, answer) => {
        expect(['201', '503 temporarily_unavailable']).toContain(verdict(answer));
        const done = (await working(app, PASSWORD, NEW)).join();
        expect([PASSWORD, NEW]).toContain(done);
        if (verdict(answer) === '201') expect(done).toBe(NEW);
        expect(verdict(await recover(app, shared.code))).toBe(done === PASSWORD ? '201' : REFUSED);
        const token = (await signIn(app, NEW)).text('session.token');
        const code = (await createCode(app, token, NEW)).text('recoveryCode');
        expect(verdict(await recover(app, code, EMAIL, PASSWORD))).toBe('201');
      },
    );
    expect(calls).toBeGreaterThan(9);
  });

  it('leaves no doubt which code works once the code was asked for again: the one that was answered, alone', async () => {
    const calls = await eachFault(
      FAULTS,
      () => Promise.resolve(prepared()),
      (app) => createCode(app, shared.token),
      async (app, answer) => {
        const again = await createCode(app, shared.token);
        expect([
          verdict(answer) === '201' || verdict(answer) === '503 temporarily_unavailable',
          verdict(again),
        ]).toEqual([true, '201']);
        expect(verdict(await recover(app, shared.code))).toBe(REFUSED);
        expect(verdict(await recover(app, again.text('recoveryCode')))).toBe('201');
      },
    );
    expect(calls).toBeGreaterThan(6);
  });

  it('leaves the code or removes it, and the removal can be sent again', async () => {
    await eachFault(
      FAULTS,
      () => Promise.resolve(prepared()),
      (app) => removeCode(app, shared.token),
      async (app, answer) => {
        expect(['204', '503 temporarily_unavailable']).toContain(verdict(answer));
        const account = await app.call('GET /v1/account', { token: shared.token });
        const enabled = isRecoverable(accountRow(app, shared.accountId));
        expect(account.body).toMatchObject({ recovery: { enabled } });
        expect(verdict(await removeCode(app, shared.token))).toBe('204');
        expect(verdict(await recover(app, shared.code))).toBe(REFUSED);
      },
    );
  });
});

describe('recovery parts that were tampered with', () => {
  const flipped = <T extends Uint8Array>(bytes: T): T => {
    const copy = Uint8Array.from(bytes);
    copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
    return copy as Uint8Array as T;
  };
  const swaps: [string, (own: Recovery, other: Recovery) => Recovery][] = [
    ['the wrap', (own) => ({ ...own, wrap: flipped(own.wrap) })],
    ['the salt', (own) => ({ ...own, salt: flipped(own.salt) })],
    ['the sealed key', (own) => ({ ...own, sealed: flipped(own.sealed) })],
    ['another account’s wrap', (own, { wrap }) => ({ ...own, wrap })],
    ['another account’s salt', (own, { salt }) => ({ ...own, salt })],
    ['another account’s sealed key', (own, { sealed }) => ({ ...own, sealed })],
    ['all of another account’s', (_, other) => other],
  ];

  it.each(swaps)('are noticed by every call that opens the vault: %s', async (_, swap) => {
    const app = prepared();
    const row = recoverable(app, app.accountId);
    const { accountId: third } = only(rowsOf(app, 'account').filter(({ accountId }) => !isOwn(accountId)));
    plant(app, { ...row, recovery: swap(row.recovery, recoverable(app, third).recovery) });
    expect(verdict(await signIn(app))).toBe(INTEGRITY);
    expect(verdict(await app.call('GET /v1/items', { token: app.token }))).toBe(INTEGRITY);
    expect(throttles(app)).toEqual([]);

    function isOwn(id: string): boolean {
      return id === app.accountId || id === DECOY || !isRecoverable(accountRow(app, id));
    }
  });

  it('are noticed when they are removed, or added to an account that asked for none', async () => {
    const app = prepared();
    const { recovery, ...without } = recoverable(app, app.accountId);
    plant(app, without);
    expect(verdict(await signIn(app))).toBe(INTEGRITY);
    const app2 = prepared();
    const bare = only(
      rowsOf(app2, 'account').filter(({ accountId, ...row }) => accountId !== DECOY && row.recovery === undefined),
    );
    plant(app2, { ...bare, recovery });
    expect(verdict(await signIn(app2, PASSWORD, BARE))).toBe(INTEGRITY);
  });

  it('are noticed when the version that they were sealed at is another', async () => {
    const app = prepared();
    const row = recoverable(app, app.accountId);
    plant(app, { ...row, recovery: { ...row.recovery, version: row.recovery.version - 1 } });
    expect(verdict(await app.call('GET /v1/account', { token: app.token }))).toBe(INTEGRITY);
  });

  it('do not bring a spent code back to life', async () => {
    const app = prepared();
    const { recovery } = recoverable(app, app.accountId);
    expect(verdict(await recover(app, app.code))).toBe('201');
    const row = recoverable(app, app.accountId);
    plant(app, { ...row, recovery });
    expect(verdict(await recover(app, app.code, EMAIL, PASSWORD))).toBe(INTEGRITY);
    plant(app, row);
    expect(await working(app, PASSWORD, NEW)).toEqual([NEW]);
  });

  it('answer a recovery as an integrity failure, uncounted, where they are a wrap of another kind or account', async () => {
    const app = prepared();
    const row = recoverable(app, app.accountId);
    const session = rowsOf(app, 'session').find(({ accountId }) => accountId === row.accountId);
    const third = only(rowsOf(app, 'email').filter(({ accountId }) => isThird(accountId)));
    const wraps: (WrappedKey | undefined)[] = [
      row.passwordWrap,
      session?.wrap,
      recoverable(app, third.accountId).recovery.wrap,
    ];
    for (const wrap of wraps) {
      plant(app, { ...row, recovery: { ...row.recovery, wrap: wrap ?? row.recovery.wrap } });
      expect(verdict(await recover(app, app.code))).toBe(INTEGRITY);
    }
    expect(throttles(app)).toEqual([]);

    function isThird(id: string): boolean {
      return id !== app.accountId && isRecoverable(accountRow(app, id));
    }
  });
});

describe('the sealed recovery key', () => {
  it('lets a new DEK be wrapped for the code, without the code', async () => {
    const app = prepared();
    const account = recoverable(app, app.accountId);
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const { keys } = await signedIn.vault();
    const record = recoveryRecord(keys, account);
    const dek = app.env.random(32);
    const next = { ...account, version: account.version + 1, dekVersion: 2 };
    const newKeys = new VaultKeys(new SecretBytes(dek.slice()), account.accountId, 2, app.env.random);
    const { salt } = account.recovery;
    const recovery = await wrapForRecovery(app.env, next, newKeys, new SecretBytes(dek.slice()), salt, record);
    const code = parseRecoveryCode(app.code) ?? new SecretBytes(new Uint8Array(20));
    const opened = await openByRecovery(app.env, { ...next, recovery }, code);
    expect(Buffer.from(opened?.bytes ?? [])).toEqual(Buffer.from(dek));
    expect(recoveryRecord(newKeys, { ...next, recovery }).createdAt).toBe(record.createdAt);
    const foreign = parseRecoveryCode(app.foreign) ?? new SecretBytes(new Uint8Array(20));
    expect(await openByRecovery(app.env, { ...next, recovery }, foreign)).toBeNull();
    expect(() =>
      recoveryRecord(newKeys, { ...next, recovery: { ...recovery, sealed: account.recovery.sealed } }),
    ).toThrow('integrity failure');
    await signedIn.close();
  });

  it('lies in no memory in clear, once it is sealed or opened', async () => {
    const app = prepared();
    const account = recoverable(app, app.accountId);
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const { keys } = await signedIn.vault();
    const held: Uint8Array[] = [];
    const watched = Object.assign(
      new VaultKeys(new SecretBytes(new Uint8Array(32)), account.accountId, 1, randomBytes),
      {
        open: (...args: Parameters<VaultKeys['open']>) => {
          const plain = keys.open(...args);
          held.push(plain);
          return plain;
        },
        seal: (...args: Parameters<VaultKeys['seal']>) => {
          held.push(args[3]);
          return keys.seal(...args);
        },
      },
    );
    const record = recoveryRecord(watched, account);
    await wrapForRecovery(app.env, account, watched, new SecretBytes(randomBytes(32)), account.recovery.salt, record);
    expect(held.map((bytes) => [bytes.length, bytes.every((byte) => byte === 0)])).toEqual(Array(2).fill([40, true]));
    await signedIn.close();
  });

  it('is nothing but bytes that stay sealed', () => {
    const app = prepared();
    const { recovery } = recoverable(app, app.accountId);
    const sealed: Sealed = recovery.sealed;
    expect([sealed.length, recovery.salt.length]).toEqual([56 + 40 + 16, 32]);
  });
});
