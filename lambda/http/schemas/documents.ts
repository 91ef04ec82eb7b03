import * as z from 'zod';
import { lineOf } from '../../domain/item-fields.ts';
import { ITEM_TYPES } from '../../domain/items.ts';
import { isOpenPassword } from '../../domain/open-password.ts';
import { cursor, id, idempotencyKey, limitField, limitQuery, nextCursor, time } from './common.ts';
import type { Contract, RouteNameOf } from './contract.ts';

/** Days that a document is kept where the caller names no number. */
export const DEFAULT_RETENTION_DAYS = 90;

/** Items that one input of a template takes at most. */
const MAX_ITEMS = 2000;

const MAX_INPUTS = 20;

const inputs = z
  .record(
    z.string(),
    z.union([id, z.array(id).min(1).max(MAX_ITEMS)], `must be an item’s id or 1 to ${MAX_ITEMS} of them`),
  )
  .refine((record) => Object.keys(record).length <= MAX_INPUTS, `must have at most ${MAX_INPUTS} fields`)
  .meta({ description: 'By input name: an item’s id, or several.', maxProperties: MAX_INPUTS });

const newDocument = z
  .strictObject({
    template: z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a template'),
    title: lineOf(200).exactOptional(),
    password: z
      .string()
      .refine(isOpenPassword, 'must have 8 characters or more, and at most 127 bytes, that every reader takes alike')
      .exactOptional()
      .meta({
        format: 'password',
        description: 'Opens the PDF (AES-256). It is kept nowhere: who forgets it loses the PDF.',
        minLength: 8,
        maxLength: 127,
      }),
    inputs,
    fields: z
      .record(z.string(), z.unknown())
      .exactOptional()
      .meta({ description: 'As the template’s schema of fields demands.' }),
    retentionDays: z
      .int()
      .min(1)
      .max(365)
      .exactOptional()
      .meta({ description: 'Days until the document is removed.', default: DEFAULT_RETENTION_DAYS }),
  })
  .meta({ id: 'NewDocument' });

const document = z
  .object({
    id,
    title: z.string(),
    template: z.string().nullable().meta({ description: 'Null for a PDF that was sent.' }),
    status: z.literal('ready'),
    pages: z.int().nullable().meta({ description: 'Null for a PDF that was sent.' }),
    size: z.int().meta({ description: 'Bytes of the PDF.' }),
    sha256: z.string().meta({ description: 'SHA-256 of the PDF, in hex.' }),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'Document' });

const title = lineOf(200);

const retentionDays = z.int().min(1).max(365).meta({ description: 'Days until the document is removed.' });

/** Days, in a query. */
const retentionQuery = z
  .string()
  .regex(/^(?:[1-9]\d?|[12]\d\d|3[0-5]\d|36[0-5])$/, 'must be a number from 1 to 365')
  .transform(Number)
  .meta({ type: 'integer', minimum: 1, maximum: 365, pattern: undefined, description: 'Of a PDF that is sent.' });

/** The title of a PDF that is sent. */
const titleHeader = z
  .string()
  .max(2000)
  .meta({ description: 'The title of a PDF that is sent: UTF-8, percent-encoded.' });

/** A moment that a caller names; the service answers with milliseconds. */
const moment = z.iso.datetime('must be a time in UTC, as 2026-01-31T12:00:00Z').meta({ description: 'RFC 3339, UTC.' });

const template = z.string().regex(/^[a-z0-9-]{1,64}$/, 'must be the id of a template');

const made = { description: 'Made at this time or later (`from`), and before this one (`to`).' };

const search = z
  .strictObject({
    title: z.string().max(200).exactOptional().meta({ description: 'A part of the title, whatever its case.' }),
    template: template.exactOptional(),
    from: moment.exactOptional().meta(made),
    to: moment.exactOptional().meta(made),
    limit: limitField.exactOptional(),
    cursor: cursor.exactOptional(),
  })
  .meta({ id: 'DocumentSearch' });

const shorter = z
  .strictObject({ expiresAt: moment.meta({ description: 'Ahead, and not later than it is.' }) })
  .meta({ id: 'DocumentChange' });

const newUpload = z.strictObject({ title, retentionDays: retentionDays.exactOptional() }).meta({ id: 'NewUpload' });

const uploadPart = z
  .object({
    part: z.int().meta({ description: 'From 1.' }),
    size: z.int(),
    sha256: z.string().meta({ description: 'SHA-256 of the part, in hex.' }),
  })
  .meta({ id: 'UploadPart' });

const upload = z
  .object({
    uploadId: id,
    title: z.string(),
    parts: z.array(uploadPart),
    maxPartSize: z.int().meta({ description: 'Bytes of one part at most.' }),
    maxParts: z.int(),
    maxSize: z.int().meta({ description: 'Bytes of all parts at most.' }),
    expiresAt: time.meta({ description: '24 hours after the last part.' }),
  })
  .meta({ id: 'Upload' });

const completion = z
  .strictObject({
    parts: z.int().min(1).max(180).meta({ description: 'How many there are, numbered from 1 without a gap.' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')
      .exactOptional()
      .meta({ description: 'Of the whole: refused where it is not what came.' }),
  })
  .meta({ id: 'UploadCompletion' });

const documentList = z.object({ documents: z.array(document), nextCursor }).meta({ id: 'DocumentList' });

const templateList = z
  .object({
    templates: z.array(
      z.object({
        id: z.string(),
        title: z.string(),
        description: z.string(),
        inputs: z.array(
          z.object({
            name: z.string(),
            itemTypes: z.array(z.enum(ITEM_TYPES)),
            many: z.boolean(),
            required: z.boolean(),
          }),
        ),
        fields: z.record(z.string(), z.unknown()).meta({ description: 'A JSON Schema (2020-12) of the fields.' }),
        retentionDays: z.int().min(1).max(365).nullable().meta({
          description: "Days that its documents are kept unless asked otherwise; null: the deployment's default.",
        }),
      }),
    ),
  })
  .meta({ id: 'TemplateList' });

const file = {
  contentType: 'application/pdf',
  headers: ['accept-ranges', 'content-disposition', 'etag'],
} as const;

/** A part's number, in a query. */
const partQuery = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, 'must be a number from 1')
  .transform(Number)
  .meta({
    type: 'integer',
    minimum: 1,
    pattern: undefined,
    description: 'Which part. All of it where it is left out.',
  });

/** What the calls of the documents service take and answer. */
export const DOCUMENT_CONTRACTS = {
  exportAccount: {
    summary: 'Returns all of the account as a ZIP archive',
    description:
      'It holds `account.json` as `GET /v1/account` answers, `items.json` with every item whole, `activity.json` as ' +
      '`GET /v1/account/activity` answers, without pages (where it would take more than 8 MiB it may end early, and its ' +
      '`nextCursor` goes on in that call), `documents/<id>.pdf`, and last `manifest.json`: each file’s size and SHA-256, ' +
      'what is known of each document, the documents that were deleted or expired while the archive was written (`gone`), ' +
      'and the vault’s revision at its start and end, which are equal where nothing changed meanwhile. An archive that ' +
      'breaks off has no directory and does not open: ask again. What takes more than 180 MiB comes in parts, the account ' +
      'and its activity in the first. Parts stay the same while nothing changes; a change between two of them may move ' +
      'items and documents, so that one comes twice or not at all: each `manifest.json` tells which are in it, and at ' +
      'which revision.',
    query: z.strictObject({ part: partQuery.exactOptional() }),
    responses: {
      200: { description: 'The archive.', contentType: 'application/zip', headers: ['content-disposition'] },
    },
    errors: ['export_too_large', 'reauthentication_required'],
  },
  listTemplates: {
    summary: 'Lists the templates',
    responses: { 200: { description: 'The templates.', schema: templateList } },
    errors: [],
  },
  generateDocument: {
    summary: 'Makes a document from items, or takes a PDF',
    description:
      'A PDF of at most 4 MiB may be sent in place of JSON, with its title in `x-document-title`; a larger one is uploaded ' +
      'in parts (`POST /v1/uploads`).',
    query: z.strictObject({ retentionDays: retentionQuery.exactOptional() }),
    headers: z.object({
      'idempotency-key': idempotencyKey.exactOptional(),
      'x-document-title': titleHeader.exactOptional(),
    }),
    json: newDocument,
    pdf: true,
    responses: { 201: { description: 'The document.', schema: document, headers: ['location'] } },
    errors: ['idempotency_key_reused', 'not_a_pdf', 'not_found', 'unsupported_script', 'vault_full'],
  },
  listDocuments: {
    summary: 'Lists the documents, newest first',
    query: z.strictObject({
      template: template.exactOptional(),
      from: moment.exactOptional().meta(made),
      to: moment.exactOptional().meta(made),
      limit: limitQuery,
      cursor: cursor.exactOptional(),
    }),
    responses: { 200: { description: 'A page of documents.', schema: documentList } },
    errors: [],
  },
  searchDocuments: {
    summary: 'Finds documents, by their titles too',
    json: search,
    responses: { 200: { description: 'A page of documents, newest first.', schema: documentList } },
    errors: [],
  },
  beginUpload: {
    summary: 'Begins the upload of a PDF in parts',
    description:
      'Each part but the last may have any size up to `maxPartSize`. Nothing can be read until the upload is complete. It ends 24 ' +
      'hours after its last part, and with the end of a key rotation that it began before.',
    headers: z.object({ 'idempotency-key': idempotencyKey.exactOptional() }),
    json: newUpload,
    responses: { 201: { description: 'The upload.', schema: upload, headers: ['location'] } },
    errors: ['idempotency_key_reused', 'not_found', 'vault_full'],
  },
  getUpload: {
    summary: 'Returns how far an upload has come',
    responses: { 200: { description: 'The upload.', schema: upload } },
    errors: [],
  },
  putUploadPart: {
    summary: 'Sends a part of an upload',
    description: 'In any order, and several at once. One that is sent again takes the place of the one before.',
    pdf: true,
    responses: { 200: { description: 'The part.', schema: uploadPart } },
    errors: ['invalid_request', 'upload_spent'],
  },
  completeUpload: {
    summary: 'Makes a document of an upload',
    description: 'Sent again, it answers with the document that it made.',
    json: completion,
    responses: { 201: { description: 'The document.', schema: document, headers: ['location'] } },
    errors: ['not_a_pdf', 'upload_incomplete', 'vault_full', 'version_conflict'],
  },
  abortUpload: {
    summary: 'Gives an upload up',
    responses: { 204: { description: 'It is removed.' } },
    errors: [],
  },
  shortenDocument: {
    summary: 'Lets a document end sooner',
    json: shorter,
    responses: { 200: { description: 'The document.', schema: document } },
    errors: [],
  },
  getDocument: {
    summary: 'Returns what is known of a document',
    responses: { 200: { description: 'The document.', schema: document } },
    errors: [],
  },
  getDocumentContent: {
    summary: 'Returns the PDF',
    headers: z.object({
      range: z
        .string()
        .max(200)
        .exactOptional()
        .meta({ description: 'One range: `bytes=0-1023`, `bytes=1024-`, `bytes=-512`.' }),
      'if-none-match': z.string().max(1000).exactOptional().meta({ description: 'Etags that the caller has.' }),
      'if-range': z.string().max(200).exactOptional().meta({ description: 'The etag that the range is of.' }),
    }),
    responses: {
      200: { description: 'The PDF.', ...file },
      206: { description: 'The range of it.', ...file, headers: [...file.headers, 'content-range'] },
      304: { description: 'The caller has it.', headers: ['etag'] },
    },
    errors: ['range_not_satisfiable'],
  },
  deleteDocument: {
    summary: 'Removes a document',
    responses: { 204: { description: 'It is removed.' } },
    errors: [],
  },
} as const satisfies Record<RouteNameOf<'documents'>, Contract>;
