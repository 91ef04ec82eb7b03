import type { Connection } from './connection.ts';
import type { Document, DocumentPage, NewDocument, Template } from './contract.ts';
import { type ByteRange, type DownloadOptions, downloadDocument } from './download.ts';
import { Paged } from './paging.ts';
import { goneIsFine, keyOf } from './request.ts';
import type { CallOptions, CreateOptions, Download } from './types.ts';
import { type UploadOptions, type UploadSource, uploadDocument } from './upload.ts';

/** Which documents. */
export interface DocumentFilter extends CallOptions {
  readonly template?: string;
  /** Made at this time or later. */
  readonly from?: Date | string;
  /** Made before this time. */
  readonly to?: Date | string;
  /** Documents a page, 1 to 100. @default 50 */
  readonly limit?: number;
}

/** PDFs that are made from items, or sent. */
export class DocumentCalls {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The templates that documents are made from. */
  async templates({ signal }: CallOptions = {}): Promise<Template[]> {
    return (await this.#connection.call('GET /v1/templates', { open: true, again: true, signal })).templates;
  }

  /** Makes a PDF from items. */
  generate(document: NewDocument, { idempotencyKey, signal }: CreateOptions = {}): Promise<Document> {
    const headers = keyOf(idempotencyKey);
    return this.#connection.call('POST /v1/documents', { body: document, headers, again: true, signal });
  }

  /** The documents, newest first. */
  list({ template, from, to, limit, signal }: DocumentFilter = {}): Paged<Document, DocumentPage> {
    const query = { template, limit, ...momentsOf({ from, to }) };
    return paged((cursor) =>
      this.#connection.call('GET /v1/documents', { query: { ...query, cursor }, again: true, signal }),
    );
  }

  /** Documents that are found by a part of their titles too, whatever its case. */
  search({
    from,
    to,
    signal,
    ...rest
  }: DocumentFilter & { readonly title?: string } = {}): Paged<Document, DocumentPage> {
    return paged((cursor) => {
      const body = { ...rest, ...momentsOf({ from, to }), ...(cursor !== undefined && { cursor }) };
      return this.#connection.call('POST /v1/documents/search', { body, again: true, signal });
    });
  }

  /** What is known of a document. */
  get(id: string, { signal }: CallOptions = {}): Promise<Document> {
    return this.#connection.call('GET /v1/documents/{documentId}', { params: { documentId: id }, again: true, signal });
  }

  /** The PDF, or a range of it. */
  content(id: string, options: DownloadOptions & { readonly range?: ByteRange | undefined } = {}): Promise<Download> {
    return downloadDocument(this.#connection, id, options);
  }

  /** Sends a PDF of at most 180 MiB. A stream is read as it is sent. */
  upload(source: UploadSource, options: UploadOptions): Promise<Document> {
    return uploadDocument(this.#connection, source, options);
  }

  /** Lets a document end sooner. */
  shorten(id: string, expiresAt: Date | string, { signal }: CallOptions = {}): Promise<Document> {
    const [params, body] = [{ documentId: id }, { expiresAt: textOf(expiresAt) }];
    return this.#connection.call('PATCH /v1/documents/{documentId}', { params, body, again: true, signal });
  }

  /** Removes a document. */
  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    const params = { documentId: id };
    await this.#connection.call('DELETE /v1/documents/{documentId}', {
      params,
      again: true,
      settle: goneIsFine,
      signal,
    });
  }
}

function paged(page: (cursor: string | undefined) => Promise<DocumentPage>): Paged<Document, DocumentPage> {
  return new Paged(page, ({ documents }) => documents);
}

function momentsOf({ from, to }: { from: Date | string | undefined; to: Date | string | undefined }) {
  return { ...(from !== undefined && { from: textOf(from) }), ...(to !== undefined && { to: textOf(to) }) };
}

function textOf(moment: Date | string): string {
  return typeof moment === 'string' ? moment : moment.toISOString();
}
