import type { ScanMark, Scanned } from '../lambda/ports/table-scan.ts';
import { type Checkpoint, endWalk, openCheckpoint, type Place } from './checkpoint.ts';
import { type Given, textOption, wholeOption } from './command.ts';
import { sideBySide } from './pace.ts';
import type { Report } from './report.ts';
import { merge, newTally, type Tally } from './tally.ts';
import type { World } from './world.ts';

/** Rows of one page that are looked at at once. */
const AT_ONCE = 10;

/** What is done to each row, and what it is called. */
export interface Walk {
  /** For people: "moving". */
  readonly what: string;
  readonly wrapsOnly?: boolean;
  /** Examples that are kept of one thing. */
  readonly examples?: number;
  /** Counts what it finds into the tally. What it does it must be able to do again: the page may be walked twice. */
  readonly each: (row: Scanned, tally: Tally) => Promise<void>;
}

/**
 * Begins a run of walks, or goes on with one that was interrupted.
 *
 * @param run what its counts hang on, beside command and table
 * @throws UsageError for a state file of another run
 */
export function beginWalks(
  world: World,
  given: Given,
  report: Report,
  command: string,
  run: Readonly<Record<string, string>>,
): Checkpoint {
  const segments = wholeOption(given, 'segments', 1, 100, 4);
  const file = textOption(given, 'state') ?? `.twinlock-${command.replaceAll(' ', '-')}.json`;
  const about = { command, table: world.table, segments: String(segments), ...run };
  const checkpoint = openCheckpoint(file, about, segments);
  if (checkpoint.resumed) report.note(`Going on where ${file} says that an earlier run came to.`);
  return checkpoint;
}

/**
 * Walks through the whole table, its segments side by side.
 *
 * 1. Skip what an interrupted run walked already. 2. Read a page, and look at its rows. 3. Write down where the segment is,
 * together with what was counted up to there, so that going on counts nothing twice.
 *
 * @param number the walk's place in the run, from 0
 * @throws UnavailableError, and whatever `each` throws: the run can be gone on with
 */
export async function walkTable(
  { scan }: Pick<World, 'scan'>,
  checkpoint: Checkpoint,
  report: Report,
  number: number,
  walk: Walk,
): Promise<Tally> {
  const { state } = checkpoint;
  const ended = state.ended[number];
  if (ended !== undefined) return ended;
  const [total, segments] = [await scan.size(), state.places.length];
  let looked = 0;

  const walkSegment = async (segment: number): Promise<void> => {
    let place: Place = state.places[segment] ?? null;
    let pending = newTally();
    while (place !== 'end') {
      const page: Awaited<ReturnType<typeof scan.page>> = await scan.page({
        segment,
        segments,
        after: place,
        wrapsOnly: walk.wrapsOnly === true,
      });
      const counted = newTally();
      await sideBySide(page.rows, AT_ONCE, (row) => walk.each(row, counted));
      merge(pending, counted, walk.examples);
      looked += page.looked;
      report.progress(walk.what, looked, total);
      place = page.next ?? 'end';
      if (place !== 'end' && isPrivate(place)) continue;
      checkpoint.advance(segment, place, pending, walk.examples);
      pending = newTally();
    }
  };
  await sideBySide([...state.places.keys()], segments, walkSegment);
  return endWalk(checkpoint);
}

/** Counters of failed tries are named by addresses, which no file is to hold: the walk is written down a page later. */
function isPrivate({ pk }: ScanMark): boolean {
  return pk.startsWith('T#');
}
