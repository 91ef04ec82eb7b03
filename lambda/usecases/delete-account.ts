import { setTimeout } from 'node:timers/promises';
import { preparePassword } from '../crypto/password.ts';
import { newId, type ReceiptId } from '../domain/ids.ts';
import type { DeletionRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { type Confirmation, confirmPassword } from './confirm-password.ts';
import type { DeletionEnvironment } from './environment.ts';
import { eraseAccount } from './erase-account.ts';
import { guessSubject } from './guess-counter.ts';
import type { Vault } from './vault.ts';

/** What its owner keeps of a deleted account. */
export type Receipt = Pick<DeletionRow, 'receiptId' | 'at' | 'items' | 'documents'>;

/** The caller waits so long for rows and objects to go, ms: well within the gateway's 29 s. */
const PATIENCE_MS = 15_000;
/** Changes of one transaction, and of these for sessions at most. */
const MOST_CHANGES = 100;
const MOST_SESSIONS = 60;

/**
 * Deletes an account.
 *
 * 1. Check the password. 2. Remove the e-mail's row, account, manifest, sessions and counters of guesses, and write the
 * deletion in their place, in one transaction: no wrap is left, so that nothing of the account can be read from then on.
 * 3. Remove all other rows and the objects, for as long as the caller can wait. What is left then is maintenance's.
 *
 * @param patience how long the third step may take, ms
 * @throws TwinlockError `wrong_password`; `version_conflict` when another change of the account came between, and
 * `unauthenticated` when that was its deletion; TooManyAttemptsError; InvalidRequestError
 */
export async function deleteAccount(
  env: DeletionEnvironment,
  signedIn: SignedIn,
  given: Confirmation,
  patience = PATIENCE_MS,
): Promise<Receipt> {
  const password = preparePassword(given.password, given.passwordKind);
  const deletion = await confirmPassword(env, signedIn, password, ({ vault }) => end(env, vault, patience));
  env.telemetry.count('AccountDeleted');
  await begin(env, deletion, patience);
  const { receiptId, at, items, documents } = deletion;
  return { receiptId, at, items, documents };
}

/** Writes the deletion in the account's place. */
async function end(env: DeletionEnvironment, vault: Vault, patience: number): Promise<DeletionRow> {
  const { accountId, emailMac } = vault.account;
  return vault.remove(async ({ entries }) => {
    const [index, sessions, counters] = await Promise.all([
      env.store.get({ kind: 'email', mac: emailMac }),
      env.store.list(accountId, 'session', { limit: MOST_SESSIONS }),
      env.store.throttles(guessSubject(emailMac)),
    ]);
    const at = env.clock();
    const held = [...entries.values()];
    const deletion: DeletionRow = {
      kind: 'deletion',
      accountId,
      receiptId: newId<ReceiptId>(at, env.random(10)),
      at,
      items: held.filter(({ kind }) => kind === 'item').length,
      documents: held.filter((entry) => entry.kind === 'document' && entry.expiresAt > at).length,
      // Until then the request itself is at work.
      dueAt: at + patience,
    };
    const changes: Change[] = [
      { op: 'put', row: deletion, replaces: null },
      ...(index?.accountId === accountId ? [{ op: 'remove' as const, row: index }] : []),
      // The counters tell from where the owner signed in.
      ...[...sessions.rows, ...counters].map((key) => ({ op: 'discard' as const, key })),
    ];
    // Account and manifest are two more. Counters beyond that go by their time to live.
    return { changes: changes.slice(0, MOST_CHANGES - 2), result: deletion };
  });
}

/** Removes what is left, as far as patience goes. Never throws: the account is deleted, whatever fails here. */
async function begin(env: DeletionEnvironment, deletion: DeletionRow, patience: number): Promise<void> {
  const waiting = new AbortController();
  const erasing = eraseAccount(env, deletion, env.clock() + patience).catch((error: unknown) => {
    env.telemetry.count(error instanceof IntegrityError ? 'IntegrityFailure' : 'CloudFailure');
  });
  const { signal } = waiting;
  await Promise.race([erasing, setTimeout(patience, undefined, { signal }).catch(() => undefined)]);
  waiting.abort();
}
