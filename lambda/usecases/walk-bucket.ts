import { type AccountId, type DocumentId, parseId } from '../domain/ids.ts';
import type { WalkRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import type { ObjectName } from '../ports/object-store.ts';
import { OBJECT_PREFIX } from './documents.ts';
import type { MaintenanceEnvironment } from './environment.ts';

/** A walk begins so long after the one before began, ms. */
const EVERY_MS = 7 * 86_400_000;
/** Younger objects are left alone: their rows may still be on their way, ms. */
export const YOUNG_MS = 86_400_000;
/** Objects of one page, and looked up side by side. */
const OBJECTS_A_PAGE = 500;
const AT_ONCE = 10;
/** When a walk is said to have begun whose next one is to begin at once, ms since 1970. */
export const RENEWED = 0;

export interface WalkReport {
  /** Objects that no row answered for. */
  readonly removed: number;
  readonly failed: number;
  /** Whether the walk came to its end, or none was due. */
  readonly complete: boolean;
}

/**
 * Walks the bucket for objects that no row answers for, once a week: what is left when a call stops just where nobody
 * can tell. It can stop anywhere, and goes on where it was.
 *
 * 1. Read how far the last walk came. 2. Look each object's row up, page by page, and once more just before an object is
 * removed. 3. Write down how far it came; another walk at work then is left to it. A walk that a failing service kept from
 * an object comes to its end all the same, and the next run begins anew.
 *
 * @param until milliseconds since 1970: no new batch is begun after it
 * @throws UnavailableError where the names, or how far the walk came, can't be read or written
 */
export async function walkBucket(env: MaintenanceEnvironment, until: number): Promise<WalkReport> {
  const report = { removed: 0, failed: 0, complete: false };
  const key = { kind: 'walk', name: 'bucket' } as const;
  const now = env.clock();
  let read = await env.store.get(key);
  // A walk that begins in the future is none that this service began.
  if (read?.after === '' && Math.abs(now - read.begunAt) < EVERY_MS) return { ...report, complete: true };
  let row: WalkRow = read === null || read.after === '' ? { ...key, after: null, begunAt: now } : read;
  try {
    while (row.after !== '' && env.clock() < until) {
      const page: Page = await env.objects.names(OBJECT_PREFIX, row.after, OBJECTS_A_PAGE);
      const old = page.objects.filter(({ modifiedAt }) => modifiedAt < now - YOUNG_MS);
      let [judged, begunAt] = [0, row.begunAt];
      while (judged < old.length && env.clock() < until) {
        const batch = old.slice(judged, judged + AT_ONCE);
        const ends = await Promise.all(batch.map((object) => judge(env, object)));
        report.removed += ends.filter((end) => end === 'removed').length;
        report.failed += ends.filter((end) => end === 'failed' || end === 'odd').length;
        if (ends.includes('failed')) begunAt = RENEWED;
        judged += batch.length;
      }
      // Where time ran out, it comes back to what it did not judge.
      const after = judged === old.length ? (page.next ?? '') : (old[judged - 1]?.key ?? row.after);
      const next: WalkRow = { ...row, after, begunAt };
      if (!(await env.store.commit([{ op: 'put', row: next, replaces: read }])).ok) return report;
      [read, row] = [next, next];
    }
    report.complete = row.after === '';
    return report;
  } finally {
    env.telemetry.count('OrphanRemoved', report.removed);
    if (report.failed > 0) env.telemetry.count('SweepFailure', report.failed);
  }
}

type Page = Awaited<ReturnType<MaintenanceEnvironment['objects']['names']>>;
/** `odd` is one that no later walk will judge otherwise, `failed` one that the next may. */
type End = 'kept' | 'removed' | 'odd' | 'failed';

async function judge(env: MaintenanceEnvironment, { key }: ObjectName): Promise<End> {
  try {
    if ((await isNamed(env, key)) || (await isNamed(env, key))) return 'kept';
    await env.objects.remove(key);
    return 'removed';
  } catch (error) {
    const isOdd = error instanceof IntegrityError;
    if (isOdd) env.telemetry.count('IntegrityFailure');
    env.telemetry.error('an object could not be judged', {
      error: { name: error instanceof Error ? error.name : 'unknown' },
    });
    return isOdd ? 'odd' : 'failed';
  }
}

/** Whether a row answers for an object. @throws IntegrityError for an object that no document can have */
export async function isNamed({ store }: Pick<MaintenanceEnvironment, 'store'>, key: string): Promise<boolean> {
  const [account = '', document = '', name = '', ...more] = key.slice(OBJECT_PREFIX.length).split('/');
  const [accountId, documentId] = [parseId<AccountId>(account), parseId<DocumentId>(document)];
  if (accountId === null || documentId === null || name === '' || more.length > 0) throw new IntegrityError('object');
  const row = await store.get({ kind: 'document', accountId, documentId });
  return row?.objectKeys.includes(key) === true;
}
