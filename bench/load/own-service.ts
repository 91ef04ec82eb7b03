import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VaultSettings } from '../../lambda/usecases/environment.ts';
import { ask, startChild, stopChild } from './child.ts';
import type { Peak } from './peak.ts';
import type { CloudAddress, LoopDelay, Question } from './process.ts';

/** What serves HTTP in a process of its own. */
export interface Served {
  readonly url: string;
  /** What its process has taken of a processor since this was asked before, ms. */
  cpu(): Promise<number>;
  close(): Promise<void>;
}

/** A service that is started to be measured. */
export interface OwnService extends Served {
  /** Where its cloud listens. */
  readonly cloud: CloudAddress;
  /** Bytes that are alive after a collection. */
  alive(): Promise<{ readonly service: number; readonly cloud: number }>;
  /** How late its loop was since this was asked before. */
  loop(): Promise<LoopDelay>;
  /** Begins to sample its memory. */
  watch(): Promise<void>;
  /** The most memory since `watch`. */
  mark(): Promise<Peak>;
}

export interface ServiceOptions {
  readonly settings?: Partial<VaultSettings>;
  /** Whether something that costs nothing hashes in bcrypt's place. @default false */
  readonly withoutBcrypt?: boolean;
}

export interface OwnServiceOptions extends ServiceOptions {
  /** Where the cloud keeps its data, the caller's to remove. @default a folder that goes with the service */
  readonly folder?: string;
  /** Whether service and cloud share a process. @default false */
  readonly together?: boolean;
}

/** Starts the local service, set up as deployed, and its cloud, each in a process of its own. */
export async function startOwnService(options: OwnServiceOptions = {}): Promise<OwnService> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'twinlock-load-')));
  const cloud = startChild();
  const service = options.together === true ? cloud : startChild();
  const close = async () => {
    await Promise.all([...new Set([cloud, service])].map(stopChild));
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    const { address } = await ask<{ address: CloudAddress }>(cloud, { cloud: folder });
    const served = await serve(service, questionOf(address, options));
    return {
      ...served,
      cloud: address,
      alive: async () => {
        const [own, its] = await Promise.all([service, cloud].map((child) => ask<{ alive: number }>(child, 'alive')));
        return { service: own?.alive ?? Number.NaN, cloud: its?.alive ?? Number.NaN };
      },
      loop: async () => (await ask<{ loop: LoopDelay }>(service, 'loop')).loop,
      watch: async () => {
        await ask(service, 'watch');
      },
      mark: async () => (await ask<{ peak: Peak }>(service, 'mark')).peak,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Starts another service over a cloud that runs. */
export function startBeside(cloud: CloudAddress, options: ServiceOptions): Promise<Served> {
  return startAlone(questionOf(cloud, options));
}

/** Starts the route without encryption over a cloud that runs. */
export function startBareBeside(cloud: CloudAddress): Promise<Served> {
  return startAlone({ bare: cloud });
}

async function startAlone(question: Question): Promise<Served> {
  const child = startChild();
  try {
    return await serve(child, question);
  } catch (error) {
    await stopChild(child);
    throw error;
  }
}

async function serve(child: ChildProcess, question: Question): Promise<Served> {
  const { url } = await ask<{ url: string }>(child, question);
  return { url, cpu: async () => (await ask<{ cpu: number }>(child, 'cpu')).cpu, close: () => stopChild(child) };
}

function questionOf(service: CloudAddress, { settings = {}, withoutBcrypt = false }: ServiceOptions): Question {
  return { service, settings, withoutBcrypt };
}
