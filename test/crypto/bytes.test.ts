import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { concat, equal, field, fields, n8, n32, n64, SecretBytes, utf8, wipe } from '../../lambda/crypto/bytes.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('bytes', () => {
  it.each([
    [n8(0), '00'],
    [n8(255), 'ff'],
    [n32(1), '00000001'],
    [n32(0xffff_ffff), 'ffffffff'],
    [n64(258), '0000000000000102'],
    [n64(Number.MAX_SAFE_INTEGER), '001fffffffffffff'],
    [field(''), '0000'],
    [field('é'), '0002c3a9'],
    [field(Uint8Array.of(1, 2, 3)), '0003010203'],
    [concat(n8(1), n8(2), new Uint8Array(0)), '0102'],
    [fields(), ''],
    [fields('', 'é', 'ab'), '00000002c3a900026162'],
  ])('writes numbers big-endian and fields behind their length (%#)', (bytes, expected) => {
    expect(hex(bytes)).toBe(expected);
  });

  it.each([
    ['n8 of 256', () => n8(256), '256 is no unsigned integer of 1 bytes'],
    ['n8 of -1', () => n8(-1), '-1 is no unsigned integer of 1 bytes'],
    ['n8 of 1.5', () => n8(1.5), '1.5 is no unsigned integer of 1 bytes'],
    ['n32 of 2^32', () => n32(2 ** 32), '4294967296 is no unsigned integer of 4 bytes'],
    ['n64 of 2^53', () => n64(2 ** 53), '9007199254740992 is no unsigned integer of 8 bytes'],
    ['n64 of NaN', () => n64(Number.NaN), 'NaN is no unsigned integer of 8 bytes'],
    ['a field of 65,536 bytes', () => field(new Uint8Array(65_536)), '65536 is no unsigned integer of 2 bytes'],
    ['a lone surrogate', () => utf8('a\ud800'), 'text has a lone surrogate'],
    ['a lone surrogate among fields', () => fields('a', 'b\udc00'), 'text has a lone surrogate'],
    ['fields with one of 65,536 bytes', () => fields('a'.repeat(65_536)), '65536 is no unsigned integer of 2 bytes'],
  ])('refuses %s, and says what of it', (_name, make, message) => {
    expect(make).toThrow(new RangeError(message));
  });

  it('takes a field of 65,535 bytes', () => {
    expect(field(new Uint8Array(65_535)).length).toBe(65_537);
  });

  it.each([
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[1, 2], [1], false],
    [[], [], true],
  ])('compares %j and %j', (a, b, expected) => {
    expect(equal(Uint8Array.from(a), Uint8Array.from(b))).toBe(expected);
  });

  it('zeroes every buffer', () => {
    const [a, b] = [Uint8Array.of(1, 2), Uint8Array.of(3)];
    wipe(a, b);
    expect([...a, ...b]).toEqual([0, 0, 0]);
  });
});

describe('SecretBytes', () => {
  it('refuses to become JSON, text or a log line', () => {
    const secret = new SecretBytes(Uint8Array.of(77, 78));
    expect(() => JSON.stringify({ deep: [secret] })).toThrow(new TypeError('a secret has no JSON'));
    expect(() => String(secret)).toThrow(new TypeError('a secret is no text'));
    expect(() => ['key: ', secret].join('')).toThrow(new TypeError('a secret is no text'));
    expect(inspect({ deep: { secret } })).toBe('{ deep: { secret: [secret] } }');
    expect(Object.keys(secret)).toEqual([]);
  });

  it.each([
    ['wiped', (secret: SecretBytes) => secret.wipe()],
    [
      'wiped again',
      (secret: SecretBytes) => {
        secret.wipe();
        secret.wipe();
      },
    ],
    ['disposed of', (secret: SecretBytes) => secret[Symbol.dispose]()],
  ])('zeroes the bytes it took over and refuses use once it was %s', (_name, act) => {
    const bytes = Uint8Array.of(1, 2, 3);
    const secret = new SecretBytes(bytes);
    expect(secret.bytes).toBe(bytes);
    act(secret);
    expect([...bytes]).toEqual([0, 0, 0]);
    expect(() => secret.bytes).toThrow('wiped');
  });
});
