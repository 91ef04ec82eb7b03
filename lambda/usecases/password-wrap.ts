import { equal, type SecretBytes, wipe } from '../crypto/bytes.ts';
import { passwordIkm } from '../crypto/kek.ts';
import { newPasswordHeader, readWrapHeader, unwrapDek, type WrapHeader, wrapDek } from '../crypto/key-wrap.ts';
import { type PreparedPassword, pepperMessage, prehash } from '../crypto/password.ts';
import type { AccountId } from '../domain/ids.ts';
import { checkLength, checkNewPassword, type PasswordVerdict } from '../domain/password-strength.ts';
import type { AccountRow, WrappedKey } from '../domain/records.ts';
import { IntegrityError, InvalidRequestError } from '../errors.ts';
import type { AccountEnvironment, VaultEnvironment, VaultSettings } from './environment.ts';

/** The account that a wrap belongs to. */
export type WrapOwner = Pick<AccountRow, 'accountId' | 'dekVersion'>;

/** Wraps a DEK under a password and then under KMS: one hash, two KMS calls. */
export async function wrapUnderPassword(
  env: AccountEnvironment,
  owner: WrapOwner,
  password: PreparedPassword,
  dek: SecretBytes,
): Promise<WrappedKey> {
  const { suite, bcryptCost, pepper } = env.settings;
  const header = newPasswordHeader(suite, bcryptCost, pepper, env.random);
  const ikm = await inputOf(env, owner.accountId, password, header);
  try {
    const inner = wrapDek(dek, header, { format: 1, ...ownerOf(owner) }, ikm, env.random(12));
    return await env.keys.wrap(inner, { purpose: 'password', ...ownerOf(owner) });
  } finally {
    ikm.wipe();
  }
}

/**
 * Opens a password's wrap: one hash, two KMS calls, right password or wrong.
 *
 * @returns the DEK, null for a wrong password; and the wrap's header
 * @throws IntegrityError for a wrap that was tampered with
 */
export async function openUnderPassword(
  env: AccountEnvironment,
  owner: WrapOwner,
  wrapped: WrappedKey,
  password: PreparedPassword,
): Promise<{ dek: SecretBytes | null; header: WrapHeader }> {
  const inner = await env.keys.unwrap(wrapped, { purpose: 'password', ...ownerOf(owner) });
  const header = readWrapHeader(inner, 1);
  const ikm = await inputOf(env, owner.accountId, password, header);
  try {
    return { dek: unwrapDek(inner, { format: 1, ...ownerOf(owner) }, ikm), header };
  } finally {
    ikm.wipe();
  }
}

/** Whether a wrap is weaker than what the deployment asks for: then sign-in renews it. */
export function isWeaker(
  header: WrapHeader,
  settings: Pick<VaultSettings, 'suite' | 'bcryptCost' | 'pepper'>,
): boolean {
  return header.cost < settings.bcryptCost || header.suite < settings.suite || header.pepper < settings.pepper;
}

/**
 * Renews a weaker wrap, never to a weaker one in any part, and reads the new one back before anyone relies on it.
 *
 * @throws IntegrityError when the new wrap does not give the DEK back
 */
export async function strengthen(
  env: AccountEnvironment,
  owner: WrapOwner,
  password: PreparedPassword,
  dek: SecretBytes,
  header: WrapHeader,
): Promise<WrappedKey> {
  const settings: VaultSettings = {
    ...env.settings,
    bcryptCost: Math.max(header.cost, env.settings.bcryptCost),
    suite: header.suite === 2 ? 2 : env.settings.suite,
    pepper: Math.max(header.pepper, env.settings.pepper),
  };
  const wrapped = await wrapUnderPassword({ ...env, settings }, owner, password, dek);
  const back = await openUnderPassword(env, owner, wrapped, password);
  const same = back.dek !== null && equal(back.dek.bytes, dek.bytes);
  back.dek?.wipe();
  if (!same) throw new IntegrityError('renewed password wrap');
  return wrapped;
}

async function inputOf(
  env: AccountEnvironment,
  accountId: AccountId,
  password: PreparedPassword,
  header: WrapHeader,
): Promise<SecretBytes> {
  const tail = await env.hasher.tail(prehash(password, header.preSalt), header.bcryptSalt, header.cost);
  try {
    const mac = await env.keys.mac(header.pepper, pepperMessage(accountId, tail));
    return passwordIkm(tail, mac);
  } finally {
    wipe(tail);
  }
}

function ownerOf(owner: WrapOwner): WrapOwner {
  return { accountId: owner.accountId, dekVersion: owner.dekVersion };
}

/**
 * Refuses a new password that is too short, too long or easy to guess. A stretched one says nothing of what it was
 * made from: its client judges that.
 *
 * @param path where it stood in the body
 * @throws InvalidRequestError `password_too_weak`
 */
export async function requireStrong(
  { settings }: Pick<VaultEnvironment, 'settings'>,
  password: PreparedPassword,
  email: string,
  path = '/password',
): Promise<void> {
  if (password.kind === 'stretched-v1') return;
  requireOk(settings, await checkNewPassword(textOf(password), email, settings.minPasswordLength), path);
}

/** The part of {@link requireStrong} that needs no e-mail. @throws InvalidRequestError `password_too_weak` */
export function requireLength(
  { settings }: Pick<VaultEnvironment, 'settings'>,
  password: PreparedPassword,
  path: string,
): void {
  if (password.kind === 'stretched-v1') return;
  requireOk(settings, checkLength(textOf(password), settings.minPasswordLength), path);
}

function textOf({ bytes }: PreparedPassword): string {
  return Buffer.from(bytes).toString('utf8');
}

function requireOk({ minPasswordLength }: VaultSettings, verdict: PasswordVerdict, path: string): void {
  if (verdict === 'ok') return;
  const messages = {
    too_short: `has fewer than ${minPasswordLength} characters`,
    too_long: 'has more than 256 characters',
    too_common: 'is easy to guess: common, or like the e-mail address',
  } as const;
  throw new InvalidRequestError([{ path, message: messages[verdict] }], 'password_too_weak');
}
