import { describe, expect, it } from '@jest/globals';
import { idTime, newId, parseId, type SessionId } from '../../lambda/domain/ids.ts';
import type { AccountRow, SessionRow } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  type AccountsApp,
  accountRow,
  atOnce,
  createAccountsApp,
  EMAIL,
  HOUR,
  hookAll,
  MINUTE,
  plant,
  rowsOf,
  sessionRow,
  signIn,
  traced,
} from './support.ts';

const ALIVE = '200';
const DEAD = '401 unauthenticated';
const TAMPERED = '500 integrity_failure';

interface Opened {
  readonly token: string;
  readonly sessionId: string;
}

interface Prepared extends AccountsApp, Opened {
  readonly accountId: string;
}

async function prepared(): Promise<Prepared> {
  const app = createAccountsApp();
  return { ...app, ...(await app.register()) };
}

/** Opens one more session, a millisecond after what was before. */
async function another(app: AccountsApp, email = EMAIL): Promise<Opened> {
  app.pass(1);
  const answer = await signIn(app, PASSWORD, email);
  return { token: answer.text('session.token'), sessionId: answer.text('session.id') };
}

/** What a call that opens the vault answers to a token. */
async function use(app: MemoryApp, token: string): Promise<string> {
  return verdict(await app.call('GET /v1/account', { token }));
}

interface ListedSession {
  readonly id: string;
  readonly createdAt: string;
  readonly lastSeenAt: string;
  readonly expiresAt: string;
  readonly userAgent: string;
  readonly sourceIp: string;
  readonly current: boolean;
}

async function list(app: MemoryApp, token: string): Promise<ListedSession[]> {
  const answer = await app.call('GET /v1/sessions', { token });
  expect(verdict(answer)).toBe('200');
  return (answer.body as { sessions: ListedSession[] }).sessions;
}

describe('a session', () => {
  it('ends 8 hours after its begin however much it is used, by the clock while its row stands', async () => {
    const app = await prepared();
    for (let minutes = 0; minutes < 8 * 60 - 20; minutes += 20) {
      app.pass(20 * MINUTE);
      expect(await use(app, app.token)).toBe(ALIVE);
    }
    app.pass(20 * MINUTE - 1);
    expect(await use(app, app.token)).toBe(ALIVE);
    app.pass(1);
    expect(await use(app, app.token)).toBe(DEAD);
    expect(sessionRow(app, app.sessionId).expiresAt).toBe(app.time.now);
  });

  it('ends when it is idle for 30 minutes, by the clock while its row stands', async () => {
    const app = await prepared();
    app.pass(30 * MINUTE - 1);
    expect(await use(app, app.token)).toBe(ALIVE);
    app.pass(30 * MINUTE);
    expect(await use(app, app.token)).toBe(DEAD);
    expect(rowsOf(app, 'session')).toHaveLength(1);
  });

  it('lives while it is used, also where it may be idle for a minute alone', async () => {
    const app = createAccountsApp({ settings: { idleMs: MINUTE } });
    const { token } = await app.register();
    for (let times = 0; times < 10; times++) {
      app.pass(MINUTE / 3);
      expect(await use(app, token)).toBe(ALIVE);
    }
    app.pass(MINUTE);
    expect(await use(app, token)).toBe(DEAD);
  });

  it('lives as long as the deployment says', async () => {
    const app = createAccountsApp({ settings: { sessionMs: HOUR, idleMs: 2 * HOUR } });
    const answer = await app.call('POST /v1/accounts', {
      body: { email: EMAIL, password: PASSWORD, acceptDataLoss: true },
    });
    const end = new Date(app.time.now + HOUR).toISOString();
    expect([answer.text('session.expiresAt'), answer.text('session.idleExpiresAt')]).toEqual([end, end]);
    app.pass(HOUR - 1);
    expect(await use(app, answer.text('session.token'))).toBe(ALIVE);
    app.pass(1);
    expect(await use(app, answer.text('session.token'))).toBe(DEAD);
  });

  it('has its use written down at most once a minute', async () => {
    const app = await prepared();
    const writes = async () => {
      const calls = await traced(app, () => use(app, app.token));
      return calls.filter((call) => call === 'store.commit put session').length;
    };
    const counts: number[] = [];
    for (const pause of [0, MINUTE - 1, 1, 0, MINUTE - 1, 1]) {
      app.pass(pause);
      counts.push(await writes());
    }
    expect(counts).toEqual([0, 0, 1, 0, 0, 1]);
    expect(sessionRow(app, app.sessionId).lastSeenAt).toBe(app.time.now);
  });

  it('has its use written down with what it does, where that alone failed', async () => {
    const app = await prepared();
    const begun = app.time.now;
    const add = () => app.addItem(app.token, 'note', { text: 'x' });
    hookAll(app, {
      before: (name) => {
        if (name === 'store.commit put session') throw new Error('the connection broke');
      },
    });
    app.pass(MINUTE - 1);
    await add();
    expect(sessionRow(app, app.sessionId).lastSeenAt).toBe(begun);
    app.pass(1);
    await add();
    expect(sessionRow(app, app.sessionId).lastSeenAt).toBe(begun + MINUTE);
  });

  it('answers although its use cannot be written down', async () => {
    const app = await prepared();
    app.pass(MINUTE);
    hookAll(app, {
      before: (name) => {
        if (name === 'store.commit put session') throw new Error('the connection broke');
      },
    });
    expect(await use(app, app.token)).toBe(ALIVE);
    hookAll(app, {});
    expect(sessionRow(app, app.sessionId).lastSeenAt).toBe(app.time.now - MINUTE);
  });

  it('is not brought back by its use being written down while it is ended', async () => {
    const app = await prepared();
    app.pass(MINUTE);
    const row = sessionRow(app, app.sessionId);
    hookAll(app, {
      before: (name) => {
        if (name === 'store.commit put session') app.store.rows.delete(`A#${row.accountId} S#${row.sessionId}`);
      },
    });
    await use(app, app.token);
    hookAll(app, {});
    expect(rowsOf(app, 'session')).toEqual([]);
    expect(await use(app, app.token)).toBe(DEAD);
  });

  it('makes the oldest end when it is the 41st', async () => {
    const app = await prepared();
    const opened: Opened[] = [app];
    while (opened.length < 40) opened.push(await another(app));
    expect(await use(app, app.token)).toBe(ALIVE);
    expect(rowsOf(app, 'session')).toHaveLength(40);
    opened.push(await another(app));
    expect(rowsOf(app, 'session')).toHaveLength(40);
    const alive = await Promise.all(opened.map(({ token }) => use(app, token)));
    expect(alive).toEqual([DEAD, ...Array<string>(40).fill(ALIVE)]);
    expect(await list(app, opened[40]?.token ?? '')).toHaveLength(40);
  });
});

describe('the list of sessions', () => {
  it('holds each live one, newest first, with where and when it was opened, and marks the caller’s', async () => {
    const app = createAccountsApp();
    const begun = app.time.now;
    const open = async (call: string, body: object, agent: string, sourceIp: string) => {
      const answer = await app.call(call, { body, headers: { 'user-agent': agent }, sourceIp });
      return { token: answer.text('session.token'), sessionId: answer.text('session.id') };
    };
    const credentials = { email: EMAIL, password: PASSWORD };
    const first = await open('POST /v1/accounts', { ...credentials, acceptDataLoss: true }, 'First/1.0', '192.0.2.7');
    app.pass(HOUR / 2 - 1);
    const second = await open('POST /v1/sessions', credentials, 'x'.repeat(1000), '2001:db8::7');
    await use(app, first.token);
    app.pass(1000);

    const at = (ms: number) => new Date(begun + ms).toISOString();
    expect(await list(app, first.token)).toEqual([
      {
        id: second.sessionId,
        createdAt: at(HOUR / 2 - 1),
        lastSeenAt: at(HOUR / 2 - 1),
        expiresAt: at(HOUR / 2 - 1 + 8 * HOUR),
        userAgent: 'x'.repeat(256),
        sourceIp: '2001:db8::7',
        current: false,
      },
      {
        id: first.sessionId,
        createdAt: at(0),
        lastSeenAt: at(HOUR / 2 - 1),
        expiresAt: at(8 * HOUR),
        userAgent: 'First/1.0',
        sourceIp: '192.0.2.7',
        current: true,
      },
    ]);
    expect((await list(app, second.token)).map(({ current }) => current)).toEqual([true, false]);
    expect(idTime(parseId<SessionId>(first.sessionId) ?? ('' as SessionId))).toBe(begun);
  });

  it('leaves out one that was signed out and whose row was put back', async () => {
    const app = await prepared();
    const ended = await another(app);
    const row = sessionRow(app, ended.sessionId);
    const stays = await another(app);
    const before = (await list(app, stays.token)).length;
    expect((await app.call('DELETE /v1/sessions/current', { token: ended.token })).status).toBe(204);
    plant(app, row);
    expect(await list(app, stays.token)).toHaveLength(before - 1);
    expect(verdict(await app.call('GET /v1/items', { token: ended.token }))).toBe('500 integrity_failure');
  });

  it('leaves out one that the manifest knows nothing of', async () => {
    const app = await prepared();
    const sessionId = newId<SessionId>(app.time.now, new Uint8Array(10));
    plant(app, { ...sessionRow(app, app.sessionId), sessionId });
    expect((await list(app, app.token)).map(({ id }) => id)).toEqual([app.sessionId]);
  });

  it('leaves out what has expired, and what belongs to others', async () => {
    const app = await prepared();
    await app.register('second@example.com');
    app.pass(HOUR / 2);
    const fresh = await another(app);
    expect((await list(app, fresh.token)).map(({ id }) => id)).toEqual([fresh.sessionId]);
    // Signing in has ended what was over.
    expect(rowsOf(app, 'session')).toHaveLength(2);
  });
});

describe('ending sessions', () => {
  it.each([
    ['store.get session', 'before'],
    ['store.get session', 'after'],
    ['store.commit', 'before'],
  ] as const)('is not said to be missing where it changes the password and lives on: %s, %s', async (at, when) => {
    const app = await prepared();
    const other = await another(app);
    const changes: Promise<Answer>[] = [];
    hookAll(app, {
      [when]: async (name: string) => {
        if (changes.length > 0 || !name.startsWith(at)) return;
        const body = { currentPassword: PASSWORD, newPassword: 'nine copper kettles sing' };
        changes.push(app.call('PUT /v1/account/password', { token: other.token, body }));
        await Promise.all(changes);
      },
    });
    const ended = verdict(await app.call(`DELETE /v1/sessions/${other.sessionId}`, { token: app.token }));
    hookAll(app, {});
    expect([ended, ...(await Promise.all(changes)).map(verdict)]).toEqual([DEAD, '204']);
    expect([await use(app, app.token), await use(app, other.token)]).toEqual([DEAD, ALIVE]);
  });

  it('costs one read beside the opening of the vault, and one write', async () => {
    const app = await prepared();
    const other = await another(app);
    const end = () => app.call(`DELETE /v1/sessions/${other.sessionId}`, { token: app.token });
    expect(await traced(app, end)).toEqual([
      'store.snapshot session account manifest',
      expect.stringMatching('^keys.unwrap session'),
      'store.get session',
      'store.commit remove session, put activity anew, put session, put manifest',
    ]);
  });

  it('ends one that was used meanwhile, though it was idle for too long by what was read before', async () => {
    const app = await prepared();
    const other = await another(app);
    app.pass(29 * MINUTE);
    await use(app, app.token);
    app.pass(MINUTE - 1);
    const used: string[] = [];
    hookAll(app, {
      after: async (name) => {
        if (used.length > 0 || name !== 'store.get session') return;
        used.push(await use(app, other.token));
        app.pass(1);
      },
    });
    const ended = verdict(await app.call(`DELETE /v1/sessions/${other.sessionId}`, { token: app.token }));
    hookAll(app, {});
    expect([used, ended]).toEqual([[ALIVE], '204']);
    expect([await use(app, app.token), await use(app, other.token)]).toEqual([ALIVE, DEAD]);
  });

  it.each(['account', 'session'] as const)('finds nobody signed in where the %s goes meanwhile', async (kind) => {
    const app = await prepared();
    const other = await another(app);
    const end = () => app.call(`DELETE /v1/sessions/${other.sessionId}`, { token: app.token });
    await end();
    hookAll(app, {
      before: (name) => {
        if (name !== 'store.snapshot account session session') return;
        const gone = kind === 'account' ? accountRow(app, app.accountId) : sessionRow(app, app.sessionId);
        app.store.rows.delete(rowName(gone));
      },
    });
    expect(verdict(await end())).toBe(DEAD);
  });

  it('ends the one that is named, once', async () => {
    const app = await prepared();
    const [mine, theirs] = [await another(app), await another(app)];
    const end = (sessionId: string) => app.call(`DELETE /v1/sessions/${sessionId}`, { token: app.token });
    expect(verdict(await end(mine.sessionId))).toBe('204');
    expect([await use(app, mine.token), await use(app, theirs.token), await use(app, app.token)]).toEqual([
      DEAD,
      ALIVE,
      ALIVE,
    ]);
    expect(verdict(await end(mine.sessionId))).toBe('404 not_found');
    expect(verdict(await end(app.sessionId))).toBe('204');
    expect(await use(app, app.token)).toBe(DEAD);
  });

  it('answers for another account’s session as for one that never was, and ends it not', async () => {
    const app = await prepared();
    const other = await app.register('second@example.com');
    const never = other.sessionId.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
    const bodies: unknown[] = [];
    for (const id of [other.sessionId, never, 'current-not', other.sessionId.toLowerCase()]) {
      const answer = await app.call(`DELETE /v1/sessions/${id}`, { token: app.token });
      expect(verdict(answer)).toBe('404 not_found');
      bodies.push({ ...(answer.body as object), requestId: '' });
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(await use(app, other.token)).toBe(ALIVE);
    const calls = await traced(app, () => app.call('DELETE /v1/sessions/current-not', { token: app.token }));
    expect(calls).toEqual(['store.snapshot session account manifest']);
  });

  it('signs out of the current one alone', async () => {
    const app = await prepared();
    const other = await another(app);
    expect(verdict(await app.call('DELETE /v1/sessions/current', { token: other.token }))).toBe('204');
    expect([await use(app, other.token), await use(app, app.token)]).toEqual([DEAD, ALIVE]);
    expect(verdict(await app.call('DELETE /v1/sessions/current', { token: other.token }))).toBe(DEAD);
  });

  it('signs out of one whose vault does not open, but of none that the cloud keeps closed', async () => {
    const app = await prepared();
    const [other, row] = [await another(app), sessionRow(app, app.sessionId)];
    const signOut = async () => verdict(await app.call('DELETE /v1/sessions/current', { token: app.token }));
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('keys.')) throw new UnavailableError('kms:Decrypt');
      },
    });
    expect(await signOut()).toBe('503 temporarily_unavailable');
    hookAll(app, {});
    expect(await use(app, app.token)).toBe(ALIVE);
    plant(app, { ...row, expiresAt: row.expiresAt + 1 });
    expect([await signOut(), await use(app, app.token)]).toEqual([TAMPERED, DEAD]);
    expect(await use(app, other.token)).toBe(ALIVE);
  });

  it.each(['another', 'the calling one'])('ends %s though a write comes between', async (which) => {
    const app = await prepared();
    const [ending, writer] = [await another(app), await another(app)];
    const caller = which === 'another' ? app : ending;
    const written: string[] = [];
    hookAll(app, {
      before: async (name) => {
        if (written.length > 0 || !/^store.commit .*remove session/.test(name)) return;
        written.push('');
        written.push(await app.addItem(writer.token, 'note', { text: 'came between' }));
      },
    });
    const ended = await app.call(`DELETE /v1/sessions/${ending.sessionId}`, { token: caller.token });
    hookAll(app, {});
    expect([ended.status, written.length]).toEqual([204, 2]);
    expect([await use(app, ending.token), await use(app, app.token)]).toEqual([DEAD, ALIVE]);
  });

  it('ends the others where their list changes between two tries', async () => {
    const app = await prepared();
    const [writer, opened]: [Opened, string[]] = [await another(app), []];
    hookAll(app, {
      before: async (name) => {
        if (opened.length > 0 || !name.startsWith('store.commit put account')) return;
        opened.push('');
        opened.push((await another(app)).token);
        await app.addItem(writer.token, 'note', { text: 'came between' });
      },
    });
    expect(verdict(await app.call('DELETE /v1/sessions', { token: app.token }))).toBe('204');
    hookAll(app, {});
    expect(rowsOf(app, 'session')).toEqual([]);
    expect(await use(app, opened[1] ?? '')).toBe(DEAD);
  });

  it('ends all by the epoch, of this account alone, and rows that come back stay dead', async () => {
    const app = await prepared();
    const stranger = await app.register('second@example.com');
    const mine = [app, await another(app), await another(app)];
    const rows = mine.map(({ sessionId }) => sessionRow(app, sessionId));
    expect(verdict(await app.call('DELETE /v1/sessions', { token: app.token }))).toBe('204');
    expect(rowsOf(app, 'session').map(({ accountId }) => accountId)).toEqual([stranger.accountId]);
    expect(accountRow(app, app.accountId)).toMatchObject({ epoch: 2, version: 2 });
    for (const row of rows) plant(app, row);
    for (const { token } of mine) expect(await use(app, token)).toBe(DEAD);
    expect(await use(app, stranger.token)).toBe(ALIVE);
    const fresh = await another(app);
    expect((await list(app, fresh.token)).map(({ id }) => id)).toEqual([fresh.sessionId]);
    for (const row of rows) plant(app, { ...row, epoch: 2 });
    for (const { token } of mine) expect(await use(app, token)).toBe(TAMPERED);
  });

  it('ends all while one of them writes, and the vault stays whole', async () => {
    const app = await prepared();
    const writer = await another(app);
    const write = (i: number) => () =>
      app.call('POST /v1/items', { token: writer.token, body: { type: 'note', data: { text: `note ${i}` } } });
    const endAll = () => app.call('DELETE /v1/sessions', { token: app.token });
    const [before, ended, ...rest] = (await atOnce(app, [write(1), endAll, write(2), write(3)])).map(verdict);
    expect(ended).toBe('204');
    const stored = [before, ...rest];
    for (const one of stored) expect(['201', DEAD]).toContain(one);
    const fresh = await another(app);
    const items = await app.call('GET /v1/items', { token: fresh.token });
    expect((items.body as { items: unknown[] }).items).toHaveLength(stored.filter((one) => one === '201').length);
  });
});

describe('a session’s row that was tampered with', () => {
  type Tamper = (rows: { mine: SessionRow; twin: SessionRow; other: SessionRow; account: AccountRow }) => SessionRow;
  const tampers: [string, string, Tamper][] = [
    [DEAD, 'another secret’s hash', ({ mine, twin }) => ({ ...mine, secretHash: twin.secretHash })],
    [DEAD, 'a lower epoch', ({ mine }) => ({ ...mine, epoch: 0 })],
    [DEAD, 'a higher epoch', ({ mine }) => ({ ...mine, epoch: 2 })],
    [DEAD, 'an earlier end', ({ mine }) => ({ ...mine, expiresAt: mine.lastSeenAt })],
    [DEAD, 'a last use long ago', ({ mine }) => ({ ...mine, lastSeenAt: 0 })],
    [DEAD, 'a last use that is no number', ({ mine }) => ({ ...mine, lastSeenAt: Number.NaN })],
    [TAMPERED, 'a later end', ({ mine }) => ({ ...mine, expiresAt: mine.expiresAt + 1 })],
    [TAMPERED, 'another DEK version', ({ mine }) => ({ ...mine, dekVersion: 2 })],
    [TAMPERED, 'another session’s wrap', ({ mine, twin }) => ({ ...mine, wrap: twin.wrap })],
    [TAMPERED, 'another account’s wrap', ({ mine, other }) => ({ ...mine, wrap: other.wrap })],
    [TAMPERED, 'the password’s wrap', ({ mine, account }) => ({ ...mine, wrap: account.passwordWrap })],
    [TAMPERED, 'a cut wrap', ({ mine }) => ({ ...mine, wrap: mine.wrap.slice(1) as SessionRow['wrap'] })],
    [TAMPERED, 'another session’s details', ({ mine, twin }) => ({ ...mine, sealed: twin.sealed })],
    [TAMPERED, 'another account’s details', ({ mine, other }) => ({ ...mine, sealed: other.sealed })],
    [TAMPERED, 'the profile for details', ({ mine, account }) => ({ ...mine, sealed: account.profile })],
    [
      TAMPERED,
      'a changed byte of its details',
      ({ mine }) => ({
        ...mine,
        sealed: mine.sealed.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) as SessionRow['sealed'],
      }),
    ],
  ];

  it.each(tampers)('answers %s for %s', async (due, _, tamper) => {
    const app = await prepared();
    const other = await app.register('second@example.com');
    const twin = await another(app);
    const rows = {
      mine: sessionRow(app, app.sessionId),
      twin: sessionRow(app, twin.sessionId),
      other: sessionRow(app, other.sessionId),
      account: accountRow(app, app.accountId),
    };
    plant(app, tamper(rows));
    expect(await use(app, app.token)).toBe(due);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(due === TAMPERED ? 1 : undefined);
    expect([await use(app, twin.token), await use(app, other.token)]).toEqual([ALIVE, ALIVE]);
  });

  it('gains nobody more than its sealed end, by a last use in the future', async () => {
    const app = await prepared();
    const row = sessionRow(app, app.sessionId);
    plant(app, { ...row, lastSeenAt: app.time.now + 100 * HOUR });
    app.pass(8 * HOUR - 1);
    expect(await use(app, app.token)).toBe(ALIVE);
    app.pass(1);
    expect(await use(app, app.token)).toBe(DEAD);
  });

  it('does not open for whoever plants the hash of a secret of theirs', async () => {
    const app = await prepared();
    const thief = await app.register('second@example.com');
    const [mine, theirs] = [sessionRow(app, app.sessionId), sessionRow(app, thief.sessionId)];
    plant(app, { ...mine, secretHash: theirs.secretHash });
    const secret = thief.token.split('.')[3] ?? '';
    expect(await use(app, `tw1.${app.accountId}.${app.sessionId}.${secret}`)).toBe(TAMPERED);
    plant(app, { ...theirs, accountId: mine.accountId });
    expect(await use(app, `tw1.${app.accountId}.${thief.sessionId}.${secret}`)).toBe(TAMPERED);
  });

  it('shows in the list of the others', async () => {
    const app = await prepared();
    const twin = await another(app);
    const row = sessionRow(app, twin.sessionId);
    plant(app, { ...row, expiresAt: row.expiresAt + 1 });
    expect(verdict(await app.call('GET /v1/sessions', { token: app.token }))).toBe(TAMPERED);
  });
});

describe('a token', () => {
  interface Forged {
    readonly mine: string[];
    readonly theirs: string[];
  }
  const forged: [string, (tokens: Forged) => string][] = [
    ['of another secret', ({ mine, theirs }) => [...mine.slice(0, 3), theirs[3]].join('.')],
    ['of another account’s session', ({ mine, theirs }) => [mine[0], mine[1], theirs[2], theirs[3]].join('.')],
    ['of another account’s id', ({ mine, theirs }) => [mine[0], theirs[1], mine[2], mine[3]].join('.')],
    ['cut by one character', ({ mine }) => mine.join('.').slice(0, -1)],
    ['of one character more', ({ mine }) => `${mine.join('.')}A`],
    ['padded', ({ mine }) => `${mine.join('.')}=`],
    [
      'of one changed bit',
      ({ mine }) =>
        mine.join('.').replace(/\.(.)([^.]*)$/, (_, c: string, rest: string) => `.${c === 'A' ? 'B' : 'A'}${rest}`),
    ],
    ['doubled', ({ mine }) => `${mine.join('.')}.${mine.join('.')}`],
    ['sent twice in one header', ({ mine }) => `${mine.join('.')}, Bearer ${mine.join('.')}`],
    ['in lower case', ({ mine }) => mine.join('.').toLowerCase()],
    ['of another version', ({ mine }) => ['tw2', ...mine.slice(1)].join('.')],
    ['with its parts in another order', ({ mine }) => [mine[0], mine[2], mine[1], mine[3]].join('.')],
    ['without its secret', ({ mine }) => mine.slice(0, 3).join('.')],
    ['in percent escapes', ({ mine }) => mine.join('%2E')],
    ['that is the ids alone', ({ mine }) => `${mine[1] ?? ''}.${mine[2] ?? ''}`],
    ['that is none', () => 'null'],
  ];

  const look = ({ status, headers, body }: Answer) => ({
    status,
    challenge: headers.get('www-authenticate'),
    revision: headers.get('x-vault-revision'),
    body: { ...(body as object), requestId: '' },
  });

  it.each(forged)('%s answers as no token at all', async (_, forge) => {
    const app = await prepared();
    const { token } = await app.register('second@example.com');
    const bare = await app.call('GET /v1/account');
    expect(look(bare)).toMatchObject({ status: 401, challenge: 'Bearer', revision: null });
    const answer = await app.call('GET /v1/account', {
      token: forge({ mine: app.token.split('.'), theirs: token.split('.') }),
    });
    expect(look(answer)).toEqual(look(bare));
    expect(await use(app, app.token)).toBe(ALIVE);
  });

  it.each([
    ['no scheme', (token: string) => token],
    ['another scheme', (token: string) => `Basic ${token}`],
    ['a scheme run together with it', (token: string) => `Bearer${token}`],
    ['words behind it', (token: string) => `Bearer ${token} more`],
    ['quotes', (token: string) => `Bearer "${token}"`],
    ['the scheme alone', () => 'Bearer'],
  ])('is not found in a header with %s, which costs no call', async (_, header) => {
    const app = await prepared();
    const calls = await traced(app, async () => {
      const answer = await app.call('GET /v1/account', { headers: { authorization: header(app.token) } });
      expect(verdict(answer)).toBe(DEAD);
    });
    expect(calls).toEqual([]);
  });

  it('is found whatever the case of its scheme', async () => {
    const app = await prepared();
    const answer = await app.call('GET /v1/account', { headers: { authorization: `bEARER ${app.token}` } });
    expect(verdict(answer)).toBe(ALIVE);
  });
});
