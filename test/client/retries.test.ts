import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TwinlockClient } from '../../client/src/main.ts';
import {
  answer,
  EMAIL,
  failureOf,
  LOST,
  passing,
  problem,
  type Step,
  signedIn,
  stopTime,
  vaultOf,
} from './scripted.ts';

const ID = '01JDQ00000000000000000000B';
const ITEM = {
  id: ID,
  type: 'note',
  label: 'a',
  data: { text: 'b' },
  version: 3,
  createdAt: 't',
  updatedAt: 't',
} as const;
const PASSWORD = 'three blue kettles sing';
const busy = (retryAfter = '1') => problem(503, 'temporarily_unavailable', { 'retry-after': retryAfter });

type Call = (vault: TwinlockClient) => Promise<unknown>;

/** Calls that may be sent again when nobody knows whether they took effect. */
const SAFE: Readonly<Record<string, Call>> = {
  'get the account': (vault) => vault.account.get(),
  'list sessions': (vault) => vault.sessions.list(),
  'end a session': (vault) => vault.sessions.end(ID),
  'end all sessions': (vault) => vault.sessions.endAll(),
  'sign out': (vault) => vault.signOut(),
  'list types': (vault) => vault.items.types(),
  'create an item': (vault) => vault.items.create({ type: 'note', data: { text: 'b' } }),
  'get an item': (vault) => vault.items.get(ID),
  'get a masked item': (vault) => vault.items.getMasked(ID),
  'replace an item': (vault) => vault.items.replace(ITEM, { data: { text: 'c' } }),
  'remove an item': (vault) => vault.items.remove(ID),
  'list items': (vault) => vault.items.list().page(),
  'search items': (vault) => vault.items.search({ label: 'a' }).page(),
  'list templates': (vault) => vault.documents.templates(),
  'generate a document': (vault) => vault.documents.generate({ template: 'letter', inputs: {} }),
  'list documents': (vault) => vault.documents.list().page(),
  'search documents': (vault) => vault.documents.search({ title: 'a' }).page(),
  'get a document': (vault) => vault.documents.get(ID),
  'shorten a document': (vault) => vault.documents.shorten(ID, new Date(0)),
  'remove a document': (vault) => vault.documents.remove(ID),
  'send a small PDF': (vault) => vault.documents.upload(Uint8Array.of(1), { title: 'a' }),
  'list the activity': (vault) => vault.account.activity().page(),
  'go on with a rotation': (vault) => vault.account.rotateKeys(null),
  export: (vault) => vault.account.export(),
};

/** Calls with a password, which are never sent again unasked. */
const ONCE: Readonly<Record<string, Call>> = {
  register: (vault) => vault.register({ email: EMAIL, password: PASSWORD, acceptDataLoss: true }),
  'sign in': (vault) => vault.signIn({ email: EMAIL, password: PASSWORD }),
  recover: (vault) => vault.recover({ email: EMAIL, recoveryCode: 'c', newPassword: PASSWORD }),
  'change the password': (vault) => vault.account.changePassword({ currentPassword: PASSWORD, newPassword: PASSWORD }),
  'change the e-mail': (vault) => vault.account.changeEmail({ password: PASSWORD, email: EMAIL }),
  'make a recovery code': (vault) => vault.account.createRecoveryCode(PASSWORD),
  'remove the recovery code': (vault) => vault.account.removeRecoveryCode(PASSWORD),
  'give the password anew': (vault) => vault.account.reauthenticate(PASSWORD),
  'start a rotation': (vault) => vault.account.rotateKeys(PASSWORD),
  'delete the account': (vault) => vault.account.delete(PASSWORD),
};

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
});

/** An answer that any call takes for a good one. */
const fine = () => answer({ items: [], documents: [], activity: [], remaining: 0, nextCursor: null });

describe('a request of which no answer came', () => {
  const failures: [string, () => Step][] = [
    ['a lost connection', () => LOST],
    ['502', () => problem(502, 'bad_gateway')],
    ['504', () => problem(504, 'gateway_timeout')],
    ['503 of somebody else', () => new Response('busy', { status: 503 })],
    ['an answer that broke off', () => new Response(broken(), { headers: { 'content-type': 'application/json' } })],
  ];

  it.each(Object.entries(SAFE))('is sent again as it was: %s', async (name, call) => {
    for (const [failure, step] of failures) {
      // An unread stream is no failure of its call.
      if (name === 'export' && failure === 'an answer that broke off') continue;
      const { vault, script } = await vaultOf({}, step(), fine());
      await passing(call(vault));
      const [first, second] = script.sent;
      expect(script.sent).toHaveLength(2);
      expect({ ...second, at: 0 }).toEqual({ ...first, at: 0 });
    }
  });

  it.each(Object.entries(ONCE))('is not sent again with a password: %s', async (_, call) => {
    for (const [failure, step] of failures) {
      const { vault, script } = await vaultOf({}, step());
      const error = await failureOf(passing(call(vault)));
      expect([failure, script.sent.length, error instanceof Error && error.name]).toEqual([
        failure,
        1,
        'TwinlockError',
      ]);
    }
  });

  it('is given up after four tries, each later than the one before, and says that there was no network', async () => {
    const { vault, script } = await vaultOf({}, LOST, LOST, LOST, LOST);
    const error = await failureOf(passing(vault.account.get()));
    expect(error).toMatchObject({ code: 'network', status: null, requestId: null, cause: LOST });
    const waits = script.sent.slice(1).map(({ at }, place) => at - (script.sent[place]?.at ?? 0));
    expect(waits).toHaveLength(3);
    for (const [place, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(250 * 2 ** place);
      expect(wait).toBeLessThanOrEqual(375 * 2 ** place + 50);
    }
  });

  it('names a new request anew, and takes a name of the caller’s', async () => {
    const { vault, script } = await vaultOf({}, fine(), fine(), fine());
    const note = { type: 'note', data: { text: 'b' } } as const;
    await vault.items.create(note);
    await vault.items.create(note);
    await vault.items.create(note, { idempotencyKey: 'mine' });
    const keys = script.sent.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).not.toBe(keys[0]);
    expect(keys[2]).toBe('mine');
  });
});

describe('a service that asks to come again', () => {
  it.each(Object.entries({ ...SAFE, ...ONCE }))('gets the call again, as late as it said: %s', async (name, call) => {
    const last = ['register', 'sign in', 'recover'].includes(name) ? signedIn() : fine();
    const { vault, script } = await vaultOf(
      {},
      busy('2'),
      problem(429, 'too_many_attempts', { 'retry-after': '1' }),
      last,
    );
    const begun = Date.now();
    await passing(call(vault));
    const [, second, third] = script.sent.map(({ at }) => at - begun);
    expect(second).toBeGreaterThanOrEqual(2000);
    expect(third).toBeGreaterThanOrEqual(3000);
    expect(third).toBeLessThan(4000);
  });

  it('is not waited for longer than ten seconds: the caller decides', async () => {
    const { vault, script } = await vaultOf({}, problem(429, 'too_many_attempts', { 'retry-after': '11' }));
    const error = await failureOf(vault.signIn({ email: EMAIL, password: PASSWORD }));
    expect(error).toMatchObject({ code: 'too_many_attempts', status: 429, retryAfter: 11, requestId: 'r-1' });
    expect(script.sent).toHaveLength(1);
  });

  it('is given up after four tries', async () => {
    const { vault, script } = await vaultOf({}, busy(), busy(), busy(), busy());
    const error = await failureOf(passing(vault.items.get(ID)));
    expect(error).toMatchObject({ code: 'temporarily_unavailable', retryAfter: 1 });
    expect(script.sent).toHaveLength(4);
  });

  it('is not asked again where it refused', async () => {
    const issues = [{ path: '/data/text', message: 'must be text' }];
    for (const step of [
      problem(422, 'invalid_request', {}, { errors: issues }),
      problem(500, 'internal_error'),
      problem(409, 'export_too_large', {}, { parts: 3 }),
    ]) {
      const { vault, script } = await vaultOf({}, step);
      await failureOf(vault.items.create({ type: 'note', data: { text: 'b' } }));
      expect(script.sent).toHaveLength(1);
    }
    const { vault } = await vaultOf(
      {},
      problem(422, 'invalid_request', {}, { errors: issues }),
      problem(409, 'export_too_large', {}, { parts: 3 }),
      new Response('<html>', { status: 418 }),
      new Response('<html>'),
    );
    const refusal = await failureOf(vault.items.get(ID));
    expect(refusal).toMatchObject({ code: 'invalid_request', issues });
    expect(String(refusal)).toBe('TwinlockError: invalid_request.');
    expect(refusal).not.toHaveProperty('parts');
    expect(await failureOf(vault.account.export())).toMatchObject({ code: 'export_too_large', parts: 3 });
    expect(await failureOf(vault.items.get(ID))).toMatchObject({ code: 'unexpected_answer', status: 418 });
    expect(await failureOf(vault.items.get(ID))).toMatchObject({ code: 'unexpected_answer', status: 200 });
  });
});

describe('what took effect before its answer was lost', () => {
  const refused = () => problem(412, 'precondition_failed');
  const replace = (vault: TwinlockClient) => vault.items.replace(ITEM, { label: 'new', data: { text: 'c' } });
  const changed = { ...ITEM, label: 'new', data: { text: 'c' }, version: 4 };

  it('is known by its version and content: a replaced item', async () => {
    const { vault, script } = await vaultOf({}, LOST, refused(), answer(changed));
    expect(await passing(replace(vault))).toEqual(changed);
    expect(script.sent.map(({ call }) => call)).toEqual([
      `PUT /v1/items/${ID}`,
      `PUT /v1/items/${ID}`,
      `GET /v1/items/${ID}`,
    ]);
  });

  it.each([
    ['another version', { ...changed, version: 5 }],
    ['another label', { ...changed, label: 'other' }],
    ['other data', { ...changed, data: { text: 'd' } }],
  ])('is told from another’s change: %s', async (_, now) => {
    const { vault } = await vaultOf({}, LOST, refused(), answer(now));
    expect(await failureOf(passing(replace(vault)))).toMatchObject({ code: 'precondition_failed' });
  });

  it('is not looked for where the first answer came', async () => {
    const { vault, script } = await vaultOf({}, refused());
    expect(await failureOf(replace(vault))).toMatchObject({ code: 'precondition_failed' });
    expect(script.sent).toHaveLength(1);
    expect(script.sent[0]?.headers.get('if-match')).toBe('"3"');
  });

  const removals: [string, Call][] = [
    ['an item', (vault) => vault.items.remove(ID, { version: 3 })],
    ['a document', (vault) => vault.documents.remove(ID)],
    ['a session', (vault) => vault.sessions.end(ID)],
  ];
  it.each(removals)('is known by its absence: %s', async (_, remove) => {
    const { vault } = await vaultOf({}, LOST, problem(404, 'not_found'));
    expect(await passing(remove(vault))).toBeUndefined();
    const { vault: other } = await vaultOf({}, problem(404, 'not_found'));
    expect(await failureOf(remove(other))).toMatchObject({ code: 'not_found' });
  });

  it('is known by its 401: the end of all sessions', async () => {
    const { vault } = await vaultOf({}, LOST, problem(401, 'unauthenticated'));
    await passing(vault.sessions.endAll());
    expect(vault.session).toBeNull();
  });
});

/** A body that breaks off. */
function broken(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => {
      controller.error(LOST);
    },
  });
}
