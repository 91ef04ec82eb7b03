import { ciphertextSize, rangeOf } from '../crypto/cobblestone.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { type Document, describe, findDocument, openMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';

/** A part of a document, both ends counted from 0 and included. */
export interface Part {
  readonly first: number;
  readonly last: number;
}

/** A document that is being read. */
export interface OpenDocument {
  readonly document: Document;
  /** The part that `body` gives; null for the whole. */
  readonly part: Part | null;
  /** Authentic bytes only; it throws where the object is damaged, and then nothing more comes. */
  readonly body: AsyncIterableIterator<Uint8Array>;
}

/**
 * Opens a document's PDF, or a part of it. The first chunk is authenticated before this returns.
 *
 * @param choose the part to read, once the size is known; the whole where it gives null
 * @throws TwinlockError `not_found`, or what `choose` throws
 * @throws IntegrityError for an object that is missing, or damaged so that its first chunk shows it
 */
export async function readDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  choose: (size: number) => Part | null,
): Promise<OpenDocument> {
  const { vault, row } = await findDocument(env, signedIn, id);
  const metadata = openMetadata(vault.keys, row);
  const document = describe(row, metadata);
  const { size, object: key } = metadata;
  const header = Buffer.from(metadata.header, 'base64');
  const chosen = choose(size);

  const object = await env.objects.get(key, chosen === null ? undefined : rangeOf(chosen.first, chosen.last, size));
  if (object === null) {
    // Deleted while it was being opened, or taken away behind the service's back.
    const { row: still } = await findDocument(env, signedIn, id);
    throw still.objectKeys.includes(key) ? new IntegrityError('content') : new TwinlockError('not_found');
  }
  if (object.size !== ciphertextSize(size)) {
    await object.body[Symbol.asyncIterator]().return?.();
    throw new IntegrityError('content');
  }
  const stream =
    chosen === null
      ? vault.keys.openStream('content', row.documentId, row.version, header, object.body)
      : vault.keys.openRange('content', row.documentId, row.version, header, { ...chosen, size }, object.body);
  return { document, part: chosen, body: await begun(stream, env) };
}

/**
 * A stream whose first chunk was read already. It is no generator of its own: one that a caller leaves before the first
 * read would never let go of the object.
 */
async function begun(
  stream: AsyncGenerator<Uint8Array, void, undefined>,
  env: Pick<DocumentEnvironment, 'telemetry'>,
): Promise<AsyncIterableIterator<Uint8Array>> {
  let first: IteratorResult<Uint8Array, void> | null = await stream.next();
  const body: AsyncIterableIterator<Uint8Array> = {
    async next() {
      const ready = first;
      first = null;
      try {
        return ready ?? (await stream.next());
      } catch (error) {
        // The answer is under way, so that nobody else sees this error.
        if (error instanceof IntegrityError) env.telemetry.count('IntegrityFailure');
        throw error;
      }
    },
    return: () => stream.return(),
    [Symbol.asyncIterator]: () => body,
  };
  return body;
}
