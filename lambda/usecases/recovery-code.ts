import { preparePassword } from '../crypto/password.ts';
import type { SignedIn } from './authenticate.ts';
import { type Confirmation, confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { commitSuccess } from './guess-counter.ts';
import { makeRecovery } from './recovery-wrap.ts';

/**
 * Makes a recovery code; an older one stops working in the same write.
 *
 * 1. Check the password. 2. Wrap the DEK for a fresh code. 3. Write account and manifest, in one transaction.
 *
 * @returns the code, which is shown this once
 * @throws TwinlockError `wrong_password`, `version_conflict`; TooManyAttemptsError; InvalidRequestError
 */
export async function createRecoveryCode(
  env: AccountEnvironment,
  signedIn: SignedIn,
  given: Confirmation,
): Promise<string> {
  const password = preparePassword(given.password, given.passwordKind);
  return confirmPassword(env, signedIn, password, async ({ vault, dek, succeeded }) => {
    const next = { ...vault.account, version: vault.account.version + 1 };
    const { code, recovery } = await makeRecovery(env, next, vault.keys, dek);
    await vault.writeAccount({ action: 'recovery-code.created' }, { ...next, recovery }, async (manifest) => ({
      changes: await succeeded(),
      manifest,
    }));
    return code;
  });
}

/**
 * Removes the recovery code; nothing happens where there is none.
 *
 * 1. Check the password. 2. Write account and manifest without it, in one transaction.
 *
 * @throws TwinlockError `wrong_password`, `version_conflict`; TooManyAttemptsError; InvalidRequestError
 */
export async function removeRecoveryCode(
  env: AccountEnvironment,
  signedIn: SignedIn,
  given: Confirmation,
): Promise<void> {
  const password = preparePassword(given.password, given.passwordKind);
  await confirmPassword(env, signedIn, password, async ({ vault, succeeded }) => {
    const { recovery, ...rest } = vault.account;
    if (recovery === undefined) {
      await commitSuccess(env, succeeded, []);
      return;
    }
    const next = { ...rest, version: rest.version + 1 };
    await vault.writeAccount({ action: 'recovery-code.removed' }, next, async (manifest) => ({
      changes: await succeeded(),
      manifest,
    }));
  });
}
