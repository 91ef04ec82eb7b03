import { createHash } from 'node:crypto';

/** What a body was, once it was read. */
export interface Digest {
  /** In lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A body that is hashed as it passes. */
export interface Hashed {
  /** The same pieces, to be read once. */
  readonly body: AsyncIterableIterator<Uint8Array>;
  /** @throws Error before the body's end was read, and for ever where it failed or was left before it */
  digest(): Digest;
}

/** Takes a body's SHA-256 and size on its way, without a second pass. */
export function hashed(source: AsyncIterable<Uint8Array>): Hashed {
  const pieces = source[Symbol.asyncIterator]();
  const hash = createHash('sha256');
  let size = 0;
  let state: 'open' | 'left' | Digest = 'open';
  // No generator: one that was never read would not let go of its source.
  const body: AsyncIterableIterator<Uint8Array> = {
    async next() {
      try {
        const result = await pieces.next();
        if (result.done !== true) {
          hash.update(result.value);
          size += result.value.length;
        } else if (state === 'open') {
          state = { sha256: hash.digest('hex'), size };
        }
        return result;
      } catch (error) {
        state = 'left';
        throw error;
      }
    },
    async return() {
      if (state === 'open') state = 'left';
      await pieces.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => body,
  };
  return {
    body,
    digest() {
      if (typeof state === 'string') throw new Error('a digest of a body that was not read to its end');
      return state;
    },
  };
}
