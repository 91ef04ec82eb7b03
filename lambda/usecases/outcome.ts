import { type ErrorCode, TooManyAttemptsError, TwinlockError } from '../errors.ts';
import type { Attempt } from '../ports/system.ts';
import type { VaultEnvironment } from './environment.ts';

/** The code that tells who tries that it was in vain. */
const IN_VAIN = {
  PasswordCheck: 'wrong_password',
  Recovery: 'invalid_credentials',
  Registration: 'account_exists',
  SignIn: 'invalid_credentials',
} as const satisfies Record<Attempt, ErrorCode>;

/**
 * Counts how a try ends: well, in vain, or refused because too many before it were. One that ends otherwise, as by a
 * service that fails, is counted where it fails.
 *
 * @throws whatever `work` throws
 */
export async function countOutcome<T>(
  { telemetry }: Pick<VaultEnvironment, 'telemetry'>,
  attempt: Attempt,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    telemetry.count(`${attempt}Success`);
    return result;
  } catch (error) {
    if (error instanceof TooManyAttemptsError) telemetry.count(`${attempt}Throttled`);
    else if (error instanceof TwinlockError && error.code === IN_VAIN[attempt]) telemetry.count(`${attempt}Failure`);
    throw error;
  }
}
