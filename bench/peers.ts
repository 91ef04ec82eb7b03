import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Installs what the benches are held against, once: none of it is the project's own. */
export function installPeers(): void {
  if (existsSync(`${FOLDER}node_modules`)) return;
  console.log('Installing what the benches are held against …');
  execFileSync('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund'], { stdio: 'inherit' });
}

/**
 * What stands in `bench/peers/<file>.ts` under the name `peer`. By a path that no compiler sees, since the packages that
 * it imports need not be there.
 */
export async function loadPeer<T>(file: string): Promise<T> {
  const url = new URL(`peers/${file}.ts`, import.meta.url).href;
  return ((await import(url)) as { readonly peer: T }).peer;
}
