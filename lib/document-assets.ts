import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import * as z from 'zod';
import type { Asset } from './bundle.ts';
import type { Settings } from './settings.ts';

const schema = z.array(z.strictObject({ from: z.string(), name: z.string() }));

/** The renderer's fonts, by its own list, which it reads from `fonts/` beside its bundle. */
export function fontAssets(): Asset[] {
  const list = schema.parse(JSON.parse(readFileSync('lambda/pdf/font-files.json', 'utf8')));
  return list.map(({ from, name }) => ({ from: `node_modules/${from}`, to: `fonts/${name}` }));
}

/** The deployment's logo, where it has one. */
export function logoAssets({ logo }: Settings['pdf']): Asset[] {
  return logo === undefined ? [] : [{ from: logo, to: nameOf(logo) }];
}

/** What the documents function is told of how its documents look. */
export function stationeryVariables({ brand, paper, language, logo }: Settings['pdf']): Record<string, string> {
  return {
    PDF_BRAND: brand,
    PDF_PAPER: paper,
    PDF_LANGUAGE: language,
    // Lambda unpacks a bundle there.
    PDF_LOGO: logo === undefined ? '' : `/var/task/${nameOf(logo)}`,
  };
}

function nameOf(logo: string): string {
  return `logo${extname(logo).toLowerCase()}`;
}
