import sodium from 'libsodium-wrappers';
import type { StreamPeer } from '../peer-shapes.ts';

await sodium.ready;

/** Messages of 64 KiB. */
const MESSAGE = 65_536;

export const peer: readonly StreamPeer[] = [
  {
    name: 'libsodium secretstream',
    seal: async (pieces) => {
      const key = sodium.crypto_secretstream_xchacha20poly1305_keygen();
      const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
      const tag = sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
      let bytes = header.length;
      for await (const piece of pieces) {
        for (let at = 0; at < piece.length; at += MESSAGE) {
          const message = piece.subarray(at, at + MESSAGE);
          bytes += sodium.crypto_secretstream_xchacha20poly1305_push(state, message, null, tag).length;
        }
      }
      return bytes;
    },
  },
];
