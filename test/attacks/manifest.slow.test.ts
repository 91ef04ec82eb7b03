import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { DocumentRow, ItemRow, Row, Sealed, WrappedKey } from '../../lambda/domain/records.ts';
import { verdict } from '../fixtures/app.ts';
import {
  attack,
  CALL_NAMES,
  type CallName,
  everywhere,
  expected,
  INTEGRITY,
  type Manipulation,
  outcomes,
  type Part,
  ROLLED_BACK,
  recovers,
  SOME_CALLS,
  UNAUTHENTICATED,
} from './calls.ts';
import { rollBack } from './history.ts';
import { createWorld, EARLIER_STEPS, flipped, fromElsewhere, KINDS, type Step, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(30_000);

const HOUR_MS = 3_600_000;

/** A row of the owner, changed. */
function changing<R extends Row>(
  name: string,
  breaks: Manipulation['breaks'],
  pick: (world: World) => R,
  change: (row: R, world: World) => Row,
  answers: Manipulation['answers'] = {},
): Manipulation {
  return {
    name,
    breaks,
    answers,
    tamper: (world) => {
      world.write(change(pick(world), world));
    },
  };
}

/** What the manifest knows of a message is its first commitment bytes: damage behind them shows when it is opened. */
const BYTES: readonly (readonly [string, (sealed: Sealed) => Sealed, 'seen at once' | 'seen when opened'])[] = [
  ['its salt flipped', (sealed) => flipped(sealed, 0), 'seen when opened'],
  ['its commitment flipped', (sealed) => flipped(sealed, 24), 'seen at once'],
  ['the end of its commitment flipped', (sealed) => flipped(sealed, 55), 'seen when opened'],
  ['its middle flipped', (sealed) => flipped(sealed, 60), 'seen when opened'],
  ['its tag flipped', (sealed) => flipped(sealed, -1), 'seen when opened'],
  ['its last byte cut', (sealed) => sealed.slice(0, -1) as Sealed, 'seen when opened'],
  ['a byte appended', (sealed) => Uint8Array.from([...sealed, 0]) as Uint8Array as Sealed, 'seen when opened'],
  ['only its header left', (sealed) => sealed.slice(0, 56) as Sealed, 'seen at once'],
  ['nothing left of it', () => new Uint8Array(0) as Uint8Array as Sealed, 'seen at once'],
];

const person = ({ owner }: World) => owner.person;
const document = ({ owner }: World) => owner.document;
const account = ({ owner }: World) => owner.account;
const manifest = ({ owner }: World) => owner.manifest;

const itemFields = (name: string, change: (row: ItemRow, world: World) => Row, answers: Manipulation['answers'] = {}) =>
  changing(`an item with ${name}`, ['person'], person, change, answers);
const documentFields = (name: string, change: (row: DocumentRow, world: World) => Row) =>
  changing(`a document with ${name}`, ['document'], document, change);

const ITEM_ROWS: readonly Manipulation[] = [
  ...(['person made', 'person replaced'] as const).map((step) =>
    itemFields(`the row it had after "${step}"`, (row, world) => world.at(step, row)),
  ),
  {
    name: 'an item removed',
    breaks: ['person'],
    tamper: (world) => {
      world.remove(world.owner.person);
    },
  },
  ...[2, 4, 0].map((version) => itemFields(`version ${version}`, (row) => ({ ...row, version }))),
  ...[2, 0].map((dekVersion) => itemFields(`DEK version ${dekVersion}`, (row) => ({ ...row, dekVersion }))),
  itemFields('an earlier message under its version', (row, world) => ({
    ...row,
    sealed: world.at('person replaced', row).sealed,
  })),
  itemFields("another item's message", (row, world) => ({ ...row, sealed: world.owner.note.sealed })),
  itemFields('the whole row of another item', (row, world) => ({ ...world.owner.note, itemId: row.itemId })),
  itemFields('the whole row of a removed item', (row, world) => ({ ...world.gone.item, itemId: row.itemId })),
  itemFields("a document's message", (row, world) => ({ ...row, sealed: world.owner.document.sealed ?? row.sealed })),
  ...BYTES.map(([name, damage, when]) =>
    itemFields(
      name,
      (row) => ({ ...row, sealed: damage(row.sealed) }),
      // Removing it needs no opening, and loses nothing that could still be read.
      when === 'seen at once' ? {} : { 'delete item': '204' },
    ),
  ),
  {
    name: 'two items with their contents exchanged',
    breaks: ['person', 'note'],
    tamper: ({ owner, write }) => {
      write({ ...owner.note, itemId: owner.person.itemId }, { ...owner.person, itemId: owner.note.itemId });
    },
  },
  {
    name: 'a removed item revived',
    breaks: ['gone item'],
    tamper: ({ gone, write }) => {
      write(gone.item);
    },
  },
  {
    name: 'a copy of an item under an id of its own',
    breaks: ['stray item'],
    tamper: ({ owner, other, write }) => {
      write({ ...owner.person, itemId: other.person.itemId });
    },
  },
];

const DOCUMENT_ROWS: readonly Manipulation[] = [
  {
    name: 'a document removed',
    breaks: ['document'],
    tamper: (world) => {
      world.remove(world.owner.document);
    },
  },
  documentFields('the state PENDING, as before it was ready', (row) => ({ ...row, state: 'PENDING', sealed: null })),
  documentFields('the state PENDING and its metadata', (row) => ({ ...row, state: 'PENDING' })),
  documentFields('no metadata', (row) => ({ ...row, sealed: null })),
  ...[2, 0].map((version) => documentFields(`version ${version}`, (row) => ({ ...row, version }))),
  ...[2, 0].map((dekVersion) => documentFields(`DEK version ${dekVersion}`, (row) => ({ ...row, dekVersion }))),
  documentFields('a longer life', (row) => ({ ...row, expiresAt: row.expiresAt + 1 })),
  documentFields('a shorter life', (row) => ({ ...row, expiresAt: row.expiresAt - 1 })),
  documentFields('its time up', (row) => ({ ...row, expiresAt: 1, dueAt: 1 })),
  documentFields('no object', (row) => ({ ...row, objectKeys: [] })),
  documentFields('an object that is not there', (row) => ({
    ...row,
    objectKeys: row.objectKeys.map((key) => `${key}A`),
  })),
  documentFields("another document's object", (row, { owner }) => ({ ...row, objectKeys: owner.spare.objectKeys })),
  documentFields("another document's object besides", (row, { owner }) => ({
    ...row,
    objectKeys: [...row.objectKeys, ...owner.spare.objectKeys],
  })),
  documentFields("another account's object", (row, { other }) => ({ ...row, objectKeys: other.document.objectKeys })),
  documentFields("another account's object besides", (row, { other }) => ({
    ...row,
    objectKeys: [...row.objectKeys, ...other.document.objectKeys],
  })),
  documentFields("another document's metadata", (row, { owner }) => ({ ...row, sealed: owner.spare.sealed })),
  documentFields("another document's row", (row, { owner }) => ({ ...owner.spare, documentId: row.documentId })),
  documentFields("a removed document's row", (row, { gone }) => ({ ...gone.document, documentId: row.documentId })),
  documentFields("an item's message", (row, { owner }) => ({ ...row, sealed: owner.person.sealed })),
  ...BYTES.map(([name, damage]) =>
    documentFields(name, (row) => ({ ...row, sealed: row.sealed === null ? null : damage(row.sealed) })),
  ),
  {
    name: 'two documents with their contents exchanged',
    breaks: ['document', 'spare'],
    tamper: ({ owner, write }) => {
      const { documentId } = owner.document;
      write({ ...owner.spare, documentId }, { ...owner.document, documentId: owner.spare.documentId });
    },
  },
  {
    name: 'a removed document revived',
    breaks: ['gone document'],
    tamper: ({ gone, write }) => {
      write(gone.document);
    },
  },
  {
    name: 'a removed document revived with a longer life',
    breaks: ['gone document'],
    tamper: ({ gone, write }) => {
      write({ ...gone.document, expiresAt: gone.document.expiresAt + HOUR_MS });
    },
  },
  {
    name: 'a removed document revived as an expired one, which does not exist',
    breaks: [],
    tamper: ({ gone, write }) => {
      write({ ...gone.document, expiresAt: 1 });
    },
  },
  {
    name: 'a removed document revived as one that is being made, which is no part of the vault',
    breaks: [],
    // Its owner may remove it, as whatever was left behind by a removal that stopped.
    tamper: ({ gone, write }) => {
      write({ ...gone.document, state: 'PENDING', sealed: null });
    },
  },
];

const ended = everywhere(UNAUTHENTICATED);
const accountFields = (
  name: string,
  change: (row: World['owner']['account'], world: World) => Row,
  answers: Manipulation['answers'] = {},
) => changing(`the account with ${name}`, 'all', account, change, answers);

const ACCOUNT_ROWS: readonly Manipulation[] = [
  ...(['registered', 'wrap renewed'] as const).map((step) =>
    accountFields(`the row it had after "${step}"`, (row, world) => world.at(step, row), ended),
  ),
  ...(['registered', 'wrap renewed'] as const).map((step) =>
    accountFields(`the row it had after "${step}" but for its epoch`, (row, world) => ({
      ...world.at(step, row),
      epoch: row.epoch,
    })),
  ),
  {
    name: 'the account removed',
    breaks: 'all',
    answers: ended,
    tamper: (world) => {
      world.remove(world.owner.account);
    },
  },
  ...[3, 5, 0].map((version) => accountFields(`version ${version}`, (row) => ({ ...row, version }))),
  ...[2, 0].map((dekVersion) => accountFields(`DEK version ${dekVersion}`, (row) => ({ ...row, dekVersion }))),
  // A session of another epoch is over, whoever says so.
  ...[1, 3].map((epoch) => accountFields(`epoch ${epoch}`, (row) => ({ ...row, epoch }), ended)),
  accountFields('another e-mail', (row) => ({ ...row, emailMac: flipped(row.emailMac, 0) })),
  accountFields("another account's e-mail", (row, { other }) => ({ ...row, emailMac: other.account.emailMac })),
  accountFields('its earlier, weaker wrap', (row, world) => ({
    ...row,
    passwordWrap: world.at('registered', row).passwordWrap,
  })),
  accountFields("another account's wrap", (row, { other }) => ({ ...row, passwordWrap: other.account.passwordWrap })),
  ...[0, 100, -1].map((place) =>
    accountFields(`byte ${place} of its wrap flipped`, (row) => ({
      ...row,
      passwordWrap: flipped(row.passwordWrap, place),
    })),
  ),
  accountFields('no wrap', (row) => ({ ...row, passwordWrap: new Uint8Array(0) as Uint8Array as WrappedKey })),
  accountFields("another account's profile", (row, { other }) => ({ ...row, profile: other.account.profile })),
  ...BYTES.map(([name, damage]) =>
    accountFields(`${name}, of its profile`, (row) => ({ ...row, profile: damage(row.profile) })),
  ),
  accountFields('another profile version', (row) => ({ ...row, profileVersion: 2 })),
  accountFields("another account's contents", (row, { other }) => ({ ...other.account, accountId: row.accountId })),
];

/**
 * What the vault as it stands has, that a manifest of an earlier step knows otherwise. Before the first of these, the
 * account's row was another one.
 */
const UNKNOWN_AFTER: Partial<Record<Step, readonly Part[]>> = {
  'code made': ['person', 'note', 'document', 'spare'],
  'note made': ['person', 'note', 'document', 'spare'],
  'document made': ['person', 'note', 'spare'],
  'person replaced': ['person', 'note', 'spare'],
  'extras made': ['person', 'note', 'spare', 'gone item', 'gone document'],
  'extras removed': ['person', 'note', 'spare'],
  'spare made': ['person', 'note'],
  'person replaced again': ['note'],
};

const manifestFields = (
  name: string,
  change: (row: World['owner']['manifest'], world: World) => Row,
  answers: Manipulation['answers'] = {},
) => changing(`the manifest with ${name}`, 'all', manifest, change, answers);

const MANIFEST_ROWS: readonly Manipulation[] = [
  ...EARLIER_STEPS.map(
    (step): Manipulation => ({
      ...manifestFields(`the row it had after "${step}"`, (row, world) => world.at(step, row)),
      older: true,
    }),
  ),
  {
    name: 'the manifest removed',
    breaks: 'all',
    tamper: (world) => {
      world.remove(world.owner.manifest);
    },
  },
  ...[-1, 1, 1_000_000].map((by) =>
    manifestFields(`its revision moved by ${by}`, (row) => ({ ...row, revision: row.revision + by })),
  ),
  ...[2, 0].map((dekVersion) => manifestFields(`DEK version ${dekVersion}`, (row) => ({ ...row, dekVersion }))),
  manifestFields('an earlier message under its revision', (row, world) => ({
    ...row,
    sealed: world.at('person replaced again', row).sealed,
  })),
  manifestFields("another account's message", (row, { other }) => ({ ...row, sealed: other.manifest.sealed })),
  manifestFields("another account's row", (row, { other }) => ({ ...other.manifest, accountId: row.accountId })),
  manifestFields("its account's profile", (row, { owner }) => ({ ...row, sealed: owner.account.profile })),
  ...BYTES.map(([name, damage]) => manifestFields(name, (row) => ({ ...row, sealed: damage(row.sealed) }))),
];

/** Rows moved together: what no step ever was is noticed, and so is any manifest that the calling session's row is ahead of. */
const PAIRS: readonly Manipulation[] = [
  {
    name: 'an item and the manifest, each of another earlier step',
    breaks: 'all',
    older: true,
    tamper: ({ at, owner, write }) => {
      write(at('person replaced', owner.person), at('note made', owner.manifest));
    },
  },
  {
    name: 'an item and the manifest of the same earlier step, the rest as it is',
    breaks: 'all',
    older: true,
    tamper: ({ at, owner, write }) => {
      write(at('person replaced', owner.person), at('person replaced', owner.manifest));
    },
  },
  {
    name: 'the manifest of an earlier step and the revision of the calling session’s row lowered',
    breaks: ['note'],
    older: true,
    tamper: ({ at, owner, write }) => {
      const manifest = at('person replaced again', owner.manifest);
      write(manifest, { ...owner.session, revision: manifest.revision });
    },
  },
  {
    name: 'the sessions’ rows and the manifest of the same earlier step',
    breaks: ['person', 'note', 'spare'],
    older: true,
    tamper: ({ at, owner, write, ofKindAt }) => {
      write(at('person replaced', owner.manifest), ...ofKindAt('person replaced', 'session'));
    },
  },
  {
    name: 'account and manifest of the same earlier step, under a session of a later one',
    breaks: 'all',
    answers: ended,
    older: true,
    tamper: ({ at, owner, write }) => {
      write(at('wrap renewed', owner.account), at('wrap renewed', owner.manifest));
    },
  },
  {
    name: 'account and manifest of two earlier steps',
    breaks: 'all',
    answers: ended,
    older: true,
    tamper: ({ at, owner, write }) => {
      write(at('wrap renewed', owner.account), at('registered', owner.manifest));
    },
  },
  {
    name: 'account and manifest of an earlier step but for the epoch',
    breaks: 'all',
    older: true,
    tamper: ({ at, owner, write }) => {
      write({ ...at('wrap renewed', owner.account), epoch: 2 }, at('wrap renewed', owner.manifest));
    },
  },
  {
    name: 'an item and a document removed',
    breaks: ['person', 'document'],
    tamper: ({ owner, remove }) => {
      remove(owner.person, owner.document);
    },
  },
  {
    name: 'an item removed and another revived',
    breaks: ['person', 'gone item'],
    tamper: ({ owner, gone, write, remove }) => {
      remove(owner.person);
      write(gone.item);
    },
  },
  {
    name: 'two items rolled back',
    breaks: ['person', 'note'],
    tamper: ({ at, owner, write }) => {
      write(at('person replaced', owner.person), at('note made', owner.note));
    },
  },
  {
    name: 'every row but the manifest rolled back',
    breaks: 'all',
    tamper: ({ allAt, write, owner }) => {
      write(...allAt('person replaced'), owner.manifest, { ...owner.account, version: 2 });
    },
  },
  {
    name: 'every row of the vault removed',
    breaks: 'all',
    answers: ended,
    tamper: ({ owner, remove }) => {
      remove(owner.account, owner.manifest, owner.person, owner.note, owner.document, owner.spare);
    },
  },
];

/** What holds the manifest against the rows of all sessions. */
const BY_ANOTHERS_ROW: Manipulation['answers'] = {
  'sign in': INTEGRITY,
  'list sessions': INTEGRITY,
  'get activity': INTEGRITY,
};

/** What a session is told that another one has written after. */
const ELSEWHERE: readonly Manipulation[] = [
  ...EARLIER_STEPS.map(
    (step): Manipulation => ({
      ...manifestFields(`the row it had after "${step}"`, (row, world) => world.at(step, row), BY_ANOTHERS_ROW),
      breaks: UNKNOWN_AFTER[step] ?? 'all',
    }),
  ),
  {
    name: 'an item and the manifest, each of another earlier step',
    breaks: ['person', 'note', 'spare', 'document'],
    answers: BY_ANOTHERS_ROW,
    tamper: ({ at, owner, write }) => {
      write(at('person replaced', owner.person), at('note made', owner.manifest));
    },
  },
  {
    name: 'an item and the manifest of the same earlier step, the rest as it is',
    breaks: ['note'],
    // Version 2 of the item is what this manifest knows.
    answers: { ...BY_ANOTHERS_ROW, 'replace item': '412 precondition_failed' },
    tamper: ({ at, owner, write }) => {
      write(at('spare made', owner.person), at('spare made', owner.manifest));
    },
  },
  {
    name: 'the items and the manifest of the same earlier step, the rest as it is',
    breaks: [],
    answers: { ...BY_ANOTHERS_ROW, 'replace item': '412 precondition_failed' },
    tamper: ({ at, owner, write, ofKindAt }) => {
      write(at('spare made', owner.manifest), ...ofKindAt('spare made', 'item'));
    },
  },
  {
    name: 'the items and the manifest of the same earlier step, and the row of the session removed that wrote since',
    breaks: [],
    // Only the activity names what is missing.
    answers: { 'replace item': '412 precondition_failed' },
    tamper: ({ at, owner, write, remove, ofKindAt }) => {
      write(at('spare made', owner.manifest), ...ofKindAt('spare made', 'item'));
      remove(owner.session);
    },
  },
];

const GROUPS = { ITEM_ROWS, DOCUMENT_ROWS, ACCOUNT_ROWS, MANIFEST_ROWS, PAIRS };
const ALL = Object.values(GROUPS).flat();
/** Where the vault does not open, all calls are alike: each is tried once a group, and some of every kind always. */
const FIRST = new Set(Object.values(GROUPS).map(([first]) => first));
const callsOf = (manipulation: Manipulation): readonly CallName[] =>
  manipulation.breaks === 'all' && !FIRST.has(manipulation) ? SOME_CALLS : CALL_NAMES;
const SOME_SIGNED_IN = SOME_CALLS.filter((name) => name !== 'sign in');

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

describe('a row that is changed behind the service’s back', () => {
  it('is tried in every way that the matrix names, by every call', () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    const due = ALL.map((manipulation) => expected(manipulation, callsOf(manipulation)));
    const refused = due.map((answers) => CALL_NAMES.filter((name) => answers[name] === INTEGRITY));
    expect(refused.flat().length).toBeGreaterThan(800);
    // Each call is refused for something.
    expect(new Set(refused.flat())).toEqual(new Set(CALL_NAMES));
  });

  it.each(ALL)('is noticed by each call that needs it: $name', async (manipulation) => {
    const names = callsOf(manipulation);
    expect(await outcomes(world, manipulation, names)).toEqual(expected(manipulation, names));
  });

  it.each(ELSEWHERE)(
    'is noticed where another session wrote last, as far as it can be: $name',
    async (manipulation) => {
      expect(await outcomes(fromElsewhere(world), manipulation)).toEqual(expected(manipulation));
    },
  );

  it.each(ALL.filter(({ older }) => older))(
    'is told to a client that remembers the revision: $name',
    async (manipulation) => {
      const headers = { 'x-vault-revision-seen': String(world.revision) };
      const answers = new Set<string>();
      for (const name of SOME_SIGNED_IN) answers.add(verdict(await attack(world, manipulation, name, headers)));
      // The session's own end comes first.
      answers.delete(UNAUTHENTICATED);
      expect([...answers].filter((answer) => answer !== ROLLED_BACK)).toEqual([]);
    },
  );

  it('gives no revision from a manifest that did not open', async () => {
    const [forged] = MANIFEST_ROWS.filter(({ name }) => name.endsWith('moved by 1000000'));
    if (forged === undefined) throw new Error('the matrix lacks the case');
    const answer = await attack(world, forged, 'list items');
    expect([verdict(answer), answer.headers.get('x-vault-revision')]).toEqual([INTEGRITY, null]);
  });

  it('leaves nothing behind: with the right rows back, every call works', async () => {
    await recovers(world);
  });
});

describe('a whole account that is rolled back, sessions and activity included', () => {
  it('looks like itself, but to a client that remembers one number', async () => {
    const seen = { 'x-vault-revision-seen': String(world.revision) };
    for (const step of EARLIER_STEPS.slice(EARLIER_STEPS.indexOf('person made'))) {
      const tamper = () => {
        rollBack(world, { step, kinds: KINDS });
      };
      for (const name of ['list items', 'list documents', 'list sessions', 'get account', 'sign in'] as const) {
        expect([step, name, (await attack(world, { tamper }, name)).status]).toEqual([
          step,
          name,
          name === 'sign in' ? 201 : 200,
        ]);
      }
      const activity = await attack(world, { tamper }, 'get activity');
      expect([step, activity.body]).toMatchObject([step, { chain: 'intact', breaks: [] }]);
      expect(Number(activity.headers.get('x-vault-revision'))).toBeLessThan(world.revision);
      expect([step, verdict(await attack(world, { tamper }, 'list items', seen))]).toEqual([step, ROLLED_BACK]);
    }
    world.restore();
    expect((await world.call('GET /v1/items', { headers: seen })).status).toBe(200);
  });
});
