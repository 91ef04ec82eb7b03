import { readSfnt } from './sfnt.ts';

/** What parts of a TrueType font are read here (OpenType 1.9, "Font file" and the tables of these names). */
export interface TrueType {
  readonly glyphs: number;
  /** A glyph's outline without its instructions; empty for one without ink. @throws RangeError for one that is not there */
  outline(glyph: number): Uint8Array;
  /** Units of the em by which a glyph moves on, and those before its ink. */
  metrics(glyph: number): { readonly advance: number; readonly bearing: number };
  /** A table's bytes, as they stand in the file. @throws RangeError where there is none */
  table(tag: string): Buffer;
}

/** Bytes before the contours of a glyph: how many there are, and the box around them. */
export const GLYPH_HEADER = 10;

/** Flags of a component of a composite glyph. */
const WORDS = 0x0001;
const SCALE = 0x0008;
const MORE = 0x0020;
const TWO_SCALES = 0x0040;
const MATRIX = 0x0080;
const INSTRUCTIONS = 0x0100;

/** A component's place in its glyph's bytes. */
export interface Component {
  /** Where its flags stand; its glyph's number follows them. */
  readonly at: number;
  readonly glyph: number;
}

/** Reads a TrueType font with outlines in `glyf`. @throws RangeError for bytes that are none */
export function readTrueType(sfnt: Uint8Array): TrueType {
  const tables = readSfnt(sfnt);

  function table(tag: string): Buffer {
    const found = tables.get(tag);
    if (found === undefined) throw new RangeError(`the font has no table ${tag}`);
    return found;
  }

  const [loca, glyf, hmtx] = [table('loca'), table('glyf'), table('hmtx')];
  const isLong = table('head').readInt16BE(50) === 1;
  const glyphs = table('maxp').readUInt16BE(4);
  const wide = table('hhea').readUInt16BE(34);
  const offset = (glyph: number) => (isLong ? loca.readUInt32BE(glyph * 4) : loca.readUInt16BE(glyph * 2) * 2);
  return {
    glyphs,
    table,
    outline: (glyph) => {
      if (!(glyph < glyphs)) throw new RangeError(`the font has no glyph ${glyph}`);
      return withoutInstructions(glyf.subarray(offset(glyph), offset(glyph + 1)));
    },
    metrics: (glyph) => ({
      // Those after the last full record have its advance.
      advance: hmtx.readUInt16BE(Math.min(glyph, wide - 1) * 4),
      bearing: glyph < wide ? hmtx.readInt16BE(glyph * 4 + 2) : hmtx.readInt16BE(wide * 4 + (glyph - wide) * 2),
    }),
  };
}

/** The components of a composite glyph; none of a simple one. */
export function componentsOf(outline: Uint8Array): Component[] {
  return composition(Buffer.from(outline.buffer, outline.byteOffset, outline.byteLength)).components;
}

/** A glyph's components, and where they end. */
function composition(outline: Buffer): { readonly components: Component[]; readonly end: number } {
  const components: Component[] = [];
  let at = GLYPH_HEADER;
  if (outline.length === 0 || outline.readInt16BE(0) >= 0) return { components, end: at };
  for (let flags = MORE; (flags & MORE) !== 0; ) {
    flags = outline.readUInt16BE(at);
    components.push({ at, glyph: outline.readUInt16BE(at + 2) });
    at += 4 + ((flags & WORDS) === 0 ? 2 : 4) + transformSize(flags);
  }
  return { components, end: at };
}

function transformSize(flags: number): number {
  if ((flags & SCALE) !== 0) return 2;
  if ((flags & TWO_SCALES) !== 0) return 4;
  return (flags & MATRIX) === 0 ? 0 : 8;
}

/** A glyph of which nothing is left that a hinting engine would run. */
function withoutInstructions(glyph: Buffer): Uint8Array {
  if (glyph.length === 0) return glyph;
  const contours = glyph.readInt16BE(0);
  if (contours < 0) {
    const { components, end } = composition(glyph);
    const bare = Buffer.from(glyph.subarray(0, end));
    for (const { at } of components) bare.writeUInt16BE(bare.readUInt16BE(at) & ~INSTRUCTIONS, at);
    return bare;
  }
  const at = GLYPH_HEADER + contours * 2;
  const instructions = glyph.readUInt16BE(at);
  return Buffer.concat([glyph.subarray(0, at), Buffer.alloc(2), glyph.subarray(at + 2 + instructions)]);
}
