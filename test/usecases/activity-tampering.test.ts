import { describe, expect, it } from '@jest/globals';
import { type ActivityId, newId } from '../../lambda/domain/ids.ts';
import type { ActivityRow, Row, Sealed, SessionRow } from '../../lambda/domain/records.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  another,
  at,
  entryRows,
  list,
  listAll,
  type OwnerApp,
  replace,
  requireIntact,
  reveal,
  withNote,
} from './activity-support.ts';
import { HOUR, hookAll, MINUTE, plant, sessionRow } from './support.ts';

/**
 * What the session that is tampered with did: 1 registered, 2 made an item, 3 and 4 showed it, 5 changed it, 6 showed it.
 * The manifest was last written for it with the fifth.
 */
interface Tampered extends OwnerApp {
  /** Its entries, oldest first. */
  readonly entries: readonly ActivityRow[];
  /** Its row after so many entries. */
  readonly rowAt: (count: number) => SessionRow;
  /** Another session of the account, which looks on. */
  readonly onlooker: string;
}

const ENTRIES = 6;

async function createTampered(): Promise<Tampered> {
  const app = await withNote();
  const { token, accountId, sessionId, itemId } = app;
  const { token: onlooker } = await another(app);
  const rows = new Map<number, SessionRow>();
  const note = () => rows.set(sessionRow(app, sessionId).activityCount, sessionRow(app, sessionId));
  note();
  for (let count = 3; count <= ENTRIES; count++) {
    app.pass(1);
    await (count === 5 ? replace(app, token, itemId, 1) : reveal(app, token, itemId));
    note();
  }
  app.pass(1);
  await reveal(app, onlooker, itemId);
  const others = new Set(
    (await requireIntact(app, onlooker)).filter((one) => one.sessionId !== sessionId).map(({ id }) => id),
  );
  const entries = entryRows(app, accountId).filter(({ activityId }) => !others.has(activityId));
  expect(entries).toHaveLength(ENTRIES);
  return { ...app, entries, onlooker, rowAt: (count) => rows.get(count) ?? sessionRow(app, sessionId) };
}

const remove = (app: OwnerApp, ...rows: readonly Row[]) => {
  for (const row of rows) app.store.rows.delete(rowName(row));
};
const entry = (app: Tampered, number: number): ActivityRow => at(app.entries, number - 1);
const missing = ({ sessionId }: OwnerApp, first: number, last = first) => ({
  fault: 'missing',
  sessionId,
  first,
  last,
});
const changed = ({ activityId: id }: ActivityRow) => ({ fault: 'changed', id });
const flip = (sealed: Sealed, place: number): Sealed => {
  const copy = Uint8Array.from(sealed);
  const index = place < 0 ? copy.length + place : place;
  copy[index] = at([...copy], index) ^ 1;
  return copy as Sealed;
};

/** Tampers, and tells what the onlooker must be told; nothing where it is not noticed. */
type Tamper = (app: Tampered) => readonly unknown[] | Promise<readonly unknown[]>;

const NOTICED: readonly (readonly [string, Tamper])[] = [
  ...[1, 2, 3, 4, 5, 6].map((number): [string, Tamper] => [
    `entry ${number} is removed`,
    (app) => {
      remove(app, entry(app, number));
      return [missing(app, number)];
    },
  ]),
  [
    'all of a session is removed',
    (app) => {
      remove(app, ...app.entries);
      return [missing(app, 1, ENTRIES)];
    },
  ],
  [
    'two stretches are removed',
    (app) => {
      remove(app, entry(app, 2), entry(app, 3), entry(app, 5));
      return [missing(app, 5), missing(app, 2, 3)];
    },
  ],
  ...([0, 24, -1] as const).map((place): [string, Tamper] => [
    `byte ${place} of an entry is flipped`,
    (app) => {
      const row = entry(app, 4);
      plant(app, { ...row, sealed: flip(row.sealed, place) });
      return [changed(row), missing(app, 4)];
    },
  ]),
  [
    'an entry is cut short',
    (app) => {
      const row = entry(app, 4);
      plant(app, { ...row, sealed: row.sealed.slice(0, -1) as Sealed });
      return [changed(row), missing(app, 4)];
    },
  ],
  [
    'an entry is said to be of another key',
    (app) => {
      const row = entry(app, 4);
      plant(app, { ...row, dekVersion: 7 });
      return [changed(row), missing(app, 4)];
    },
  ],
  [
    'an entry is moved to another time',
    (app) => {
      const row = entry(app, 3);
      const moved = { ...row, activityId: newId<ActivityId>(app.time.now, new Uint8Array(10)) };
      remove(app, row);
      plant(app, moved);
      return [changed(moved), missing(app, 3)];
    },
  ],
  [
    'an entry is copied to another time',
    (app) => {
      const copy = { ...entry(app, 3), activityId: newId<ActivityId>(app.time.now, new Uint8Array(10)) };
      plant(app, copy);
      return [changed(copy)];
    },
  ],
  [
    'two entries are exchanged',
    (app) => {
      const [one, other] = [entry(app, 3), entry(app, 4)];
      plant(app, { ...one, sealed: other.sealed });
      plant(app, { ...other, sealed: one.sealed });
      return [changed(other), changed(one), missing(app, 3, 4)];
    },
  ],
  [
    "an entry is another account's",
    async (app) => {
      const stranger = await app.register('other@example.com');
      const [theirs] = entryRows(app, stranger.accountId);
      const row = { ...at([theirs], 0), accountId: entry(app, 1).accountId } as ActivityRow;
      plant(app, row);
      return [changed(row)];
    },
  ],
  [
    'its row is set back to before what the manifest knows',
    (app) => {
      plant(app, app.rowAt(4));
      return [{ fault: 'session-changed', sessionId: app.sessionId }];
    },
  ],
  [
    'its row is set back to what the manifest knows',
    (app) => {
      plant(app, app.rowAt(5));
      return [{ fault: 'unexpected', id: entry(app, 6).activityId }];
    },
  ],
  [
    'its row is removed',
    (app) => {
      remove(app, app.rowAt(6));
      return [{ fault: 'session-missing', sessionId: app.sessionId }];
    },
  ],
  [
    'the head in its row is altered',
    (app) => {
      plant(app, { ...app.rowAt(6), activityHead: app.rowAt(5).activityHead });
      return [changed(entry(app, 6))];
    },
  ],
  [
    'the count in its row is raised',
    (app) => {
      plant(app, { ...app.rowAt(6), activityCount: 8 });
      return [missing(app, 7, 8)];
    },
  ],
  [
    'the count in its row is lowered',
    (app) => {
      plant(app, { ...app.rowAt(6), activityCount: 5 });
      return [{ fault: 'session-changed', sessionId: app.sessionId }];
    },
  ],
  [
    'its row and its entries are set back to before what the manifest knows',
    (app) => {
      plant(app, app.rowAt(4));
      remove(app, entry(app, 5), entry(app, 6));
      return [{ fault: 'session-changed', sessionId: app.sessionId }, missing(app, 5)];
    },
  ],
  [
    'its row is removed with entries that the manifest knows',
    (app) => {
      remove(app, app.rowAt(6), entry(app, 5), entry(app, 6));
      return [{ fault: 'session-missing', sessionId: app.sessionId }, missing(app, 5)];
    },
  ],
  [
    'it signed out, and its last entry but that is removed',
    async (app) => {
      await app.call('DELETE /v1/sessions/current', { token: app.token });
      remove(app, entry(app, 6));
      return [missing(app, 6)];
    },
  ],
  [
    'it wrote the vault again, and its row and entries are set back to before',
    async (app) => {
      await replace(app, app.token, app.itemId, 2);
      const last = at(entryRows(app, app.accountId), -1);
      plant(app, app.rowAt(6));
      remove(app, last);
      return [{ fault: 'session-changed', sessionId: app.sessionId }, missing(app, 7)];
    },
  ],
];

/** What a table's writer can do to a chain that nobody is told of. */
const NOT_NOTICED: readonly (readonly [string, (app: Tampered) => void | Promise<void>])[] = [
  [
    'its row and what it did since the manifest was last written for it are set back together',
    (app) => {
      plant(app, app.rowAt(5));
      remove(app, entry(app, 6));
    },
  ],
  [
    'an entry that was removed is put back as it was',
    (app) => {
      remove(app, entry(app, 3));
      plant(app, entry(app, 3));
    },
  ],
  [
    'the row of a session that ended is put back',
    async (app) => {
      await app.call('DELETE /v1/sessions/current', { token: app.token });
      plant(app, app.rowAt(6));
    },
  ],
];

describe('an onlooker is told, by what and where, that', () => {
  it.each(NOTICED)('%s', async (_, tamper) => {
    const app = await createTampered();
    const due = await tamper(app);
    const failures = () => app.telemetry.counts.get('IntegrityFailure') ?? 0;
    const before = failures();
    const page = await list(app, app.onlooker);
    expect(page).toMatchObject({ chain: 'broken', verifiedSince: null, nextCursor: null });
    expect(page.breaks).toEqual(due);
    expect(failures()).toBe(before + 1);
    // Page by page it is the same in the end, in the order in which it is met.
    const named = (breaks: readonly unknown[]) => breaks.map((one) => JSON.stringify(one)).sort();
    for (const limit of [1, 3]) {
      const paged = await listAll(app, app.onlooker, limit);
      expect(paged.chain).toBe('broken');
      expect(named(paged.breaks)).toEqual(named(due));
      expect(paged.activity).toEqual(page.activity);
    }
  });

  it('more is gone by the second reading, and after as many as that takes', async () => {
    const app = await createTampered();
    const readings = async (act: (reading: number) => void) => {
      let count = 0;
      hookAll(app, {
        before: (name) => {
          if (name === 'store.list session') act(++count);
        },
      });
      const { breaks } = await list(app, app.onlooker);
      hookAll(app, {});
      return { count, breaks };
    };
    remove(app, entry(app, 4));
    expect(await readings(() => undefined)).toEqual({ count: 2, breaks: [missing(app, 4)] });
    const more = await readings((reading) => {
      if (reading === 2) remove(app, entry(app, 2));
    });
    expect(more).toEqual({ count: 3, breaks: [missing(app, 4), missing(app, 2)] });
  });

  it('entries are missing from its first page on, however far behind', async () => {
    const app = await createTampered();
    remove(app, entry(app, 2));
    const page = await list(app, app.onlooker, 'limit=1');
    expect(page).toMatchObject({ chain: 'broken', breaks: [missing(app, 2)] });
  });
});

describe('nobody is told that', () => {
  it('something is wrong in one of four readings alone', async () => {
    const app = await createTampered();
    const read = app.store.list.bind(app.store);
    let readings = 0;
    const without = async (...[accountId, kind, options]: Parameters<typeof read>) => {
      const page = await read(accountId, kind, options);
      if (kind !== 'activity') return page;
      const { activityId } = entry(app, ++readings);
      return { ...page, rows: page.rows.filter((row) => !('activityId' in row) || row.activityId !== activityId) };
    };
    Object.assign(app.store, { list: without });
    expect(await list(app, app.onlooker, 'limit=1')).toMatchObject({ chain: 'intact', breaks: [] });
    expect([readings, app.telemetry.counts.get('IntegrityFailure')]).toEqual([4, undefined]);
  });

  it.each(NOT_NOTICED)('%s', async (_, tamper) => {
    const app = await createTampered();
    await tamper(app);
    await requireIntact(app, app.onlooker);
    await requireIntact(app, app.onlooker, 1);
  });

  it('the first entries within the year are gone, of a session that began before', async () => {
    const app = await withNote();
    for (let i = 0; i < 3; i++) {
      app.pass(20 * MINUTE);
      await reveal(app, app.token, app.itemId);
    }
    app.pass(365 * 24 * HOUR - 50 * MINUTE);
    const { token } = await another(app);
    const rows = entryRows(app, app.accountId);
    expect(await requireIntact(app, token)).toHaveLength(4);
    remove(app, at(rows, 2));
    expect(await requireIntact(app, token)).toHaveLength(3);
    // Up to one that stays, it is.
    plant(app, at(rows, 2));
    remove(app, at(rows, 3));
    expect((await list(app, token)).breaks).toEqual([missing(app, 4)]);
  });
});

describe('an entry that is over a year old', () => {
  it('does not come back', async () => {
    const app = await createTampered();
    const rows = entryRows(app, app.accountId);
    app.pass(365 * 24 * HOUR + 1);
    remove(app, ...rows);
    const { token } = await another(app);
    for (const row of rows) plant(app, row);
    expect(await requireIntact(app, token)).toHaveLength(1);
  });
});

describe('the token of a session', () => {
  const acts = (app: Tampered) => [
    () => reveal(app, app.token, app.itemId),
    () => app.call(`GET /v1/items/${app.itemId}?mask=true`, { token: app.token }),
    () => app.call('GET /v1/items', { token: app.token }),
    () => app.call('GET /v1/account/activity', { token: app.token }),
    () => replace(app, app.token, app.itemId, 2),
    () => app.call('GET /v1/account', { token: app.token }),
  ];
  const verdicts = async (app: Tampered) => {
    const all = new Set<string>();
    for (const act of acts(app)) all.add(verdict(await act()));
    return [...all];
  };

  it.each([
    ['signed out', (app: Tampered) => app.call('DELETE /v1/sessions/current', { token: app.token })],
    ['was ended', (app: Tampered) => app.call(`DELETE /v1/sessions/${app.sessionId}`, { token: app.onlooker })],
  ])('opens nothing where it %s and its row is put back', async (_, end) => {
    const app = await createTampered();
    expect((await end(app)).status).toBe(204);
    expect(verdict(await reveal(app, app.token, app.itemId))).toBe('401 unauthenticated');
    const entries = entryRows(app, app.accountId).length;
    plant(app, app.rowAt(6));
    expect(await verdicts(app)).toEqual(['500 integrity_failure']);
    expect(entryRows(app, app.accountId)).toHaveLength(entries);
    await requireIntact(app, app.onlooker);
  });

  it.each([
    ['all sessions were ended', (app: Tampered) => app.call('DELETE /v1/sessions', { token: app.onlooker })],
    [
      'the password was changed',
      (app: Tampered) =>
        app.call('PUT /v1/account/password', {
          token: app.onlooker,
          body: { currentPassword: PASSWORD, newPassword: PASSWORD },
        }),
    ],
  ])('is no token where %s and its row is put back', async (_, end) => {
    const app = await createTampered();
    expect((await end(app)).status).toBe(204);
    plant(app, app.rowAt(6));
    expect(await verdicts(app)).toEqual(['401 unauthenticated']);
  });

  it('opens nothing where its row is set back to before what the manifest knows', async () => {
    const app = await createTampered();
    for (const count of [2, 3, 4]) {
      plant(app, app.rowAt(count));
      expect(await verdicts(app)).toEqual(['500 integrity_failure']);
    }
    plant(app, { ...app.rowAt(6), activityCount: 5 });
    expect(await verdicts(app)).toEqual(['500 integrity_failure']);
  });

  it('opens the vault where row and manifest agree, and what was set back shows in the chain as soon as an entry stays', async () => {
    const app = await createTampered();
    plant(app, app.rowAt(5));
    app.pass(1);
    expect((await reveal(app, app.token, app.itemId)).status).toBe(200);
    // Two entries are the sixth now, and the older one is not what the row tells of.
    const { breaks } = await list(app, app.onlooker);
    expect(breaks).toEqual([{ fault: 'unexpected', id: entry(app, 6).activityId }]);
  });
});
