import { CompactEncrypt } from 'jose';
import type { StreamPeer } from '../peer-shapes.ts';

const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);

/** Each piece a JWE of its own. */
export const peer: readonly StreamPeer[] = [
  {
    name: 'jose, pieces of 1 MiB',
    seal: async (pieces) => {
      let bytes = 0;
      for await (const piece of pieces) {
        const jwe = await new CompactEncrypt(piece).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(key);
        bytes += jwe.length;
      }
      return bytes;
    },
  },
];
