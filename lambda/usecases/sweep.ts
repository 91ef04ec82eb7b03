import { IntegrityError } from '../errors.ts';
import { DUE_SHARDS } from '../ports/vault-store.ts';
import { removeRow } from './documents.ts';
import type { MaintenanceEnvironment } from './environment.ts';

/** Days before today that are looked at: how long the sweeper may have stood still. */
const LOOK_BACK_DAYS = 35;
/** Rows removed side by side. */
const BATCH = 10;
/** A READY document is left alone until no reader's clock can still call it alive, ms. */
const CLOCK_SKEW_MS = 60_000;
const DAY_MS = 86_400_000;

export interface SweepReport {
  readonly removed: number;
  readonly failed: number;
  /** Whether all that was due was looked at before time ran out. */
  readonly complete: boolean;
}

/**
 * Removes the documents that are due, objects first: those past their time, and those whose making or removal stopped.
 * It needs no key, can stop anywhere, and can run twice at once.
 *
 * 1. Ask the index, shard by shard and day by day. 2. Read each row again. 3. Remove its objects, then the row on
 * condition that it is as it was read.
 *
 * @param until milliseconds since 1970: no new batch is begun after it
 */
export async function sweep(env: MaintenanceEnvironment, until: number): Promise<SweepReport> {
  const now = env.clock();
  let removed = 0;
  let failed = 0;
  for (let back = LOOK_BACK_DAYS; back >= 0; back--) {
    const day = new Date(now - back * DAY_MS).toISOString().slice(0, 10);
    for (let shard = 0; shard < DUE_SHARDS; shard++) {
      for (;;) {
        if (env.clock() >= until) return { removed, failed, complete: false };
        const due = await env.store.due(shard, day, now, BATCH);
        const ends = await Promise.all(due.map((key) => end(env, key, now)));
        removed += ends.filter((result) => result === 'removed').length;
        failed += ends.filter((result) => result === 'failed').length;
        // What stays in the index would come again: an index that lags, or rows that fail.
        if (due.length < BATCH || !ends.includes('removed')) break;
      }
    }
  }
  env.telemetry.count('DocumentSwept', removed);
  if (failed > 0) env.telemetry.count('SweepFailure', failed);
  return { removed, failed, complete: true };
}

type End = 'removed' | 'kept' | 'failed';

async function end(
  env: MaintenanceEnvironment,
  key: Awaited<ReturnType<MaintenanceEnvironment['store']['due']>>[number],
  now: number,
): Promise<End> {
  try {
    const row = await env.store.get(key);
    if (row === null || row.dueAt > now || (row.state === 'READY' && row.expiresAt > now - CLOCK_SKEW_MS)) return 'kept';
    await removeRow(env, row);
    return 'removed';
  } catch (error) {
    if (error instanceof IntegrityError) env.telemetry.count('IntegrityFailure');
    env.telemetry.error('a due document could not be removed', {
      error: { name: error instanceof Error ? error.name : 'unknown' },
    });
    return 'failed';
  }
}
