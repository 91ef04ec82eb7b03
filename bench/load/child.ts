import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Question, Reply } from './process.ts';

/** Starts a process that is to be measured. It ends with this one, whatever ends this one. */
export function startChild(): ChildProcess {
  return fork(new URL('./process.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

/** @throws Error when the process ends before it answers */
export async function ask<R extends Reply>(child: ChildProcess, question: Question): Promise<R> {
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

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  if (child.connected) child.disconnect();
  else child.kill();
  await gone;
}
