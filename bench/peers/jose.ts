import { CompactEncrypt, compactDecrypt } from 'jose';
import type { ItemPeer } from '../peer-shapes.ts';

const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

/** A compact JWE, A256GCM under one key for all. */
export const peer: ItemPeer = {
  name: 'jose',
  seal: (plaintext) => new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key),
  open: async (sealed) => (await compactDecrypt(sealed, key)).plaintext,
};
