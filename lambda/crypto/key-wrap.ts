import { IntegrityError } from '../errors.ts';
import { concat, equal, n8, type RandomBytes, SecretBytes } from './bytes.ts';
import { gcmOpen, gcmSeal } from './gcm.ts';
import { COMMITMENT_SIZE, deriveKek, kekInfo, type Suite, type WrapBinding } from './kek.ts';

export type { Suite, WrapBinding } from './kek.ts';

/** Bytes of an inner wrap. */
export const WRAP_SIZE = 176;
/** Bytes of a DEK. */
export const DEK_SIZE = 32;
/** bcrypt's cost at least, 2^10 rounds. */
export const MIN_COST = 10;
/** bcrypt's cost at most: a stored byte must not be able to ask for hours of work. */
export const MAX_COST = 14;

// format 1, suite 1, cost 1, pepper 1, bcryptSalt 16, preSalt 32, kekSalt 32 | commitment 32 | iv 12 | DEK 32, tag 16
const SALTS_END = 84;
const IV_START = SALTS_END + COMMITMENT_SIZE;
const DEK_START = IV_START + 12;
const TAG_START = DEK_START + DEK_SIZE;

/** The part of an inner wrap that says how its KEK is made. */
export interface WrapHeader {
  readonly format: 1 | 2 | 3;
  readonly suite: Suite;
  /** 10 to 14; 0 where the format is not 1, as for the next three. */
  readonly cost: number;
  /** The mac key's number, 1 to 255. */
  readonly pepper: number;
  /** 16 bytes. */
  readonly bcryptSalt: Uint8Array;
  /** 32 bytes. */
  readonly preSalt: Uint8Array;
  /** 32 bytes. */
  readonly kekSalt: Uint8Array;
}

/** The header of a new wrap under a password. */
export function newPasswordHeader(suite: Suite, cost: number, pepper: number, random: RandomBytes): WrapHeader {
  return { format: 1, suite, cost, pepper, bcryptSalt: random(16), preSalt: random(32), kekSalt: random(32) };
}

/** The header of a new wrap under a session's secret (2) or a recovery key (3). */
export function newSecretHeader(format: 2 | 3, suite: Suite, random: RandomBytes): WrapHeader {
  return {
    format,
    suite,
    cost: 0,
    pepper: 0,
    bcryptSalt: new Uint8Array(16),
    preSalt: new Uint8Array(32),
    kekSalt: random(32),
  };
}

/**
 * The header of an inner wrap, before any costly work is done for it.
 *
 * @param inner what KMS gave, 176 bytes
 * @param format the format that was asked for
 * @throws IntegrityError for another length, format or suite, a cost outside 10 to 14, or bytes where zeros are due
 */
export function readWrapHeader(inner: Uint8Array, format: WrapBinding['format']): WrapHeader {
  const [storedFormat, suite, cost, pepper] = inner;
  if (inner.length !== WRAP_SIZE || storedFormat !== format || (suite !== 1 && suite !== 2)) throw badHeader(format);
  const header: WrapHeader = {
    format,
    suite,
    cost: cost ?? 0,
    pepper: pepper ?? 0,
    bcryptSalt: inner.slice(4, 20),
    preSalt: inner.slice(20, 52),
    kekSalt: inner.slice(52, SALTS_END),
  };
  if (!isSound(header)) throw badHeader(format);
  return header;
}

/**
 * Wraps a DEK under a KEK that is made from the header and the input key material.
 *
 * @param dek 32 bytes
 * @param ikm the password's (`passwordIkm`), the session's secret or the recovery key
 * @param iv 12 random bytes
 * @returns 176 bytes
 * @throws RangeError for a header, key or iv out of bounds
 */
export function wrapDek(
  dek: SecretBytes,
  header: WrapHeader,
  binding: WrapBinding,
  ikm: SecretBytes,
  iv: Uint8Array,
): Uint8Array {
  if (header.format !== binding.format || !isSound(header)) throw new RangeError('wrap header is out of bounds');
  if (dek.bytes.length !== DEK_SIZE) throw new RangeError(`dek has ${dek.bytes.length} bytes, not ${DEK_SIZE}`);
  const info = kekInfo(header.suite, binding);
  const { kek, commitment } = deriveKek(ikm, header.kekSalt, header.suite, info);
  try {
    const head = concat(
      n8(header.format),
      n8(header.suite),
      n8(header.cost),
      n8(header.pepper),
      header.bcryptSalt,
      header.preSalt,
      header.kekSalt,
      commitment,
    );
    const { ciphertext, tag } = gcmSeal(kek.bytes, iv, dek.bytes, concat(head, info));
    return concat(head, iv, ciphertext, tag);
  } finally {
    kek.wipe();
  }
}

/**
 * The DEK in an inner wrap; null when the secret is another (the commitment tells).
 *
 * @param inner 176 bytes
 * @param ikm as for {@link wrapDek}
 * @returns 32 bytes, to be wiped by the caller
 * @throws IntegrityError for a bad header, or a tag that fails under the right key
 */
export function unwrapDek(inner: Uint8Array, binding: WrapBinding, ikm: SecretBytes): SecretBytes | null {
  const header = readWrapHeader(inner, binding.format);
  const info = kekInfo(header.suite, binding);
  const { kek, commitment } = deriveKek(ikm, header.kekSalt, header.suite, info);
  try {
    if (!equal(commitment, inner.subarray(SALTS_END, IV_START))) return null;
    const dek = gcmOpen(
      kek.bytes,
      inner.subarray(IV_START, DEK_START),
      { ciphertext: inner.subarray(DEK_START, TAG_START), tag: inner.subarray(TAG_START) },
      concat(inner.subarray(0, IV_START), info),
    );
    if (dek === null) throw new IntegrityError(`${NAMES[binding.format]} wrap`);
    return new SecretBytes(dek);
  } finally {
    kek.wipe();
  }
}

const NAMES = { 1: 'password', 2: 'session', 3: 'recovery' } as const;

function badHeader(format: WrapBinding['format']): IntegrityError {
  return new IntegrityError(`${NAMES[format]} wrap header`);
}

function isSound({ format, cost, pepper, bcryptSalt, preSalt, kekSalt }: WrapHeader): boolean {
  if (bcryptSalt.length !== 16 || preSalt.length !== 32 || kekSalt.length !== 32) return false;
  if (format === 1) return cost >= MIN_COST && cost <= MAX_COST && pepper >= 1 && pepper <= 255;
  return cost === 0 && pepper === 0 && isZero(bcryptSalt) && isZero(preSalt);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
