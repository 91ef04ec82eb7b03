import type { SecretBytes } from '../crypto/bytes.ts';
import { preparePassword } from '../crypto/password.ts';
import { TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import type { AccountEnvironment } from './environment.ts';
import { openUnderPassword } from './password-wrap.ts';
import { beginTry, PASSWORD_POLICY } from './throttle.ts';
import type { Vault } from './vault.ts';

/** What a right password gives. */
export interface Confirmed {
  readonly vault: Vault;
  /** Wiped when the work ends. */
  readonly dek: SecretBytes;
  /** Forgets the failed tries: to be written with what the password was asked for. */
  readonly reset: Change;
}

/** Under what the tries at an account's password are counted. */
export function guessSubject(emailMac: Uint8Array): string {
  return Buffer.from(emailMac).toString('base64url');
}

/**
 * Does something that asks for the password although its caller is signed in. A wrong password counts as at sign-in.
 *
 * @param field where the password stood in the body, as a JSON pointer
 * @param work what is done when the password is right
 * @throws TwinlockError `wrong_password`; TooManyAttemptsError; InvalidRequestError; whatever `work` throws
 */
export async function confirmPassword<T>(
  env: AccountEnvironment,
  signedIn: SignedIn,
  password: string,
  field: string,
  work: (confirmed: Confirmed) => Promise<T>,
): Promise<T> {
  const prepared = preparePassword(password, field);
  try {
    const vault = await signedIn.vault();
    const attempt = await beginTry(env, guessSubject(vault.account.emailMac), '*', PASSWORD_POLICY);
    try {
      const { dek } = await openUnderPassword(env, vault.account, vault.account.passwordWrap, prepared);
      if (dek !== null) {
        try {
          return await work({ vault, dek, reset: attempt.reset });
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
