import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccountId,
  type ItemId,
  idBytes,
  idFromBytes,
  idTime,
  isUlid,
  newId,
  parseId,
} from '../../lambda/domain/ids.ts';

/** The latest time that 48 bits hold: 10889-08-02. */
const LAST_TIME = 2 ** 48 - 1;

const times = fc.integer({ min: 0, max: LAST_TIME });
const randoms = fc.uint8Array({ minLength: 10, maxLength: 10 });

function filled(byte: number): Uint8Array {
  return new Uint8Array(10).fill(byte);
}

describe('a ULID', () => {
  it.each([
    // github.com/ulid/spec: the example of the README, and the bounds of the string representation.
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['00000000000000000000000000'],
    ['7ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
  ])('is %s', (text) => {
    expect(isUlid(text)).toBe(true);
    expect(parseId<ItemId>(text)).toBe(text);
  });

  it.each([
    ['nothing', ''],
    ['25 characters', '01ARZ3NDEKTSV4RRFFQ69G5FA'],
    ['27 characters', '01ARZ3NDEKTSV4RRFFQ69G5FAV0'],
    ['more than 128 bits', '80000000000000000000000000'],
    ['more than 128 bits, at most', 'ZZZZZZZZZZZZZZZZZZZZZZZZZZ'],
    ['lower case', '01arz3ndektsv4rrffq69g5fav'],
    ['an I', '01ARZ3NDEKTSV4RRFFQ69G5FAI'],
    ['an L', '01ARZ3NDEKTSV4RRFFQ69G5FAL'],
    ['an O', '01ARZ3NDEKTSV4RRFFQ69G5FAO'],
    ['a U', '01ARZ3NDEKTSV4RRFFQ69G5FAU'],
    ['a hyphen', '01ARZ3NDEK-SV4RRFFQ69G5FAV'],
    ['a space before', ' 01ARZ3NDEKTSV4RRFFQ69G5FA'],
    ['a line break behind', '01ARZ3NDEKTSV4RRFFQ69G5FAV\n'],
    ['a letter that only looks alike', '01ARZ3NDEKTSV4RRFFQ69G5F\u0410V'],
    ['a digit of another script', '\u06601ARZ3NDEKTSV4RRFFQ69G5FAV'],
    ['a UUID', '01563e3a-b5d3-d676-4c61-efb99302bd5b'],
  ])('is not %s', (_, text) => {
    expect(isUlid(text)).toBe(false);
    expect(parseId<ItemId>(text)).toBeNull();
  });
});

describe('newId', () => {
  it.each([
    // 01ARYZ6S41 is what the specification's implementation gives for this time.
    [1_469_918_176_385, 0x00, '01ARYZ6S410000000000000000'],
    [1_469_918_176_385, 0xff, '01ARYZ6S41ZZZZZZZZZZZZZZZZ'],
    [0, 0x00, '00000000000000000000000000'],
    [LAST_TIME, 0xff, '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'],
  ])('spells time %d and bytes of %d as %s', (time, byte, text) => {
    expect(newId<AccountId>(time, filled(byte))).toBe(text);
  });

  it('puts the random bytes behind the time, big-endian', () => {
    const random = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    expect(idBytes(newId<ItemId>(0x010203040506, random))).toEqual(
      Uint8Array.of(1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10),
    );
  });

  it('gives canonical ids that keep their time and their bytes', () => {
    fc.assert(
      fc.property(times, randoms, (time, random) => {
        const id = newId<ItemId>(time, random);
        expect(isUlid(id)).toBe(true);
        expect(idTime(id)).toBe(time);
        expect(idBytes(id).subarray(6)).toEqual(random);
      }),
    );
  });

  it('gives ids that sort by their time', () => {
    fc.assert(
      fc.property(times, times, randoms, randoms, (one, other, random, another) => {
        fc.pre(one !== other);
        expect(newId<ItemId>(one, random) < newId<ItemId>(other, another)).toBe(one < other);
      }),
    );
  });

  it.each([LAST_TIME + 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %d, a time that 48 bits do not hold',
    (time) => {
      expect(() => newId<ItemId>(time, filled(0))).toThrow(RangeError);
    },
  );

  it.each([0, 9, 11, 16])('refuses %d random bytes, and says how many they are', (length) => {
    expect(() => newId<ItemId>(0, new Uint8Array(length))).toThrow(
      new RangeError(`random has ${length} bytes, not 10`),
    );
  });
});

describe('the bytes of an id', () => {
  it('give it back, all 128 bits of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        const id = idFromBytes<ItemId>(bytes);
        expect(isUlid(id)).toBe(true);
        expect(idBytes(id)).toEqual(bytes);
      }),
    );
  });

  it.each([0, 15, 17])('are 16, not %d', (length) => {
    expect(() => idFromBytes<ItemId>(new Uint8Array(length))).toThrow(new RangeError(`id has ${length} bytes, not 16`));
  });
});
