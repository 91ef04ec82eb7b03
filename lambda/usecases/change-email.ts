import { emailMessage } from '../crypto/password.ts';
import { requireEmail } from '../domain/email.ts';
import { TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { nextAccount } from './change-password.ts';
import { confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { commitSuccess, guessSubject } from './guess-counter.ts';
import { EMAIL_MAC_KEY } from './register-account.ts';

/**
 * Changes the e-mail that the account is found by. Wraps and sessions stay.
 *
 * 1. Check the password. 2. Look the new e-mail up. 3. Write account and manifest, move the index row and the counters
 * of failed tries, in one transaction.
 *
 * @throws TwinlockError `wrong_password`, `account_exists`, `version_conflict`; InvalidRequestError; TooManyAttemptsError
 */
export async function changeEmail(
  env: AccountEnvironment,
  signedIn: SignedIn,
  input: { readonly password: string; readonly email: string },
): Promise<void> {
  const email = requireEmail(input.email);
  const given = { password: input.password, field: '/password' };
  await confirmPassword(env, signedIn, given, async ({ vault, succeeded }) => {
    const { accountId, emailMac: before } = vault.account;
    if (vault.profile().email === email) {
      await commitSuccess(env, succeeded, []);
      return;
    }
    const emailMac = await env.keys.mac(EMAIL_MAC_KEY, emailMessage(email));
    const next = { ...nextAccount(vault, { email }), emailMac };
    await vault.writeAccount({ action: 'email.changed' }, next, async (manifest) => {
      if ((await env.store.get({ kind: 'email', mac: emailMac })) !== null) throw new TwinlockError('account_exists');
      const moved: Change[] = [
        { op: 'put', row: { kind: 'email', mac: emailMac, accountId }, replaces: null },
        { op: 'remove', row: { kind: 'email', mac: before, accountId } },
      ];
      return { changes: [...moved, ...(await succeeded(guessSubject(emailMac)))], manifest };
    });
  });
}
