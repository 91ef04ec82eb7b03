import { describe, expect, it } from '@jest/globals';
import { idTime } from '../../lambda/domain/ids.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  another,
  at,
  entryRows,
  list,
  type OwnerApp,
  plantEntries,
  replace,
  requireIntact,
  reveal,
  withNote,
} from './activity-support.ts';
import { createRotationApp, NOTE, rotate, step } from './rotation-support.ts';
import {
  atOnce,
  EMAIL,
  HOUR,
  hookAll,
  MINUTE,
  plant,
  rowsOf,
  sessionRow,
  signIn,
  throttles,
  WRONG,
} from './support.ts';

const DAY = 24 * HOUR;
const NEW_PASSWORD = 'nine blue kettles drift';

/** An account with two sessions that took turns, and tries that failed in between. */
async function mixed() {
  const app = await withNote();
  const other = await another(app);
  for (let i = 0; i < 4; i++) {
    app.pass(MINUTE);
    await reveal(app, app.token, app.itemId);
    await reveal(app, other.token, app.itemId);
    app.pass(1);
    if (i % 2 === 0) await signIn(app, WRONG, EMAIL, '203.0.113.9');
  }
  return { ...app, other };
}

describe('pages', () => {
  it.each([1, 2, 3, 5])('of %i give each entry once, newest first, failed tries in their places', async (limit) => {
    const app = await mixed();
    const all = await requireIntact(app, app.token);
    expect(all).toHaveLength(2 + 1 + 8 + 2);
    expect(all.map(({ at }) => at)).toEqual(
      all
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    expect(all.findIndex(({ outcome }) => outcome === 'failed')).toBe(2);
    expect(await requireIntact(app, app.token, limit)).toEqual(all);
  });

  it('go on behind the last entry to tries from before the account was', async () => {
    const app = createRotationApp();
    for (let i = 0; i < 2; i++) {
      await signIn(app, WRONG);
      app.pass(1);
    }
    const { token } = await app.register();
    for (const limit of [1, 100]) {
      const all = await requireIntact(app, token, limit);
      expect(all.map(({ action }) => action)).toEqual(['account.registered', 'attempt.failed', 'attempt.failed']);
    }
  });

  it('part sessions that began in one millisecond, and were ended by another', async () => {
    const app = await withNote();
    app.pass(1);
    for (let i = 0; i < 6; i++) await another(app);
    app.pass(1);
    const body = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD };
    expect((await app.call('PUT /v1/account/password', { token: app.token, body })).status).toBe(204);
    expect(await requireIntact(app, app.token, 1)).toHaveLength(2 + 6 + 1);
  });

  it('take no cursor but their own', async () => {
    const app = await mixed();
    const stranger = await app.register('other@example.com');
    await reveal(app, stranger.token, app.itemId);
    await app.addItem(app.token, 'note', { text: 'second' });
    await app.addItem(stranger.token, 'note', { text: 'third' });
    const cursorOf = async (call: string, token: string, name = 'nextCursor') =>
      (await app.call(call, { token })).text(name);
    const own = await cursorOf('GET /v1/account/activity?limit=1', app.token);
    const items = await cursorOf('GET /v1/items?limit=1', app.token);
    const flipped = Buffer.from(own, 'base64url');
    flipped[flipped.length - 1] = (flipped.at(-1) ?? 0) ^ 1;
    for (const cursor of [
      items,
      await cursorOf('GET /v1/account/activity?limit=1', stranger.token),
      flipped.toString('base64url'),
      own.slice(0, -4),
      `${own}=`,
      'AAAA',
      app.itemId,
    ]) {
      const answer = await app.call(`GET /v1/account/activity?cursor=${cursor}`, { token: app.token });
      expect([answer.status, answer.body]).toMatchObject([422, { errors: [{ path: '/cursor' }] }]);
    }
    const elsewhere = await app.call(`GET /v1/items?cursor=${own}`, { token: app.token });
    expect(elsewhere.status).toBe(422);
  });

  it('hold the chains together where sessions act between two of them', async () => {
    const app = await mixed();
    let cursor = '';
    let pages = 0;
    for (;;) {
      const page = await list(app, app.token, `limit=1${cursor}`);
      expect([page.chain, page.breaks]).toEqual(['intact', []]);
      pages++;
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
      app.pass(1);
      await reveal(app, pages % 2 === 0 ? app.token : app.other.token, app.itemId);
      if (pages === 5) await app.call('DELETE /v1/sessions/current', { token: app.other.token });
    }
    expect(pages).toBe(13);
  });

  it('go on through a rotation', async () => {
    const app = await mixed();
    const all = await requireIntact(app, app.token);
    const first = await list(app, app.token, 'limit=3');
    expect((await step(app, app.token, 1, PASSWORD)).status).toBe(200);
    const rest = await list(app, app.token, `limit=100&cursor=${first.nextCursor}`);
    expect([...first.activity, ...rest.activity]).toEqual(all);
    expect(rest.chain).toBe('intact');
  });

  it('fit into a URL with as many sessions as can be, and with much that is wrong', async () => {
    const app = await withNote();
    for (let i = 0; i < 39; i++) {
      app.pass(1);
      await another(app);
    }
    const { activityId } = at(entryRows(app, app.accountId), 1);
    await plantEntries(app, app.token, 60);
    for (const [place, row] of entryRows(app, app.accountId).reverse().entries()) {
      if (place % 2 === 1 && place < 50) app.store.rows.delete(rowName(row));
    }
    const page = await list(app, app.token, 'limit=30');
    expect(page.nextCursor?.length).toBeLessThan(6000);
    const rest = await list(app, app.token, `limit=100&cursor=${page.nextCursor}`);
    expect(rest.chain).toBe('broken');
    expect(rest.activity.map(({ id }) => id)).toContain(activityId);
  });
});

describe('a year', () => {
  it('is what is kept, also of rows that are still there', async () => {
    const app = await withNote();
    app.pass(365 * DAY);
    const same = await another(app);
    expect(await requireIntact(app, same.token)).toHaveLength(3);
    // The registration and the making of the item are of two milliseconds.
    app.pass(2);
    const later = await another(app);
    expect(await requireIntact(app, later.token)).toHaveLength(2);
    expect(entryRows(app, app.accountId)).toHaveLength(4);
  });

  it.each(['still there', 'gone'])('parts a session in two, its older entries %s', async (rows) => {
    const app = createRotationApp();
    const { token, accountId, sessionId } = await app.register();
    const itemId = (await app.call('POST /v1/items', { token, body: NOTE })).text('id');
    for (let i = 0; i < 8; i++) {
      app.pass(20 * MINUTE);
      await reveal(app, token, itemId);
    }
    // So that all but the last three are older.
    app.pass(365 * DAY - 50 * MINUTE);
    const later = await another(app);
    if (rows === 'gone') {
      for (const row of entryRows(app, accountId).slice(0, 7)) app.store.rows.delete(rowName(row));
    }
    const all = await requireIntact(app, later.token);
    expect(all.filter((entry) => entry.sessionId === sessionId)).toHaveLength(3);
    expect(await requireIntact(app, later.token, 2)).toEqual(all);
  });
});

describe('what lies far behind', () => {
  it('is verified once its pages are read', async () => {
    const app = await withNote();
    await plantEntries(app, app.token, 2080);
    const rows = entryRows(app, app.accountId);
    app.store.rows.delete(rowName(at(rows, 10)));
    const first = await list(app, app.token, 'limit=50');
    // What is left are the registration, the making of the item, and so many more than 50 and 2,000.
    const last = at(rows, 2 + 30).activityId;
    expect([first.chain, first.verifiedSince]).toEqual(['intact', new Date(idTime(last)).toISOString()]);
    const second = await list(app, app.token, `limit=50&cursor=${first.nextCursor}`);
    expect(second.verifiedSince).toBeNull();
    expect(second.breaks).toEqual([{ fault: 'missing', sessionId: app.sessionId, first: 11, last: 11 }]);
  });
});

describe('honest acts', () => {
  it('leave one chain where they come at once in one session', async () => {
    const app = await withNote();
    const items: string[] = [];
    for (let i = 0; i < 5; i++) items.push(await app.addItem(app.token, 'note', NOTE.data, NOTE.label));
    const before = sessionRow(app, app.sessionId).activityCount;
    const answers = await atOnce(app, [
      ...items.map((id) => () => replace(app, app.token, id, 1)),
      ...items.map((id) => () => reveal(app, app.token, id)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(sessionRow(app, app.sessionId).activityCount).toBe(before + 10);
    expect(await requireIntact(app, app.token)).toHaveLength(before + 10);
  });

  it('leave a chain each where they come at once in many sessions', async () => {
    const app = await withNote();
    const sessions = [app, await another(app), await another(app), await another(app)];
    const items: string[] = [];
    for (let i = 0; i < 4; i++) items.push(await app.addItem(app.token, 'note', NOTE.data, NOTE.label));
    const before = (await requireIntact(app, app.token)).length;
    const answers = await atOnce(
      app,
      sessions.flatMap(({ token }, i) => [
        () => replace(app, token, items[i] ?? '', 1),
        () => reveal(app, token, app.itemId),
        () => signIn(app),
      ]),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([
      ...Array<number>(8).fill(200),
      ...Array<number>(4).fill(201),
    ]);
    expect(await requireIntact(app, app.token, 3)).toHaveLength(before + 12);
  });

  it('leave the chains whole across all that ends sessions', async () => {
    const app = await withNote();
    const { token, itemId } = app;
    const rest = async () => {
      app.pass(MINUTE);
      const { token: one } = await another(app);
      await reveal(app, one, itemId);
      return one;
    };
    const change = (currentPassword: string, newPassword: string) =>
      app.call('PUT /v1/account/password', { token, body: { currentPassword, newPassword } });

    await rest();
    expect((await change(PASSWORD, NEW_PASSWORD)).status).toBe(204);
    await requireIntact(app, token);
    await change(NEW_PASSWORD, PASSWORD);
    const left = await rest();
    await app.call('DELETE /v1/sessions/current', { token: left });
    await requireIntact(app, token);
    await rest();
    expect((await step(app, token, 1, PASSWORD)).status).toBe(200);
    await reveal(app, token, itemId);
    const meanwhile = await rest();
    await requireIntact(app, meanwhile, 2);
    await rotate(app, meanwhile);
    await requireIntact(app, token);
    await app.call('DELETE /v1/sessions', { token });
    const last = await rest();
    expect(await requireIntact(app, last, 3)).not.toEqual([]);
    expect(throttles(app)).toEqual([]);
  });

  it('of sessions that ran out are kept by the next sign-in', async () => {
    const app = await withNote();
    await reveal(app, app.token, app.itemId);
    app.pass(31 * MINUTE);
    const later = await another(app);
    expect(rowsOf(app, 'session').map(({ sessionId }) => sessionId)).toEqual([later.sessionId]);
    expect(await requireIntact(app, later.token)).toHaveLength(4);
    app.store.rows.delete(rowName(at(entryRows(app, app.accountId), 2)));
    expect((await list(app, later.token)).breaks).toEqual([
      { fault: 'missing', sessionId: app.sessionId, first: 3, last: 3 },
    ]);
  });

  type Act = (app: OwnerApp, other: { token: string; sessionId: string }, acted: number) => Promise<unknown>;
  const ACTS: readonly (readonly [string, Act])[] = [
    ['another session shows an item', (app, other) => reveal(app, other.token, app.itemId)],
    ['this session shows an item', (app) => reveal(app, app.token, app.itemId)],
    ['another session makes an item', (app, other) => app.addItem(other.token, 'note', NOTE.data)],
    ['another session ends', (app, other) => app.call('DELETE /v1/sessions/current', { token: other.token })],
    [
      'another session is ended',
      (app, other) => app.call(`DELETE /v1/sessions/${other.sessionId}`, { token: app.token }),
    ],
    ['a session begins', (app) => signIn(app)],
    [
      'the password changes',
      (app) =>
        app.call('PUT /v1/account/password', {
          token: app.token,
          body: { currentPassword: PASSWORD, newPassword: PASSWORD },
        }),
    ],
    ['a rotation starts', (app) => step(app, app.token, 1, PASSWORD)],
    // Nobody makes one between any two reads.
    ['a rotation is made', (app, _, acted) => (acted > 0 ? Promise.resolve() : step(app, app.token, 1000, PASSWORD))],
  ];
  const PLACES = ['store.throttles', 'store.list session', 'store.list activity'];

  it.each(ACTS.flatMap(([name, act]) => PLACES.map((place) => [name, place, act] as const)))(
    'are no tampering where %s before %s',
    async (_, place, act) => {
      const app = await withNote();
      const other = await another(app);
      await reveal(app, other.token, app.itemId);
      for (const when of ['first', 'each'] as const) {
        let busy = false;
        let acted = 0;
        hookAll(app, {
          before: async (name) => {
            if (busy || name !== place || (when === 'first' && acted > 0)) return;
            busy = true;
            app.pass(1);
            await act(app, other, acted++);
            busy = false;
          },
        });
        const page = await list(app, app.token, 'limit=2');
        hookAll(app, {});
        expect(acted).toBeGreaterThan(0);
        expect([page.chain, page.breaks]).toEqual(['intact', []]);
        expect(page.activity).toHaveLength(2);
        const rest = await list(app, app.token, `limit=100&cursor=${page.nextCursor}`);
        expect([rest.chain, rest.breaks]).toEqual(['intact', []]);
        await requireIntact(app, app.token);
      }
    },
  );
});

describe('a clock that was set back', () => {
  it('leaves entries in the order of their session', async () => {
    const app = await withNote();
    app.pass(-2 * MINUTE);
    const other = await another(app);
    await reveal(app, app.token, app.itemId);
    await reveal(app, other.token, app.itemId);
    const all = await requireIntact(app, app.token, 1);
    expect(all.filter(({ sessionId }) => sessionId === app.sessionId).map(({ action }) => action)).toEqual([
      'item.revealed',
      'item.created',
      'account.registered',
    ]);
  });

  it('puts no first entry before its session', async () => {
    const app = await withNote();
    app.pass(MINUTE);
    // Between the making of the session and the writing of its entry.
    hookAll(app, {
      after: (name) => {
        if (name.startsWith('keys.wrap session')) app.pass(-5);
      },
    });
    const other = await another(app);
    hookAll(app, {});
    app.pass(2);
    await reveal(app, app.token, app.itemId);
    for (const limit of [1, 2]) expect(await requireIntact(app, other.token, limit)).toHaveLength(4);
  });

  it('by more than an hour stops what would be written, not what is read', async () => {
    const app = await withNote();
    const row = sessionRow(app, app.sessionId);
    plant(app, { ...row, activityAt: app.time.now + HOUR });
    expect(verdict(await reveal(app, app.token, app.itemId))).toBe('500 integrity_failure');
    expect(await requireIntact(app, app.token)).toHaveLength(2);
    plant(app, { ...row, activityAt: app.time.now + HOUR - 1 });
    expect((await reveal(app, app.token, app.itemId)).status).toBe(200);
  });
});
