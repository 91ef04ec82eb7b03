import { hash, hkdfSync } from 'node:crypto';
import { wipe } from './bytes.ts';

/** SHA-512's, in bytes: what it gives, and what it works on at a time. */
const DIGEST = 64;
const BLOCK = 128;

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
 * HKDF-Expand with SHA-512 alone (RFC 5869 §2.3), for a key that is uniformly random already. Its HMAC is made of whole
 * hashes (RFC 2104 §2): a context of Node's for each would take longer than all else, and keep the key.
 *
 * @param prk the key, 16 to 128 bytes
 * @param length 1 to 16,320 bytes
 */
export function hkdfExpand(prk: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (length < 1 || length > 255 * DIGEST) throw new RangeError(`${length} bytes are not 1 to ${255 * DIGEST}`);
  if (prk.length > BLOCK) throw new RangeError(`key has ${prk.length} bytes, not at most ${BLOCK}`);
  const okm = new Uint8Array(length);
  // The padded key, the block before, info, counter. The first block has none before it, and the key stands there.
  const inner = Buffer.allocUnsafe(BLOCK + DIGEST + info.length + 1);
  const outer = Buffer.allocUnsafe(BLOCK + DIGEST);
  inner.set(info, BLOCK + DIGEST);
  pad(outer, prk, 0x5c);
  for (let at = 0, counter = 1; at < length; at += DIGEST, counter++) {
    const message = counter === 1 ? inner.subarray(DIGEST) : inner;
    pad(message, prk, 0x36);
    message[message.length - 1] = counter;
    const within = hash('sha512', message, 'buffer');
    outer.set(within, BLOCK);
    const block = hash('sha512', outer, 'buffer');
    okm.set(length - at < DIGEST ? block.subarray(0, length - at) : block, at);
    inner.set(block, BLOCK);
    wipe(within, block);
  }
  wipe(inner, outer);
  return okm;
}

/** Begins a hash's input with the key that HMAC begins it with. */
function pad(input: Uint8Array, key: Uint8Array, byte: number): void {
  input.fill(byte, key.length, BLOCK);
  for (let i = 0; i < key.length; i++) input[i] = (key[i] ?? 0) ^ byte;
}
