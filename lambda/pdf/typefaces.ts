import { create, type Font } from 'fontkit';
import { fontOfDocument } from './document-font.ts';
import type { FontSource } from './font-source.ts';
import { clusters, isEastAsian, isLaidOutPlainly, isShared } from './text.ts';
import { readTrueType, type TrueType } from './true-type.ts';
import { sfntFromWoff } from './woff.ts';

export type Weight = 'regular' | 'bold';

/** A font, by the name under which a document registers it. */
export type FaceName = `${'latin' | 'east-asian'}-${Weight}`;

/** Part of a line that one font shows. */
export interface Run {
  readonly face: FaceName;
  readonly text: string;
}

/** The fonts, each read when text first needs it, and what they cover. */
export interface Typefaces {
  /** A font as one document takes it. */
  fontOf(face: FaceName): Font;

  /** The line in runs of one font each; null when there is a character that can't be shown as it should look. */
  runs(line: string, weight: Weight): Run[] | null;
}

const FILES: Readonly<Record<FaceName, string>> = {
  'latin-regular': 'DejaVuSans.ttf',
  'latin-bold': 'DejaVuSans-Bold.ttf',
  'east-asian-regular': 'NotoSansSC-Regular.woff',
  'east-asian-bold': 'NotoSansSC-Bold.woff',
};

interface Face {
  readonly font: Font;
  readonly outlines: TrueType;
  readonly covers: (cluster: string) => boolean;
}

export function createTypefaces(fonts: FontSource): Typefaces {
  const loaded = new Map<FaceName, Face>();

  function load(face: FaceName): Face {
    let entry = loaded.get(face);
    if (entry === undefined) {
      const bytes = sfntFromWoff(fonts.read(FILES[face]));
      const font = create(bytes);
      entry = {
        font,
        outlines: readTrueType(bytes),
        covers: (cluster) => Array.from(cluster).every((char) => font.hasGlyphForCodePoint(char.codePointAt(0) ?? 0)),
      };
      loaded.set(face, entry);
    }
    return entry;
  }

  function faceOf(cluster: string, weight: Weight, before: FaceName | undefined): FaceName | null {
    if (!isLaidOutPlainly(cluster)) return null;
    const follows = isShared(cluster) && before?.startsWith('east-asian') === true;
    const families = isEastAsian(cluster) || follows ? (['east-asian', 'latin'] as const) : (['latin'] as const);
    // The bold faces lack some signs that the regular ones have.
    const faces = families.flatMap((family): FaceName[] => [`${family}-${weight}`, `${family}-regular`]);
    return faces.find((face) => load(face).covers(cluster)) ?? null;
  }

  return {
    fontOf: (face) => {
      const { font, outlines } = load(face);
      return fontOfDocument(font, outlines);
    },

    runs(line, weight) {
      if (/^[\x20-\x7e]+$/.test(line)) return [{ face: `latin-${weight}`, text: line }];
      const runs: { face: FaceName; text: string }[] = [];
      for (const cluster of clusters(line)) {
        const last = runs.at(-1);
        const face = faceOf(cluster, weight, last?.face);
        if (face === null) return null;
        if (last?.face === face) last.text += cluster;
        else runs.push({ face, text: cluster });
      }
      return runs;
    },
  };
}
