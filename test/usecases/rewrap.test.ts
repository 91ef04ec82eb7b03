import { describe, expect, it } from '@jest/globals';
import { rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import type { AccountId, SessionId } from '../../lambda/domain/ids.ts';
import type { AccountRow, Rewrap } from '../../lambda/domain/records.ts';
import { PASSWORD, type Send, verdict } from '../fixtures/app.ts';
import { type AccountsApp, accountRow, hookAll, plant, prepared, rowsOf, sessionRow, signIn } from './support.ts';

const NEW = 'nine paper boats drift';

/** Moves an account's wrap as the operator does: the same inner wrap, and the same row but for the record. */
async function moveAccount(app: AccountsApp, id: string): Promise<void> {
  const row = accountRow(app, id);
  const { accountId, dekVersion, passwordWrap } = row;
  const context = { purpose: 'password', accountId, dekVersion } as const;
  const moved = await app.keys.wrap(await app.keys.unwrap(passwordWrap, context), context);
  const before = wrapHash(passwordWrap);
  const mac = await app.keys.mac(1, rewrapMessage('password', row, before, wrapHash(moved)));
  plant(app, { ...row, passwordWrap: moved, rewraps: [{ part: 'password', before, mac }] });
}

async function moveSession(app: AccountsApp, id: string): Promise<void> {
  const row = sessionRow(app, id);
  const { accountId, dekVersion, wrap } = row;
  const context = { purpose: 'session', accountId, dekVersion } as const;
  plant(app, { ...row, wrap: await app.keys.wrap(await app.keys.unwrap(wrap, context), context) });
}

/** Does it once, just before the next commit of a transaction of several rows. */
function beforeNextWrite(app: AccountsApp, act: () => Promise<void>): void {
  let done = false;
  hookAll(app, {
    before: async (_, { op, args }) => {
      const [changes] = args as [readonly unknown[]];
      if (done || op !== 'commit' || changes.length < 2) return;
      done = true;
      await act();
    },
  });
}

const note = { type: 'note', data: { text: 'kept' } } as const;

describe('a call on an account whose wrap was moved to another KMS key', () => {
  const confirmed = (app: AccountsApp) => app.keys.calls.filter(({ op }) => op === 'confirms').length;

  it('asks KMS to confirm it, until the vault is written', async () => {
    const app = await prepared();
    await moveAccount(app, app.accountId);
    const read = () => app.call('GET /v1/items', { token: app.token });
    expect([verdict(await read()), verdict(await read())]).toEqual(['200', '200']);
    expect(confirmed(app)).toBe(2);
    expect(verdict(await app.call('POST /v1/items', { token: app.token, body: note }))).toBe('201');
    expect(confirmed(app)).toBe(3);
    expect(verdict(await read())).toBe('200');
    expect(confirmed(app)).toBe(3);
  });

  it('is refused where KMS does not confirm it, and counted', async () => {
    const app = await prepared();
    await moveAccount(app, app.accountId);
    const row = accountRow(app, app.accountId);
    const [record] = row.rewraps as readonly [Rewrap];
    plant(app, { ...row, rewraps: [{ ...record, mac: new Uint8Array(32) }] });
    expect(verdict(await app.call('GET /v1/items', { token: app.token }))).toBe('500 integrity_failure');
    expect(verdict(await signIn(app))).toBe('500 integrity_failure');
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(2);
  });

  it('waits for nobody where KMS fails: it can be sent again', async () => {
    const app = await prepared();
    await moveAccount(app, app.accountId);
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('keys.confirms')) throw new Error('no answer');
      },
    });
    expect((await app.call('GET /v1/items', { token: app.token })).status).toBe(500);
    hookAll(app, {});
    expect(verdict(await app.call('GET /v1/items', { token: app.token }))).toBe('200');
  });
});

describe('a write that comes at the same moment as a move', () => {
  const calls: readonly (readonly [string, Send, string])[] = [
    ['POST /v1/items', { body: note }, '201'],
    ['DELETE /v1/sessions', {}, '204'],
    ['PUT /v1/account/password', { body: { currentPassword: PASSWORD, newPassword: NEW } }, '409 version_conflict'],
    ['POST /v1/account/recovery-code', { body: { password: PASSWORD } }, '409 version_conflict'],
    ['POST /v1/account/deletion', { body: { password: PASSWORD } }, '409 version_conflict'],
  ];

  it.each(calls)('leaves the moved wrap of the account: %s', async (call, send, expected) => {
    const app = await prepared();
    let moved: AccountRow | undefined;
    beforeNextWrite(app, async () => {
      await moveAccount(app, app.accountId);
      moved = accountRow(app, app.accountId);
    });
    expect(verdict(await app.call(call, { ...send, token: app.token }))).toBe(expected);
    expect(accountRow(app, app.accountId).passwordWrap).toEqual(moved?.passwordWrap);
    expect(verdict(await signIn(app))).toBe('201');
  });

  it('leaves the moved wrap of the session', async () => {
    const app = await prepared();
    const { sessionId } = rowsOf(app, 'session')[0] as { sessionId: SessionId; accountId: AccountId };
    let moved: Uint8Array | undefined;
    beforeNextWrite(app, async () => {
      await moveSession(app, sessionId);
      moved = sessionRow(app, sessionId).wrap;
    });
    expect(verdict(await app.call('POST /v1/items', { token: app.token, body: note }))).toBe('201');
    expect(sessionRow(app, sessionId).wrap).toEqual(moved);
    expect(verdict(await app.call('GET /v1/items', { token: app.token }))).toBe('200');
  });

  it('may change the password when it is sent again', async () => {
    const app = await prepared();
    beforeNextWrite(app, () => moveAccount(app, app.accountId));
    const change = () =>
      app.call('PUT /v1/account/password', {
        token: app.token,
        body: { currentPassword: PASSWORD, newPassword: NEW },
      });
    expect([verdict(await change()), verdict(await change())]).toEqual(['409 version_conflict', '204']);
    expect(verdict(await signIn(app, NEW))).toBe('201');
  });
});
