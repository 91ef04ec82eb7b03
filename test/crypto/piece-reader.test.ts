import { describe, expect, it } from '@jest/globals';
import { closePieces, PieceReader, type Pieces } from '../../lambda/crypto/piece-reader.ts';
import { pattern, ragged } from './helpers.ts';

/** What so many reads of a size give, as arrays. */
async function reads(pieces: Pieces, size: number, times: number): Promise<number[][]> {
  const reader = new PieceReader(pieces, size);
  const all: number[][] = [];
  for (let i = 0; i < times; i++) all.push([...(await reader.read(size))]);
  return all;
}

/** Pieces that tell how they were used: what was asked of them, in order. */
function watched(pieces: readonly Uint8Array[]) {
  const calls: string[] = [];
  const inner = pieces[Symbol.iterator]();
  const source: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => ({
      next: () => {
        calls.push('next');
        return Promise.resolve(inner.next());
      },
      return: () => {
        calls.push('return');
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  return { source, calls };
}

describe('PieceReader', () => {
  it.each([
    ['one byte a piece', [1]],
    ['pieces of just the size', [4]],
    ['pieces that straddle', [3]],
    ['pieces of several reads', [9]],
    ['empty pieces between', [0, 2, 0, 5]],
  ])('cuts %s into reads of the size, the last one shorter, and then none', async (_name, sizes) => {
    const expected = [[0, 7, 14, 21], [28, 35, 42, 49], [56, 63], [], []];
    expect(await reads(ragged(pattern(10), sizes), 4, 5)).toEqual(expected);
  });

  it('takes pieces that need no waiting', async () => {
    expect(await reads([Uint8Array.of(1, 2), Uint8Array.of(3)], 2, 2)).toEqual([[1, 2], [3]]);
  });

  it('gives reads of different sizes in one row', async () => {
    const reader = new PieceReader(ragged(pattern(10), [3]), 5);
    const sizes = [];
    for (const size of [1, 5, 2, 5]) sizes.push([...(await reader.read(size))]);
    expect(sizes).toEqual([[0], [7, 14, 21, 28, 35], [42, 49], [56, 63]]);
  });

  it('gives a piece of the wanted size as it is, without a copy', async () => {
    const piece = pattern(8);
    const reader = new PieceReader([piece], 8);
    expect((await reader.read(4)).buffer).toBe(piece.buffer);
    expect((await reader.read(4)).buffer).toBe(piece.buffer);
    expect((await new PieceReader([piece], 8).read(8)).buffer).toBe(piece.buffer);
  });

  it('gives all whole sizes that are at hand at once, as they are, and waits for one', async () => {
    const reader = new PieceReader([pattern(10), pattern(3)], 4);
    const sizes: number[] = [];
    for (let i = 0; i < 4; i++) sizes.push((await reader.readAll(4)).length);
    expect(sizes).toEqual([8, 4, 1, 0]);
    const piece = pattern(8);
    expect((await new PieceReader([piece], 4).readAll(4)).buffer).toBe(piece.buffer);
  });

  it('asks its source for no more than a read needs', async () => {
    const { source, calls } = watched([pattern(4), pattern(4)]);
    const reader = new PieceReader(source, 4);
    await reader.read(4);
    expect(calls).toEqual(['next']);
    await reader.read(0);
    expect(calls).toEqual(['next']);
  });

  it('lets go of its source once, however often it is closed', async () => {
    const { source, calls } = watched([pattern(4)]);
    const reader = new PieceReader(source, 4);
    await reader.read(2);
    await reader.close();
    await reader.close();
    expect(calls).toEqual(['next', 'return']);
  });

  it('begins a source that was never read before it lets go: a generator cleans up only then', async () => {
    const { source, calls } = watched([pattern(4)]);
    await new PieceReader(source, 4).close();
    expect(calls).toEqual(['next', 'return']);
  });

  it('zeroes what it held of straddling pieces when it is closed', async () => {
    const reader = new PieceReader(ragged(pattern(10), [3]), 8);
    const held = await reader.read(8);
    expect([...held]).toEqual([...pattern(8)]);
    await reader.close();
    expect([...held]).toEqual(Array.from({ length: 8 }, () => 0));
  });

  it('closes a source that has nothing to let go of', async () => {
    const source: Iterable<Uint8Array> = {
      [Symbol.iterator]: () => ({ next: () => ({ done: true, value: undefined }) }),
    };
    await expect(new PieceReader(source, 4).close()).resolves.toBeUndefined();
  });
});

describe('closePieces', () => {
  it('lets go of a source', async () => {
    const { source, calls } = watched([]);
    await closePieces(source);
    expect(calls).toEqual(['next', 'return']);
  });

  it('does not mind a source that fails', async () => {
    const broken: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('connection lost')) }),
    };
    await expect(closePieces(broken)).resolves.toBeUndefined();
  });
});
