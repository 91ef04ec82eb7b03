import {
  decodeManifest,
  encodeManifest,
  entryKey,
  type Manifest,
  withAccount,
  withoutEntry,
} from '../crypto/manifest.ts';
import { confirmations } from '../crypto/rewrap.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, DocumentRow, ItemRow, ManifestRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import type { VaultEnvironment } from './environment.ts';

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

/**
 * The manifest in its row. No call of KMS, but one for each wrap of the account that was moved to another key since.
 *
 * @throws IntegrityError when it does not open, or is not this account row's
 */
export async function openManifest(
  env: Pick<VaultEnvironment, 'keys'>,
  keys: VaultKeys,
  account: AccountRow,
  row: ManifestRow,
): Promise<Manifest> {
  if (row.dekVersion !== keys.dekVersion) throw new IntegrityError('manifest');
  const manifest = decodeManifest(keys.open('manifest', keys.accountId, row.revision, row.sealed));
  const open = confirmations(manifest, account);
  if (manifest.revision !== row.revision || open === null) throw new IntegrityError('manifest');
  for (const { message, mac } of open) {
    if (!(await env.keys.confirms(message, mac))) throw new IntegrityError('manifest');
  }
  // So that the next write of the vault knows the moved wraps.
  return open.length === 0 ? manifest : withAccount(manifest, account);
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
