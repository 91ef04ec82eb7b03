import { deleteDocument, getDocument } from '../../usecases/documents.ts';
import type { DocumentEnvironment } from '../../usecases/environment.ts';
import { exportAccount } from '../../usecases/export-account.ts';
import { generateDocument } from '../../usecases/generate-document.ts';
import { listDocuments } from '../../usecases/list-documents.ts';
import { readDocument } from '../../usecases/read-document.ts';
import { json, noContent, timeText } from '../answers.ts';
import { attachment } from '../content-disposition.ts';
import { keyedRequest } from '../keyed-request.ts';
import { parseRange } from '../range.ts';
import { type Service, service } from '../router.ts';
import { DOCUMENT_CONTRACTS } from '../schemas/documents.ts';
import { accountView, activityView, documentView, itemView } from '../views.ts';

const EXPORT_VIEWS = { account: accountView, item: itemView, document: documentView, activity: activityView };

/** Encrypted PDFs, the templates that they are made from, and the archive of all that an account holds. */
export function documentService(env: DocumentEnvironment): Service {
  return service(DOCUMENT_CONTRACTS, {
    listTemplates: () => Promise.resolve(json(200, { templates: env.renderer.templates })),
    generateDocument: async ({ signedIn, headers, body }) => {
      const request = {
        template: body.template,
        title: body.title ?? null,
        inputs: body.inputs,
        fields: body.fields ?? {},
        retentionDays: body.retentionDays ?? null,
      };
      const keyed = keyedRequest(headers['idempotency-key'], 'POST /v1/documents', body);
      const document = await generateDocument(env, signedIn, request, keyed);
      return json(201, documentView(document), { location: `/v1/documents/${document.id}` });
    },
    listDocuments: async ({ signedIn, query }) => {
      const request = { limit: query.limit, cursor: query.cursor ?? null };
      const { entries, nextCursor } = await listDocuments(env, signedIn, request);
      return json(200, { documents: entries.map(documentView), nextCursor });
    },
    getDocument: async ({ signedIn, params }) =>
      json(200, documentView(await getDocument(env, signedIn, params.documentId))),
    getDocumentContent: async ({ signedIn, params, headers }) => {
      const { document, part, body } = await readDocument(env, signedIn, params.documentId, (size) =>
        parseRange(headers.range, size),
      );
      const partial = part !== null;
      return new Response(ReadableStream.from(body), {
        status: partial ? 206 : 200,
        headers: {
          'content-type': 'application/pdf',
          'content-length': String(partial ? part.last - part.first + 1 : document.size),
          'content-disposition': attachment(`${document.title}.pdf`),
          'accept-ranges': 'bytes',
          ...(partial ? { 'content-range': `bytes ${part.first}-${part.last}/${document.size}` } : {}),
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
