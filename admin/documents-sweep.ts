import type { DueKey } from '../lambda/domain/records.ts';
import { IntegrityError } from '../lambda/errors.ts';
import { DUE_SHARDS, type DueMark } from '../lambda/ports/vault-store.ts';
import { LOOK_BACK_DAYS, sweep } from '../lambda/usecases/sweep.ts';
import { RENEWED, walkBucket } from '../lambda/usecases/walk-bucket.ts';
import { openCheckpoint } from './checkpoint.ts';
import { type Command, type Outcome, wholeOption } from './command.ts';
import { findOrphans, OBJECT_FINDINGS } from './find-orphans.ts';
import type { Report } from './report.ts';
import { count, countOf, findingLines, findings, newTally, type Tally } from './tally.ts';
import type { World } from './world.ts';

const DAY_MS = 86_400_000;

/**
 * Does now what maintenance does every hour: it removes what is due, and objects that no row answers for.
 *
 * 1. Without --apply list what is due and what is left over, and end. 2. Sweep. 3. Walk the whole bucket, also where the
 * last walk was within a week; a walk that maintenance has under way is gone on with.
 */
export const documentsSweep: Command = {
  name: 'documents sweep',
  summary: 'removes documents and deletions that are due, and objects left over; a dry run without --apply',
  usage: '[--apply] [--minutes <n>]',
  help: [
    '--apply          remove; without it only list what is due and left over',
    '--minutes <n>    no new batch is begun after so long, 1 to 1440 (60)',
  ],
  options: { apply: { type: 'boolean' }, minutes: { type: 'string' } },
  async run(world, given, report) {
    const until = world.clock() + wholeOption(given, 'minutes', 1, 1440, 60) * 60_000;
    if (given.options['apply'] !== true) return planned(world, report);
    const swept = await sweep(world, until);
    report.note(`${swept.removed} documents and deletions were removed.`);
    await renewWalk(world);
    const walked = await walkBucket(world, until);
    const complete = swept.complete && walked.complete;
    return {
      ok: complete && swept.failed + walked.failed === 0,
      lines: [
        `Removed: ${swept.removed} documents and deletions, ${walked.removed} objects left over.`,
        `Failed: ${swept.failed} and ${walked.failed}.`,
        complete ? 'All was looked at.' : 'Time ran out: run it again, or leave the rest to maintenance.',
      ],
      data: { applied: true, swept, walked },
    };
  },
};

/** Lets the next walk begin at once, where the last one has ended. Lost to another writer, it has begun. */
async function renewWalk({ store }: World): Promise<void> {
  const walk = await store.get({ kind: 'walk', name: 'bucket' });
  if (walk?.after === '') await store.commit([{ op: 'put', row: { ...walk, begunAt: RENEWED }, replaces: walk }]);
}

async function planned(world: World, report: Report): Promise<Outcome> {
  const due = newTally();
  const now = world.clock();
  for (let back = LOOK_BACK_DAYS; back >= 0; back--) {
    const day = new Date(now - back * DAY_MS).toISOString().slice(0, 10);
    for (let shard = 0; shard < DUE_SHARDS; shard++) await listShard(world, shard, day, now, due);
    report.progress('days', LOOK_BACK_DAYS - back + 1, LOOK_BACK_DAYS + 1);
  }
  const left = await findOrphans(world, openCheckpoint(null, {}, 1), report, 0);
  const [documents, deletions] = [countOf(due, 'due.document'), countOf(due, 'due.deletion')];
  return {
    ok: true,
    lines: [
      `${documents} documents and ${deletions} deletions are due.`,
      `${countOf(left, 'objects')} objects were looked up.`,
      ...findingLines(left, OBJECT_FINDINGS),
      'Dry run: nothing was changed. --apply removes what is due, and objects that no row answers for.',
    ],
    data: {
      applied: false,
      due: { documents, deletions },
      objects: countOf(left, 'objects'),
      findings: findings(left, OBJECT_FINDINGS),
    },
  };
}

/** Counts what is due of one day of one shard, as it stands in the table: the index is late. */
async function listShard({ store }: World, shard: number, day: string, now: number, due: Tally): Promise<void> {
  let after: DueMark | null = null;
  do {
    const page: { keys: DueKey[]; next: DueMark | null } = await store.due(shard, day, now, after, 100);
    for (const key of page.keys) {
      const isDue = await store.get(key).then(
        (row) => row !== null && row.dueAt <= now,
        (error: unknown) => {
          // The sweep fails there too, and tells of it.
          if (error instanceof IntegrityError) return true;
          throw error;
        },
      );
      if (isDue) count(due, `due.${key.kind}`);
    }
    after = page.next;
  } while (after !== null);
}
