/** A string that was validated as what its brand says. */
export type Brand<T, B extends string> = T & { readonly [brand]: B };
declare const brand: unique symbol;

export type AccountId = Brand<string, 'AccountId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type ItemId = Brand<string, 'ItemId'>;
export type DocumentId = Brand<string, 'DocumentId'>;
/** Names the deletion of an account. */
export type ReceiptId = Brand<string, 'ReceiptId'>;
/** Names an entry of an account's activity; its time is the entry's. */
export type ActivityId = Brand<string, 'ActivityId'>;
export type AnyId = AccountId | SessionId | ItemId | DocumentId | ReceiptId | ActivityId;

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** What two characters spell, by their ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, bits) => ALPHABET.charAt(bits >> 5) + ALPHABET.charAt(bits & 31));
/** What a character stands for, by its code. */
const VALUES = Uint8Array.from({ length: 128 }, (_, code) => Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))));
/** A ULID in its one canonical spelling. */
export const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** Whether a text is a ULID in its one canonical spelling: 26 upper-case Crockford characters, at most 128 bits. */
export function isUlid(text: string): boolean {
  return ULID.test(text);
}

/** The id in a text that came from outside; null when it is no ULID. */
export function parseId<T extends AnyId>(text: string): T | null {
  return isUlid(text) ? (text as T) : null;
}

/**
 * Makes a ULID (github.com/ulid/spec).
 *
 * @param time milliseconds since 1970, 48 bits
 * @param random 10 bytes
 */
export function newId<T extends AnyId>(time: number, random: Uint8Array): T {
  if (!Number.isInteger(time) || time < 0 || time >= 2 ** 48) throw new RangeError(`time ${time} is not of 48 bits`);
  if (random.length !== 10) throw new RangeError(`random has ${random.length} bytes, not 10`);
  const bytes = new Uint8Array(16);
  for (let i = 5, rest = time; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  bytes.set(random, 6);
  return idFromBytes(bytes);
}

/** The 16 bytes of a ULID, big-endian. */
export function idBytes(id: AnyId): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[0] = (valueAt(id, 0) << 5) | valueAt(id, 1);
  // Eight characters are five bytes.
  for (let from = 2, to = 1; to < 16; from += 8, to += 5) {
    const high = twentyBits(id, from);
    const low = twentyBits(id, from + 4);
    bytes[to] = high >> 12;
    bytes[to + 1] = high >> 4;
    bytes[to + 2] = (high << 4) | (low >> 16);
    bytes[to + 3] = low >> 8;
    bytes[to + 4] = low;
  }
  return bytes;
}

/** The ULID that 16 bytes spell. */
export function idFromBytes<T extends AnyId>(bytes: Uint8Array): T {
  if (bytes.length !== 16) throw new RangeError(`id has ${bytes.length} bytes, not 16`);
  let text = PAIRS[byteAt(bytes, 0)] ?? '';
  // Five bytes are eight characters.
  for (let i = 1; i < 16; i += 5) {
    const high = (byteAt(bytes, i) << 12) | (byteAt(bytes, i + 1) << 4) | (byteAt(bytes, i + 2) >> 4);
    const low = ((byteAt(bytes, i + 2) & 15) << 16) | (byteAt(bytes, i + 3) << 8) | byteAt(bytes, i + 4);
    text += `${PAIRS[high >> 10]}${PAIRS[high & 1023]}${PAIRS[low >> 10]}${PAIRS[low & 1023]}`;
  }
  return text as T;
}

/** When an id was made, in milliseconds since 1970. */
export function idTime(id: AnyId): number {
  let time = 0;
  for (const char of id.slice(0, 10)) time = time * 32 + ALPHABET.indexOf(char);
  return time;
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

function twentyBits(id: AnyId, at: number): number {
  return (valueAt(id, at) << 15) | (valueAt(id, at + 1) << 10) | (valueAt(id, at + 2) << 5) | valueAt(id, at + 3);
}

function valueAt(id: AnyId, at: number): number {
  return VALUES[id.charCodeAt(at)] ?? 0;
}
