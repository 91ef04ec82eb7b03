import { mkdir, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { clientTypes } from './client-types.ts';

/**
 * Builds `@twinlock/client` into `client/dist`, or the folder that is named: one module for browsers and Node, and its
 * declarations.
 */
const client = fileURLToPath(new URL('../client/', import.meta.url));
const dist = `${resolve(process.argv[2] ?? `${client}dist`)}/`;
const entry = `${client}src/main.ts`;

const types = clientTypes(`${client}tsconfig.json`, entry);
await rm(dist, { recursive: true, force: true });
await mkdir(dist);
await writeFile(`${dist}main.d.ts`, types);
await build({
  entryPoints: [entry],
  outfile: `${dist}main.js`,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // Neither Node's modules nor a browser's shims: what needs one does not build.
  platform: 'neutral',
  sourcemap: true,
  tsconfig: `${client}tsconfig.json`,
});
