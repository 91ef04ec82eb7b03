import { decryptStringSync, encryptStringSync, generateKey, parseKeySync } from '@47ng/cloak';
import type { ItemPeer } from '../peer-shapes.ts';

const key = parseKeySync(generateKey());

/** AES-256-GCM under one key for all, as text. */
export const peer: ItemPeer = {
  name: '@47ng/cloak',
  seal: (plaintext) => encryptStringSync(Buffer.from(plaintext).toString(), key),
  open: (sealed) => decryptStringSync(sealed as string, key),
};
