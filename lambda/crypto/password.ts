import { createHmac } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import { InvalidRequestError } from '../errors.ts';
import { concat, field, isWellFormed, SecretBytes, utf8, wipe } from './bytes.ts';

/** UTF-8 bytes of a password at most: bounds the work that a stranger can ask for. */
export const MAX_PASSWORD_BYTES = 1024;
/** Bytes of the salt of the pre-hash. */
export const PRE_SALT_SIZE = 32;
/** ASCII characters of a bcrypt hash behind its salt. */
export const BCRYPT_TAIL_SIZE = 31;

const SPACE = /\p{Zs}/gu;
const CONTROL = /\p{Cc}/u;
/** base64url of 32 bytes in its one canonical spelling: the two low bits of the last character are zero. */
const STRETCHED = /^[\w-]{42}[AEIMQUYcgkosw048]$/;

/** What the pre-hash begins with, so that a password of one kind is never taken for one of another. */
const LABELS = {
  plain: 'twinlock/password/v1\0',
  'stretched-v1': 'twinlock/password/stretched-v1\0',
} as const;

/** How a password came: as it was typed, or stretched by its client, which keeps the password itself to itself. */
export type PasswordKind = keyof typeof LABELS;

/** A password as it is hashed. Its kind goes with its bytes, so that none is hashed as one of another kind. */
export class PreparedPassword {
  readonly kind: PasswordKind;
  readonly #secret: SecretBytes;

  /** @param bytes taken over, not copied */
  constructor(kind: PasswordKind, bytes: Uint8Array) {
    this.kind = kind;
    this.#secret = new SecretBytes(bytes);
  }

  /** The bytes themselves, not a copy. @throws Error after wiping */
  get bytes(): Uint8Array {
    return this.#secret.bytes;
  }

  /** Zeroes the bytes; again is allowed. */
  wipe(): void {
    this.#secret.wipe();
  }

  /** @throws TypeError always */
  toJSON(): never {
    throw new TypeError('a password has no JSON');
  }
}

/**
 * The bytes of a password. Whatever keyboard typed it, a plain one has one form (RFC 8265 §4.2, OpaqueString); a
 * stretched one is the canonical base64url of 32 bytes, and stays as it is.
 *
 * @param kind undefined: plain
 * @param path where it stood in the request, a JSON pointer
 * @returns to be wiped by the caller
 * @throws InvalidRequestError for a plain one that is empty, over 1,024 bytes, or holds a lone surrogate or a control
 * character; for a stretched one of another form, or that is one byte 32 times, as of a buffer that was never filled
 */
export function preparePassword(
  password: string,
  kind: PasswordKind | undefined,
  path = '/password',
): PreparedPassword {
  return new PreparedPassword(
    kind ?? 'plain',
    kind === 'stretched-v1' ? stretched(password, path) : plain(password, path),
  );
}

function plain(password: string, path: string): Uint8Array {
  // UTF-16 units first: there are never more of them than bytes, and counting them costs nothing.
  if (password.length > MAX_PASSWORD_BYTES || Buffer.byteLength(password, 'utf8') > MAX_PASSWORD_BYTES) {
    throw refusal(path, `must have at most ${MAX_PASSWORD_BYTES} bytes in UTF-8`);
  }
  if (password.length === 0) throw refusal(path, 'must not be empty');
  if (!isWellFormed(password)) throw refusal(path, 'must be well-formed Unicode');
  if (CONTROL.test(password)) throw refusal(path, 'must not hold control characters');
  return utf8(password.replace(SPACE, ' ').normalize('NFC'));
}

function stretched(password: string, path: string): Uint8Array {
  if (!STRETCHED.test(password)) {
    throw refusal(path, 'must be 32 derived bytes in base64url: 43 characters without padding');
  }
  const bytes = Buffer.from(password, 'base64url');
  const isDerived = bytes.some((byte) => byte !== bytes[0]);
  wipe(bytes);
  if (!isDerived) throw refusal(path, 'must be derived: all of its bytes are the same');
  return utf8(password);
}

/**
 * What bcrypt hashes instead of the password: short enough for its 72 bytes and free of NUL, whatever the password, and
 * never the same for two kinds.
 *
 * @param preSalt 32 bytes
 * @returns 64 ASCII characters
 */
export function prehash(password: PreparedPassword, preSalt: Uint8Array): string {
  if (preSalt.length !== PRE_SALT_SIZE)
    throw new RangeError(`preSalt has ${preSalt.length} bytes, not ${PRE_SALT_SIZE}`);
  return createHmac('sha384', preSalt).update(LABELS[password.kind]).update(password.bytes).digest('base64');
}

/**
 * What the KMS mac key authenticates to make the operator's half of a password's key.
 *
 * @param bcryptTail 31 bytes
 */
export function pepperMessage(accountId: AccountId, bcryptTail: Uint8Array): Uint8Array {
  return concat(utf8('twinlock/pepper/v1\0'), field(accountId), checkedTail(bcryptTail));
}

/** @throws RangeError for other than 31 bytes */
export function checkedTail(bcryptTail: Uint8Array): Uint8Array {
  if (bcryptTail.length !== BCRYPT_TAIL_SIZE) {
    throw new RangeError(`bcryptTail has ${bcryptTail.length} bytes, not ${BCRYPT_TAIL_SIZE}`);
  }
  return bcryptTail;
}

/**
 * What the KMS mac key authenticates to find an account by its e-mail.
 *
 * @param email normalised
 */
export function emailMessage(email: string): Uint8Array {
  return concat(utf8('twinlock/email/v1\0'), utf8(email));
}

function refusal(path: string, message: string): InvalidRequestError {
  return new InvalidRequestError([{ path, message }]);
}
