import { hash } from 'node:crypto';
import { wipe } from './bytes.ts';

/** SHA-512's, in bytes: what it gives, and what it works on at a time. */
const DIGEST = 64;
const BLOCK = 128;

/**
 * HKDF-SHA-512, extract and expand (RFC 5869 §2).
 *
 * @param salt at most 128 bytes; none counts as 64 zero bytes
 * @param length 1 to 16,320 bytes
 */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  const input = Buffer.allocUnsafe(BLOCK + ikm.length);
  input.set(ikm, BLOCK);
  const prk = hmac(salt, input);
  try {
    return hkdfExpand(prk, info, length);
  } finally {
    wipe(prk, input);
  }
}

/**
 * HKDF-Expand with SHA-512 alone (RFC 5869 §2.3), for a key that is uniformly random already.
 *
 * @param prk the key, 16 to 128 bytes
 * @param length 1 to 16,320 bytes
 */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length < 1 || length > 255 * DIGEST) throw new RangeError(`${length} bytes are not 1 to ${255 * DIGEST}`);
  const okm = new Uint8Array(length);
  // Room for the key, then the block before, info and counter. The first block has none before it.
  const input = Buffer.allocUnsafe(BLOCK + DIGEST + info.length + 1);
  input.set(info, BLOCK + DIGEST);
  for (let at = 0, counter = 1; at < length; at += DIGEST, counter++) {
    input[input.length - 1] = counter;
    const block = hmac(prk, counter === 1 ? input.subarray(DIGEST) : input);
    okm.set(block.subarray(0, length - at), at);
    input.set(block, BLOCK);
    wipe(block);
  }
  wipe(input);
  return okm;
}

/**
 * HMAC-SHA-512 (RFC 2104 §2), of two whole hashes: Node's own contexts, and its HKDF, take longer over a key that is given
 * as bytes than all hashing does, and keep a copy of it.
 *
 * @param key at most 128 bytes
 * @param input the message behind 128 bytes, which the key is written to
 */
function hmac(key: Uint8Array, input: Uint8Array): Uint8Array {
  if (key.length > BLOCK) throw new RangeError(`key has ${key.length} bytes, not at most ${BLOCK}`);
  pad(input, key, 0x36);
  const within = hash('sha512', input, 'buffer');
  const outer = Buffer.allocUnsafe(BLOCK + DIGEST);
  pad(outer, key, 0x5c);
  outer.set(within, BLOCK);
  const mac = hash('sha512', outer, 'buffer');
  wipe(outer, within);
  return mac;
}

/** Begins a hash's input with the key that HMAC begins it with. */
function pad(input: Uint8Array, key: Uint8Array, byte: number): void {
  input.fill(byte, key.length, BLOCK);
  for (let i = 0; i < key.length; i++) input[i] = (key[i] ?? 0) ^ byte;
}
