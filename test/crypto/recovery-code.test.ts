import { hkdfSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import {
  decodeRecoveryRecord,
  deriveRecoveryKey,
  encodeRecoveryRecord,
  formatRecoveryCode,
  parseRecoveryCode,
  RECOVERY_CODE_SIZE,
} from '../../lambda/crypto/recovery-code.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { ALICE, BOB, fixedRandom, flipped } from './helpers.ts';

const random = fixedRandom('recovery code');
const [CODE, SALT] = [random(RECOVERY_CODE_SIZE), random(32)];
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

const secret = (bytes: Uint8Array): SecretBytes => new SecretBytes(bytes.slice());
const bytesOf = (text: string): Buffer | null => {
  const code = parseRecoveryCode(text);
  return code === null ? null : Buffer.from(code.bytes);
};
const code = fc.uint8Array({ minLength: RECOVERY_CODE_SIZE, maxLength: RECOVERY_CODE_SIZE });

describe('a recovery code', () => {
  it('has eight groups of Crockford’s base 32, with the value modulo 37 behind them', () => {
    fc.assert(
      fc.property(code, (bytes) => {
        const text = formatRecoveryCode(secret(bytes));
        expect(text).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){7}[0-9A-HJKMNP-TV-Z]{4}[0-9A-HJKMNP-TV-Z*~$=U]$/);
        const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
        const spelt = Array.from(text.replaceAll('-', '').slice(0, 32)).reduce(
          (sum, digit) => sum * 32n + BigInt(DIGITS.indexOf(digit)),
          0n,
        );
        expect(spelt).toBe(value);
        expect(text.at(-1)).toBe(`${DIGITS}*~$=U`.charAt(Number(value % 37n)));
        expect(bytesOf(text)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('is read however it was typed', () => {
    const typed = fc.tuple(
      code,
      fc.infiniteStream(fc.constantFrom('', ' ', '-', '\u2013', '\u00a0', '\t')),
      fc.boolean(),
    );
    fc.assert(
      fc.property(typed, ([bytes, between, lower]) => {
        const text = formatRecoveryCode(secret(bytes)).replaceAll('-', '').replaceAll('0', 'O').replaceAll('1', 'L');
        const spaced = Array.from(text)
          .map((symbol) => `${String(between.next().value)}${symbol}`)
          .join('');
        expect(bytesOf(lower ? spaced.toLowerCase() : spaced)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('shows every mistyped character, and any two digits that changed places', () => {
    const text = formatRecoveryCode(secret(CODE)).replaceAll('-', '');
    const swapped = (a: number, b: number) => {
      const symbols = Array.from(text);
      [symbols[a], symbols[b]] = [symbols[b] ?? '', symbols[a] ?? ''];
      return symbols.join('');
    };
    for (let at = 0; at < 33; at++) {
      for (const symbol of DIGITS) {
        if (symbol !== text[at]) expect(parseRecoveryCode(text.slice(0, at) + symbol + text.slice(at + 1))).toBeNull();
      }
      for (let other = 0; at < 32 && other < at; other++) {
        if (text[at] !== text[other]) expect(parseRecoveryCode(swapped(at, other))).toBeNull();
      }
    }
  });

  it('has no letter U but for the check character, whatever that is', () => {
    const text = formatRecoveryCode(secret(CODE)).replaceAll('-', '');
    for (let at = 0; at < 32; at++) {
      for (const check of `${DIGITS}*~$=U`) {
        expect(parseRecoveryCode(`${text.slice(0, at)}U${text.slice(at + 1, 32)}${check}`)).toBeNull();
      }
    }
  });

  it('is refused at any other length', () => {
    const refusal = (what: string, size: number, due: number) =>
      new RangeError(`${what} has ${size} bytes, not ${due}`);
    expect(() => formatRecoveryCode(secret(random(19)))).toThrow(refusal('code', 19, 20));
    expect(() => deriveRecoveryKey(secret(random(21)), SALT, ALICE)).toThrow(refusal('code', 21, 20));
    expect(() => deriveRecoveryKey(secret(CODE), random(31), ALICE)).toThrow(refusal('salt', 31, 32));
  });
});

describe('a recovery key', () => {
  it('is derived as the format says, and for one account', () => {
    const key = (salt: Uint8Array, account = ALICE, from = CODE) =>
      Buffer.from(deriveRecoveryKey(secret(from), salt, account).bytes);
    const info = Buffer.concat([Buffer.from('twinlock/recovery/v1\0'), Uint8Array.of(0, 26), Buffer.from(ALICE)]);
    expect(key(SALT)).toEqual(Buffer.from(hkdfSync('sha512', CODE, SALT, info, 32)));
    expect(key(SALT, BOB)).not.toEqual(key(SALT));
    expect(key(flipped(SALT, 31))).not.toEqual(key(SALT));
    expect(key(SALT, ALICE, flipped(CODE, 19))).not.toEqual(key(SALT));
  });

  it('is kept with its time, and read from nothing but such bytes', () => {
    const createdAt = Number.MAX_SAFE_INTEGER;
    const bytes = encodeRecoveryRecord({ key: secret(SALT), createdAt });
    const read = decodeRecoveryRecord(bytes);
    expect([Buffer.from(read.key.bytes), read.createdAt]).toEqual([Buffer.from(SALT), createdAt]);
    for (const odd of [bytes.slice(0, -1), Uint8Array.of(...bytes, 0), flipped(bytes, 33, 5), new Uint8Array(0)]) {
      expect(() => decodeRecoveryRecord(odd)).toThrow(new IntegrityError('recovery'));
    }
  });
});
