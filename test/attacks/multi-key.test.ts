import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { forThreeKeys, type GcmKey, openRaw } from './multi-key.ts';

const keysOf = (size: 16 | 32, aad: Uint8Array): [GcmKey, GcmKey, GcmKey] => {
  const one = () => ({ key: randomBytes(size), nonce: randomBytes(12), aad });
  return [one(), one(), one()];
};

describe('a ciphertext for three keys', () => {
  const cases = [16, 32].flatMap((size) => [0, 20, 32, 147].map((aad) => [size, aad] as const));

  it.each(cases)('opens raw under all three, of %i bytes, with %i bytes of associated data', (size, length) => {
    const aad = randomBytes(length);
    for (const tag of [null, randomBytes(16)]) {
      const keys = keysOf(size as 16 | 32, aad);
      const made = forThreeKeys(keys, tag);
      const opened = keys.map((key) => openRaw(key, made).toString('hex'));
      expect(new Set(opened).size).toBe(3);
      expect(made.ciphertext).toHaveLength(tag === null ? 32 : 48);
      if (tag !== null) expect(made.tag).toEqual(tag);
    }
  });

  it('opens under no fourth, and not with other associated data', () => {
    const keys = keysOf(32, randomBytes(20));
    const made = forThreeKeys(keys, null);
    const [fourth] = keysOf(32, keys[0].aad);
    expect(() => openRaw(fourth, made)).toThrow();
    expect(() => openRaw({ ...keys[0], aad: randomBytes(20) }, made)).toThrow();
  });
});
