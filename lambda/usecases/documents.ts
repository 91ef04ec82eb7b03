import { withoutEntry } from '../crypto/manifest.ts';
import { type DocumentId, parseId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { DeletionEnvironment, DocumentEnvironment } from './environment.ts';
import { fromJson } from './json.ts';
import { entryKeyOf } from './manifest-row.ts';
import type { Vault } from './vault.ts';

/** What the names of all documents' objects begin with. */
export const OBJECT_PREFIX = 'documents/';
/** Objects removed side by side. */
const AT_ONCE = 20;

/** What the sealed metadata of a document say. */
export interface DocumentMetadata {
  readonly title: string;
  /** Null for one that was uploaded. */
  readonly template: string | null;
  /** Null for one that was uploaded. */
  readonly pages: number | null;
  /** Bytes of the PDF. */
  readonly size: number;
  /** Of the PDF, in hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** What the PDF is put together from, at least one. */
  readonly parts: readonly DocumentPart[];
}

/** A part of a PDF: an object, and a message of its own, which is sealed with the part's number from 1 as its version. */
export interface DocumentPart {
  /** The object's name: one that the row does not answer for would outlive it. */
  readonly object: string;
  /** The first 56 bytes of the object, in base64: they bind it to this row. */
  readonly header: string;
  /** Bytes of the PDF in it. */
  readonly size: number;
}

/** A document as its owner has it. */
export type Document = Omit<DocumentMetadata, 'parts'> & {
  readonly id: DocumentId;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
};

/** Reads a document's description. @throws TwinlockError `not_found` */
export async function getDocument(signedIn: SignedIn, id: string): Promise<Document> {
  const { vault, row } = await findDocument(signedIn, id);
  return describe(row, openMetadata(vault, row));
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
  const [vault, found] = await Promise.all([signedIn.vault(), signedIn.row(key)]);
  const [row = null] = await vault.verified([key], [found]);
  if (row === null) {
    // One in the making does not exist yet, and its object is its maker's.
    const isOver = found?.state === 'PENDING' && (found.busyUntil > 0 || found.dueAt <= env.clock());
    if (!isOver) throw new TwinlockError('not_found');
    await clear(env, found);
    return;
  }
  const line = { action: 'document.deleted', target: key.documentId } as const;
  const removed = await vault.write(line, [key], [row], ([current = null], manifest) => {
    if (current === null) throw new TwinlockError('not_found');
    // Also for the check of what is about to be removed.
    openMetadata(vault, current);
    const dueAt = Math.max(env.clock(), current.busyUntil);
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
  if (row.busyUntil > env.clock()) await removeObjects(env, row);
  else await removeRow(env, row);
}

/** Removes the objects of a row that is no part of a vault. @throws IntegrityError for others' objects */
export async function removeObjects(env: Pick<DeletionEnvironment, 'objects'>, row: DocumentRow): Promise<void> {
  requireOwnObjects(row);
  for (let start = 0; start < row.objectKeys.length; start += AT_ONCE) {
    await Promise.all(row.objectKeys.slice(start, start + AT_ONCE).map((key) => env.objects.remove(key)));
  }
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
export async function findDocument(signedIn: SignedIn, id: string): Promise<{ vault: Vault; row: DocumentRow }> {
  const key = keyOf(signedIn, id);
  const [vault, found] = await Promise.all([signedIn.vault(), signedIn.row(key)]);
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
  if (!metadata.parts.every(({ object }) => row.objectKeys.includes(object))) throw new IntegrityError('document');
  return metadata;
}

/** Where all objects of a document lie, and no other's. */
export function objectFolder({ accountId, documentId }: Pick<DocumentRow, 'accountId' | 'documentId'>): string {
  return `${OBJECT_PREFIX}${accountId}/${documentId}/`;
}

/** A row names what is removed with it, and can be written without any key: it must not name what is not its own. */
function requireOwnObjects(row: DocumentRow): void {
  if (!row.objectKeys.every((key) => key.startsWith(objectFolder(row)))) throw new IntegrityError('document');
}

/** A document as its owner has it. */
export function describe(row: DocumentRow, metadata: DocumentMetadata): Document {
  const { parts: _parts, ...rest } = metadata;
  return { ...rest, id: row.documentId, expiresAt: row.expiresAt };
}

function keyOf(signedIn: SignedIn, id: string) {
  const documentId = parseId<DocumentId>(id);
  if (documentId === null) throw new TwinlockError('not_found');
  return { kind: 'document', accountId: signedIn.accountId, documentId } as const;
}
