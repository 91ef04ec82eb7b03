import { InvalidRequestError } from '../../errors.ts';
import type { SignedIn } from '../../usecases/authenticate.ts';
import { completeUpload } from '../../usecases/complete-upload.ts';
import { type Document, deleteDocument, getDocument } from '../../usecases/documents.ts';
import type { DocumentEnvironment } from '../../usecases/environment.ts';
import { exportAccount } from '../../usecases/export-account.ts';
import { generateDocument } from '../../usecases/generate-document.ts';
import { listDocuments } from '../../usecases/list-documents.ts';
import { readDocument } from '../../usecases/read-document.ts';
import { shortenDocument } from '../../usecases/shorten-document.ts';
import { uploadDocument } from '../../usecases/upload-document.ts';
import { abortUpload, beginUpload, getUpload, putPart } from '../../usecases/uploads.ts';
import { json, noContent, timeText } from '../answers.ts';
import { attachment } from '../content-disposition.ts';
import { partNumber, titleIn } from '../document-upload.ts';
import { keyedRequest } from '../keyed-request.ts';
import { wantedOf } from '../range.ts';
import { type Service, service } from '../router.ts';
import { DEFAULT_LIMIT } from '../schemas/common.ts';
import { DOCUMENT_CONTRACTS } from '../schemas/documents.ts';
import { accountView, activityView, documentView, itemView, partView, uploadView } from '../views.ts';

interface UploadHeaders {
  readonly 'idempotency-key'?: string;
  readonly 'x-document-title'?: string;
}

/** As queries and bodies have it. */
interface Filter {
  readonly template?: string;
  readonly title?: string;
  readonly from?: string;
  readonly to?: string;
}

const EXPORT_VIEWS = { account: accountView, item: itemView, document: documentView, activity: activityView };

/** Encrypted PDFs, the templates that they are made from, and the archive of all that an account holds. */
export function documentService(env: DocumentEnvironment): Service {
  const upload = async (signedIn: SignedIn, headers: UploadHeaders, retentionDays: number | null, pdf: Uint8Array) => {
    const title = titleIn(headers['x-document-title']);
    const keyed = keyedRequest(headers['idempotency-key'], 'POST /v1/documents', { title, retentionDays }, pdf);
    return created(await uploadDocument(env, signedIn, { title, pdf, retentionDays }, keyed));
  };
  const list = async (signedIn: SignedIn, filter: Filter, limit: number, cursor: string | undefined) => {
    const moment = (text: string | undefined) => (text === undefined ? null : Date.parse(text));
    const { entries, nextCursor } = await listDocuments(
      env,
      signedIn,
      {
        template: filter.template ?? null,
        title: filter.title ?? null,
        from: moment(filter.from),
        to: moment(filter.to),
      },
      { limit, cursor: cursor ?? null },
    );
    return json(200, { documents: entries.map(documentView), nextCursor });
  };
  return service(DOCUMENT_CONTRACTS, {
    listTemplates: () => Promise.resolve(json(200, { templates: env.renderer.templates })),
    generateDocument: async ({ signedIn, query, headers, body, pdf }) => {
      if (pdf !== null) return upload(signedIn, headers, query.retentionDays ?? null, pdf);
      if (query.retentionDays !== undefined) {
        throw new InvalidRequestError([{ path: '/retentionDays', message: 'stands in the body where that is JSON' }]);
      }
      const request = {
        template: body.template,
        title: body.title ?? null,
        inputs: body.inputs,
        fields: body.fields ?? {},
        retentionDays: body.retentionDays ?? null,
        password: body.password ?? null,
      };
      const keyed = keyedRequest(headers['idempotency-key'], 'POST /v1/documents', body);
      return created(await generateDocument(env, signedIn, request, keyed));
    },
    listDocuments: ({ signedIn, query: { limit, cursor, ...filter } }) => list(signedIn, filter, limit, cursor),
    searchDocuments: ({ signedIn, body: { limit = DEFAULT_LIMIT, cursor, ...filter } }) =>
      list(signedIn, filter, limit, cursor),

    beginUpload: async ({ signedIn, headers, body }) => {
      // The path that it had first: keys that are kept hold its name.
      const keyed = keyedRequest(headers['idempotency-key'], 'POST /v1/documents/uploads', body);
      const request = { title: body.title, retentionDays: body.retentionDays ?? null };
      const begun = await beginUpload(env, signedIn, request, keyed);
      return json(201, uploadView(begun), { location: `/v1/uploads/${begun.id}` });
    },
    getUpload: async ({ signedIn, params }) => json(200, uploadView(await getUpload(env, signedIn, params.uploadId))),
    putUploadPart: async ({ signedIn, params, pdf }) =>
      json(200, partView(await putPart(env, signedIn, params.uploadId, partNumber(params.part), pdf))),
    completeUpload: async ({ signedIn, params, body }) => {
      const completion = { parts: body.parts, sha256: body.sha256 ?? null };
      return created(await completeUpload(env, signedIn, params.uploadId, completion));
    },
    abortUpload: async ({ signedIn, params }) => {
      await abortUpload(env, signedIn, params.uploadId);
      return noContent();
    },

    shortenDocument: async ({ signedIn, params, body }) => {
      const expiresAt = Date.parse(body.expiresAt);
      return json(200, documentView(await shortenDocument(env, signedIn, params.documentId, expiresAt)));
    },
    getDocument: async ({ signedIn, params }) =>
      json(200, documentView(await getDocument(signedIn, params.documentId))),
    getDocumentContent: async ({ signedIn, params, headers }) => {
      const { document, range, body } = await readDocument(env, signedIn, params.documentId, (known) =>
        wantedOf(headers, etagOf(known), known.size),
      );
      const etag = etagOf(document);
      if (body === null) return new Response(null, { status: 304, headers: { etag } });
      return new Response(ReadableStream.from(body), {
        status: range === null ? 200 : 206,
        headers: {
          etag,
          'content-type': 'application/pdf',
          'content-length': String(range === null ? document.size : range.last - range.first + 1),
          'content-disposition': attachment(`${document.title}.pdf`),
          'accept-ranges': 'bytes',
          ...(range === null ? {} : { 'content-range': `bytes ${range.first}-${range.last}/${document.size}` }),
        },
      });
    },
    exportAccount: async ({ signedIn, query }) => {
      const { body, part, parts, at } = await exportAccount(env, signedIn, query.part ?? null, EXPORT_VIEWS);
      const name = `twinlock-export-${timeText(at).slice(0, 10)}${parts === 1 ? '' : `-part-${part}`}.zip`;
      return new Response(ReadableStream.from(body), {
        headers: { 'content-type': 'application/zip', 'content-disposition': `attachment; filename="${name}"` },
      });
    },
    deleteDocument: async ({ signedIn, params }) => {
      await deleteDocument(env, signedIn, params.documentId);
      return noContent();
    },
  });
}

function created(document: Document): Response {
  return json(201, documentView(document), { location: `/v1/documents/${document.id}` });
}

function etagOf({ sha256 }: Document): string {
  return `"${sha256}"`;
}
