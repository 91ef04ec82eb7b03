import { createHash } from 'node:crypto';
import type { RandomBytes } from '../../lambda/crypto/bytes.ts';
import {
  type AccountId,
  type ActivityId,
  type DocumentId,
  type ItemId,
  newId,
  type SessionId,
} from '../../lambda/domain/ids.ts';

/** Bytes that look random and are the same in every run. */
export function fixedRandom(seed: string): RandomBytes {
  let count = 0;
  return (length) => {
    const label = `${seed}/${count++}`;
    return new Uint8Array(createHash('shake256', { outputLength: length }).update(label).digest());
  };
}

const TIME = 1_700_000_000_000;

/** Ten bytes of an invented id, the same in every run. */
const tail = (seed: string): Uint8Array => fixedRandom(seed)(10);

export const ALICE = newId<AccountId>(TIME, tail('alice'));
export const BOB = newId<AccountId>(TIME, tail('bob'));
export const SESSION = newId<SessionId>(TIME, tail('session'));
export const OTHER_SESSION = newId<SessionId>(TIME, tail('other session'));
export const ITEM = newId<ItemId>(TIME, tail('item'));
export const OTHER_ITEM = newId<ItemId>(TIME, tail('other item'));
export const DOCUMENT = newId<DocumentId>(TIME, tail('document'));
export const ENTRY = newId<ActivityId>(TIME, tail('entry'));

/** Bytes 0, 7, 14 … of which no two chunks are alike. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + Math.floor(i / 251)) % 256);
}

/** A copy with one bit of one byte changed. */
export function flipped(bytes: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

/** Pieces of the sizes given, over and over, empty ones included. */
export async function* ragged(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    await Promise.resolve();
    const size = sizes[i % sizes.length] ?? 1;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

/** All that a stream gives. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
