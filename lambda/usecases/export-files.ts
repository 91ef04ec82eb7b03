import { type Digest, hashed } from '../archive/hashed.ts';
import type { ArchiveFile } from '../archive/zip.ts';
import type { DocumentId, ItemId } from '../domain/ids.ts';
import { TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { DocumentEnvironment } from './environment.ts';
import { accountJson, activityJson, type ExportViews, itemsJson } from './export-json.ts';
import type { ExportPart } from './export-plan.ts';
import { toJson } from './json.ts';
import { type OpenDocument, openDocument } from './read-document.ts';
import type { Vault } from './vault.ts';

/** Which part of an export is written, and when. */
export interface ExportScope {
  readonly part: ExportPart;
  /** From 1. */
  readonly number: number;
  readonly parts: number;
  /** The last item of the part before; null for none. */
  readonly after: ItemId | null;
  /** Bytes that the account's activity may take; null where it is left out. */
  readonly activityRoom: number | null;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The version of the archive's layout, in `manifest.json`. */
const FORMAT = 1;

/**
 * The files of a part, each made as it is read. `manifest.json` comes last, with what was written, each file's SHA-256
 * among it, and with which documents were deleted or expired before their turn came.
 *
 * @throws IntegrityError for what was removed or changed behind the service's back; UnavailableError; TwinlockError
 * `unauthenticated` where the session ended meanwhile
 */
export async function* exportFiles(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  scope: ExportScope,
  show: ExportViews,
): AsyncGenerator<ArchiveFile> {
  const vault = await signedIn.vault();
  const { number: part, parts, at } = scope;
  const { accountId, revision } = vault;
  const keyVersion = vault.account.dekVersion;
  const exportedAt = new Date(at);
  const head = { format: FORMAT, accountId, exportedAt, part, parts, revision, keyVersion };
  const told: Told = { files: [], documents: [], gone: [] };
  for await (const file of contents(env, signedIn, scope, show, told)) {
    const source = hashed(file.body);
    yield { ...file, body: source.body };
    told.files.push({ name: file.name, ...source.digest() });
  }
  yield { name: 'manifest.json', modified: exportedAt, body: manifestJson(vault, head, told) };
}

/** What is told of a part in its manifest, as it becomes known. */
interface Told {
  readonly files: ({ readonly name: string } & Digest)[];
  readonly documents: unknown[];
  readonly gone: DocumentId[];
}

/** All but the manifest. */
async function* contents(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  { part, after, activityRoom, at }: ExportScope,
  show: ExportViews,
  told: Told,
): AsyncGenerator<ArchiveFile> {
  const modified = new Date(at);
  if (activityRoom !== null) yield { name: 'account.json', modified, body: accountJson(signedIn, show) };
  if (activityRoom !== null || part.items.length > 0) {
    yield { name: 'items.json', modified, body: itemsJson(env, signedIn, part.items, after, show) };
  }
  if (activityRoom !== null) {
    yield { name: 'activity.json', modified, body: activityJson(env, signedIn, activityRoom, show) };
  }
  for (const id of part.documents) {
    const opened = await openIfThere(env, signedIn, id);
    if (opened === null) {
      told.gone.push(id);
      continue;
    }
    const { document, body } = opened;
    if (body === null) throw new TypeError('all of a document was asked for');
    told.documents.push(show.document(document));
    yield { name: `documents/${id}.pdf`, modified: new Date(document.createdAt), body };
  }
}

/** `manifest.json`. */
async function* manifestJson(vault: Vault, head: object, told: Told): AsyncGenerator<Uint8Array> {
  await vault.refresh();
  yield toJson({ ...head, revisionAtEnd: vault.revision, ...told });
}

/** A document as it stands by now; null where its owner deleted it, or its time is up. */
async function openIfThere(env: DocumentEnvironment, signedIn: SignedIn, id: DocumentId): Promise<OpenDocument | null> {
  try {
    return await openDocument(env, signedIn, id, () => null);
  } catch (error) {
    if (error instanceof TwinlockError && error.code === 'not_found') return null;
    throw error;
  }
}
