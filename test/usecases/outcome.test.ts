import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Metric } from '../../lambda/ports/system.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { type AccountsApp, createAccountsApp, ELSEWHERE, EMAIL, signIn, UNKNOWN, WRONG } from './support.ts';
import { complete, partsOf, pdfOf, sendAll } from './upload-support.ts';

const OUTCOME = /^(?:PasswordCheck|Recovery|Registration|SignIn)/;

let app: AccountsApp;
let token: string;

beforeEach(async () => {
  app = createAccountsApp();
  ({ token } = await app.register());
  app.telemetry.counts.clear();
});

/** What was counted since the account was registered, of tries. */
const outcomes = (): Partial<Record<Metric, number>> =>
  Object.fromEntries([...app.telemetry.counts].filter(([metric]) => OUTCOME.test(metric)));

const register = (email: string) =>
  app.call('POST /v1/accounts', { body: { email, password: PASSWORD, acceptDataLoss: true } });
const recover = (recoveryCode: string) =>
  app.call('POST /v1/recovery', {
    body: { email: EMAIL, recoveryCode, newPassword: 'eight amber kites drift' },
    sourceIp: ELSEWHERE,
  });
const confirm = (password: string) =>
  app.call('POST /v1/sessions/current/reauthentication', { token, body: { password }, sourceIp: ELSEWHERE });

describe('a sign-in is counted', () => {
  it('as a success', async () => {
    expect((await signIn(app)).status).toBe(201);
    expect(outcomes()).toEqual({ SignInSuccess: 1 });
  });

  it.each([
    ['a wrong password', WRONG, EMAIL],
    ['an unknown e-mail', PASSWORD, UNKNOWN],
  ])('as a failure, alike with %s', async (_with, password, email) => {
    expect((await signIn(app, password, email)).status).toBe(401);
    expect(outcomes()).toEqual({ SignInFailure: 1 });
  });

  it('as throttled where a delay runs, whatever the password', async () => {
    for (let n = 0; n < 5; n++) await signIn(app, WRONG, EMAIL, ELSEWHERE);
    expect((await signIn(app, PASSWORD, EMAIL, ELSEWHERE)).status).toBe(429);
    expect(outcomes()).toEqual({ SignInFailure: 5, SignInThrottled: 1 });
  });

  it('not at all where it ends without a verdict', async () => {
    app.keys.mac = () => Promise.reject(new Error('no'));
    Object.assign(app.env, { keys: app.keys });
    expect((await signIn(app)).status).toBe(500);
    expect((await app.call('POST /v1/sessions', { body: { email: EMAIL } })).status).toBe(422);
    expect(outcomes()).toEqual({});
  });
});

describe('a recovery is counted', () => {
  it('as a success, a failure or throttled, apart from sign-ins', async () => {
    const made = await app.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } });
    app.telemetry.counts.clear();
    for (let n = 0; n < 5; n++) expect((await recover('no code at all')).status).toBe(401);
    expect((await recover('no code at all')).status).toBe(429);
    expect(outcomes()).toEqual({ RecoveryFailure: 5, RecoveryThrottled: 1 });
    app.pass(60_000);
    expect((await recover(made.text('recoveryCode'))).status).toBe(201);
    expect(outcomes()).toEqual({ RecoveryFailure: 5, RecoveryThrottled: 1, RecoverySuccess: 1 });
  });
});

describe('a password that is asked for in a session is counted', () => {
  it('as a success, a failure or throttled, apart from sign-ins', async () => {
    expect((await confirm(PASSWORD)).status).toBe(204);
    expect(outcomes()).toEqual({ PasswordCheckSuccess: 1 });
    for (let n = 0; n < 5; n++) await confirm(WRONG);
    expect(verdict(await confirm(PASSWORD))).toBe('429 too_many_attempts');
    expect(outcomes()).toEqual({ PasswordCheckSuccess: 1, PasswordCheckFailure: 5, PasswordCheckThrottled: 1 });
  });

  it('not as a failure where it was right, and something else did not go', async () => {
    expect((await register('taken@example.com')).status).toBe(201);
    app.telemetry.counts.clear();
    const body = { email: 'taken@example.com', password: PASSWORD };
    expect(verdict(await app.call('PUT /v1/account/email', { token, body }))).toBe('409 account_exists');
    expect(outcomes()).toEqual({});
  });
});

describe('a registration is counted', () => {
  it('as a success, or as a failure where the e-mail has an account', async () => {
    expect((await register('new@example.com')).status).toBe(201);
    expect((await register(EMAIL)).status).toBe(409);
    expect(outcomes()).toEqual({ RegistrationSuccess: 1, RegistrationFailure: 1 });
  });

  it('as throttled from a source that met too many accounts', async () => {
    for (let n = 0; n < 20; n++) await register(EMAIL);
    expect((await register('new@example.com')).status).toBe(429);
    expect(outcomes()).toEqual({ RegistrationFailure: 20, RegistrationThrottled: 1 });
  });
});

describe('a document that is stored', () => {
  const headers = { 'content-type': 'application/pdf', 'x-document-title': 'Scan' };

  it('is counted and measured once, in the bytes that its owner sent', async () => {
    const keyed = { ...headers, 'idempotency-key': 'one-and-the-same-key' };
    for (let n = 0; n < 2; n++) await app.call('POST /v1/documents', { token, body: pdfOf(4321), headers: keyed });
    expect(app.telemetry.measures).toEqual([{ measure: 'DocumentBytes', value: 4321, operation: undefined }]);
    expect(app.telemetry.counts.get('DocumentMade')).toBe(1);
  });

  it('is measured as a whole where it came in parts, and not before', async () => {
    const id = await sendAll(app, token, partsOf([2000, 1, 300]));
    expect(app.telemetry.measures).toEqual([]);
    expect((await complete(app, token, id, { parts: 3 })).status).toBe(201);
    expect(app.telemetry.measures).toEqual([{ measure: 'DocumentBytes', value: 2301, operation: undefined }]);
  });

  it('is not measured where it is refused', async () => {
    const refused = await app.call('POST /v1/documents', { token, body: Buffer.from('no PDF'), headers });
    expect(verdict(refused)).toBe('422 not_a_pdf');
    expect(app.telemetry.measures).toEqual([]);
  });
});
