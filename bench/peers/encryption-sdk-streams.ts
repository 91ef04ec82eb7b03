import { Readable } from 'node:stream';
import type { StreamPeer } from '../peer-shapes.ts';
import { client, keyring } from './encryption-sdk-parts.ts';

/** Frames of its default size, and of 1 MB. */
export const peer: readonly StreamPeer[] = [
  { name: 'AWS Encryption SDK, frames of 4 KB', seal: (pieces) => seal(pieces, 4096) },
  { name: 'AWS Encryption SDK, frames of 1 MB', seal: (pieces) => seal(pieces, 1024 * 1024) },
];

async function seal(pieces: AsyncIterable<Uint8Array>, frameLength: number): Promise<number> {
  const sealing = Readable.from(pieces, { objectMode: false }).pipe(client.encryptStream(keyring, { frameLength }));
  let bytes = 0;
  for await (const piece of sealing) bytes += (piece as Uint8Array).length;
  return bytes;
}
