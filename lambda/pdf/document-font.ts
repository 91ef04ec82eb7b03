import type { Font } from 'fontkit';
import { subsetOf } from './subset.ts';
import type { TrueType } from './true-type.ts';

/**
 * A font that is read once a process, as one document takes it: with glyphs of its own and a subset of its own.
 *
 * fontkit keeps of each glyph the characters that it first stood for. Were these shared, what a reader takes out of one
 * document would depend on the documents before it.
 */
export function fontOfDocument(font: Font, outlines: TrueType): Font {
  return Object.create(font, {
    _glyphs: { value: {} },
    createSubset: { value: () => subsetOf(outlines) },
  }) as Font;
}
