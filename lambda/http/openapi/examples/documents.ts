import { ITEM_TYPES } from '../../../domain/items.ts';
import { MAX_PART, MAX_PARTS, MAX_UPLOAD } from '../../../usecases/uploads.ts';
import type { DOCUMENT_CONTRACTS } from '../../schemas/documents.ts';
import type { ExamplesOf } from '../example.ts';
import { DOCUMENT_ID, ITEM_IDS, UPLOAD_ID } from './values.ts';

const letter = {
  id: DOCUMENT_ID,
  title: 'Change of address',
  template: 'letter',
  status: 'ready',
  pages: 1,
  size: 48_231,
  sha256: '3f0a9d5c7be14286d1c05e9f7a2b48c6903d1e7f5a8b2c4d6e0f1a3b5c7d9e2f',
  createdAt: '2026-11-02T10:03:21.045Z',
  expiresAt: '2027-01-31T10:03:21.045Z',
} as const;

const sent = {
  ...letter,
  id: '01M6DX5R9T2W6Y1V4B8N3M7C0K',
  title: 'Tenancy agreement',
  template: null,
  pages: null,
  size: 6_291_456,
  sha256: '8c1e4a7d0f3b6295e8d1c4b7a0f3e6d9528b1e4a7d0c3f6925b8e1d4a7c0f396',
  createdAt: '2026-11-02T10:31:55.600Z',
  expiresAt: '2026-12-02T10:31:55.600Z',
} as const;

const first = {
  part: 1,
  size: 4_194_304,
  sha256: '51d8f2b6a90c3e7d4b1f8a5c2e9d60734f1b8e5a2c9d6f3071b4e8a5d2c9f603',
};

const second = {
  part: 2,
  size: 2_097_152,
  sha256: 'e70b3d9a5f1c8246d0b7e3a9f5c18264d0a7e3b9c5f18246b0d7a3e9f5c18240',
};

const upload = {
  uploadId: UPLOAD_ID,
  title: sent.title,
  parts: [],
  maxPartSize: MAX_PART,
  maxParts: MAX_PARTS,
  maxSize: MAX_UPLOAD,
  expiresAt: '2026-11-03T10:29:00.000Z',
};

const page = { documents: [sent, letter], nextCursor: null };

/** Of the documents service. */
export const DOCUMENT_EXAMPLES: ExamplesOf<typeof DOCUMENT_CONTRACTS> = {
  exportAccount: {},
  listTemplates: {
    answers: {
      200: {
        some: {
          summary: 'One of the templates',
          value: {
            templates: [
              {
                id: 'personal-data-record',
                title: 'Personal data record',
                description: 'All that the chosen items hold, unmasked, in sections by type.',
                inputs: [{ name: 'items', itemTypes: [...ITEM_TYPES], many: true, required: true }],
                fields: {
                  $schema: 'https://json-schema.org/draft/2020-12/schema',
                  type: 'object',
                  properties: {},
                  additionalProperties: false,
                },
                retentionDays: null,
              },
            ],
          },
        },
      },
    },
  },
  generateDocument: {
    body: {
      letter: {
        summary: 'A letter',
        value: {
          template: 'letter',
          title: letter.title,
          inputs: { sender: ITEM_IDS.person, senderAddress: ITEM_IDS.address },
          fields: {
            recipient: 'Lanternmakers’ Guild\n1 Invention Street\nExampleton EX1 1MP',
            subject: 'My new address',
            body: 'Dear members,\n\nfrom the first of December I live at the address above.\n\nYours faithfully',
            date: '2026-11-02',
          },
          retentionDays: 90,
        },
      },
      record: {
        summary: 'A record of several items',
        value: {
          template: 'personal-data-record',
          inputs: { items: [ITEM_IDS.person, ITEM_IDS.address, ITEM_IDS.bankAccount] },
        },
      },
    },
    answers: {
      201: {
        made: { summary: 'Made by a template', value: letter },
        sent: { summary: 'Sent as a PDF', value: sent },
      },
    },
  },
  listDocuments: { answers: { 200: { two: { summary: 'The last page', value: page } } } },
  searchDocuments: {
    body: {
      title: { summary: 'By a part of the title', value: { title: 'tenancy' } },
      month: {
        summary: 'Letters of November',
        value: { template: 'letter', from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' },
      },
    },
    answers: {
      200: { found: { summary: 'One was found', value: { documents: [sent], nextCursor: null } } },
    },
  },
  beginUpload: {
    body: { named: { summary: 'Kept for 30 days', value: { title: sent.title, retentionDays: 30 } } },
    answers: { 201: { begun: { summary: 'Nothing has come yet', value: upload } } },
  },
  getUpload: {
    answers: { 200: { underWay: { summary: 'Both parts have come', value: { ...upload, parts: [first, second] } } } },
  },
  putUploadPart: {
    answers: { 200: { part: { summary: 'The first part', value: first } } },
  },
  completeUpload: {
    body: {
      checked: { summary: 'With the sum of the whole', value: { parts: 2, sha256: sent.sha256 } },
      bare: { summary: 'Without it', value: { parts: 2 } },
    },
    answers: { 201: { sent: { summary: 'The document', value: sent } } },
  },
  abortUpload: {},
  shortenDocument: {
    body: { sooner: { summary: 'Until the end of the year', value: { expiresAt: '2026-12-31T23:59:59Z' } } },
    answers: {
      200: { shortened: { summary: 'The document', value: { ...letter, expiresAt: '2026-12-31T23:59:59.000Z' } } },
    },
  },
  getDocument: { answers: { 200: { letter: { summary: 'A letter', value: letter } } } },
  getDocumentContent: {},
  deleteDocument: {},
};
