import { bytesOf } from './email.ts';
import { TwinlockError } from './errors.ts';

/** Rounds of PBKDF2 (OWASP's password storage cheat sheet, for HMAC-SHA-256). */
const ROUNDS = 600_000;
const SECRET_SIZE = 32;
/** UTF-8 bytes of a password at most. */
const MAX_BYTES = 1024;

/**
 * A password in its one form, whatever keyboard typed it (RFC 8265 §4.2, OpaqueString), as the service prepares one.
 *
 * @param path where it would stand in the body, a JSON pointer
 * @throws TwinlockError `invalid_request` for one that is empty, over 1,024 bytes, or holds a lone surrogate or a control
 *   character
 */
export function preparePassword(password: string, path: string): string {
  if (password === '') throw refusal(path, 'must not be empty');
  if (password.length > MAX_BYTES || bytesOf(password).length > MAX_BYTES) {
    throw refusal(path, `must have at most ${MAX_BYTES} bytes in UTF-8`);
  }
  if (/\p{Cs}/u.test(password)) throw refusal(path, 'must be well-formed Unicode');
  if (/\p{Cc}/u.test(password)) throw refusal(path, 'must not hold control characters');
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC');
}

/**
 * What is sent in place of a password: PBKDF2-HMAC-SHA-256 of it, salted by service and e-mail (SP 800-132).
 *
 * The bytes that are made on the way are wiped. The strings, and the engine's copies, are not ours to wipe.
 *
 * @param prepared what {@link preparePassword} gave
 * @param service the service's name
 * @param email normalised
 * @returns 32 bytes in base64url, 43 characters
 * @throws TypeError where WebCrypto is missing: a page has it by TLS, and on localhost
 */
export async function stretch(prepared: string, service: string, email: string): Promise<string> {
  const subtle = (crypto as Partial<typeof crypto>).subtle;
  if (!subtle) throw new TypeError('stretching needs WebCrypto, which a page has by TLS only');
  const salt = [...bytesOf('twinlock/stretch/v1\0'), ...field(service), ...field(email)];
  const bytes = bytesOf(prepared);
  let secret = new Uint8Array(SECRET_SIZE);
  try {
    const key = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveBits']);
    const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: Uint8Array.from(salt), iterations: ROUNDS };
    secret = new Uint8Array(await subtle.deriveBits(parameters, key, SECRET_SIZE * 8));
    return btoa(String.fromCharCode(...secret))
      .replace(/\+/g, '-')
      .replace(/\//g, '_')
      .replace(/=/g, '');
  } finally {
    bytes.fill(0);
    secret.fill(0);
  }
}

/** A text behind its length as a big-endian n16. */
function field(text: string): number[] {
  const bytes = bytesOf(text);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
}

/** A refusal before anything is sent. */
export function refusal(
  path: string,
  message: string,
  code: 'invalid_request' | 'password_too_weak' = 'invalid_request',
): TwinlockError {
  return new TwinlockError(code, { issues: [{ path, message }] });
}
