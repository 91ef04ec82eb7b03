import type { DocumentId, ItemId } from '../domain/ids.ts';
import type { SignedIn } from './authenticate.ts';
import { openMetadata } from './documents.ts';
import type { VaultEnvironment } from './environment.ts';
import { listPage, type Page } from './pages.ts';

/** What one part of an export holds, in the order of ids. The first has the account and its activity besides. */
export interface ExportPart {
  readonly items: readonly ItemId[];
  readonly documents: readonly DocumentId[];
  /** Bytes of the archive, the account and its activity aside: never fewer than it comes to. */
  readonly size: number;
}

/** The rows of one read: of these only ids and sizes are kept. */
const ROWS_A_PAGE = 1000;
/** An item's id, version and times, which `items.json` holds beside what is sealed. */
const ITEM_BYTES = 128;
/** A document's headers in the archive (190 bytes) and its lines in `manifest.json`, whose title has up to 200 characters. */
const DOCUMENT_BYTES = 2048;

/** Something of the vault, with the bytes that it comes to. */
type Sized =
  | { readonly kind: 'items'; readonly id: ItemId; readonly size: number }
  | { readonly kind: 'documents'; readonly id: DocumentId; readonly size: number };

/**
 * Spreads all items, then all documents, over parts: the same parts each time, as long as nothing changes. Every row is
 * held against the manifest.
 *
 * @param bound bytes of a part; one document may go beyond by what its headers take
 * @returns at least one part
 */
export async function planExport(
  env: VaultEnvironment,
  signedIn: SignedIn,
  bound: number,
): Promise<readonly ExportPart[]> {
  const items = await all((cursor) =>
    listPage(env, signedIn, 'item', { limit: ROWS_A_PAGE, cursor }, (_, { itemId: id, sealed }) => ({
      kind: 'items' as const,
      id,
      size: sealed.length + ITEM_BYTES,
    })),
  );
  const documents = await all((cursor) =>
    listPage(env, signedIn, 'document', { limit: ROWS_A_PAGE, cursor }, (vault, row) => ({
      kind: 'documents' as const,
      id: row.documentId,
      size: openMetadata(vault, row).size + DOCUMENT_BYTES,
    })),
  );
  return spread([...items, ...documents.reverse()], bound);
}

/** All entries of a list, page by page. */
async function all<T>(page: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const entries: T[] = [];
  for (let cursor: string | null = null; ; ) {
    const read: Page<T> = await page(cursor);
    entries.push(...read.entries);
    cursor = read.nextCursor;
    if (cursor === null) return entries;
  }
}

function spread(entries: readonly Sized[], bound: number): ExportPart[] {
  const parts: { items: ItemId[]; documents: DocumentId[]; size: number }[] = [];
  let part = { items: [] as ItemId[], documents: [] as DocumentId[], size: 0 };
  for (const entry of entries) {
    if (part.size > 0 && part.size + entry.size > bound) {
      parts.push(part);
      part = { items: [], documents: [], size: 0 };
    }
    if (entry.kind === 'items') part.items.push(entry.id);
    else part.documents.push(entry.id);
    part.size += entry.size;
  }
  return [...parts, part];
}
