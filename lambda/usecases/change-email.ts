import { equal } from '../crypto/bytes.ts';
import { emailMessage, type PreparedPassword, preparePassword } from '../crypto/password.ts';
import { requireEmail } from '../domain/email.ts';
import { InvalidRequestError, TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { nextAccount } from './change-password.ts';
import { type Confirmation, type Confirmed, confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { commitSuccess, guessSubject } from './guess-counter.ts';
import { wrapUnderPassword } from './password-wrap.ts';
import { EMAIL_MAC_KEY } from './register-account.ts';

/** The new e-mail, and the account's password. */
export type EmailChange = Confirmation & {
  readonly email: string;
  /** The password as its client stretched it under the new e-mail; unused for a plain one. */
  readonly newPassword?: string | undefined;
};

/**
 * Changes the e-mail that the account is found by, and with it a stretched password's wrap: that password is derived
 * under the e-mail. Sessions and the recovery code stay.
 *
 * 1. Make the new e-mail's MAC, and check the password. 2. Wrap the DEK under a stretched password's new form. 3. Write
 * account and manifest, move the index row and the counters of failed tries, in one transaction.
 *
 * @throws TwinlockError `wrong_password`, `account_exists`, `version_conflict`; InvalidRequestError; TooManyAttemptsError
 */
export async function changeEmail(env: AccountEnvironment, signedIn: SignedIn, input: EmailChange): Promise<void> {
  const email = requireEmail(input.email);
  const { passwordKind: kind } = input;
  const password = preparePassword(input.password, kind);
  let renewed: PreparedPassword | null = null;
  try {
    // None is refused by its form: an account under a new e-mail must not be left to a password of the one before.
    if (kind !== undefined) renewed = preparePassword(input.newPassword ?? '', kind, '/newPassword');
    const emailMac = await env.keys.mac(EMAIL_MAC_KEY, emailMessage(email));
    const isThere = equal(emailMac, signedIn.account.emailMac);
    if (!isThere && renewed !== null && equal(renewed.bytes, password.bytes)) {
      throw new InvalidRequestError([{ path: '/newPassword', message: 'must be derived under the new e-mail' }]);
    }
    // Where a change was done whose answer was lost, the account opens by the password's new form alone.
    const asked = isThere && renewed !== null ? renewed : password;
    await confirmPassword(env, signedIn, asked, async (confirmed) => {
      if (isThere) await commitSuccess(env, confirmed.succeeded, []);
      else await move(env, confirmed, email, emailMac, renewed);
    });
  } finally {
    password.wipe();
    renewed?.wipe();
  }
}

/** Writes the account under another e-mail, and under `renewed` where that is not null. */
async function move(
  env: AccountEnvironment,
  { vault, dek, succeeded }: Confirmed,
  email: string,
  emailMac: Uint8Array,
  renewed: PreparedPassword | null,
): Promise<void> {
  const { accountId, emailMac: before, passwordWrap: current } = vault.account;
  const account = nextAccount(vault, { email });
  const passwordWrap = renewed === null ? current : await wrapUnderPassword(env, account, renewed, dek);
  await vault.writeAccount({ action: 'email.changed' }, { ...account, emailMac, passwordWrap }, async (manifest) => {
    if ((await env.store.get({ kind: 'email', mac: emailMac })) !== null) throw new TwinlockError('account_exists');
    const moved: Change[] = [
      { op: 'put', row: { kind: 'email', mac: emailMac, accountId }, replaces: null },
      { op: 'remove', row: { kind: 'email', mac: before, accountId } },
    ];
    return { changes: [...moved, ...(await succeeded(guessSubject(emailMac)))], manifest };
  });
}
