import { expect } from '@jest/globals';
import fc from 'fast-check';
import { PASSWORD } from '../fixtures/app.ts';
import { type Deed, deed, deedIn, pick } from './deeds.ts';
import { ask, begun, enter, HOME, In, nowText, type Opened, says } from './in.ts';
import { type Account, iso, type Model, type Session } from './model.ts';
import type { Real } from './real.ts';

/** Passwords that are set; one that never is; one that may not be. */
const PASSWORDS = [PASSWORD, 'violet harbor ticks slowly', 'nine copper kettles sing'] as const;
const WRONG = 'seven grey lanterns hiss';
const WEAK = 'password1234567';
const SOURCES = [HOME, '198.51.100.7', '2001:db8:7:7::1'] as const;
const EMAILS = ['one@example.com', 'two@example.com', 'three@example.com', 'four@example.com'] as const;
/** Registrations that met an account and cost nothing yet. */
const FREE_MEETINGS = 15;

const emails = fc.nat(EMAILS.length - 1);
const passwords = fc.nat(PASSWORDS.length - 1);
const sources = fc.nat(SOURCES.length - 1);
/** Mostly right. */
const rights = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const weaks = fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

/** An account's password, or another one. */
function given(account: Account | null, isRight: boolean): string {
  return isRight && account !== null ? account.password : WRONG;
}

/** An e-mail as somebody may write it; it is the same one. */
function written(email: string, isLoud: boolean): string {
  return isLoud ? ` ${email.toUpperCase()} ` : email;
}

const register = deed(
  'register',
  fc.record({ email: emails, password: passwords, source: sources, isWeak: weaks, isLoud: fc.boolean() }),
  async (m, real, p) => {
    const email = EMAILS[p.email] ?? '';
    const password = p.isWeak ? WEAK : (PASSWORDS[p.password] ?? '');
    await registered(m, real, written(email, p.isLoud), email, password, SOURCES[p.source] ?? '');
  },
  (m) => m.met < FREE_MEETINGS,
);

/** Registers an account, as far as its e-mail is free and its password good. */
export async function registered(
  m: Model,
  real: Real,
  sent: string,
  email: string,
  password: string,
  sourceIp: string,
): Promise<void> {
  const userAgent = `client-${m.sessions.length}`;
  const body = { email: sent, password, acceptDataLoss: true };
  const answer = await ask(m, real, 'POST /v1/accounts', { body, sourceIp, headers: { 'user-agent': userAgent } });
  if (password === WEAK) {
    says(answer, '422 password_too_weak');
    return;
  }
  if (m.accountOf(email) !== null) {
    m.met += 1;
    says(answer, '409 account_exists');
    return;
  }
  const { accountId, session } = answer.body as Opened;
  says(answer, '201', { accountId, session: { ...session, ...m.ends() } });
  m.know(email, sourceIp);
  begun(m, m.open(accountId, email, password), { accountId, session }, 'account.registered', sourceIp, userAgent);
}

const signIn = deed(
  'sign in',
  fc.record({ email: emails, isRight: rights, source: sources, isLoud: fc.boolean() }),
  async (m, real, p) => {
    const email = EMAILS[p.email] ?? '';
    const password = given(m.accountOf(email), p.isRight);
    await enter(m, real, { email: written(email, p.isLoud), password }, email, SOURCES[p.source] ?? '');
  },
);

/** So many in a row earn a delay. */
const guessAt = deed(
  'guess in a row',
  fc.record({ email: emails, source: sources, times: fc.integer({ min: 3, max: 7 }) }),
  async (m, real, { email: place, source, times }) => {
    const email = EMAILS[place] ?? '';
    for (let time = 0; time < times; time++) {
      await enter(m, real, { email, password: WRONG }, email, SOURCES[source] ?? '');
    }
  },
);

/** By the account's code, by one that it had, by one that nobody has, or by what is none. */
const codes = fc.constantFrom('good', 'good', 'good', 'spent', 'wrong', 'none');

const recover = deed(
  'recover',
  fc.record({ email: emails, code: codes, password: passwords, isWeak: weaks, source: sources }),
  async (m, real, p) => {
    const email = EMAILS[p.email] ?? '';
    const account = m.accountOf(email);
    const [sourceIp, userAgent] = [SOURCES[p.source] ?? '', `client-${m.sessions.length}`];
    const known = { good: account?.recovery?.code, spent: account?.spent.at(-1), wrong: undefined, none: 'no code' };
    const recoveryCode = known[p.code] ?? '0000-0000-0000-0000-0000-0000-0000-0000';
    const newPassword = p.isWeak ? WEAK : (PASSWORDS[p.password] ?? '');
    const body = { email, recoveryCode, newPassword };
    const answer = await ask(m, real, 'POST /v1/recovery', { body, sourceIp, headers: { 'user-agent': userAgent } });
    if (p.isWeak) {
      says(answer, '422 password_too_weak');
      return;
    }
    const guess = m.guess(email, sourceIp);
    if (!('wrong' in guess)) {
      says(answer, '429 too_many_attempts');
      expect(answer.headers.get('retry-after')).toBe(String(guess.wait));
    } else if (account === null || account.recovery?.code !== recoveryCode) {
      guess.wrong();
      says(answer, '401 invalid_credentials');
    } else {
      const opened = answer.body as Opened;
      says(answer, '201', { ...opened, session: { ...opened.session, ...m.ends() } });
      guess.right();
      m.endSessions(account, null);
      Object.assign(account, { password: newPassword, passwordChangedAt: m.now });
      keepCode(m, account, opened.recoveryCode ?? '');
      begun(m, account, opened, 'account.recovered', sourceIp, userAgent);
    }
  },
);

function keepCode(m: Model, account: Account, code: string): void {
  expect(code).toMatch(/^[0-9A-Z]{4}(?:-[0-9A-Z]{4}){7}./);
  if (account.recovery !== null) account.spent.push(account.recovery.code);
  account.recovery = { code, createdAt: m.now };
}

const getAccount = deedIn('get account', fc.constant(null), async (at) => {
  const answer = await at.ask('GET /v1/account');
  if (answer !== null) at.says(answer, '200', accountView(at.account));
});

/** An account as answers have it. */
export function accountView({
  id,
  email,
  createdAt,
  passwordChangedAt,
  recovery,
  keyVersion,
  rotating,
}: Account): object {
  return {
    accountId: id,
    email,
    createdAt: iso(createdAt),
    passwordChangedAt: iso(passwordChangedAt),
    recovery: recovery === null ? { enabled: false } : { enabled: true, createdAt: iso(recovery.createdAt) },
    keyVersion,
    rotating,
  };
}

const seeAhead = deedIn('see a later revision', fc.constant(null), async (at) => {
  const headers = { 'x-vault-revision-seen': String(at.account.revision + 1) };
  const { lastSeenAt } = at.session;
  const answer = await at.ask('GET /v1/account', { headers });
  if (answer === null) return;
  // Whoever looks at an older vault has not used the session.
  at.session.lastSeenAt = lastSeenAt;
  at.says(answer, '409 vault_rolled_back');
});

const changePassword = deedIn(
  'change password',
  fc.record({ isRight: rights, password: passwords, isWeak: weaks }),
  async (at, p) => {
    const currentPassword = given(at.account, p.isRight);
    const newPassword = p.isWeak ? WEAK : (PASSWORDS[p.password] ?? '');
    const answer = await at.ask('PUT /v1/account/password', { body: { currentPassword, newPassword } });
    const right = answer === null ? null : at.confirms(answer, currentPassword);
    if (answer === null || right === null) return;
    if (p.isWeak) {
      // The try is given back: the password was right, and did nothing.
      at.refuses(answer, '422 password_too_weak', '/newPassword');
      return;
    }
    right();
    Object.assign(at.account, { password: newPassword, passwordChangedAt: at.m.now });
    at.m.endSessions(at.account, at.session);
    at.m.write(at.session, 'password.changed');
    at.says(answer, '204');
  },
);

const changeEmail = deedIn(
  'change e-mail',
  fc.record({ isRight: rights, email: emails, isLoud: fc.boolean() }),
  async (at, p) => {
    const email = EMAILS[p.email] ?? '';
    const password = given(at.account, p.isRight);
    const answer = await at.ask('PUT /v1/account/email', { body: { password, email: written(email, p.isLoud) } });
    const right = answer === null ? null : at.confirms(answer, password);
    if (answer === null || right === null) return;
    const holder = at.m.accountOf(email);
    if (holder !== null && holder !== at.account) {
      at.says(answer, '409 account_exists');
      return;
    }
    right(email);
    if (holder === null) {
      at.account.email = email;
      at.m.write(at.session, 'email.changed');
    }
    at.says(answer, '204');
  },
);

const createCode = deedIn('create code', rights, (at, isRight) => makeCode(at, isRight));

async function makeCode(at: In, isRight: boolean): Promise<void> {
  const password = given(at.account, isRight);
  const answer = await at.ask('POST /v1/account/recovery-code', { body: { password } });
  const right = answer === null ? null : at.confirms(answer, password);
  if (answer === null || right === null) return;
  right();
  at.m.write(at.session, 'recovery-code.created');
  at.says(answer, '201');
  keepCode(at.m, at.account, answer.text('recoveryCode'));
}

const removeCode = deedIn('remove code', rights, async (at, isRight) => {
  const password = given(at.account, isRight);
  const answer = await at.ask('POST /v1/account/recovery-code/removal', { body: { password } });
  const right = answer === null ? null : at.confirms(answer, password);
  if (answer === null || right === null) return;
  right();
  const { recovery } = at.account;
  if (recovery !== null) {
    at.account.spent.push(recovery.code);
    at.account.recovery = null;
    at.m.write(at.session, 'recovery-code.removed');
  }
  at.says(answer, '204');
});

const reauthenticate = deedIn('reauthenticate', rights, async (at, isRight) => {
  const password = given(at.account, isRight);
  const answer = await at.ask('POST /v1/sessions/current/reauthentication', { body: { password } });
  const right = answer === null ? null : at.confirms(answer, password);
  if (answer === null || right === null) return;
  right();
  at.session.authenticatedAt = at.m.now;
  at.m.record(at.session, 'session.reauthenticated');
  at.says(answer, '204');
});

const deleteAccount = deedIn('delete account', rights, async (at, isRight) => {
  const { m, account } = at;
  const password = given(account, isRight);
  const answer = await at.ask('POST /v1/account/deletion', { body: { password } });
  if (answer === null || at.confirms(answer, password) === null) return;
  const [items, documents] = [account.items.size, m.documentsOf(account).length];
  at.says(answer, '200', { receiptId: answer.text('receiptId'), at: nowText(m), items, documents });
  account.deleted = true;
  m.endSessions(account, null);
  m.forget(account.email);
});

const listSessions = deedIn('list sessions', fc.constant(null), async (at) => {
  const answer = await at.ask('GET /v1/sessions');
  if (answer !== null) at.says(answer, '200', { sessions: sessionViews(at.m, at.session) });
});

/** The sessions of an account, as one of them sees them. */
export function sessionViews(m: Model, current: Session): object[] {
  return m.liveOf(current.account).map(({ id, createdAt, lastSeenAt, expiresAt, userAgent, sourceIp }) => ({
    id,
    createdAt: iso(createdAt),
    lastSeenAt: iso(lastSeenAt),
    expiresAt: iso(expiresAt),
    userAgent,
    sourceIp,
    current: id === current.id,
  }));
}

const signOut = deedIn('sign out', fc.constant(null), async (at) => {
  const answer = await at.ask('DELETE /v1/sessions/current');
  if (answer === null) return;
  end(at.m, at.session, at.session);
  at.says(answer, '204');
});

function end(m: Model, by: Session, ended: Session): void {
  m.write(by, 'session.ended', ended.id);
  ended.ended = true;
}

/** One of its own, or one of another account. */
const endSession = deedIn('end session', fc.record({ place: fc.nat(50), isOwn: rights }), async (at, p) => {
  const { m, account } = at;
  const other = pick(
    m.sessions.filter((session) => (session.account === account) === p.isOwn),
    p.place,
  );
  const ended = other ?? at.session;
  const wasLive = ended.account === account && m.isLive(ended);
  const answer = await at.ask(`DELETE /v1/sessions/${ended.id}`);
  if (answer === null) return;
  if (!wasLive) {
    at.says(answer, '404 not_found');
    return;
  }
  end(m, at.session, ended);
  at.says(answer, '204');
});

const endAll = deedIn('end all sessions', fc.constant(null), async (at) => {
  const answer = await at.ask('DELETE /v1/sessions');
  if (answer === null) return;
  at.m.write(at.session, 'sessions.ended');
  at.m.endSessions(at.account, null);
  at.says(answer, '204');
});

/** What is done with accounts and sessions, each with how often. */
export const ACCOUNT_DEEDS: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [1, register],
  [5, signIn],
  [2, guessAt],
  [3, recover],
  [2, getAccount],
  [1, seeAhead],
  [2, changePassword],
  [2, changeEmail],
  [2, createCode],
  [1, removeCode],
  [2, reauthenticate],
  [1, deleteAccount],
  [2, listSessions],
  [1, signOut],
  [2, endSession],
  [1, endAll],
];

/** What begins a run: two accounts, each with a session, and a code for one of them. */
export async function beginRun(m: Model, real: Real): Promise<void> {
  for (const place of [0, 1]) {
    const email = EMAILS[place] ?? '';
    await registered(m, real, email, email, PASSWORDS[place] ?? '', SOURCES[place] ?? '');
  }
  const [session] = m.sessions;
  if (session === undefined) throw new Error('no account was made');
  await makeCode(new In(m, real, session), true);
}
