import { performance } from 'node:perf_hooks';

/** One of those that are compared. */
export interface Contender {
  readonly name: string;
  /** Does the work once, and says what it took: ms, or what else is compared. */
  readonly run: () => Promise<number> | number;
}

/** What one of those that are compared took, round by round. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

/** Rounds of a bench that anyone may rely on. */
export const ROUNDS = 9;

/**
 * Lets contenders work by turns, A B A B, so that whatever else the machine does meets all alike. Each round begins with
 * another of them. A first round, which finds everything cold, is thrown away where there is more than one.
 */
export async function byTurns(contenders: readonly Contender[], rounds: number): Promise<Series[]> {
  const values = contenders.map((): number[] => []);
  const warming = rounds > 1 ? 1 : 0;
  for (let round = -warming; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      const place = (turn + round + warming) % contenders.length;
      const taken = await contenders[place]?.run();
      if (taken === undefined) throw new RangeError('there is no such contender');
      if (round >= 0) values[place]?.push(taken);
    }
  }
  return contenders.map(({ name }, place) => ({ name, values: values[place] ?? [] }));
}

/** The middle one of some numbers. @throws RangeError for none */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number that such a part of some numbers is below. @throws RangeError for none */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
  if (value === undefined) throw new RangeError('there is no quantile of nothing');
  return value;
}

/** How far the middle half of some numbers lies apart, as a part of their median. */
export function spread(numbers: readonly number[]): number {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / median(numbers);
}

/** How many times as much one took as another: the median over rounds, each held against the other's of the same round. */
export function ratio(of: Series, to: Series): number {
  return median(of.values.map((value, round) => value / (to.values[round] ?? Number.NaN)));
}

/** The series of a name. @throws RangeError where there is none */
export function named(series: readonly Series[], name: string): Series {
  const found = series.find((each) => each.name === name);
  if (found === undefined) throw new RangeError(`nothing was measured of "${name}"`);
  return found;
}

/** Time that some work takes, in ms. */
export async function timed(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
