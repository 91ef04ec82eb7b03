import type { ThrottleRow } from '../domain/records.ts';
import { TooManyAttemptsError } from '../errors.ts';
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
const DAY = 24 * 60 * MINUTE;

/** Guesses at a password: the fifth failure earns the first delay. */
export const PASSWORD_POLICY: ThrottlePolicy = { free: 4, longest: 15 * MINUTE, memory: 30 * DAY };
/** Registrations that met an existing account, by source. */
export const REGISTRATION_POLICY: ThrottlePolicy = { free: 19, longest: 15 * MINUTE, memory: DAY };

/** Conditional writes that may lose against others' before a try is refused. */
const RACES = 20;

/** A try that counts as failed until it is settled. */
export interface Try {
  /** Forgets the failures: for the transaction that a success ends in. */
  readonly reset: Change;
  /** Takes the count back, for a try that ended without a verdict. Never throws. */
  giveBack(): Promise<void>;
}

type ThrottleEnvironment = Pick<VaultEnvironment, 'store' | 'clock' | 'sleep' | 'random'>;

/**
 * Counts a try as failed before it is made, so that many at once can't outrun the count.
 *
 * 1. Read the counter. 2. Refuse while its delay runs. 3. Raise it, on condition that it is as it was read. A raise whose
 * answer is lost stays: it can't be told from another try's.
 *
 * @param subject what is guessed at
 * @param source "*" for all sources together, or one source's address
 * @throws TooManyAttemptsError while the delay runs, or when others win every race
 */
export async function beginTry(
  env: ThrottleEnvironment,
  subject: string,
  source: string,
  policy: ThrottlePolicy,
): Promise<Try> {
  const key = { kind: 'throttle', subject, source } as const;
  const [before, raised] = await race(env, key, (row) => {
    const now = env.clock();
    if (row !== null && row.blockedUntil > now) {
      throw new TooManyAttemptsError(Math.ceil((row.blockedUntil - now) / 1000));
    }
    const remembered = row !== null && now - row.lastFailureAt < policy.memory ? row.failures : 0;
    const failures = remembered + 1;
    return { ...key, failures, lastFailureAt: now, blockedUntil: now + delay(failures, policy) };
  });
  const giveBack = async (): Promise<void> => {
    await race(env, key, (row) => {
      if (row === null) return null;
      const alone = row.failures === raised?.failures && row.lastFailureAt === raised.lastFailureAt;
      if (alone) return before;
      const failures = Math.max(0, row.failures - 1);
      return { ...row, failures, blockedUntil: row.lastFailureAt + delay(failures, policy) };
    });
  };
  return { reset: { op: 'discard', key }, giveBack: () => giveBack().catch(() => undefined) };
}

/** How long the next try waits after so many failures, ms. */
function delay(failures: number, policy: ThrottlePolicy): number {
  const over = failures - policy.free;
  return over > 0 ? Math.min(policy.longest, 1000 * 2 ** Math.min(over - 1, 30)) : 0;
}

/** Moves the counter as `next` says, as often as others get in between. Gives the row before and after. */
async function race(
  env: ThrottleEnvironment,
  key: Pick<ThrottleRow, 'kind' | 'subject' | 'source'>,
  next: (row: ThrottleRow | null) => ThrottleRow | null,
): Promise<[ThrottleRow | null, ThrottleRow | null]> {
  for (let lost = 0; lost < RACES; lost++) {
    const row = await env.store.get(key);
    const moved = next(row);
    if (row === null && moved === null) return [null, null];
    const change: Change =
      moved === null ? { op: 'remove', row: row as ThrottleRow } : { op: 'put', row: moved, replaces: row };
    if ((await env.store.commit([change])).ok) return [row, moved];
    await env.sleep(((env.random(1)[0] ?? 0) / 255) * 10 * (lost + 1));
  }
  throw new TooManyAttemptsError(1);
}
