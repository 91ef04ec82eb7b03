import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import bcrypt from 'bcryptjs';
import fc from 'fast-check';
import { emailMessage, pepperMessage, prehash, preparePassword } from '../../lambda/crypto/password.ts';
import { InvalidRequestError } from '../../lambda/errors.ts';
import { ALICE, fixedRandom } from './helpers.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const PRE_SALT = fixedRandom('pre-salt')(32);
const CONTROLS = 'must not hold control characters';
const LONG = 'must have at most 1024 bytes in UTF-8';

describe('preparePassword', () => {
  it.each([
    ['keeps case and outer spaces', ' Mixed Case ', ' Mixed Case '],
    ['turns a no-break space into a space', 'a\u00a0b', 'a b'],
    ['turns an ideographic space into a space', 'a\u3000b', 'a b'],
    ['composes', 'e\u0301', '\u00e9'],
    ['orders marks canonically', 'q\u0307\u0323', 'q\u0323\u0307'],
    ['keeps compatibility characters', '\ufb01', '\ufb01'],
    ['keeps a joiner', 'a\u200db', 'a\u200db'],
    ['keeps an astral character', '\u{1f512}', '\u{1f512}'],
    ['takes 1,024 bytes', 'a'.repeat(1024), 'a'.repeat(1024)],
    ['takes what grows under NFC', '\u0958'.repeat(341), '\u0915\u093c'.repeat(341)],
  ])('%s', (_name, password, expected) => {
    expect(text(preparePassword(password))).toBe(expected);
  });

  it.each([
    ['an empty one', '', 'must not be empty'],
    ['NUL', 'correct horse\0battery', CONTROLS],
    ['a tab', 'correct horse\tbattery', CONTROLS],
    ['DEL', 'correct horse\u007fbattery', CONTROLS],
    ['a C1 control', 'correct horse\u0085battery', CONTROLS],
    ['a lone high surrogate', 'correct horse\ud83d battery', 'must be well-formed Unicode'],
    ['a lone low surrogate', 'correct horse\udd12 battery', 'must be well-formed Unicode'],
    ['1,025 bytes', 'a'.repeat(1025), LONG],
    ['513 characters of two bytes', '\u00e9'.repeat(513), LONG],
    ['1,025 bytes that NFC would bring under the bound', 'e\u0301'.repeat(342), LONG],
  ])('refuses %s, and says why without the value', (_name, password, reason) => {
    let error: unknown;
    try {
      preparePassword(password, '/newPassword');
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(InvalidRequestError);
    const { issues, message, code } = error as InvalidRequestError;
    expect(code).toBe('invalid_request');
    expect(issues).toEqual([{ path: '/newPassword', message: reason }]);
    if (password !== '') expect(JSON.stringify(issues) + message).not.toContain(password.slice(0, 10));
  });

  it('points at /password by default', () => {
    expect(() => preparePassword('')).toThrow(
      expect.objectContaining({ issues: [{ path: '/password', message: 'must not be empty' }] }),
    );
  });

  it('gives bytes that, prepared again, stay as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (password) => {
        fc.pre(!/\p{Cc}/u.test(password));
        const once = preparePassword(password);
        expect(preparePassword(text(once))).toEqual(once);
      }),
    );
  });
});

describe('prehash', () => {
  it('is the base64 of the HMAC-SHA-384 that is written down', () => {
    const expected = createHmac('sha384', PRE_SALT).update('twinlock/password/v1\0correct horse').digest('base64');
    expect(prehash(preparePassword('correct horse'), PRE_SALT)).toBe(expected);
  });

  it('is 64 ASCII characters that bcrypt takes whole, whatever the password', () => {
    for (const password of ['a', '\u{1f512}'.repeat(256)]) {
      expect(prehash(preparePassword(password), PRE_SALT)).toMatch(/^[A-Za-z0-9+/]{64}$/);
    }
  });

  it('tells apart passwords that bcrypt alone would not: 72 bytes and 73', () => {
    const [short, long] = ['p'.repeat(72), 'p'.repeat(73)] as const;
    const salt = `$2b$10$${bcrypt.encodeBase64(fixedRandom('bcrypt salt')(16), 16)}`;
    expect(bcrypt.hashSync(short, salt)).toBe(bcrypt.hashSync(long, salt));

    const [a, b] = [short, long].map((password) => prehash(preparePassword(password), PRE_SALT));
    expect(a).not.toBe(b);
    const [tailA, tailB] = [a, b].map((value) => bcrypt.hashSync(value ?? '', salt).slice(29));
    expect(tailA).toHaveLength(31);
    expect(tailA).not.toBe(tailB);
  });

  it('depends on the salt, and refuses one of another length', () => {
    const bytes = preparePassword('correct horse');
    expect(prehash(bytes, PRE_SALT)).not.toBe(prehash(bytes, fixedRandom('other')(32)));
    expect(() => prehash(bytes, new Uint8Array(16))).toThrow(new RangeError('preSalt has 16 bytes, not 32'));
  });
});

describe('messages to the KMS mac key', () => {
  it('have the written layouts, which no two purposes share', () => {
    const tail = Buffer.from('abcdefghijklmnopqrstuvwxyz01234');
    expect(text(pepperMessage(ALICE, tail))).toBe(`twinlock/pepper/v1\0\0\x1a${ALICE}${tail.toString()}`);
    expect(text(emailMessage('ada@example.com'))).toBe('twinlock/email/v1\0ada@example.com');
  });

  it('refuses a bcrypt tail of another length', () => {
    expect(() => pepperMessage(ALICE, new Uint8Array(30))).toThrow(new RangeError('bcryptTail has 30 bytes, not 31'));
  });
});
