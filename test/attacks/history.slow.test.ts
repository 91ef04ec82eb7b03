import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { verdict } from '../fixtures/app.ts';
import { attack, INTEGRITY, ROLLED_BACK, UNAUTHENTICATED } from './calls.ts';
import {
  changedSince,
  foretell,
  isNoticed,
  type Lives,
  livesOf,
  meet,
  nameOf,
  type Rollback,
  rollBack,
  rollbacks,
} from './history.ts';
import { NOT_NOTICED, NOTICED_BY_REVISION, requireTold } from './threats.ts';
import { createWorld, credentials, fromElsewhere, KINDS, STEPS, type Step, sessionOf, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(60_000);

const STEPS_BACK = STEPS.slice(0, -1);

/** What is always other than it was, with whatever else has changed since. */
const WHOLE = ['manifest', 'item', 'session', 'activity'] as const;

/** What no call notices by itself, and the line of docs/threat-model.md that says so. */
const UNNOTICED: readonly (readonly [list: string, line: string, is: (rollback: Rollback) => boolean])[] = [
  [NOTICED_BY_REVISION, 'the whole account put back', ({ kinds }) => WHOLE.every((kind) => kinds.includes(kind))],
  [
    NOT_NOTICED,
    'what a session did since its last write of the vault',
    ({ step, kinds }) => kinds.join() === 'session,activity' && step === 'note replaced',
  ],
];

/** Steps, and whether nothing notices the vault of then under sessions' rows that are lowered to it. */
const LOWERED: readonly (readonly [step: Step, unnoticed: boolean])[] = [
  // A session began since, and ended.
  ['document made', false],
  ['extras made', false],
  ['extras removed', true],
  ['spare made', true],
  ['person replaced again', true],
];

describe('rows of every kind put back', () => {
  let world: World;
  let lives: Lives;
  let all: Rollback[];
  beforeAll(async () => {
    world = await createWorld();
    lives = await livesOf(world);
    all = rollbacks(world, STEPS_BACK);
  });

  it('are tried alone, in every pair and all together, at every step that changed them', () => {
    const unchanged = KINDS.map((kind) => STEPS_BACK.filter((step) => !changedSince(world, step, kind)));
    expect(Object.fromEntries(KINDS.map((kind, i) => [kind, unchanged[i]]))).toEqual({
      account: STEPS_BACK.slice(STEPS.indexOf('code made')),
      manifest: ['note replaced'],
      item: ['note replaced'],
      document: ['spare made', 'person replaced again', 'note replaced'],
      session: [],
      activity: [],
    });
    expect(all.length).toBeGreaterThan(220);
  });

  it.each(STEPS_BACK)('are met as foretold, by every call: as after "%s"', async (step) => {
    for (const rollback of all.filter((one) => one.step === step)) {
      expect([nameOf(rollback), await meet(world, rollback)]).toEqual([
        nameOf(rollback),
        foretell(world, lives, rollback),
      ]);
    }
  });

  it('are noticed by some call, but for what docs/threat-model.md names', () => {
    const unnoticed = all.filter((rollback) => !isNoticed(foretell(world, lives, rollback)));
    const named = all.filter((rollback) => UNNOTICED.some(([, , is]) => is(rollback)));
    expect(unnoticed.map(nameOf)).toEqual(named.map(nameOf));
    for (const [list, line, is] of UNNOTICED) {
      expect([line, all.some(is)]).toEqual([line, true]);
      requireTold(list, line);
    }
  });

  it('are told to a client that remembers the revision, wherever the manifest is among them', async () => {
    const headers = { 'x-vault-revision-seen': String(world.revision) };
    const older = all.filter(({ kinds }) => kinds.includes('manifest'));
    for (const rollback of older) {
      const tamper = () => {
        rollBack(world, rollback);
      };
      const answer = verdict(await attack(world, { tamper }, 'list items', headers));
      // The session's own end comes first.
      if (answer !== UNAUTHENTICATED) expect([nameOf(rollback), answer]).toEqual([nameOf(rollback), ROLLED_BACK]);
    }
  });

  it.each(['person made', 'note made', 'spare made', 'person replaced again'] as const)(
    'are met as foretold by a session that did not write last, and are noticed by all that reads the others: as after "%s"',
    async (step) => {
      const elsewhere = fromElsewhere(world);
      for (const rollback of all.filter((one) => one.step === step && one.kinds.includes('manifest'))) {
        const met = await meet(elsewhere, rollback);
        expect([nameOf(rollback), met]).toEqual([nameOf(rollback), foretell(elsewhere, lives, rollback)]);
        if (rollback.kinds.includes('session')) continue;
        const told = [met['list sessions'], met['get activity']];
        // Where the session's own epoch is over, that comes first.
        expect(told.filter((answer) => answer !== UNAUTHENTICATED && answer !== INTEGRITY)).toEqual([]);
        expect(met.anew).toBe(INTEGRITY);
      }
    },
  );

  it.each(LOWERED)(
    'and the revision of every session’s row lowered besides: as after "%s", unnoticed: %s',
    async (step, unnoticed) => {
      const kinds = (['manifest', 'item', 'document'] as const).filter((kind) => changedSince(world, step, kind));
      const rollback: Rollback = { step, kinds, lowered: true };
      const due = foretell(world, lives, rollback);
      expect(await meet(world, rollback)).toEqual(due);
      expect(isNoticed(due)).toBe(!unnoticed);
      const tamper = () => {
        rollBack(world, rollback);
      };
      const headers = { 'x-vault-revision-seen': String(world.revision) };
      expect(verdict(await attack(world, { tamper }, 'list items', headers))).toBe(ROLLED_BACK);
      requireTold(NOT_NOTICED, "a session's `revision` that was lowered");
      requireTold(NOTICED_BY_REVISION, "the plain `revision` of every session's row lowered besides");
    },
  );

  it.each(['was removed', 'went as it signed out', 'goes as it signs out'] as const)(
    'are named by the activity alone where the row of the session that wrote last %s',
    async (how) => {
      world.restore();
      if (how === 'was removed') world.remove(world.owner.session);
      const signOut = async () => verdict(await world.call('DELETE /v1/sessions/current'));
      if (how === 'went as it signed out') expect(await signOut()).toBe('204');
      rollBack(world, { step: 'spare made', kinds: ['manifest', 'item'] });
      // It is told, and ends all the same.
      if (how === 'goes as it signs out') expect(await signOut()).toBe(INTEGRITY);
      const { call } = fromElsewhere(world);
      for (const path of ['items?reveal=true', 'documents', 'sessions', `items/${world.owner.person.itemId}`]) {
        expect([path, (await call(`GET /v1/${path}`)).status]).toEqual([path, 200]);
      }
      const begun = await call('POST /v1/sessions', { body: credentials('owner') });
      expect(begun.status).toBe(201);
      const breaks = [{ fault: 'session-missing', sessionId: sessionOf(world.token) }];
      for (const token of [world.elsewhere, begun.text('session.token')]) {
        const { body } = await call('GET /v1/account/activity', { token });
        expect(body).toMatchObject({ chain: 'broken', breaks });
      }
    },
  );

  it('show what the owner had then, and no more, where the whole is put back', () => {
    for (const step of STEPS_BACK.slice(STEPS.indexOf('person made'))) {
      const due = foretell(world, lives, { step, kinds: KINDS });
      expect([step, due['get activity']]).toEqual([step, '200']);
      expect([step, due['list items']]).not.toEqual([step, INTEGRITY]);
    }
  });
});
