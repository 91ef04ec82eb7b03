import { describe, expect, it } from '@jest/globals';
import { hashed } from '../../lambda/archive/hashed.ts';

/** SHA-256 of `abc` (FIPS 180-2 B.1), and of nothing. */
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** A source that is no generator, so that it tells every call that reaches it. */
function source(
  ...pieces: readonly (string | Error)[]
): AsyncIterableIterator<Uint8Array> & { readonly calls: string[] } {
  const left = [...pieces];
  const calls: string[] = [];
  const body = {
    calls,
    next(): Promise<IteratorResult<Uint8Array, undefined>> {
      calls.push('next');
      const piece = left.shift();
      if (piece instanceof Error) return Promise.reject(piece);
      return Promise.resolve(
        piece === undefined ? { done: true, value: undefined } : { done: false, value: Buffer.from(piece) },
      );
    },
    return(): Promise<IteratorResult<Uint8Array, undefined>> {
      calls.push('return');
      left.length = 0;
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncIterator]: () => body,
  };
  return body;
}

async function all(body: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return pieces;
}

describe('hashed', () => {
  it.each([
    [['abc'], { sha256: ABC, size: 3 }],
    [['a', '', 'bc'], { sha256: ABC, size: 3 }],
    [[], { sha256: NOTHING, size: 0 }],
  ])('passes %j on and knows its sum and size', async (pieces, digest) => {
    const taken = hashed(source(...pieces));
    expect(await all(taken.body)).toEqual(pieces.map((piece) => Buffer.from(piece)));
    expect(taken.digest()).toEqual(digest);
    expect(taken.digest()).toEqual(digest);
  });

  it('reads no piece ahead', async () => {
    const from = source('a', 'b');
    const { body } = hashed(from);
    expect(from.calls).toEqual([]);
    await body.next();
    expect(from.calls).toEqual(['next']);
  });

  it('has no digest before the end, though the last piece was read', async () => {
    const taken = hashed(source('abc'));
    expect(() => taken.digest()).toThrow('not read to its end');
    await taken.body.next();
    expect(() => taken.digest()).toThrow('not read to its end');
    await taken.body.next();
    expect(taken.digest()).toEqual({ sha256: ABC, size: 3 });
  });

  it('has no digest of a body that failed, also when what comes then reads like an end', async () => {
    const taken = hashed(source('a', new Error('damaged')));
    await taken.body.next();
    await expect(taken.body.next()).rejects.toThrow('damaged');
    expect(await taken.body.next()).toEqual({ done: true, value: undefined });
    expect(() => taken.digest()).toThrow('not read to its end');
  });

  it.each([0, 1])('closes its source, and has no digest, when it is left after %i pieces', async (count) => {
    const from = source('a', 'b');
    const taken = hashed(from);
    for (let read = 0; read < count; read++) await taken.body.next();
    await taken.body.return?.();
    expect(from.calls.at(-1)).toBe('return');
    await taken.body.next();
    expect(() => taken.digest()).toThrow('not read to its end');
  });

  it('keeps its digest when it is closed after the end', async () => {
    const taken = hashed(source('abc'));
    await all(taken.body);
    await taken.body.return?.();
    expect(taken.digest()).toEqual({ sha256: ABC, size: 3 });
  });
});
