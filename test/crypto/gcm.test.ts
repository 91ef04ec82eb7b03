import { describe, expect, it } from '@jest/globals';
import { gcmOpen, gcmSeal } from '../../lambda/crypto/gcm.ts';
import { fixedRandom, flipped, pattern } from './helpers.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');

/** Test cases 4 and 16 of McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", appendix B. */
const NONCE = bytes('cafebabefacedbaddecaf888');
const AAD = bytes('feedfacedeadbeeffeedfacedeadbeefabaddad2');
const PLAINTEXT = bytes(
  'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
);
const CASES = [
  {
    name: 'AES-128',
    key: bytes('feffe9928665731c6d6a8f9467308308'),
    ciphertext:
      '42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091',
    tag: '5bc94fbc3221a5db94fae95ae7121a47',
  },
  {
    name: 'AES-256',
    key: bytes('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308'),
    ciphertext:
      '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662',
    tag: '76fc6ece0f4e1768cddf8853bb2d551b',
  },
];

describe.each(CASES)('$name-GCM', ({ key, ciphertext, tag }) => {
  const sealed = { ciphertext: bytes(ciphertext), tag: bytes(tag) };

  it('gives the ciphertext and the tag of the published test case', () => {
    const made = gcmSeal(key, NONCE, PLAINTEXT, AAD);
    expect([hex(made.ciphertext), hex(made.tag)]).toEqual([ciphertext, tag]);
  });

  it('opens them', () => {
    expect(hex(gcmOpen(key, NONCE, sealed, AAD) ?? new Uint8Array(0))).toBe(hex(PLAINTEXT));
  });

  it.each([
    ['key', () => gcmOpen(flipped(key, 0), NONCE, sealed, AAD)],
    ['nonce', () => gcmOpen(key, flipped(NONCE, 11), sealed, AAD)],
    ['ciphertext', () => gcmOpen(key, NONCE, { ...sealed, ciphertext: flipped(sealed.ciphertext, 59) }, AAD)],
    ['tag', () => gcmOpen(key, NONCE, { ...sealed, tag: flipped(sealed.tag, 15) }, AAD)],
    ['additional data', () => gcmOpen(key, NONCE, sealed, flipped(AAD, 0))],
    ['additional data, for none', () => gcmOpen(key, NONCE, sealed)],
  ])('gives nothing for another %s', (_name, open) => {
    expect(open()).toBeNull();
  });

  it.each([0, 4, 8, 12, 15, 17])('gives nothing for a tag of %i bytes', (size) => {
    const cut = Buffer.concat([sealed.tag, bytes('00')]).subarray(0, size);
    expect(gcmOpen(key, NONCE, { ...sealed, tag: cut }, AAD)).toBeNull();
  });

  it('takes no additional data for empty ones', () => {
    const { ciphertext: plain, tag: without } = gcmSeal(key, NONCE, PLAINTEXT);
    expect(hex(without)).toBe(hex(gcmSeal(key, NONCE, PLAINTEXT, new Uint8Array(0)).tag));
    expect(gcmOpen(key, NONCE, { ciphertext: plain, tag: without }, new Uint8Array(0))).not.toBeNull();
  });

  it.each([0, 11, 13, 16])('refuses a nonce of %i bytes, both ways', (size) => {
    const nonce = fixedRandom('nonce')(size);
    const message = `nonce has ${size} bytes, not 12`;
    expect(() => gcmSeal(key, nonce, PLAINTEXT)).toThrow(new RangeError(message));
    expect(() => gcmOpen(key, nonce, sealed)).toThrow(new RangeError(message));
  });
});

describe('AES-GCM', () => {
  it.each([0, 15, 17, 24, 31, 33])('refuses a key of %i bytes, both ways', (size) => {
    const message = `key has ${size} bytes, not 16 or 32`;
    const sealed = { ciphertext: pattern(5), tag: pattern(16) };
    expect(() => gcmSeal(pattern(size), NONCE, PLAINTEXT)).toThrow(new RangeError(message));
    expect(() => gcmOpen(pattern(size), NONCE, sealed)).toThrow(new RangeError(message));
  });
});
