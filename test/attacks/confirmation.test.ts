import { describe, expect, it } from '@jest/globals';
import type { AccountRow, SessionRow } from '../../lambda/domain/records.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import {
  accountRow,
  createAccountsApp,
  HOUR,
  plant,
  register,
  rowsOf,
  sessionRow,
  signIn,
  throttles,
  WRONG,
} from '../usecases/support.ts';
import { NOT_NOTICED, requireTold } from './threats.ts';

const INTEGRITY = '500 integrity_failure';
const NEW_PASSWORD = 'nine blue kettles drift';
const flipped = (bytes: Uint8Array) => Uint8Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));

/** An account, and the calls of its session that ask for a password. */
async function stage() {
  const app = createAccountsApp();
  const { token, accountId, sessionId } = await app.register();
  return {
    app,
    accountId,
    account: () => accountRow(app, accountId),
    session: () => sessionRow(app, sessionId),
    read: async () => verdict(await app.call('GET /v1/account', { token })),
    confirm: async (password: string) =>
      verdict(await app.call('POST /v1/sessions/current/reauthentication', { token, body: { password } })),
    change: async (currentPassword: string) =>
      verdict(
        await app.call('PUT /v1/account/password', { token, body: { currentPassword, newPassword: NEW_PASSWORD } }),
      ),
  };
}

describe('a password that is given in a session whose wrap was tampered with', () => {
  const spoil = (row: SessionRow): SessionRow => ({ ...row, wrap: flipped(row.wrap) as SessionRow['wrap'] });

  it('opens the vault by itself: the next call that needs the wrap notices', async () => {
    const { app, session, confirm, read } = await stage();
    plant(app, spoil(session()));
    expect([await confirm(PASSWORD), await read()]).toEqual(['204', INTEGRITY]);
    requireTold(NOT_NOTICED, "a session's wrap that was changed, by a call that the password opens the vault for");
  });

  it('gives the session a sound wrap when it is changed', async () => {
    const { app, session, change, read } = await stage();
    plant(app, spoil(session()));
    expect([await change(PASSWORD), await read()]).toEqual(['204', '200']);
  });

  it('is never called wrong, nor counted', async () => {
    const { app, session, confirm, change } = await stage();
    plant(app, spoil(session()));
    for (let i = 0; i < 6; i++) expect([await confirm(WRONG), await change(WRONG)]).toEqual([INTEGRITY, INTEGRITY]);
    expect(throttles(app)).toEqual([]);
  });
});

describe('a password that is given in a session whose rows were tampered with', () => {
  it.each<readonly [string, (row: AccountRow, other: AccountRow) => Partial<AccountRow>]>([
    ['another e-mail', ({ emailMac }) => ({ emailMac: flipped(emailMac) })],
    ['another account’s e-mail', (_, { emailMac }) => ({ emailMac })],
    ['another account’s wrap', (_, { passwordWrap }) => ({ passwordWrap })],
    ['a flipped wrap', ({ passwordWrap }) => ({ passwordWrap: flipped(passwordWrap) as AccountRow['passwordWrap'] })],
    ['another version', ({ version }) => ({ version: version + 1 })],
  ])('is tampering for the right password and a wrong one, and is counted for nobody: %s', async (_, change) => {
    const { app, account, confirm } = await stage();
    const other = accountRow(app, (await register(app, 'other@example.com')).text('accountId'));
    plant(app, { ...account(), ...change(account(), other) });
    expect([await confirm(PASSWORD), await confirm(WRONG)]).toEqual([INTEGRITY, INTEGRITY]);
    expect(throttles(app)).toEqual([]);
  });

  it('is tampering where the wrap is of before a change of the password, for the former password and for that of now', async () => {
    const { app, account, change, confirm } = await stage();
    const { passwordWrap } = account();
    expect(await change(PASSWORD)).toBe('204');
    plant(app, { ...account(), passwordWrap });
    expect([await confirm(PASSWORD), await confirm(NEW_PASSWORD)]).toEqual([INTEGRITY, INTEGRITY]);
    expect(throttles(app)).toEqual([]);
    expect(verdict(await signIn(app, PASSWORD))).toBe(INTEGRITY);
  });

  it('is tampering where its session’s end was moved', async () => {
    const { app, session, confirm } = await stage();
    plant(app, { ...session(), expiresAt: session().expiresAt + HOUR });
    expect(await confirm(PASSWORD)).toBe(INTEGRITY);
    expect([throttles(app), rowsOf(app, 'session')[0]?.activityCount]).toEqual([[], 1]);
  });
});
