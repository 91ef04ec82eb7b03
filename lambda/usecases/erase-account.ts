import type { DeletionRow, DocumentRow, DueKey, RemnantKey } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { removeObjects, removeRow } from './documents.ts';
import type { MaintenanceEnvironment } from './environment.ts';

/** Rows that one read gives, and removed side by side. */
const ROWS_A_READ = 100;
const AT_ONCE = 25;

type ErasureEnvironment = Pick<MaintenanceEnvironment, 'store' | 'clock' | 'telemetry'> & {
  readonly objects: Pick<MaintenanceEnvironment['objects'], 'remove'>;
};

/**
 * Removes what is left of a deleted account. It needs no key, can stop anywhere, and can run twice at once.
 *
 * 1. Make sure that the account is gone. 2. Remove its rows, whatever they are. 3. Remove its documents, objects first;
 * the row of one that may still be in the making stays until it is due. 4. When nothing else is left, remove the deletion.
 *
 * @param until milliseconds since 1970: no new batch is begun after it
 * @returns whether all is gone
 * @throws IntegrityError for an account that stands, of which nothing is removed, and for a document that names others'
 * objects, or does not read; UnavailableError. All else was tried before.
 */
export async function eraseAccount(
  env: ErasureEnvironment,
  { accountId }: Pick<DeletionRow, 'accountId'>,
  until: number,
): Promise<boolean> {
  const standing = await env.store.snapshot([
    { kind: 'account', accountId },
    { kind: 'manifest', accountId },
  ]);
  // A deletion can be written without any key: it must not end what no owner ended.
  if (standing.some((row) => row !== null)) throw new IntegrityError('deletion');

  const failures: unknown[] = [];
  const each = async <K>(keys: readonly K[], act: (key: K) => Promise<unknown>): Promise<void> => {
    for (let start = 0; start < keys.length && env.clock() < until; start += AT_ONCE) {
      for (const end of await Promise.allSettled(keys.slice(start, start + AT_ONCE).map(act))) {
        if (end.status === 'rejected') failures.push(end.reason);
      }
    }
  };
  const documents: Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>[] = [];
  let after: string | null = null;
  do {
    const { keys, next }: Awaited<ReturnType<typeof env.store.remains>> = await env.store.remains(
      accountId,
      after,
      ROWS_A_READ,
    );
    documents.push(...keys.filter((key) => key.kind === 'document'));
    await each(keys.filter(isRemnant), (key) => env.store.commit([{ op: 'discard', key }]));
    after = next;
  } while (after !== null && env.clock() < until);
  await each(documents, (key) => eraseDocument(env, key));

  if (failures.length > 0) throw failures.find((error) => error instanceof IntegrityError) ?? failures[0];
  const left = await env.store.remains(accountId, null, 2);
  if (left.keys.some(({ kind }) => kind !== 'deletion')) return false;
  await env.store.commit([{ op: 'discard', key: { kind: 'deletion', accountId } }]);
  env.telemetry.count('AccountErased');
  return true;
}

/** Removes a document's objects, then its row where no other can come. */
async function eraseDocument(
  env: ErasureEnvironment,
  key: Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>,
): Promise<void> {
  const row = await env.store.get(key);
  if (row === null) return;
  // An object of one that is being made, sent in parts or moved may come yet, and then this row alone tells of it.
  const busyUntil = row.state === 'PENDING' ? Math.max(row.busyUntil, row.dueAt) : row.busyUntil;
  if (busyUntil > env.clock()) await removeObjects(env, row);
  else await removeRow(env, row);
}

function isRemnant(key: DueKey | RemnantKey): key is RemnantKey {
  return key.kind === 'remnant';
}
