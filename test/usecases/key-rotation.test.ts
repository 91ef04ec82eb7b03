import { describe, expect, it } from '@jest/globals';
import type { Row } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import type { Change } from '../../lambda/ports/vault-store.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { pathsOf } from '../fixtures/contract.ts';
import { seedItems } from '../fixtures/seed.ts';
import { plantEntries } from './activity-support.ts';
import {
  DOCUMENT_KEY,
  draw,
  furnished,
  KEY,
  keysOf,
  NOTE,
  opened,
  openedObjects,
  type RotationApp,
  readAll,
  remaining,
  requireMoved,
  rotate,
  step,
} from './rotation-support.ts';
import { accountRow, ELSEWHERE, EMAIL, hookAll, MINUTE, rowsOf, signIn, throttles, WRONG, zeroed } from './support.ts';

const OTHER_PASSWORD = 'nine blue kettles drift';

async function account(app: RotationApp, token = app.token) {
  const { body } = await app.call('GET /v1/account', { token });
  return body as { keyVersion: number; rotating: boolean; email: string; recovery: { enabled: boolean } };
}

/** A new session of the account, by its password. */
async function again(app: RotationApp, password = PASSWORD): Promise<string> {
  return (await signIn(app, password)).text('session.token');
}

describe('a rotation in steps', () => {
  it('moves everything to a fresh key, and the old one opens nothing afterwards', async () => {
    const app = await furnished(3);
    const before = await readAll(app, app.token);
    const [openBefore, all] = opened(app, app.old[0]);
    expect([openBefore, await openedObjects(app, app.old[0])]).toEqual([all, 3]);
    const oldObjects = [...app.objects.objects.keys()];

    const left = await rotate(app, app.token, 2, PASSWORD);

    expect(left.length).toBeGreaterThan(5);
    expect(left).toEqual([...left].sort((a, b) => b - a));
    await requireMoved(app, app.token, app.old);
    expect(oldObjects.filter((name) => app.objects.objects.has(name))).toEqual([]);
    expect(await readAll(app, app.token)).toEqual(before);
  });

  it('begins with the account’s next epoch and version, and leaves no key in memory', async () => {
    const app = await furnished();
    const { epoch, version } = accountRow(app, app.accountId);
    expect(await zeroed(app, () => step(app, app.token, 1, PASSWORD))).toEqual([32]);
    const next = { epoch: epoch + 1, version: version + 1, dekVersion: 2, profileVersion: version + 1 };
    expect(accountRow(app, app.accountId)).toMatchObject({ ...next, previousDek: { version: version + 1 } });
  });

  it('tells how far it has come', async () => {
    const app = await furnished();
    expect(await account(app)).toMatchObject({ keyVersion: 1, rotating: false });
    const first = await step(app, app.token, 1, PASSWORD);
    expect(first.body).toEqual({ keyVersion: 2, remaining: expect.any(Number) });
    expect(await account(app)).toMatchObject({ keyVersion: 2, rotating: true });
    await rotate(app, app.token);
    expect(await account(app)).toMatchObject({ keyVersion: 2, rotating: false });
  });

  it('leaves the vault readable and writable at every step, and the revision growing', async () => {
    const app = await furnished(2);
    const { token } = app;
    const before = await readAll(app, token);
    const revisions: number[] = [];
    const send = app.call;
    const call: typeof send = async (...request) => {
      const answer = await send(...request);
      revisions.push(Number(answer.headers.get('x-vault-revision')));
      return answer;
    };
    const watched = { ...app, call };
    for (let left = remaining(await step(watched, token, 2, PASSWORD)), n = 0; left > 0; n++) {
      expect(await readAll(watched, token)).toEqual(before);
      const id = await watched.addItem(token, 'note', { text: `made at step ${n}` });
      const change = { token, headers: { 'if-match': '"1"' }, body: { data: { text: 'changed' } } };
      expect((await call(`PUT /v1/items/${id}`, change)).status).toBe(200);
      expect((await call(`DELETE /v1/items/${id}`, { token })).status).toBe(204);
      const drawn = (await draw(watched, token, app.itemId)).text('id');
      expect((await call(`DELETE /v1/documents/${drawn}`, { token })).status).toBe(204);
      expect((await call('GET /v1/sessions', { token })).status).toBe(200);
      left = remaining(await step(watched, token, 2));
    }
    expect(await readAll(watched, token)).toEqual(before);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    await requireMoved(app, token, app.old);
  });

  it('moves at most so many rows a call', async () => {
    const app = await furnished(2);
    for (let left = remaining(await step(app, app.token, 3, PASSWORD)); left > 0; ) {
      const under = () =>
        [...app.store.rows.values()].filter((row) => 'dekVersion' in row && row.dekVersion === 1).length;
      const before = under();
      left = remaining(await step(app, app.token, 3));
      expect(before - under()).toBeLessThanOrEqual(3);
      expect(under()).toBeLessThanOrEqual(left);
    }
  });

  it('can be done once more', async () => {
    const app = await furnished();
    const before = await readAll(app, app.token);
    await rotate(app, app.token, 1000, PASSWORD);
    const second = await keysOf(app, app.token);
    await rotate(app, app.token, 1000, PASSWORD);
    expect((await account(app)).keyVersion).toBe(3);
    expect([opened(app, second)[0], await openedObjects(app, second)]).toEqual([0, 0]);
    expect(await readAll(app, app.token)).toEqual(before);
  });

  it('is told of a cloud that fails at its very end, and of an account that changes just then', async () => {
    const app = await furnished();
    await step(app, app.token, 1, PASSWORD);
    const atEnd = (act: () => unknown) =>
      hookAll(app, {
        before: async (name) => {
          if (!name.startsWith('store.commit put account')) return;
          hookAll(app, {});
          await act();
        },
      });
    atEnd(() => {
      throw new UnavailableError('dynamodb:TransactWriteItems');
    });
    expect(verdict(await step(app, app.token))).toBe('503 temporarily_unavailable');
    const body = { password: PASSWORD, email: 'another@example.com' };
    atEnd(() => app.call('PUT /v1/account/email', { token: app.token, body }));
    expect(remaining(await step(app, app.token))).toBe(1);
    expect((await account(app)).rotating).toBe(true);
    expect(await rotate(app, app.token)).toEqual([0]);
    await requireMoved(app, app.token, app.old);
  });

  it.each([
    ['is moved by another call', (app: RotationApp) => step(app, app.token, 1)],
    [
      'is deleted',
      (app: RotationApp) => {
        const last = rowsOf(app, 'item').filter(({ dekVersion }) => dekVersion === 1)[0];
        return app.call(`DELETE /v1/items/${last?.itemId ?? ''}`, { token: app.token });
      },
    ],
  ])('leaves an item alone that %s just before it is read or written', async (_, act) => {
    for (const [when, names] of [
      ['store.snapshot item item', ['store.commit put item, put manifest']],
      ['store.commit put item, put item, put manifest', [expect.any(String), 'store.commit put item, put manifest']],
    ] as const) {
      const app = await furnished();
      await step(app, app.token, 1, PASSWORD);
      const written: string[] = [];
      let state: 'before' | 'within' | 'after' = 'before';
      hookAll(app, {
        before: async (name) => {
          if (state !== 'within' && name.startsWith('store.commit put item')) written.push(name);
          if (state !== 'before' || name !== when) return;
          state = 'within';
          await act(app);
          state = 'after';
        },
      });
      expect((await step(app, app.token)).status).toBe(200);
      hookAll(app, {});
      expect(written).toEqual(names);
      await rotate(app, app.token);
      await requireMoved(app, app.token, app.old);
    }
  });

  it('needs one call where its limit allows', async () => {
    const app = await furnished();
    expect(await rotate(app, app.token, 1000, PASSWORD)).toEqual([0]);
    await requireMoved(app, app.token, app.old);
  });
});

describe('what a rotation asks for', () => {
  it('goes on with one that stands, where it is started again', async () => {
    const app = await furnished();
    await step(app, app.token, 1, PASSWORD);
    const again = await step(app, app.token, 1, PASSWORD);
    expect(again.body).toMatchObject({ keyVersion: 2 });
    await rotate(app, app.token, 1, PASSWORD);
    await requireMoved(app, app.token, app.old);
  });

  it('refuses and counts a wrong password, and writes nothing of the account', async () => {
    const app = await furnished();
    const before = accountRow(app, app.accountId);
    expect(verdict(await step(app, app.token, 1, WRONG))).toBe('403 wrong_password');
    expect(throttles(app)).toEqual([expect.objectContaining({ failures: 1 })]);
    expect(accountRow(app, app.accountId)).toEqual(before);
    for (const tried of ['before it stands', 'while it stands']) {
      app.pass(MINUTE);
      expect([tried, (await step(app, app.token, 1, PASSWORD)).status]).toEqual([tried, 200]);
      expect(throttles(app)).toEqual([]);
      expect(verdict(await step(app, app.token, 1, WRONG))).toBe('403 wrong_password');
      expect(throttles(app)).toHaveLength(1);
    }
  });

  it('tells of a password that is none, by its place', async () => {
    const app = await furnished();
    const answer = await step(app, app.token, 1, 'with\0nul and more than enough');
    expect([verdict(answer), pathsOf(answer)]).toEqual(['422 invalid_request', ['/password']]);
  });

  it('does nothing without a password where none stands', async () => {
    const app = await furnished();
    const rows = new Map<string, Row>(app.store.rows);
    app.store.calls.length = 0;
    const answer = await step(app, app.token);
    expect([answer.status, answer.body]).toEqual([200, { keyVersion: 1, remaining: 0 }]);
    expect(app.store.rows).toEqual(rows);
    expect(app.store.calls.map(({ op }) => op)).toEqual(['snapshot']);
  });

  it.each([0, 1001, 1.5])('takes no limit of %d', async (limit) => {
    const app = await furnished();
    expect(verdict(await step(app, app.token, limit, PASSWORD))).toBe('422 invalid_request');
    expect((await account(app)).keyVersion).toBe(1);
  });
});

describe('a document that rotations move while it is opened', () => {
  it.each([
    [4, '200'],
    [5, '503 temporarily_unavailable'],
  ])('%i times answers %s', async (times, due) => {
    const app = await furnished();
    let moved = 0;
    const get = app.objects.get.bind(app.objects);
    const gets = async (...asked: Parameters<typeof get>) => {
      Object.assign(app.objects, { get });
      if (moved++ < times) await rotate(app, app.token, 1000, PASSWORD);
      const found = await get(...asked);
      Object.assign(app.objects, { get: gets });
      return found;
    };
    Object.assign(app.objects, { get: gets });
    const answer = await app.call(`GET /v1/documents/${app.documentId}/content`, { token: app.token });
    expect(verdict(answer)).toBe(due);
  });
});

describe('sessions', () => {
  it('the calling one lives, the others end and their rows go', async () => {
    const app = await furnished();
    const others = [await again(app), await again(app)];
    await step(app, app.token, 1, PASSWORD);
    for (const token of others)
      expect(verdict(await app.call('GET /v1/account', { token }))).toBe('401 unauthenticated');
    expect(rowsOf(app, 'session').map(({ sessionId }) => sessionId)).toEqual([app.sessionId]);
    expect((await account(app)).rotating).toBe(true);
  });

  it('a new one goes on with what another began', async () => {
    const app = await furnished(2);
    const before = await readAll(app, app.token);
    await step(app, app.token, 1, PASSWORD);
    await app.call('DELETE /v1/sessions', { token: app.token });
    const token = await again(app);
    expect(await readAll(app, token)).toEqual(before);
    await rotate(app, token, 2);
    await requireMoved(app, token, app.old);
  });
});

describe('changes of the account while a rotation stands', () => {
  it('the password: old one refused, new one goes on', async () => {
    const app = await furnished();
    await step(app, app.token, 1, PASSWORD);
    const body = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
    expect((await app.call('PUT /v1/account/password', { token: app.token, body })).status).toBe(204);
    expect(verdict(await signIn(app, PASSWORD))).toBe('401 invalid_credentials');
    app.pass(MINUTE);
    const token = await again(app, OTHER_PASSWORD);
    await rotate(app, token, 2, OTHER_PASSWORD);
    await requireMoved(app, token, app.old);
  });

  it('the e-mail', async () => {
    const app = await furnished();
    await step(app, app.token, 1, PASSWORD);
    const body = { password: PASSWORD, email: 'another@example.com' };
    expect((await app.call('PUT /v1/account/email', { token: app.token, body })).status).toBe(204);
    await rotate(app, app.token, 2);
    expect((await account(app)).email).toBe('another@example.com');
    await requireMoved(app, app.token, app.old);
  });

  it('a recovery by the code from before, whose session goes on, and the code that replaced it afterwards', async () => {
    const app = await furnished();
    const made = await app.call('POST /v1/account/recovery-code', { token: app.token, body: { password: PASSWORD } });
    const before = await readAll(app, app.token);
    await step(app, app.token, 1, PASSWORD);
    expect((await account(app)).recovery).toEqual({ enabled: true, createdAt: expect.any(String) });
    const recover = (recoveryCode: string) =>
      app.call('POST /v1/recovery', { body: { email: EMAIL, recoveryCode, newPassword: OTHER_PASSWORD } });
    const recovered = await recover(made.text('recoveryCode'));
    expect(recovered.status).toBe(201);
    const token = recovered.text('session.token');
    expect(await readAll(app, token)).toEqual(before);
    await rotate(app, token, 2);
    await requireMoved(app, token, app.old);
    const second = await recover(recovered.text('recoveryCode'));
    expect(await readAll(app, second.text('session.token'))).toEqual(before);
  });

  it('a code from before is good after the end, without having been used', async () => {
    const app = await furnished();
    const made = await app.call('POST /v1/account/recovery-code', { token: app.token, body: { password: PASSWORD } });
    await rotate(app, app.token, 1000, PASSWORD);
    const body = { email: EMAIL, recoveryCode: made.text('recoveryCode'), newPassword: OTHER_PASSWORD };
    const recovered = await app.call('POST /v1/recovery', { body, sourceIp: ELSEWHERE });
    expect(recovered.status).toBe(201);
    await requireMoved(app, recovered.text('session.token'), app.old);
  });
});

describe('what clients hold from before', () => {
  it('a cursor works while the rotation stands', async () => {
    const app = await furnished(2);
    const first = async (list: string) =>
      (await app.call(`GET ${list}?limit=1`, { token: app.token })).text('nextCursor');
    const cursors = [
      ['/v1/items', 'items', await first('/v1/items')],
      ['/v1/documents', 'documents', await first('/v1/documents')],
    ] as const;
    const rest = ([list, name, cursor]: (typeof cursors)[number]) =>
      app
        .call(`GET ${list}?cursor=${cursor}`, { token: app.token })
        .then(({ body }) => (body as Record<string, unknown>)[name]);
    const before = await Promise.all(cursors.map(rest));
    await step(app, app.token, 1, PASSWORD);
    expect(await Promise.all(cursors.map(rest))).toEqual(before);
    await step(app, app.token, 5);
    expect(await Promise.all(cursors.map(rest))).toEqual(before);
    expect((await account(app)).rotating).toBe(true);
  });

  it('an idempotency key answers with the same resource during and after', async () => {
    const app = await furnished();
    const { token } = app;
    const sent = async () => [
      (await app.call('POST /v1/items', { token, headers: KEY, body: NOTE })).text('id'),
      (await draw(app, token, app.itemId, DOCUMENT_KEY)).text('id'),
    ];
    await step(app, token, 1, PASSWORD);
    expect(await sent()).toEqual([app.itemId, app.documentId]);
    await rotate(app, token);
    expect(await sent()).toEqual([app.itemId, app.documentId]);
    const other = await app.call('POST /v1/items', { token, headers: KEY, body: { ...NOTE, label: 'another' } });
    expect(verdict(other)).toBe('422 idempotency_key_reused');
  });
});

describe('sizes', () => {
  /** The transactions of an act, as the table counts them. */
  async function commitsOf(app: RotationApp, act: () => Promise<unknown>): Promise<{ rows: number; bytes: number }[]> {
    const seen: { rows: number; bytes: number }[] = [];
    app.store.hooks.before = ({ op, args }) => {
      if (op !== 'commit') return;
      const changes = args[0] as Change[];
      const bytes = changes.map((change) => (change.op === 'put' ? sizeOf(change.row) : 200));
      seen.push({ rows: changes.length, bytes: bytes.reduce((sum, size) => sum + size, 0) });
    };
    await act();
    delete app.store.hooks.before;
    return seen;
  }

  function sizeOf(row: Row): number {
    const values: unknown[] = Object.values(row);
    return values.reduce<number>((sum, value) => sum + (value instanceof Uint8Array ? value.length : 100), 0);
  }

  it('no transaction exceeds 100 rows and 4 MB with the largest notes', async () => {
    const app = await furnished();
    // 64 KiB in UTF-8, and twice that as JSON.
    const text = '\n'.repeat(65_536);
    await seedItems(
      app,
      app.token,
      Array.from({ length: 60 }, (_, n) => ({ type: 'note', label: `${n}`, data: { text } })),
    );
    const commits = await commitsOf(app, () => rotate(app, app.token, 1000, PASSWORD));
    expect(Math.max(...commits.map(({ rows }) => rows))).toBeLessThanOrEqual(100);
    // 3 MB of items, and what goes with them.
    expect(Math.max(...commits.map(({ bytes }) => bytes))).toBeLessThan(3_100_000);
    expect(Math.max(...commits.map(({ bytes }) => bytes))).toBeGreaterThan(2_000_000);
    await requireMoved(app, app.token, app.old);
  });

  it('activity is moved 50 entries a transaction, and no more of it is read than may be moved', async () => {
    const app = await furnished();
    await plantEntries(app, app.token, 120);
    await step(app, app.token, 5, PASSWORD);
    app.store.calls.length = 0;
    const sizes = (await commitsOf(app, () => step(app, app.token, 110))).map(({ rows }) => rows);
    expect(sizes).toEqual([50, 50, 10]);
    const limits = app.store.calls.filter(({ op }) => op === 'activityUnder').map(({ args }) => args[2]);
    expect(limits).toEqual([110]);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('no transaction is begun once 12 s have passed', async () => {
    const app = await furnished();
    const text = '\n'.repeat(60_000);
    await seedItems(
      app,
      app.token,
      Array.from({ length: 26 }, () => ({ ...NOTE, data: { text } })),
    );
    await step(app, app.token, 1, PASSWORD);
    const written: string[] = [];
    hookAll(app, {
      after: (name) => {
        if (!name.startsWith('store.commit put item')) return;
        written.push(name);
        app.pass(12_000);
      },
    });
    await step(app, app.token);
    hookAll(app, {});
    expect(written).toHaveLength(1);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('2,000 entries are moved in calls of 1,000', async () => {
    const app = await furnished();
    const many = Array.from({ length: 1996 }, (_, n) => ({ ...NOTE, label: `${n}` }));
    await seedItems(app, app.token, many);
    const commits = await commitsOf(app, async () => {
      const left = await rotate(app, app.token, 1000, PASSWORD);
      expect(left.length).toBe(3);
    });
    expect(Math.max(...commits.map(({ rows }) => rows))).toBeLessThanOrEqual(100);
    await requireMoved(app, app.token, app.old);
    const counted = await app.call('POST /v1/account/deletion', { token: app.token, body: { password: PASSWORD } });
    expect(counted.body).toMatchObject({ items: 1999, documents: 1 });
  });
});
