import type { FailedTry, ThrottleRow } from '../domain/records.ts';
import { IntegrityError, TooManyAttemptsError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';

/** How a subject's failures slow what follows. */
export interface ThrottlePolicy {
  /** Failures that cost nothing; each one after them doubles the delay, from 1 s. */
  readonly free: number;
  /** The longest delay, ms. */
  readonly longest: number;
  /** Failures are forgotten when none followed for so long, ms. */
  readonly memory: number;
}

const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/**
 * Guesses at a password or a recovery code: the fifth failure in a row earns the first delay, the fifteenth and each
 * after it the longest. So from the hundredth on one try is taken in 15 minutes, where SP 800-63B-4 §3.2.2 draws its bound.
 */
export const PASSWORD_POLICY: ThrottlePolicy = { free: 4, longest: 15 * MINUTE, memory: 30 * DAY };
/** Registrations that met an existing account, by source. */
export const REGISTRATION_POLICY: ThrottlePolicy = { free: 19, longest: 15 * MINUTE, memory: DAY };

/** Failed tries that a counter remembers, and for how long, ms. */
const KEPT_TRIES = 20;
export const KEPT_TRIES_MS = 30 * DAY;
/** Conditional writes that may lose against others' before a try is refused. */
const RACES = 20;
/** What no counter that the service wrote goes beyond: two functions' clocks apart, ms, and failures. */
const LONGEST_SKEW = 5 * MINUTE;
const MOST_FAILURES = 2 ** 31;

type ThrottleEnvironment = Pick<VaultEnvironment, 'store' | 'clock' | 'sleep' | 'random'>;
type CounterKey = Pick<ThrottleRow, 'kind' | 'subject' | 'source'>;

/** A try that was counted as failed before it was made. */
export interface Counted {
  /** The counter as it was read. */
  readonly before: ThrottleRow | null;
  readonly row: ThrottleRow;
  /** The try among the failed ones of the row. */
  readonly mark: FailedTry;
  /** The failed tries that made room for it. */
  readonly pushedOut: readonly FailedTry[];
  readonly policy: ThrottlePolicy;
}

/** A try that counts as failed until it is settled. */
export interface Try {
  /** Takes the count back, for a try that ended without a verdict. Never throws. */
  giveBack(): Promise<void>;
}

/** A try whose count may also be taken back with what it led to. */
export interface RevocableTry extends Try {
  /**
   * What takes the count back: at most one change, for the transaction that a success ends in, where a colliding try makes
   * it fail; to be asked again before that is repeated.
   */
  readonly takenBack: () => Promise<Change[]>;
}

/**
 * Counts a try as failed before it is made, so that many at once can't outrun the count.
 *
 * 1. Read the counter. 2. Refuse while its delay runs. 3. Raise it, on condition that it is as it was read: by what is
 * returned, to be called at once, but beside other work. A raise whose answer is lost stays: it can't be told from another
 * try's.
 *
 * @param subject what is tried
 * @param source where from, as `sourceOf` names it
 * @throws TooManyAttemptsError while the delay runs, or when others win every race
 */
export async function admitTry(
  env: ThrottleEnvironment,
  subject: string,
  source: string,
  policy: ThrottlePolicy,
): Promise<() => Promise<RevocableTry>> {
  const key = { kind: 'throttle', subject, source } as const;
  const judge = async () => count(key, await env.store.get(key), { at: env.clock(), source }, policy);
  const first = await judge();
  return async () => revocable(env, await raise(env, judge, first));
}

function revocable(env: ThrottleEnvironment, counted: Counted): RevocableTry {
  let known: ThrottleRow | null = counted.row;
  return {
    giveBack: () => giveBack(env, counted),
    takenBack: async () => {
      const row = known ?? (await env.store.get(counted.row));
      known = null;
      return row === null ? [] : replacing(row, lowered(row, counted));
    },
  };
}

/** A counter that has counted nothing yet. */
export function emptyCounter({ subject, source }: CounterKey): ThrottleRow {
  const nothing = { failures: 0, lastFailureAt: 0, blockedUntil: 0, tries: [], lastSuccessAt: 0 };
  return { kind: 'throttle', subject, source, ...nothing };
}

/**
 * Counts one more try as failed.
 *
 * @param before the counter as it was read
 * @throws TooManyAttemptsError while the delay runs; IntegrityError for a counter that the service can't have written
 */
export function count(key: CounterKey, before: ThrottleRow | null, mark: FailedTry, policy: ThrottlePolicy): Counted {
  const row = before ?? emptyCounter(key);
  // A try that earned no delay holds up nobody, however much later its own clock ran.
  const wait = row.blockedUntil === row.lastFailureAt ? 0 : row.blockedUntil - mark.at;
  if (wait > policy.longest + LONGEST_SKEW || row.failures >= MOST_FAILURES) throw new IntegrityError('throttle row');
  if (wait > 0) throw new TooManyAttemptsError(Math.ceil(wait / 1000));
  const failures = mark.at - row.lastFailureAt < policy.memory ? row.failures + 1 : 1;
  const tries = [...row.tries.filter(({ at }) => mark.at - at < KEPT_TRIES_MS), mark];
  const raised = timed({ ...row, failures, tries: tries.slice(-KEPT_TRIES) }, policy);
  return { before, row: raised, mark, pushedOut: tries.slice(0, -KEPT_TRIES), policy };
}

/**
 * Writes a count.
 *
 * @param judge makes the count, anew after each lost race
 * @param first where it was made already
 * @throws what `judge` throws; TooManyAttemptsError
 */
export async function raise(
  env: ThrottleEnvironment,
  judge: () => Promise<Counted>,
  first: Counted | null = null,
): Promise<Counted> {
  for (let lost = 0; lost < RACES; lost++) {
    const counted = (lost === 0 ? first : null) ?? (await judge());
    if ((await env.store.commit([{ op: 'put', row: counted.row, replaces: counted.before }])).ok) return counted;
    await pause(env, lost);
  }
  throw new TooManyAttemptsError(1);
}

/** Takes a count back. Never throws: a count that can't be taken back stays. */
export async function giveBack(env: ThrottleEnvironment, counted: Counted): Promise<void> {
  try {
    for (let lost = 0; lost < RACES; lost++) {
      const row = await env.store.get(counted.row);
      const changes = row === null ? [] : replacing(row, lowered(row, counted));
      if (changes.length === 0 || (await env.store.commit(changes)).ok) return;
      await pause(env, lost);
    }
  } catch {
    // The cloud fails still.
  }
}

/** The counter without a try that ended without a verdict; other tries, and a success, may have come between. */
function lowered(row: ThrottleRow, { mark, pushedOut, policy }: Counted): ThrottleRow | null {
  // The last tries, as many as there are failures, are those that count: a success before them ended the row of others.
  const place = placeOf(row, mark);
  const counts = row.tries.length - place <= row.failures;
  if (place < 0 && !counts) return row;
  return settled({ ...row, failures: row.failures - Number(counts), tries: without(row, mark, pushedOut) }, policy);
}

/**
 * The counter after a success: its failures are forgotten, its failed tries are not.
 *
 * @param counted the try that succeeded; null where it was counted elsewhere
 * @returns null for a counter that holds nothing any more
 */
export function cleared(row: ThrottleRow, counted: Counted | null): ThrottleRow | null {
  const tries = counted === null ? row.tries : without(row, counted.mark, counted.pushedOut);
  return settled({ ...row, failures: 0, tries }, PASSWORD_POLICY);
}

/** The changes that put one state of a counter in another's place: none when nothing changes. */
export function replacing(read: ThrottleRow | null, next: ThrottleRow | null): Change[] {
  if (next === read) return [];
  if (next !== null) return [{ op: 'put', row: next, replaces: read }];
  return read === null ? [] : [{ op: 'remove', row: read }];
}

/** Waits a little, longer after each race that was lost. */
export async function pause(env: Pick<VaultEnvironment, 'sleep' | 'random'>, lost: number): Promise<void> {
  await env.sleep(((env.random(1)[0] ?? 0) / 255) * 10 * (lost + 1));
}

function placeOf(row: ThrottleRow, mark: FailedTry): number {
  return row.tries.findLastIndex(({ at, source }) => at === mark.at && source === mark.source);
}

/** The failed tries without one of them, and with those that had made room for it. */
function without(row: ThrottleRow, mark: FailedTry, pushedOut: readonly FailedTry[]): FailedTry[] {
  const place = placeOf(row, mark);
  if (place < 0) return [...row.tries];
  const tries = [...pushedOut, ...row.tries.slice(0, place), ...row.tries.slice(place + 1)];
  return tries.sort((a, b) => a.at - b.at).slice(-KEPT_TRIES);
}

function settled(row: ThrottleRow, policy: ThrottlePolicy): ThrottleRow | null {
  const isEmpty = row.failures === 0 && row.tries.length === 0 && row.lastSuccessAt === 0;
  return isEmpty ? null : timed(row, policy);
}

/** The row with the times that its failures and tries make. */
function timed(row: ThrottleRow, { free, longest }: ThrottlePolicy): ThrottleRow {
  const lastFailureAt = row.tries.at(-1)?.at ?? 0;
  const over = row.failures - free;
  const delay = over > 0 ? Math.min(longest, 1000 * 2 ** Math.min(over - 1, 30)) : 0;
  return { ...row, lastFailureAt, blockedUntil: row.failures === 0 ? 0 : lastFailureAt + delay };
}
