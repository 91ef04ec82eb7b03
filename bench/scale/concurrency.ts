import type { OwnService } from '../load/own-service.ts';
import { byTurns, median, spread } from '../measure.ts';
import type { Row } from '../results.ts';
import { type Driven, drive, type Read } from './drive.ts';
import { pointsOf } from './growth.ts';
import { at, type Part } from './part.ts';

const SIZES = [1, 2, 4, 8, 16, 32, 64];
const SHORT_SIZES = [1, 4];
/** Calls of a round: more where more are on their way, so that the last ones don't weigh. */
const callsOf = (size: number) => 60 + 6 * size;

/** Masked reads of several accounts at the same time. */
export async function benchConcurrency({ url }: OwnService, reads: readonly Read[], rounds: number): Promise<Part> {
  const sizes = rounds === 1 ? SHORT_SIZES : SIZES;
  const drives = sizes.map((): Driven[] => []);
  const series = await byTurns(
    sizes.map((size, place) => ({
      name: String(size),
      run: async () => {
        const driven = await drive(
          url,
          Array.from({ length: size }, (_, n) => at(reads, n % reads.length)),
          callsOf(size),
        );
        drives[place]?.push(driven);
        return driven.perSecond;
      },
    })),
    rounds,
  );
  // The first drive of all is thrown away with its round.
  const kept = drives.map((of) => of.slice(-rounds));
  const p50 = kept.map((of, place) => ({ n: at(sizes, place), value: median(of.map((driven) => driven.p50)) }));
  const p99 = kept.map((of, place) => ({ n: at(sizes, place), value: median(of.map((driven) => driven.p99)) }));
  const rows = sizes.map(
    (size, place): Row => ({
      name: String(size),
      values: {
        'reads a second': median(at(series, place).values),
        'spread of it': spread(at(series, place).values),
        'p50, ms': at(p50, place).value,
        'p99, ms': at(p99, place).value,
      },
    }),
  );
  const most = Math.max(...rows.map(({ values }) => Number(values['reads a second'])));
  return {
    goals: [
      {
        what: `Masked reads a second, ${at(sizes, sizes.length - 1)} at a time by the most of any number at a time`,
        value: Number(at(rows, rows.length - 1).values['reads a second']) / most,
        atLeast: 0.8,
        kind: 'time',
      },
    ],
    tables: [{ about: 'Masked reads, so many at a time, each of these times a median over the rounds:', rows }],
    curves: [
      { name: 'reads a second', points: pointsOf(sizes, series) },
      { name: 'p50, ms', points: p50 },
      { name: 'p99, ms', points: p99 },
    ],
  };
}
