import fc from 'fast-check';
import { ACCOUNT_DEEDS, beginRun } from './account-deeds.ts';
import { audit } from './audit.ts';
import type { Deed } from './deeds.ts';
import { DOCUMENT_DEEDS } from './document-deeds.ts';
import { In } from './in.ts';
import { furnish, ITEM_DEEDS } from './item-deeds.ts';
import { type Clock, Model } from './model.ts';
import type { Real } from './real.ts';
import { UPLOAD_DEEDS } from './upload-deeds.ts';
import { VAULT_DEEDS } from './vault-deeds.ts';

/** What fast-check calls `replayPath`: which deeds of a run were done. */
const REPLAY = process.env.MODEL_REPLAY;

/** Deeds of one run. */
export const MOST_DEEDS = 40;

/** Runs take as long as they are many, and longer where other suites run beside, ms. */
export const PATIENCE_MS = 3_600_000;

const DEEDS = [...ACCOUNT_DEEDS, ...ITEM_DEEDS, ...DOCUMENT_DEEDS, ...UPLOAD_DEEDS, ...VAULT_DEEDS];

/** Runs of random deeds. @param most in one run */
export function runsOf(most = MOST_DEEDS): fc.Arbitrary<Iterable<Deed>> {
  const any = fc.oneof(...DEEDS.map(([weight, arbitrary]) => ({ weight, arbitrary })));
  const replayed = REPLAY === undefined ? {} : { replayPath: REPLAY };
  return fc.noBias(fc.commands([any], { maxCommands: most, size: 'max', ...replayed }));
}

/** How a suite's runs are seeded. */
export interface Seeding {
  readonly seed: number;
  readonly numRuns: number;
  readonly path?: string;
}

/**
 * The seed and the number of runs: from `MODEL_SEED`, `MODEL_PATH` and `MODEL_RUNS` where they are set. What
 * a failure prints is replayed by its seed, its path, and for runs of deeds its replayPath, as `MODEL_REPLAY`.
 *
 * @param numRuns where nothing says otherwise
 */
export function seeding(numRuns: number): Seeding {
  const { MODEL_SEED: seed, MODEL_PATH: path, MODEL_RUNS: runs } = process.env;
  return {
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed),
    numRuns: runs === undefined ? numRuns : Number(runs),
    ...(path === undefined ? {} : { path }),
  };
}

/** Tells what was run. */
export function report(what: string, { seed }: Seeding, counts: Readonly<Record<string, number>>): void {
  const told = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  process.stderr.write(`${what}: seed ${seed}, ${told.join(', ')}\n`);
}

/** What the runs of a suite came to. */
export interface Tally {
  runs: number;
  deeds: number;
  requests: number;
}

/** Does deeds from the beginning, then holds all of it to the model. */
export async function live(
  deeds: Iterable<Deed>,
  begin: (clock: Clock) => Real | Promise<Real>,
  tally: Tally,
): Promise<void> {
  const m = new Model({ now: START });
  const real = await begin(m.clock);
  try {
    await beginRun(m, real);
    for (const session of [...m.sessions]) await furnish(new In(m, real, session));
    await fc.asyncModelRun(() => ({ model: m, real }), deeds);
    await audit(m, real);
  } finally {
    await real.close();
  }
  tally.runs += 1;
  tally.deeds += m.deeds;
  tally.requests += m.calls;
}

/** When every run begins. */
const START = Date.UTC(2026, 0, 31, 23, 59);
