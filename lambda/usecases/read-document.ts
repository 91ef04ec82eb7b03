import { ciphertextSize, rangeOf } from '../crypto/cobblestone.ts';
import type { DocumentId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, UnavailableError } from '../errors.ts';
import type { OpenObject } from '../ports/object-store.ts';
import type { Telemetry } from '../ports/system.ts';
import type { SignedIn } from './authenticate.ts';
import { type Document, type DocumentMetadata, describe, findDocument, openMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import type { Vault } from './vault.ts';

/** Times that a document may be moved while it is opened. */
const TRIES = 5;

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
  /** Authentic bytes only; it throws where the object is damaged or the bucket fails, and then nothing more comes. */
  readonly body: AsyncIterableIterator<Uint8Array>;
}

/**
 * Opens a document's PDF, or a part of it, and writes that down.
 *
 * @param choose the part to read, once the size is known; the whole where it gives null
 * @throws what {@link openDocument} throws
 */
export async function readDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  choose: (size: number) => Part | null,
): Promise<OpenDocument> {
  const opened = await openDocument(env, signedIn, id, choose, (vault, target) =>
    vault.record({ action: 'document.read', target }),
  );
  return { ...opened, body: counted(opened.body, env.telemetry) };
}

/**
 * Opens a document's PDF, or a part of it, as it stands now. The first chunk is authenticated before this returns.
 *
 * @param choose the part to read, once the size is known; the whole where it gives null
 * @param note called once, before the object is asked for
 * @throws TwinlockError `not_found`, or what `choose` throws
 * @throws IntegrityError for an object that is missing, or damaged so that its first chunk shows it
 */
export async function openDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  choose: (size: number) => Part | null,
  note?: (vault: Vault, documentId: DocumentId) => Promise<void>,
): Promise<OpenDocument> {
  let missing: string | null = null;
  for (let tries = 0; tries < TRIES; tries++) {
    const { vault, row } = await findDocument(env, signedIn, id);
    const metadata = openMetadata(vault, row);
    if (metadata.object === missing) throw new IntegrityError('content');
    const part = choose(metadata.size);
    if (missing === null) await note?.(vault, row.documentId);
    const range = part === null ? undefined : rangeOf(part.first, part.last, metadata.size);
    const object = await env.objects.get(metadata.object, range);
    if (object !== null) {
      const stream = await open(vault, row, metadata, part, object);
      return { document: describe(row, metadata), part, body: await begun(stream) };
    }
    // Deleted, or moved by a rotation, while it was being opened; or taken away behind the service's back.
    missing = metadata.object;
  }
  throw new UnavailableError('vault:document');
}

async function open(
  vault: Vault,
  row: DocumentRow,
  { size, header }: DocumentMetadata,
  part: Part | null,
  object: OpenObject,
): Promise<AsyncGenerator<Uint8Array, void, undefined>> {
  if (object.size !== ciphertextSize(size)) {
    await object.body[Symbol.asyncIterator]().return?.();
    throw new IntegrityError('content');
  }
  const { documentId, version } = row;
  const keys = vault.keysOf(row);
  const first = Buffer.from(header, 'base64');
  return part === null
    ? keys.openStream('content', documentId, version, first, object.body)
    : keys.openRange('content', documentId, version, first, { ...part, size }, object.body);
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
