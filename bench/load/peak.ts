import { performance } from 'node:perf_hooks';

/** The most memory of a process while it was watched, in bytes. */
export interface Peak {
  readonly resident: number;
  /** After a collection. */
  readonly alive: number;
}

const RESIDENT_EVERY_MS = 5;
const ALIVE_EVERY_MS = 50;
/** Collections take a tenth of the time at most, or a busy machine would do nothing else. */
const PAUSES_A_COLLECTION = 9;

let peak = { resident: 0, alive: 0 };
let resident: NodeJS.Timeout | undefined;
let alive: NodeJS.Timeout | undefined;

/** Bytes that buffers and the heap hold once all that nobody holds any more is gone. */
export function aliveBytes(): number {
  if (globalThis.gc === undefined) throw new Error('collections can not be asked for');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Begins to sample, again and again. */
export function watchPeak(): void {
  takePeak();
  resident = setInterval(sampleResident, RESIDENT_EVERY_MS);
  sampleAlive();
}

/** Ends sampling, with one sample more. @returns the most since it began */
export function takePeak(): Peak {
  clearInterval(resident);
  if (alive !== undefined) noteAlive();
  clearTimeout(alive);
  alive = undefined;
  const taken = peak;
  peak = { resident: 0, alive: 0 };
  return taken;
}

function sampleResident(): void {
  peak.resident = Math.max(peak.resident, process.memoryUsage.rss());
}

function noteAlive(): void {
  peak.alive = Math.max(peak.alive, aliveBytes());
}

function sampleAlive(): void {
  const from = performance.now();
  noteAlive();
  alive = setTimeout(sampleAlive, Math.max(ALIVE_EVERY_MS, PAUSES_A_COLLECTION * (performance.now() - from)));
}
