import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { ScanMark } from '../lambda/ports/table-scan.ts';
import { UsageError } from './command.ts';
import { merge, newTally, type Tally } from './tally.ts';

/** How far one segment came: `null` before its first page, 'end' behind its last. */
export type Place = ScanMark | null | 'end';

/** How far a run came, as its file holds it. */
export interface State {
  readonly format: 1;
  /** What the run is about: another one can't go on with it. */
  readonly run: Readonly<Record<string, string>>;
  /** What its walks counted that came to their end, in order. */
  readonly ended: Tally[];
  /** The walk under way: one place a segment, and what was counted up to there. */
  places: Place[];
  tally: Tally;
}

/** A file that a run can be gone on with after it was interrupted. */
export interface Checkpoint {
  readonly state: State;
  /** Whether an earlier run's file was found. */
  readonly resumed: boolean;
  /** Notes that a segment came to a place, and what was counted on the way, and writes the file, whole or not at all. */
  advance(segment: number, place: Place, counted: Tally, examples?: number): void;
  /** Writes the file. */
  save(): void;
  /** Removes the file: the run has come to its end. */
  remove(): void;
}

/**
 * Goes on with a run, or begins it.
 *
 * @param file null for a run that is not gone on with
 * @param run what it is about: command, table, and all that its counts hang on
 * @throws UsageError for a file that is another run's, or none
 */
export function openCheckpoint(file: string | null, run: State['run'], segments: number): Checkpoint {
  const found = file === null ? null : read(file);
  if (found !== null && JSON.stringify(found.run) !== JSON.stringify(run)) {
    throw new UsageError(
      `${String(file)} is of another run: ${told(found.run)}. Remove it, or name another by --state.`,
    );
  }
  const state = found ?? { format: 1, run, ended: [], places: Array<Place>(segments).fill(null), tally: newTally() };
  const save = () => {
    if (file !== null) replace(file, `${JSON.stringify(state)}\n`);
  };
  return {
    state,
    resumed: found !== null,
    advance: (segment, place, counted, examples) => {
      merge(state.tally, counted, examples);
      state.places[segment] = place;
      save();
    },
    save,
    remove: () => {
      if (file !== null) rmSync(file, { force: true });
    },
  };
}

/** Notes that the walk under way has come to its end. @returns what it counted */
export function endWalk(checkpoint: Checkpoint): Tally {
  const { state } = checkpoint;
  const { tally } = state;
  state.ended.push(tally);
  [state.places, state.tally] = [state.places.map(() => null), newTally()];
  checkpoint.save();
  return tally;
}

function read(file: string): State | null {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
  try {
    const state = JSON.parse(readFileSync(file, 'utf8')) as Partial<State>;
    if (state.format === 1 && Array.isArray(state.places) && typeof state.run === 'object') return state as State;
  } catch {
    // Told below.
  }
  throw new UsageError(`${file} is no file of this tool. Remove it, or name another by --state.`);
}

function told(run: State['run']): string {
  return Object.entries(run)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** A crash at any moment leaves the old file or the new one. */
function replace(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  const handle = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, file);
}
