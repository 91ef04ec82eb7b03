import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
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
    expect(text(preparePassword(password, 'plain').bytes)).toBe(expected);
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
      preparePassword(password, undefined, '/newPassword');
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
    expect(() => preparePassword('', 'plain')).toThrow(
      expect.objectContaining({ issues: [{ path: '/password', message: 'must not be empty' }] }),
    );
  });

  it('gives bytes that, prepared again, stay as they are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), (password) => {
        fc.pre(!/\p{Cc}/u.test(password));
        const once = text(preparePassword(password, 'plain').bytes);
        expect(text(preparePassword(once, 'plain').bytes)).toBe(once);
      }),
    );
  });
});

describe('a stretched password', () => {
  const SECRET = fixedRandom('stretched')(32);
  const TEXT = Buffer.from(SECRET).toString('base64url');
  const FORM = 'must be 32 derived bytes in base64url: 43 characters without padding';

  it('is its 43 characters as they are, whatever stood for them', () => {
    const prepared = preparePassword(TEXT, 'stretched-v1');
    expect([prepared.kind, text(prepared.bytes)]).toEqual(['stretched-v1', TEXT]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        fc.pre(bytes.some((byte) => byte !== bytes[0]));
        const sent = Buffer.from(bytes).toString('base64url');
        expect(text(preparePassword(sent, 'stretched-v1').bytes)).toBe(sent);
      }),
    );
  });

  it('has one spelling of the four that decode to the same bytes', () => {
    const last = TEXT.slice(-1);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const spellings = Array.from(alphabet, (character) => TEXT.slice(0, -1) + character).filter((spelling) =>
      Buffer.from(spelling, 'base64url').equals(SECRET),
    );
    expect(spellings).toHaveLength(4);
    const taken = spellings.filter((spelling) => {
      try {
        return preparePassword(spelling, 'stretched-v1').kind === 'stretched-v1';
      } catch {
        return false;
      }
    });
    expect(taken).toEqual([TEXT.slice(0, -1) + last]);
  });

  it.each([
    ['an empty one', '', FORM],
    ['one as it was typed', 'correct horse battery staple', FORM],
    ['42 characters', TEXT.slice(1), FORM],
    ['44 characters', `${TEXT}A`, FORM],
    ['a line end', `${TEXT}\n`, FORM],
    ['padding', `${TEXT}=`, FORM],
    ['the alphabet of base64', `/${TEXT.slice(1)}`, FORM],
    ['what a no-break space would become', `\u00a0${TEXT.slice(1)}`, FORM],
    ['32 zeros', 'A'.repeat(43), 'must be derived: all of its bytes are the same'],
    ['32 times 0x55', Buffer.alloc(32, 0x55).toString('base64url'), 'must be derived: all of its bytes are the same'],
  ])('refuses %s at its field, without the value', (_name, password, reason) => {
    expect(() => preparePassword(password, 'stretched-v1', '/currentPassword')).toThrow(
      expect.objectContaining({ code: 'invalid_request', issues: [{ path: '/currentPassword', message: reason }] }),
    );
  });

  it('is none of the plain kind, which takes the same characters', () => {
    expect(preparePassword(TEXT, undefined).kind).toBe('plain');
    expect(text(preparePassword(TEXT, 'plain').bytes)).toBe(TEXT);
  });
});

describe('PreparedPassword', () => {
  it.each(['plain', 'stretched-v1'] as const)('is zeroed by wiping, and used no more: %s', (kind) => {
    const prepared = preparePassword('Pi84rB0tSyj_w8PklgPDKaiQOIK6CnW40cKQ3yMcwKY', kind);
    const { bytes } = prepared;
    prepared.wipe();
    prepared.wipe();
    expect(bytes.every((byte) => byte === 0)).toBe(true);
    expect(() => prehash(prepared, PRE_SALT)).toThrow('a secret was used after it was wiped');
  });

  it('does not become text', () => {
    const prepared = preparePassword('correct horse', 'plain');
    expect(() => JSON.stringify({ prepared })).toThrow(new TypeError('a password has no JSON'));
    expect(inspect(prepared, { depth: 9, showHidden: true })).not.toMatch(/99, ?111|correct/);
  });
});

describe('prehash', () => {
  it('is the base64 of the HMAC-SHA-384 that is written down', () => {
    const expected = createHmac('sha384', PRE_SALT).update('twinlock/password/v1\0correct horse').digest('base64');
    expect(prehash(preparePassword('correct horse', 'plain'), PRE_SALT)).toBe(expected);
  });

  it('begins with another label for a stretched password, so that the same characters give another hash', () => {
    const sent = 'Pi84rB0tSyj_w8PklgPDKaiQOIK6CnW40cKQ3yMcwKY';
    const labelled = (label: string) => createHmac('sha384', PRE_SALT).update(`${label}\0${sent}`).digest('base64');
    expect(prehash(preparePassword(sent, 'stretched-v1'), PRE_SALT)).toBe(labelled('twinlock/password/stretched-v1'));
    expect(prehash(preparePassword(sent, 'plain'), PRE_SALT)).toBe(labelled('twinlock/password/v1'));
  });

  it('is 64 ASCII characters that bcrypt takes whole, whatever the password', () => {
    for (const password of ['a', '\u{1f512}'.repeat(256)]) {
      expect(prehash(preparePassword(password, 'plain'), PRE_SALT)).toMatch(/^[A-Za-z0-9+/]{64}$/);
    }
  });

  it('tells apart passwords that bcrypt alone would not: 72 bytes and 73', () => {
    const [short, long] = ['p'.repeat(72), 'p'.repeat(73)] as const;
    const salt = `$2b$10$${bcrypt.encodeBase64(fixedRandom('bcrypt salt')(16), 16)}`;
    expect(bcrypt.hashSync(short, salt)).toBe(bcrypt.hashSync(long, salt));

    const [a, b] = [short, long].map((password) => prehash(preparePassword(password, 'plain'), PRE_SALT));
    expect(a).not.toBe(b);
    const [tailA, tailB] = [a, b].map((value) => bcrypt.hashSync(value ?? '', salt).slice(29));
    expect(tailA).toHaveLength(31);
    expect(tailA).not.toBe(tailB);
  });

  it('depends on the salt, and refuses one of another length', () => {
    const bytes = preparePassword('correct horse', 'plain');
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
