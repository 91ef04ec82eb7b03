import { emailMessage } from '../crypto/password.ts';
import type { AccountId } from '../domain/ids.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { AccountEnvironment } from './environment.ts';
import { admitGuess, type CountedGuess } from './guess-counter.ts';
import type { Caller } from './journal.ts';
import { EMAIL_MAC_KEY } from './register-account.ts';

/** What a secret is tried at. */
export interface Guess<R> {
  /** 32 bytes: the e-mail's MAC. */
  readonly mac: Uint8Array;
  /** Where the e-mail leads; null for an unknown one. */
  readonly found: AccountId | null;
  /** What `look` read. */
  readonly seen: Promise<R>;
  /** The changes for the transaction that a success ends in; asked again before that is repeated. */
  readonly succeeded: CountedGuess['succeeded'];
}

/**
 * Tries a secret at an e-mail's account without a session: each try counts, whatever the secret.
 *
 * 1. Look the e-mail up by its MAC, and read the counters. 2. Refuse while a delay runs, else count the try, and read what
 * it is made at meanwhile. 3. Try it. 4. Take the count back when that ended without a verdict.
 *
 * @param email normalised
 * @param look reads what the try needs first, from where the e-mail leads
 * @param open tries the secret; null for a wrong one and, after the same work, for an unknown e-mail
 * @throws TwinlockError `invalid_credentials`; TooManyAttemptsError; whatever `open` throws
 */
export async function guess<T, R>(
  env: AccountEnvironment,
  email: string,
  caller: Caller,
  look: (found: AccountId | null) => Promise<R>,
  open: (guess: Guess<R>) => Promise<T | null>,
): Promise<T> {
  const mac = await env.keys.mac(EMAIL_MAC_KEY, emailMessage(email));
  const [index, begin] = await Promise.all([env.store.get({ kind: 'email', mac }), admitGuess(env, mac, caller)]);
  const found = index?.accountId ?? null;
  const seen = look(found);
  // Its failure is met below, where the try can be given back.
  void seen.catch(() => undefined);
  const attempt = await begin();
  try {
    const answer = await open({ mac, found, seen, succeeded: attempt.succeeded });
    if (answer !== null) return answer;
  } catch (error) {
    await attempt.giveBack();
    throw error;
  }
  throw new TwinlockError('invalid_credentials');
}

/**
 * Where an e-mail leads now, when it did not lead to a sound account: its row was read before the account's, and an
 * honest change may have come between.
 *
 * @throws IntegrityError when it leads there still
 */
export async function lookAgain(
  env: AccountEnvironment,
  mac: Uint8Array,
  before: AccountId,
): Promise<AccountId | null> {
  const index = await env.store.get({ kind: 'email', mac });
  if (index?.accountId === before) throw new IntegrityError('account');
  return index?.accountId ?? null;
}

/** Whether another change of the account came first: the secret may be another by now, or the account be gone. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof TwinlockError && (error.code === 'version_conflict' || error.code === 'unauthenticated');
}
