import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { TwinlockClient, VaultRolledBackError } from '../../client/src/main.ts';
import type { RevisionMemory } from '../../client/src/types.ts';
import {
  ACCOUNT,
  answer,
  EMAIL,
  failureOf,
  LOST,
  passing,
  problem,
  scripted,
  signedIn,
  stopTime,
  tokenOf,
  vaultOf,
} from './scripted.ts';

const PASSWORD = 'three blue kettles sing';
const ID = '01JDQ00000000000000000000B';
const at = (revision: number) => answer({ sessions: [] }, { 'x-vault-revision': String(revision) });

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
});

describe('the token', () => {
  it('stands in the authorization header, and nowhere that is shown', async () => {
    const { vault, script } = await vaultOf({}, at(7), problem(404, 'not_found'), LOST);
    await vault.sessions.list();
    expect(script.sent[0]?.headers.get('authorization')).toBe(`Bearer ${tokenOf('first')}`);
    const errors = [await failureOf(vault.items.get(ID)), await failureOf(vault.account.reauthenticate(PASSWORD))];
    const shown = [vault, vault.account, vault.session, vault.items.list(), ...errors].map(
      (one) => inspect(one, { depth: 9, showHidden: true }) + JSON.stringify(one),
    );
    expect(shown.join('')).not.toMatch(/tw1|secret-token|three blue/);
    expect(vault.session).toEqual({
      accountId: ACCOUNT,
      id: 'session-first',
      expiresAt: 'later',
      idleExpiresAt: 'soon',
    });
  });

  it('goes with no call that is open to all', async () => {
    const { vault, script } = await vaultOf({}, answer({ types: [] }), answer({ templates: [] }));
    await vault.items.types();
    await vault.documents.templates();
    expect(script.sent.map(({ headers }) => headers.get('authorization'))).toEqual([null, null]);
  });

  it('follows no redirection, and leaves nothing in a cache', async () => {
    let init: RequestInit = {};
    const { vault } = await vaultOf({}, (_, given) => {
      init = given;
      return at(1);
    });
    await vault.sessions.list();
    expect(init).toMatchObject({
      redirect: 'error',
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  });
});

describe('where the service is', () => {
  it.each([
    ['https://vault.example', '/v1/item-types'],
    ['https://vault.example/v1/', '/v1/item-types'],
    ['https://vault.example/stage', '/stage/v1/item-types'],
    ['https://vault.example/stage/v1', '/stage/v1/item-types'],
  ])('%s', async (baseUrl, path) => {
    const script = scripted(answer({ types: [] }));
    await new TwinlockClient({ baseUrl, fetch: script.fetch }).items.types();
    expect(script.sent[0]?.call).toBe(`GET ${path}`);
  });

  it('must be said where there is no page', () => {
    expect(() => new TwinlockClient()).toThrow('Invalid URL');
  });

  it.each(['..', '.', '', 'a/b', 'a?b', '%2e%2e'])('never takes %j for an id', async (id) => {
    const { vault, script } = await vaultOf();
    expect(await failureOf(vault.items.remove(id))).toMatchObject({ code: 'not_found' });
    expect(script.sent).toEqual([]);
  });
});

describe('a session', () => {
  const reasonsOf = (vault: TwinlockClient) => {
    const reasons: string[] = [];
    const off = vault.onSignedOut((reason) => reasons.push(reason));
    return { reasons, off };
  };

  it('is over for all listeners when the service knows it no more', async () => {
    const { vault, script } = await vaultOf({}, problem(401, 'unauthenticated'));
    const [one, two] = [reasonsOf(vault), reasonsOf(vault)];
    two.off();
    expect(await failureOf(vault.account.get())).toMatchObject({ code: 'unauthenticated', status: 401 });
    expect([vault.session, one.reasons, two.reasons]).toEqual([null, ['ended'], []]);
    expect(await failureOf(vault.account.get())).toMatchObject({ code: 'unauthenticated', status: null });
    expect(script.sent).toHaveLength(1);
  });

  it('stays when a password is wrong', async () => {
    const { vault } = await vaultOf({}, problem(403, 'wrong_password'), problem(401, 'invalid_credentials'));
    const { reasons } = reasonsOf(vault);
    await failureOf(vault.account.reauthenticate(PASSWORD));
    await failureOf(vault.signIn({ email: EMAIL, password: PASSWORD }));
    expect([vault.session?.id, reasons]).toEqual(['session-first', []]);
  });

  it('gives way to a new one, and is ended', async () => {
    const { vault, script } = await vaultOf({}, signedIn('second'), LOST);
    const { reasons } = reasonsOf(vault);
    await vault.signIn({ email: EMAIL, password: PASSWORD });
    await passing(Promise.resolve());
    expect(script.sent.map(({ call, headers }) => [call, headers.get('authorization')])).toEqual([
      ['POST /v1/sessions', null],
      ['DELETE /v1/sessions/current', `Bearer ${tokenOf('first')}`],
    ]);
    expect([vault.session?.id, reasons]).toEqual(['session-second', []]);
  });

  it('does not end by the late refusal of one before', async () => {
    let refuse: (response: Response) => void = () => undefined;
    const late = () => new Promise<Response>((resolve) => (refuse = resolve));
    const { vault } = await vaultOf({}, late, signedIn('second'), answer(null));
    const { reasons } = reasonsOf(vault);
    const call = failureOf(vault.account.get());
    await vault.signIn({ email: EMAIL, password: PASSWORD });
    refuse(problem(401, 'unauthenticated'));
    expect(await call).toMatchObject({ code: 'unauthenticated' });
    expect([vault.session?.id, reasons]).toEqual(['session-second', []]);
  });

  it('never lends its calls to the next: what waits to be sent again is not sent in another account', async () => {
    const { vault, script } = await vaultOf({}, LOST, signedIn('second', '01JDQ0000000000000000000ZZ'), answer(null));
    const call = failureOf(vault.items.create({ type: 'note', data: { text: 'mine' } }));
    await vault.signIn({ email: 'other@example.com', password: PASSWORD });
    expect(await passing(call)).toMatchObject({ code: 'unauthenticated', status: null });
    expect(script.sent.filter(({ call: name }) => name === 'POST /v1/items')).toHaveLength(1);
  });

  it('is forgotten by signing out even where that fails', async () => {
    const { vault } = await vaultOf({}, problem(500, 'internal_error'));
    const { reasons } = reasonsOf(vault);
    expect(await failureOf(vault.signOut())).toMatchObject({ code: 'internal_error' });
    expect([vault.session, reasons]).toEqual([null, ['signed-out']]);
    await vault.signOut();
  });

  it('is signed out of where it has ended already', async () => {
    const { vault } = await vaultOf({}, problem(401, 'unauthenticated'));
    const { reasons } = reasonsOf(vault);
    await vault.signOut();
    expect(reasons).toEqual(['signed-out']);
  });

  it('is over with all the others, with itself by its id, and with its account', async () => {
    const ends: [string, (vault: TwinlockClient) => Promise<unknown>][] = [
      ['signed-out', (vault) => vault.sessions.endAll()],
      ['signed-out', (vault) => vault.sessions.end('session-first')],
      ['deleted', (vault) => vault.account.delete(PASSWORD)],
    ];
    for (const [reason, end] of ends) {
      const { vault } = await vaultOf({}, answer(null));
      const { reasons } = reasonsOf(vault);
      await end(vault);
      expect([vault.session, reasons]).toEqual([null, [reason]]);
    }
  });
});

describe('the revision', () => {
  const seenIn = (script: { sent: { headers: Headers }[] }) =>
    script.sent.map(({ headers }) => headers.get('x-vault-revision-seen'));

  it('is the highest that was seen, and sent from then on', async () => {
    const { vault, script } = await vaultOf({}, at(5), at(9), at(9), answer({ types: [] }));
    for (let n = 0; n < 3; n++) await vault.sessions.list();
    await vault.items.types();
    expect(seenIn(script)).toEqual([null, '5', '9', null]);
  });

  it('that went back is told, whoever notices', async () => {
    const { vault } = await vaultOf(
      {},
      at(9),
      at(8),
      problem(409, 'vault_rolled_back', { 'x-vault-revision': '3' }),
      problem(404, 'not_found', { 'x-vault-revision': '8' }),
    );
    await vault.sessions.list();
    for (const revision of [8, 3, 8]) {
      const error = await failureOf(vault.sessions.list());
      expect(error).toBeInstanceOf(VaultRolledBackError);
      expect(error).toMatchObject({ code: 'vault_rolled_back', revision, seen: 9 });
    }
    expect(vault.session).not.toBeNull();
  });

  it('may be behind in an answer that was overtaken', async () => {
    let slow: (response: Response) => void = () => undefined;
    const late = () => new Promise<Response>((resolve) => (slow = resolve));
    const { vault } = await vaultOf({}, at(5), late, at(6), at(4));
    await vault.sessions.list();
    const first = vault.sessions.list();
    await vault.sessions.list();
    slow(at(5));
    expect(await first).toEqual([]);
    expect(await failureOf(vault.sessions.list())).toMatchObject({ revision: 4, seen: 6 });
  });

  it('outlives the object where somebody remembers it, each account’s by itself', async () => {
    const kept = new Map([[ACCOUNT, 20]]);
    const remember: RevisionMemory = {
      load: (id) => kept.get(id) ?? null,
      save: (id, revision) => kept.set(id, revision),
    };
    const other = '01JDQ0000000000000000000ZZ';
    const { vault, script } = await vaultOf(
      { remember },
      at(21),
      signedIn('second', other),
      answer(null),
      at(2),
      at(3),
    );
    await vault.sessions.list();
    expect(kept.get(ACCOUNT)).toBe(21);
    await vault.signIn({ email: EMAIL, password: PASSWORD });
    await vault.sessions.list();
    // Another tab saw more of it meanwhile.
    kept.set(other, 30);
    await vault.sessions.list();
    expect(seenIn(script)).toEqual(['20', null, null, null, '2']);
    expect(kept.get(other)).toBe(30);
  });
});
