import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../lambda/domain/records.ts';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf } from '../fixtures/contract.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { STRETCHED, stretch } from '../fixtures/stretched.ts';
import { type AccountsApp, createAccountsApp, EMAIL, passwordHeader, rowsOf } from './support.ts';

const MOVED = 'moved@example.com';
const OTHER = 'eight amber kites drift';
const SECRET = stretch(PASSWORD, EMAIL);
const NEXT = stretch(OTHER, EMAIL);
const THERE = stretch(PASSWORD, MOVED);

type Given = Readonly<Record<string, unknown>>;
type App = Pick<AccountsApp, 'call'>;

const signIn = ({ call }: App, given: Given) => call('POST /v1/sessions', { body: { email: EMAIL, ...given } });
const by = (password: string): Given => ({ password, ...STRETCHED });

/** An app with an account under a stretched password. */
async function stretched<A extends App>(app: A): Promise<A & { token: string; accountId: string }> {
  const body = { email: EMAIL, acceptDataLoss: true, ...by(SECRET) };
  const answer = await app.call('POST /v1/accounts', { body });
  expect(verdict(answer)).toBe('201');
  return { ...app, token: answer.text('session.token'), accountId: answer.text('accountId') };
}

const checked = () => stretched(createCheckedApp({ hasher: createMemoryHasher() }));
const counted = () => stretched(createAccountsApp());

/** Each call that takes the account's password in a session, with what it answers to the right one. */
const INSIDE: readonly (readonly [call: string, well: string, (password: Given) => Given])[] = [
  ['POST /v1/sessions/current/reauthentication', '204', (given) => given],
  ['POST /v1/account/recovery-code', '201', (given) => given],
  ['POST /v1/account/recovery-code/removal', '204', (given) => given],
  ['POST /v1/account/key-rotation', '200', (given) => given],
  ['PUT /v1/account/email', '204', (given) => ({ ...given, email: MOVED, newPassword: THERE })],
  [
    'PUT /v1/account/password',
    '204',
    ({ password, passwordKind }) => ({
      currentPassword: password,
      currentPasswordKind: passwordKind,
      newPassword: OTHER,
    }),
  ],
  ['POST /v1/account/deletion', '200', (given) => given],
];

describe('an account under a stretched password', () => {
  it('opens by it, and by the same characters as a plain one never, nor by the password itself', async () => {
    const app = await checked();
    const answers = [
      await signIn(app, by(SECRET)),
      await signIn(app, { password: SECRET }),
      await signIn(app, { password: PASSWORD }),
      await signIn(app, by(NEXT)),
    ];
    const refused = '401 invalid_credentials';
    expect(answers.map(verdict)).toEqual(['201', refused, refused, refused]);
  });

  it('is not opened by a secret that is right for a plain account of the same characters', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    await app.call('POST /v1/accounts', { body: { email: EMAIL, password: SECRET, acceptDataLoss: true } });
    expect(verdict(await signIn(app, by(SECRET)))).toBe('401 invalid_credentials');
    expect(verdict(await signIn(app, { password: SECRET }))).toBe('201');
  });

  it.each(INSIDE)('is asked for it by %s, which takes it in its own kind alone', async (call, well, bodyOf) => {
    const app = await checked();
    const plain = bodyOf({ password: SECRET });
    const { newPassword: _, ...withoutForm } = plain;
    const wrong = await app.call(call, { token: app.token, body: call.endsWith('email') ? withoutForm : plain });
    expect(verdict(wrong)).toBe('403 wrong_password');
    expect(verdict(await app.call(call, { token: app.token, body: bodyOf(by(NEXT)) }))).toBe('403 wrong_password');
    expect(verdict(await app.call(call, { token: app.token, body: bodyOf(by(SECRET)) }))).toBe(well);
  });

  it('is not judged by what its characters look like: a dictionary says nothing of derived bytes', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const likeAWord = 'password'.repeat(6).slice(0, 43);
    const register = (given: Given) =>
      app.call('POST /v1/accounts', { body: { email: EMAIL, password: likeAWord, acceptDataLoss: true, ...given } });
    expect([verdict(await register({})), verdict(await register(STRETCHED))]).toEqual(['422 password_too_weak', '201']);
    expect(verdict(await signIn(app, by(likeAWord)))).toBe('201');
  });

  it('may be recovered to one of either kind', async () => {
    const app = await checked();
    const asked = await app.call('POST /v1/account/recovery-code', { token: app.token, body: by(SECRET) });
    const recover = (recoveryCode: string, given: Given) =>
      app.call('POST /v1/recovery', { body: { email: EMAIL, recoveryCode, ...given } });
    const first = await recover(asked.text('recoveryCode'), { newPassword: NEXT, ...STRETCHED });
    expect([verdict(first), verdict(await signIn(app, by(NEXT)))]).toEqual(['201', '201']);
    expect(verdict(await signIn(app, { password: NEXT }))).toBe('401 invalid_credentials');
    const second = await recover(first.text('recoveryCode'), { newPassword: OTHER });
    expect([verdict(second), verdict(await signIn(app, { password: OTHER }))]).toEqual(['201', '201']);
  });

  it('moves between the kinds by a change of the password, and back', async () => {
    const app = createCheckedApp({ hasher: createMemoryHasher() });
    const { token } = await app.register();
    const change = async (body: Given) => verdict(await app.call('PUT /v1/account/password', { token, body }));
    expect(await change({ currentPassword: PASSWORD, newPassword: SECRET, ...STRETCHED })).toBe('204');
    expect(verdict(await signIn(app, { password: PASSWORD }))).toBe('401 invalid_credentials');
    expect(verdict(await signIn(app, by(SECRET)))).toBe('201');
    const was = { currentPassword: SECRET, currentPasswordKind: 'stretched-v1' };
    expect(await change({ ...was, newPassword: NEXT, ...STRETCHED })).toBe('204');
    expect(await change({ ...was, currentPassword: NEXT, newPassword: PASSWORD })).toBe('204');
    expect(verdict(await signIn(app, by(NEXT)))).toBe('401 invalid_credentials');
    expect(verdict(await signIn(app, { password: PASSWORD }))).toBe('201');
  });

  it('keeps its kind when a sign-in renews a weaker wrap, and when the keys are rotated', async () => {
    const before = await counted();
    const app = createAccountsApp({ sharing: before, settings: { bcryptCost: 12 } });
    expect(verdict(await signIn(app, by(SECRET)))).toBe('201');
    expect((await passwordHeader(app, before.accountId)).cost).toBe(12);
    const again = await signIn(app, by(SECRET));
    expect(verdict(again)).toBe('201');
    const token = again.text('session.token');
    expect(verdict(await app.call('POST /v1/account/key-rotation', { token, body: by(SECRET) }))).toBe('200');
    expect(verdict(await signIn(app, { password: SECRET }))).toBe('401 invalid_credentials');
    expect(verdict(await signIn(app, by(SECRET)))).toBe('201');
  });
});

describe('of which kind a password is', () => {
  /** Each row's attributes, with the lengths of what is sealed in place of the bytes. */
  const shapes = (app: AccountsApp) =>
    (['account', 'session', 'manifest', 'email', 'throttle', 'activity'] as const).flatMap((kind) =>
      rowsOf(app, kind).map((row: Row) =>
        Object.entries(row).map(([name, value]) => [name, value instanceof Uint8Array ? value.length : typeof value]),
      ),
    );
  const facts = ({ status, body, headers }: Answer) => ({
    status,
    body: { ...(body as object), requestId: '' },
    headers: [...headers].filter(([name]) => name !== 'x-request-id'),
  });
  const given = { plain: { password: SECRET }, stretched: by(SECRET) };

  it('no row tells, by an attribute or by a length', async () => {
    const seen = [];
    for (const password of Object.values(given)) {
      const app = createAccountsApp();
      await app.call('POST /v1/accounts', { body: { email: EMAIL, acceptDataLoss: true, ...password } });
      seen.push(shapes(app));
    }
    expect(seen[0]).toEqual(seen[1]);
    expect(seen[0]?.length).toBeGreaterThan(5);
  });

  it.each(Object.keys(given) as (keyof typeof given)[])(
    'no answer, call, count or metric tells where a %s one is tried as the other',
    async (kind) => {
      const seen = [];
      for (const tried of [{ password: NEXT }, by(NEXT), kind === 'plain' ? given.stretched : given.plain]) {
        const app = createAccountsApp();
        await app.call('POST /v1/accounts', { body: { email: EMAIL, acceptDataLoss: true, ...given[kind] } });
        for (const port of [app.store, app.keys, app.hasher]) port.calls.length = 0;
        const answer = await signIn(app, tried);
        expect(verdict(answer)).toBe('401 invalid_credentials');
        const calls = [app.store, app.keys, app.hasher].map(({ calls }) => calls.map(({ op }) => op));
        seen.push({ ...facts(answer), calls, counts: app.telemetry.counts, rows: shapes(app) });
      }
      expect(seen[1]).toEqual(seen[0]);
      expect(seen[2]).toEqual(seen[0]);
    },
  );

  it('unknown e-mails do not tell, and answer alike to both', async () => {
    const seen = [];
    for (const email of [EMAIL, 'other@example.com']) {
      for (const tried of [{ password: NEXT }, by(NEXT)]) {
        const app = await counted();
        await signIn(app, { email: 'first@example.com', ...tried });
        for (const port of [app.store, app.keys, app.hasher]) port.calls.length = 0;
        const answer = await signIn(app, { email, ...tried });
        const calls = [app.store, app.keys, app.hasher].map(({ calls }) => calls.map(({ op }) => op));
        seen.push({ ...facts(answer), calls });
      }
    }
    expect(seen[0]?.calls[2]).toEqual(['tail']);
    for (const one of seen) expect(one).toEqual(seen[0]);
  });
});

describe('a stretched password that is none', () => {
  const FORM = 'must be 32 derived bytes in base64url: 43 characters without padding';

  it.each([
    ['POST /v1/sessions', { email: EMAIL, ...by(PASSWORD) }, '/password'],
    ['POST /v1/sessions', { email: 'nobody@example.com', ...by(PASSWORD) }, '/password'],
    ['POST /v1/accounts', { email: MOVED, acceptDataLoss: true, ...by(PASSWORD) }, '/password'],
    ['POST /v1/recovery', { email: EMAIL, recoveryCode: '', newPassword: PASSWORD, ...STRETCHED }, '/newPassword'],
    ...INSIDE.map(
      ([call, , bodyOf]) =>
        [call, bodyOf(by(PASSWORD)), call.endsWith('account/password') ? '/currentPassword' : '/password'] as const,
    ),
    ['PUT /v1/account/password', { currentPassword: OTHER, newPassword: PASSWORD, ...STRETCHED }, '/newPassword'],
    ['PUT /v1/account/email', { email: MOVED, ...by(SECRET), newPassword: PASSWORD }, '/newPassword'],
  ] as const)('is refused by %s with %j at %s, and never tried', async (call, body, path) => {
    const app = await counted();
    for (const port of [app.keys, app.hasher]) port.calls.length = 0;
    const rows = new Map(app.store.rows);
    const session = call === 'POST /v1/sessions' || /accounts|recovery$/.test(call) ? {} : { token: app.token };
    const answer = await app.call(call, { ...session, body });
    expect(verdict(answer)).toBe('422 invalid_request');
    expect(answer.body).toMatchObject({ errors: [{ path, message: FORM }] });
    expect(answer.bytes.toString()).not.toContain(PASSWORD);
    expect([app.hasher.calls, app.keys.calls.filter(({ op }) => op !== 'unwrap')]).toEqual([[], []]);
    expect(new Map(app.store.rows)).toEqual(rows);
  });

  it.each([
    ['POST /v1/sessions', { email: EMAIL, password: SECRET, passwordKind: 'plain' }, ['/passwordKind']],
    ['POST /v1/sessions', { email: EMAIL, password: SECRET, passwordKind: null }, ['/passwordKind']],
    ['POST /v1/account/key-rotation', STRETCHED, ['/password']],
    ['PUT /v1/account/email', { email: MOVED, ...by(SECRET) }, ['/newPassword']],
    ['PUT /v1/account/email', { email: MOVED, password: SECRET, newPassword: THERE }, ['/passwordKind']],
    [
      'PUT /v1/account/password',
      { currentPassword: SECRET, currentPasswordKind: 'stretched-v2', newPassword: OTHER },
      ['/currentPasswordKind'],
    ],
  ])('has a kind that is known, and a password beside it: %s with %j', async (call, body, paths) => {
    const app = await checked();
    const answer = await app.call(call, { ...(call === 'POST /v1/sessions' ? {} : { token: app.token }), body });
    expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', paths]);
  });
});
