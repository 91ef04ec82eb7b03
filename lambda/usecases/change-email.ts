import { emailMessage } from '../crypto/password.ts';
import { normaliseEmail } from '../domain/email.ts';
import { InvalidRequestError, TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { nextAccount } from './change-password.ts';
import { confirmPassword, guessSubject } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
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
  const email = normaliseEmail(input.email);
  if (email === null) throw new InvalidRequestError([{ path: '/email', message: 'is not an e-mail address' }]);
  await confirmPassword(env, signedIn, input.password, '/password', async ({ vault, reset }) => {
    const { accountId, emailMac: before } = vault.account;
    if (vault.profile().email === email) {
      await env.store.commit([reset]);
      return;
    }
    const emailMac = await env.keys.mac(EMAIL_MAC_KEY, emailMessage(email));
    await vault.writeAccount({ ...nextAccount(vault, { email }), emailMac }, async () => {
      if ((await env.store.get({ kind: 'email', mac: emailMac })) !== null) throw new TwinlockError('account_exists');
      return [
        { op: 'put', row: { kind: 'email', mac: emailMac, accountId }, replaces: null },
        { op: 'remove', row: { kind: 'email', mac: before, accountId } },
        reset,
        ...(await movedCounters(env, before, emailMac)),
      ];
    });
  });
}

/** The changes that take the counters of failed tries along to the new e-mail; the shared one is forgotten by `reset`. */
async function movedCounters(env: AccountEnvironment, from: Uint8Array, to: Uint8Array): Promise<Change[]> {
  const rows = await env.store.throttles(guessSubject(from));
  return rows
    .filter(({ source }) => source !== '*')
    .flatMap((row): Change[] => [
      { op: 'put', row: { ...row, subject: guessSubject(to) }, replaces: 'any' },
      { op: 'remove', row },
    ]);
}
