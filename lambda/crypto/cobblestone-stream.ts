import { IntegrityError } from '../errors.ts';
import { equal } from './bytes.ts';
import type { MessageKey } from './cobblestone.ts';
import { type ByteRange, CHUNK_SIZE, ciphertextSize, HEADER_SIZE, rangeOf, SEALED_CHUNK_SIZE } from './cobblestone.ts';
import { PieceReader, type Pieces } from './piece-reader.ts';
import { SealedTags } from './sealed-tags.ts';

/** Bytes as they are made. */
export type ByteStream = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * Seals a message piece by piece: its header, then each chunk's ciphertext and its tag, apart, for to join them would
 * copy all. No piece is written to again.
 *
 * One key may seal again what it sealed before, as a sender's second try; other bytes under the same nonces would
 * give both away, so that these are refused.
 *
 * @param tags those that earlier runs under this key made; runs add theirs
 * @throws Error for a body that differs from an earlier run's
 */
export async function* sealStream(key: MessageKey, body: Pieces, tags = new SealedTags()): ByteStream {
  const reader = new PieceReader(body, CHUNK_SIZE);
  try {
    yield key.header.slice();
    for (let index = 0, isLast = false; !isLast; ) {
      const run = await reader.readAll(CHUNK_SIZE);
      isLast = run.length < CHUNK_SIZE;
      for (let at = 0; at === 0 || at < run.length; at += CHUNK_SIZE, index++) {
        const { ciphertext, tag } = key.seal(index, run.subarray(at, at + CHUNK_SIZE));
        tags.hold(index, tag);
        if (ciphertext.length > 0) yield ciphertext;
        yield tag;
      }
    }
  } finally {
    await reader.close();
  }
}

/**
 * Opens a message piece by piece; each chunk comes out once it is authentic, and the end only after the last one was.
 * The stream fails for ever once it failed.
 *
 * @param key taken over: wiped at the stream's end
 * @param body the whole message
 * @throws IntegrityError as soon as a part is not authentic, or when the header is not the key's
 */
export function openStream(key: MessageKey, body: Pieces, what = 'message'): ByteStream {
  const reader = new PieceReader(body, SEALED_CHUNK_SIZE);
  return guarded(openChunks(key, reader, what), key, reader);
}

async function* openChunks(key: MessageKey, reader: PieceReader, what: string): ByteStream {
  if (!equal(await reader.read(HEADER_SIZE), key.header)) throw new IntegrityError(what);
  for (let index = 0, full = true; full; index++) {
    const chunk = await reader.read(SEALED_CHUNK_SIZE);
    // A full chunk is never the last one: behind it something must come, and be authentic.
    full = chunk.length === SEALED_CHUNK_SIZE;
    const plaintext = key.open(index, chunk);
    if (plaintext === null) throw new IntegrityError(what);
    if (plaintext.length > 0) yield plaintext;
  }
}

/** A part of a message's plaintext, and how much the whole is. */
export interface PlaintextRange extends ByteRange {
  /** Bytes of the whole plaintext, from where nobody can change it. */
  readonly size: number;
}

/**
 * Opens a part of a message: exactly the bytes `first` to `last` of its plaintext. The stream fails for ever once it failed.
 *
 * @param key taken over: wiped at the stream's end
 * @param body the message's bytes `rangeOf(first, last, size)`, no more and no fewer
 * @throws RangeError for a range outside the plaintext, at once
 * @throws IntegrityError as soon as a part is not authentic
 */
export function openRange(key: MessageKey, range: PlaintextRange, body: Pieces, what = 'message'): ByteStream {
  rangeOf(range.first, range.last, range.size);
  const reader = new PieceReader(body, SEALED_CHUNK_SIZE);
  return guarded(openRangeChunks(key, range, reader, what), key, reader);
}

async function* openRangeChunks(
  key: MessageKey,
  { first, last, size }: PlaintextRange,
  reader: PieceReader,
  what: string,
): ByteStream {
  const end = ciphertextSize(size) - HEADER_SIZE;
  for (let index = Math.floor(first / CHUNK_SIZE); index * CHUNK_SIZE <= last; index++) {
    const due = Math.min(SEALED_CHUNK_SIZE, end - index * SEALED_CHUNK_SIZE);
    const chunk = await reader.read(due);
    const plaintext = chunk.length === due ? key.open(index, chunk) : null;
    if (plaintext === null) throw new IntegrityError(what);
    const start = index * CHUNK_SIZE;
    yield plaintext.subarray(Math.max(first - start, 0), last + 1 - start);
  }
  if ((await reader.read(1)).length > 0) throw new IntegrityError(what);
}

/**
 * A generator is done once it threw, which reads like an end: this one throws the same again. And one that never began
 * cleans nothing up: this one lets go of key and source in any case.
 */
function guarded(inner: ByteStream, key: MessageKey, reader: PieceReader): ByteStream {
  let failure: { readonly error: unknown } | null = null;
  const check = (): void => {
    if (failure !== null) throw failure.error;
  };
  const release = async (): Promise<void> => {
    key.wipe();
    await reader.close();
  };
  const stream: ByteStream = {
    async next() {
      check();
      try {
        const result = await inner.next();
        // Two reads may be under way: what comes after a failed one must not read as an end.
        check();
        if (result.done === true) await release();
        return result;
      } catch (error) {
        if (failure === null) {
          failure = { error };
          await release().catch(() => undefined);
        }
        throw error;
      }
    },
    async return() {
      const result = await inner.return();
      await release();
      return result;
    },
    async throw(error: unknown) {
      failure ??= { error };
      await this.return();
      throw error;
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await this.return();
    },
  };
  return stream;
}
