import { equal, type SecretBytes } from '../crypto/bytes.ts';
import type { WrapHeader } from '../crypto/key-wrap.ts';
import { type PasswordKind, type PreparedPassword, preparePassword } from '../crypto/password.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import { requireEmail } from '../domain/email.ts';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRow, ManifestRow, SessionRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import { DECOY, renewDecoy } from './decoy.ts';
import type { AccountEnvironment } from './environment.ts';
import { type Guess, guess, isOvertaken, lookAgain } from './guess.ts';
import { type Caller, Journal } from './journal.ts';
import { countOutcome } from './outcome.ts';
import { isWeaker, openUnderPassword, strengthen } from './password-wrap.ts';
import type { NewAccount } from './register-account.ts';
import { beginning, endSessions, isLive, makeSession, readSessions } from './sessions.ts';
import { Vault } from './vault.ts';

/** Sessions an account may have; the oldest make room. */
export const MAX_SESSIONS = 40;
/** Times that a sign-in may meet a change of its account, or another transaction at work. */
const TRIES = 5;

/**
 * Opens a session with e-mail and password.
 *
 * 1. Look the e-mail up by its MAC, and count the try. 2. Read account and manifest at one moment; for an unknown
 * e-mail the decoy's. 3. Unwrap under KMS, hash, and unwrap under the password. 4. Make a session, and write it, and
 * that its source is known, on condition that the account is as it was read. 5. Renew a wrap that is weaker than the
 * deployment asks for.
 *
 * @throws TwinlockError `invalid_credentials`, alike for an unknown e-mail and a wrong password; TooManyAttemptsError
 */
export async function signIn(
  env: AccountEnvironment,
  input: { readonly email: string; readonly password: string; readonly passwordKind?: PasswordKind | undefined },
  caller: Caller,
): Promise<NewAccount> {
  const email = requireEmail(input.email);
  const password = preparePassword(input.password, input.passwordKind);
  try {
    return await countOutcome(env, 'SignIn', () =>
      guess(
        env,
        email,
        caller,
        (found) => look(env, found),
        (at) => open(env, at, password, caller),
      ),
    );
  } finally {
    password.wipe();
  }
}

type Looked = [AccountRow | null, ManifestRow | null];

/** An account and its manifest at one moment; for an unknown e-mail the decoy's. */
function look(env: AccountEnvironment, found: AccountId | null): Promise<Looked> {
  const accountId = found ?? DECOY;
  return env.store.snapshot([
    { kind: 'account', accountId },
    { kind: 'manifest', accountId },
  ]);
}

/** The new session; null for a wrong password or an unknown e-mail. */
async function open(
  env: AccountEnvironment,
  { mac, found, seen, succeeded }: Guess<Looked>,
  password: PreparedPassword,
  caller: Caller,
): Promise<NewAccount | null> {
  let accountId = found;
  for (let tries = 0; tries < TRIES; tries++) {
    const [account, manifest] = await (tries === 0 ? seen : look(env, accountId));
    if (accountId === null) {
      await refuse(env, account, password);
      return null;
    }
    if (account === null || manifest === null || !equal(account.emailMac, mac)) {
      accountId = await lookAgain(env, mac, accountId);
      continue;
    }
    const { dek, header } = await openUnderPassword(env, account, account.passwordWrap, password);
    if (dek === null) return null;
    const keys = new VaultKeys(dek, account.accountId, account.dekVersion, env.random);
    let vault: Vault | null = null;
    try {
      const sessions = readSessions(env, account.accountId);
      const { row, session } = await makeSession(env, account, keys, dek, caller);
      const begun = beginning(new Journal(env, caller, row, false), account.epoch);
      const opened = await Vault.open(env, keys, account, manifest, begun);
      vault = opened;
      let rows: readonly SessionRow[] | null = await sessions();
      await opened.requireSeen(rows);
      await opened.write({ action: 'session.started' }, [], [], async (_, before) => {
        // Its e-mail, or its password, may be another by now.
        if (opened.account.version !== account.version) throw new TwinlockError('version_conflict');
        const ended = endSessions(env, before, surplus(env, account, rows ?? (await sessions())));
        rows = null;
        return { ...ended, changes: [...ended.changes, ...(await succeeded())], result: null };
      });
      if (isWeaker(header, env.settings)) await upgrade(env, opened, password, dek, header);
      return { accountId: account.accountId, session };
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    } finally {
      keys.wipe();
      vault?.wipe();
    }
  }
  throw new UnavailableError('vault:sign-in');
}

/** Does for an unknown e-mail what is done for a wrong password: the same calls and the same hash. */
async function refuse(env: AccountEnvironment, stored: AccountRow | null, password: PreparedPassword): Promise<void> {
  const decoy = stored ?? (await renewDecoy(env, null));
  const { dek, header } = await openUnderPassword(env, decoy, decoy.passwordWrap, password);
  dek?.wipe();
  if (isWeaker(header, env.settings)) await renewDecoy(env, decoy);
}

/** The sessions that are over, and of the others the oldest that must make room for one more. */
function surplus(env: AccountEnvironment, account: AccountRow, rows: readonly SessionRow[]): SessionRow[] {
  const live = rows.filter((row) => isLive(env, row, account));
  const making = live.slice(0, Math.max(0, live.length - MAX_SESSIONS + 1));
  return [...rows.filter((row) => !live.includes(row)), ...making];
}

/** Renews a weak wrap. The session stands already, so that a failure here is noted and the next sign-in tries again. */
async function upgrade(
  env: AccountEnvironment,
  vault: Vault,
  password: PreparedPassword,
  dek: SecretBytes,
  header: WrapHeader,
): Promise<void> {
  try {
    const read = vault.account;
    const passwordWrap = await strengthen(env, read, password, dek, header);
    const account = { ...read, passwordWrap, version: read.version + 1 };
    await vault.writeAccount(null, account, (manifest) => ({ changes: [], manifest }));
  } catch (error) {
    if (error instanceof IntegrityError) throw error;
    env.telemetry.count('UpgradeFailure');
  }
}
