import type { SignedIn } from './authenticate.ts';
import { type Document, describe, openMetadata } from './documents.ts';
import type { VaultEnvironment } from './environment.ts';
import { folded } from './list-items.ts';
import { listPage, type Page, type PageRequest } from './pages.ts';

/** Which documents a list shows; null for all. Times in milliseconds since 1970. */
export interface DocumentFilter {
  /** A template's id. */
  readonly template: string | null;
  /** When they were made: not before, and before. */
  readonly from: number | null;
  readonly to: number | null;
  /** A part of the title, whatever its case and however its accents are composed. */
  readonly title: string | null;
}

/**
 * A page of the account's documents, newest first.
 *
 * @throws InvalidRequestError for a cursor that is not this account's
 */
export function listDocuments(
  env: VaultEnvironment,
  signedIn: SignedIn,
  { template, from, to, title }: DocumentFilter,
  request: PageRequest,
): Promise<Page<Document>> {
  const part = title === null ? null : folded(title);
  return listPage(env, signedIn, 'document', request, (vault, row) => {
    const document = describe(row, openMetadata(vault, row));
    if (template !== null && document.template !== template) return null;
    if (from !== null && document.createdAt < from) return null;
    if (to !== null && document.createdAt >= to) return null;
    if (part !== null && !folded(document.title).includes(part)) return null;
    return document;
  });
}
