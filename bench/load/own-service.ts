import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudAddress, LoopDelay, Question, Reply } from './process.ts';

/** A service that is started to be measured. */
export interface OwnService {
  readonly url: string;
  /** Bytes that are alive after a collection. */
  alive(): Promise<{ readonly service: number; readonly cloud: number }>;
  /** How late its loop was since this was asked before. */
  loop(): Promise<LoopDelay>;
  close(): Promise<void>;
}

/** Starts the local service, set up as deployed, and its cloud, each in a process of its own; data in a folder that goes with them. */
export async function startOwnService(): Promise<OwnService> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-load-'));
  const [cloud, service] = [start(), start()];
  const close = async () => {
    await Promise.all([cloud, service].map(stop));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const { address } = await ask<{ address: CloudAddress }>(cloud, { cloud: folder });
    const { url } = await ask<{ url: string }>(service, { service: address });
    return {
      url,
      alive: async () => {
        const [own, its] = await Promise.all([service, cloud].map((child) => ask<{ alive: number }>(child, 'alive')));
        return { service: own?.alive ?? Number.NaN, cloud: its?.alive ?? Number.NaN };
      },
      loop: async () => (await ask<{ loop: LoopDelay }>(service, 'loop')).loop,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function start(): ChildProcess {
  return fork(new URL('./process.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** @throws Error when the process ends before it answers */
async function ask<R extends Reply>(child: ChildProcess, question: Question): Promise<R> {
  const ended = new AbortController();
  const end = once(child, 'exit', { signal: ended.signal }).then(() => {
    throw new Error('a process of the service ended by itself');
  });
  const reply = once(child, 'message', { signal: ended.signal }) as Promise<[R]>;
  child.send(question);
  try {
    return (await Promise.race([reply, end]))[0];
  } finally {
    ended.abort();
    for (const left of [end, reply]) left.catch(() => undefined);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
