import { describe, expect, it } from '@jest/globals';
import type { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { ItemId } from '../../lambda/domain/ids.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { authenticate, type SignedIn } from '../../lambda/usecases/authenticate.ts';
import { startRotation } from '../../lambda/usecases/key-rotation.ts';
import { beginning } from '../../lambda/usecases/sessions.ts';
import type { Vault } from '../../lambda/usecases/vault.ts';
import { type Answer, PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { requireIntact } from './activity-support.ts';
import {
  type AccountsApp,
  accountRow,
  CALLER,
  createAccountsApp,
  HOUR,
  hookAll,
  MINUTE,
  manifestRow,
  only,
  plant,
  rowsOf,
  sessionRow,
  signIn,
  traced,
} from './support.ts';

const NOBODYS = '01ARZ3NDEKTSV4RRFFQ69G5FAV' as ItemId;

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

describe('rows that a vault is given', () => {
  /** An opened vault and items that were made after it, by another request. */
  async function behind(count: number) {
    const world = await opened();
    const { app, token, vault } = world;
    for (let n = 0; n < count; n++) await app.addItem(token, 'note', { text: `number ${n}` });
    const { accountId } = vault;
    const rows = rowsOf(app, 'item').sort((a, b) => (a.itemId < b.itemId ? -1 : 1));
    const keys = rows.map(({ itemId }) => ({ kind: 'item', accountId, itemId }) as const);
    app.store.calls.length = 0;
    return { ...world, rows, keys };
  }

  it('are taken as they are where the manifest knows them, without a call', async () => {
    const { app, vault, keys, rows } = await behind(1);
    expect(await vault.verified(keys, rows)).toEqual(rows);
    app.store.calls.length = 0;
    expect(await vault.verified(keys, rows)).toEqual(rows);
    expect(app.store.calls).toEqual([]);
    expect(await vault.read(only(keys))).toEqual(only(rows));
    expect(app.store.calls.map(({ op }) => op)).toEqual(['get']);
  });

  it('are read again with the manifest where they differ, 28 at a time, and keep their places', async () => {
    const { app, vault, keys, rows } = await behind(30);
    const none = { kind: 'item', accountId: vault.accountId, itemId: NOBODYS } as const;
    const [changed] = rows.slice(20, 21).map((row) => ({ ...row, version: row.version - 1 }));
    const found = rows.map((row, at) => (at === 20 && changed !== undefined ? changed : row));
    expect(await vault.verified([none, ...keys], [null, ...found])).toEqual([null, ...rows]);
    const read = app.store.calls.map(({ op, args }) => [op, (args[0] as unknown[]).length]);
    expect(read).toEqual([
      ['snapshot', 3 + 28],
      ['snapshot', 3 + 2],
    ]);
  });

  it.each([0, 29])(
    'are tampered with where the manifest knows another still, be it the first or the last: %i',
    async (at) => {
      const { app, vault, keys, rows } = await behind(30);
      plant(app, { ...only(rows.slice(at, at + 1)), version: 2 });
      await expect(vault.verified(keys, rows)).rejects.toThrow('integrity failure: item');
    },
  );

  it.each([
    ['the account', 'account', 'unauthenticated'],
    ['the session', 'session', 'unauthenticated'],
    ['the manifest', 'manifest', 'integrity failure: manifest'],
  ] as const)('are judged by nothing once %s is gone', async (_, kind, message) => {
    const { app, vault, keys, rows } = await behind(1);
    for (const [name, row] of app.store.rows) if (row.kind === kind) app.store.rows.delete(name);
    await expect(vault.verified(keys, rows)).rejects.toThrow(message);
  });

  it('open under no other DEK than the account’s', async () => {
    const { vault } = await opened();
    expect(vault.keysOf({ dekVersion: 1 })).toBe(vault.keys);
    expect(() => vault.keysOf({ dekVersion: 2 })).toThrow('integrity failure: DEK version');
  });
});

describe('what sessions have seen of a vault', () => {
  it('is not before it, and is held against the manifest as it now stands', async () => {
    const { app, token, vault, sessionId } = await opened();
    const seen = (revision: number) => ({ ...sessionRow(app, sessionId), revision });
    app.store.calls.length = 0;
    await vault.requireSeen([]);
    await vault.requireSeen([seen(0), seen(1)]);
    expect(app.store.calls).toEqual([]);
    await app.addItem(token, 'note', { text: 'meanwhile' });
    await vault.requireSeen([seen(2), seen(1)]);
    expect(vault.revision).toBe(2);
    await expect(vault.requireSeen([seen(3)])).rejects.toThrow('integrity failure: manifest');
  });
});

describe('what a vault writes down', () => {
  const line = { action: 'items.revealed' } as const;

  it('goes on from what another request of the session wrote meanwhile', async () => {
    const { app, token, vault, sessionId } = await opened();
    await app.addItem(token, 'note', { text: 'meanwhile' });
    await vault.record(line);
    app.store.calls.length = 0;
    await vault.record(line);
    expect(app.store.calls.map(({ op }) => op)).toEqual(['commit']);
    expect(sessionRow(app, sessionId)).toMatchObject({ activityCount: 4, revision: 2 });
    expect((await requireIntact(app, token)).map(({ action }) => action)).toEqual([
      'items.revealed',
      'items.revealed',
      'item.created',
      'account.registered',
    ]);
  });

  it('goes with every write of one request, each after the one before', async () => {
    const { app, token, vault } = await opened();
    const write = () => vault.write(line, [], [], (_, manifest) => ({ changes: [], manifest, result: vault.revision }));
    expect([await write(), await write(), vault.revision]).toEqual([1, 2, 3]);
    app.store.calls.length = 0;
    await write();
    expect(app.store.calls.map(({ op }) => op)).toEqual(['commit']);
    expect(await requireIntact(app, token)).toHaveLength(4);
  });

  it('is nothing where an entry is under a DEK that is gone', async () => {
    const { app, token, vault } = await opened();
    await app.addItem(token, 'note', { text: 'meanwhile' });
    await vault.refresh();
    const older = vault.write(null, [], [], (_, manifest) => {
      const entries = [...manifest.entries].map(([key, entry]) => [key, { ...entry, dekVersion: 9 }] as const);
      return { changes: [], manifest: { ...manifest, entries: new Map(entries) }, result: null };
    });
    await expect(older).rejects.toThrow('vault:rotated is unavailable');
  });

  it('is removed with account and manifest in one write, where the account is there still', async () => {
    const { app, vault, accountId } = await opened();
    const remove = () => vault.remove(() => Promise.resolve({ changes: [], result: 'removed' }));
    const account = accountRow(app, accountId);
    app.store.rows.delete(rowName(account));
    await expect(remove()).rejects.toThrow('unauthenticated');
    plant(app, account);
    let removed = '';
    const calls = await traced(app, async () => {
      removed = await remove();
    });
    expect([removed, calls]).toEqual(['removed', ['store.commit remove account, remove manifest']]);
  });

  it('is given up when others come first too often, and says what', async () => {
    const { app, vault } = await opened();
    Object.assign(app.store, { commit: () => Promise.resolve({ ok: false, failed: [0] }) });
    await expect(vault.record(line)).rejects.toThrow('vault:record is unavailable');
    const written = vault.write(null, [], [], (_, manifest) => ({ changes: [], manifest, result: null }));
    await expect(written).rejects.toThrow('vault:write is unavailable');
    const removed = vault.remove(() => Promise.resolve({ changes: [], result: null }));
    await expect(removed).rejects.toThrow('vault:remove is unavailable');
  });
});

describe('a vault that moves to another DEK', () => {
  it('is wiped with all its keys, the old ones and the new', async () => {
    const { app, token, signedIn, vault } = await opened();
    await app.addItem(token, 'note', { text: 'not moved' });
    await startRotation(app.env, signedIn, { password: PASSWORD }, 1);
    const keys = vault.allKeys;
    expect(keys.map(({ dekVersion }) => dekVersion)).toEqual([2, 1]);
    const seal = (by: VaultKeys) => () => by.seal('profile', vault.accountId, 1, new Uint8Array(1));
    for (const one of keys) expect(seal(one)).not.toThrow();
    await signedIn.close();
    for (const one of keys) expect(seal(one)).toThrow();
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
    for (const row of [
      { ...manifest, dekVersion: 2 },
      { ...account, version: 2 },
    ]) {
      plant(app, row);
      const signedIn = await authenticate(app.env, token, null, CALLER);
      await expect(signedIn.vault()).rejects.toThrow('integrity failure: manifest');
      plant(app, manifest);
    }
    for (const [name, row] of app.store.rows) if (row.kind === 'manifest') app.store.rows.delete(name);
    await expect(authenticate(app.env, token, null, CALLER)).rejects.toThrow('integrity failure: manifest');
  });

  it('finds no vault whose manifest is from before what its session has seen, or from before its session', async () => {
    const { app, token, accountId } = await opened();
    const first = manifestRow(app, accountId);
    await app.addItem(token, 'note', { text: 'x' });
    const second = manifestRow(app, accountId);
    plant(app, first);
    const vaultOf = async (by: string) => (await authenticate(app.env, by, null, CALLER)).vault();
    await expect(vaultOf(token)).rejects.toThrow('integrity failure: manifest');
    plant(app, second);
    const later = await signIn(app);
    plant(app, second);
    plant(app, { ...sessionRow(app, later.text('session.id')), revision: 0 });
    await expect(vaultOf(later.text('session.token'))).rejects.toThrow('integrity failure: session');
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

describe('a row that a request names', () => {
  const nobodys = (token: string) => `${token.slice(0, -6)}AAAAAA`;

  /** An item, and what asks for it masked. */
  async function named() {
    const world = await opened();
    const { app, token } = world;
    const item = await app.addItem(token, 'note', { text: 'one' });
    const read = (by = token) => app.call(`GET /v1/items/${item}?mask=true`, { token: by });
    return { ...world, item, read };
  }

  it('costs who has no session one plain read beside, and tells them nothing: there, absent, or in a failing table', async () => {
    const { app, token, item, read } = await named();
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on('unhandledRejection', note);
    const bodies = new Set<string>();
    const ask = async (act: () => Promise<Answer>) => {
      const answers: Answer[] = [];
      const calls = await traced(app, async () => answers.push(await act()));
      const { body, status } = only(answers);
      bodies.add(JSON.stringify({ ...(body as object), requestId: '', status }));
      return calls;
    };
    const both = ['store.get item', 'store.snapshot session account manifest'];
    expect(await ask(() => read(nobodys(token)))).toEqual(both);
    expect(await ask(() => app.call(`GET /v1/items/${NOBODYS}`, { token: nobodys(token) }))).toEqual(both);
    expect(await ask(() => app.call('GET /v1/items/none', { token: nobodys(token) }))).toEqual(both.slice(1));
    expect(await ask(() => read('none'))).toEqual([]);
    hookAll(app, {
      before: (name) => {
        if (name === 'store.get item') throw new Error('the connection broke');
      },
    });
    const { body, status } = await read(nobodys(token));
    bodies.add(JSON.stringify({ ...(body as object), requestId: '', status }));
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect([[...bodies], unhandled]).toEqual([[expect.stringContaining('"unauthenticated"')], []]);
    expect([item.length, app.telemetry.counts.get('CloudFailure')]).toEqual([26, undefined]);
  });

  it('is not waited for where there is no session', async () => {
    const { app, token, read } = await named();
    hookAll(app, { before: (name) => (name === 'store.get item' ? new Promise(() => undefined) : undefined) });
    expect(verdict(await read(nobodys(token)))).toBe('401 unauthenticated');
  });

  it('fails the request of a session that needs it', async () => {
    const { app, read } = await named();
    hookAll(app, {
      before: (name) => {
        if (name === 'store.get item') throw new UnavailableError('dynamodb:GetItem');
      },
    });
    expect(verdict(await read())).toBe('503 temporarily_unavailable');
  });

  it.each([
    ['replaced', '200'],
    ['deleted', '404 not_found'],
  ])('is judged with the manifest where it was %s between the two reads', async (how, due) => {
    const { app, token, item, read } = await named();
    let done = false;
    const headers = { 'if-match': '"1"' };
    hookAll(app, {
      before: async (name) => {
        if (done || name !== 'store.snapshot session account manifest') return;
        done = true;
        const send = how === 'replaced' ? { body: { data: { text: 'two' } } } : {};
        await app.call(`${how === 'replaced' ? 'PUT' : 'DELETE'} /v1/items/${item}`, { token, headers, ...send });
      },
    });
    const answer = await read();
    expect(verdict(answer)).toBe(due);
    if (how === 'replaced') expect(answer.body).toMatchObject({ version: 2 });
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it('is tampering where it is not the manifest’s', async () => {
    const { app, read } = await named();
    const row = only(rowsOf(app, 'item'));
    plant(app, { ...row, version: 2 });
    expect(verdict(await read())).toBe('500 integrity_failure');
  });

  it('is read once by this, and as it stands then by whoever asks again, or for another', async () => {
    const { app, token, item } = await named();
    const itemId = item as ItemId;
    const signedIn = await authenticate(app.env, token, null, CALLER, { kind: 'item', itemId });
    const { accountId } = signedIn;
    const key = { kind: 'item', accountId, itemId } as const;
    for (const [name, row] of app.store.rows) if (row.kind === 'item') app.store.rows.delete(name);
    await expect(signedIn.row({ ...key, itemId: NOBODYS })).resolves.toBeNull();
    await expect(signedIn.row(key)).resolves.toMatchObject({ itemId });
    await expect(signedIn.row(key)).resolves.toBeNull();
    await signedIn.close();
  });

  it('has come, or failed, before its request ends', async () => {
    const { app, token, item } = await named();
    let over = false;
    hookAll(app, {
      before: async (name) => {
        if (name !== 'store.get item') return;
        for (let i = 0; i < 20; i++) await new Promise(setImmediate);
        over = true;
        throw new Error('the connection broke');
      },
    });
    const answer = await app.call(`PUT /v1/items/${item}`, { token, headers: { 'if-match': '"1"' }, body: [] });
    expect([verdict(answer), over]).toEqual(['422 invalid_request', true]);
  });
});
