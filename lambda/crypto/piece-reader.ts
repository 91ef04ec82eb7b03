import { wipe } from './bytes.ts';

/** Bytes as they come, in pieces of any size. */
export type Pieces = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Cuts ragged pieces into reads of a wanted size, copying only what straddles two pieces. */
export class PieceReader {
  readonly #pieces: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  readonly #scratch: Uint8Array;
  #piece: Uint8Array = new Uint8Array(0);
  #state: 'new' | 'begun' | 'closed' = 'new';

  /** @param largest bytes of the largest read */
  constructor(pieces: Pieces, largest: number) {
    this.#pieces = Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
    this.#scratch = new Uint8Array(largest);
  }

  /** The next bytes, fewer than `size` only at the end; they stand until the next read. */
  read(size: number): Promise<Uint8Array> {
    return this.#read(size, 1);
  }

  /** The same, but so many times the size as are at hand: one wait for all of them. */
  readAll(size: number): Promise<Uint8Array> {
    return this.#read(size, Number.POSITIVE_INFINITY);
  }

  /** Lets go of the source, at its end or before; again is allowed. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const begun = this.#state === 'begun';
    this.#state = 'closed';
    wipe(this.#scratch);
    // A generator that never began runs no clean-up on return: its connection would stay open.
    if (!begun) await this.#pieces.next();
    await this.#pieces.return?.();
  }

  async #read(size: number, times: number): Promise<Uint8Array> {
    this.#state = 'begun';
    if (this.#piece.length >= size) return this.#takeTimes(size, times);
    let held = 0;
    while (held < size) {
      if (this.#piece.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) break;
        this.#piece = next.value;
        if (held === 0 && this.#piece.length >= size) return this.#takeTimes(size, times);
      }
      const part = this.#take(Math.min(size - held, this.#piece.length));
      this.#scratch.set(part, held);
      held += part.length;
    }
    return this.#scratch.subarray(0, held);
  }

  #takeTimes(size: number, times: number): Uint8Array {
    return this.#take(times === 1 ? size : size * Math.min(times, Math.floor(this.#piece.length / size)));
  }

  #take(size: number): Uint8Array {
    const part = this.#piece.subarray(0, size);
    this.#piece = this.#piece.subarray(size);
    return part;
  }
}

/** Lets go of a source that nobody is going to read. */
export async function closePieces(pieces: Pieces): Promise<void> {
  await new PieceReader(pieces, 0).close().catch(() => undefined);
}
