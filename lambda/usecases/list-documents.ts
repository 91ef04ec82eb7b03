import type { SignedIn } from './authenticate.ts';
import { type Document, describe, openMetadata } from './documents.ts';
import type { VaultEnvironment } from './environment.ts';
import { listPage, type Page, type PageRequest } from './pages.ts';

/**
 * A page of the account's documents, newest first.
 *
 * @throws InvalidRequestError for a cursor that is not this account's
 */
export function listDocuments(
  env: VaultEnvironment,
  signedIn: SignedIn,
  request: PageRequest,
): Promise<Page<Document>> {
  return listPage(env, signedIn, 'document', request, (vault, row) => describe(row, openMetadata(vault, row)));
}
