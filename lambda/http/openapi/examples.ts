import type { RouteName } from '../route-list.ts';
import type { AnyExamples } from './example.ts';
import { ACCOUNT_EXAMPLES } from './examples/accounts.ts';
import { DOCUMENT_EXAMPLES } from './examples/documents.ts';
import { ITEM_EXAMPLES } from './examples/items.ts';
import { DOCUMENT_ID, ITEM_IDS, SESSION_ID, UPLOAD_ID } from './examples/values.ts';

/** Every call's examples. */
export const EXAMPLES: Readonly<Record<RouteName, AnyExamples>> = {
  ...ACCOUNT_EXAMPLES,
  ...ITEM_EXAMPLES,
  ...DOCUMENT_EXAMPLES,
};

/** By name: what a path, a query or a header may hold, in any call that has it. */
export const PARAMETER_EXAMPLES: Readonly<Record<string, string | number>> = {
  sessionId: SESSION_ID,
  itemId: ITEM_IDS.address,
  documentId: DOCUMENT_ID,
  uploadId: UPLOAD_ID,
  part: 1,
  limit: 20,
  cursor: 'bmV4dC1wYWdlLWFmdGVyLXRoaXMtZW50cnk',
  type: 'address',
  template: 'letter',
  from: '2026-11-01T00:00:00Z',
  to: '2026-12-01T00:00:00Z',
  retentionDays: 30,
  'idempotency-key': 'f2b1e6c4-0d9a-4a57-9c3e-7b8d1e5a6f20',
  'if-match': '"3"',
  'if-none-match': '"3f0a9d5c7be14286d1c05e9f7a2b48c6903d1e7f5a8b2c4d6e0f1a3b5c7d9e2f"',
  'if-range': '"3f0a9d5c7be14286d1c05e9f7a2b48c6903d1e7f5a8b2c4d6e0f1a3b5c7d9e2f"',
  range: 'bytes=0-1023',
  'x-document-title': 'Tenancy%20agreement',
  'x-vault-revision-seen': 42,
};
