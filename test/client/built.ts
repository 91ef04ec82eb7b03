import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');

export const CLIENT = join(ROOT, 'client');
export const DIST = join(CLIENT, 'dist');

/** Runs a script of the project, or of a package that it has. @returns what it printed; @throws Error where it fails */
export async function runNode(script: string, ...given: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...given], { cwd: ROOT, maxBuffer: 1e7 });
  return stdout;
}

/** Builds the client as `npm run client` does. */
export async function buildClient(): Promise<void> {
  await runNode('--import', 'tsx', 'bin/build-client.ts');
}
