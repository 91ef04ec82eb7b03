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
  let value = BigInt(time);
  for (const byte of random) value = (value << 8n) | BigInt(byte);
  return encode(value) as T;
}

/** The 16 bytes of a ULID, big-endian. */
export function idBytes(id: AnyId): Uint8Array {
  let value = 0n;
  for (const char of id) value = (value << 5n) | BigInt(ALPHABET.indexOf(char));
  const bytes = new Uint8Array(16);
  for (let i = 15; i >= 0; i--, value >>= 8n) bytes[i] = Number(value & 0xffn);
  return bytes;
}

/** The ULID that 16 bytes spell. */
export function idFromBytes<T extends AnyId>(bytes: Uint8Array): T {
  if (bytes.length !== 16) throw new RangeError(`id has ${bytes.length} bytes, not 16`);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return encode(value) as T;
}

/** When an id was made, in milliseconds since 1970. */
export function idTime(id: AnyId): number {
  let time = 0;
  for (const char of id.slice(0, 10)) time = time * 32 + ALPHABET.indexOf(char);
  return time;
}

function encode(value: bigint): string {
  let text = '';
  for (let i = 0; i < 26; i++, value >>= 5n) text = ALPHABET.charAt(Number(value & 31n)) + text;
  return text;
}
