import { type PasswordKind, type PreparedPassword, preparePassword } from '../crypto/password.ts';
import { type AccountRow, type Profile } from '../domain/records.ts';
import type { SignedIn } from './authenticate.ts';
import { confirmPassword } from './confirm-password.ts';
import type { AccountEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { requireLength, requireStrong, wrapUnderPassword } from './password-wrap.ts';
import { endSessions, others, readSessions } from './sessions.ts';
import type { Vault } from './vault.ts';

/** The password that goes, and the one that comes: each of its own kind, plain where that is undefined. */
export interface PasswordChange {
  readonly currentPassword: string;
  readonly currentPasswordKind?: PasswordKind | undefined;
  readonly newPassword: string;
  readonly passwordKind?: PasswordKind | undefined;
}

/**
 * Changes the password: new salts and a new wrap of the same DEK. Nothing that is sealed is sealed anew but the profile.
 *
 * 1. Check the new password's length, then the current password, then the new one's strength: the e-mail that it must not
 * be like lies in the vault. 2. Wrap the DEK under the new one, and for this session under the next epoch. 3. Write account,
 * this session and the manifest, and remove the other sessions, in one transaction.
 *
 * @throws TwinlockError `wrong_password`, `version_conflict`; InvalidRequestError `invalid_request` or
 * `password_too_weak`; TooManyAttemptsError
 */
export async function changePassword(
  env: AccountEnvironment,
  signedIn: SignedIn,
  input: PasswordChange,
): Promise<void> {
  const current = preparePassword(input.currentPassword, input.currentPasswordKind, '/currentPassword');
  try {
    await replacePassword(
      env,
      signedIn,
      current,
      preparePassword(input.newPassword, input.passwordKind, '/newPassword'),
    );
  } finally {
    current.wipe();
  }
}

/** @param password taken over: it is wiped in the end */
async function replacePassword(
  env: AccountEnvironment,
  signedIn: SignedIn,
  current: PreparedPassword,
  password: PreparedPassword,
): Promise<void> {
  try {
    requireLength(env, password, '/newPassword');
    await confirmPassword(env, signedIn, current, async ({ vault, dek, succeeded }) => {
      await requireStrong(env, password, vault.profile().email, '/newPassword');
      const sessions = readSessions(env, signedIn.accountId);
      const next = nextAccount(vault, { passwordChangedAt: env.clock() });
      const raised = { ...next, epoch: next.epoch + 1 };
      const [passwordWrap, moved] = await Promise.all([
        wrapUnderPassword(env, next, password, dek),
        signedIn.moved(raised, vault.keys, dek),
      ]);
      const line = { action: 'password.changed', session: () => moved } as const;
      await vault.writeAccount(line, { ...raised, passwordWrap }, async (before) => {
        const { changes, manifest } = endSessions(env, before, others(await sessions(), signedIn.session));
        return { changes: [...changes, ...(await succeeded())], manifest };
      });
    });
  } finally {
    password.wipe();
  }
}

/** The account row's next version, its profile sealed anew with these changes. */
export function nextAccount(vault: Vault, changes: Partial<Profile>): AccountRow {
  const { account, keys } = vault;
  const version = account.version + 1;
  const profile = keys.seal('profile', account.accountId, version, toJson({ ...vault.profile(), ...changes }));
  return { ...account, version, profile, profileVersion: version };
}
