import { copyFileSync, mkdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync, type Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What the entry is called. */
const ENTRY = 'lambda/handlers/entry.ts';

const PREPARE = " import { prepare } from '../compose.ts'; await prepare();";

/** How code of functions is compiled. */
export const COMPILER = {
  absWorkingDir: ROOT,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  minify: true,
  // The names of error classes reach the log.
  keepNames: true,
  // See there: a function needs no other provider than its environment.
  alias: { '@aws-sdk/credential-provider-node': './lambda/adapters/function-credentials.ts' },
} as const satisfies BuildOptions;

/** A file that a bundle needs beside it. */
export interface Asset {
  /** Where it lies, from the project's root. */
  readonly from: string;
  /** Where the function finds it, from its bundle. */
  readonly to: string;
}

/**
 * Makes a function's bundle: `index.mjs`, what that imports, and a chunk for each module that is imported by `import()`,
 * which is loaded when it is first needed.
 *
 * @param service names the entry point, `lambda/handlers/<service>.ts`
 * @param folder where the bundle goes
 * @param options.assets files that go beside it
 * @param options.prepares whether it does at its start what would slow down the first call; nobody waits for maintenance
 * @returns what esbuild says of each file
 * @throws Error where something does not compile; esbuild's own words are on stderr
 */
export function bundle(
  service: string,
  folder: string,
  {
    assets = [],
    prepares = service !== 'maintenance',
  }: { readonly assets?: readonly Asset[]; readonly prepares?: boolean } = {},
): Metafile {
  const contents = `export { handler } from './${service}.ts';${prepares ? PREPARE : ''}`;
  // esbuild makes a chunk for each import() that it meets, also where it drops the code around it. A first run tells which.
  const dropped = unreached(build(contents, folder, { write: false }));
  const metafile = build(contents, folder, { external: dropped });
  for (const { from, to } of assets) {
    const target = join(folder, to);
    mkdirSync(dirname(target), { recursive: true });
    copyFileSync(join(ROOT, from), target);
  }
  return metafile;
}

/** The files of a bundle that are loaded at its start: its entry and what that imports, by their names in the metafile. */
export function loadedAtStart(metafile: Metafile): string[] {
  return reached(metafile, ({ kind }) => kind !== 'dynamic-import');
}

/** @param contents of the entry, which stands among the handlers */
function build(contents: string, folder: string, options: BuildOptions): Metafile {
  const { metafile } = buildSync({
    ...COMPILER,
    stdin: { contents, resolveDir: join(ROOT, dirname(ENTRY)), sourcefile: basename(ENTRY) },
    outdir: folder,
    entryNames: 'index',
    // Beside the entry, so that what a chunk looks for beside itself is beside that too.
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    ...options,
    metafile: true,
  });
  return metafile;
}

/** Modules that have a chunk which nothing imports. */
function unreached(metafile: Metafile): string[] {
  const all = new Set(reached(metafile, () => true));
  return Object.entries(metafile.outputs).flatMap(([file, { entryPoint }]) =>
    all.has(file) || entryPoint === undefined ? [] : [join(ROOT, entryPoint)],
  );
}

/** The files that the entry leads to by such imports, itself included. */
function reached(
  { outputs }: Metafile,
  by: (imported: Metafile['outputs'][string]['imports'][number]) => boolean,
): string[] {
  const found = new Set(Object.keys(outputs).filter((file) => outputs[file]?.entryPoint === ENTRY));
  for (const file of found) {
    for (const imported of outputs[file]?.imports ?? []) {
      if (imported.external !== true && by(imported)) found.add(imported.path);
    }
  }
  return [...found];
}
