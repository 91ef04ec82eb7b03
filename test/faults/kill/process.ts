import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = join(__dirname, '../../..');

/** The service as `npm start` runs it. */
export interface Running {
  readonly url: string;
  /** All that it printed. */
  readonly output: () => string;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
}

/** Starts the service on a folder, and waits until it is ready. @throws Error with its words where it ends by itself */
export async function startService(folder: string): Promise<Running> {
  const { child, output } = spawnService(folder);
  const gone = once(child, 'close');
  for (;;) {
    const url = /Twinlock is ready: (http:\S+)/.exec(output())?.[1];
    if (url !== undefined) return { url, output, kill: () => kill(child) };
    await Promise.race([once(child.stdout ?? child, 'data'), gone]);
    if (child.exitCode !== null) throw new Error(output());
  }
}

/** Starts the service on a folder, and kills it on its way up. */
export async function startAndKill(folder: string, afterMs: number): Promise<void> {
  const { child } = spawnService(folder);
  await pause(afterMs);
  await kill(child);
}

function spawnService(folder: string): { readonly child: ChildProcess; readonly output: () => string } {
  const env = { ...process.env, DATA_DIR: folder, PORT: '0' };
  const child = spawn(process.execPath, ['--import', 'tsx', 'bin/local.ts'], { cwd: ROOT, env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { child, output: () => text };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
