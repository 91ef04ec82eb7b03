import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import type { StreamPeer } from '../peer-shapes.ts';

const recipient = await identityToRecipient(await generateX25519Identity());

/** To one X25519 recipient. */
export const peer: readonly StreamPeer[] = [
  {
    name: 'age (typage)',
    seal: async (pieces) => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      const sealed = await encrypter.encrypt(ReadableStream.from(pieces));
      let bytes = 0;
      for await (const piece of sealed) bytes += piece.length;
      return bytes;
    },
  },
];
