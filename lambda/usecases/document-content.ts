import { ciphertextSize, rangeOf } from '../crypto/cobblestone.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import { type DocumentMetadata, type DocumentPart, openMetadata } from './documents.ts';
import type { Vault } from './vault.ts';

/** A range of a document's bytes, both ends counted from 0 and included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** A document that is being read. */
export interface ContentSource {
  readonly objects: Pick<ObjectStore, 'get'>;
  readonly vault: Vault;
  readonly row: DocumentRow;
  readonly metadata: DocumentMetadata;
}

/** Times that one part may be moved while it is opened. */
const TRIES = 5;

/**
 * The bytes of a document, or of a range of it: authentic ones only. Each object is opened when its turn comes, and left
 * when the reader leaves.
 *
 * @param range within the document; the whole where it is null
 * @throws IntegrityError for an object that is missing or damaged; TwinlockError `not_found` for a document that is
 * removed while it is read; UnavailableError
 */
export async function* contentOf(
  source: ContentSource,
  range: ByteRange | null,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { first, last } = range ?? { first: 0, last: source.metadata.size - 1 };
  let current = source;
  let at = 0;
  for (const [place, { size }] of source.metadata.parts.entries()) {
    const [start, end] = [at, at + size - 1];
    at += size;
    if (end < first || start > last) continue;
    const within = { first: Math.max(0, first - start), last: Math.min(size - 1, last - start) };
    const opened = await openPart(current, place, within);
    current = opened.source;
    yield* opened.body;
  }
}

async function openPart(
  source: ContentSource,
  place: number,
  range: ByteRange,
): Promise<{ source: ContentSource; body: AsyncGenerator<Uint8Array, void, undefined> }> {
  let current = source;
  for (let tries = 0; tries < TRIES; tries++) {
    const part = partAt(current, place);
    const isWhole = range.first === 0 && range.last === part.size - 1;
    const asked = isWhole ? undefined : rangeOf(range.first, range.last, part.size);
    const object = await source.objects.get(part.object, asked);
    if (object !== null) {
      if (object.size !== ciphertextSize(part.size)) {
        await object.body[Symbol.asyncIterator]().return?.();
        throw new IntegrityError('content');
      }
      const { vault, row } = current;
      const keys = vault.keysOf(row);
      const header = Buffer.from(part.header, 'base64');
      const body = isWhole
        ? keys.openStream('content', row.documentId, place + 1, header, object.body)
        : keys.openRange('content', row.documentId, place + 1, header, { ...range, size: part.size }, object.body);
      return { source: current, body };
    }
    // Deleted, or moved by a rotation, while it was being read; or taken away behind the service's back.
    const row = await current.vault.read(current.row);
    if (row === null) throw new TwinlockError('not_found');
    current = { ...current, row, metadata: openMetadata(current.vault, row) };
    if (partAt(current, place).object === part.object) throw new IntegrityError('content');
  }
  throw new UnavailableError('vault:document');
}

function partAt({ metadata }: ContentSource, place: number): DocumentPart {
  const part = metadata.parts[place];
  if (part === undefined) throw new IntegrityError('document');
  return part;
}
