import { createHash } from 'node:crypto';
import { ciphertextSize } from '../crypto/cobblestone.ts';
import { entryOf, withEntry } from '../crypto/manifest.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { type DocumentId, newId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { TwinlockError, UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import { type Claim, KeyTaken } from './claim.ts';
import {
  type Document,
  type DocumentMetadata,
  type DocumentPart,
  describe,
  objectFolder,
  removeRow,
} from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import type { Vault } from './vault.ts';

/** A document that is not READY by then was abandoned, ms. */
const MAKING_MS = 3_600_000;

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
  metadata: Pick<DocumentMetadata, 'title' | 'template' | 'pages'>,
  expiresAt: number,
  claim: Claim | null,
): Promise<Document> {
  const { keys } = vault;
  const { accountId, dekVersion } = keys;
  const createdAt = env.clock();
  const documentId = newId<DocumentId>(createdAt, env.random(10));
  const object = freshObject(env, { accountId, documentId });
  const pending: DocumentRow = {
    kind: 'document',
    accountId,
    documentId,
    version: 1,
    dekVersion,
    state: 'PENDING',
    sealed: null,
    objectKeys: [object],
    busyUntil: 0,
    expiresAt,
    dueAt: createdAt + MAKING_MS,
  };
  const first: Change = { op: 'put', row: pending, replaces: null };
  if (claim !== null) await claim.begin(documentId, [first]);
  else if (!(await env.store.commit([first])).ok) throw new UnavailableError('vault:document');

  const part = await putPdf(env, keys, documentId, 1, object, pdf);
  const sha256 = createHash('sha256').update(pdf).digest('hex');
  const whole: DocumentMetadata = { ...metadata, size: pdf.length, sha256, createdAt, parts: [part] };
  const sealed = keys.seal('document', documentId, pending.version, toJson(whole));
  const ready: DocumentRow = { ...pending, state: 'READY', sealed, dueAt: expiresAt };
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
  env.telemetry.measure('DocumentBytes', pdf.length);
  return describe(ready, whole);
}

/**
 * Puts a part of a PDF, or all of it, as an object.
 *
 * @param number the part's, from 1
 * @param object a name of {@link freshObject}, which a row answers for already
 */
export async function putPdf(
  env: Pick<DocumentEnvironment, 'objects'>,
  keys: VaultKeys,
  documentId: DocumentId,
  number: number,
  object: string,
  bytes: Uint8Array,
): Promise<DocumentPart> {
  const sealing = keys.beginSeal('content', documentId, number);
  if (!(await env.objects.put(object, () => sealing.seal([bytes]), ciphertextSize(bytes.length)))) {
    throw new Error('a fresh object name was taken');
  }
  return { object, header: Buffer.from(sealing.header).toString('base64'), size: bytes.length };
}

/** A name that no object has. */
export function freshObject(
  { random }: Pick<DocumentEnvironment, 'random'>,
  row: Pick<DocumentRow, 'accountId' | 'documentId'>,
): string {
  return objectFolder(row) + Buffer.from(random(16)).toString('base64url');
}
