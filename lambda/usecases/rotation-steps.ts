import { wipe } from '../crypto/bytes.ts';
import { entryOf, type Manifest, type ManifestEntry, withEntries } from '../crypto/manifest.ts';
import type { ActivityRow, DocumentRow, ItemRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { RotationEnvironment } from './environment.ts';
import { ACTIVITY_VERSION } from './journal.ts';
import { clearMoved, moveDocument } from './move-document.ts';
import { ROWS_A_SNAPSHOT, type Vault } from './vault.ts';

/** No step is begun after so long, ms: well within the gateway's 29 s, whatever the size of the last document. */
const PATIENCE_MS = 12_000;
/** Rows and bytes of one transaction, which takes 100 and 4 MB. */
const ROWS_A_STEP = 50;
const BYTES_A_STEP = 3_000_000;
/** An expired document is given up when no clock can still call it alive, ms. */
const CLOCK_SKEW_MS = 60_000;

/** Somebody wrote a row under the previous DEK meanwhile: the rotation is not at its end. */
class Unfinished extends Error {}

/** The rows that one call may still move. */
interface Budget {
  rows: number;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** Of the DEK that they are moved to. */
  readonly dekVersion: number;
}

/**
 * Moves rows from the previous DEK to the account's, and takes the previous one away when none is left.
 *
 * 1. Items, many a transaction. 2. Documents, one by one; one that is damaged is left behind, and told of in the end.
 * 3. Activity, many a transaction. 4. The previous DEK, on condition that no row is left. It can stop anywhere, and run
 * twice at once.
 *
 * @param limit rows that are moved at most
 * @returns rows that are left; 0 when the previous DEK is gone
 * @throws IntegrityError for a document that can't be opened; UnavailableError
 */
export async function moveRows(env: RotationEnvironment, vault: Vault, limit: number): Promise<number> {
  if (!isRotating(vault)) return 0;
  const budget: Budget = { rows: limit, until: env.clock() + PATIENCE_MS, dekVersion: vault.keys.dekVersion };
  await moveItems(env, vault, budget);
  const damage = await moveDocuments(env, vault, budget);
  const activity = await moveActivity(env, vault, budget);
  if (damage !== null) throw damage;
  if (!isRotating(vault)) return 0;
  const left = leftBehind(vault.manifest, vault, env.clock()).length + activity;
  if (left > 0) return left;
  return (await clearMoved(env, vault, budget.until)) && (await finish(env, vault)) ? 0 : 1;
}

/** The entries under the previous DEK that must be moved. */
function leftBehind({ entries }: Manifest, { keys }: Vault, now: number): ManifestEntry[] {
  return [...entries.values()].filter((entry) => entry.dekVersion !== keys.dekVersion && !isGone(entry, now));
}

function isGone(entry: ManifestEntry, now: number): boolean {
  return entry.kind === 'document' && entry.expiresAt <= now - CLOCK_SKEW_MS;
}

async function moveItems(env: RotationEnvironment, vault: Vault, budget: Budget): Promise<void> {
  const { accountId } = vault;
  const left = leftBehind(vault.manifest, vault, env.clock()).flatMap((entry) =>
    entry.kind === 'item' ? [entry] : [],
  );
  for (let start = 0; start < left.length && mayGoOn(env, vault, budget); start += ROWS_A_SNAPSHOT) {
    const some = left.slice(start, start + Math.min(ROWS_A_SNAPSHOT, budget.rows));
    const keys = some.map(({ id: itemId }) => ({ kind: 'item', accountId, itemId }) as const);
    const rows = await vault.verified(keys, await env.store.snapshot(keys));
    for (const batch of batches(rows.flatMap((row) => (row === null || isMoved(vault, row) ? [] : [row])))) {
      if (!mayGoOn(env, vault, budget)) return;
      await vault.write(null, batch, batch, (current, manifest) => {
        const moved = current.flatMap((row): [ItemRow, ItemRow][] =>
          row === null || isMoved(vault, row) ? [] : [[row, resealed(vault, row)]],
        );
        return {
          changes: moved.map(([before, after]): Change => ({ op: 'put', row: after, replaces: before })),
          manifest: withEntries(
            manifest,
            moved.map(([, after]) => entryOf(after)),
          ),
          result: null,
        };
      });
    }
    budget.rows -= some.length;
  }
}

/** @returns what was wrong with the first document that could not be moved; null where there is none */
async function moveDocuments(env: RotationEnvironment, vault: Vault, budget: Budget): Promise<IntegrityError | null> {
  let damage: IntegrityError | null = null;
  for (const entry of leftBehind(vault.manifest, vault, env.clock())) {
    if (entry.kind !== 'document' || !mayGoOn(env, vault, budget)) continue;
    budget.rows--;
    try {
      await moveDocument(env, vault, entry.id, budget.until);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      damage ??= error;
    }
  }
  return damage;
}

/** @returns rows that are left */
async function moveActivity(env: RotationEnvironment, vault: Vault, budget: Budget): Promise<number> {
  const limit = Math.max(1, Math.min(1000, budget.rows));
  const { rows, total } = await env.store.activityUnder(vault.accountId, vault.keys.dekVersion - 1, limit);
  let moved = 0;
  while (moved < rows.length && mayGoOn(env, vault, budget)) {
    const some = rows.slice(moved, moved + ROWS_A_STEP);
    const changes = some.map((row): Change => ({ op: 'put', row: movedEntry(env, vault, row), replaces: row }));
    // Where one is gone or moved since, the next call sees it.
    if (!(await env.store.commit(changes)).ok) break;
    moved += some.length;
  }
  return total - moved;
}

/** An entry under the account's DEK. One that does not open stays as it is, to be named by who reads it. */
function movedEntry({ telemetry }: RotationEnvironment, vault: Vault, row: ActivityRow): ActivityRow {
  try {
    return resealed(vault, row);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    telemetry.count('IntegrityFailure');
    return { ...row, dekVersion: vault.keys.dekVersion };
  }
}

/** Takes the previous DEK away. @returns whether it is gone */
async function finish(env: RotationEnvironment, vault: Vault): Promise<boolean> {
  const { previousDek: _gone, ...rest } = vault.account;
  const next = { ...rest, version: rest.version + 1 };
  try {
    await vault.writeAccount({ action: 'key-rotation.ended' }, next, (manifest) => {
      const now = env.clock();
      if (leftBehind(manifest, vault, now).length > 0) throw new Unfinished();
      // What is under the previous DEK still has expired.
      const entries = [...manifest.entries].filter(([, { dekVersion }]) => dekVersion === next.dekVersion);
      return { changes: [], manifest: { ...manifest, entries: new Map(entries) } };
    });
    return true;
  } catch (error) {
    if (error instanceof Unfinished) return false;
    if (error instanceof TwinlockError && error.code === 'version_conflict') return false;
    throw error;
  }
}

/** Whether there are rows and time left, and the rotation still stands: another call may have ended it. */
function mayGoOn(env: RotationEnvironment, vault: Vault, { rows, until, dekVersion }: Budget): boolean {
  return rows > 0 && env.clock() < until && isRotating(vault) && vault.keys.dekVersion === dekVersion;
}

function isRotating({ account }: Vault): boolean {
  return account.previousDek !== undefined;
}

function isMoved({ keys }: Vault, row: ItemRow | DocumentRow): boolean {
  return row.dekVersion === keys.dekVersion;
}

/** The row under the account's DEK. @throws IntegrityError */
function resealed<R extends ItemRow | ActivityRow>(vault: Vault, row: R): R {
  const { keys } = vault;
  const [id, version] = row.kind === 'item' ? [row.itemId, row.version] : [row.activityId, ACTIVITY_VERSION];
  const plain = vault.keysOf(row).open(row.kind, id, version, row.sealed);
  const sealed = keys.seal(row.kind, id, version, plain);
  wipe(plain);
  return { ...row, dekVersion: keys.dekVersion, sealed };
}

/** Rows in parts that one transaction takes. */
function batches(rows: readonly ItemRow[]): ItemRow[][] {
  const parts: ItemRow[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    bytes += row.sealed.length;
    if (bytes > BYTES_A_STEP) {
      parts.push([]);
      bytes = row.sealed.length;
    }
    parts.at(-1)?.push(row);
  }
  return parts;
}
