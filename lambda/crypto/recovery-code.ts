import type { AccountId } from '../domain/ids.ts';
import { IntegrityError } from '../errors.ts';
import { concat, field, n64, SecretBytes, utf8 } from './bytes.ts';
import { hkdf } from './hkdf.ts';

/** Bytes of a recovery code: 160 bits. */
export const RECOVERY_CODE_SIZE = 20;
/** Bytes of the salt that a recovery key is derived with. */
export const RECOVERY_SALT_SIZE = 32;
/** Bytes of a recovery key. */
export const RECOVERY_KEY_SIZE = 32;

// Crockford's base 32 (crockford.com/base32.html); the last five stand for check values alone.
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U';
const BASE = 32;
const CHECK_BASE = 37;
const LOOKALIKES: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };
const DIGITS = (RECOVERY_CODE_SIZE * 8) / 5;
const TYPED = /^[0-9A-Za-z]{32}[0-9A-Za-z*~$=]$/;

/** What is kept of a recovery code under the DEK, so that another DEK can be wrapped for it. */
export interface RecoveryRecord {
  /** 32 bytes. */
  readonly key: SecretBytes;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * A recovery code as its owner writes it down: eight groups, a check character at the end of the last.
 *
 * @param code 20 bytes
 */
export function formatRecoveryCode(code: SecretBytes): string {
  const { bytes } = checkedCode(code);
  const symbols = [...digitsOf(bytes), checkOf(bytes)].map((value) => SYMBOLS.charAt(value)).join('');
  return symbols.replace(/.{4}(?=.{4})/g, '$&-');
}

/**
 * The recovery code that was typed: spaces and hyphens do not count, nor does case; I and L are 1, O is 0.
 *
 * @returns 20 bytes, to be wiped by the caller; null for what is no code, or has another check character
 */
export function parseRecoveryCode(text: string): SecretBytes | null {
  const typed = text.replace(/[\s\p{Pd}]/gu, '');
  if (!TYPED.test(typed)) return null;
  const values = Array.from(typed.toUpperCase(), (symbol) => SYMBOLS.indexOf(LOOKALIKES[symbol] ?? symbol));
  const digits = values.slice(0, DIGITS);
  if (digits.some((value) => value >= BASE)) return null;
  const code = new SecretBytes(bytesOf(digits));
  if (checkOf(code.bytes) === values[DIGITS]) return code;
  code.wipe();
  return null;
}

/**
 * The key that a recovery code stands for in one account: the input key material of a wrap of format 3.
 *
 * @param code 20 bytes
 * @param salt 32 bytes
 * @returns 32 bytes, to be wiped by the caller
 */
export function deriveRecoveryKey(code: SecretBytes, salt: Uint8Array, accountId: AccountId): SecretBytes {
  if (salt.length !== RECOVERY_SALT_SIZE) {
    throw new RangeError(`salt has ${salt.length} bytes, not ${RECOVERY_SALT_SIZE}`);
  }
  const info = concat(utf8('twinlock/recovery/v1\0'), field(accountId));
  return new SecretBytes(hkdf(checkedCode(code).bytes, salt, info, RECOVERY_KEY_SIZE));
}

/** The bytes of a record, to be sealed as kind `recovery` and wiped. */
export function encodeRecoveryRecord({ key, createdAt }: RecoveryRecord): Uint8Array {
  return concat(key.bytes, n64(createdAt));
}

/** The record in opened bytes. @throws IntegrityError for any that {@link encodeRecoveryRecord} does not make */
export function decodeRecoveryRecord(bytes: Uint8Array): RecoveryRecord {
  const createdAt = bytes.subarray(RECOVERY_KEY_SIZE).reduce((value, byte) => value * 256 + byte, 0);
  if (bytes.length !== RECOVERY_KEY_SIZE + 8 || !Number.isSafeInteger(createdAt)) throw new IntegrityError('recovery');
  return { key: new SecretBytes(bytes.slice(0, RECOVERY_KEY_SIZE)), createdAt };
}

function checkedCode(code: SecretBytes): SecretBytes {
  const { length } = code.bytes;
  if (length !== RECOVERY_CODE_SIZE) throw new RangeError(`code has ${length} bytes, not ${RECOVERY_CODE_SIZE}`);
  return code;
}

/** The values of base 32, five bits each, most significant first. */
function digitsOf(bytes: Uint8Array): number[] {
  return Array.from({ length: DIGITS }, (_, place) => {
    const at = place * 5;
    const pair = (bytes[at >> 3] ?? 0) * 256 + (bytes[(at >> 3) + 1] ?? 0);
    return (pair >> (11 - (at & 7))) & 31;
  });
}

function bytesOf(digits: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(RECOVERY_CODE_SIZE);
  digits.forEach((value, place) => {
    const at = place * 5;
    const pair = value << (11 - (at & 7));
    bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (pair >> 8);
    if ((pair & 255) !== 0) bytes[(at >> 3) + 1] = (bytes[(at >> 3) + 1] ?? 0) | (pair & 255);
  });
  return bytes;
}

/** The number that the bytes spell, modulo 37: no mistyped digit and no two exchanged ones keep it. */
function checkOf(bytes: Uint8Array): number {
  return bytes.reduce((rest, byte) => (rest * 256 + byte) % CHECK_BASE, 0);
}
