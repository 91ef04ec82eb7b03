import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RangeNotSatisfiableError } from '../../lambda/errors.ts';
import { parseRange } from '../../lambda/http/range.ts';

const SIZE = 1000;

describe('parseRange', () => {
  it.each<[string, number, number]>([
    ['bytes=0-0', 0, 0],
    ['bytes=0-499', 0, 499],
    ['bytes=500-999', 500, 999],
    ['bytes=999-999', 999, 999],
    ['bytes=500-', 500, 999],
    ['bytes=0-', 0, 999],
    ['bytes=-1', 999, 999],
    ['bytes=-500', 500, 999],
    ['bytes=-1000', 0, 999],
    ['  bytes=1-2 ', 1, 2],
    ['bytes=007-008', 7, 8],
  ])('reads %j', (header, first, last) => {
    expect(parseRange(header, SIZE)).toEqual({ first, last });
  });

  it.each<[string, number, number]>([
    ['bytes=0-1000', 0, 999],
    ['bytes=999-5000', 999, 999],
    ['bytes=0-999999999999999', 0, 999],
    ['bytes=-1001', 0, 999],
    ['bytes=-999999999999999', 0, 999],
  ])('clips %s to what there is', (header, first, last) => {
    expect(parseRange(header, SIZE)).toEqual({ first, last });
  });

  it.each([
    [undefined],
    [''],
    ['bytes'],
    ['bytes='],
    ['bytes=-'],
    ['bytes=a-b'],
    ['bytes=0x1-2'],
    ['bytes=1.5-2'],
    ['bytes=+1-2'],
    ['bytes=--1'],
    ['bytes=1-2-3'],
    ['bytes=1 - 2'],
    ['bytes=499-0'],
    ['bytes=2000-1000'],
    ['bytes=0-1,5-6'],
    ['bytes=0-1, 5-6'],
    ['items=0-1'],
    ['0-1'],
    ['bytes=0-1\nbytes=5-6'],
    ['bytes=\u0661-\u0662'],
    ['bytes=1000000000000000000-'],
  ])('gives the whole for %j, which is no single range of bytes', (header) => {
    expect(parseRange(header, SIZE)).toBeNull();
  });

  it.each<[string, number]>([
    ['bytes=1000-', SIZE],
    ['bytes=1000-1000', SIZE],
    ['bytes=5000-6000', SIZE],
    ['bytes=999999999999999-', SIZE],
    ['bytes=-0', SIZE],
    ['bytes=0-', 0],
    ['bytes=0-0', 0],
    ['bytes=-1', 0],
  ])('refuses %s of %d bytes, and tells how many there are', (header, size) => {
    expect(() => parseRange(header, size)).toThrow(RangeNotSatisfiableError);
    expect(() => parseRange(header, size)).toThrow(expect.objectContaining({ size }));
  });

  it('never reaches outside what there is, nor gives nothing', () => {
    const end = fc.option(fc.nat(40), { nil: '' });
    fc.assert(
      fc.property(end, end, fc.nat(40), (from, to, size) => {
        try {
          const part = parseRange(`bytes=${String(from)}-${String(to)}`, size);
          if (part === null) return;
          expect(part.first).toBeGreaterThanOrEqual(0);
          expect(part.last).toBeGreaterThanOrEqual(part.first);
          expect(part.last).toBeLessThan(size);
        } catch (error) {
          expect(error).toBeInstanceOf(RangeNotSatisfiableError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
