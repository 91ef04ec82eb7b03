import { type AccountId, newId, type ReceiptId } from '../lambda/domain/ids.ts';
import type { DeletionRow } from '../lambda/domain/records.ts';
import { UnavailableError } from '../lambda/errors.ts';
import type { Change } from '../lambda/ports/vault-store.ts';
import { eraseAccount } from '../lambda/usecases/erase-account.ts';
import { guessSubject } from '../lambda/usecases/guess-counter.ts';
import { type Command, type Outcome, textOption, UsageError } from './command.ts';
import { ACCOUNT_HELP, ACCOUNT_OPTIONS, findAccount } from './find-account.ts';
import type { World } from './world.ts';

/** So long the run goes on with rows and objects, ms; maintenance removes what is left then. */
const PATIENCE_MS = 10 * 60_000;
/** Sessions whose rows go in the first transaction, and changes that it takes beside account and manifest. */
const MOST_SESSIONS = 60;
const MOST_CHANGES = 98;
/** Times that the first transaction may lose to its owner's calls. */
const TRIES = 20;

/**
 * Erases an account for its owner, who forgot the password and has no recovery code: the e-mail can be registered anew.
 *
 * 1. Without --apply tell what would go, and end. 2. Remove the e-mail's row, account, manifest, sessions and counters of
 * guesses, and write the deletion in their place, in one transaction: no wrap is left, so that nothing can be read from
 * then on. 3. Remove all other rows and the objects. Run again, it goes on with the third step.
 */
export const accountsErase: Command = {
  name: 'accounts erase',
  summary: 'erases an account whose owner forgot the password; a dry run without --apply',
  usage: '<id> | --email-stdin [--apply --confirm <id>]',
  help: [
    ...ACCOUNT_HELP,
    '--apply          erase; without it only tell what would go',
    '--confirm <id>   the id once more',
  ],
  options: { ...ACCOUNT_OPTIONS, apply: { type: 'boolean' }, confirm: { type: 'string' } },
  async run(world, given, report) {
    const accountId = await findAccount(world, given);
    if (accountId === null) return { ok: false, lines: ['No account has this e-mail.'], data: { accountId: null } };
    if (given.options['apply'] !== true) return planned(world, accountId);
    if (textOption(given, 'confirm') !== accountId)
      throw new UsageError(`--confirm ${accountId} is missing: what is erased is gone`);
    const deletion = await endAccount(world, accountId);
    if (deletion === null) return { ok: false, lines: ['There is no such account.'], data: { accountId } };
    report.note(`No wrap of ${accountId} is left: it can't be opened any more. Its rows and objects go now.`);
    const complete = await eraseAccount(world, deletion, world.clock() + PATIENCE_MS);
    const { receiptId, items, documents } = deletion;
    return {
      ok: true,
      lines: [
        `Erased: ${items} items, ${documents} documents. Receipt ${receiptId}.`,
        complete
          ? 'Nothing is left of it.'
          : 'What may still come to it stays for maintenance, which ends it within 25 hours.',
      ],
      data: { accountId, applied: true, receiptId, items, documents, complete },
    };
  },
};

async function planned(world: World, accountId: AccountId): Promise<Outcome> {
  const [account, deletion] = await world.store.snapshot([
    { kind: 'account', accountId },
    { kind: 'deletion', accountId },
  ]);
  if (account === null && deletion === null) {
    return { ok: false, lines: ['There is no such account.'], data: { accountId } };
  }
  const { items, documents, rows } = await countHeld(world, accountId);
  return {
    ok: true,
    lines: [
      account === null
        ? 'It was erased before; what follows is left of it.'
        : `${accountId} would be erased, and its e-mail free.`,
      `${rows} rows: ${items} items and ${documents} documents among them.`,
      `Dry run: nothing was changed. --apply --confirm ${accountId} erases it.`,
    ],
    data: { accountId, applied: false, items, documents, rows },
  };
}

/** Puts a deletion in the account's place, unless one is there. @returns null where there is neither */
async function endAccount(world: World, accountId: AccountId): Promise<DeletionRow | null> {
  for (let tries = 1; tries <= TRIES; tries++) {
    const [account, manifest, deletion] = await world.store.snapshot([
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
      { kind: 'deletion', accountId },
    ]);
    if (account === null) return deletion;
    const [email, sessions, counters, held] = await Promise.all([
      world.store.get({ kind: 'email', mac: account.emailMac }),
      world.store.list(accountId, 'session', { limit: MOST_SESSIONS }),
      world.store.throttles(guessSubject(account.emailMac)),
      countHeld(world, accountId),
    ]);
    const at = world.clock();
    const written: DeletionRow = {
      kind: 'deletion',
      accountId,
      receiptId: newId<ReceiptId>(at, world.random(10)),
      at,
      items: held.items,
      documents: held.documents,
      // Until then this run itself is at work.
      dueAt: at + PATIENCE_MS,
    };
    const changes: Change[] = [
      { op: 'put', row: written, replaces: deletion },
      ...(email?.accountId === accountId ? [{ op: 'remove' as const, row: email }] : []),
      // Counters tell from where the owner signed in; what does not fit goes by its time to live.
      ...[...sessions.rows, ...counters].map((key) => ({ op: 'discard' as const, key })),
    ];
    const removed = [account, ...(manifest === null ? [] : [manifest])].map((row) => ({ op: 'remove' as const, row }));
    if ((await world.store.commit([...removed, ...changes.slice(0, MOST_CHANGES)])).ok) return written;
    await world.sleep(20 * tries);
  }
  throw new UnavailableError('vault:remove');
}

/** What an account has, by the names of its rows: no key is needed. A document that expired may be among them. */
async function countHeld(
  world: World,
  accountId: AccountId,
): Promise<{ items: number; documents: number; rows: number }> {
  const held = { items: 0, documents: 0, rows: 0 };
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof world.store.remains>> = await world.store.remains(accountId, after, 100);
    held.rows += page.keys.length;
    held.documents += page.keys.filter(({ kind }) => kind === 'document').length;
    held.items += page.keys.filter((key) => key.kind === 'remnant' && key.name.startsWith('I#')).length;
    after = page.next;
  } while (after !== null);
  return held;
}
