import { describe, expect, it } from '@jest/globals';
import type { DocumentRow, WalkRow } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import type { MaintenanceEnvironment } from '../../lambda/usecases/environment.ts';
import { type WalkReport, walkBucket } from '../../lambda/usecases/walk-bucket.ts';
import { bytes, fresh, NOW, sample } from '../contracts/vault-store-rows.ts';
import type { Call, Hooks } from '../fixtures/memory-hooks.ts';
import { createMemoryObjectStore, type MemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { createMemoryVaultStore, type MemoryVaultStore, rowName } from '../fixtures/memory-vault-store.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

interface Cloud extends MaintenanceEnvironment {
  readonly store: MemoryVaultStore;
  readonly objects: MemoryObjectStore;
  readonly telemetry: MemoryTelemetry;
  /** Moves the clock, ms. */
  pass(ms: number): void;
}

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

/** An object that was written so many ms ago. @returns its name */
function object({ objects, clock }: Cloud, ago = 2 * DAY, key = freshKey()): string {
  objects.objects.set(key, bytes(10));
  objects.modified.set(key, clock() - ago);
  return key;
}

function freshKey(): string {
  return `documents/${fresh.account()}/${fresh.document()}/${Buffer.from(bytes(16)).toString('base64url')}`;
}

/** A row that answers for so many objects, and these. */
function named(cloud: Cloud, count = 1, over: Partial<DocumentRow> = {}): DocumentRow {
  const made = sample.document(over);
  const folder = `documents/${made.accountId}/${made.documentId}`;
  const objectKeys = Array.from({ length: count }, (_, n) => object(cloud, 2 * DAY, `${folder}/${n}`));
  const row = { ...made, objectKeys };
  cloud.store.rows.set(rowName(row), row);
  return row;
}

function run(cloud: Cloud, ms = 10 * MINUTE): Promise<WalkReport> {
  return walkBucket(cloud, cloud.clock() + ms);
}

function walkRow({ store }: Cloud): WalkRow | undefined {
  return [...store.rows.values()].find((row): row is WalkRow => row.kind === 'walk');
}

function left({ objects }: Cloud): string[] {
  return [...objects.objects.keys()].sort();
}

function countsOf({ telemetry }: Cloud): Record<string, number> {
  return Object.fromEntries(telemetry.counts);
}

function hook({ store, objects }: Cloud, hooks: Hooks): void {
  for (const port of [store, objects]) {
    delete port.hooks.before;
    delete port.hooks.after;
    Object.assign(port.hooks, hooks);
  }
}

describe('the walk removes', () => {
  it('an object that no row answers for, once it is 24 hours old', async () => {
    const cloud = emptyCloud();
    const [old, young] = [object(cloud, DAY + 1), object(cloud, DAY)];
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(cloud.objects.objects.has(old)).toBe(false);
    expect(left(cloud)).toEqual([young]);
    expect(countsOf(cloud)).toEqual({ OrphanRemoved: 1 });
    cloud.pass(WEEK);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(left(cloud)).toEqual([]);
  });

  it('one whose row answers for others', async () => {
    const cloud = emptyCloud();
    const { accountId, documentId, objectKeys } = named(cloud, 2);
    object(cloud, 2 * DAY, `documents/${accountId}/${documentId}/other`);
    expect(await run(cloud)).toMatchObject({ removed: 1, failed: 0 });
    expect(left(cloud)).toEqual([...objectKeys].sort());
  });

  it('one that only the row of another document names', async () => {
    const cloud = emptyCloud();
    const orphan = object(cloud);
    const row = sample.document({ objectKeys: [orphan] });
    cloud.store.rows.set(rowName(row), row);
    expect(await run(cloud)).toMatchObject({ removed: 1 });
    expect(left(cloud)).toEqual([]);
  });
});

describe('the walk leaves', () => {
  it.each<[string, Partial<DocumentRow>]>([
    ['a READY document', {}],
    ['a document in the making', { state: 'PENDING', sealed: null, dueAt: NOW + HOUR }],
    ['an upload', { state: 'PENDING', dueAt: NOW + DAY }],
    ['a removal that stopped', { state: 'PENDING', sealed: null, dueAt: NOW - HOUR }],
    ['a document that is expired, which is the sweeper’s', { expiresAt: NOW - DAY, dueAt: NOW - DAY }],
    ['a document that a rotation moves', { busyUntil: NOW + HOUR }],
  ])('every object of %s', async (_, over) => {
    const cloud = emptyCloud();
    const { objectKeys } = named(cloud, 40, over);
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect(left(cloud)).toEqual([...objectKeys].sort());
    expect(countsOf(cloud)).toEqual({ OrphanRemoved: 0 });
  });

  it('an object whose row comes between the two looks at it', async () => {
    const cloud = emptyCloud();
    const orphan = object(cloud);
    const [, accountId, documentId] = orphan.split('/');
    let looks = 0;
    hook(cloud, {
      after: ({ op, args: [key] }) => {
        if (op !== 'get' || (key as { kind: string }).kind !== 'document' || ++looks > 1) return;
        const ids = { accountId, documentId } as Pick<DocumentRow, 'accountId' | 'documentId'>;
        const row = sample.document({ ...ids, objectKeys: [orphan] });
        cloud.store.rows.set(rowName(row), row);
      },
    });
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect([left(cloud), looks]).toEqual([[orphan], 2]);
  });

  it('what lies under other names than documents’', async () => {
    const cloud = emptyCloud();
    const other = object(cloud, 30 * DAY, 'exports/something');
    expect(await run(cloud)).toMatchObject({ removed: 0, failed: 0 });
    expect(left(cloud)).toEqual([other]);
  });

  const ids = `${fresh.account()}/${fresh.document()}`;
  it.each([
    'documents/',
    'documents/notes.txt',
    `documents/${ids}`,
    `documents/${ids}/`,
    `documents/${ids}/a/b`,
    `documents/${ids.toLowerCase()}/a`,
    `documents//${ids}/a`,
    `documents/${ids.split('/')[0] ?? ''}/I${ids.slice(28)}/a`,
    `documents/I${ids.slice(1)}/a`,
    'documents/../../a',
  ])('%s, which no document can have, and tells of it', async (odd) => {
    const cloud = emptyCloud();
    object(cloud, 2 * DAY, odd);
    const orphan = object(cloud);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 1, complete: true });
    expect(left(cloud)).toEqual([odd]);
    expect(cloud.objects.objects.has(orphan)).toBe(false);
    expect(countsOf(cloud)).toEqual({ IntegrityFailure: 1, OrphanRemoved: 1, SweepFailure: 1 });
    // No name reaches the log.
    expect(cloud.telemetry.lines).toEqual([
      { level: 'error', message: 'an object could not be judged', fields: { error: { name: 'IntegrityError' } } },
    ]);
    // Nor does it make every run a walk.
    expect(walkRow(cloud)).toMatchObject({ after: '', begunAt: NOW });
  });

  it('an object whose row does not read, and tells of it', async () => {
    const cloud = emptyCloud();
    const kept = object(cloud);
    hook(cloud, {
      after: ({ op, args: [key] }) => {
        if (op === 'get' && (key as { kind: string }).kind === 'document') throw new IntegrityError('document row');
      },
    });
    expect(await run(cloud)).toEqual({ removed: 0, failed: 1, complete: true });
    expect(left(cloud)).toEqual([kept]);
    expect(countsOf(cloud)).toMatchObject({ IntegrityFailure: 1 });
  });
});

describe('the walk is made', () => {
  it('once a week by the clock, counted from where the one before began', async () => {
    const cloud = emptyCloud();
    expect(await run(cloud)).toMatchObject({ complete: true });
    expect(walkRow(cloud)).toEqual({ kind: 'walk', name: 'bucket', after: '', begunAt: NOW });
    const orphan = object(cloud);
    cloud.pass(WEEK - 1);
    const asked = cloud.objects.calls.length;
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
    expect([left(cloud), cloud.objects.calls.length]).toEqual([[orphan], asked]);
    cloud.pass(1);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(walkRow(cloud)?.begunAt).toBe(NOW + WEEK);
  });

  it.each([
    ['far ahead', NOW + 8 * DAY],
    ['never', Number.MAX_SAFE_INTEGER],
  ])('also where a row says that the last one began %s', async (_, begunAt) => {
    const cloud = emptyCloud();
    object(cloud);
    const row: WalkRow = { kind: 'walk', name: 'bucket', after: '', begunAt };
    cloud.store.rows.set(rowName(row), row);
    expect(await run(cloud)).toMatchObject({ removed: 1, complete: true });
    expect(walkRow(cloud)).toEqual({ ...row, begunAt: NOW });
  });

  it('not while its own row does not read, which it says by failing', async () => {
    const cloud = emptyCloud();
    const orphan = object(cloud);
    hook(cloud, {
      after: ({ op, args: [key] }) => {
        if (op === 'get' && kindOf(key) === 'walk') throw new IntegrityError('walk row');
      },
    });
    await expect(run(cloud)).rejects.toThrow(IntegrityError);
    expect(left(cloud)).toEqual([orphan]);
  });

  it('on no bucket’s worth of memory: in pages of 500, 10 objects at a time', async () => {
    const cloud = emptyCloud();
    const kept = Array.from({ length: 1_000 }, () => named(cloud)).flatMap(({ objectKeys }) => objectKeys);
    for (let n = 0; n < 2_000; n++) object(cloud);
    let [open, most] = [0, 0];
    hook(cloud, {
      before: () => {
        most = Math.max(most, ++open);
        return new Promise(setImmediate);
      },
      after: () => {
        open--;
      },
    });
    const begun = performance.now();
    expect(await run(cloud)).toEqual({ removed: 2_000, failed: 0, complete: true });
    expect(performance.now() - begun).toBeLessThan(20_000);
    expect(left(cloud)).toEqual([...kept].sort());
    expect(most).toBe(10);
    const pages = cloud.objects.calls.filter(({ op }) => op === 'names');
    expect(pages.map(({ args }) => args[2])).toEqual(Array.from({ length: 6 }, () => 500));
    // One look at what is named, two at what goes.
    const looks = cloud.store.calls.filter(({ op, args: [key] }) => op === 'get' && kindOf(key) === 'document');
    expect(looks).toHaveLength(1_000 + 2 * 2_000);
  }, 30_000);
});

function kindOf(key: unknown): string {
  return (key as { kind: string }).kind;
}

describe('the time that is given', () => {
  it('may be up before anything is done', async () => {
    const cloud = emptyCloud();
    const orphan = object(cloud);
    expect(await run(cloud, 0)).toEqual({ removed: 0, failed: 0, complete: false });
    expect([left(cloud), cloud.objects.calls, walkRow(cloud)]).toEqual([[orphan], [], undefined]);
  });

  it('ends a run within a page, and the next goes on where it was', async () => {
    const cloud = emptyCloud();
    for (let n = 0; n < 1_200; n++) object(cloud);
    const kept = Array.from({ length: 50 }, () => named(cloud)).flatMap(({ objectKeys }) => objectKeys);
    const seen: string[] = [];
    hook(cloud, {
      after: ({ op, args: [key] }) => {
        if (op === 'names') cloud.pass(100);
        if (op !== 'get' || kindOf(key) !== 'document') return;
        seen.push((key as DocumentRow).documentId);
        cloud.pass(10);
      },
    });
    const reports: WalkReport[] = [];
    do reports.push(await run(cloud, 4_000));
    while (reports.at(-1)?.complete === false && reports.length < 50);
    expect(reports.length).toBeGreaterThan(5);
    expect(reports.length).toBeLessThan(10);
    expect(reports.reduce((sum, { removed }) => sum + removed, 0)).toBe(1_200);
    expect(left(cloud)).toEqual([...kept].sort());
    // Nothing was judged twice.
    expect(seen).toHaveLength(2 * 1_200 + 50);
    expect(walkRow(cloud)).toMatchObject({ after: '', begunAt: NOW });
  });

  it('need not be enough for one page, nor for one batch', async () => {
    const cloud = emptyCloud();
    const all = Array.from({ length: 30 }, () => object(cloud)).sort();
    hook(cloud, {
      after: ({ op }) => {
        if (op === 'remove') cloud.pass(1_000);
      },
    });
    expect(await run(cloud, 10_000)).toEqual({ removed: 10, failed: 0, complete: false });
    expect(walkRow(cloud)).toMatchObject({ after: all[9], begunAt: NOW });
    hook(cloud, {
      after: ({ op }) => {
        if (op === 'names') cloud.pass(1_000);
      },
    });
    expect(await run(cloud, 1_000)).toEqual({ removed: 0, failed: 0, complete: false });
    expect(walkRow(cloud)).toMatchObject({ after: all[9], begunAt: NOW });
    hook(cloud, {});
    expect(await run(cloud)).toEqual({ removed: 20, failed: 0, complete: true });
  });
});

describe('of two walks at once', () => {
  it('one leaves it to the other, and nothing goes wrong', async () => {
    const cloud = emptyCloud();
    const kept = Array.from({ length: 300 }, () => named(cloud)).flatMap(({ objectKeys }) => objectKeys);
    for (let n = 0; n < 900; n++) object(cloud);
    hook(cloud, { before: () => new Promise(setImmediate) });
    const reports = await Promise.all([run(cloud), run(cloud)]);
    expect(reports.map(({ complete }) => complete).sort()).toEqual([false, true]);
    expect(reports.map(({ failed }) => failed)).toEqual([0, 0]);
    expect(left(cloud)).toEqual([...kept].sort());
    // The one that left it did not go beyond its first page.
    const pages = cloud.objects.calls.filter(({ op }) => op === 'names');
    expect(pages).toHaveLength(3 + 1);
    expect(walkRow(cloud)).toMatchObject({ after: '' });
  });

  it('the second finds nothing to do once the first has ended', async () => {
    const cloud = emptyCloud();
    object(cloud);
    await run(cloud);
    expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
  });
});

describe('when a call fails, the walk', () => {
  /** 520 objects, of which a few are orphans on either page, one odd, and the rest have rows. */
  function furnished(): { cloud: Cloud; kept: string[] } {
    const cloud = emptyCloud();
    const kept = [...named(cloud, 256).objectKeys, ...named(cloud, 256).objectKeys, object(cloud, HOUR)];
    for (let n = 0; n < 4; n++) {
      object(cloud, 2 * DAY, `documents/${'0'.repeat(26)}/${fresh.document()}/a`);
      object(cloud, 2 * DAY, `documents/7${'Z'.repeat(25)}/${fresh.document()}/a`);
    }
    return { cloud, kept: kept.sort() };
  }

  async function callsOf(): Promise<string[]> {
    const { cloud } = furnished();
    const names: string[] = [];
    hook(cloud, { before: (call) => void names.push(nameOf(call)) });
    await run(cloud);
    return names;
  }

  const nameOf = ({ op, args: [first] }: Call): string =>
    op === 'get' ? `get ${kindOf(first)}` : op === 'commit' ? 'commit walk' : op;

  it.each(['refused', 'answer lost'] as const)(
    'removes nothing that has a row, and the next run ends it, whichever call: %s',
    async (fault) => {
      const names = await callsOf();
      // All calls that are not alike, and of those that are the first, some in the middle, and the last.
      const places = [...names.keys()].filter((place) => {
        const alike = names[place] === 'get document';
        return !alike || place % 37 === 0 || names[place - 1] !== names[place];
      });
      expect(new Set(places.map((place) => names[place]))).toEqual(
        new Set(['get walk', 'names', 'get document', 'remove', 'commit walk']),
      );
      const outcomes = new Set<string>();
      for (const place of places) {
        const { cloud, kept } = furnished();
        let calls = 0;
        const doomed: Call[] = [];
        hook(cloud, {
          before: (call) => {
            if (calls++ === place) doomed.push(call);
            if (doomed.includes(call) && fault === 'refused') throw new UnavailableError(nameOf(call));
          },
          after: (call) => {
            if (doomed.includes(call)) throw new UnavailableError(nameOf(call));
          },
        });
        const report = await run(cloud).catch((error: unknown) => {
          expect(error).toBeInstanceOf(UnavailableError);
          return null;
        });
        hook(cloud, {});
        for (const key of kept) expect(cloud.objects.objects.has(key)).toBe(true);
        const name = doomed.map(nameOf).join();
        const own = ['get document', 'remove'].includes(name);
        expect(report).toEqual(own ? { removed: expect.any(Number), failed: 1, complete: true } : null);
        expect(countsOf(cloud)['SweepFailure'] ?? 0).toBe(own ? 1 : 0);
        outcomes.add(`${name} ${left(cloud).length === kept.length ? 'all' : 'less'}`);

        cloud.pass(HOUR);
        expect(await run(cloud)).toMatchObject({ failed: 0, complete: true });
        expect(left(cloud)).toEqual(kept);
        // Then it is over: the next is a week away.
        const asked = cloud.objects.calls.length;
        expect(await run(cloud)).toEqual({ removed: 0, failed: 0, complete: true });
        expect(cloud.objects.calls).toHaveLength(asked);
      }
      expect(outcomes.size).toBeGreaterThan(5);
    },
    60_000,
  );

  it('goes on with the others where one object stays, run after run', async () => {
    const { cloud, kept } = furnished();
    const stuck = object(cloud);
    hook(cloud, {
      before: ({ op, args: [key] }) => {
        if (op === 'remove' && key === stuck) throw new UnavailableError('s3:DeleteObjects');
      },
    });
    expect(await run(cloud)).toEqual({ removed: 8, failed: 1, complete: true });
    expect(left(cloud)).toEqual([...kept, stuck].sort());
    const late = object(cloud);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 1, complete: true });
    expect(cloud.objects.objects.has(late)).toBe(false);
    expect(countsOf(cloud)).toEqual({ OrphanRemoved: 9, SweepFailure: 2 });
    hook(cloud, {});
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
    expect(left(cloud)).toEqual(kept);
  });

  it('remembers across runs that an object stays', async () => {
    const cloud = emptyCloud();
    const all = Array.from({ length: 30 }, () => object(cloud)).sort();
    hook(cloud, {
      before: ({ op, args: [key] }) => {
        if (op === 'remove' && key === all[3]) throw new UnavailableError('s3:DeleteObjects');
      },
      after: ({ op }) => {
        if (op === 'remove') cloud.pass(MINUTE);
      },
    });
    expect(await run(cloud, MINUTE)).toEqual({ removed: 9, failed: 1, complete: false });
    hook(cloud, {});
    expect(await run(cloud)).toEqual({ removed: 20, failed: 0, complete: true });
    expect(left(cloud)).toEqual([all[3]]);
    expect(await run(cloud)).toEqual({ removed: 1, failed: 0, complete: true });
  });

  it('still counts what it removed before', async () => {
    const cloud = emptyCloud();
    for (let n = 0; n < 520; n++) object(cloud);
    let pages = 0;
    hook(cloud, {
      before: ({ op }) => {
        if (op === 'names' && ++pages === 2) throw new UnavailableError('s3:ListObjectVersions');
      },
    });
    await expect(run(cloud)).rejects.toThrow(UnavailableError);
    expect(countsOf(cloud)).toEqual({ OrphanRemoved: 500 });
    expect(await run(cloud)).toEqual({ removed: 20, failed: 0, complete: true });
  });
});
