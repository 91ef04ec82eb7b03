import type { ThrottleRow } from '../domain/records.ts';
import { NO_ADDRESS, sourceOf } from '../domain/source.ts';
import { UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';
import type { Caller } from './journal.ts';
import {
  type Counted,
  cleared,
  count,
  DAY,
  emptyCounter,
  giveBack,
  PASSWORD_POLICY,
  pause,
  raise,
  replacing,
  type Try,
} from './throttle.ts';

/** The counter that all sources share which are not known. */
const SHARED = '*';
/** A source is known for so long after it gave the password, ms. */
const KNOWN_MS = 90 * DAY;
/** Known sources that an account has at most, and how many more a success removes: a transaction has bounds. */
const MOST_SOURCES = 20;
const REMOVED_AT_ONCE = 5;
/** Times that a success may meet other tries at work on its counters. */
const RACES = 30;

/** A guess that counts as failed until it is settled. */
export interface CountedGuess extends Try {
  /**
   * What a success writes: its counter starts anew, and its source is known from now on. For the transaction that the
   * success ends in, where a colliding try makes it fail; to be asked again before that is repeated.
   *
   * @param subject where the counters move, for an account whose e-mail changes
   * @returns at most 7 changes, or 47 that move
   */
  readonly succeeded: (subject?: string) => Promise<Change[]>;
}

/** Under what the guesses at an account's password are counted. */
export function guessSubject(emailMac: Uint8Array): string {
  return Buffer.from(emailMac).toString('base64url');
}

/**
 * Counts a guess at a password or a recovery code as failed before it is made.
 *
 * 1. Read the subject's counters. 2. Choose the source's own where it is known, so that failures elsewhere don't slow it,
 * and else the shared one. 3. Refuse while its delay runs. 4. Raise it, on condition that it is as it was read.
 *
 * @param emailMac 32 bytes, of an e-mail that need not have an account
 * @throws TooManyAttemptsError; IntegrityError for counters that the service can't have written
 */
export async function beginGuess(env: VaultEnvironment, emailMac: Uint8Array, caller: Caller): Promise<CountedGuess> {
  const begin = await admitGuess(env, emailMac, caller);
  return begin();
}

/** The steps 1 to 3 of {@link beginGuess}, and step 4 to be called: at once, but beside other work. */
export async function admitGuess(
  env: VaultEnvironment,
  emailMac: Uint8Array,
  caller: Caller,
): Promise<() => Promise<CountedGuess>> {
  const subject = guessSubject(emailMac);
  const source = sourceOf(caller.sourceIp);
  let rows: ThrottleRow[] = [];
  const judge = async (): Promise<Counted> => {
    rows = await env.store.throttles(subject);
    // Not before the read: another try may have begun meanwhile, and its delay would seem to lie ahead.
    const now = env.clock();
    const own = rows.find((row) => row.source === source && now - row.lastSuccessAt < KNOWN_MS);
    const shared = { kind: 'throttle', subject, source: SHARED } as const;
    const counter = own ?? rows.find((row) => row.source === SHARED) ?? null;
    return count(counter ?? shared, counter, { at: now, source }, PASSWORD_POLICY);
  };
  const first = await judge();
  return async () => {
    const counted = await raise(env, judge, first);
    const others = rows.filter((row) => row.source !== counted.row.source);
    return guessOf(env, counted, source, [...others, counted.row]);
  };
}

/**
 * Writes what a right guess allows, as often as other guesses get in between.
 *
 * @param changes what the success is for; its conditions are asked once for all
 * @returns false, with nothing written, when one of `changes` does not hold
 * @throws UnavailableError when too many races are lost
 */
export async function commitSuccess(
  env: VaultEnvironment,
  succeeded: CountedGuess['succeeded'],
  changes: readonly Change[],
): Promise<boolean> {
  for (let lost = 0; lost < RACES; lost++) {
    const all = [...changes, ...(await succeeded())];
    if (all.length === 0) return true;
    const result = await env.store.commit(all);
    if (result.ok) return true;
    if (result.failed.some((place) => place < changes.length)) return false;
    await pause(env, lost);
  }
  throw new UnavailableError('vault:guess');
}

/** The change that makes a source known which an account is registered from. */
export function firstSource(env: VaultEnvironment, emailMac: Uint8Array, caller: Caller): Change[] {
  const source = sourceOf(caller.sourceIp);
  if (source === NO_ADDRESS) return [];
  const empty = emptyCounter({ kind: 'throttle', subject: guessSubject(emailMac), source });
  return [{ op: 'put', row: { ...empty, lastSuccessAt: env.clock() }, replaces: 'any' }];
}

function guessOf(env: VaultEnvironment, counted: Counted, source: string, rows: readonly ThrottleRow[]): CountedGuess {
  const { subject } = counted.row;
  let known: readonly ThrottleRow[] | null = rows;
  return {
    giveBack: () => giveBack(env, counted),
    succeeded: async (to = subject) => {
      const read = known ?? (await env.store.throttles(subject));
      known = null;
      const states = afterSuccess(read, counted, source, env.clock());
      if (to === subject) return states.flatMap(([before, after]) => replacing(before, after));
      return states.flatMap(([before, after]): Change[] => [
        ...replacing(before, null),
        ...(after === null ? [] : [{ op: 'put' as const, row: { ...after, subject: to }, replaces: 'any' as const }]),
      ]);
    },
  };
}

/** A subject's counters before and after a success; what stays beyond {@link MOST_SOURCES} is left out. */
function afterSuccess(
  rows: readonly ThrottleRow[],
  counted: Counted,
  source: string,
  now: number,
): (readonly [ThrottleRow | null, ThrottleRow | null])[] {
  const shared = rows.find((row) => row.source === SHARED) ?? null;
  const own = rows.find((row) => row.source === source) ?? null;
  const key = counted.row;
  const mine = (row: ThrottleRow) => (row.source === key.source ? counted : null);
  const entered = (row: ThrottleRow): ThrottleRow => {
    const known = { ...row, lastSuccessAt: now };
    return cleared(known, mine(known)) ?? known;
  };
  const others = rows
    .filter((row) => row.source !== SHARED && row.source !== source)
    .sort((a, b) => b.lastSuccessAt - a.lastSuccessAt);
  return [
    [shared, shared !== null && key.source === SHARED ? cleared(shared, counted) : shared],
    ...(source === NO_ADDRESS ? [] : [[own, entered(own ?? emptyCounter({ ...key, source }))] as const]),
    ...others.slice(0, MOST_SOURCES - 1).map((row) => [row, row] as const),
    ...others
      .slice(MOST_SOURCES - 1)
      .slice(-REMOVED_AT_ONCE)
      .map((row) => [row, null] as const),
  ];
}
