import type { DocumentId } from '../domain/ids.ts';
import { IntegrityError, UnavailableError } from '../errors.ts';
import type { Telemetry } from '../ports/system.ts';
import type { SignedIn } from './authenticate.ts';
import { type ByteRange, contentOf } from './document-content.ts';
import { type Document, describe, findDocument, openMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import type { Vault } from './vault.ts';

/** What a reader wants of a document: a range, or all of it (null), or nothing, for it has it already. */
export type Wanted = ByteRange | null | 'nothing';

/** A document that is being read. */
export interface OpenDocument {
  readonly document: Document;
  /** The range that `body` gives; null for the whole. */
  readonly range: ByteRange | null;
  /**
   * Authentic bytes only; it throws where an object is damaged or the bucket fails, and then nothing more comes. Null
   * where nothing was wanted.
   */
  readonly body: AsyncIterableIterator<Uint8Array> | null;
}

/**
 * Opens a document's PDF, or a range of it, and writes that down. The vault stays open until the body was read or left.
 *
 * @param choose what to read, once the document is known
 * @throws what {@link openDocument} throws
 */
export async function readDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  choose: (document: Document) => Wanted,
): Promise<OpenDocument> {
  const opened = await openDocument(env, signedIn, id, choose, (vault, target) =>
    vault.record({ action: 'document.read', target }),
  );
  return { ...opened, body: opened.body && counted(signedIn.hold(opened.body), env.telemetry) };
}

/**
 * Opens a document's PDF, or a range of it, as it stands now. The first chunk is authenticated before this returns.
 *
 * @param choose what to read, once the document is known
 * @param note called once, before an object is asked for
 * @throws TwinlockError `not_found`, or what `choose` throws
 * @throws IntegrityError for an object that is missing, or damaged so that its first chunk shows it
 */
export async function openDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  choose: (document: Document) => Wanted,
  note?: (vault: Vault, documentId: DocumentId) => Promise<void>,
): Promise<OpenDocument> {
  const { vault, row } = await findDocument(signedIn, id);
  const metadata = openMetadata(vault, row);
  const document = describe(row, metadata);
  const range = choose(document);
  if (range === 'nothing') return { document, range: null, body: null };
  await note?.(vault, row.documentId);
  const content = contentOf({ objects: env.objects, vault, row, metadata }, range);
  return { document, range, body: await begun(content) };
}

/**
 * A stream whose first chunk was read already. It is no generator of its own: one that a caller leaves before the first
 * read would never let go of the object.
 */
async function begun(stream: AsyncGenerator<Uint8Array, void, undefined>): Promise<AsyncIterableIterator<Uint8Array>> {
  let first: IteratorResult<Uint8Array, void> | null = await stream.next();
  const body: AsyncIterableIterator<Uint8Array> = {
    async next() {
      const ready = first;
      first = null;
      return ready ?? (await stream.next());
    },
    return: () => stream.return(),
    [Symbol.asyncIterator]: () => body,
  };
  return body;
}

/** The body of an answer, whose failures are counted: once it is under way, nobody else sees them. */
export function counted(
  pieces: AsyncIterableIterator<Uint8Array>,
  telemetry: Telemetry,
): AsyncIterableIterator<Uint8Array> {
  const body: AsyncIterableIterator<Uint8Array> = {
    async next() {
      try {
        return await pieces.next();
      } catch (error) {
        if (error instanceof IntegrityError) telemetry.count('IntegrityFailure');
        if (error instanceof UnavailableError) telemetry.count('CloudFailure');
        throw error;
      }
    },
    async return() {
      await pieces.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => body,
  };
  return body;
}
