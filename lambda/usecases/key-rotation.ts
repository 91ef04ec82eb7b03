import { SecretBytes } from '../crypto/bytes.ts';
import { preparePassword } from '../crypto/password.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow } from '../domain/records.ts';
import type { SignedIn } from './authenticate.ts';
import { type Confirmation, type Confirmed, confirmPassword } from './confirm-password.ts';
import type { RotationEnvironment } from './environment.ts';
import { commitSuccess } from './guess-counter.ts';
import { toJson } from './json.ts';
import { wrapUnderPassword } from './password-wrap.ts';
import { isRecoverable, recoveryRecord, wrapForRecovery } from './recovery-wrap.ts';
import { moveRows } from './rotation-steps.ts';
import { endSessions, others, readSessions } from './sessions.ts';
import type { Vault } from './vault.ts';

/** How far a rotation has come. */
export interface Rotation {
  readonly keyVersion: number;
  /** Rows that are still under the key before; 0 when that is gone. */
  readonly remaining: number;
}

/**
 * Gives the account a fresh DEK and moves everything to it, in bounded steps; goes on with a rotation that stands.
 *
 * 1. Check the password. 2. Unless a rotation stands, wrap a fresh DEK under the password, the recovery code and this
 * session, and write it, with the old one sealed under it, in one transaction that ends the other sessions. 3. Move rows.
 *
 * @param limit rows that are moved at most
 * @throws TwinlockError `wrong_password`, `version_conflict`; TooManyAttemptsError; InvalidRequestError
 */
export async function startRotation(
  env: RotationEnvironment,
  signedIn: SignedIn,
  given: Confirmation,
  limit: number,
): Promise<Rotation> {
  const password = preparePassword(given.password, given.passwordKind);
  await confirmPassword(env, signedIn, password, async (confirmed) => {
    const { vault, succeeded } = confirmed;
    if (vault.account.previousDek !== undefined) await commitSuccess(env, succeeded, []);
    else await start(env, signedIn, confirmed);
  });
  return goOnWithRotation(env, signedIn, limit);
}

/**
 * Moves more rows to the account's DEK, and takes the old one away when none is left. Nothing happens where no rotation
 * stands.
 *
 * @param limit rows that are moved at most
 */
export async function goOnWithRotation(env: RotationEnvironment, signedIn: SignedIn, limit: number): Promise<Rotation> {
  const vault = await signedIn.vault();
  const remaining = await moveRows(env, vault, limit);
  return { keyVersion: vault.account.dekVersion, remaining };
}

async function start(
  env: RotationEnvironment,
  signedIn: SignedIn,
  { vault, dek: oldDek, password, succeeded }: Confirmed,
): Promise<void> {
  const { account } = vault;
  const sessions = readSessions(env, account.accountId);
  const dek = new SecretBytes(env.random(32));
  const owner = {
    accountId: account.accountId,
    epoch: account.epoch + 1,
    version: account.version + 1,
    dekVersion: account.dekVersion + 1,
  };
  // They are the vault's in the end; the DEK is needed until then.
  const keys = new VaultKeys(new SecretBytes(dek.bytes.slice()), owner.accountId, owner.dekVersion, env.random);
  try {
    const [passwordWrap, moved, recovery] = await Promise.all([
      wrapUnderPassword(env, owner, password, dek),
      signedIn.moved(owner, keys, dek),
      movedRecovery(env, vault, owner, keys, dek),
    ]);
    const next: AccountRow = {
      ...account,
      ...owner,
      passwordWrap,
      profile: keys.seal('profile', owner.accountId, owner.version, toJson(vault.profile())),
      profileVersion: owner.version,
      ...recovery,
      previousDek: {
        sealed: keys.seal('previous-dek', owner.accountId, owner.version, oldDek.bytes),
        version: owner.version,
      },
    };
    const line = { action: 'key-rotation.started', session: () => moved } as const;
    const write = async (before: typeof vault.manifest) => {
      const { changes, manifest } = endSessions(env, before, others(await sessions(), signedIn.session));
      return { changes: [...changes, ...(await succeeded())], manifest };
    };
    await vault.writeAccount(line, next, write, keys);
  } catch (error) {
    keys.wipe();
    throw error;
  } finally {
    dek.wipe();
  }
}

/** The account's recovery code, where it has one, for another DEK. */
async function movedRecovery(
  env: RotationEnvironment,
  vault: Vault,
  owner: Pick<AccountRow, 'accountId' | 'dekVersion' | 'version'>,
  keys: VaultKeys,
  dek: SecretBytes,
): Promise<Pick<AccountRow, 'recovery'>> {
  const { account } = vault;
  if (!isRecoverable(account)) return {};
  const record = recoveryRecord(vault.keys, account);
  try {
    return { recovery: await wrapForRecovery(env, owner, keys, dek, account.recovery.salt, record) };
  } finally {
    record.key.wipe();
  }
}
