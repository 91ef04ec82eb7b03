import { ciphertextSize } from '../crypto/cobblestone.ts';
import { entryOf, withEntry, withoutEntry } from '../crypto/manifest.ts';
import { type DocumentId, newId, parseId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { SignedIn } from './authenticate.ts';
import { type Claim, KeyTaken } from './claim.ts';
import type {
  DeletionEnvironment,
  DocumentEnvironment,
  MaintenanceEnvironment,
  VaultEnvironment,
} from './environment.ts';
import { fromJson, toJson } from './json.ts';
import { entryKeyOf } from './manifest-row.ts';
import type { Vault } from './vault.ts';

/** What the sealed metadata of a document say. */
export interface DocumentMetadata {
  readonly title: string;
  /** Null for one that was uploaded. */
  readonly template: string | null;
  readonly pages: number;
  /** Bytes of the PDF. */
  readonly size: number;
  /** Of the PDF, in hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The first 56 bytes of the object, in base64: they bind it to this row. */
  readonly header: string;
  /** The object's name: one that the row does not answer for would outlive it. */
  readonly object: string;
}

/** A document as its owner has it. */
export type Document = Omit<DocumentMetadata, 'header' | 'object'> & {
  readonly id: DocumentId;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
};

/** A document that is not READY by then was abandoned, ms. */
const MAKING_MS = 3_600_000;

/** Reads a document's description. @throws TwinlockError `not_found` */
export async function getDocument(env: VaultEnvironment, signedIn: SignedIn, id: string): Promise<Document> {
  const { vault, row } = await findDocument(env, signedIn, id);
  return describe(row, openMetadata(vault, row));
}

/**
 * Stores a PDF as a document.
 *
 * 1. Write a PENDING row that names the object. 2. Put the object, sealed as it goes. 3. Seal the metadata, make the
 * row READY and enter it in the manifest, in one transaction. What stops on the way is maintenance's to remove.
 * Where the sender gave a key, its row is written with the first and with the last.
 *
 * @param expiresAt milliseconds since 1970
 * @throws TwinlockError `vault_full`, or KeyTaken, after which nothing is left
 */
export async function storeDocument(
  env: DocumentEnvironment,
  vault: Vault,
  pdf: Uint8Array,
  metadata: Omit<DocumentMetadata, 'header' | 'object' | 'size' | 'createdAt'>,
  expiresAt: number,
  claim: Claim | null,
): Promise<Document> {
  const { keys } = vault;
  const { accountId, dekVersion } = keys;
  const createdAt = env.clock();
  const documentId = newId<DocumentId>(createdAt, env.random(10));
  const objectKey = objectFolder({ accountId, documentId }) + Buffer.from(env.random(16)).toString('base64url');
  const pending: DocumentRow = {
    kind: 'document',
    accountId,
    documentId,
    version: 1,
    dekVersion,
    state: 'PENDING',
    sealed: null,
    objectKeys: [objectKey],
    expiresAt,
    dueAt: createdAt + MAKING_MS,
  };
  const first: Change = { op: 'put', row: pending, replaces: null };
  if (claim !== null) await claim.begin(documentId, [first]);
  else if (!(await env.store.commit([first])).ok) throw new Error('a fresh document id was taken');

  const sealing = keys.beginSeal('content', documentId, pending.version);
  if (!(await env.objects.put(objectKey, () => sealing.seal([pdf]), ciphertextSize(pdf.length)))) {
    throw new Error('a fresh object name was taken');
  }

  const whole: DocumentMetadata = {
    ...metadata,
    size: pdf.length,
    createdAt,
    header: Buffer.from(sealing.header).toString('base64'),
    object: objectKey,
  };
  const ready: DocumentRow = {
    ...pending,
    state: 'READY',
    sealed: keys.seal('document', documentId, pending.version, toJson(whole)),
    dueAt: expiresAt,
  };
  try {
    const line = { action: 'document.created', target: documentId } as const;
    await vault.write(line, [], [], async (_, manifest) => {
      const kept = claim === null ? [] : [await claim.done(documentId)];
      return {
        changes: [{ op: 'put', row: ready, replaces: pending }, ...kept],
        manifest: withEntry(manifest, entryOf(ready)),
        result: null,
      };
    });
  } catch (error) {
    // Without a verdict the row may be READY by now, and nothing may be taken from it.
    const refused = error instanceof KeyTaken || (error instanceof TwinlockError && error.code === 'vault_full');
    if (refused) await removeRow(env, pending);
    throw error;
  }
  env.telemetry.count('DocumentMade');
  return describe(ready, whole);
}

/**
 * Removes a document, row and object: also one whose making or removal stopped half-way.
 *
 * 1. Take it out of the manifest and make its row PENDING and due, in one transaction: from then on it does not exist.
 * 2. Remove the object. 3. Remove the row. What stops on the way is finished by another call, or by maintenance.
 *
 * @throws TwinlockError `not_found`
 */
export async function deleteDocument(env: DocumentEnvironment, signedIn: SignedIn, id: string): Promise<void> {
  const key = keyOf(signedIn, id);
  const [vault, found] = await Promise.all([signedIn.vault(), env.store.get(key)]);
  const [row = null] = await vault.verified([key], [found]);
  if (row === null) {
    // One in the making does not exist yet, and its object is its maker's.
    const isOver = found?.state === 'PENDING' && (isMoving(found) || found.dueAt <= env.clock());
    if (!isOver) throw new TwinlockError('not_found');
    await clear(env, found);
    return;
  }
  const line = { action: 'document.deleted', target: key.documentId } as const;
  const removed = await vault.write(line, [key], [row], ([current = null], manifest) => {
    if (current === null) throw new TwinlockError('not_found');
    // Also for the check of what is about to be removed.
    openMetadata(vault, current);
    const dueAt = env.clock() + (isMoving(current) ? MAKING_MS : 0);
    const going: DocumentRow = { ...current, state: 'PENDING', sealed: null, dueAt };
    return {
      changes: [{ op: 'put', row: going, replaces: current }],
      manifest: withoutEntry(manifest, entryKeyOf(key)),
      result: going,
    };
  });
  await clear(env, removed);
}

/** Removes what a row that is no part of a vault stands for, and the row too, unless another object may still come. */
async function clear(env: DocumentEnvironment, row: DocumentRow): Promise<void> {
  if (isMoving(row) && row.dueAt > env.clock()) await removeObjects(env, row);
  else await removeRow(env, row);
}

/** Whether a rotation may still put an object of this row: then the row must outlast that. */
export function isMoving({ objectKeys }: DocumentRow): boolean {
  return objectKeys.length > 1;
}

/**
 * Removes the objects of a row that is no part of a vault, and leaves the row until it is due: a rotation may still put
 * one of them.
 *
 * @throws IntegrityError for others' objects
 */
export async function letGo(
  env: Pick<MaintenanceEnvironment, 'store' | 'clock'> & Pick<DeletionEnvironment, 'objects'>,
  row: DocumentRow,
): Promise<void> {
  await removeObjects(env, row);
  const going: DocumentRow = { ...row, state: 'PENDING', sealed: null, dueAt: env.clock() + MAKING_MS };
  await env.store.commit([{ op: 'put', row: going, replaces: row }]);
}

async function removeObjects(env: Pick<DeletionEnvironment, 'objects'>, row: DocumentRow): Promise<void> {
  requireOwnObjects(row);
  await Promise.all(row.objectKeys.map((key) => env.objects.remove(key)));
}

/**
 * Removes the objects of a row that is no part of a vault, then the row.
 *
 * @returns false for a row that was changed meanwhile, and stays
 * @throws IntegrityError for others' objects
 */
export async function removeRow(
  env: Pick<DeletionEnvironment, 'objects' | 'store'>,
  row: DocumentRow,
): Promise<boolean> {
  await removeObjects(env, row);
  return (await env.store.commit([{ op: 'remove', row }])).ok;
}

/** Finds a document's row, held against the manifest. @throws TwinlockError `not_found` */
export async function findDocument(
  env: VaultEnvironment,
  signedIn: SignedIn,
  id: string,
): Promise<{ vault: Vault; row: DocumentRow }> {
  const key = keyOf(signedIn, id);
  const [vault, found] = await Promise.all([signedIn.vault(), env.store.get(key)]);
  const [row = null] = await vault.verified([key], [found]);
  if (row === null) throw new TwinlockError('not_found');
  return { vault, row };
}

/** The document of an id as it stands; null where there is none. */
export async function readMetadata(vault: Vault, id: string): Promise<Document | null> {
  const documentId = parseId<DocumentId>(id);
  const { accountId } = vault;
  const row = documentId === null ? null : await vault.read({ kind: 'document', accountId, documentId });
  return row === null ? null : describe(row, openMetadata(vault, row));
}

/** Opens a READY row's metadata. @throws IntegrityError, also for a row that does not answer for just its objects */
export function openMetadata(vault: Vault, row: DocumentRow): DocumentMetadata {
  const sealed = row.sealed ?? new Uint8Array(0);
  const keys = vault.keysOf(row);
  const metadata = fromJson<DocumentMetadata>(keys.open('document', row.documentId, row.version, sealed), 'document');
  requireOwnObjects(row);
  if (!row.objectKeys.includes(metadata.object)) throw new IntegrityError('document');
  return metadata;
}

/** Where all objects of a document lie, and no other's. */
export function objectFolder({ accountId, documentId }: Pick<DocumentRow, 'accountId' | 'documentId'>): string {
  return `documents/${accountId}/${documentId}/`;
}

/** A row names what is removed with it, and can be written without any key: it must not name what is not its own. */
function requireOwnObjects(row: DocumentRow): void {
  if (!row.objectKeys.every((key) => key.startsWith(objectFolder(row)))) throw new IntegrityError('document');
}

/** A document as its owner has it. */
export function describe(row: DocumentRow, metadata: DocumentMetadata): Document {
  const { header: _header, object: _object, ...rest } = metadata;
  return { ...rest, id: row.documentId, expiresAt: row.expiresAt };
}

function keyOf(signedIn: SignedIn, id: string) {
  const documentId = parseId<DocumentId>(id);
  if (documentId === null) throw new TwinlockError('not_found');
  return { kind: 'document', accountId: signedIn.accountId, documentId } as const;
}
