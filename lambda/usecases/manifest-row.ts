import {
  decodeManifest,
  encodeManifest,
  entryKey,
  type Manifest,
  matchesAccount,
  withoutEntry,
} from '../crypto/manifest.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, DocumentRow, ItemRow, ManifestRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';

/** What names a row that the manifest accounts for. */
export type EntryKey =
  | Pick<ItemRow, 'kind' | 'accountId' | 'itemId'>
  | Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>;

/** An expired document's entry is dropped by a later write, once no clock can still call it alive. */
const PRUNE_AFTER_MS = 3_600_000;

/** A manifest's row, to be written. */
export function sealManifest(keys: VaultKeys, manifest: Manifest): ManifestRow {
  const { accountId, dekVersion } = keys;
  const sealed = keys.seal('manifest', accountId, manifest.revision, encodeManifest(manifest));
  return { kind: 'manifest', accountId, revision: manifest.revision, dekVersion, sealed };
}

/** The manifest in its row. @throws IntegrityError when it does not open, or is not this account row's */
export function openManifest(keys: VaultKeys, account: AccountRow, row: ManifestRow): Manifest {
  if (row.dekVersion !== keys.dekVersion) throw new IntegrityError('manifest');
  const manifest = decodeManifest(keys.open('manifest', keys.accountId, row.revision, row.sealed));
  if (manifest.revision !== row.revision || !matchesAccount(manifest, account)) throw new IntegrityError('manifest');
  return manifest;
}

/** The name of a row's entry in the manifest. */
export function entryKeyOf(key: EntryKey): string {
  return entryKey(key.kind, key.kind === 'item' ? key.itemId : key.documentId);
}

/** A row that exists for its owner: an item, or a document that is ready and not expired. */
export function alive<R extends ItemRow | DocumentRow>(row: R | null, now: number): R | null {
  if (row === null) return null;
  return row.kind === 'document' && (row.state === 'PENDING' || row.expiresAt <= now) ? null : row;
}

/** The manifest without documents that expired long ago. */
export function prune(manifest: Manifest, now: number): Manifest {
  let pruned = manifest;
  for (const [key, entry] of manifest.entries) {
    if (entry.kind === 'document' && entry.expiresAt <= now - PRUNE_AFTER_MS) pruned = withoutEntry(pruned, key);
  }
  return pruned;
}
