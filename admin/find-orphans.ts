import { IntegrityError } from '../lambda/errors.ts';
import { OBJECT_PREFIX } from '../lambda/usecases/documents.ts';
import { isNamed, YOUNG_MS } from '../lambda/usecases/walk-bucket.ts';
import { type Checkpoint, endWalk } from './checkpoint.ts';
import { sideBySide } from './pace.ts';
import type { Report } from './report.ts';
import { count, newTally, type Tally } from './tally.ts';
import type { World } from './world.ts';

/** What an object can be found with. */
export const OBJECT_FINDINGS = {
  'object.orphan': 'objects older than 24 hours that no row answers for: the next walk of maintenance ends them',
  'object.odd-name':
    'objects under names that no document can have, or of a row that does not read: maintenance leaves them alone',
} as const;

type ObjectFinding = keyof typeof OBJECT_FINDINGS;

const OBJECTS_A_PAGE = 1000;
const AT_ONCE = 10;

/**
 * Walks the bucket for objects that no row answers for, as maintenance does, and removes none.
 *
 * @param number the walk's place in the run, from 0; how far it came stands where a segment's place does
 * @returns findings, and `objects`
 */
export async function findOrphans(
  world: World,
  checkpoint: Checkpoint,
  report: Report,
  number: number,
): Promise<Tally> {
  const { state } = checkpoint;
  const ended = state.ended[number];
  if (ended !== undefined) return ended;
  const place = state.places[0] ?? null;
  let after = place === null || place === 'end' ? null : place.sk;
  do {
    const page: Awaited<ReturnType<typeof world.objects.names>> = await world.objects.names(
      OBJECT_PREFIX,
      after,
      OBJECTS_A_PAGE,
    );
    const counted = newTally();
    await sideBySide(page.objects, AT_ONCE, async ({ key, modifiedAt }) => {
      const finding = modifiedAt < world.clock() - YOUNG_MS ? await judge(world, key) : null;
      count(counted, 'objects');
      if (finding !== null) count(counted, finding, key);
    });
    after = page.next;
    checkpoint.advance(0, after === null ? 'end' : { pk: '', sk: after }, counted);
    report.progress('objects', state.tally.counts['objects'] ?? 0, 0);
  } while (after !== null);
  return endWalk(checkpoint);
}

async function judge(world: World, key: string): Promise<ObjectFinding | null> {
  try {
    // Asked twice, as before a removal: its row may have been on its way.
    return (await isNamed(world, key)) || (await isNamed(world, key)) ? null : 'object.orphan';
  } catch (error) {
    if (error instanceof IntegrityError) return 'object.odd-name';
    throw error;
  }
}
