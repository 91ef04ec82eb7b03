import type { SecretBytes } from '../crypto/bytes.ts';
import { type PasswordKind, type PreparedPassword } from '../crypto/password.ts';
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
  /** Wiped when the work ends. */
  readonly password: PreparedPassword;
  /** The changes to be written with what the password was asked for; asked again before that is repeated. */
  readonly succeeded: CountedGuess['succeeded'];
}

/** A password that is asked for in a session. */
export interface Confirmation {
  readonly password: string;
  /** Undefined: plain. */
  readonly passwordKind?: PasswordKind | undefined;
}

/**
 * Does something that asks for the password although its caller is signed in. A wrong password counts as at sign-in.
 *
 * @param password taken over: it is wiped in the end
 * @param work what is done when the password is right
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError; whatever `work` throws
 */
export async function confirmPassword<T>(
  env: AccountEnvironment,
  signedIn: SignedIn,
  password: PreparedPassword,
  work: (confirmed: Confirmed) => Promise<T>,
): Promise<T> {
  return countOutcome(env, 'PasswordCheck', () => confirm(env, signedIn, password, work));
}

async function confirm<T>(
  env: AccountEnvironment,
  signedIn: SignedIn,
  password: PreparedPassword,
  work: (confirmed: Confirmed) => Promise<T>,
): Promise<T> {
  try {
    const vault = await signedIn.vault();
    const attempt = await beginGuess(env, vault.account.emailMac, signedIn.caller);
    try {
      const { dek } = await openUnderPassword(env, vault.account, vault.account.passwordWrap, password);
      if (dek !== null) {
        try {
          return await work({ vault, dek, password, succeeded: attempt.succeeded });
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
    password.wipe();
  }
}
