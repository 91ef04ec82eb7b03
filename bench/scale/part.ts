import { timed } from '../measure.ts';
import type { Goal, Table } from '../results.ts';
import type { Point } from './growth.ts';

/** One curve: what grows with what. */
export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

/** What a part of the bench has measured. */
export interface Part {
  readonly goals: readonly Goal[];
  readonly tables: readonly Table[];
  readonly curves: readonly Curve[];
}

/** What one time of something takes, of several one after the other, ms. */
export async function meanOf(act: () => unknown, times: number): Promise<number> {
  const all = await timed(async () => {
    for (let n = 0; n < times; n++) await act();
  });
  return all / times;
}

/** What stands at a place that was measured. @throws RangeError where nothing does */
export function at<T>(all: readonly T[], place: number): T {
  const value = all[place];
  if (value === undefined) throw new RangeError(`nothing was measured at ${place}`);
  return value;
}
