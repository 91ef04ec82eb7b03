import { domainToASCII } from 'node:url';
import { InvalidRequestError } from '../errors.ts';

/** Letters, digits and hyphens between dots, none empty, none over 63; the last is no number (RFC 1123 §2.1). */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What no local part holds here: spaces, controls, invisible formatting, lone surrogates, and what needs quoting. */
const FORBIDDEN = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zs}\p{Zl}\p{Zp}"(),:;<>@[\\\]]/u;

/**
 * The one spelling of an e-mail address that an account is found by; null when the text is no address.
 *
 * Trimmed, NFC, lower case by Unicode's own rules whatever the locale, the domain in A-labels (UTS 46). Dots and plus
 * tags are kept: only the mail's own server knows what they mean. Letters that merely look alike stay apart.
 *
 * @param text any string; at most 254 bytes count once normalised (RFC 5321 §4.5.3.1, erratum 1690), 64 before the `@`
 */
export function normaliseEmail(text: string): string | null {
  if (text.length > 1024) return null;
  // Twice: lower case of U+0130 is two code points, which NFC may compose with a mark that follows.
  const address = text.trim().normalize('NFC').toLowerCase().normalize('NFC');
  const at = address.indexOf('@');
  const local = address.slice(0, Math.max(at, 0));
  const localBytes = Buffer.byteLength(local);
  if (localBytes < 1 || localBytes > 64 || FORBIDDEN.test(local) || !isDotAtom(local)) return null;
  const domain = domainOf(address.slice(at + 1));
  if (domain === null) return null;
  const normalised = `${local}@${domain}`;
  return Buffer.byteLength(normalised) <= 254 ? normalised : null;
}

/** The one spelling of an account's e-mail in a request's body. @throws InvalidRequestError at `/email` for what is no address */
export function requireEmail(text: string): string {
  const email = normaliseEmail(text);
  if (email === null) throw new InvalidRequestError([{ path: '/email', message: 'is not an e-mail address' }]);
  return email;
}

/** Whether a text is an e-mail address as it stands, without spaces around it. */
export function isEmail(text: string): boolean {
  return text === text.trim() && normaliseEmail(text) !== null;
}

function isDotAtom(local: string): boolean {
  return !local.startsWith('.') && !local.endsWith('.') && !local.includes('..');
}

function domainOf(text: string): string | null {
  // The URL parser beneath domainToASCII would drop line breaks, decode %xx, and cut off a path or a port.
  if (/[\s\p{Cc}\p{Cs}%@/\\?#:[\]<>^|]/u.test(text)) return null;
  const ascii = domainToASCII(text);
  return ascii.length <= 253 && DOMAIN.test(ascii) ? ascii : null;
}
