import { equal } from './bytes.ts';
import { TAG_SIZE } from './gcm.ts';

/** Tags that there is room for at first: those of 1 MiB. */
const FIRST = 64;

/**
 * The tags that a message's chunks have, side by side in one array: 16 bytes a chunk, where an object each would take ten
 * times that. Runs of one message share them, and begin with its first chunk.
 */
export class SealedTags {
  #tags = new Uint8Array(FIRST * TAG_SIZE);
  #count = 0;

  /**
   * Keeps a chunk's tag, or holds it against the one that was kept.
   *
   * @param index from 0; at most one behind the last that was kept
   * @throws Error for a chunk that had another tag
   */
  hold(index: number, tag: Uint8Array): void {
    const at = index * TAG_SIZE;
    if (index < this.#count) {
      const isSame = equal(this.#tags.subarray(at, at + TAG_SIZE), tag);
      if (!isSame) throw new Error('a message was sealed anew with other bytes');
      return;
    }
    if (at === this.#tags.length) {
      const grown = new Uint8Array(2 * at);
      grown.set(this.#tags);
      this.#tags = grown;
    }
    this.#tags.set(tag, at);
    this.#count = index + 1;
  }
}
