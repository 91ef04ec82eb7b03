import { median, type Series } from '../measure.ts';

/** A measurement at a size. */
export interface Point {
  readonly n: number;
  readonly value: number;
}

/** What `steepest` may be of something linear: a tenth is noise. */
export const LINEAR = 1.1;

/** Medians by size. @param sizes one for each series, in its order */
export function pointsOf(sizes: readonly number[], series: readonly Series[]): Point[] {
  return sizes.map((n, place) => ({ n, value: median(series[place]?.values ?? []) }));
}

/**
 * How much more than in proportion a curve grows where it grows most: of each step from one size to the next, the growth of
 * the value by the growth of the size. At most 1 for what grows no faster than linearly.
 *
 * @param points in the order of their sizes, two at least
 */
export function steepest(points: readonly Point[]): number {
  const steps = points.slice(1).map(({ n, value }, place) => {
    const before = points[place];
    if (before === undefined) throw new RangeError('a step has no beginning');
    return value / before.value / (n / before.n);
  });
  if (steps.length === 0) throw new RangeError('one point has no step');
  return Math.max(...steps);
}
