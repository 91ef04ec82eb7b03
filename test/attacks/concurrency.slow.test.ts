import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import type { RowKey } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import type { Change } from '../../lambda/ports/vault-store.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { dice } from '../fixtures/dice.ts';
import type { Call } from '../fixtures/memory-hooks.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { crowd } from './crowd.ts';
import { createCheapApp } from './world.ts';

/** Crowds take their time where other suites run beside, ms. */
jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A memory app whose cloud answers when it likes, and whose pauses are short. */
function unevenApp(seed: number): MemoryApp {
  const app = createCheapApp();
  const roll = dice(seed);
  const linger = async (): Promise<void> => {
    for (let turns = Math.floor(roll() * 4); turns > 0; turns--) await setImmediate();
  };
  for (const { hooks } of [app.store, app.keys, app.objects]) Object.assign(hooks, { before: linger, after: linger });
  Object.assign(app.env, { sleep: (ms: number) => setTimeout(ms / 20) });
  return app;
}

describe('many honest clients of one account at once', () => {
  it.each([1, 2, 3])('lose nothing, double nothing, and look like no attacker (seed %i)', async (seed) => {
    const app = unevenApp(seed);
    const { token } = await app.register();
    const ledger = await crowd({
      call: app.call,
      token,
      seed: seed * 1000,
      writers: 12,
      rounds: 6,
      readers: 4,
      shared: 4,
      documents: seed === 1,
    });
    expect(ledger.acknowledged).toBeGreaterThan(30);
    expect(ledger.unavailable).toBe(0);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    expect(app.telemetry.counts.get('CloudFailure')).toBeUndefined();
  });

  it('get through where the table refuses every third transaction for a conflict', async () => {
    const app = unevenApp(4);
    const roll = dice(4);
    const { token } = await app.register();
    const commit = app.store.commit.bind(app.store);
    let conflicts = 0;
    Object.assign(app.store, {
      commit: (changes: readonly Change[]) => {
        if (roll() > 1 / 3) return commit(changes);
        conflicts += 1;
        return Promise.resolve({ ok: false, failed: [] });
      },
    });
    const options = {
      call: app.call,
      token,
      seed: 4000,
      writers: 8,
      rounds: 5,
      readers: 2,
      shared: 3,
      documents: false,
    };
    expect((await crowd(options)).unavailable).toBe(0);
    expect(conflicts).toBeGreaterThan(10);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it.each(['current', 'other'] as const)('end a session that is being written to: the %s one', async (which) => {
    const app = createCheapApp();
    const { token } = await app.register();
    const other = await app.call('POST /v1/sessions', { body: { email: 'owner@example.com', password: PASSWORD } });
    const commit = app.store.commit.bind(app.store);
    let conflicts = 3;
    Object.assign(app.store, {
      commit: (changes: readonly Change[]) =>
        conflicts-- > 0 ? Promise.resolve({ ok: false, failed: [] }) : commit(changes),
    });
    const ended = which === 'current' ? token : other.text('session.token');
    const name = which === 'current' ? 'current' : other.text('session.id');
    expect((await app.call(`DELETE /v1/sessions/${name}`, { token })).status).toBe(204);
    expect(verdict(await app.call('GET /v1/account', { token: ended }))).toBe('401 unauthenticated');
    conflicts = Number.POSITIVE_INFINITY;
    const live = which === 'current' ? other.text('session.token') : token;
    expect(verdict(await app.call('DELETE /v1/sessions/current', { token: live }))).toBe('503 temporarily_unavailable');
  });

  it('are told to come again when the table never lets a write through, and nothing is written', async () => {
    const app = createCheapApp();
    const { token } = await app.register();
    const rows = new Map(app.store.rows);
    Object.assign(app.store, { commit: () => Promise.resolve({ ok: false, failed: [] }) });
    const answer = await app.call('POST /v1/items', { token, body: { type: 'note', data: { text: 'x' } } });
    expect([verdict(answer), answer.headers.get('retry-after')]).toEqual(['503 temporarily_unavailable', '1']);
    expect(app.store.rows).toEqual(rows);
  });

  it('have exactly one winner where all change one version', async () => {
    const app = unevenApp(5);
    const { token } = await app.register();
    const id = await app.addItem(token, 'note', { text: 'start' });
    for (let version = 1; version <= 3; version++) {
      const headers = { 'if-match': `"${version}"` };
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          app.call(`PUT /v1/items/${id}`, { token, headers, body: { data: { text: `${version} ${n}` } } }),
        ),
      );
      const won = answers.filter(({ status }) => status === 200);
      expect(won).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 412)).toHaveLength(19);
      const read = await app.call(`GET /v1/items/${id}`, { token });
      expect(read.bytes.equals(won[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
    }
  });

  it('delete one item or document once: one is told so, the others that there is none', async () => {
    const app = unevenApp(6);
    const { token } = await app.register();
    const id = await app.addItem(token, 'note', { text: 'x' });
    const body = { template: 'personal-data-record', inputs: { items: [id] } };
    const document = (await app.call('POST /v1/documents', { token, body })).text('id');
    const items = await Promise.all(Array.from({ length: 8 }, () => app.call(`DELETE /v1/items/${id}`, { token })));
    expect(items.map(({ status }) => status).sort()).toEqual([204, ...Array<number>(7).fill(404)]);
    const documents = await Promise.all(
      Array.from({ length: 8 }, () => app.call(`DELETE /v1/documents/${document}`, { token })),
    );
    // Whoever finds the removal under way helps to end it.
    expect(documents.filter(({ status }) => status !== 204 && status !== 404)).toEqual([]);
    expect(documents.some(({ status }) => status === 204)).toBe(true);
    expect(app.objects.objects.size).toBe(0);
    expect([...app.store.rows.values()].filter(({ kind }) => kind === 'document')).toEqual([]);
  });

  it('end in a sign-out or in their answer, when all sessions are ended under way', async () => {
    const app = unevenApp(7);
    const { token } = await app.register();
    const id = await app.addItem(token, 'note', { text: 'x' });
    const signIn = () => app.call('POST /v1/sessions', { body: { email: 'owner@example.com', password: PASSWORD } });
    const calls = [
      ...Array.from({ length: 6 }, () => app.call(`GET /v1/items/${id}`, { token })),
      ...Array.from({ length: 6 }, () => app.call('GET /v1/items', { token })),
      ...Array.from({ length: 6 }, () =>
        app.call('POST /v1/items', { token, body: { type: 'note', data: { text: 'y' } } }),
      ),
      app.call('DELETE /v1/sessions', { token }),
      app.call('DELETE /v1/sessions', { token }),
      ...Array.from({ length: 3 }, signIn),
    ];
    const answers = await Promise.all(calls);
    expect(answers.map(verdict).filter((said) => !/^(20[014]|401 unauthenticated)$/.test(said))).toEqual([]);
    expect(verdict(await app.call('GET /v1/items', { token }))).toBe('401 unauthenticated');
    const fresh = await signIn();
    const list = await app.call('GET /v1/items', { token: fresh.text('session.token') });
    const made = answers.filter(({ status }, place) => status === 201 && place < 18).length;
    expect((list.body as { items: unknown[] }).items).toHaveLength(1 + made);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });
});

const manifestWrite = ({ op, args: [changes] }: Call): boolean =>
  op === 'commit' &&
  (changes as readonly Change[]).some((change) => change.op === 'put' && change.row.kind === 'manifest');

interface Write {
  readonly name: string;
  readonly call: (ids: { item: string; document: string }) => string;
  readonly body?: (ids: { item: string }) => unknown;
  readonly headers?: Record<string, string>;
  /** The answer where nothing fails. */
  readonly well: string;
  /** The answer of the second try, where the first took effect unheard. */
  readonly again: string;
  /** How many items and documents there are in the end: after one effect, and after the second try. */
  readonly once: readonly [items: number, documents: number];
  readonly twice: readonly [items: number, documents: number];
}

const WRITES: readonly Write[] = [
  {
    name: 'creating an item',
    call: () => 'POST /v1/items',
    body: () => ({ type: 'note', data: { text: 'new' } }),
    well: '201',
    again: '201',
    once: [2, 1],
    twice: [3, 1],
  },
  {
    name: 'replacing an item',
    call: ({ item }) => `PUT /v1/items/${item}`,
    body: () => ({ data: { text: 'new' } }),
    headers: { 'if-match': '"1"' },
    well: '200',
    again: '412 precondition_failed',
    once: [1, 1],
    twice: [1, 1],
  },
  {
    name: 'deleting an item',
    call: ({ item }) => `DELETE /v1/items/${item}`,
    well: '204',
    again: '404 not_found',
    once: [0, 1],
    twice: [0, 1],
  },
  {
    name: 'making a document',
    call: () => 'POST /v1/documents',
    body: ({ item }) => ({ template: 'personal-data-record', inputs: { items: [item] } }),
    well: '201',
    again: '201',
    once: [1, 2],
    twice: [1, 3],
  },
  {
    name: 'deleting a document',
    call: ({ document }) => `DELETE /v1/documents/${document}`,
    well: '204',
    again: '204',
    once: [1, 0],
    twice: [1, 0],
  },
];

describe('a write whose transaction fails', () => {
  async function prepare(write: Write) {
    const app = createCheapApp();
    const { token } = await app.register();
    const item = await app.addItem(token, 'note', { text: 'old' });
    const body = { template: 'personal-data-record', inputs: { items: [item] } };
    const document = (await app.call('POST /v1/documents', { token, body })).text('id');
    const ids = { item, document };
    const send = {
      token,
      headers: write.headers ?? {},
      ...(write.body === undefined ? {} : { body: write.body(ids) }),
    };
    const fail = (call: Call) => {
      if (manifestWrite(call)) throw new UnavailableError('dynamodb:TransactWriteItems');
    };
    const counts = async () => {
      const [items, documents] = [
        await app.call('GET /v1/items', { token }),
        await app.call('GET /v1/documents', { token }),
      ];
      expect([verdict(items), verdict(documents)]).toEqual(['200', '200']);
      return [
        (items.body as { items: unknown[] }).items.length,
        (documents.body as { documents: unknown[] }).documents.length,
      ];
    };
    return { app, token, ids, fail, counts, again: () => app.call(write.call(ids), send) };
  }

  it.each(WRITES)('has not happened, and may be sent again: $name', async (write) => {
    const { app, fail, counts, again } = await prepare(write);
    app.store.hooks.before = fail;
    const failed = await again();
    expect([verdict(failed), failed.headers.get('retry-after')]).toEqual(['503 temporarily_unavailable', '1']);
    delete app.store.hooks.before;
    expect(await counts()).toEqual([1, 1]);
    expect(verdict(await again())).toBe(write.well);
    expect(await counts()).toEqual(write.once);
  });

  it.each(WRITES)('has happened whole where only its answer was lost: $name', async (write) => {
    const { app, token, ids, fail, counts, again } = await prepare(write);
    app.store.hooks.after = fail;
    expect(verdict(await again())).toBe('503 temporarily_unavailable');
    delete app.store.hooks.after;
    expect(await counts()).toEqual(write.once);
    expect(verdict(await again())).toBe(write.again);
    expect(await counts()).toEqual(write.twice);
    if (write.name === 'replacing an item') {
      const read = await app.call(`GET /v1/items/${ids.item}`, { token });
      expect(read.body).toMatchObject({ version: 2, data: { text: 'new' } });
    }
    const rows = [...app.store.rows.values()].filter(({ kind }) => kind === 'document');
    expect([rows.length, app.objects.objects.size]).toEqual([write.twice[1], write.twice[1]]);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });
});

describe('a document whose time is up', () => {
  async function prepare() {
    const app = createCheapApp();
    const { token } = await app.register();
    const item = await app.addItem(token, 'note', { text: 'x' });
    const body = { template: 'personal-data-record', inputs: { items: [item] }, retentionDays: 1 };
    const document = (await app.call('POST /v1/documents', { token, body })).text('id');
    const signIn = async () =>
      (await app.call('POST /v1/sessions', { body: { email: 'owner@example.com', password: PASSWORD } })).text(
        'session.token',
      );
    return { app, document, signIn };
  }

  it('is absent, not tampered with, where maintenance is late and a write has dropped its entry', async () => {
    const { app, document, signIn } = await prepare();
    app.pass(DAY_MS + 2 * HOUR_MS);
    const token = await signIn();
    await app.addItem(token, 'note', { text: 'drops the entry' });
    const answers = async () => [
      verdict(await app.call(`GET /v1/documents/${document}`, { token })),
      verdict(await app.call(`GET /v1/documents/${document}/content`, { token })),
      verdict(await app.call(`DELETE /v1/documents/${document}`, { token })),
      (await app.call('GET /v1/documents', { token })).body,
    ];
    const absent = [...Array<string>(3).fill('404 not_found'), { documents: [], nextCursor: null }];
    expect(await answers()).toEqual(absent);
    expect(await sweep(app.env, app.env.clock() + 60_000)).toMatchObject({ removed: 1, failed: 0 });
    expect(await answers()).toEqual(absent);
    expect(app.objects.objects.size).toBe(0);
  });

  it('is not removed by a maintenance whose clock runs a little ahead, while its readers can still call it alive', async () => {
    const { app, document, signIn } = await prepare();
    const row = [...app.store.rows.values()].find((one) => one.kind === 'document' && one.documentId === document);
    const expiresAt = row?.kind === 'document' ? row.expiresAt : Number.NaN;
    const ahead = createCheapApp({ sharing: app });
    const at = (now: number) => Object.assign(ahead.env, { clock: () => now });
    app.pass(DAY_MS - 20_000);
    const token = await signIn();
    at(expiresAt + 999);
    expect(await sweep(ahead.env, expiresAt + 60_000)).toMatchObject({ removed: 0, failed: 0 });
    expect(verdict(await app.call(`GET /v1/documents/${document}/content`, { token }))).toBe('200');
    at(expiresAt + 1000);
    expect(await sweep(ahead.env, expiresAt + 60_000)).toMatchObject({ removed: 1, failed: 0 });
  });
});

describe('rows that are read together', () => {
  /** DynamoDB's limit of a transaction, bytes. */
  const AT_ONCE = 4 * 1024 * 1024;

  it('stay within what the table gives at one moment, be they the largest there are', async () => {
    const app = createCheapApp();
    const { token } = await app.register();
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await app.addItem(token, 'note', { text: '\n'.repeat(65_536) }));
    let largest = 0;
    app.store.hooks.before = ({ op, args: [keys] }) => {
      if (op !== 'snapshot') return;
      const rows = (keys as readonly RowKey[]).map((key) => app.store.rows.get(rowName(key)));
      const sizes = rows.map((row) => (row !== undefined && 'sealed' in row ? (row.sealed?.length ?? 0) : 0));
      largest = Math.max(
        largest,
        sizes.reduce((sum, size) => sum + size + 1024, 0),
      );
    };
    const body = { template: 'personal-data-record', inputs: { items: ids } };
    expect((await app.call('POST /v1/documents', { token, body })).status).toBe(201);
    for (const [name, row] of app.store.rows) {
      if (row.kind === 'item') app.store.rows.set(name, { ...row, version: 2 });
    }
    expect(verdict(await app.call('GET /v1/items?limit=100', { token }))).toBe('500 integrity_failure');
    expect(largest).toBeGreaterThan(AT_ONCE / 2);
    expect(largest).toBeLessThan(AT_ONCE);
  });
});
