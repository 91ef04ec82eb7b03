import type { VaultKeys } from '../crypto/vault-keys.ts';
import { type DocumentId, type ItemId, isUlid } from '../domain/ids.ts';
import type { DocumentRow, ItemRow } from '../domain/records.ts';
import { InvalidRequestError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import type { EntryKey } from './manifest-row.ts';
import type { Vault } from './vault.ts';

/** A page of a list. */
export interface Page<T> {
  readonly entries: T[];
  /** Where the next page starts; null at the end. */
  readonly nextCursor: string | null;
}

export interface PageRequest {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly cursor: string | null;
}

/** A page's answer ends at so many bytes. */
const PAGE_BYTES = 2 * 1024 * 1024;
/** Of these for what stands around the entries: brackets, commas, names and the cursor. */
const FRAME_BYTES = 512;
/** Rows that one call looks at for a filter that few pass. */
const SCANNED_ROWS = 400;
/** Rows of a further read for the same page. */
const ROWS_A_READ = 100;

type Listed = { item: ItemRow; document: DocumentRow };

/**
 * A page of an account's items, oldest first, or documents, newest first: each row held against the manifest, and each
 * row that the manifest knows in this stretch held to be there.
 *
 * @param pick what becomes of a row: null leaves it out
 * @throws InvalidRequestError for a cursor that is not this account's and list's
 */
export async function listPage<K extends keyof Listed, T>(
  env: VaultEnvironment,
  signedIn: SignedIn,
  kind: K,
  request: PageRequest,
  pick: (vault: Vault, row: Listed[K]) => T | null,
): Promise<Page<T>> {
  const descending = kind === 'document';
  const read = (after: string | null, limit: number) =>
    env.store.list(signedIn.accountId, kind, {
      limit,
      descending,
      ...(after === null ? {} : { after }),
    });
  const first = request.cursor === null ? read(null, request.limit) : null;
  const [vault] = await Promise.all([signedIn.vault(), first]);
  let after = request.cursor === null ? null : openCursor(vault, kind, request.cursor, idIn);

  const entries: T[] = [];
  let bytes = FRAME_BYTES;
  for (let scanned = 0; ; ) {
    // Few pass the filter: then a small page is no reason for many small reads.
    const page = await (after === null && first !== null
      ? first
      : read(after, scanned === 0 ? request.limit : ROWS_A_READ));
    const rows = page.rows as Listed[K][];
    const stretch = stretchOf(vault, kind, rows, { after, more: page.more, descending });
    const verified = await vault.verified(stretch.keys, stretch.found);
    for (const [i, row] of (verified as (Listed[K] | null)[]).entries()) {
      const id = idOf(stretch.keys[i] as EntryKey);
      const entry = row === null ? null : pick(vault, row);
      if (entry !== null) {
        const size = Buffer.byteLength(JSON.stringify(entry));
        if (entries.length === request.limit || (entries.length > 0 && bytes + size > PAGE_BYTES)) {
          return { entries, nextCursor: sealCursor(vault.keys, kind, Buffer.from(after ?? '')) };
        }
        entries.push(entry);
        bytes += size;
      }
      after = id;
    }
    scanned += rows.length;
    if (!page.more) return { entries, nextCursor: null };
    if (entries.length === request.limit || scanned >= SCANNED_ROWS) {
      return { entries, nextCursor: sealCursor(vault.keys, kind, Buffer.from(after ?? '')) };
    }
  }
}

/** What a page's stretch of ids should hold: the rows that came, and those that the manifest knows and that did not. */
function stretchOf(
  vault: Vault,
  kind: keyof Listed,
  rows: readonly (ItemRow | DocumentRow)[],
  bounds: { readonly after: string | null; readonly more: boolean; readonly descending: boolean },
): { keys: EntryKey[]; found: (ItemRow | DocumentRow | null)[] } {
  const { accountId } = vault.account;
  const byId = new Map<string, ItemRow | DocumentRow | null>(rows.map((row) => [idOf(row), row]));
  const last = rows.at(-1);
  const end = bounds.more && last !== undefined ? idOf(last) : null;
  const [from, to] = bounds.descending ? [end, bounds.after] : [bounds.after, end];
  for (const entry of vault.manifest.entries.values()) {
    const { id } = entry;
    const within = bounds.descending
      ? (from === null || id >= from) && (to === null || id < to)
      : (from === null || id > from) && (to === null || id <= to);
    if (entry.kind === kind && within && !byId.has(id)) byId.set(id, null);
  }
  const ids = [...byId.keys()].sort();
  if (bounds.descending) ids.reverse();
  const keys = ids.map(
    (id): EntryKey =>
      kind === 'item' ? { kind, accountId, itemId: id as ItemId } : { kind, accountId, documentId: id as DocumentId },
  );
  return { keys, found: ids.map((id) => byId.get(id) ?? null) };
}

function idOf(key: EntryKey): string {
  return key.kind === 'item' ? key.itemId : key.documentId;
}

/** A place in a list, which only its account can use. */
export function sealCursor(keys: VaultKeys, list: string, place: Uint8Array): string {
  return Buffer.from(keys.seal('cursor', list, 0, place)).toString('base64url');
}

/**
 * The place that a cursor stands for.
 *
 * @param read the place in its bytes, or null
 * @throws InvalidRequestError
 */
export function openCursor<T>(vault: Vault, list: string, cursor: string, read: (place: Uint8Array) => T | null): T {
  const sealed = Buffer.from(cursor, 'base64url');
  const isCanonical = sealed.toString('base64url') === cursor;
  for (const keys of isCanonical ? vault.allKeys : []) {
    try {
      const place = read(keys.open('cursor', list, 0, sealed));
      if (place !== null) return place;
    } catch {
      // One answer for whatever is wrong with it.
    }
  }
  throw new InvalidRequestError([{ path: '/cursor', message: 'is not a cursor of this list' }]);
}

function idIn(place: Uint8Array): string | null {
  const id = Buffer.from(place).toString();
  return isUlid(id) ? id : null;
}
