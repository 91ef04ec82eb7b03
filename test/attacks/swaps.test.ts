import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AccountId } from '../../lambda/domain/ids.ts';
import type { Row, SessionRow } from '../../lambda/domain/records.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { type Send, verdict } from '../fixtures/app.ts';
import {
  CALLS,
  type CallName,
  everywhere,
  expected,
  type Manipulation,
  outcomes,
  recovers,
  SIGNED_IN_CALLS,
  UNAUTHENTICATED,
} from './calls.ts';
import { createWorld, credentials, sessionOf, type World } from './world.ts';

/** A world takes its time where other suites run beside, ms. */
jest.setTimeout(30_000);

const NOBODY = '01ARZ3NDEKTSV4RRFFQ69G5FAV' as AccountId;
const DECOY = '00000000000000000000000000' as AccountId;

function session({ app }: World, token: string, accountId: AccountId): SessionRow {
  const row = [...app.store.rows.values()].find(
    (entry): entry is SessionRow =>
      entry.kind === 'session' && entry.accountId === accountId && entry.sessionId === sessionOf(token),
  );
  if (row === undefined) throw new Error('no such session');
  return row;
}

const ownSession = (world: World) => session(world, world.token, world.owner.account.accountId);
const otherSession = (world: World) => session(world, world.other.token, world.other.account.accountId);

/** All of the other account's rows, under the owner's keys. */
function moved(world: World, kinds: readonly Row['kind'][]): Row[] {
  const { accountId } = world.owner.account;
  return [...world.app.store.rows.values()].flatMap((row) =>
    kinds.includes(row.kind) && 'accountId' in row && row.accountId === world.other.account.accountId
      ? [{ ...row, accountId }]
      : [],
  );
}

/** What one account's rows do in another's place. The owner calls; nothing of the other may come. */
const SWAPS: readonly Manipulation[] = [
  {
    name: "the password wraps of two accounts, each in the other's row",
    breaks: 'all',
    tamper: ({ owner, other, write }) => {
      write({ ...owner.account, passwordWrap: other.account.passwordWrap });
      write({ ...other.account, passwordWrap: owner.account.passwordWrap });
    },
  },
  {
    name: "the sessions' wraps of two accounts, each in the other's row",
    breaks: 'all',
    answers: { 'sign in': '201' },
    tamper: (world) => {
      const [own, foreign] = [ownSession(world), otherSession(world)];
      world.write({ ...own, wrap: foreign.wrap }, { ...foreign, wrap: own.wrap });
    },
  },
  {
    name: "a password's wrap in a session's place",
    breaks: 'all',
    answers: { 'sign in': '201' },
    tamper: (world) => {
      world.write({ ...ownSession(world), wrap: world.owner.account.passwordWrap });
    },
  },
  {
    name: "a session's wrap in a password's place",
    breaks: 'all',
    tamper: (world) => {
      world.write({ ...world.owner.account, passwordWrap: ownSession(world).wrap });
    },
  },
  {
    name: "another account's session row but for the secret's hash",
    breaks: 'all',
    answers: { 'sign in': '201', 'list sessions': '500 integrity_failure' },
    tamper: (world) => {
      const { accountId, sessionId, secretHash } = ownSession(world);
      world.write({ ...otherSession(world), accountId, sessionId, secretHash });
    },
  },
  {
    name: "another account's whole session row",
    breaks: 'all',
    answers: { ...everywhere(UNAUTHENTICATED), 'sign in': '201' },
    tamper: (world) => {
      const { accountId, sessionId } = ownSession(world);
      world.write({ ...otherSession(world), accountId, sessionId });
    },
  },
  {
    name: "another account's item under an own id",
    breaks: ['person'],
    tamper: ({ owner, other, write }) => {
      const { accountId, itemId } = owner.person;
      write({ ...other.person, accountId, itemId });
    },
  },
  {
    name: "another account's item under an own id and version",
    breaks: ['person'],
    tamper: ({ owner, other, write }) => {
      write({ ...owner.person, sealed: other.person.sealed });
    },
  },
  {
    name: "another account's item beside the own",
    breaks: ['stray item'],
    tamper: ({ owner, other, write }) => {
      write({ ...other.person, accountId: owner.account.accountId });
    },
  },
  {
    name: "another account's document under an own id",
    breaks: ['document'],
    tamper: ({ owner, other, write }) => {
      const { accountId, documentId } = owner.document;
      write({ ...other.document, accountId, documentId });
    },
  },
  {
    name: "another account's document under an own id and with the own objects",
    breaks: ['document'],
    tamper: ({ owner, other, write }) => {
      write({ ...owner.document, sealed: other.document.sealed });
    },
  },
  {
    name: "another account's manifest",
    breaks: 'all',
    tamper: (world) => {
      world.write(...moved(world, ['manifest']));
    },
  },
  {
    name: "another account's account row",
    breaks: 'all',
    tamper: (world) => {
      world.write(...moved(world, ['account']));
    },
  },
  {
    name: "another account's account row and manifest",
    breaks: 'all',
    tamper: (world) => {
      world.write(...moved(world, ['account', 'manifest']));
    },
  },
  {
    name: "another account's vault, whole",
    breaks: 'all',
    tamper: (world) => {
      world.remove(world.owner.person, world.owner.note, world.owner.document, world.owner.spare);
      world.write(...moved(world, ['account', 'manifest', 'item', 'document']));
    },
  },
  ...(['other', 'nobody', 'the decoy'] as const).map(
    (whom): Manipulation => ({
      name: `the e-mail's row pointed at ${whom}`,
      breaks: [],
      answers: { 'sign in': '500 integrity_failure' },
      tamper: ({ owner, other, write }) => {
        const accountId = { other: other.account.accountId, nobody: NOBODY, 'the decoy': DECOY }[whom];
        write({ kind: 'email', mac: owner.account.emailMac, accountId });
      },
    }),
  ),
  {
    name: "the e-mail's row pointed at an account that bears the e-mail's MAC since then",
    breaks: [],
    answers: { 'sign in': '500 integrity_failure' },
    tamper: ({ owner, other, write }) => {
      const { emailMac } = owner.account;
      write({ kind: 'email', mac: emailMac, accountId: other.account.accountId }, { ...other.account, emailMac });
    },
  },
];

describe('one account’s rows in another’s place', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });

  it.each(SWAPS)('open nothing: $name', async (manipulation) => {
    expect(await outcomes(world, manipulation)).toEqual(expected(manipulation));
  });

  it('answers an e-mail whose row was removed as one that never was', async () => {
    world.restore();
    world.remove({ kind: 'email', mac: world.owner.account.emailMac });
    const answer = await world.app.call('POST /v1/sessions', { body: credentials('owner') });
    expect(verdict(answer)).toBe('401 invalid_credentials');
  });

  it('does not open the whole of an account, sessions included, that was moved to another’s keys', async () => {
    world.restore();
    world.write(...moved(world, ['account', 'manifest', 'session', 'item', 'document']));
    const [, , , secret] = world.other.token.split('.');
    const token = ['tw1', world.owner.account.accountId, sessionOf(world.other.token), secret].join('.');
    for (const name of SIGNED_IN_CALLS) {
      const [call, send = {}]: readonly [string, Send?] = CALLS[name].send(world);
      expect([name, verdict(await world.call(call, { ...send, token }))]).toEqual([name, '500 integrity_failure']);
    }
  });

  it('removes no object of another account for a row that names it, nor when maintenance comes by', async () => {
    const { app, owner, other } = world;
    const objectKeys = [...owner.document.objectKeys, ...other.document.objectKeys];
    const forgeries: readonly Row[] = [
      { ...owner.document, objectKeys },
      { ...owner.document, objectKeys, state: 'PENDING', sealed: null, dueAt: Date.now() - 1 },
    ];
    for (const forgery of forgeries) {
      world.restore();
      world.write(forgery);
      const answer = await world.call(`DELETE /v1/documents/${owner.document.documentId}`);
      expect(verdict(answer)).toBe('500 integrity_failure');
      for (const key of other.document.objectKeys) expect(app.objects.objects.has(key)).toBe(true);
    }
    app.telemetry.counts.clear();
    expect(await sweep(app.env, app.env.clock() + 60_000)).toMatchObject({ removed: 0, failed: 1 });
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(1);
    for (const key of objectKeys) expect(app.objects.objects.has(key)).toBe(true);
  });

  it('leaves nothing behind: with the right rows back, every call works', async () => {
    await recovers(world);
    const name: CallName = 'get item';
    const [call] = CALLS[name].send(world);
    expect(verdict(await world.app.call(call, { token: world.other.token }))).toBe('404 not_found');
  });
});
