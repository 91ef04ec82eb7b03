import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Asset } from './constructs/service-function.ts';

const schema = z.array(z.strictObject({ from: z.string(), name: z.string() }));

/** The renderer's fonts, by its own list, which it reads from `fonts/` beside its bundle. */
export function fontAssets(): Asset[] {
  const list = schema.parse(JSON.parse(readFileSync('lambda/pdf/font-files.json', 'utf8')));
  return list.map(({ from, name }) => ({ from, to: `fonts/${name}` }));
}
