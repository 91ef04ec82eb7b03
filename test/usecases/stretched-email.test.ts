import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../lambda/errors.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf } from '../fixtures/contract.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { STRETCHED, stretch } from '../fixtures/stretched.ts';
import { type AccountsApp, accountRow, createAccountsApp, EMAIL, rowsOf } from './support.ts';

const MOVED = 'moved@example.com';
const SECRET = stretch(PASSWORD, EMAIL);
const NEXT = stretch('eight amber kites drift', EMAIL);
/** The password's form under the new e-mail. */
const THERE = stretch(PASSWORD, MOVED);

type Given = Readonly<Record<string, unknown>>;
type App = Pick<AccountsApp, 'call'>;

const by = (password: string): Given => ({ password, ...STRETCHED });
const signIn = ({ call }: App, given: Given) => call('POST /v1/sessions', { body: { email: EMAIL, ...given } });
const changeEmail = ({ call }: App, token: string, given: Given) =>
  call('PUT /v1/account/email', { token, body: { email: MOVED, newPassword: THERE, ...by(SECRET), ...given } });

/** An app with an account under a stretched password. */
async function stretched<A extends App>(app: A): Promise<A & { token: string; accountId: string }> {
  const body = { email: EMAIL, acceptDataLoss: true, ...by(SECRET) };
  const answer = await app.call('POST /v1/accounts', { body });
  expect(verdict(answer)).toBe('201');
  return { ...app, token: answer.text('session.token'), accountId: answer.text('accountId') };
}

const checked = () => stretched(createCheckedApp({ hasher: createMemoryHasher() }));
const counted = () => stretched(createAccountsApp());

describe('changing the e-mail under a stretched password', () => {
  it('makes the password’s new form the one that opens, in the same write', async () => {
    const app = await counted();
    const other = await signIn(app, by(SECRET));
    const before = (await app.call('GET /v1/account', { token: app.token })).body;
    app.pass(5000);
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
    const after = (await app.call('GET /v1/account', { token: app.token })).body;
    expect(after).toEqual({ ...(before as object), email: MOVED });
    expect(accountRow(app, app.accountId)).toMatchObject({ epoch: 1, version: 2 });
    expect(verdict(await app.call('GET /v1/account', { token: other.text('session.token') }))).toBe('200');
    const tries = [by(SECRET), { password: THERE }, by(THERE)].map((given) => ({ email: MOVED, ...given }));
    const answers = [];
    for (const given of [by(SECRET), ...tries]) answers.push(verdict(await signIn(app, given)));
    const refused = '401 invalid_credentials';
    expect(answers).toEqual([refused, refused, refused, '201']);
  });

  it('leaves the recovery code good', async () => {
    const app = await checked();
    const asked = await app.call('POST /v1/account/recovery-code', { token: app.token, body: by(SECRET) });
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
    const body = { email: MOVED, recoveryCode: asked.text('recoveryCode'), newPassword: THERE, ...STRETCHED };
    expect(verdict(await app.call('POST /v1/recovery', { body }))).toBe('201');
  });

  it('sent again after its answer was lost, answers as the first time and writes nothing', async () => {
    const app = await counted();
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
    const row = accountRow(app, app.accountId);
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
    expect(accountRow(app, app.accountId)).toEqual(row);
    // The old form opens nothing any more, nor may a new one be slipped in beside a right old one.
    expect(verdict(await changeEmail(app, app.token, { newPassword: NEXT }))).toBe('403 wrong_password');
    expect(accountRow(app, app.accountId)).toEqual(row);
    expect(verdict(await signIn(app, { email: MOVED, ...by(THERE) }))).toBe('201');
  });

  it('to what it is, by another spelling, asks for the password and writes nothing', async () => {
    const app = await counted();
    const row = accountRow(app, app.accountId);
    const same = { email: EMAIL.toUpperCase(), newPassword: SECRET };
    expect(verdict(await changeEmail(app, app.token, same))).toBe('204');
    expect(verdict(await changeEmail(app, app.token, { ...same, newPassword: NEXT }))).toBe('403 wrong_password');
    expect(accountRow(app, app.accountId)).toEqual(row);
  });

  it('refuses a form that was not derived anew, which would keep its owner out', async () => {
    const app = await counted();
    const answer = await changeEmail(app, app.token, { newPassword: SECRET });
    expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', ['/newPassword']]);
    expect(answer.body).toMatchObject({ errors: [{ message: 'must be derived under the new e-mail' }] });
    const plain = await changeEmail(app, app.token, { newPassword: 'nine copper rivers wander' });
    expect([verdict(plain), pathsOf(plain)]).toEqual(['422 invalid_request', ['/newPassword']]);
    expect(rowsOf(app, 'throttle').every(({ failures }) => failures === 0)).toBe(true);
    expect(verdict(await signIn(app, by(SECRET)))).toBe('201');
  });

  it('of a wrong password counts as any wrong one', async () => {
    const app = await counted();
    for (let i = 0; i < 5; i++) expect(verdict(await changeEmail(app, app.token, by(NEXT)))).toBe('403 wrong_password');
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('429 too_many_attempts');
    app.pass(1001);
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
  });

  it('to one that is taken changes nothing', async () => {
    const app = await counted();
    await app.register(MOVED);
    expect(verdict(await changeEmail(app, app.token, {}))).toBe('409 account_exists');
    expect(verdict(await signIn(app, by(SECRET)))).toBe('201');
    expect(verdict(await signIn(app, { email: MOVED, ...by(THERE) }))).toBe('401 invalid_credentials');
  });

  it('beside a change of the password lets exactly one win', async () => {
    const app = await counted();
    const second = (await signIn(app, by(SECRET))).text('session.token');
    const was = { currentPassword: SECRET, currentPasswordKind: 'stretched-v1' };
    const answers = await Promise.all([
      changeEmail(app, app.token, {}),
      app.call('PUT /v1/account/password', { token: second, body: { ...was, newPassword: NEXT, ...STRETCHED } }),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
    const opened = [];
    for (const email of [EMAIL, MOVED]) {
      for (const secret of [SECRET, NEXT, THERE]) opened.push((await signIn(app, { email, ...by(secret) })).status);
      app.pass(16 * 60_000);
    }
    expect(opened.filter((status) => status === 201)).toHaveLength(1);
  });

  it('leaves one pair of e-mail and form, whichever call fails, before or after it took effect', async () => {
    const app = await counted();
    await signIn(app, { email: 'nobody@example.com', ...by(NEXT) });
    const start = new Map(app.store.rows);
    const seen = new Set<string>();
    let cases = 0;
    for (const moment of ['before', 'after'] as const) {
      for (let k = 0; ; k++) {
        app.store.rows.clear();
        for (const [name, row] of start) app.store.rows.set(name, row);
        let count = 0;
        const fail = () => {
          if (count++ === k) throw new UnavailableError('cloud:Call');
        };
        for (const { hooks } of [app.store, app.keys]) hooks[moment] = fail;
        const { status } = await changeEmail(app, app.token, {});
        for (const { hooks } of [app.store, app.keys]) hooks[moment] = () => undefined;
        if (count <= k) break;
        cases++;
        expect([204, 503]).toContain(status);
        const works: string[] = [];
        for (const [email, secret] of [
          [EMAIL, SECRET],
          [EMAIL, THERE],
          [MOVED, SECRET],
          [MOVED, THERE],
        ] as const) {
          const { status: entered } = await signIn(app, { email, ...by(secret) });
          if (entered === 201)
            works.push(
              email === EMAIL && secret === SECRET ? 'old' : email === MOVED && secret === THERE ? 'new' : 'mixed',
            );
        }
        expect(works).toHaveLength(1);
        seen.add(works[0] ?? '');
        // Whatever was done of it, the same request once more ends it.
        expect(verdict(await changeEmail(app, app.token, {}))).toBe('204');
        expect(verdict(await signIn(app, { email: MOVED, ...by(THERE) }))).toBe('201');
      }
    }
    expect(cases).toBeGreaterThan(14);
    expect([...seen].sort()).toEqual(['new', 'old']);
  });
});
