import type { DueKey } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { DUE_SHARDS, type DueMark } from '../ports/vault-store.ts';
import { removeRow } from './documents.ts';
import type { MaintenanceEnvironment } from './environment.ts';
import { eraseAccount } from './erase-account.ts';

/** Days before today that are looked at: how long the sweeper may have stood still. */
export const LOOK_BACK_DAYS = 35;
/** Rows that the index gives at once, and removed side by side. */
const BATCH = 10;
/** A READY document is left alone until no reader's clock can still call it alive, ms: Lambda's are far closer together. */
const CLOCK_SKEW_MS = 1000;
const DAY_MS = 86_400_000;

export interface SweepReport {
  /** Documents, and accounts of which nothing is left. */
  readonly removed: number;
  readonly failed: number;
  /** Whether all that was due was looked at before time ran out. */
  readonly complete: boolean;
}

/**
 * Removes the documents that are due, objects first: those past their time, and those whose making or removal stopped.
 * Removes what is left of deleted accounts. It needs no key, can stop anywhere, and can run twice at once.
 *
 * 1. Ask the index, shard by shard and day by day. 2. Read each row again. 3. Remove a document's objects, then its row on
 * condition that it is as it was read; for a deletion all that its account has left, then the deletion.
 *
 * @param until milliseconds since 1970: no new batch is begun after it
 */
export async function sweep(env: MaintenanceEnvironment, until: number): Promise<SweepReport> {
  const now = env.clock();
  const report = { removed: 0, failed: 0, complete: false };
  const swept = { documents: 0 };
  try {
    for (let back = LOOK_BACK_DAYS; back >= 0; back--) {
      const day = new Date(now - back * DAY_MS).toISOString().slice(0, 10);
      for (let shard = 0; shard < DUE_SHARDS; shard++) {
        if (!(await sweepShard(env, { shard, day, now, until }, report, swept))) return report;
      }
    }
    // What ran out of time in the last shard of all was not looked at to its end.
    report.complete = env.clock() < until;
    return report;
  } finally {
    env.telemetry.count('DocumentSwept', swept.documents);
    if (report.failed > 0) env.telemetry.count('SweepFailure', report.failed);
  }
}

/** Sweeps one day of one shard, and adds to the report. @returns whether there was time for all of it */
async function sweepShard(
  env: MaintenanceEnvironment,
  { shard, day, now, until }: { shard: number; day: string; now: number; until: number },
  report: { removed: number; failed: number },
  swept: { documents: number },
): Promise<boolean> {
  // A page starts behind the one before: what lives, what fails, and what the index has not let go yet comes but once.
  let after: DueMark | null = null;
  do {
    if (env.clock() >= until) return false;
    const page: Page | null = await env.store.due(shard, day, now, after, BATCH).catch((error: unknown) => {
      // A row of the index that names nothing of ours must not keep the rest from being swept.
      if (!(error instanceof IntegrityError)) throw error;
      note(env, error);
      return null;
    });
    if (page === null) {
      report.failed++;
      return true;
    }
    const ends = await Promise.all(page.keys.map((key) => end(env, key, now, until)));
    for (const [i, key] of page.keys.entries()) {
      if (ends[i] === 'removed') report.removed++;
      if (ends[i] === 'removed' && key.kind === 'document') swept.documents++;
      if (ends[i] === 'failed') report.failed++;
    }
    after = page.next;
  } while (after !== null);
  return true;
}

type Page = Awaited<ReturnType<MaintenanceEnvironment['store']['due']>>;
type End = 'removed' | 'kept' | 'failed';

async function end(env: MaintenanceEnvironment, key: DueKey, now: number, until: number): Promise<End> {
  try {
    const row = await env.store.get(key);
    if (row === null || row.dueAt > now) return 'kept';
    if (row.kind === 'deletion') return (await eraseAccount(env, row, until)) ? 'removed' : 'kept';
    if (row.state === 'READY' && row.expiresAt > now - CLOCK_SKEW_MS) return 'kept';
    // A rotation may still put an object of it.
    if (row.busyUntil > now) return 'kept';
    return (await removeRow(env, row)) ? 'removed' : 'kept';
  } catch (error) {
    note(env, error);
    return 'failed';
  }
}

function note(env: MaintenanceEnvironment, error: unknown): void {
  if (error instanceof IntegrityError) env.telemetry.count('IntegrityFailure');
  env.telemetry.error('what is due could not be removed', {
    error: { name: error instanceof Error ? error.name : 'unknown' },
  });
}
