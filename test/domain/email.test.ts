import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEmail, normaliseEmail } from '../../lambda/domain/email.ts';

describe('normaliseEmail', () => {
  it.each([
    ['trims and lowers the case', '  Ada.Lovelace@Example.COM\n', 'ada.lovelace@example.com'],
    ['keeps dots and plus tags', 'a.d.a+vault@example.com', 'a.d.a+vault@example.com'],
    ['writes a domain in A-labels', 'ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['takes a domain in A-labels as it is', 'ada@xn--bcher-kva.example', 'ada@xn--bcher-kva.example'],
    ['takes the ideographic full stop for a dot', 'ada@example。com', 'ada@example.com'],
    ['keeps sharp s in a domain apart from ss', 'ada@fass.example', 'ada@fass.example'],
    ['composes what was sent decomposed', 'zoe\u0308@example.com', 'zo\u00eb@example.com'],
    ['lowers a dotted capital I without a locale', '\u0130da@example.com', 'i\u0307da@example.com'],
    ['lowers a plain capital I without a locale', 'IDA@example.com', 'ida@example.com'],
    ['takes what RFC 5322 calls an atom', "!#$%&'*+-/=?^_`{|}~@example.com", "!#$%&'*+-/=?^_`{|}~@example.com"],
    ['takes a local part of 64 bytes', `${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%s', (_, sent, normalised) => {
    expect(normaliseEmail(sent)).toBe(normalised);
  });

  it('keeps letters apart that only look alike', () => {
    const latin = normaliseEmail('pay@example.com');
    const cyrillic = normaliseEmail('р\u0430у@example.com');
    expect(cyrillic).not.toBeNull();
    expect(cyrillic).not.toBe(latin);
    expect(normaliseEmail('ada@fa\u00df.example')).not.toBe(normaliseEmail('ada@fass.example'));
  });

  it.each([
    ['without an @', 'ada.example.com'],
    ['with two', 'ada@home@example.com'],
    ['without a local part', '@example.com'],
    ['without a domain', 'ada@'],
    ['with a domain of one label', 'ada@localhost'],
    ['with an address for a domain', 'ada@127.0.0.1'],
    ['with an address in brackets for a domain', 'ada@[127.0.0.1]'],
    ['with a port', 'ada@example.com:25'],
    ['with a path', 'ada@example.com/x'],
    ['with a path after a backslash', 'ada@example.com\\x'],
    ['with a full-width path', 'ada@example.com\uff0fx'],
    ['with a query', 'ada@example.com?x'],
    ['with a fragment', 'ada@example.com#x'],
    ['with a user before the host', 'ada@x\uff20example.com'],
    ['with an escape in the domain', 'ada@ex%61mple.com'],
    ['with a tab in the domain', 'ada@exam\tple.com'],
    ['with a line break in the domain', 'ada@exam\nple.com'],
    ['with a space in the local part', 'a da@example.com'],
    ['with a no-break space in the local part', 'a\u00a0da@example.com'],
    ['with a control character in the local part', 'a\u0000da@example.com'],
    ['with an invisible character in the local part', 'a\u200bda@example.com'],
    ['with a lone surrogate in the local part', 'a\ud800da@example.com'],
    ['with a lone surrogate in the domain', 'ada@ex\ud800ample.com'],
    ['in quotes', '"ada"@example.com'],
    ['with a display name', 'Ada <ada@example.com>'],
    ['with a dot at the start', '.ada@example.com'],
    ['with a dot before the @', 'ada.@example.com'],
    ['with two dots together', 'a..da@example.com'],
    ['with an empty label', 'ada@example..com'],
    ['with a dot at the end', 'ada@example.com.'],
    ['with an underscore in the domain', 'ada@ex_ample.com'],
    ['with a local part of 65 bytes', `${'a'.repeat(65)}@example.com`],
    ['with a local part of 65 bytes in 33 characters', `${'ä'.repeat(32)}a@example.com`],
    ['with more than 254 bytes', `ada@${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`],
    ['of a megabyte', 'a'.repeat(1_000_000)],
    ['that is empty', ''],
  ])('finds no address in a text %s', (_, text) => {
    expect(normaliseEmail(text)).toBeNull();
  });

  it('gives a spelling that stays as it is, whatever was sent', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const address = fc.oneof(
      fc.tuple(part, part).map(([local, domain]) => `${local}@${domain}.example`),
      fc.tuple(fc.emailAddress(), part).map(([email, more]) => more.toUpperCase() + email),
    );
    fc.assert(
      fc.property(address, (text) => {
        const once = normaliseEmail(text);
        fc.pre(once !== null);
        expect(normaliseEmail(once)).toBe(once);
      }),
    );
  });
});

describe('isEmail', () => {
  it('takes an address in whatever case, but not with spaces around it', () => {
    expect(isEmail('Ada@Example.com')).toBe(true);
    expect(isEmail(' ada@example.com')).toBe(false);
  });
});
