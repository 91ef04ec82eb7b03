import type { FontSource } from '../../lambda/pdf/font-source.ts';

/** Where the directory's first entry has its tag, of four bytes. */
const FIRST_TAG = 12;

/** A source of fonts that tells which were read, and how often each was parsed. */
export interface CountedFonts {
  readonly source: FontSource;
  /** By the file's name; of a WOFF file, which is unpacked first, parsing is not seen and stays 0. */
  readonly parsed: ReadonlyMap<string, number>;
}

/** Counts what is done with another source's fonts: once a parsing, fontkit reads the tag of the first table. */
export function countedFonts(fonts: FontSource): CountedFonts {
  const parsed = new Map<string, number>();
  return {
    parsed,
    source: {
      read(name) {
        const bytes = fonts.read(name);
        parsed.set(name, parsed.get(name) ?? 0);
        const slice = bytes.slice.bind(bytes);
        return Object.assign(bytes, {
          slice: (from?: number, to?: number) => {
            if (from === FIRST_TAG && to === FIRST_TAG + 4) parsed.set(name, (parsed.get(name) ?? 0) + 1);
            return slice(from, to);
          },
        });
      },
    },
  };
}
