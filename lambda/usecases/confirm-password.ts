import type { SecretBytes } from '../crypto/bytes.ts';
import { preparePassword } from '../crypto/password.ts';
import { TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { AccountEnvironment } from './environment.ts';
import { beginGuess, type CountedGuess } from './guess-counter.ts';
import { countOutcome } from './outcome.ts';
import { openUnderPassword } from './password-wrap.ts';
import type { Vault } from './vault.ts';

/** What a right password gives. */
export interface Confirmed {
  readonly vault: Vault;
  /** Wiped when the work ends. */
  readonly dek: SecretBytes;
  /** The password's bytes, as they are hashed. Wiped when the work ends. */
  readonly password: Uint8Array;
  /** The changes to be written with what the password was asked for; asked again before that is repeated. */
  readonly succeeded: CountedGuess['succeeded'];
}

/** A password that was given in a session. */
export interface Given {
  readonly password: string;
  /** Where it stood in the body, as a JSON pointer. */
  readonly field: string;
}

/**
 * Does something that asks for the password although its caller is signed in. A wrong password counts as at sign-in.
 *
 * @param work what is done when the password is right
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError; InvalidRequestError; whatever `work` throws
 */
export async function confirmPassword<T>(
  env: AccountEnvironment,
  signedIn: SignedIn,
  given: Given,
  work: (confirmed: Confirmed) => Promise<T>,
): Promise<T> {
  return countOutcome(env, 'PasswordCheck', () => confirm(env, signedIn, given, work));
}

async function confirm<T>(
  env: AccountEnvironment,
  signedIn: SignedIn,
  given: Given,
  work: (confirmed: Confirmed) => Promise<T>,
): Promise<T> {
  const prepared = preparePassword(given.password, given.field);
  try {
    const vault = await signedIn.vault();
    const attempt = await beginGuess(env, vault.account.emailMac, signedIn.caller);
    try {
      const { dek } = await openUnderPassword(env, vault.account, vault.account.passwordWrap, prepared);
      if (dek !== null) {
        try {
          return await work({ vault, dek, password: prepared, succeeded: attempt.succeeded });
        } finally {
          dek.wipe();
        }
      }
    } catch (error) {
      await attempt.giveBack();
      throw error;
    }
    throw new TwinlockError('wrong_password');
  } finally {
    prepared.fill(0);
  }
}
