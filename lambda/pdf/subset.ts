import { writeSfnt } from './sfnt.ts';
import { componentsOf, type TrueType } from './true-type.ts';

/** Part of a font, as pdfkit embeds it. */
export interface Subset {
  /** The number that a glyph of the font has in the subset; the same each time. */
  includeGlyph(glyph: number): number;
  /** The subset as a font file. Glyphs that others are composed of are in it too. */
  encode(): Uint8Array;
}

/** Where the fields of `maxp` begin that speak of instructions, and where they end. */
const MAXP_INSTRUCTIONS = [14, 28] as const;
/** In `head`: that offsets in `loca` have four bytes. */
const LONG_OFFSETS = 1;

/**
 * An empty subset of a TrueType font, but for the glyph that stands for a missing one.
 *
 * What is left out are the instructions that fit outlines to coarse pixels: of the bytes of a letter's fonts they are half,
 * and no reader that smooths what it draws needs them. The tables are those that a PDF asks for (ISO 32000-2 §9.9.1).
 */
export function subsetOf(font: TrueType): Subset {
  const glyphs = [0];
  const numbers = new Map([[0, 0]]);

  function includeGlyph(glyph: number): number {
    let number = numbers.get(glyph);
    if (number === undefined) {
      number = glyphs.length;
      numbers.set(glyph, number);
      glyphs.push(glyph);
    }
    return number;
  }

  /** A glyph's outline that refers to glyphs of the subset, padded to whole words. */
  function renumbered(glyph: number): Buffer {
    const outline = font.outline(glyph);
    const padded = Buffer.alloc((outline.length + 3) & ~3);
    padded.set(outline);
    for (const component of componentsOf(outline)) {
      padded.writeUInt16BE(includeGlyph(component.glyph), component.at + 2);
    }
    return padded;
  }

  return {
    includeGlyph,
    encode() {
      const outlines: Buffer[] = [];
      // Grows while it is walked: a composed glyph brings its components.
      for (const glyph of glyphs) outlines.push(renumbered(glyph));
      return fontFile(font, glyphs, outlines);
    },
  };
}

function fontFile(font: TrueType, glyphs: readonly number[], outlines: readonly Buffer[]): Uint8Array {
  const loca = Buffer.alloc((glyphs.length + 1) * 4);
  let end = 0;
  outlines.forEach((outline, index) => {
    end += outline.length;
    loca.writeUInt32BE(end, (index + 1) * 4);
  });
  const hmtx = Buffer.alloc(glyphs.length * 4);
  glyphs.forEach((glyph, index) => {
    const { advance, bearing } = font.metrics(glyph);
    hmtx.writeUInt16BE(advance, index * 4);
    hmtx.writeInt16BE(bearing, index * 4 + 2);
  });
  const head = Buffer.from(font.table('head'));
  head.writeInt16BE(LONG_OFFSETS, 50);
  const hhea = Buffer.from(font.table('hhea'));
  hhea.writeUInt16BE(glyphs.length, 34);
  const maxp = Buffer.from(font.table('maxp'));
  maxp.writeUInt16BE(glyphs.length, 4);
  maxp.fill(0, ...MAXP_INSTRUCTIONS).writeUInt16BE(1, MAXP_INSTRUCTIONS[0]);
  return writeSfnt([
    ['glyf', Buffer.concat(outlines)],
    ['head', head],
    ['hhea', hhea],
    ['hmtx', hmtx],
    ['loca', loca],
    ['maxp', maxp],
  ]);
}
