import { createHmac, hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { hkdf, hkdfExpand } from '../../lambda/crypto/hkdf.ts';
import { fixedRandom } from './helpers.ts';

const random = fixedRandom('hkdf');
const [IKM, SALT, INFO] = [random(32), random(32), random(40)];
const LONGEST = 255 * 64;

describe('HKDF-SHA-512', () => {
  it.each([1, 63, 64, 65, 128, 129, LONGEST])('gives %i bytes: those of the runtime', (length) => {
    expect(Buffer.from(hkdf(IKM, SALT, INFO, length))).toEqual(
      Buffer.from(hkdfSync('sha512', IKM, SALT, INFO, length)),
    );
  });

  it.each([1, 63, 64, 65, 128, 129, LONGEST])('expands alone to %i bytes, as behind an extraction', (length) => {
    const prk = createHmac('sha512', SALT).update(IKM).digest();
    expect(Buffer.from(hkdfExpand(prk, INFO, length))).toEqual(Buffer.from(hkdf(IKM, SALT, INFO, length)));
  });

  it.each([-1, 0, LONGEST + 1])('refuses to expand to %i bytes', (length) => {
    expect(() => hkdfExpand(IKM, INFO, length)).toThrow(new RangeError(`${length} bytes are not 1 to 16320`));
  });

  it.each([1, 16, 127, 128])('expands a key of %i bytes as an HMAC of the runtime does', (size) => {
    const prk = random(size);
    const block = (...parts: Uint8Array[]) => createHmac('sha512', prk).update(Buffer.concat(parts)).digest();
    const first = block(INFO, Uint8Array.of(1));
    const both = Buffer.concat([first, block(first, INFO, Uint8Array.of(2))]);
    expect(Buffer.from(hkdfExpand(prk, INFO, 100))).toEqual(both.subarray(0, 100));
  });

  it('refuses to expand a key of more than 128 bytes', () => {
    expect(() => hkdfExpand(new Uint8Array(129), INFO, 32)).toThrow(
      new RangeError('key has 129 bytes, not at most 128'),
    );
  });

  it('leaves key, salt and info as they were', () => {
    const before = [IKM, SALT, INFO].map((bytes) => Buffer.from(bytes).toString('hex'));
    hkdf(IKM, SALT, INFO, 100);
    hkdfExpand(IKM, INFO, 100);
    expect([IKM, SALT, INFO].map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual(before);
  });
});
