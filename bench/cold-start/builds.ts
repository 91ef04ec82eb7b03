import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { bundle, COMPILER, loadedAtStart } from '../../lib/bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What a bundle weighs, bytes. */
export interface Weight {
  /** Of what it loads at its start. */
  readonly start: number;
  readonly all: number;
}

/** A function as it is deployed, in an empty folder. */
export function deployed(service: string, folder: string, prepares?: boolean): { file: string; weight: Weight } {
  const metafile = bundle(service, folder, prepares === undefined ? {} : { prepares });
  const sizeOf = (files: readonly string[]) =>
    files.reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
  const weight = { start: sizeOf(loadedAtStart(metafile)), all: sizeOf(Object.keys(metafile.outputs)) };
  return { file: join(folder, 'index.mjs'), weight };
}

/** All functions and all that they load late, in one file that loads all at its start. */
export function everything(folder: string): { file: string; weight: Weight } {
  const modules = [
    ...['accounts', 'items', 'documents', 'maintenance'].map((service) => `./${service}.ts`),
    ...['../pdf/renderer.ts', '../pdf/font-source.ts', '../adapters/s3/object-store.ts', '../adapters/s3/s3-client.ts'],
    ...['@zxcvbn-ts/core', '@zxcvbn-ts/language-common', '@zxcvbn-ts/language-en', '../../docs/openapi.json'],
  ];
  // What nobody takes from a module would be left out.
  const contents = modules.map((module, place) => `export * as m${place} from '${module}';`).join('\n');
  const file = join(folder, 'index.mjs');
  const { metafile } = buildSync({
    ...COMPILER,
    stdin: {
      contents: `${contents}\nexport { handler } from './accounts.ts';`,
      resolveDir: join(ROOT, 'lambda/handlers'),
    },
    outfile: file,
    bundle: true,
    metafile: true,
  });
  const bytes = Object.values(metafile.outputs)[0]?.bytes ?? 0;
  return { file, weight: { start: bytes, all: bytes } };
}

/** The same code file by file, with its types taken away, which takes its packages from `node_modules`. */
export function unbundled(service: string, folder: string): { file: string } {
  const sources = readdirSync(join(ROOT, 'lambda'), { recursive: true, encoding: 'utf8' });
  const { outputFiles } = buildSync({
    ...COMPILER,
    alias: {},
    entryPoints: sources.filter((name) => /(?<!\.d)\.ts$/.test(name)).map((name) => join(ROOT, 'lambda', name)),
    outbase: ROOT,
    outdir: folder,
    bundle: false,
    write: false,
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text.replaceAll(/(["']\.{1,2}\/[^"']+)\.ts(["'])/g, '$1.js$2'));
  }
  for (const beside of ['node_modules', 'docs', 'package.json']) symlinkSync(join(ROOT, beside), join(folder, beside));
  symlinkSync(join(ROOT, 'lambda/pdf/font-files.json'), join(folder, 'lambda/pdf/font-files.json'));
  return { file: join(folder, relative(ROOT, join(ROOT, 'lambda/handlers', `${service}.js`))) };
}
