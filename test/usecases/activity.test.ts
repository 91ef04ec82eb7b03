import { describe, expect, it } from '@jest/globals';
import { UnavailableError } from '../../lambda/errors.ts';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { type MemoryApp, PASSWORD } from '../fixtures/app.ts';
import { createWorld, DEEDS, NEW_EMAIL } from './activity-deeds.ts';
import { entryRows, list, listAll, requireIntact, reveal, withNote } from './activity-support.ts';
import { furnished, KEY, NOTE } from './rotation-support.ts';
import { EMAIL, eachFault, HOME, hookAll, MINUTE, rowsOf, signIn, WRONG } from './support.ts';

const AGENT = `Agent/1.0 ${'x'.repeat(300)}`;
const SOURCE = '203.0.113.9';

const CASES = Object.entries(DEEDS).flatMap(([name, deeds]) =>
  deeds.map((deed) => [`${name} ${deed.it}`, name, deed] as const),
);

describe('what is written down', () => {
  it('is settled for every call', () => {
    expect(Object.keys(DEEDS).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it.each(CASES)('%s', async (_, name, deed) => {
    const world = await createWorld();
    await deed.first?.(world);
    const before = new Set<string>(rowsOf(world, 'activity').map(({ activityId }) => activityId));

    const { method, path: pattern, open }: Route = ROUTES[name as keyof typeof ROUTES];
    const { path = pattern, headers, ...send } = deed.send?.(world) ?? {};
    expect(path.replace(/\?.*/, '')).toMatch(new RegExp(`^${pattern.replace(/\{\w+\}/g, '\\w+')}$`));
    const caller = { sourceIp: SOURCE, headers: { ...headers, 'user-agent': AGENT } };
    const signedIn = open === true ? {} : { token: world.token };
    const answer = await world.call(`${method} ${path}`, { ...signedIn, ...send, ...caller });
    expect(answer.status).toBe(deed.answers);

    const { email, password: opens } = deed.credentials ?? {};
    const observer = await signIn(world, opens, email);
    const all = await requireIntact(world, observer.text('session.token'));
    const entered = all.filter(({ id, sessionId }) => !before.has(id) && sessionId !== observer.text('session.id'));
    const due = deed.writes.map((action) => {
      const failed = action === 'attempt.failed';
      return {
        id: expect.any(String),
        at: expect.any(String),
        action,
        outcome: failed ? 'failed' : 'succeeded',
        sourceIp: SOURCE,
        userAgent: failed ? '' : AGENT.slice(0, 256),
        ...(failed ? {} : { sessionId: deed.session?.(answer) ?? world.sessionId }),
        ...(deed.target === undefined ? {} : { target: deed.target(world, answer) }),
      };
    });
    expect([...entered].reverse()).toEqual(due);
  });

  it('goes with the account', async () => {
    const world = await createWorld();
    const { token } = world;
    expect((await world.call('POST /v1/account/deletion', { token, body: { password: PASSWORD } })).status).toBe(200);
    expect(rowsOf(world, 'activity')).toEqual([]);
  });

  it('never shows to another account', async () => {
    const app = await withNote();
    const other = await app.register('other@example.com');
    app.pass(1);
    await signIn(app, WRONG, 'other@example.com');
    await reveal(app, app.token, app.itemId);
    const [mine, others] = [await requireIntact(app, app.token), await requireIntact(app, other.token)];
    expect(mine.map(({ action }) => action)).toEqual(['item.revealed', 'item.created', 'account.registered']);
    expect(others.map(({ action }) => action)).toEqual(['attempt.failed', 'account.registered']);
  });
});

describe('a failed try', () => {
  const failures = async (app: MemoryApp, token: string) =>
    (await listAll(app, token)).activity.filter(({ outcome }) => outcome === 'failed');

  it('is told of for 30 days, whatever succeeds meanwhile', async () => {
    const app = await withNote();
    await signIn(app, WRONG, EMAIL, SOURCE);
    await signIn(app, WRONG, EMAIL, HOME);
    await signIn(app, PASSWORD, EMAIL, SOURCE);
    await signIn(app, PASSWORD, EMAIL, HOME);
    app.pass(30 * 86_400_000 - 1);
    const token = (await signIn(app)).text('session.token');
    for (const ms of [0, 1]) {
      app.pass(ms);
      expect((await failures(app, token)).map(({ sourceIp }) => sourceIp).sort()).toEqual([HOME, SOURCE]);
    }
    app.pass(1);
    expect(await failures(app, token)).toEqual([]);
    expect(await failures(app, (await signIn(app)).text('session.token'))).toEqual([]);
  });

  it('is one of as many as came in one millisecond', async () => {
    const app = await withNote();
    app.pass(MINUTE);
    for (let i = 0; i < 3; i++) await signIn(app, WRONG, EMAIL, SOURCE);
    const all = await failures(app, app.token);
    expect(new Set(all.map(({ id }) => id)).size).toBe(3);
    const one = await list(app, app.token, 'limit=1');
    const two = await list(app, app.token, `limit=2&cursor=${one.nextCursor}`);
    expect([...one.activity, ...two.activity]).toEqual(all);
  });

  it('stands in the order of time among those from elsewhere, and keeps its id', async () => {
    const app = await withNote();
    const known: string[] = [];
    for (const source of [HOME, SOURCE, HOME, SOURCE]) {
      app.pass(MINUTE);
      await signIn(app, WRONG, EMAIL, source);
      const all = await failures(app, app.token);
      expect(all.slice(1).map(({ id }) => id)).toEqual(known);
      known.unshift(all[0]?.id ?? '');
    }
    await requireIntact(app, app.token);
  });

  it('moves with the e-mail', async () => {
    const app = await withNote();
    await signIn(app, WRONG, EMAIL, SOURCE);
    await app.call('PUT /v1/account/email', { token: app.token, body: { password: PASSWORD, email: NEW_EMAIL } });
    expect(await failures(app, app.token)).toMatchObject([{ sourceIp: SOURCE }]);
  });
});

describe('an entry is written before the answer', () => {
  it('so that nothing shows where it can not be written', async () => {
    const calls = await eachFault(
      ['refused', 'answer lost', 'crash'],
      withNote,
      (app) => reveal(app, app.token, app.itemId),
      async (app, answer, { name, fault }) => {
        expect(answer.status).toBe(503);
        expect(answer.bytes.toString()).not.toContain(NOTE.data.text);
        const written = name.startsWith('store.commit') && fault !== 'refused' ? 1 : 0;
        expect(entryRows(app, app.accountId)).toHaveLength(2 + written);
        expect((await reveal(app, app.token, app.itemId)).status).toBe(200);
        expect(await requireIntact(app, app.token)).toHaveLength(3 + written);
      },
    );
    expect(calls).toBe(4);
  });

  it.each([
    ['GET /v1/items?reveal=true', {}],
    ['POST /v1/items/search', { body: { reveal: true } }],
    ['POST /v1/items', { body: NOTE, headers: KEY }],
    ['GET /v1/documents/{document}/content', {}],
  ] as const)('by %s too', async (call, send) => {
    const app = await furnished();
    const path = call.replace('{document}', app.documentId);
    hookAll(app, {
      before: (name) => {
        if (name.startsWith('store.commit put activity')) throw new UnavailableError(name);
      },
    });
    const answer = await app.call(path, { token: app.token, ...send });
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'temporarily_unavailable' });
    expect(answer.bytes.toString()).not.toContain(NOTE.data.text);
  });
});
