import { createSecretKey, type KeyObject } from 'node:crypto';
import { IntegrityError } from '../errors.ts';
import { concat, equal, utf8, wipe } from './bytes.ts';
import { gcmOpen, gcmSeal, NONCE_SIZE, TAG_SIZE } from './gcm.ts';
import { hkdfExpand } from './hkdf.ts';

/** Bytes of the salt that begins a message. */
export const SALT_SIZE = 24;
/** Bytes of a message's header: salt and commitment. */
export const HEADER_SIZE = 56;
/** Plaintext bytes of every chunk but the last, which has fewer. */
export const CHUNK_SIZE = 16_384;
/** Ciphertext bytes of every chunk but the last. */
export const SEALED_CHUNK_SIZE = CHUNK_SIZE + TAG_SIZE;

const MAX_CHUNKS = 2 ** 38;
const LABEL_128 = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_128_GCM\0');
const LABEL_256 = utf8('c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0');

/** The key of one message: c2sp.org/chunked-encryption, "Key derivation" and "AEAD usage". */
export class MessageKey {
  /** 56 bytes: salt and commitment. */
  readonly header: Uint8Array;
  /** Null once it was wiped. Node zeroes the copy that a KeyObject is when it collects it. */
  #key: KeyObject | null;
  readonly #baseNonce: Uint8Array;

  /**
   * @param inputKey 16 bytes for Cobblestone-128, 32 for Cobblestone-256
   * @param context whatever the message is bound to
   * @param salt 24 bytes, never twice under one input key
   */
  constructor(inputKey: Uint8Array, context: Uint8Array, salt: Uint8Array) {
    const size = inputKey.length;
    if (size !== 16 && size !== 32) throw new RangeError(`input key has ${size} bytes, not 16 or 32`);
    if (salt.length !== SALT_SIZE) throw new RangeError(`salt has ${salt.length} bytes, not ${SALT_SIZE}`);
    const info = concat(size === 16 ? LABEL_128 : LABEL_256, salt, context);
    const okm = hkdfExpand(inputKey, info, size + NONCE_SIZE + HEADER_SIZE - SALT_SIZE);
    this.#key = createSecretKey(okm.subarray(0, size));
    this.#baseNonce = okm.slice(size, size + NONCE_SIZE);
    this.header = concat(salt, okm.subarray(size + NONCE_SIZE));
    wipe(okm);
  }

  /**
   * The key of a message that exists.
   *
   * @param header its first 56 bytes
   * @param what the part that failed, for the error
   * @throws IntegrityError when the header is short, or commits to another key or context
   */
  static of(inputKey: Uint8Array, context: Uint8Array, header: Uint8Array, what: string): MessageKey {
    if (header.length !== HEADER_SIZE) throw new IntegrityError(what);
    const key = new MessageKey(inputKey, context, header.subarray(0, SALT_SIZE));
    if (equal(key.header, header)) return key;
    key.wipe();
    throw new IntegrityError(what);
  }

  /** Encrypts one chunk. @param index from 0, below 2^38 */
  seal(index: number, plaintext: Uint8Array): { readonly ciphertext: Uint8Array; readonly tag: Uint8Array } {
    return gcmSeal(this.#usableKey(), this.#nonce(index), plaintext);
  }

  /** Decrypts one chunk of 16 bytes or more; null when it fails. @param index from 0, below 2^38 */
  open(index: number, chunk: Uint8Array): Uint8Array | null {
    if (chunk.length < TAG_SIZE) return null;
    const end = chunk.length - TAG_SIZE;
    const parts = { ciphertext: chunk.subarray(0, end), tag: chunk.subarray(end) };
    return gcmOpen(this.#usableKey(), this.#nonce(index), parts);
  }

  wipe(): void {
    this.#key = null;
    wipe(this.#baseNonce);
  }

  #usableKey(): KeyObject {
    if (this.#key === null) throw new Error('a message key was used after it was wiped');
    return this.#key;
  }

  #nonce(index: number): Uint8Array {
    if (!Number.isSafeInteger(index) || index < 0 || index >= MAX_CHUNKS) {
      throw new RangeError('message has more than 2^38 chunks');
    }
    const nonce = this.#baseNonce.slice();
    for (let i = NONCE_SIZE - 1, rest = index; rest > 0; i--, rest = Math.floor(rest / 256)) {
      nonce[i] = (nonce[i] ?? 0) ^ (rest % 256);
    }
    return nonce;
  }
}

/**
 * Seals a message in one piece.
 *
 * @param inputKey 16 or 32 bytes
 * @param salt 24 random bytes
 * @returns `ciphertextSize(plaintext.length)` bytes
 */
export function sealMessage(
  inputKey: Uint8Array,
  context: Uint8Array,
  salt: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const key = new MessageKey(inputKey, context, salt);
  try {
    const message = new Uint8Array(ciphertextSize(plaintext.length));
    message.set(key.header);
    for (let index = 0, at = HEADER_SIZE; at < message.length; index++) {
      const { ciphertext, tag } = key.seal(index, plaintext.subarray(index * CHUNK_SIZE, (index + 1) * CHUNK_SIZE));
      message.set(ciphertext, at);
      message.set(tag, at + ciphertext.length);
      at += ciphertext.length + TAG_SIZE;
    }
    return message;
  } finally {
    key.wipe();
  }
}

/**
 * Opens a message in one piece.
 *
 * @param inputKey 16 or 32 bytes
 * @param what the part that failed, for the error
 * @throws IntegrityError unless all of it is authentic
 */
export function openMessage(
  inputKey: Uint8Array,
  context: Uint8Array,
  message: Uint8Array,
  what = 'message',
): Uint8Array {
  const key = MessageKey.of(inputKey, context, message.subarray(0, HEADER_SIZE), what);
  const size = plaintextSize(message.length);
  if (size !== null && size < CHUNK_SIZE) return openOnly(key, message, what);
  const plaintext = new Uint8Array(size ?? 0);
  try {
    if (size === null) throw new IntegrityError(what);
    for (let index = 0, at = HEADER_SIZE; at < message.length; index++, at += SEALED_CHUNK_SIZE) {
      const chunk = key.open(index, message.subarray(at, at + SEALED_CHUNK_SIZE));
      if (chunk === null) throw new IntegrityError(what);
      plaintext.set(chunk, index * CHUNK_SIZE);
      wipe(chunk);
    }
    return plaintext;
  } catch (error) {
    wipe(plaintext);
    throw error;
  } finally {
    key.wipe();
  }
}

/** Opens a message of one chunk, as an item is, without a copy. @param key wiped at the end */
function openOnly(key: MessageKey, message: Uint8Array, what: string): Uint8Array {
  try {
    const chunk = key.open(0, message.subarray(HEADER_SIZE));
    if (chunk === null) throw new IntegrityError(what);
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  } finally {
    key.wipe();
  }
}

/** Bytes of the message that so many bytes of plaintext make. */
export function ciphertextSize(plaintext: number): number {
  return HEADER_SIZE + plaintext + TAG_SIZE * (Math.floor(plaintext / CHUNK_SIZE) + 1);
}

/** Bytes of plaintext in a message of so many bytes; null when no message has that length. */
export function plaintextSize(ciphertext: number): number | null {
  const body = ciphertext - HEADER_SIZE;
  if (body < TAG_SIZE) return null;
  const last = body % SEALED_CHUNK_SIZE;
  return last < TAG_SIZE ? null : Math.floor(body / SEALED_CHUNK_SIZE) * CHUNK_SIZE + last - TAG_SIZE;
}

/** First and last byte, both counted from 0 and included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The whole chunks of a message, as a range of its bytes, that hold a range of its plaintext.
 *
 * @param first first byte of plaintext
 * @param last last byte of plaintext, included
 * @param size bytes of the whole plaintext
 * @throws RangeError unless 0 <= first <= last < size
 */
export function rangeOf(first: number, last: number, size: number): ByteRange {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || first > last || last >= size) {
    throw new RangeError(`${first} to ${last} is no range of ${size} bytes`);
  }
  const end = HEADER_SIZE + (Math.floor(last / CHUNK_SIZE) + 1) * SEALED_CHUNK_SIZE;
  return {
    first: HEADER_SIZE + Math.floor(first / CHUNK_SIZE) * SEALED_CHUNK_SIZE,
    last: Math.min(end, ciphertextSize(size)) - 1,
  };
}
