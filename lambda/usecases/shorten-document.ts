import { entryOf, withEntry } from '../crypto/manifest.ts';
import type { DocumentRow } from '../domain/records.ts';
import { InvalidRequestError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { type Document, describe, findDocument, openMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { toJson } from './json.ts';

/**
 * Lets a document end sooner.
 *
 * @param expiresAt milliseconds since 1970
 * @throws TwinlockError `not_found`; InvalidRequestError for a time that is past, or later than the document's
 */
export async function shortenDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  expiresAt: number,
): Promise<Document> {
  const { vault, row } = await findDocument(signedIn, id);
  const line = { action: 'document.shortened', target: row.documentId } as const;
  return vault.write(line, [row], [row], ([current = null], manifest) => {
    if (current === null) throw new TwinlockError('not_found');
    if (expiresAt <= env.clock()) throw refusal('must lie ahead');
    if (expiresAt > current.expiresAt) throw refusal('must not be later than it is');
    const metadata = openMetadata(vault, current);
    const version = current.version + 1;
    // Its parts stay under the DEK that they are under.
    const sealed = vault.keysOf(current).seal('document', current.documentId, version, toJson(metadata));
    const next: DocumentRow = { ...current, version, sealed, expiresAt, dueAt: expiresAt };
    return {
      changes: [{ op: 'put', row: next, replaces: current }],
      manifest: withEntry(manifest, entryOf(next)),
      result: describe(next, metadata),
    };
  });
}

function refusal(message: string): InvalidRequestError {
  return new InvalidRequestError([{ path: '/expiresAt', message }]);
}
