import { describe, expect, it } from '@jest/globals';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { formatToken, parseToken, sessionSecretHash } from '../../lambda/crypto/session-token.ts';
import type { SessionRow } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import {
  type AccountsApp,
  createAccountsApp,
  HOUR,
  MINUTE,
  manifestRow,
  plant,
  rowsOf,
  sessionRow,
  signIn,
} from '../usecases/support.ts';

const INTEGRITY = '500 integrity_failure';
const NO_SESSION = '401 unauthenticated';
const NEW_PASSWORD = 'nine blue kettles drift';
const flipped = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

/** An account that was just read from: its session's DEK is kept, where any is. */
async function warm(sessionCacheMs = MINUTE) {
  const app = createAccountsApp({ settings: { sessionCacheMs } });
  const { token, accountId, sessionId } = await app.register();
  const item = await app.addItem(token, 'note', { text: 'a note of the owner' });
  const read = (by = token) => app.call(`GET /v1/items/${item}`, { token: by });
  expect((await read()).status).toBe(200);
  const row = () => sessionRow(app, sessionId);
  return { app, token, accountId, sessionId, read, row };
}

/** How often an act has KMS open a session's wrap. */
async function opened(app: AccountsApp, act: () => Promise<unknown>): Promise<number> {
  const isOpening = () => app.keys.calls.filter(({ op }) => op === 'unwrap').length;
  const before = isOpening();
  await act();
  return isOpening() - before;
}

describe('a session whose DEK is kept', () => {
  it('is opened by KMS once in its time', async () => {
    const { app, read } = await warm();
    expect(await opened(app, () => Promise.all([read(), read(), read()]))).toBe(0);
    app.pass(MINUTE);
    expect(await opened(app, read)).toBe(1);
    expect(await opened(app, read)).toBe(0);
  });

  it('is opened by KMS at every call where the deployment does not ask for it: nothing is kept', async () => {
    const { app, read } = await warm(0);
    expect(app.env.sessionKeys).toBeUndefined();
    expect(await opened(app, read)).toBe(1);
    expect(await opened(app, read)).toBe(1);
  });

  it('goes on so long, and no longer, where KMS is disabled', async () => {
    const { app, read } = await warm();
    app.keys.hooks.before = () => {
      throw new UnavailableError('kms:Decrypt');
    };
    app.pass(MINUTE - 1);
    expect(verdict(await read())).toBe('200');
    app.pass(1);
    expect(verdict(await read())).toBe('503 temporarily_unavailable');
  });

  it.each([
    ['its owner ends it', 204, 'DELETE /v1/sessions/current', {}],
    ['its owner ends all', 204, 'DELETE /v1/sessions', {}],
    ['its account is deleted', 200, 'POST /v1/account/deletion', { body: { password: PASSWORD } }],
  ])('is refused at once when %s', async (_, status, call, send) => {
    const { app, token, read } = await warm();
    expect((await app.call(call, { token, ...send })).status).toBe(status);
    expect(verdict(await read())).toBe(NO_SESSION);
  });

  it('is refused at once when another session changes the password, and goes on when it does so itself', async () => {
    const { app, token, read } = await warm();
    const other = (await signIn(app)).text('session.token');
    expect(verdict(await read(other))).toBe('200');
    const change = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await app.call('PUT /v1/account/password', { token, body: change })).status).toBe(204);
    expect([verdict(await read(other)), verdict(await read())]).toEqual([NO_SESSION, '200']);
  });

  it('goes on under the next DEK when the keys are rotated, and not under the last', async () => {
    const { app, token, read } = await warm();
    const body = { password: PASSWORD };
    expect((await app.call('POST /v1/account/key-rotation', { token, body })).status).toBe(200);
    expect(await opened(app, read)).toBe(1);
    expect(await opened(app, read)).toBe(0);
  });

  it.each([
    ['unused for too long', 30 * MINUTE],
    ['over', 8 * HOUR],
  ])('is refused at once when it is %s', async (_, ms) => {
    const { app, read } = await warm(60 * 8 * HOUR);
    app.pass(ms);
    expect(verdict(await read())).toBe(NO_SESSION);
  });

  it('opens nothing for who puts another secret’s hash into its row', async () => {
    const { app, token, row, read } = await warm();
    const parsed = parseToken(token);
    if (parsed === null) throw new Error('no token');
    const secret = new SecretBytes(app.env.random(32));
    const forged = formatToken({ ...parsed, secret });
    expect(verdict(await read(forged))).toBe(NO_SESSION);
    plant(app, { ...row(), secretHash: sessionSecretHash(secret) });
    expect([verdict(await read(forged)), verdict(await read())]).toEqual([INTEGRITY, NO_SESSION]);
    expect((await read(forged)).bytes.toString()).not.toContain('a note');
  });

  it('opens nothing of another account for who puts its row there', async () => {
    const { app, row, read } = await warm();
    const other = await app.register('other@example.com');
    expect((await app.call('GET /v1/items', { token: other.token })).status).toBe(200);
    const theirs = sessionRow(app, other.sessionId);
    const { accountId, sessionId, secretHash } = row();
    plant(app, { ...theirs, accountId, sessionId, secretHash });
    expect(verdict(await read())).toBe(INTEGRITY);
  });

  it.each<readonly [string, (row: SessionRow) => Partial<SessionRow>]>([
    ['wrap', ({ wrap }) => ({ wrap: flipped(wrap) as SessionRow['wrap'] })],
    ['sealed part', ({ sealed }) => ({ sealed: flipped(sealed) as SessionRow['sealed'] })],
    ['end', ({ expiresAt }) => ({ expiresAt: expiresAt + HOUR })],
    ['count of activity', ({ activityCount }) => ({ activityCount: activityCount - 1 })],
    ['revision', ({ revision }) => ({ revision: revision + 9 })],
    ['DEK version', ({ dekVersion }) => ({ dekVersion: dekVersion + 1 })],
  ])('is noticed when its row’s %s was changed', async (_, change) => {
    const { app, row, read } = await warm();
    plant(app, { ...row(), ...change(row()) });
    expect(verdict(await read())).toBe(INTEGRITY);
  });

  it('is noticed when the manifest was put back', async () => {
    const { app, accountId, token, read } = await warm();
    const before = manifestRow(app, accountId);
    await app.addItem(token, 'note', { text: 'another' });
    plant(app, before);
    expect(verdict(await read())).toBe(INTEGRITY);
  });

  it('leaves nothing of its DEK in the table', async () => {
    const { app, read } = await warm();
    const rows = app.store.rows.size;
    await read();
    expect(app.store.rows.size).toBe(rows + 1);
    expect(rowsOf(app, 'session')).toHaveLength(1);
  });
});
