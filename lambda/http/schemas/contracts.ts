import type { ErrorCode } from '../../errors.ts';
import { ROUTES, type Route, type RouteName } from '../route-list.ts';
import { ACCOUNT_CONTRACTS } from './accounts.ts';
import type { Contract } from './contract.ts';
import { DOCUMENT_CONTRACTS } from './documents.ts';
import { ITEM_CONTRACTS } from './items.ts';

/** Every call's contract. A function that serves only one service imports that service's file instead. */
export const CONTRACTS: Readonly<Record<RouteName, Contract>> = {
  ...ACCOUNT_CONTRACTS,
  ...ITEM_CONTRACTS,
  ...DOCUMENT_CONTRACTS,
};

/** Every code that a call can answer: its contract's, and those that follow from its form. Sorted. */
export function errorsOf(name: RouteName): ErrorCode[] {
  const route: Route = ROUTES[name];
  const contract = CONTRACTS[name];
  const codes = new Set<ErrorCode>([...contract.errors, 'internal_error']);
  if (route.open !== true) {
    for (const code of SIGNED_IN) codes.add(code);
  }
  if (route.path.includes('{')) codes.add('not_found');
  if (contract.query ?? contract.headers) codes.add('invalid_request');
  if (contract.json) {
    for (const code of WITH_JSON) codes.add(code);
  }
  if (contract.pdf) {
    for (const code of WITH_PDF) codes.add(code);
  }
  return [...codes].sort();
}

/** `invalid_request`: any of them may carry a malformed `x-vault-revision-seen`. */
const SIGNED_IN: readonly ErrorCode[] = [
  'integrity_failure',
  'invalid_request',
  'temporarily_unavailable',
  'unauthenticated',
  'vault_rolled_back',
];

const WITH_PDF: readonly ErrorCode[] = ['payload_too_large', 'unsupported_media_type'];

const WITH_JSON: readonly ErrorCode[] = ['invalid_request', 'malformed_json', ...WITH_PDF];
