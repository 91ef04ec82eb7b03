/** Letters, digits and hyphens between dots, none empty, none over 63; the last is no number (RFC 1123 §2.1). */
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

const FORBIDDEN = /[\s\p{Cc}\p{Cf}\p{Cs}\p{Zs}\p{Zl}\p{Zp}"(),:;<>@[\\\]]/u;

/**
 * The one spelling of an e-mail address, as the service finds an account by it (`lambda/domain/email.ts`); null when the
 * text is no address. A stretched password hangs on it: the two may never differ.
 */
export function normaliseEmail(text: string): string | null {
  if (text.length > 1024) return null;
  // Twice: lower case of U+0130 is two code points, which NFC may compose with a mark that follows.
  const address = text.trim().normalize('NFC').toLowerCase().normalize('NFC');
  const at = Math.max(address.indexOf('@'), 0);
  const local = address.slice(0, at);
  const size = bytesOf(local).length;
  if (size < 1 || size > 64 || FORBIDDEN.test(local) || /^\.|\.\.|\.$/.test(local)) return null;
  const domain = domainOf(address.slice(at + 1));
  return domain !== null && bytesOf(local + domain).length < 254 ? `${local}@${domain}` : null;
}

/** The domain in A-labels (UTS 46). */
function domainOf(text: string): string | null {
  // The URL parser would drop line breaks, decode %xx, and cut off a path or a port.
  if (/[\s\p{Cc}\p{Cs}%@/\\?#:[\]<>^|]/u.test(text)) return null;
  try {
    const ascii = new URL(`ws://${text}`).hostname;
    return ascii.length <= 253 && DOMAIN.test(ascii) ? ascii : null;
  } catch {
    return null;
  }
}

/** A text in UTF-8. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
