import { pdfOf } from '../../usecases/upload-support.ts';
import { drawing, rested, settle } from '../people.ts';
import type { Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { calling } from './calling.ts';

const KEY = { 'idempotency-key': 'made-once' };
const FILE = { 'content-type': 'application/pdf', 'x-document-title': 'Scan' };
/** Two chunks of the sealed stream, and a little. */
const PDF = pdfOf(40_000);
const NOT_FOUND = '404 not_found';

/** An account that sent a PDF. */
async function sent(stage: Stage) {
  const member = await settle(stage);
  const answer = await stage.ok('POST /v1/documents', { token: member.token, body: PDF, headers: FILE });
  stage.time.now += 1000;
  return { ...member, document: answer.text('id'), sha256: answer.text('sha256') };
}

async function keyed(stage: Stage) {
  const member = await settle(stage);
  await stage.ok('POST /v1/documents', { token: member.token, body: drawing(member.note), headers: KEY });
  stage.time.now += 1000;
  return member;
}

/** An account whose document is half removed: its row stands still. */
async function halfGone(stage: Stage) {
  const member = await settle(stage);
  stage.gate.begin({ at: 's3:ListObjectVersions', fault: 'unsent', lasting: true });
  await stage.call(`DELETE /v1/documents/${member.document}`, { token: member.token });
  stage.gate.begin(null);
  stage.time.now += 1000;
  return member;
}

/** The calls of the documents service, but for uploads in parts. */
export const DOCUMENT_SHAPES: readonly Shape[] = [
  {
    of: 'generateDocument',
    when: 'from an item',
    well: '201',
    again: ['201'],
    prepare: calling(({ note }) => ['POST /v1/documents', { body: drawing(note) }]),
  },
  {
    of: 'generateDocument',
    when: 'from an item, with a key',
    well: '201',
    again: ['201'],
    prepare: calling(({ note }) => ['POST /v1/documents', { body: drawing(note), headers: KEY }]),
  },
  {
    of: 'generateDocument',
    when: 'with a key that made it before',
    well: '201',
    again: ['201'],
    prepare: calling(({ note }) => ['POST /v1/documents', { body: drawing(note), headers: KEY }], keyed),
  },
  {
    of: 'generateDocument',
    when: 'from what is no item',
    well: '422 invalid_request',
    again: ['422 invalid_request'],
    prepare: calling(({ document }) => ['POST /v1/documents', { body: drawing(document) }]),
  },
  {
    of: 'generateDocument',
    when: 'of a PDF that is sent, in a session that rested',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/documents', { body: PDF, headers: FILE }], rested),
  },
  {
    of: 'generateDocument',
    when: 'of a PDF that is sent, with a key',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/documents', { body: PDF, headers: { ...FILE, ...KEY } }]),
  },
  { of: 'listDocuments', when: 'all', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/documents']) },
  {
    of: 'searchDocuments',
    when: 'by title',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['POST /v1/documents/search', { body: { title: 'record' } }]),
  },
  {
    of: 'getDocument',
    when: 'there',
    well: '200',
    again: ['200'],
    prepare: calling(({ document }) => [`GET /v1/documents/${document}`]),
  },
  {
    of: 'getDocumentContent',
    when: 'whole, in a session that rested',
    well: '200',
    again: ['200'],
    prepare: calling(
      ({ document }) => [`GET /v1/documents/${document}/content`],
      async (stage) => {
        const member = await sent(stage);
        stage.time.now += 120_000;
        return member;
      },
    ),
  },
  {
    of: 'getDocumentContent',
    when: 'a range',
    well: '206',
    again: ['206'],
    prepare: calling(
      ({ document }) => [`GET /v1/documents/${document}/content`, { headers: { range: 'bytes=17000-17100' } }],
      sent,
    ),
  },
  {
    of: 'getDocumentContent',
    when: 'that the caller has',
    well: '304',
    again: ['304'],
    prepare: calling(
      ({ document, sha256 }) => [
        `GET /v1/documents/${document}/content`,
        { headers: { 'if-none-match': `"${sha256}"` } },
      ],
      sent,
    ),
  },
  {
    of: 'shortenDocument',
    when: 'there',
    well: '200',
    again: ['200'],
    prepare: async (stage) => {
      const expiresAt = new Date(stage.time.now + 30 * 86_400_000).toISOString();
      return calling(({ document }) => [`PATCH /v1/documents/${document}`, { body: { expiresAt } }])(stage);
    },
  },
  {
    of: 'deleteDocument',
    when: 'there',
    well: '204',
    // Its row may be there still: then the second call ends what the first began.
    again: [NOT_FOUND, '204'],
    prepare: calling(({ document }) => [`DELETE /v1/documents/${document}`]),
  },
  {
    of: 'deleteDocument',
    when: 'half removed before',
    well: '204',
    again: [NOT_FOUND, '204'],
    prepare: calling(({ document }) => [`DELETE /v1/documents/${document}`], halfGone),
  },
  {
    of: 'exportAccount',
    when: 'with items and documents',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/account/export'], sent),
  },
  { of: 'listTemplates', when: 'always', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/templates']) },
];
