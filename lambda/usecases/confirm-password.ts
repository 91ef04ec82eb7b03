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
 * 1. Count the try. 2. Try the password at the account's wrap. 3. Open the vault under the DEK that it gives, which spares
 * opening the session's wrap; where it gives none, by the session, so that a row which was tampered with is never taken
 * for a wrong password. 4. Do what it was asked for.
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
    const { account } = signedIn;
    const attempt = await beginGuess(env, account.emailMac, signedIn.caller);
    try {
      const { dek } = await openUnderPassword(env, account, account.passwordWrap, password);
      if (dek === null) {
        // What was tried may be another's wrap, or a former one: that is no wrong password.
        await signedIn.vault();
      } else {
        try {
          const vault = await signedIn.vaultUnder(dek);
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
