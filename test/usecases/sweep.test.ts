import { describe, expect, it } from '@jest/globals';
import { dueShard, utcDay } from '../../lambda/adapters/dynamodb/keys.ts';
import type { DeletionRow, DocumentRow, Row } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import type { MaintenanceEnvironment } from '../../lambda/usecases/environment.ts';
import { eraseAccount } from '../../lambda/usecases/erase-account.ts';
import { type SweepReport, sweep } from '../../lambda/usecases/sweep.ts';
import { bytes, fresh, NOW, sample } from '../contracts/vault-store-rows.ts';
import { createMemoryApp } from '../fixtures/app.ts';
import { createMemoryObjectStore, type MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { createMemoryVaultStore, type MemoryVaultStore, rowName } from '../fixtures/memory-vault-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Cloud extends MaintenanceEnvironment {
  readonly store: MemoryVaultStore;
  readonly objects: MemoryObjectStore;
  readonly telemetry: MemoryTelemetry;
  /** Moves the clock, ms. */
  pass(ms: number): void;
}

/** A table and a bucket without documents, at noon. */
function emptyCloud(): Cloud {
  let now = NOW;
  return {
    store: createMemoryVaultStore(),
    objects: createMemoryObjectStore(),
    telemetry: createMemoryTelemetry(),
    clock: () => now,
    pass: (ms) => {
      now += ms;
    },
  };
}

/** A document with one object, as its owner's calls leave it. */
function place({ store, objects }: Cloud, over: Partial<DocumentRow> = {}): DocumentRow {
  const made = sample.document({ expiresAt: NOW + DAY, dueAt: NOW + DAY, ...over });
  const objectKeys = over.objectKeys ?? [`documents/${made.accountId}/${made.documentId}/object`];
  const row = { ...made, objectKeys, sealed: made.state === 'PENDING' ? null : made.sealed };
  store.rows.set(rowName(row), row);
  for (const key of objectKeys) objects.objects.set(key, bytes(100));
  return row;
}

/** A READY document that ended so many ms ago. */
function expired(cloud: Cloud, ago = HOUR, over: Partial<DocumentRow> = {}): DocumentRow {
  return place(cloud, { expiresAt: NOW - ago, dueAt: NOW - ago, ...over });
}

/** So many expired documents of one shard, oldest first. */
function expiredTogether(cloud: Cloud, count: number): DocumentRow[] {
  const rows: DocumentRow[] = [];
  while (rows.length < count) {
    const documentId = fresh.document();
    if (dueShard(documentId) === 0) rows.push(expired(cloud, 2 * HOUR - rows.length, { documentId }));
  }
  return rows;
}

function run(cloud: Cloud): Promise<SweepReport> {
  return sweep(cloud, cloud.clock() + 10 * MINUTE);
}

function stands({ store }: Cloud, row: DocumentRow): boolean {
  return store.rows.has(rowName(row));
}

function countsOf({ telemetry }: Cloud): Record<string, number> {
  return Object.fromEntries(telemetry.counts);
}

describe('the sweeper removes', () => {
  it.each<[string, Partial<DocumentRow>]>([
    ['a document that expired', { expiresAt: NOW - HOUR, dueAt: NOW - HOUR }],
    ['one that expired the day before', { expiresAt: NOW - DAY, dueAt: NOW - DAY }],
    ['one that expired 35 days ago', { expiresAt: NOW - 35 * DAY, dueAt: NOW - 35 * DAY }],
    ['one that no reader’s clock still calls alive', { expiresAt: NOW - 1000, dueAt: NOW - 1000 }],
    ['one that is due this very moment', { state: 'PENDING', dueAt: NOW }],
    ['one whose making was abandoned', { state: 'PENDING', dueAt: NOW - MINUTE }],
    ['one whose removal stopped half-way', { state: 'PENDING', dueAt: NOW - 1, expiresAt: NOW + 80 * DAY }],
    ['one that lost its object already', { expiresAt: NOW - HOUR, dueAt: NOW - HOUR, objectKeys: [] }],
  ])('%s, row and object', async (_, over) => {
    const cloud = emptyCloud();
    const row = place(cloud, over);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(stands(cloud, row)).toBe(false);
    expect(cloud.objects.objects.size).toBe(0);
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 1 });
  });

  it('every object that a row answers for, before the row', async () => {
    const cloud = emptyCloud();
    const [accountId, documentId] = [fresh.account(), fresh.document()];
    const objectKeys = ['a', 'b', 'c'].map((name) => `documents/${accountId}/${documentId}/${name}`);
    expired(cloud, HOUR, { accountId, documentId, objectKeys });
    cloud.store.hooks.before = ({ op }) => {
      if (op === 'commit') expect(cloud.objects.objects.size).toBe(0);
    };
    expect(await run(cloud)).toMatchObject({ removed: 1, failed: 0 });
    expect(cloud.objects.calls.map(({ args }) => args[0])).toEqual(objectKeys);
  });

  it('a row whose objects a rotation may still put, once that is over', async () => {
    const cloud = emptyCloud();
    const row = expired(cloud, HOUR, { busyUntil: NOW + HOUR });
    expect(await run(cloud)).toMatchObject({ removed: 0, failed: 0 });
    expect(stands(cloud, row)).toBe(true);
    cloud.pass(HOUR);
    expect(await run(cloud)).toMatchObject({ removed: 1, failed: 0 });
    expect(stands(cloud, row)).toBe(false);
    expect(cloud.objects.objects.size).toBe(0);
  });

  it('all that is due, of every shard and day, however many', async () => {
    const cloud = emptyCloud();
    const due = Array.from({ length: 260 }, (_, i) => expired(cloud, 2 * MINUTE + (i % 30) * DAY));
    expiredTogether(cloud, 130);
    expect(new Set(due.map(({ documentId }) => dueShard(documentId))).size).toBe(16);
    const alive = place(cloud);
    expect(await run(cloud)).toEqual({ removed: 390, failed: 0, complete: true });
    expect([...cloud.store.rows.keys()]).toEqual([rowName(alive)]);
    expect([...cloud.objects.objects.keys()]).toEqual(alive.objectKeys);
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 390 });
  });
});

describe('the sweeper leaves', () => {
  it.each<[string, Partial<DocumentRow>]>([
    ['a document that is alive', {}],
    ['one that is being made', { state: 'PENDING', dueAt: NOW + HOUR }],
    ['one that is due in a millisecond', { state: 'PENDING', dueAt: NOW + 1 }],
    ['one that is not expired, though somebody moved its due time', { dueAt: NOW - HOUR }],
    ['one that a slower clock may still give out', { expiresAt: NOW - 999, dueAt: NOW - 999 }],
  ])('%s', async (_, over) => {
    const cloud = emptyCloud();
    const row = place(cloud, over);
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect(cloud.store.rows.get(rowName(row))).toEqual(row);
    expect([...cloud.objects.objects.keys()]).toEqual(row.objectKeys);
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 0 });
    // Today and 35 days before it, each shard once.
    expect(cloud.store.calls.filter(({ op }) => op === 'due')).toHaveLength(36 * 16);
  });

  it('what an account has beside documents', async () => {
    const cloud = emptyCloud();
    const rows = [sample.account(), sample.manifest(), sample.session(), sample.item(), sample.email()];
    for (const row of rows) cloud.store.rows.set(rowName(row), row);
    expired(cloud);
    await run(cloud);
    expect([...cloud.store.rows.values()]).toEqual(rows);
  });

  it('a document that its owner can still read, and takes it once it is expired', async () => {
    const app = createMemoryApp();
    const { token } = await app.register();
    const id = await app.addItem(token, 'person', { givenName: 'Ada', familyName: 'Example' });
    const body = { template: 'personal-data-record', inputs: { items: [id] }, retentionDays: 1 };
    const made = await app.call('POST /v1/documents', { token, body });
    const path = `/v1/documents/${made.text('id')}/content`;
    const due = () => sweep(app.env, app.env.clock() + MINUTE);

    app.pass(7 * HOUR);
    expect(await due()).toMatchObject({ removed: 0, failed: 0 });
    app.pass(17 * HOUR + 2 * MINUTE);
    const again = await app.call('POST /v1/sessions', {
      body: { email: 'owner@example.com', password: 'seven grey lanterns hum' },
    });
    const later = again.text('session.token');
    expect((await app.call(`GET ${path}`, { token: later })).status).toBe(404);
    expect(await due()).toMatchObject({ removed: 1, failed: 0 });
    expect(app.objects.objects.size).toBe(0);
    // Nothing that the vault accounts for is missing.
    expect((await app.call(`GET ${path}`, { token: later })).status).toBe(404);
    expect((await app.call('GET /v1/documents', { token: later })).body).toEqual({ documents: [], nextCursor: null });
    expect((await app.call(`GET /v1/items/${id}`, { token: later })).status).toBe(200);
  });
});

describe('when something fails, the sweeper', () => {
  it('keeps the row whose object stays, goes on with the others, and gets it the next time', async () => {
    const cloud = emptyCloud();
    const stuck = expired(cloud);
    const others = Array.from({ length: 40 }, () => expired(cloud));
    cloud.objects.hooks.before = ({ args }) => {
      if (stuck.objectKeys.includes(String(args[0]))) throw new UnavailableError('s3:DeleteObjects');
    };
    expect(await run(cloud)).toEqual({ removed: 40, failed: 1, complete: true });
    expect(others.filter((row) => stands(cloud, row))).toEqual([]);
    expect([stands(cloud, stuck), cloud.objects.objects.size]).toEqual([true, 1]);
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 40, SweepFailure: 1 });
    expect(cloud.telemetry.lines).toEqual([
      { level: 'error', message: expect.any(String), fields: { error: { name: 'UnavailableError' } } },
    ]);

    cloud.objects.hooks.before = () => undefined;
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect([stands(cloud, stuck), cloud.objects.objects.size]).toEqual([false, 0]);
  });

  it('gets past many rows that fail, and tries each but once a run', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 60);
    const stuck = new Set(rows.slice(0, 45).flatMap(({ objectKeys }) => objectKeys));
    cloud.objects.hooks.before = ({ args }) => {
      if (stuck.has(String(args[0]))) throw new UnavailableError('s3:DeleteObjects');
    };
    expect(await run(cloud)).toEqual({ removed: 15, failed: 45, complete: true });
    expect(cloud.objects.calls).toHaveLength(60);
    expect(rows.filter((row) => stands(cloud, row))).toEqual(rows.slice(0, 45));
  });

  it('ends, whatever fails', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 150);
    cloud.objects.hooks.before = () => {
      throw new UnavailableError('s3:DeleteObjects');
    };
    expect(await run(cloud)).toEqual({ removed: 0, failed: 150, complete: true });
    expect(cloud.objects.calls).toHaveLength(150);
    expect(rows.every((row) => stands(cloud, row))).toBe(true);
  });

  it('hides nothing behind rows of one shard and day that fail, however many, and reads 10 at a time', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 160);
    const stuck = new Set(rows.slice(0, 150).flatMap(({ objectKeys }) => objectKeys));
    cloud.objects.hooks.before = ({ args }) => {
      if (stuck.has(String(args[0]))) throw new UnavailableError('s3:DeleteObjects');
    };
    expect(await run(cloud)).toEqual({ removed: 10, failed: 150, complete: true });
    expect(rows.filter((row) => stands(cloud, row))).toEqual(rows.slice(0, 150));
    const limits = cloud.store.calls.filter(({ op }) => op === 'due').map(({ args }) => args[4]);
    expect(new Set(limits)).toEqual(new Set([10]));
  });

  it('removes nothing that belongs to another document, and tells of the row that says so', async () => {
    const cloud = emptyCloud();
    const alive = place(cloud);
    const planted = expired(cloud, HOUR, { objectKeys: alive.objectKeys });
    expect(await run(cloud)).toEqual({ removed: 0, failed: 1, complete: true });
    expect([stands(cloud, planted), cloud.objects.objects.size]).toEqual([true, 1]);
    expect(countsOf(cloud)).toMatchObject({ IntegrityFailure: 1, SweepFailure: 1 });
  });

  it('goes on where the index names what is no document', async () => {
    const cloud = emptyCloud();
    expired(cloud, HOUR);
    cloud.store.hooks.before = ({ op, args }) => {
      if (op === 'due' && args[1] === utcDay(NOW - 3 * DAY) && args[0] === 5) throw new IntegrityError('document row');
    };
    expect(await run(cloud)).toEqual({ removed: 1, failed: 1, complete: true });
    expect(countsOf(cloud)).toMatchObject({ IntegrityFailure: 1, SweepFailure: 1 });
  });

  it('fails as a whole where the table does not answer, and still counts what it did', async () => {
    const cloud = emptyCloud();
    expired(cloud, 2 * DAY);
    cloud.store.hooks.before = ({ op, args }) => {
      if (op === 'due' && args[1] === utcDay(NOW)) throw new UnavailableError('dynamodb:Query');
    };
    await expect(run(cloud)).rejects.toThrow(UnavailableError);
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 1 });
  });

  it('goes on with a document whose object went and whose row stayed', async () => {
    const cloud = emptyCloud();
    const row = expired(cloud);
    let refusals = 1;
    cloud.store.hooks.before = ({ op }) => {
      if (op === 'commit' && refusals-- > 0) throw new UnavailableError('dynamodb:TransactWriteItems');
    };
    expect(await run(cloud)).toMatchObject({ removed: 0, failed: 1 });
    expect([stands(cloud, row), cloud.objects.objects.size]).toEqual([true, 0]);
    expect(cloud.telemetry.lines).toEqual([
      { level: 'error', message: 'what is due could not be removed', fields: { error: { name: 'UnavailableError' } } },
    ]);
    expect(await run(cloud)).toMatchObject({ removed: 1, failed: 0 });
    expect(stands(cloud, row)).toBe(false);
  });
});

describe('of a deleted account, the sweeper', () => {
  /** A deletion that is due, and what its account has left: items, documents with objects, sessions. */
  function deleted(cloud: Cloud, over: Partial<DeletionRow> = {}): { row: DeletionRow; left: Row[] } {
    const row = sample.deletion({ at: NOW - HOUR, dueAt: NOW - HOUR, ...over });
    const { accountId } = row;
    const left: Row[] = [
      sample.session({ accountId }),
      ...Array.from({ length: 120 }, () => sample.item({ accountId })),
    ];
    for (const one of [row, ...left]) cloud.store.rows.set(rowName(one), one);
    for (let i = 0; i < 60; i++) left.push(place(cloud, { accountId }));
    return { row, left };
  }

  it('removes all that is left, without any key, and then what told of it', async () => {
    const cloud = emptyCloud();
    const { row } = deleted(cloud);
    const alive = [place(cloud), sample.account(), sample.manifest(), sample.item(), sample.throttle(), sample.email()];
    for (const one of alive) cloud.store.rows.set(rowName(one), one);
    cloud.store.hooks.before = ({ op, args }) => {
      const last = op === 'commit' && JSON.stringify(args).includes('"kind":"deletion"');
      if (last) expect(cloud.store.rows.size).toBe(alive.length + 1);
    };
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(cloud.store.rows.has(rowName(row))).toBe(false);
    expect(new Set(cloud.store.rows.values())).toEqual(new Set(alive));
    expect(cloud.objects.objects.size).toBe(1);
    expect(countsOf(cloud)).toEqual({ AccountErased: 1, DocumentSwept: 0 });
  });

  it.each<[string, Partial<DocumentRow>]>([
    ['is in the making', { state: 'PENDING', dueAt: NOW + HOUR }],
    ['a rotation moves', { busyUntil: NOW + HOUR }],
    ['is being removed, and may still be moved', { state: 'PENDING', dueAt: NOW, busyUntil: NOW + HOUR }],
  ])('removes the objects of a document that %s, and its row once nothing more can come', async (_, over) => {
    const cloud = emptyCloud();
    const deletion = sample.deletion({ dueAt: NOW - HOUR });
    cloud.store.rows.set(rowName(deletion), deletion);
    const row = place(cloud, { accountId: deletion.accountId, ...over });
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect([stands(cloud, row), cloud.objects.objects.size]).toEqual([true, 0]);
    // One comes late.
    cloud.objects.objects.set(row.objectKeys[0] ?? '', bytes(100));
    cloud.pass(HOUR);
    expect(await run(cloud)).toMatchObject({ failed: 0, complete: true });
    expect([cloud.store.rows.size, cloud.objects.objects.size]).toEqual([0, 0]);
  });

  it('leaves all to the request that is at work on it still', async () => {
    const cloud = emptyCloud();
    deleted(cloud, { dueAt: NOW + 1 });
    const before = new Map(cloud.store.rows);
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect(cloud.store.rows).toEqual(before);
  });

  it.each([
    ['account', () => sample.account()],
    ['manifest', () => sample.manifest()],
  ])('removes nothing where the %s stands', async (_, make) => {
    const cloud = emptyCloud();
    const { row } = deleted(cloud);
    const standing = { ...make(), accountId: row.accountId };
    cloud.store.rows.set(rowName(standing), standing);
    const before = new Map(cloud.store.rows);
    expect(await run(cloud)).toEqual({ removed: 0, failed: 1, complete: true });
    expect(cloud.store.rows).toEqual(before);
    expect(countsOf(cloud)).toMatchObject({ IntegrityFailure: 1, SweepFailure: 1 });
  });

  it('gets past a document that stays, keeps its name, and has it the next time', async () => {
    const cloud = emptyCloud();
    const { row, left } = deleted(cloud);
    const stuck = left.find((one) => one.kind === 'document');
    if (stuck === undefined) throw new Error('documents were placed');
    cloud.objects.hooks.before = ({ args }) => {
      if (stuck.objectKeys.includes(String(args[0]))) throw new UnavailableError('s3:DeleteObjects');
    };
    expect(await run(cloud)).toEqual({ removed: 0, failed: 1, complete: true });
    expect([...cloud.store.rows.keys()].sort()).toEqual([rowName(stuck), rowName(row)].sort());
    expect([...cloud.objects.objects.keys()]).toEqual(stuck.objectKeys);
    cloud.objects.hooks.before = () => undefined;
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect([cloud.store.rows.size, cloud.objects.objects.size]).toEqual([0, 0]);
  });

  it('ends with its time, and goes on the next time', async () => {
    const cloud = emptyCloud();
    deleted(cloud);
    cloud.objects.hooks.after = () => {
      cloud.pass(1000);
    };
    const reports: SweepReport[] = [];
    for (let i = 0; i < 3; i++) reports.push(await sweep(cloud, cloud.clock() + 20_000));
    expect(reports).toEqual([
      { removed: 0, failed: 0, complete: false },
      { removed: 0, failed: 0, complete: false },
      { removed: 1, failed: 0, complete: true },
    ]);
    expect([cloud.store.rows.size, cloud.objects.objects.size]).toEqual([0, 0]);
  });

  it('begins nothing at the very end of its time, and reads no further', async () => {
    const cloud = emptyCloud();
    const { row } = deleted(cloud);
    const before = new Map(cloud.store.rows);
    expect(await eraseAccount(cloud, row, cloud.clock())).toBe(false);
    expect(cloud.store.rows).toEqual(before);
    // The first page, and whether anything is left.
    expect(cloud.store.calls.map(({ op }) => op)).toEqual(['snapshot', 'remains', 'remains']);
  });

  it('is not held up by a document that another removes at the same time', async () => {
    const cloud = emptyCloud();
    const { row } = deleted(cloud);
    cloud.store.hooks.before = ({ op, args }) => {
      if (op === 'get') cloud.store.rows.delete(rowName(args[0] as DocumentRow));
    };
    expect(await eraseAccount(cloud, row, cloud.clock() + MINUTE)).toBe(true);
  });

  it('tells of what was tampered with before it tells of what failed', async () => {
    const cloud = emptyCloud();
    const { row } = deleted(cloud);
    let gets = 0;
    cloud.store.hooks.before = ({ op }) => {
      if (op === 'get') throw ++gets === 2 ? new IntegrityError('document') : new UnavailableError('dynamodb:GetItem');
    };
    await expect(eraseAccount(cloud, row, cloud.clock() + MINUTE)).rejects.toThrow(IntegrityError);
    const standing = { ...sample.account(), accountId: row.accountId };
    cloud.store.rows.set(rowName(standing), standing);
    await expect(eraseAccount(cloud, row, cloud.clock() + MINUTE)).rejects.toThrow('integrity failure: deletion');
  });

  it('twice at once removes all, and fails nowhere', async () => {
    const cloud = emptyCloud();
    deleted(cloud);
    deleted(cloud, { dueAt: NOW - 2 * DAY });
    cloud.store.hooks.before = () => new Promise(setImmediate);
    const reports = await Promise.all([run(cloud), run(cloud)]);
    expect(reports.map(({ failed, complete }) => [failed, complete])).toEqual([
      [0, true],
      [0, true],
    ]);
    expect([cloud.store.rows.size, cloud.objects.objects.size]).toEqual([0, 0]);
  });
});

describe('an index that lags', () => {
  /** Lets the index give rows that are gone, as one does that has not heard of it yet. */
  function lagging(cloud: Cloud): Cloud {
    const listed = new Map(cloud.store.rows);
    const store: MemoryVaultStore = {
      ...cloud.store,
      due: async (shard, day, until, after, limit) => {
        const frozen = createMemoryVaultStore();
        for (const [name, row] of listed) frozen.rows.set(name, row);
        return frozen.due(shard, day, until, after, limit);
      },
    };
    return { ...cloud, store };
  }

  it('makes nothing go twice, and hides nothing behind what is gone', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 35);
    const behind = lagging(cloud);
    for (const row of rows.slice(0, 20)) cloud.store.rows.delete(rowName(row));
    expect(await run(behind)).toEqual({ removed: 15, failed: 0, complete: true });
    expect(cloud.store.rows.size).toBe(0);
    expect(await run(behind)).toEqual({ removed: 0, failed: 0, complete: true });
  });

  it('hides nothing behind 150 rows that are gone, or that live by now', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 155);
    const behind = lagging(cloud);
    for (const row of rows.slice(0, 75)) cloud.store.rows.delete(rowName(row));
    for (const row of rows.slice(75, 150)) {
      cloud.store.rows.set(rowName(row), { ...row, dueAt: NOW + DAY, expiresAt: NOW + DAY });
    }
    expect(await run(behind)).toEqual({ removed: 5, failed: 0, complete: true });
    expect(rows.slice(150).some((row) => stands(cloud, row))).toBe(false);
  });

  it.each(['READY', 'PENDING'] as const)('does not bring down a document that was renewed since: %s', async (state) => {
    const cloud = emptyCloud();
    const row = expired(cloud, HOUR, { state });
    const behind = lagging(cloud);
    const renewed = { ...row, dueAt: NOW + DAY, expiresAt: NOW + DAY };
    cloud.store.rows.set(rowName(row), renewed);
    expect(await run(behind)).toEqual({ removed: 0, failed: 0, complete: true });
    expect(cloud.store.rows.get(rowName(row))).toEqual(renewed);
  });
});

describe('the time that is given', () => {
  it('is not passed: no batch is begun after it, and what was done is counted', async () => {
    const cloud = emptyCloud();
    const rows = expiredTogether(cloud, 50);
    cloud.objects.hooks.after = () => {
      cloud.pass(1000);
    };
    const report = await sweep(cloud, cloud.clock() + 15_000);
    expect(report).toEqual({ removed: 20, failed: 0, complete: false });
    expect(rows.filter((row) => stands(cloud, row))).toEqual(rows.slice(20));
    expect(countsOf(cloud)).toEqual({ DocumentSwept: 20 });
  });

  it('is all that ends a run: the next one goes on', async () => {
    const cloud = emptyCloud();
    expiredTogether(cloud, 50);
    cloud.objects.hooks.after = () => {
      cloud.pass(1000);
    };
    const reports: SweepReport[] = [];
    for (let i = 0; i < 3; i++) reports.push(await sweep(cloud, cloud.clock() + 15_000));
    expect(reports.map(({ removed, complete }) => [removed, complete])).toEqual([
      [20, false],
      [20, false],
      [10, true],
    ]);
    expect([cloud.store.rows.size, cloud.objects.objects.size]).toEqual([0, 0]);
  });

  it('may be up just when the last shard was read: the next run goes on there', async () => {
    const cloud = emptyCloud();
    cloud.store.hooks.after = ({ op, args }) => {
      if (op === 'due' && args[0] === 15 && args[1] === utcDay(NOW)) cloud.pass(MINUTE);
    };
    expect(await sweep(cloud, NOW + MINUTE)).toEqual({ removed: 0, failed: 0, complete: false });
  });

  it('may be up before anything is done', async () => {
    const cloud = emptyCloud();
    expired(cloud);
    expect(await sweep(cloud, cloud.clock())).toEqual({ removed: 0, failed: 0, complete: false });
    expect([cloud.store.calls, cloud.objects.calls]).toEqual([[], []]);
  });

  it('does not change what was due when the run began', async () => {
    const cloud = emptyCloud();
    expired(cloud, 2 * DAY);
    const later = place(cloud, { expiresAt: NOW + MINUTE, dueAt: NOW + MINUTE });
    cloud.objects.hooks.after = () => {
      cloud.pass(2 * HOUR);
    };
    expect(await sweep(cloud, NOW + 3 * HOUR)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(stands(cloud, later)).toBe(true);
  });
});

describe('two sweeps at once', () => {
  it('remove all that is due, leave what is not, and fail nowhere', async () => {
    const cloud = emptyCloud();
    expiredTogether(cloud, 30);
    for (let i = 0; i < 50; i++) expired(cloud, 2 * MINUTE + (i % 9) * DAY);
    const alive = place(cloud);
    const reports = await Promise.all([run(cloud), run(cloud)]);
    expect(reports).toMatchObject([
      { failed: 0, complete: true },
      { failed: 0, complete: true },
    ]);
    expect([...cloud.store.rows.keys()]).toEqual([rowName(alive)]);
    expect([...cloud.objects.objects.keys()]).toEqual(alive.objectKeys);
  });
});
