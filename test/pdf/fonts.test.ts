import { describe, expect, it } from '@jest/globals';
import { create } from 'fontkit';
import files from '../../lambda/pdf/font-files.json' with { type: 'json' };
import { type FontSource, installedFonts } from '../../lambda/pdf/font-source.ts';
import { createTypefaces } from '../../lambda/pdf/typefaces.ts';
import { sfntFromWoff } from '../../lambda/pdf/woff.ts';

const fonts = installedFonts();

/** A source that tells which files were read. */
function recorded(): { readonly source: FontSource; readonly read: string[] } {
  const read: string[] = [];
  return {
    read,
    source: {
      read(name) {
        read.push(name);
        return fonts.read(name);
      },
    },
  };
}

describe('the fonts', () => {
  it.each(files.map(({ name }) => name))('reads %s, whose glyphs can be found', (name) => {
    expect(create(sfntFromWoff(fonts.read(name))).hasGlyphForCodePoint(0x41)).toBe(true);
  });

  it('refuses a name that is not listed', () => {
    expect(() => fonts.read('../package.json')).toThrow('no font file');
  });

  it('unpacks a WOFF file to a font with the same tables, and leaves any other as it is', () => {
    const woff = fonts.read('NotoSansSC-Regular.woff');
    const sfnt = sfntFromWoff(woff);
    // WOFF §4: totalSfntSize.
    expect(sfnt.length).toBe(Buffer.from(woff).readUInt32BE(16));
    expect(sfntFromWoff(sfnt)).toBe(sfnt);
  });

  it('reads the Chinese face only for text that needs it', () => {
    const { source, read } = recorded();
    const typefaces = createTypefaces(source);
    typefaces.runs('Łukasz Nguyễn', 'regular');
    expect(read).toEqual(['DejaVuSans.ttf']);
    typefaces.runs('王小明', 'regular');
    expect(read).toEqual(['DejaVuSans.ttf', 'NotoSansSC-Regular.woff']);
  });

  it('reads each file once', () => {
    const { source, read } = recorded();
    const typefaces = createTypefaces(source);
    for (let i = 0; i < 3; i++) typefaces.runs('Łódź 王', 'bold');
    expect(read).toEqual(['DejaVuSans-Bold.ttf', 'NotoSansSC-Bold.woff']);
  });

  it('splits a line into runs of one font each', () => {
    expect(createTypefaces(fonts).runs('Ada 王小明, x\u0302', 'regular')).toEqual([
      { face: 'latin-regular', text: 'Ada ' },
      { face: 'east-asian-regular', text: '王小明' },
      { face: 'latin-regular', text: ', x\u0302' },
    ]);
  });

  it('sets a middle dot in the face of what stands before it', () => {
    expect(createTypefaces(fonts).runs('Ada · 约翰·史密斯', 'regular')).toEqual([
      { face: 'latin-regular', text: 'Ada · ' },
      { face: 'east-asian-regular', text: '约翰·史密斯' },
    ]);
  });

  it.each([
    ['Arabic', 'مرحبا'],
    ['Hebrew', 'שלום'],
    ['Devanagari', 'नमस्ते'],
    ['Thai', 'สวัสดี'],
    ['Korean', '안녕'],
    ['Arabic-Indic digits', '٣'],
    ['a picture that no font has', '🦄'],
    ['a rare Han character', '𠀀'],
    ['a lone surrogate', '\ud800'],
    ['a private character', '\ue000'],
    ['more marks than text has', `x${'\u0301'.repeat(40)}`],
  ])('has no runs for %s', (_what, text) => {
    expect(createTypefaces(fonts).runs(`ok ${text}`, 'regular')).toBeNull();
  });

  it('falls back to the regular face for a sign that the bold one lacks', () => {
    expect(createTypefaces(fonts).runs('A𝖠', 'bold')).toEqual([
      { face: 'latin-bold', text: 'A' },
      { face: 'latin-regular', text: '𝖠' },
    ]);
  });
});
