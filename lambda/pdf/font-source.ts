import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import files from './font-files.json' with { type: 'json' };

/** Where fonts are read from. */
export interface FontSource {
  /** The bytes of one of the files that `font-files.json` names. @throws Error when there is none of that name */
  read(name: string): Uint8Array;
}

/** The fonts in `fonts/` beside this module, where a bundler copies them, or else those in `node_modules`. */
export function installedFonts(): FontSource {
  return {
    read(name) {
      const beside = new URL(`./fonts/${name}`, import.meta.url);
      if (existsSync(beside)) return readFileSync(beside);
      const file = files.find((candidate) => candidate.name === name);
      if (file === undefined) throw new Error(`no font file is called ${name}`);
      return readFileSync(createRequire(import.meta.url).resolve(file.from));
    },
  };
}
