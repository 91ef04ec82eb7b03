import { equal, type SecretBytes } from '../crypto/bytes.ts';
import type { WrapHeader } from '../crypto/key-wrap.ts';
import { withAccount } from '../crypto/manifest.ts';
import { preparePassword } from '../crypto/password.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import { requireEmail } from '../domain/email.ts';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRow, ManifestRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import { DECOY, renewDecoy } from './decoy.ts';
import type { AccountEnvironment } from './environment.ts';
import { type Guess, guess, lookAgain } from './guess.ts';
import { commitSuccess } from './guess-counter.ts';
import { isWeaker, openUnderPassword, strengthen } from './password-wrap.ts';
import type { NewAccount } from './register-account.ts';
import { type Caller, makeSession } from './sessions.ts';
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
  input: { readonly email: string; readonly password: string },
  caller: Caller,
): Promise<NewAccount> {
  const email = requireEmail(input.email);
  const password = preparePassword(input.password);
  try {
    return await guess(
      env,
      email,
      caller,
      (found) => look(env, found),
      (at) => open(env, at, password, caller),
    );
  } finally {
    password.fill(0);
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
  password: Uint8Array,
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
    try {
      const vault = new Vault(env, keys, account, manifest);
      const [{ row, session }, surplus] = await Promise.all([
        makeSession(env, account, keys, dek, caller),
        surplusSessions(env, account),
      ]);
      const changes: Change[] = [{ op: 'put', row, replaces: null }, { op: 'check', row: account }, ...surplus];
      if (!(await commitSuccess(env, succeeded, changes))) continue;
      if (isWeaker(header, env.settings)) await upgrade(env, vault, password, dek, header);
      return { accountId, session };
    } finally {
      keys.wipe();
    }
  }
  throw new UnavailableError('vault:sign-in');
}

/** Does for an unknown e-mail what is done for a wrong password: the same calls and the same hash. */
async function refuse(env: AccountEnvironment, stored: AccountRow | null, password: Uint8Array): Promise<void> {
  const decoy = stored ?? (await renewDecoy(env, null));
  const { dek, header } = await openUnderPassword(env, decoy, decoy.passwordWrap, password);
  dek?.wipe();
  if (isWeaker(header, env.settings)) await renewDecoy(env, decoy);
}

/** The changes that make room for one more session: the oldest go. */
async function surplusSessions(env: AccountEnvironment, account: AccountRow): Promise<Change[]> {
  const { rows } = await env.store.list(account.accountId, 'session', { limit: 100 });
  return rows.slice(0, Math.max(0, rows.length - MAX_SESSIONS + 1)).map((key) => ({ op: 'discard', key }));
}

/** Renews a weak wrap. The session stands already, so that a failure here is noted and the next sign-in tries again. */
async function upgrade(
  env: AccountEnvironment,
  vault: Vault,
  password: Uint8Array,
  dek: SecretBytes,
  header: WrapHeader,
): Promise<void> {
  try {
    const read = vault.account;
    const passwordWrap = await strengthen(env, read, password, dek, header);
    await vault.write([], [], (_, manifest) => {
      if (vault.account.version !== read.version) throw new TwinlockError('version_conflict');
      const account = { ...read, passwordWrap, version: read.version + 1 };
      const changes: Change[] = [{ op: 'put', row: account, replaces: read }];
      return { changes, manifest: withAccount(manifest, account), result: null };
    });
  } catch (error) {
    if (error instanceof IntegrityError) throw error;
    env.telemetry.count('UpgradeFailure');
  }
}
