import { OPERATIONS, type Operation } from './profile.ts';

/** Of one operation's calls. Times in ms. */
export interface Line {
  readonly operation: Operation;
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly errors: number;
}

/** Faults that are told in words. */
const TOLD = 10;

/** What a drive's calls took, and which were answered otherwise than they must. */
export class Tally {
  readonly #times = new Map<Operation, number[]>();
  readonly #errors = new Map<Operation, number>();
  /** What went wrong, the first of it in words. */
  readonly faults: string[] = [];
  failures = 0;

  /** @param fault null for an answer that is right */
  add(operation: Operation, ms: number, fault: string | null): void {
    const times = this.#times.get(operation);
    if (times === undefined) this.#times.set(operation, [ms]);
    else times.push(ms);
    if (fault === null) return;
    this.#errors.set(operation, (this.#errors.get(operation) ?? 0) + 1);
    this.fail(`${operation}: ${fault}`);
  }

  /** Counts what went wrong with no answer at all, too. */
  fail(fault: string): void {
    this.failures++;
    if (this.faults.length < TOLD) this.faults.push(fault);
  }

  /** Of the operations that were called. */
  lines(): Line[] {
    return OPERATIONS.flatMap((operation) => {
      const times = this.#times.get(operation)?.sort((a, b) => a - b);
      if (times === undefined) return [];
      const [p50, p99] = [percentile(times, 50), percentile(times, 99)];
      return [{ operation, count: times.length, p50, p99, errors: this.#errors.get(operation) ?? 0 }];
    });
  }
}

/** @param sorted from the least, not empty */
function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN;
}
