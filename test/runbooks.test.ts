import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../lambda/errors.ts';
import { createCheapApp } from './attacks/world.ts';
import { type MemoryApp, PASSWORD, verdict } from './fixtures/app.ts';

const MINUTE_MS = 60_000;
const LATER = 'nine blue kettles drift';

const signIn = (app: MemoryApp, password = PASSWORD) =>
  app.call('POST /v1/sessions', { body: { email: 'owner@example.com', password } });

const reads = async (app: MemoryApp, token: string) => verdict(await app.call('GET /v1/items?reveal=true', { token }));

/** An account with an item. */
async function world(app = createCheapApp()) {
  const { token } = await app.register();
  await app.addItem(token, 'note', { text: 'kept' });
  return { app, token };
}

/** Makes KMS fail for the calls that a key answered. */
function lose(app: MemoryApp, operation: string, number?: number): () => void {
  app.keys.hooks.before = ({ op, args }) => {
    if (op === operation && (number === undefined || args[0] === number)) throw new UnavailableError(`kms:${op}`);
  };
  return () => {
    delete app.keys.hooks.before;
  };
}

describe('ending all sessions without any user’s key', () => {
  it('is done by a deployment that says since when sessions may have begun', async () => {
    const { app, token } = await world();
    app.pass(MINUTE_MS);
    const after = createCheapApp({ sharing: app, settings: { sessionsSince: app.env.clock() } });
    after.pass(2 * MINUTE_MS);
    expect(await reads(after, token)).toBe('401 unauthenticated');
    const fresh = (await signIn(after)).text('session.token');
    expect(await reads(after, fresh)).toBe('200');
    const answer = await after.call('GET /v1/account/activity', { token: fresh });
    expect(answer.body).toMatchObject({ chain: 'intact' });
    // Signing in has ended for good what was over for the deployment.
    expect(await reads(app, token)).toBe('401 unauthenticated');
  });

  it('is undone where a deployment says so no more, for those who have not signed in since', async () => {
    const { app, token } = await world();
    app.pass(MINUTE_MS);
    const after = createCheapApp({ sharing: app, settings: { sessionsSince: app.env.clock() } });
    expect([await reads(after, token), await reads(app, token)]).toEqual(['401 unauthenticated', '200']);
  });

  it('is done for good by standing still for longer than a session may be idle', async () => {
    const { app, token } = await world();
    const other = (await signIn(app)).text('session.token');
    app.pass(31 * MINUTE_MS);
    expect([await reads(app, token), await reads(app, other)]).toEqual(['401 unauthenticated', '401 unauthenticated']);
    const fresh = (await signIn(app)).text('session.token');
    expect(await reads(app, fresh)).toBe('200');
    const answer = await app.call('GET /v1/account/activity', { token: fresh });
    expect(answer.body).toMatchObject({ chain: 'intact' });
  });

  it('is undone where idleMinutes was lowered for less than its old length', async () => {
    const { app, token } = await world();
    const strict = createCheapApp({ sharing: app, settings: { idleMs: 5 * MINUTE_MS } });
    for (const one of [app, strict]) one.pass(6 * MINUTE_MS);
    expect(await reads(strict, token)).toBe('401 unauthenticated');
    expect(await reads(app, token)).toBe('200');
  });

  it('is done at once by removing the sessions’ rows, of which each user’s activity then tells', async () => {
    const { app, token } = await world();
    for (const [name, { kind }] of [...app.store.rows]) if (kind === 'session') app.store.rows.delete(name);
    expect(await reads(app, token)).toBe('401 unauthenticated');
    const fresh = (await signIn(app)).text('session.token');
    expect(await reads(app, fresh)).toBe('200');
    const answer = await app.call('GET /v1/account/activity', { token: fresh });
    expect(answer.body).toMatchObject({ chain: 'broken', breaks: [{ fault: 'session-missing' }] });
  });
});

describe('a key that is gone', () => {
  it('stops everything while the wrap key is disabled, and nothing is lost', async () => {
    const { app, token } = await world();
    const enable = lose(app, 'unwrap');
    expect([await reads(app, token), verdict(await signIn(app))]).toEqual([
      '503 temporarily_unavailable',
      '503 temporarily_unavailable',
    ]);
    enable();
    expect([await reads(app, token), verdict(await signIn(app))]).toEqual(['200', '201']);
  });

  it('leaves live sessions alone that can read without MAC key 1, and nobody can sign in or recover', async () => {
    const { app, token } = await world();
    lose(app, 'mac', 1);
    const recovery = { email: 'owner@example.com', recoveryCode: 'none', newPassword: LATER };
    expect([
      await reads(app, token),
      verdict(await signIn(app)),
      verdict(await app.call('POST /v1/recovery', { body: recovery })),
    ]).toEqual(['200', '503 temporarily_unavailable', expect.not.stringMatching(/^2/)]);
  });

  it('leaves recovery codes to those whose password hangs on a later MAC key, once new wraps use another', async () => {
    const { app, token } = await world(createCheapApp({ settings: { pepper: 2 } }));
    const code = (await app.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } })).text(
      'recoveryCode',
    );
    lose(app, 'mac', 2);
    const next = createCheapApp({ sharing: app, settings: { pepper: 1 } });
    expect([await reads(next, token), verdict(await signIn(next))]).toEqual(['200', '503 temporarily_unavailable']);
    const body = { email: 'owner@example.com', recoveryCode: code, newPassword: LATER };
    const recovered = await next.call('POST /v1/recovery', { body });
    expect(verdict(recovered)).toBe('201');
    expect(await reads(next, recovered.text('session.token'))).toBe('200');
    expect(verdict(await signIn(next, LATER))).toBe('201');
  });
});
