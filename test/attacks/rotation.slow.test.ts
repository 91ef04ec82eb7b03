import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AccountId } from '../../lambda/domain/ids.ts';
import type { AccountRow, ItemRow, Row, RowKey } from '../../lambda/domain/records.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  attack,
  everywhere,
  expected,
  INTEGRITY,
  type Manipulation,
  outcomes,
  ROLLED_BACK,
  recovers,
  SOME_CALLS,
  UNAUTHENTICATED,
} from './calls.ts';
import { foretell, isNoticed, type Lives, livesOf, meet, nameOf, rollBack, rollbacks } from './history.ts';
import { NOT_NOTICED, NOTICED_BY_REVISION, requireTold, WITHOUT_EFFECT } from './threats.ts';
import { createWorld, flipped, ofKind, refill, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(60_000);

/** How far a rotation has come, and how many rows each call of it moves. */
const STAGES = [
  ['before', 0],
  ['an item moved', 1],
  ['items and a document moved', 2],
  ['some activity moved', 6],
  ['over', 1000],
] as const;
type Stage = (typeof STAGES)[number][0];
const UNDER_WAY = 'items and a document moved';

/** A world at a stage of a rotation, with all that its rows were before. */
interface RotationWorld extends World {
  readonly stage: Stage;
  /** The object that the document lay in before. */
  readonly oldObject: readonly [string, Uint8Array];
  /** The owner's account row after a stage. */
  readonly accountAt: (stage: Stage) => AccountRow;
  /** A row as it was after a stage. */
  readonly rowAt: (stage: Stage, key: RowKey) => Row;
  /** The other account's row, whose keys are being rotated too. */
  readonly otherAccount: AccountRow;
}

const worlds = new Map<Stage, Promise<RotationWorld>>();

/** The world at a stage, which is lived through once. */
async function rotated(stage: Stage): Promise<RotationWorld> {
  const living = worlds.get(stage) ?? rotateUntil(stage);
  worlds.set(stage, living);
  const world = await living;
  world.restore();
  return world;
}

/** Rotates the keys of the owner's account up to a stage; the other's rotation is begun. */
async function rotateUntil(last: Stage): Promise<RotationWorld> {
  const world = await createWorld();
  const { app, token } = world;
  const { rows } = app.store;
  const { accountId } = world.owner.account;
  const past = new Map<string, ReadonlyMap<string, Row>>();
  const [old = ''] = world.owner.document.objectKeys;
  const oldObject = [old, app.objects.objects.get(old) ?? new Uint8Array()] as const;
  const rotate = async (whose: string, limit: number, first: boolean) => {
    const body = first ? { password: PASSWORD, limit } : { limit };
    const answer = await app.call('POST /v1/account/key-rotation', { token: whose, body });
    return (answer.body as { remaining: number }).remaining;
  };
  await rotate(world.other.token, 1, true);
  for (const [stage, limit] of STAGES) {
    if (limit > 0) {
      let left = await rotate(token, limit, stage === 'an item moved');
      while (stage === 'over' && left > 0) left = await rotate(token, limit, false);
    }
    past.set(stage, new Map(rows));
    if (stage === last) break;
  }
  const now = new Map(rows);
  const objects = new Map(app.objects.objects);
  const row = (key: RowKey, at: ReadonlyMap<string, Row> = now) => {
    const found = at.get(rowName(key));
    if (found === undefined) throw new Error(`no ${key.kind} row`);
    return found;
  };
  const rowAt = (stage: Stage, key: RowKey) => row(key, past.get(stage));
  const account = (of: AccountId) => ({ kind: 'account', accountId: of }) as const;
  return {
    ...world,
    stage: last,
    now: last,
    written: (step) => (step === 'before' ? 'note replaced' : step),
    owner: {
      account: row(account(accountId)) as AccountRow,
      manifest: row({ kind: 'manifest', accountId }) as World['owner']['manifest'],
      person: row(world.owner.person) as ItemRow,
      note: row(world.owner.note) as ItemRow,
      document: row(world.owner.document) as World['owner']['document'],
      spare: row(world.owner.spare) as World['owner']['spare'],
      session: row(world.owner.session) as World['owner']['session'],
      entry: row(world.owner.entry) as World['owner']['entry'],
    },
    ofKindAt: (step, kind) => {
      const then = past.get(step);
      return then === undefined ? world.ofKindAt(step, kind) : ofKind(then, accountId, kind);
    },
    restore: () => {
      refill(rows, now);
      refill(app.objects.objects, objects);
    },
    oldObject,
    accountAt: (stage) => rowAt(stage, account(accountId)) as AccountRow,
    rowAt,
    otherAccount: row(account(world.other.account.accountId)) as AccountRow,
  };
}

/** What no call notices by itself, and the line of docs/threat-model.md that says so. */
const UNNOTICED: readonly (readonly [list: string, line: string, kinds: string])[] = [
  [NOT_NOTICED, "a session's row that was put back to an earlier epoch", 'session'],
  [NOTICED_BY_REVISION, 'the whole account put back', 'account,manifest,document,session,activity'],
  [NOTICED_BY_REVISION, 'the whole account put back', 'account,manifest,session,activity'],
];

/** All that is done to one row or object. */
interface Case extends Omit<Manipulation, 'tamper'> {
  readonly tamper: (world: RotationWorld) => void;
}

const account = (name: string, change: (row: AccountRow, world: RotationWorld) => AccountRow): Case => ({
  name: `the account's row with ${name}`,
  breaks: 'all',
  tamper: (world) => {
    world.write(change(world.owner.account, world));
  },
});
const without = ({ previousDek: _gone, ...row }: AccountRow): AccountRow => row;

const ALWAYS: readonly Case[] = [
  ...(['person', 'document'] as const).map(
    (part): Case => ({
      name: `the row of the ${part} from before`,
      breaks: [part],
      tamper: (world) => {
        world.write(world.rowAt('before', world.owner[part]));
      },
    }),
  ),
  {
    name: 'the old version number on an item that was moved',
    breaks: ['person'],
    tamper: ({ owner, write }) => {
      write({ ...owner.person, dekVersion: 1 });
    },
  },
  {
    name: 'the document’s row from before, and the object that it names',
    breaks: ['document'],
    tamper: (world) => {
      world.app.objects.objects.set(...world.oldObject);
      world.write(world.rowAt('before', world.owner.document));
    },
  },
  {
    name: 'the old object’s bytes in the new one’s place',
    breaks: [],
    late: true,
    answers: { 'get content': INTEGRITY, 'get a range': INTEGRITY },
    tamper: ({ app, owner, oldObject }) => {
      for (const key of owner.document.objectKeys) app.objects.objects.set(key, oldObject[1]);
    },
  },
  {
    name: 'the session’s row from before',
    breaks: 'all',
    answers: { ...everywhere(UNAUTHENTICATED), 'sign in': '201' },
    tamper: (world) => {
      world.write(world.rowAt('before', world.owner.session));
    },
  },
  account('DEK version 1', (row) => ({ ...row, dekVersion: 1 })),
  account('the wrap from before', (row, world) => ({ ...row, passwordWrap: world.accountAt('before').passwordWrap })),
  account('the profile from before', (row, world) => {
    const { profile, profileVersion } = world.accountAt('before');
    return { ...row, profile, profileVersion };
  }),
  account('another account’s previous key', (row, { otherAccount }) => ({
    ...row,
    previousDek: otherAccount.previousDek ?? unset(),
  })),
  {
    name: 'the manifest marked with DEK version 1',
    breaks: 'all',
    tamper: ({ owner, write }) => {
      write({ ...owner.manifest, dekVersion: 1 });
    },
  },
];

const WHILE_IT_STANDS: readonly Case[] = [
  account('no previous key', without),
  account('a byte of its previous key flipped', (row) => {
    const { sealed, version } = row.previousDek ?? unset();
    return { ...row, previousDek: { sealed: flipped(sealed, -1), version } };
  }),
  account('another version of its previous key', (row) => {
    const { sealed, version } = row.previousDek ?? unset();
    return { ...row, previousDek: { sealed, version: version + 1 } };
  }),
  account('another account’s contents, whose keys are being rotated too', (row, { otherAccount }) => ({
    ...otherAccount,
    accountId: row.accountId,
  })),
];

const AFTERWARDS: readonly Case[] = [
  account('the previous key put back', (row, world) => ({
    ...row,
    previousDek: world.accountAt(UNDER_WAY).previousDek ?? unset(),
  })),
  account('all as while it stood, but its version', (row, world) => ({
    ...world.accountAt(UNDER_WAY),
    version: row.version,
  })),
];

describe.each([
  [UNDER_WAY, ['before', 'an item moved'], [...ALWAYS, ...WHILE_IT_STANDS]],
  ['over', ['before', UNDER_WAY, 'some activity moved'], [...ALWAYS, ...AFTERWARDS]],
] as const)('rows of a rotation put back: %s', (stage, earlier, cases) => {
  let world: RotationWorld;
  let lives: Lives;
  beforeAll(async () => {
    world = await rotated(stage);
    lives = await livesOf(world);
  });

  it.each(earlier)('are met as foretold, by every call, alone, in pairs and all together: as %s', async (step) => {
    const all = rollbacks(world, [step]);
    expect(all.length).toBeGreaterThan(5);
    for (const rollback of all) {
      const due = foretell(world, lives, rollback);
      expect([nameOf(rollback), await meet(world, rollback)]).toEqual([nameOf(rollback), due]);
      if (isNoticed(due)) continue;
      const told = UNNOTICED.filter(([, , kinds]) => kinds === rollback.kinds.join());
      expect([nameOf(rollback), told.length]).toEqual([nameOf(rollback), 1]);
      for (const [list, line] of told) requireTold(list, line);
      if (told[0]?.[0] !== NOTICED_BY_REVISION) continue;
      const tamper = () => {
        rollBack(world, rollback);
      };
      const headers = { 'x-vault-revision-seen': String(world.owner.manifest.revision) };
      expect(verdict(await attack(world, { tamper }, 'list items', headers))).toBe(ROLLED_BACK);
    }
  });

  it.each(cases)('are met as the table says, one by one: $name', async (one) => {
    const manipulation = {
      ...one,
      tamper: () => {
        one.tamper(world);
      },
    };
    expect(await outcomes(world, manipulation, SOME_CALLS)).toEqual(expected(one, SOME_CALLS));
  });

  it('do nothing: the object that a document lay in before', async () => {
    const manipulation: Manipulation = {
      name: 'the old object',
      breaks: [],
      tamper: ({ app }) => {
        app.objects.objects.set(...world.oldObject);
      },
    };
    expect(await outcomes(world, manipulation, SOME_CALLS)).toEqual(expected(manipulation, SOME_CALLS));
    requireTold(WITHOUT_EFFECT, 'an object that a rotation has replaced, put back');
  });

  it('leave nothing behind: with the right rows back, every call works', async () => {
    await recovers(world);
  });
});

describe('an entry under the key before, put back', () => {
  const first = async (stage: Stage) => {
    const world = await rotated(stage);
    const [entry] = world.ofKindAt('before', 'activity');
    if (entry === undefined) throw new Error('there is no activity');
    world.write(entry);
    const read = async () => (await world.call('GET /v1/account/activity?limit=100')).body as Record<string, unknown>;
    return { world, entry, read };
  };

  it('is the same entry while the rotation stands, and is moved once more', async () => {
    const { world, read } = await first('some activity moved');
    expect(await read()).toMatchObject({ chain: 'intact', breaks: [] });
    const { body } = await world.call('POST /v1/account/key-rotation', { body: {} });
    expect(body).toEqual({ keyVersion: 2, remaining: 0 });
    expect(await read()).toMatchObject({ chain: 'intact', breaks: [] });
    requireTold(WITHOUT_EFFECT, 'an entry of activity put back under the key before, while a rotation stands');
  });

  it('opens no more when the rotation is over', async () => {
    const { entry, read } = await first('over');
    const found = { fault: 'changed', id: 'activityId' in entry ? entry.activityId : '' };
    expect(await read()).toMatchObject({ chain: 'broken', breaks: expect.arrayContaining([found]) });
  });
});

function unset(): never {
  throw new Error('no rotation stands');
}
