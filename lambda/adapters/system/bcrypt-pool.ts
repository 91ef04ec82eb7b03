import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { UnavailableError } from '../../errors.ts';

/**
 * The text of `bcryptjs/umd/index.js`, where a bundler defines it (esbuild: `define`): a bundle has no node_modules for
 * a worker to load it from. Undefined elsewhere.
 */
declare const TWINLOCK_BCRYPTJS: string | undefined;

/** A worker's whole program: the text of bcryptjs, or its path, and then one hash a message. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const load = (text) => {
  const module = { exports: {} };
  new Function('module', 'exports', 'require', text)(module, module.exports, require);
  return module.exports;
};
const bcrypt = workerData.text === null ? require(workerData.path) : load(workerData.text);
parentPort.on('message', ({ prehash, setting }) => {
  const hash = bcrypt.hashSync(Buffer.from(prehash.buffer).toString('latin1'), setting);
  prehash.fill(0);
  const tail = new Uint8Array(31);
  for (let i = 0; i < 31; i++) tail[i] = hash.charCodeAt(29 + i);
  parentPort.postMessage(tail, [tail.buffer]);
});
`;

interface Job {
  readonly prehash: string;
  readonly setting: string;
  readonly resolve: (tail: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
  /** Workers that died over it. */
  deaths: number;
}

export interface WorkerPool {
  /**
   * The 31 bytes behind the salt.
   *
   * @param setting `$2b$<cost>$<salt>`
   * @throws UnavailableError when too many wait, when two workers died over it, or after `close`
   */
  tail(prehash: string, setting: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Threads that hash, started when first needed; an idle one doesn't keep the process alive. */
export function createWorkerPool({ workers, queue }: { readonly workers: number; readonly queue: number }): WorkerPool {
  const workerData = source();
  const waiting: Job[] = [];
  const busy = new Map<Worker, Job>();
  const idle: Worker[] = [];
  let closed = false;

  function start(): Worker {
    // Neither the parent's loader flags nor its environment, which holds credentials on Lambda.
    const worker = new Worker(PROGRAM, { eval: true, workerData, execArgv: [], env: {} });
    let cause: unknown;
    worker.on('message', (tail: Uint8Array) => {
      const job = busy.get(worker);
      busy.delete(worker);
      idle.push(worker);
      worker.unref();
      job?.resolve(tail);
      next();
    });
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => {
      const job = busy.get(worker);
      busy.delete(worker);
      const place = idle.indexOf(worker);
      if (place >= 0) idle.splice(place, 1);
      if (job !== undefined) bury(job, cause);
      next();
    });
    return worker;
  }

  function bury(job: Job, cause: unknown): void {
    job.deaths++;
    if (job.deaths > 1 || closed) job.reject(new UnavailableError('bcrypt worker', { cause }));
    else waiting.unshift(job);
  }

  function next(): void {
    while (!closed && waiting.length > 0 && busy.size < workers) {
      const job = waiting.shift();
      if (job === undefined) return;
      const worker = idle.pop() ?? start();
      busy.set(worker, job);
      worker.ref();
      const prehash = Uint8Array.from(job.prehash, (char) => char.charCodeAt(0));
      worker.postMessage({ prehash, setting: job.setting }, [prehash.buffer]);
    }
  }

  return {
    tail: (prehash, setting) =>
      new Promise((resolve, reject) => {
        if (closed || (busy.size >= workers && waiting.length >= queue)) {
          reject(new UnavailableError(closed ? 'bcrypt pool, closed,' : 'bcrypt queue'));
          return;
        }
        waiting.push({ prehash, setting, resolve, reject, deaths: 0 });
        next();
      }),
    close: async () => {
      closed = true;
      for (const job of waiting.splice(0)) job.reject(new UnavailableError('bcrypt pool, closed,'));
      await Promise.all([...busy.keys(), ...idle].map((worker) => worker.terminate()));
    },
  };
}

function source(): { readonly text: string | null; readonly path: string } {
  if (typeof TWINLOCK_BCRYPTJS === 'string') return { text: TWINLOCK_BCRYPTJS, path: '' };
  return { text: null, path: createRequire(import.meta.url).resolve('bcryptjs') };
}
