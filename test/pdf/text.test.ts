import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clusters, pieces, visible, wrap } from '../../lambda/pdf/text.ts';

describe('visible text', () => {
  it.each([
    ['composes marks', 'Nguye\u0302\u0303n', 'Nguyễn'],
    ['makes every line break a line feed', 'a\r\nb\rc\u2028d\u0085e', 'a\nb\nc\nd\ne'],
    ['sets tabs as spaces', 'a\tb', 'a    b'],
    ['drops control characters', 'a\u0000\u001b\u007fb', 'ab'],
    ['drops what has no width', 'a\u200b\u200d\ufeff\u00adb\ufe0f', 'ab'],
    ['drops what would turn the direction', '\u202egnp.exe\u202c', 'gnp.exe'],
    ['keeps a no-break space', 'a\u00a0b', 'a\u00a0b'],
  ])('%s', (_what, text, expected) => {
    expect(visible(text)).toBe(expected);
  });
});

describe('line breaking', () => {
  const tenths = (text: string) => clusters(text).length * 10;

  it.each([
    ['after spaces', 'one two  three', ['one ', 'two  ', 'three']],
    ['not at a no-break space', 'one\u00a0two', ['one\u00a0two']],
    ['after a hyphen within a word, not in a number', 'well-known 555-0100', ['well-', 'known ', '555-0100']],
    ['between Han characters', '王小明', ['王', '小', '明']],
    ['never before closing or after opening punctuation', '他说「好」。', ['他', '说', '「好」。']],
  ])('breaks %s', (_what, text, expected) => {
    expect(pieces(text)).toEqual(expected);
  });

  it('breaks a word that is wider than the line', () => {
    expect(wrap('abcdefgh ij', 30, tenths)).toEqual(['abc', 'def', 'gh ', 'ij']);
  });

  it('keeps marks on their letters where it breaks a word', () => {
    expect(wrap('x\u0302x\u0302x\u0302', 20, tenths)).toEqual(['x\u0302x\u0302', 'x\u0302']);
  });

  it('keeps empty lines and indents', () => {
    expect(wrap('a\n\n  b', 100, tenths)).toEqual(['a ', '', '  b']);
  });

  it('loses no character, and makes no line wider than it may be', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '王', '。', '「', '\u00a0', '\u0302', '\n') }),
        (source) => {
          const lines = wrap(source, 40, tenths);
          expect(lines.join('').replace(/\s/g, '')).toBe(source.replace(/\s/g, ''));
          for (const line of lines) expect(tenths(line.trimEnd())).toBeLessThanOrEqual(40);
        },
      ),
    );
  });
});
