import * as z from 'zod';
import { lineOf } from '../../domain/item-fields.ts';
import { ITEM_TYPES } from '../../domain/items.ts';
import { cursor, id, idempotencyKey, limitQuery, nextCursor, time } from './common.ts';
import type { Contract, RouteNameOf } from './contract.ts';

/** Days that a document is kept where the caller names no number. */
export const DEFAULT_RETENTION_DAYS = 90;

/** Items that one input of a template takes at most. */
const MAX_ITEMS = 200;

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
    template: z.string().nullable(),
    status: z.literal('ready'),
    pages: z.int(),
    size: z.int().meta({ description: 'Bytes of the PDF.' }),
    sha256: z.string().meta({ description: 'SHA-256 of the PDF, in hex.' }),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'Document' });

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
      }),
    ),
  })
  .meta({ id: 'TemplateList' });

const file = {
  contentType: 'application/pdf',
  headers: ['accept-ranges', 'content-disposition'],
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
    summary: 'Makes a document from items',
    headers: z.object({ 'idempotency-key': idempotencyKey.exactOptional() }),
    json: newDocument,
    responses: { 201: { description: 'The document.', schema: document, headers: ['location'] } },
    errors: ['idempotency_key_reused', 'not_found', 'unsupported_script', 'vault_full'],
  },
  listDocuments: {
    summary: 'Lists the documents, newest first',
    query: z.strictObject({ limit: limitQuery, cursor: cursor.exactOptional() }),
    responses: { 200: { description: 'A page of documents.', schema: documentList } },
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
    }),
    responses: {
      200: { description: 'The PDF.', ...file },
      206: { description: 'The range of it.', ...file, headers: [...file.headers, 'content-range'] },
    },
    errors: ['range_not_satisfiable'],
  },
  deleteDocument: {
    summary: 'Removes a document',
    responses: { 204: { description: 'It is removed.' } },
    errors: [],
  },
} as const satisfies Record<RouteNameOf<'documents'>, Contract>;
