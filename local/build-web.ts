import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What the web app is made of, from the project's root. What the service says is no part of it. */
const SOURCES = [
  'web/src',
  'web/public',
  'web/index.html',
  'web/vite.config.ts',
  'web/word-lists.ts',
  'client/src',
  'package-lock.json',
];

/** Times that the app is put in place where others do so at once. */
const MAX_TRIES = 10;

/** A web app that can't be built; the message is the builder's own. */
export class WebBuildError extends Error {
  override readonly name = 'WebBuildError';
}

/**
 * Builds the web app into `web/dist/`, if something that it is made of is newer. It is built elsewhere and then put in
 * place, so that two processes that begin at once both find it whole.
 *
 * @param root the project's folder
 * @returns the folder
 * @throws WebBuildError
 */
export async function buildWeb(root: string): Promise<string> {
  const folder = join(root, 'web', 'dist');
  const built = statSync(join(folder, 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
  if (SOURCES.every((source) => newest(join(root, source)) <= built)) return folder;
  const fresh = `${folder}.${randomUUID()}`;
  try {
    await runVite(root, fresh);
    putInPlace(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  return folder;
}

/** Puts a folder in the place of another, whoever else does the same just now. */
function putInPlace(fresh: string, folder: string): void {
  const former = `${fresh}.former`;
  for (let tries = 1; ; tries++) {
    try {
      if (statSync(folder, { throwIfNoEntry: false }) !== undefined) renameSync(folder, former);
      renameSync(fresh, folder);
      return;
    } catch (error) {
      // Another process took it away, or put its own there, between two steps of this one.
      const { code } = error as NodeJS.ErrnoException;
      if (tries >= MAX_TRIES || (code !== 'ENOENT' && code !== 'ENOTEMPTY')) throw error;
    } finally {
      rmSync(former, { recursive: true, force: true });
    }
  }
}

/** When a file, or a folder or anything in it, last changed, ms since 1970; a name that is gone changes its folder. */
function newest(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return -Infinity;
  const within = stat.isDirectory() ? readdirSync(path).map((name) => newest(join(path, name))) : [];
  return Math.max(stat.mtimeMs, ...within);
}

function runVite(root: string, folder: string): Promise<void> {
  const vite = join('node_modules', 'vite', 'bin', 'vite.js');
  const options = ['build', 'web', '--outDir', folder, '--emptyOutDir', '--logLevel', 'error'];
  return new Promise((resolve, reject) => {
    const env = { ...process.env, NODE_ENV: 'production' };
    execFile(process.execPath, [vite, ...options], { cwd: root, env }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new WebBuildError(explain(stderr || stdout) || error.message));
    });
  });
}

/** What the builder says, without its colours, which it uses whoever reads, and without where in itself it was. */
function explain(output: string): string {
  return (stripVTControlCharacters(output).split(/\n\s+at /)[0] ?? '').trim();
}
