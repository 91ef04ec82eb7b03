import { expect } from '@jest/globals';
import { type Answer, type Send, verdict } from '../fixtures/app.ts';
import { checkAnswer } from '../fixtures/contract.ts';
import { type Account, iso, type Model, type Session } from './model.ts';
import type { Real } from './real.ts';

/** Milliseconds that pass with each request, so that no two entries of an account have one time. */
const TICK_MS = 5;
/** Where clients sign in from again. */
export const HOME = '192.0.2.1';

/** The body of an answer that opens a session. */
export interface Opened {
  readonly accountId: string;
  readonly session: { readonly id: string; readonly token: string };
  readonly recoveryCode?: string;
}

/** Sends a call without a session, and holds its answer against the contract. */
export async function ask(m: Model, real: Real, call: string, send: Send): Promise<Answer> {
  m.clock.now += TICK_MS;
  m.calls += 1;
  const answer = await real.call(call, send);
  checkAnswer(call, answer);
  return answer;
}

/** Holds an answer to what it should say, in the words of {@link verdict}, with the body where one is given. */
export function says(answer: Answer, expected: string, body?: unknown): void {
  expect(verdict(answer)).toBe(expected);
  if (body !== undefined) expect(answer.body).toEqual(body);
}

/** One session and what it is answered. */
export class In {
  readonly m: Model;
  readonly real: Real;
  readonly session: Session;
  readonly account: Account;

  constructor(m: Model, real: Real, session: Session) {
    [this.m, this.real, this.session, this.account] = [m, real, session, session.account];
  }

  /**
   * Sends a call in the session, as a client that remembers the vault's revision, and holds its answer against the
   * contract.
   *
   * @returns null where the session is over, and was told so
   */
  async ask(call: string, send: Omit<Send, 'token'> = {}): Promise<Answer | null> {
    const { m, session, account } = this;
    const { token, sourceIp, userAgent } = session;
    const headers = { 'user-agent': userAgent, 'x-vault-revision-seen': String(account.revision), ...send.headers };
    const answer = await ask(m, this.real, call, { ...send, token, sourceIp, headers });
    this.#requireOwn(answer);
    if (!m.isLive(session)) {
      says(answer, '401 unauthenticated');
      return null;
    }
    m.touch(session);
    return answer;
  }

  /** Holds an answer to what it should say, and to the revision at which the vault should be by now. */
  says(answer: Answer, expected: string, body?: unknown): void {
    says(answer, expected, body);
    expect(answer.headers.get('x-vault-revision')).toBe(String(this.account.revision));
  }

  /** Holds a refusal to where it points. */
  refuses(answer: Answer, expected: string, ...paths: string[]): void {
    this.says(answer, expected);
    const { errors } = answer.body as { errors?: { path: string }[] };
    expect(errors?.map(({ path }) => path)).toEqual(paths);
  }

  /**
   * Judges the answer to a call that asks for the password.
   *
   * @returns what makes the right guess count, with the e-mail that the account has by then; null where it was refused
   */
  confirms(answer: Answer, password: string): ((movedTo?: string) => void) | null {
    const guess = this.m.guess(this.account.email, this.session.sourceIp);
    if (guess.wait > 0) {
      this.says(answer, '429 too_many_attempts');
      expect(answer.headers.get('retry-after')).toBe(String(guess.wait));
      return null;
    }
    if (!('wrong' in guess)) throw new TypeError('a guess is refused or settled');
    if (password === this.account.password) return guess.right;
    guess.wrong();
    this.says(answer, '403 wrong_password');
    return null;
  }

  /** Nothing of another account shows: each marks its data with its number. */
  #requireOwn({ bytes }: Answer): void {
    const marks = [...bytes.toString('latin1').matchAll(/canary-(\d+)-/g)].map(([, number]) => Number(number));
    expect(marks.filter((number) => number !== this.account.number)).toEqual([]);
  }
}

/** What marks an account's data. */
export function mark({ number }: Account): string {
  return `canary-${number}-`;
}

/** The time of the model, as answers have it. */
export function nowText(m: Model): string {
  return iso(m.now);
}

/** Signs in, as far as no delay runs and the password is the account's. @returns the session where it is */
export async function enter(
  m: Model,
  real: Real,
  body: { readonly email: string; readonly password: string },
  email = body.email,
  sourceIp = HOME,
): Promise<Session | null> {
  const account = m.accountOf(email);
  const userAgent = `client-${m.sessions.length}`;
  const answer = await ask(m, real, 'POST /v1/sessions', { body, sourceIp, headers: { 'user-agent': userAgent } });
  const guess = m.guess(email, sourceIp);
  if (!('wrong' in guess)) {
    says(answer, '429 too_many_attempts');
    expect(answer.headers.get('retry-after')).toBe(String(guess.wait));
    return null;
  }
  if (account === null || body.password !== account.password) {
    guess.wrong();
    says(answer, '401 invalid_credentials');
    return null;
  }
  const opened = answer.body as Opened;
  says(answer, '201', { ...opened, session: { ...opened.session, ...m.ends() } });
  guess.right();
  return begun(m, account, opened, 'session.started', sourceIp, userAgent);
}

/** A session that begins, as an answer has it. */
export function begun(
  m: Model,
  account: Account,
  { accountId, session: { id, token } }: Opened,
  action: Parameters<Model['begin']>[2],
  sourceIp: string,
  userAgent: string,
): Session {
  expect(accountId).toBe(account.id);
  expect(m.sessions.map((session) => session.id)).not.toContain(id);
  return m.begin(account, { id, token, sourceIp, userAgent }, action);
}
