import { equal, SecretBytes } from '../crypto/bytes.ts';
import { type PasswordKind, type PreparedPassword, preparePassword } from '../crypto/password.ts';
import { parseRecoveryCode, RECOVERY_CODE_SIZE } from '../crypto/recovery-code.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import { requireEmail } from '../domain/email.ts';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRow, ManifestRow } from '../domain/records.ts';
import { UnavailableError } from '../errors.ts';
import { nextAccount } from './change-password.ts';
import { DECOY, renewDecoy } from './decoy.ts';
import type { AccountEnvironment } from './environment.ts';
import { type Guess, guess, isOvertaken, lookAgain } from './guess.ts';
import { type Caller, Journal } from './journal.ts';
import { countOutcome } from './outcome.ts';
import { requireStrong, wrapUnderPassword } from './password-wrap.ts';
import { isRecoverable, makeRecovery, openByRecovery, type RecoverableAccount } from './recovery-wrap.ts';
import type { NewAccount } from './register-account.ts';
import { beginning, endSessions, makeSession, readSessions } from './sessions.ts';
import { Vault } from './vault.ts';

/** An id that no account has. */
const NOBODY = '00000000000000000000000001' as AccountId;
/** Times that a recovery may meet a change of its account. */
const TRIES = 5;

/** What an account is recovered with. */
export interface RecoveryRequest {
  readonly email: string;
  readonly recoveryCode: string;
  readonly newPassword: string;
  /** Of the new password; undefined: plain. */
  readonly passwordKind?: PasswordKind | undefined;
}

/** A recovered account, its session, and the code that takes the used one's place. */
export interface RecoveredAccount extends NewAccount {
  readonly recoveryCode: string;
}

/**
 * Gives an account a new password by its recovery code.
 *
 * 1. Check the new password. 2. Look the e-mail up, and count the try. 3. Read account, manifest and decoy at one
 * moment; an unknown e-mail and an account without a code do the decoy's work. 4. Unwrap under KMS and the code. 5. Wrap
 * the DEK under the new password, a fresh code and a new session of the next epoch. 6. Write account, manifest and
 * session, and the counters, and remove all other sessions, in one transaction; another change of the account begins at 3.
 *
 * @throws InvalidRequestError `invalid_request` or `password_too_weak`; TwinlockError `invalid_credentials`, alike for
 * an unknown e-mail, no code, a wrong and a spent one; TooManyAttemptsError
 */
export async function recoverAccount(
  env: AccountEnvironment,
  input: RecoveryRequest,
  caller: Caller,
): Promise<RecoveredAccount> {
  const email = requireEmail(input.email);
  const password = preparePassword(input.newPassword, input.passwordKind, '/newPassword');
  // What is no code is tried as one that nobody has: it must not answer sooner than a wrong one.
  const code = parseRecoveryCode(input.recoveryCode) ?? new SecretBytes(env.random(RECOVERY_CODE_SIZE));
  try {
    await requireStrong(env, password, email, '/newPassword');
    return await countOutcome(env, 'Recovery', () =>
      guess(
        env,
        email,
        caller,
        (found) => look(env, found),
        (at) => recover(env, at, code, password, caller),
      ),
    );
  } finally {
    password.wipe();
    code.wipe();
  }
}

type Looked = [AccountRow | null, ManifestRow | null, AccountRow | null];

/** An account and its manifest at one moment, and the decoy's. */
function look(env: AccountEnvironment, found: AccountId | null): Promise<Looked> {
  const accountId = found ?? NOBODY;
  return env.store.snapshot([
    { kind: 'account', accountId },
    { kind: 'manifest', accountId },
    { kind: 'account', accountId: DECOY },
  ]);
}

/** The recovered account; null for a wrong code, an account without one, or an unknown e-mail. */
async function recover(
  env: AccountEnvironment,
  { mac, found, seen, succeeded }: Guess<Looked>,
  code: SecretBytes,
  password: PreparedPassword,
  caller: Caller,
): Promise<RecoveredAccount | null> {
  let known = found;
  for (let tries = 0; tries < TRIES; tries++) {
    const accountId = known ?? NOBODY;
    const [account, manifest, decoy] = await (tries === 0 ? seen : look(env, known));
    if (known !== null && (account === null || manifest === null || !equal(account.emailMac, mac))) {
      known = await lookAgain(env, mac, known);
      continue;
    }
    const own = account !== null && isRecoverable(account) ? account : null;
    const dek = await openByRecovery(env, own ?? (await recoverableDecoy(env, decoy)), code);
    if (dek === null || own === null || manifest === null) {
      dek?.wipe();
      return null;
    }
    const keys = new VaultKeys(dek, accountId, own.dekVersion, env.random);
    try {
      return await rewrite(env, keys, [own, manifest], dek, password, succeeded, caller);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    } finally {
      keys.wipe();
    }
  }
  throw new UnavailableError('vault:recovery');
}

/** Writes the account as it stands after a recovery. */
async function rewrite(
  env: AccountEnvironment,
  keys: VaultKeys,
  [account, manifestRow]: [RecoverableAccount, ManifestRow],
  dek: SecretBytes,
  password: PreparedPassword,
  succeeded: Guess<Looked>['succeeded'],
  caller: Caller,
): Promise<RecoveredAccount> {
  const { accountId, dekVersion, version } = account;
  const epoch = account.epoch + 1;
  const sessions = readSessions(env, accountId);
  const [{ row, session }, passwordWrap, { code: recoveryCode, recovery }] = await Promise.all([
    makeSession(env, { ...account, epoch }, keys, dek, caller),
    wrapUnderPassword(env, account, password, dek),
    makeRecovery(env, { accountId, dekVersion, version: version + 1 }, keys, dek),
  ]);
  const vault = await Vault.open(
    env,
    keys,
    account,
    manifestRow,
    beginning(new Journal(env, caller, row, false), account.epoch),
  );
  const raised = { ...nextAccount(vault, { passwordChangedAt: env.clock() }), epoch };
  try {
    const next = { ...raised, passwordWrap, recovery };
    await vault.writeAccount({ action: 'account.recovered' }, next, async (before) => {
      const { changes, manifest } = endSessions(env, before, await sessions());
      return { changes: [...changes, ...(await succeeded())], manifest };
    });
    return { accountId: raised.accountId, session, recoveryCode };
  } finally {
    vault.wipe();
  }
}

/** The decoy, which is made where it is missing or has no code. */
async function recoverableDecoy(env: AccountEnvironment, stored: AccountRow | null): Promise<RecoverableAccount> {
  const decoy = stored !== null && isRecoverable(stored) ? stored : await renewDecoy(env, stored);
  if (!isRecoverable(decoy)) throw new UnavailableError('vault:decoy');
  return decoy;
}
