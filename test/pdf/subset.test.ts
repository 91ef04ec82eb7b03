import { describe, expect, it } from '@jest/globals';
import { create } from 'fontkit';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { readSfnt, writeSfnt } from '../../lambda/pdf/sfnt.ts';
import { subsetOf } from '../../lambda/pdf/subset.ts';
import { componentsOf, readTrueType } from '../../lambda/pdf/true-type.ts';
import { sfntFromWoff } from '../../lambda/pdf/woff.ts';

const FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'NotoSansSC-Regular.woff'] as const;
/** The flag of a component that instructions follow (OpenType 1.9, `glyf`). */
const WITH_INSTRUCTIONS = 0x0100;
/** Simple letters, composed ones, one composed of composed ones, and one without ink. */
const TEXT = 'Ab ßéŁốǖ½ﬁ';

function open(file: string) {
  const bytes = sfntFromWoff(installedFonts().read(file));
  return { whole: create(bytes), font: readTrueType(bytes) };
}

describe.each(FILES)('a subset of %s', (file) => {
  const { whole, font } = open(file);
  const wanted = Array.from(TEXT).map((char) => whole.glyphForCodePoint(char.codePointAt(0) ?? 0).id);

  function made() {
    const subset = subsetOf(font);
    const numbers = wanted.map((glyph) => subset.includeGlyph(glyph));
    return { subset, numbers, bytes: subset.encode() };
  }

  it('numbers its glyphs from 1 on, the missing one being 0, and each once', () => {
    const { subset, numbers } = made();
    expect(subset.includeGlyph(0)).toBe(0);
    expect(wanted.map((glyph) => subset.includeGlyph(glyph))).toEqual(numbers);
    expect(Math.max(...numbers)).toBe(new Set(wanted.filter((glyph) => glyph !== 0)).size);
  });

  it('draws them as the whole font does, with the same advances', () => {
    const { numbers, bytes } = made();
    const part = create(bytes);
    for (const [index, glyph] of wanted.entries()) {
      const [copy, original] = [part.getGlyph(numbers[index] ?? 0), whole.getGlyph(glyph)];
      expect(copy.path.toSVG()).toBe(original.path.toSVG());
      expect(copy.advanceWidth).toBe(original.advanceWidth);
    }
  });

  it('holds the tables that a PDF asks for, sound, and none of hinting', () => {
    const tables = readSfnt(made().bytes);
    expect([...tables.keys()]).toEqual(['glyf', 'head', 'hhea', 'hmtx', 'loca', 'maxp']);
    expect(Buffer.from(writeSfnt([...tables]))).toEqual(Buffer.from(made().bytes));
  });

  it('has no instructions in its glyphs', () => {
    const { glyf = Buffer.alloc(0), loca = Buffer.alloc(0) } = Object.fromEntries(readSfnt(made().bytes));
    let simple = 0;
    for (let at = 0; at < loca.length - 4; at += 4) {
      const glyph = glyf.subarray(loca.readUInt32BE(at), loca.readUInt32BE(at + 4));
      const contours = glyph.length === 0 ? 0 : glyph.readInt16BE(0);
      if (contours > 0) {
        simple++;
        expect(glyph.readUInt16BE(10 + 2 * contours)).toBe(0);
      } else if (contours < 0) {
        expect(glyph.readUInt16BE(10) & WITH_INSTRUCTIONS).toBe(0);
      }
    }
    expect(simple).toBeGreaterThan(3);
  });
});

describe('a TrueType font', () => {
  const { font } = open('DejaVuSans.ttf');

  it('is cut off nowhere', () => {
    const bytes = installedFonts().read('DejaVuSans.ttf');
    expect(() => readTrueType(bytes.subarray(0, bytes.length - 100))).toThrow(RangeError);
    expect(() => font.outline(font.glyphs)).toThrow(RangeError);
    expect(() => font.table('nope')).toThrow(RangeError);
  });

  it('has glyphs that are composed of others, none of which it lacks', () => {
    let composed = 0;
    for (let glyph = 0; glyph < font.glyphs; glyph++) {
      const components = componentsOf(font.outline(glyph));
      composed += components.length > 0 ? 1 : 0;
      for (const component of components) expect(component.glyph).toBeLessThan(font.glyphs);
    }
    expect(composed).toBeGreaterThan(1000);
  });
});
