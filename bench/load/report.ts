import type { Course } from './memory.ts';
import { OPERATIONS, PROFILE } from './profile.ts';
import type { Line, Tally } from './tally.ts';

const MIB = 1024 * 1024;

/** How often each operation is called. */
export function weights(): string {
  const rows = OPERATIONS.map((operation) => [operation, String(PROFILE[operation].weight)]);
  return table(['operation', 'weight'], rows);
}

/** What each operation took. */
export function times(tally: Tally): string {
  const rows = tally
    .lines()
    .map(({ operation, count, p50, p99, errors }) => [operation, String(count), ms(p50), ms(p99), String(errors)]);
  return table(['operation', 'count', 'p50, ms', 'p99, ms', 'errors'], rows);
}

/** What was alive in each process. */
export function memory(courses: Readonly<Record<string, Course>>): string {
  const mebibytes = (bytes: number) => (bytes / MIB).toFixed(1);
  const rows = Object.entries(courses).map(([name, { first, last, isFlat }]) => [
    name,
    mebibytes(first),
    mebibytes(last),
    isFlat ? 'yes' : 'NO',
  ]);
  return table(['alive', 'first third, MiB', 'last third, MiB', 'flat'], rows);
}

/** One measurement of masked reads, and of the loop where that is the measurer's to see. */
export interface Reading {
  readonly name: string;
  readonly read: Line | undefined;
  readonly loop: { readonly p50: number; readonly p99: number; readonly longest: number } | null;
}

/** Reads with sign-ins beside them, and without. */
export function starvation(readings: readonly Reading[]): string {
  const rows = readings.map(({ name, read, loop }) => [
    name,
    String(read?.count ?? 0),
    ...[read?.p50, read?.p99, loop?.p50, loop?.p99, loop?.longest].map(ms),
  ]);
  const columns = ['count', 'p50, ms', 'p99, ms', 'loop late p50, ms', 'loop late p99, ms', 'loop late most, ms'];
  return table(['masked reads', ...columns], rows);
}

function ms(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(1);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, place) => Math.max(name.length, ...rows.map((row) => (row[place] ?? '').length)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, place) => (place === 0 ? cell.padEnd(widths[place] ?? 0) : cell.padStart(widths[place] ?? 0)))
      .join('  ');
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
