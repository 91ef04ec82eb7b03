import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { wipe } from './bytes.ts';

/** Bytes of a tag. No shorter one is ever accepted (SP 800-38D §5.2.1.2). */
export const TAG_SIZE = 16;
/** Bytes of a nonce (SP 800-38D §8.2.1). */
export const NONCE_SIZE = 12;

const OPTIONS = { authTagLength: TAG_SIZE } as const;

/** 16 or 32 bytes, which choose the cipher; as a KeyObject where it serves more than once, since bytes are made one each time. */
export type GcmKey = Uint8Array | KeyObject;

/** What AES-GCM gives: as many bytes as went in, and the 16 bytes that vouch for them. */
export interface GcmOutput {
  readonly ciphertext: Uint8Array;
  readonly tag: Uint8Array;
}

/**
 * Encrypts with AES-GCM (SP 800-38D §7.1).
 *
 * @param nonce 12 bytes, never twice under one key
 */
export function gcmSeal(key: GcmKey, nonce: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): GcmOutput {
  const cipher = createCipheriv(algorithm(key), key, checkedNonce(nonce), OPTIONS);
  if (aad !== undefined) cipher.setAAD(aad);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { ciphertext, tag: cipher.getAuthTag() };
}

/**
 * Decrypts with AES-GCM (SP 800-38D §7.2); null, and no byte of plaintext, when the tag does not vouch for all.
 *
 * @param nonce 12 bytes
 */
export function gcmOpen(
  key: GcmKey,
  nonce: Uint8Array,
  { ciphertext, tag }: GcmOutput,
  aad?: Uint8Array,
): Uint8Array | null {
  if (tag.length !== TAG_SIZE) return null;
  const decipher = createDecipheriv(algorithm(key), key, checkedNonce(nonce), OPTIONS);
  if (aad !== undefined) decipher.setAAD(aad);
  decipher.setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    wipe(plaintext);
    return null;
  }
  return plaintext;
}

function algorithm(key: GcmKey): 'aes-128-gcm' | 'aes-256-gcm' {
  const size = key instanceof Uint8Array ? key.length : key.symmetricKeySize;
  if (size === 16) return 'aes-128-gcm';
  if (size === 32) return 'aes-256-gcm';
  throw new RangeError(`key has ${size} bytes, not 16 or 32`);
}

function checkedNonce(nonce: Uint8Array): Uint8Array {
  if (nonce.length !== NONCE_SIZE) throw new RangeError(`nonce has ${nonce.length} bytes, not ${NONCE_SIZE}`);
  return nonce;
}
