import { createHash } from 'node:crypto';
import { entryOf, withEntry } from '../crypto/manifest.ts';
import { looksLikePdf, PDF_EDGE } from '../domain/pdf-file.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, InvalidRequestError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { contentOf } from './document-content.ts';
import { type Document, type DocumentMetadata, describe, readMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { DAY_MS } from './upload-document.ts';
import { findUpload, ON_ITS_WAY_MS, openUpload } from './uploads.ts';
import type { Vault } from './vault.ts';

/** What the sender says that was sent. */
export interface Completion {
  /** How many parts, from 1 on. */
  readonly parts: number;
  /** Of the whole, in hex; null where the sender does not say. */
  readonly sha256: string | null;
}

/**
 * Makes a document of an upload whose parts have all come.
 *
 * 1. Hold the parts to what the sender says. 2. Read them, as a reader will, for the checksum. 3. Make the row READY and
 * enter it in the manifest, in one transaction. Sent again, also at the same time, it gives the document.
 *
 * @throws TwinlockError `not_found`, `upload_incomplete`, `not_a_pdf`, `vault_full`, `version_conflict` when another part
 * came meanwhile; InvalidRequestError for another checksum; IntegrityError for a part that is damaged or missing
 */
export async function completeUpload(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  completion: Completion,
): Promise<Document> {
  const made = async (): Promise<Document | null> => {
    const document = await readMetadata(await signedIn.vault(), id);
    if (document?.template === null) requireDigest(document.sha256, completion);
    return document;
  };
  const before = await made();
  if (before?.template === null) return before;
  const { vault, row } = await findUpload(env, signedIn, id);
  try {
    return await complete(env, vault, row, completion);
  } catch (error) {
    // Another call may have been first.
    const isOvertaken = error instanceof TwinlockError && error.code === 'version_conflict';
    const other = isOvertaken ? await made() : null;
    if (other === null) throw error;
    return other;
  }
}

async function complete(
  env: DocumentEnvironment,
  vault: Vault,
  row: DocumentRow,
  completion: Completion,
): Promise<Document> {
  const { title, retentionDays, parts } = openUpload(vault, row);
  const isWhole = parts.length === completion.parts && parts.every(({ number }, place) => number === place + 1);
  if (!isWhole) throw new TwinlockError('upload_incomplete');

  const createdAt = env.clock();
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const metadata: DocumentMetadata = {
    title,
    template: null,
    pages: null,
    size,
    sha256: '',
    createdAt,
    parts: parts.map(({ object, header, size: bytes }) => ({ object, header, size: bytes })),
  };
  const digest = await digestOf(env, vault, row, metadata).catch(async (error: unknown) => {
    // An object that is gone gave way to another part, or went with the upload; or it was taken away.
    if (!(error instanceof TwinlockError && error.code === 'not_found')) throw error;
    await same(env, row);
    throw new IntegrityError('content');
  });
  requireDigest(digest, completion);
  const version = row.version + 1;
  const whole = { ...metadata, sha256: digest };
  const expiresAt = createdAt + retentionDays * DAY_MS;
  const sealed = vault.keysOf(row).seal('document', row.documentId, version, toJson(whole));
  const line = { action: 'document.created', target: row.documentId } as const;
  let asked = false;
  const ready = await vault.write(line, [], [], async (_, manifest) => {
    const now = asked ? await same(env, row) : row;
    asked = true;
    // A part may be on its way that came too late: until then a deletion leaves the row, which names its object.
    const busyUntil = now.objectKeys.length > parts.length ? env.clock() + ON_ITS_WAY_MS : 0;
    const next: DocumentRow = { ...now, version, state: 'READY', sealed, busyUntil, expiresAt, dueAt: expiresAt };
    return {
      changes: [{ op: 'put', row: next, replaces: now }],
      manifest: withEntry(manifest, entryOf(next)),
      result: next,
    };
  });
  env.telemetry.count('DocumentMade');
  env.telemetry.measure('DocumentBytes', size);
  return describe(ready, whole);
}

/** @param digest of what came, in hex; @throws InvalidRequestError */
function requireDigest(digest: string, { sha256 }: Completion): void {
  if (sha256 === null || sha256 === digest) return;
  throw new InvalidRequestError([{ path: '/sha256', message: 'is not the checksum of what came' }]);
}

/** The row as it stands, with what was read of it. @throws TwinlockError `not_found`, `version_conflict` */
async function same({ store }: DocumentEnvironment, row: DocumentRow): Promise<DocumentRow> {
  const now = await store.get(row);
  if (now === null || (now.state === 'PENDING' && now.sealed === null)) throw new TwinlockError('not_found');
  if (now.version !== row.version) throw new TwinlockError('version_conflict');
  return now;
}

/** The SHA-256 of what came, in hex. @throws TwinlockError `not_a_pdf` */
async function digestOf(
  { objects }: DocumentEnvironment,
  vault: Vault,
  row: DocumentRow,
  metadata: DocumentMetadata,
): Promise<string> {
  const hash = createHash('sha256');
  let head = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  for await (const chunk of contentOf({ objects, vault, row, metadata }, null)) {
    hash.update(chunk);
    if (head.length < PDF_EDGE) head = Buffer.concat([head, chunk.subarray(0, PDF_EDGE)]);
    tail = Buffer.concat([tail, chunk.subarray(-PDF_EDGE)]).subarray(-PDF_EDGE);
  }
  if (!looksLikePdf(head, tail)) throw new TwinlockError('not_a_pdf');
  return hash.digest('hex');
}
