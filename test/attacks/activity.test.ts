import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import type { ActivityId, SessionId } from '../../lambda/domain/ids.ts';
import { newId } from '../../lambda/domain/ids.ts';
import type { ActivityRow, Sealed, SessionRow } from '../../lambda/domain/records.ts';
import { verdict } from '../fixtures/app.ts';
import {
  CALLS,
  type CallName,
  everywhere,
  expected,
  INTEGRITY,
  type Manipulation,
  outcomes,
  SIGNED_IN_CALLS,
  SOME_CALLS,
  UNAUTHENTICATED,
} from './calls.ts';
import { anew as begun, type Lives, livesOf, rollBack } from './history.ts';
import { NOT_NOTICED, requireTold, WITHOUT_EFFECT } from './threats.ts';
import { CANARY, createWorld, credentials, flipped, sessionOf, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(60_000);

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** What GET /v1/account/activity says is wrong. */
interface Found {
  readonly fault: string;
  readonly id?: string;
  readonly sessionId?: string;
  readonly first?: number;
  readonly last?: number;
}

/** A change of a session's or an entry's row. What it does not say is as if nothing had been. */
interface Case extends Manipulation {
  /** What the owner's activity tells, in this session and in one that begins afterwards. */
  readonly found?: (world: World, lives: Lives) => readonly Found[];
  /** As `found`, where a session that begins afterwards is told otherwise, or this one is over. */
  readonly anew?: (world: World, lives: Lives) => readonly Found[];
  /** Where nothing notices it: the list of docs/threat-model.md and the line that say so. */
  readonly told?: readonly [list: string, line: string];
}

const own = ({ token }: World): string => sessionOf(token);
const guest = ({ guest: token }: World): string => sessionOf(token);

/** The number of entries of a session. */
const count = (lives: Lives, session: string): number => lives.get(session)?.length ?? 0;
/** An entry of a session, from 1; below 1 it counts from the end. */
const entryId = (lives: Lives, session: string, number: number): string =>
  lives.get(session)?.at(number > 0 ? number - 1 : number) ?? '';
const missing = (sessionId: string, first: number, last = first): Found => ({
  fault: 'missing',
  sessionId,
  first,
  last,
});

const session = (
  name: string,
  change: (row: SessionRow, world: World) => SessionRow,
  rest: Omit<Case, 'name' | 'tamper'>,
): Case => ({
  name: `the session's row with ${name}`,
  tamper: (world) => {
    world.write(change(world.owner.session, world));
  },
  ...rest,
});

const REFUSED = { breaks: 'all', answers: { 'sign in': '201' } } as const;
const OVER = { breaks: 'all', answers: { ...everywhere(UNAUTHENTICATED), 'sign in': '201' } } as const;
/** The calls that write an entry; of the healthy ones the rest writes none. */
const WRITING = [
  'get item',
  'get other item',
  'list items',
  'create item',
  'replace item',
  'delete item',
  'generate',
  'get content',
  'get a range',
  'delete document',
] as const satisfies readonly CallName[];

const SESSIONS: readonly Case[] = [
  {
    name: 'the session’s row removed',
    ...OVER,
    tamper: ({ owner, remove }) => {
      remove(owner.session);
    },
    anew: (world) => [{ fault: 'session-missing', sessionId: own(world) }],
  },
  session('one entry more than there is', (row) => ({ ...row, activityCount: row.activityCount + 1 }), {
    breaks: [],
    found: (world, lives) => [missing(own(world), count(lives, own(world)) + 1)],
  }),
  session('another end of its chain', (row) => ({ ...row, activityHead: flipped(row.activityHead, 0) }), {
    breaks: [],
    found: (world, lives) => [{ fault: 'changed', id: entryId(lives, own(world), -1) }],
  }),
  session(
    'the count that the manifest knows, and the end of now',
    (row) => ({ ...row, activityCount: row.activityCount - 1 }),
    {
      ...REFUSED,
      anew: (world) => [{ fault: 'session-changed', sessionId: own(world) }],
    },
  ),
  session('no entry at all', (row) => ({ ...row, activityCount: 0, activityHead: new Uint8Array(32), activityAt: 0 }), {
    ...REFUSED,
    anew: (world) => [{ fault: 'session-changed', sessionId: own(world) }],
  }),
  session('its last entry in the far future', (row) => ({ ...row, activityAt: row.activityAt + DAY_MS }), {
    breaks: [],
    late: true,
    answers: Object.fromEntries(WRITING.map((name) => [name, INTEGRITY])),
  }),
  session('its last entry long ago', (row) => ({ ...row, activityAt: 0 }), {
    breaks: [],
    told: [WITHOUT_EFFECT, "a session's time of its last entry set back"],
  }),
  session('a lower revision', (row) => ({ ...row, revision: 1 }), {
    breaks: [],
    told: [NOT_NOTICED, "a session's `revision` that was lowered"],
  }),
  session('a revision that no manifest has had', (row) => ({ ...row, revision: row.revision + 1 }), { breaks: 'all' }),
  {
    name: 'another session’s row with a revision that no manifest has had',
    breaks: [],
    answers: { 'get activity': INTEGRITY, 'list sessions': INTEGRITY, 'sign in': INTEGRITY },
    tamper: ({ owner, elsewhere, ofKindAt, now, write }) => {
      for (const row of ofKindAt(now, 'session') as SessionRow[]) {
        if (row.sessionId === sessionOf(elsewhere)) write({ ...row, revision: owner.manifest.revision + 1 });
      }
    },
  },
  session('a later last use', (row) => ({ ...row, lastSeenAt: row.lastSeenAt + HOUR_MS }), {
    breaks: [],
    told: [NOT_NOTICED, "a session's `lastSeenAt` that was moved"],
  }),
  session('a longer life', (row) => ({ ...row, expiresAt: row.expiresAt + HOUR_MS }), REFUSED),
  session('DEK version 2', (row) => ({ ...row, dekVersion: 2 }), REFUSED),
  session('a byte of its wrap flipped', (row) => ({ ...row, wrap: flipped(row.wrap, -1) }), REFUSED),
  session('a byte of its details flipped', (row) => ({ ...row, sealed: flipped(row.sealed, -1) }), REFUSED),
  ...[1, 3].map((epoch) =>
    session(`epoch ${epoch}`, (row) => ({ ...row, epoch }), {
      ...OVER,
      told: [NOT_NOTICED, "a session's row whose epoch, last use or secret's hash was changed so that it is over"],
    }),
  ),
  session('another secret’s hash', (row) => ({ ...row, secretHash: flipped(row.secretHash, 0) }), {
    ...OVER,
    told: [NOT_NOTICED, "a session's row whose epoch, last use or secret's hash was changed so that it is over"],
  }),
  {
    name: 'the row of a session that was ended revived',
    breaks: [],
    tamper: ({ gone, write }) => {
      write(gone.session);
    },
    told: [WITHOUT_EFFECT, 'the row of an ended session put back'],
  },
  {
    name: 'the row of a session of an earlier epoch revived',
    breaks: [],
    tamper: ({ ofKindAt, write }) => {
      write(...ofKindAt('wrap renewed', 'session'));
    },
    told: [WITHOUT_EFFECT, 'the row of an ended session put back'],
  },
  {
    name: 'the session’s row under an ended session’s id too',
    breaks: [],
    tamper: (world) => {
      world.write({ ...world.owner.session, sessionId: guest(world) as SessionId });
    },
    told: [WITHOUT_EFFECT, "a session's row under another id or account"],
  },
  {
    name: 'another account’s session row under its own id',
    breaks: [],
    tamper: ({ owner, other, write }) => {
      write({ ...other.session, accountId: owner.account.accountId });
    },
    told: [WITHOUT_EFFECT, "a session's row under another id or account"],
  },
];

/** The rows of some entries of the owner, by their numbers in a session. */
function entries(world: World, lives: Lives, of: string, numbers: readonly number[]): ActivityRow[] {
  const ids = numbers.map((number) => entryId(lives, of, number));
  return world
    .ofKindAt('note revealed', 'activity')
    .filter((row): row is ActivityRow => ids.includes('activityId' in row ? row.activityId : ''));
}

let lives: Lives = new Map();

const entry = (name: string, change: (row: ActivityRow, world: World) => ActivityRow): Case => ({
  name: `an entry with ${name}`,
  breaks: [],
  tamper: (world) => {
    for (const row of entries(world, lives, own(world), [3])) world.write(change(row, world));
  },
  // One that does not open has no number.
  found: (world) => [{ fault: 'changed', id: entryId(lives, own(world), 3) }, missing(own(world), 3)],
});

const removed = (name: string, of: (world: World) => string, numbers: (all: number) => readonly number[]): Case => ({
  name: `${name} removed`,
  breaks: [],
  tamper: (world) => {
    world.remove(...entries(world, lives, of(world), numbers(count(lives, of(world)))));
  },
  found: (world) => {
    const all = numbers(count(lives, of(world)));
    return [missing(of(world), Math.min(...all), Math.max(...all))];
  },
});
const upTo = (all: number) => Array.from({ length: all }, (_, i) => i + 1);
const first = () => [...lives.keys()][0] ?? '';

const FRESH = newId<ActivityId>(Date.now(), randomBytes(10));

const ENTRIES: readonly Case[] = [
  removed('the first entry', own, () => [1]),
  removed('an entry in the middle', own, () => [4]),
  removed('three entries in a row', own, () => [4, 5, 6]),
  removed('the last entry', own, (all) => [all]),
  removed('all of the session’s entries', own, upTo),
  removed('all entries of an ended session', guest, upTo),
  removed('the last entry of the account’s first session', first, (all) => [all]),
  entry('its salt flipped', (row) => ({ ...row, sealed: flipped(row.sealed, 0) })),
  entry('its commitment flipped', (row) => ({ ...row, sealed: flipped(row.sealed, 24) })),
  entry('its tag flipped', (row) => ({ ...row, sealed: flipped(row.sealed, -1) })),
  entry('its last byte cut', (row) => ({ ...row, sealed: row.sealed.slice(0, -1) as Sealed })),
  entry('nothing left of it', (row) => ({ ...row, sealed: new Uint8Array(0) as Uint8Array as Sealed })),
  ...[0, 2].map((dekVersion) => entry(`DEK version ${dekVersion}`, (row) => ({ ...row, dekVersion }))),
  entry('another entry’s message', (row, { owner }) => ({ ...row, sealed: owner.entry.sealed })),
  entry('an item’s message', (row, { owner }) => ({ ...row, sealed: owner.person.sealed })),
  entry('another account’s message', (row, { other }) => ({ ...row, sealed: other.entry.sealed })),
  {
    name: 'an entry copied to an id of its own',
    breaks: [],
    tamper: ({ owner, write }) => {
      write({ ...owner.entry, activityId: FRESH });
    },
    found: () => [{ fault: 'changed', id: FRESH }],
  },
  {
    name: 'another account’s entry under its own id',
    breaks: [],
    tamper: ({ owner, other, write }) => {
      write({ ...other.entry, accountId: owner.account.accountId });
    },
    found: ({ other }) => [{ fault: 'changed', id: other.entry.activityId }],
  },
];

const text = (found: readonly Found[]) => ['200', ...found.map((one) => JSON.stringify(one)).sort()].join('; ');
const CASES = [...SESSIONS, ...ENTRIES];

describe('the row of a session or of an entry, changed behind the service’s back', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    lives = await livesOf(world);
  });

  it.each(CASES)('is met as the table says: $name', async (one) => {
    const { tamper, found = () => [], anew = found, told } = one;
    const answers = expected(one, SOME_CALLS);
    expect(await outcomes(world, one, SOME_CALLS)).toEqual(answers);
    world.restore();
    tamper(world);
    const activity = await world.call('GET /v1/account/activity?limit=100');
    expect(verdict(activity)).toBe(answers['get activity']);
    if (activity.status === 200) expect(breaksOf(activity.body)).toEqual(text(found(world, lives)));
    const again = () => {
      tamper(world);
    };
    const after = await begun(world, again, ['get activity']);
    expect(after).toEqual(answers['sign in'] === INTEGRITY ? INTEGRITY : text(anew(world, lives)));

    const refuses = Object.values(answers).includes(INTEGRITY);
    const tells = [...found(world, lives), ...anew(world, lives)].length > 0;
    // Each is noticed, or told of in docs/threat-model.md: never both, never neither.
    expect(told === undefined).toBe(refuses || tells);
    if (told !== undefined) requireTold(...told);
  });

  it('gives a session that was ended no life: its token opens nothing', async () => {
    for (const name of SIGNED_IN_CALLS) {
      world.restore();
      world.write(world.gone.session);
      const [call, send = {}]: readonly [string, object?] = CALLS[name].send(world);
      const answer = await world.app.call(call, { ...send, token: world.guest });
      expect([name, verdict(answer)]).toEqual([name, INTEGRITY]);
    }
  });

  it.each(['another id', 'another account'] as const)('opens nothing for the session’s secret in %s', async (where) => {
    const { accountId } = where === 'another id' ? world.owner.session : world.other.session;
    const sessionId = (where === 'another id' ? guest(world) : own(world)) as SessionId;
    const secret = world.token.split('.')[3] ?? '';
    for (const name of SIGNED_IN_CALLS) {
      world.restore();
      world.write({ ...world.owner.session, accountId, sessionId });
      const [call, send = {}]: readonly [string, object?] = CALLS[name].send(world);
      const answer = await world.app.call(call, { ...send, token: ['tw1', accountId, sessionId, secret].join('.') });
      expect([name, verdict(answer), answer.bytes.includes(CANARY)]).toEqual([name, INTEGRITY, false]);
    }
  });

  it('shows no other account an entry that was moved to it', async () => {
    world.restore();
    world.write({ ...world.owner.entry, accountId: world.other.account.accountId });
    const answer = await world.app.call('GET /v1/account/activity?limit=100', { token: world.other.token });
    expect(breaksOf(answer.body)).toBe(text([{ fault: 'changed', id: world.owner.entry.activityId }]));
    const shown = (answer.body as { activity: { id: string }[] }).activity.map(({ id }) => id);
    expect(shown).not.toContain(world.owner.entry.activityId);
  });

  it('names an entry that comes back after it was rolled back, and another was written in its place', async () => {
    world.restore();
    rollBack(world, { step: 'note replaced', kinds: ['session', 'activity'] });
    expect((await world.call(`GET /v1/items/${world.owner.person.itemId}`)).status).toBe(200);
    world.write(world.owner.entry);
    const answer = await world.call('GET /v1/account/activity?limit=100');
    expect(breaksOf(answer.body)).toBe(text([{ fault: 'unexpected', id: world.owner.entry.activityId }]));
  });
});

describe('entries that are older than a year', () => {
  it('are not shown and not missed, whether their rows are there, gone, or put back', async () => {
    const world = await createWorld();
    const { app } = world;
    const old = world.ofKindAt('note revealed', 'activity');
    app.pass(366 * DAY_MS);
    const token = (await app.call('POST /v1/sessions', { body: credentials('owner') })).text('session.token');
    const read = async () => {
      const { body } = await app.call('GET /v1/account/activity', { token });
      return [breaksOf(body), (body as { activity: { action: string }[] }).activity.map(({ action }) => action)];
    };
    const fresh = ['200', ['session.started']];
    expect(await read()).toEqual(fresh);
    world.remove(...old);
    expect(await read()).toEqual(fresh);
    world.write(...old);
    expect(await read()).toEqual(fresh);
    requireTold(WITHOUT_EFFECT, 'entries of activity older than a year');
  });
});

function breaksOf(body: unknown): string {
  return text((body as { breaks: Found[] }).breaks);
}
