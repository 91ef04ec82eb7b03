import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A source of so many unpredictable bytes, from the operating system. */
export type RandomBytes = (length: number) => Uint8Array;

const encoder = new TextEncoder();
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether a text has no lone surrogate, which has no bytes in UTF-8 (RFC 3629 §3). */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/**
 * The UTF-8 bytes of a text.
 *
 * @throws RangeError for a lone surrogate: the encoder would replace it, and two texts would share their bytes
 */
export function utf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw new RangeError('text has a lone surrogate');
  return encoder.encode(text);
}

/** All parts in one new array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  for (const part of parts) at += part.length;
  const whole = new Uint8Array(at);
  at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * A part behind its length in bytes as n16, so that no two lists of parts share their bytes.
 *
 * @throws RangeError over 65,535 bytes
 */
export function field(part: Uint8Array | string): Uint8Array {
  const bytes = typeof part === 'string' ? utf8(part) : part;
  return concat(unsigned(bytes.length, 2), bytes);
}

/**
 * Texts, each behind its length in bytes as n16: the {@link field} of each, in one array.
 *
 * @throws RangeError over 65,535 bytes, or for a lone surrogate
 */
export function fields(...texts: readonly string[]): Uint8Array {
  const whole = Buffer.allocUnsafe(texts.reduce((size, text) => size + 2 + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) {
    if (!isWellFormed(text)) throw new RangeError('text has a lone surrogate');
    const size = whole.write(text, at + 2);
    whole.set(unsigned(size, 2), at);
    at += 2 + size;
  }
  return whole;
}

/** One byte. @throws RangeError for what is no integer of 0 to 2^8 - 1 */
export function n8(value: number): Uint8Array {
  return unsigned(value, 1);
}

/** Four bytes, big-endian. @throws RangeError for what is no integer of 0 to 2^32 - 1 */
export function n32(value: number): Uint8Array {
  return unsigned(value, 4);
}

/** Eight bytes, big-endian. @throws RangeError for what is no integer of 0 to 2^53 - 1 */
export function n64(value: number): Uint8Array {
  return unsigned(value, 8);
}

function unsigned(value: number, size: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** size) {
    throw new RangeError(`${value} is no unsigned integer of ${size} bytes`);
  }
  const bytes = new Uint8Array(size);
  for (let i = size - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

/** SHA-256: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}

/** Whether two arrays are equal, in a time that depends on their lengths alone. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Zeroes buffers. Copies that the runtime made, and strings, stay until they are collected. */
export function wipe(...buffers: readonly Uint8Array[]): void {
  for (const buffer of buffers) buffer.fill(0);
}

/** Key material: it refuses to become text, and is gone once wiped. */
export class SecretBytes {
  #bytes: Uint8Array | null;

  /** @param bytes taken over, not copied: the caller no longer touches them */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The bytes themselves, not a copy. @throws Error after wiping */
  get bytes(): Uint8Array {
    if (this.#bytes === null) throw new Error('a secret was used after it was wiped');
    return this.#bytes;
  }

  /** Zeroes the bytes; again is allowed. */
  wipe(): void {
    if (this.#bytes !== null) wipe(this.#bytes);
    this.#bytes = null;
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  /** @throws TypeError always */
  toJSON(): never {
    throw new TypeError('a secret has no JSON');
  }

  /** @throws TypeError always */
  toString(): never {
    throw new TypeError('a secret is no text');
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
