import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CLIENT, runNode } from '../client/built.ts';

const ROOT = join(CLIENT, '..');
/** The service's address in the guide. */
const LOCAL = 'http://127.0.0.1:3000';

/** What a reader of the guide has before them. */
export interface Project {
  readonly folder: string;
  /** Writes a file, with the service's own address in it. */
  write(path: string, text: string): void;
  /** Runs a line in the shell, in the reader's folder. @returns what it printed; @throws Error with that where it fails */
  run(command: string): Promise<string>;
  remove(): void;
}

/**
 * The reader's project: the client is built, packed and installed as the guide's lines say. What comes from the registry is
 * this project's.
 *
 * @param url the service's
 * @param lines those of the guide that need no registry, from packing to installing
 */
export async function createProject(url: string, lines: readonly string[]): Promise<Project> {
  const work = mkdtempSync(join(tmpdir(), 'twinlock-guide-'));
  const folder = join(work, 'my-vault');
  const remove = () => {
    rmSync(work, { recursive: true, force: true });
  };
  try {
    await install(join(work, 'twinlock'), folder, lines);
  } catch (error) {
    remove();
    throw error;
  }
  return {
    folder,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text.replaceAll(LOCAL, url));
    },
    run: (command) => shell(command.replaceAll(LOCAL, url), folder),
    remove,
  };
}

/** @param here where the lines begin; @param folder where they end */
async function install(here: string, folder: string, lines: readonly string[]): Promise<void> {
  for (const name of ['package.json', 'README.md', 'LICENSE']) cpSync(join(CLIENT, name), join(here, 'client', name));
  // Not into client/dist, which other suites build at the same time.
  await runNode('--import', 'tsx', 'bin/build-client.ts', join(here, 'client/dist'));
  await shell(lines.join('\n'), here);
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@types'));
  for (const name of ['.bin', 'vite', 'tsx', 'typescript', '@types/node'])
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
}

async function shell(script: string, cwd: string): Promise<string> {
  const env = { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false', NO_COLOR: '1' };
  try {
    return (await promisify(execFile)('sh', ['-ec', script], { cwd, env })).stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${script}\n${stdout}${stderr}`, { cause: error });
  }
}
