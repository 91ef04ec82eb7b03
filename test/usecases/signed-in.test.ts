import { describe, expect, it } from '@jest/globals';
import { authenticate, type SignedIn } from '../../lambda/usecases/authenticate.ts';
import { beginning } from '../../lambda/usecases/sessions.ts';
import type { Vault } from '../../lambda/usecases/vault.ts';
import {
  type AccountsApp,
  accountRow,
  CALLER,
  createAccountsApp,
  HOUR,
  hookAll,
  MINUTE,
  manifestRow,
  plant,
  sessionRow,
} from './support.ts';

interface Opened {
  readonly app: AccountsApp;
  readonly token: string;
  readonly signedIn: SignedIn;
  readonly vault: Vault;
  readonly accountId: string;
  readonly sessionId: string;
}

async function opened(): Promise<Opened> {
  const app = createAccountsApp();
  const registered = await app.register();
  const signedIn = await authenticate(app.env, registered.token, null, CALLER);
  return { app, ...registered, signedIn, vault: await signedIn.vault() };
}

/** A body in two pieces, and whether it was let go of. */
function body({ failing = false } = {}) {
  const state = { left: false };
  async function* pieces(): AsyncGenerator<number> {
    try {
      yield 1;
      await Promise.resolve();
      if (failing) throw new Error('the bucket broke');
      yield 2;
    } finally {
      state.left = true;
    }
  }
  return { state, pieces: pieces() };
}

async function readAll(held: AsyncIterable<number>): Promise<number[]> {
  const all: number[] = [];
  for await (const piece of held) all.push(piece);
  return all;
}

const isOpen = (vault: Vault): boolean => {
  try {
    vault.profile();
    return true;
  } catch {
    return false;
  }
};

describe('a vault that a request opened', () => {
  it('is wiped with the request', async () => {
    const { signedIn, vault } = await opened();
    expect(isOpen(vault)).toBe(true);
    await signedIn.close();
    expect(isOpen(vault)).toBe(false);
    expect(vault.activityKey.every((byte) => byte === 0)).toBe(true);
  });

  it('stays open for a body until that was read to its end', async () => {
    const { signedIn, vault } = await opened();
    const held = signedIn.hold(body().pieces);
    await signedIn.close();
    expect((await held.next()).value).toBe(1);
    expect(isOpen(vault)).toBe(true);
    expect((await held.next()).value).toBe(2);
    expect(isOpen(vault)).toBe(true);
    expect((await held.next()).done).toBe(true);
    expect(isOpen(vault)).toBe(false);
  });

  it('is not wiped by the end of a body while the request goes on', async () => {
    const { signedIn, vault } = await opened();
    expect(await readAll(signedIn.hold(body().pieces))).toEqual([1, 2]);
    expect(isOpen(vault)).toBe(true);
    await signedIn.close();
    expect(isOpen(vault)).toBe(false);
  });

  it('is wiped when a body fails, whose error comes out', async () => {
    const { signedIn, vault } = await opened();
    const held = signedIn.hold(body({ failing: true }).pieces);
    await signedIn.close();
    await expect(readAll(held)).rejects.toThrow('the bucket broke');
    expect(isOpen(vault)).toBe(false);
  });

  it('is wiped when a body is left, which is let go of', async () => {
    const { signedIn, vault } = await opened();
    const { pieces, state } = body();
    const held = signedIn.hold(pieces);
    await signedIn.close();
    await held.next();
    expect(await held.return?.()).toEqual({ done: true, value: undefined });
    expect(state.left).toBe(true);
    expect(isOpen(vault)).toBe(false);
  });

  it('is wiped when a body that has nothing to let go of is left', async () => {
    const { signedIn, vault } = await opened();
    const endless: AsyncIterableIterator<number> = {
      next: () => Promise.resolve({ done: false, value: 1 }),
      [Symbol.asyncIterator]: () => endless,
    };
    const held = signedIn.hold(endless);
    await signedIn.close();
    await held.return?.();
    expect(isOpen(vault)).toBe(false);
  });

  it('is wiped when letting go of a body fails', async () => {
    const { signedIn, vault } = await opened();
    const pieces = body().pieces;
    pieces.return = () => Promise.reject(new Error('the connection broke'));
    const held = signedIn.hold(pieces);
    await signedIn.close();
    await expect(held.return?.()).rejects.toThrow('the connection broke');
    expect(isOpen(vault)).toBe(false);
  });

  it('stays open for the other of two bodies, however often the one ends', async () => {
    const { signedIn, vault } = await opened();
    const [one, other] = [signedIn.hold(body().pieces), signedIn.hold(body().pieces)];
    await signedIn.close();
    await readAll(one);
    await one.next();
    await one.return?.();
    expect(isOpen(vault)).toBe(true);
    await readAll(other);
    expect(isOpen(vault)).toBe(false);
  });
});

describe('a request that goes on with rows as they now stand', () => {
  it('has no other key to open where the account has the same DEK', async () => {
    const { app, signedIn, sessionId, accountId } = await opened();
    const before = app.keys.calls.length;
    expect(await signedIn.resume(sessionRow(app, sessionId), accountRow(app, accountId), 1)).toBeNull();
    expect(app.keys.calls).toHaveLength(before);
  });

  it('gets the DEK of the session where it had another', async () => {
    const { app, signedIn, sessionId, accountId } = await opened();
    const dek = await signedIn.resume(sessionRow(app, sessionId), accountRow(app, accountId), 2);
    expect(dek?.bytes).toHaveLength(32);
  });

  it('ends when its session is gone, is over, or is of another epoch', async () => {
    const { app, signedIn, sessionId, accountId } = await opened();
    const [session, account] = [sessionRow(app, sessionId), accountRow(app, accountId)];
    const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });
    await expect(signedIn.resume(null, account, 1)).rejects.toEqual(unauthenticated);
    await expect(signedIn.resume(session, { ...account, epoch: 2 }, 1)).rejects.toEqual(unauthenticated);
    app.pass(HOUR);
    await expect(signedIn.resume(session, account, 1)).rejects.toEqual(unauthenticated);
  });

  it('refuses a session under another DEK than the account’s, and goes on with the row that it was given', async () => {
    const { app, signedIn, sessionId, accountId } = await opened();
    const [session, account] = [sessionRow(app, sessionId), accountRow(app, accountId)];
    const mixed = signedIn.resume(session, { ...account, dekVersion: 2 }, 1);
    await expect(mixed).rejects.toThrow('integrity failure: session');
    const later = { ...session, activityCount: 9 };
    await signedIn.resume(later, account, 1);
    expect(signedIn.journal.row).toBe(later);
  });
});

describe('a session that begins', () => {
  it('goes on while its account has the epoch that it was read with, and ends with that', async () => {
    const { app, signedIn, accountId } = await opened();
    const account = accountRow(app, accountId);
    const author = beginning(signedIn.journal, account.epoch);
    await expect(author.resume(null, { ...account, version: 2 }, 1)).resolves.toBeNull();
    expect(() => author.resume(null, { ...account, epoch: 2 }, 1)).toThrow('unauthenticated');
  });
});

describe('a token', () => {
  it('finds no vault without its manifest, and none under another DEK: that is tampering', async () => {
    const { app, token, accountId } = await opened();
    const [account, manifest] = [accountRow(app, accountId), manifestRow(app, accountId)];
    plant(app, { ...account, dekVersion: 2 });
    await expect(authenticate(app.env, token, null, CALLER)).rejects.toThrow('integrity failure: session');
    plant(app, account);
    for (const [name, row] of app.store.rows) if (row === manifest) app.store.rows.delete(name);
    await expect(authenticate(app.env, token, null, CALLER)).rejects.toThrow('integrity failure: manifest');
  });

  it('is worth nothing once its account is gone, though its session’s row stands', async () => {
    const { app, token, accountId } = await opened();
    const account = accountRow(app, accountId);
    for (const [name, row] of app.store.rows) if (row === account) app.store.rows.delete(name);
    const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });
    await expect(authenticate(app.env, token, null, CALLER)).rejects.toEqual(unauthenticated);
  });

  it('tells no revision of a vault that does not open', async () => {
    const { app, token, sessionId } = await opened();
    const row = sessionRow(app, sessionId);
    plant(app, { ...row, expiresAt: row.expiresAt + 1 });
    const signedIn = await authenticate(app.env, token, null, CALLER);
    expect(signedIn.revision).toBe(1);
    await expect(signedIn.vault()).rejects.toThrow('integrity failure: session');
    expect(signedIn.revision).toBeNull();
  });

  it('is in use although that cannot be written down, which is counted', async () => {
    const { app, token } = await opened();
    app.pass(MINUTE);
    hookAll(app, {
      before: (name) => {
        if (name === 'store.commit put session') throw new Error('the connection broke');
      },
    });
    const signedIn = await authenticate(app.env, token, null, CALLER);
    await signedIn.close();
    hookAll(app, {});
    expect(app.telemetry.counts.get('CloudFailure')).toBe(1);
  });

  it('goes on with the row in which its use was written down', async () => {
    const { app, token, sessionId } = await opened();
    app.pass(MINUTE);
    const signedIn = await authenticate(app.env, token, null, CALLER);
    await signedIn.vault();
    expect(signedIn.journal.row).toEqual(sessionRow(app, sessionId));
    expect(signedIn.journal.row.lastSeenAt).toBe(app.time.now);
  });
});
