import { createHmac, hkdfSync } from 'node:crypto';
import { concat, wipe } from './bytes.ts';

const BLOCK = 64;

/**
 * HKDF-SHA-512, extract and expand (RFC 5869 §2).
 *
 * @param info at most 1,024 bytes
 * @param length 1 to 16,320 bytes
 */
export function hkdf(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha512', ikm, salt, info, length));
}

/**
 * HKDF-Expand with SHA-512 alone (RFC 5869 §2.3), for a key that is uniformly random already.
 *
 * @param prk the key, 16 bytes or more
 * @param length 1 to 16,320 bytes
 */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length < 1 || length > 255 * BLOCK) throw new RangeError(`${length} bytes are not 1 to ${255 * BLOCK}`);
  const okm = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += BLOCK, counter++) {
    const input = concat(block, info, Uint8Array.of(counter));
    wipe(block);
    block = createHmac('sha512', prk).update(input).digest();
    okm.set(block.subarray(0, length - at), at);
    wipe(input);
  }
  wipe(block);
  return okm;
}
