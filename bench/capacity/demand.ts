import {
  BEHAVIOUR,
  ENTERED,
  FUNCTION_OF,
  KEPT_DAYS,
  LATENCY,
  MEMORY,
  PEAK,
  SECONDS_A_MONTH,
  WHOLE_PROCESSOR_MB,
} from './assumed.ts';
import { type Cost, type Measured, OPERATIONS, type Operation } from './measured.ts';

/** What something asks for: calls and units. */
export interface Demand {
  readonly requests: number;
  readonly kms: number;
  readonly reads: number;
  readonly writes: number;
  readonly s3Writes: number;
  readonly s3Reads: number;
  /** Time that a function is at work, s, and with its memory. */
  readonly seconds: number;
  readonly gbSeconds: number;
  /** Bytes of answers. */
  readonly answers: number;
}

const BYTES_A_GB = 1e9;
const MB_A_GB = 1024;

/** What one operation asks for. */
export function demandOf(measured: Measured, name: Operation): Demand {
  const cost = measured.operations[name];
  const seconds = timeOf(measured, name).ms / 1000;
  const calls = (test: RegExp) => cost.calls.filter(({ call }) => test.test(call)).length;
  return {
    // Maintenance is asked by nobody.
    requests: FUNCTION_OF[name] === 'maintenance' ? 0 : 1,
    kms: calls(/^kms:/),
    reads: cost.calls.reduce((sum, { reads }) => sum + reads, 0),
    writes: cost.calls.reduce((sum, { writes }) => sum + writes, 0),
    s3Writes: calls(/^s3:(?:PUT|POST|LIST)$/),
    s3Reads: calls(/^s3:(?:GET|HEAD)$/),
    seconds,
    gbSeconds: (seconds * MEMORY[FUNCTION_OF[name]]) / MB_A_GB,
    answers: cost.answer,
  };
}

/** What one user asks for in a month. */
export function monthOf(measured: Measured): Demand {
  const sum: Record<keyof Demand, number> = {
    requests: 0,
    kms: 0,
    reads: 0,
    writes: 0,
    s3Writes: 0,
    s3Reads: 0,
    seconds: 0,
    gbSeconds: 0,
    answers: 0,
  };
  for (const name of OPERATIONS) {
    const one = demandOf(measured, name);
    for (const key of Object.keys(sum) as (keyof Demand)[]) sum[key] += one[key] * BEHAVIOUR[name];
  }
  return sum;
}

/** How long an operation takes when nothing is busy, and of that the processor, ms. */
export function timeOf({ operations, hashMs }: Measured, name: Operation): { ms: number; cpuMs: number } {
  const { calls, cpuMs, hashes } = operations[name];
  const share = Math.min(1, MEMORY[FUNCTION_OF[name]] / WHOLE_PROCESSOR_MB);
  const cpu = (cpuMs + hashes * hashMs) / share;
  return { ms: cpu + waves(calls).reduce((sum, wave) => sum + Math.max(...wave.map(medianOf)), 0), cpuMs: cpu };
}

/** An operation's calls, by what begins together. */
export function waves(calls: Cost['calls']): Cost['calls'][] {
  const last = Math.max(-1, ...calls.map(({ wave }) => wave));
  return Array.from({ length: last + 1 }, (_, n) => calls.filter(({ wave }) => wave === n));
}

/** The median and the 99th of 100 of a call, ms. @throws Error for a call of which nothing is assumed */
export function latencyOf(call: string): readonly [p50: number, p99: number] {
  const latency = LATENCY[call];
  if (latency === undefined) throw new Error(`nothing is assumed of ${call}`);
  return latency;
}

function medianOf({ call }: Cost['calls'][number]): number {
  return latencyOf(call)[0];
}

/** What one user has stored after a year, bytes. */
export function storedBy({ stored }: Measured): { table: number; bucket: number; documents: number } {
  const entries = ENTERED.reduce((sum, name) => sum + BEHAVIOUR[name], 0) * 12;
  const documents = (BEHAVIOUR['make document'] * KEPT_DAYS) / 30;
  return { table: stored.account + entries * stored.entry, bucket: documents * stored.object, documents };
}

/** Requests a second of so many users at the busiest. */
export function peakRate(measured: Measured, users: number): number {
  return (monthOf(measured).requests * users * PEAK) / SECONDS_A_MONTH;
}

export function gigabytes(bytes: number): number {
  return bytes / BYTES_A_GB;
}
