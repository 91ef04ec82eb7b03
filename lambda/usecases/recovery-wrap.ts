import { SecretBytes, wipe } from '../crypto/bytes.ts';
import { newSecretHeader, unwrapDek, wrapDek } from '../crypto/key-wrap.ts';
import {
  decodeRecoveryRecord,
  deriveRecoveryKey,
  encodeRecoveryRecord,
  formatRecoveryCode,
  RECOVERY_CODE_SIZE,
  RECOVERY_SALT_SIZE,
  type RecoveryRecord,
} from '../crypto/recovery-code.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, Recovery } from '../domain/records.ts';
import type { VaultEnvironment } from './environment.ts';

/** An account row that has a recovery code. */
export type RecoverableAccount = AccountRow & { readonly recovery: Recovery };

/** The account row that a recovery code is kept in, as it will stand. */
export type RecoveryOwner = Pick<AccountRow, 'accountId' | 'dekVersion' | 'version'>;

/** Whether an account has a recovery code. */
export function isRecoverable(row: AccountRow): row is RecoverableAccount {
  return row.recovery !== undefined;
}

/**
 * Makes a recovery code for a DEK. One KMS call.
 *
 * @returns the code as text, for its owner alone, and what is stored
 */
export async function makeRecovery(
  env: VaultEnvironment,
  owner: RecoveryOwner,
  keys: VaultKeys,
  dek: SecretBytes,
): Promise<{ readonly code: string; readonly recovery: Recovery }> {
  const code = new SecretBytes(env.random(RECOVERY_CODE_SIZE));
  const salt = env.random(RECOVERY_SALT_SIZE);
  const key = deriveRecoveryKey(code, salt, owner.accountId);
  try {
    const record = { key, createdAt: env.clock() };
    return { code: formatRecoveryCode(code), recovery: await wrapForRecovery(env, owner, keys, dek, salt, record) };
  } finally {
    code.wipe();
    key.wipe();
  }
}

/**
 * Wraps a DEK for a recovery code that exists, without the code. One KMS call.
 *
 * @param keys of this DEK
 * @param salt what the code's key was derived with
 * @param record of {@link recoveryRecord}
 */
export async function wrapForRecovery(
  env: VaultEnvironment,
  owner: RecoveryOwner,
  keys: VaultKeys,
  dek: SecretBytes,
  salt: Uint8Array,
  record: RecoveryRecord,
): Promise<Recovery> {
  const { accountId, dekVersion, version } = owner;
  const header = newSecretHeader(3, env.settings.suite, env.random);
  const inner = wrapDek(dek, header, { format: 3, accountId, dekVersion }, record.key, env.random(12));
  const plain = encodeRecoveryRecord(record);
  const sealed = keys.seal('recovery', accountId, version, plain);
  wipe(plain);
  return { wrap: await env.keys.wrap(inner, { purpose: 'recovery', accountId, dekVersion }), salt, sealed, version };
}

/**
 * The DEK of an account by its recovery code; null for a wrong one. One KMS call, right code or wrong.
 *
 * @param code 20 bytes
 * @returns to be wiped by the caller
 * @throws IntegrityError for a wrap that was tampered with
 */
export async function openByRecovery(
  env: VaultEnvironment,
  { accountId, dekVersion, recovery }: RecoverableAccount,
  code: SecretBytes,
): Promise<SecretBytes | null> {
  const inner = await env.keys.unwrap(recovery.wrap, { purpose: 'recovery', accountId, dekVersion });
  const key = deriveRecoveryKey(code, recovery.salt, accountId);
  try {
    return unwrapDek(inner, { format: 3, accountId, dekVersion }, key);
  } finally {
    key.wipe();
  }
}

/** What is kept of an account's recovery code, its key to be wiped by the caller; null without one. @throws IntegrityError */
export function recoveryRecord(keys: VaultKeys, account: RecoverableAccount): RecoveryRecord;
export function recoveryRecord(keys: VaultKeys, account: AccountRow): RecoveryRecord | null;
export function recoveryRecord(keys: VaultKeys, { accountId, recovery }: AccountRow): RecoveryRecord | null {
  if (recovery === undefined) return null;
  const plain = keys.open('recovery', accountId, recovery.version, recovery.sealed);
  try {
    return decodeRecoveryRecord(plain);
  } finally {
    wipe(plain);
  }
}
