import { createHmac } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import { InvalidRequestError } from '../errors.ts';
import { concat, field, isWellFormed, utf8 } from './bytes.ts';

/** UTF-8 bytes of a password at most: bounds the work that a stranger can ask for. */
export const MAX_PASSWORD_BYTES = 1024;
/** Bytes of the salt of the pre-hash. */
export const PRE_SALT_SIZE = 32;
/** ASCII characters of a bcrypt hash behind its salt. */
export const BCRYPT_TAIL_SIZE = 31;

const SPACE = /\p{Zs}/gu;
const CONTROL = /\p{Cc}/u;

/**
 * The bytes of a password: whatever keyboard typed it, one password has one form (RFC 8265 §4.2, OpaqueString).
 *
 * @param path where it stood in the request, a JSON pointer
 * @returns UTF-8, to be wiped by the caller
 * @throws InvalidRequestError for one that is empty, over 1,024 bytes, or holds a lone surrogate or a control character
 */
export function preparePassword(password: string, path = '/password'): Uint8Array {
  // UTF-16 units first: there are never more of them than bytes, and counting them costs nothing.
  if (password.length > MAX_PASSWORD_BYTES || Buffer.byteLength(password, 'utf8') > MAX_PASSWORD_BYTES) {
    throw refusal(path, `must have at most ${MAX_PASSWORD_BYTES} bytes in UTF-8`);
  }
  if (password.length === 0) throw refusal(path, 'must not be empty');
  if (!isWellFormed(password)) throw refusal(path, 'must be well-formed Unicode');
  if (CONTROL.test(password)) throw refusal(path, 'must not hold control characters');
  return utf8(password.replace(SPACE, ' ').normalize('NFC'));
}

/**
 * What bcrypt hashes instead of the password: short enough for its 72 bytes and free of NUL, whatever the password.
 *
 * @param prepared what {@link preparePassword} gave
 * @param preSalt 32 bytes
 * @returns 64 ASCII characters
 */
export function prehash(prepared: Uint8Array, preSalt: Uint8Array): string {
  if (preSalt.length !== PRE_SALT_SIZE)
    throw new RangeError(`preSalt has ${preSalt.length} bytes, not ${PRE_SALT_SIZE}`);
  return createHmac('sha384', preSalt).update('twinlock/password/v1\0').update(prepared).digest('base64');
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
