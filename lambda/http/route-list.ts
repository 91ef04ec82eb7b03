/** One call of the API: what the router, the OpenAPI document and the gateway are made from. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With path parameters in braces, as OpenAPI and API Gateway write them. */
  readonly path: `/v1/${string}`;
  /** Where it was first. Clients of then are answered there as here; the OpenAPI document tells of the path alone. */
  readonly former?: `/v1/${string}`;
  /** The function that answers it. */
  readonly service: 'accounts' | 'items' | 'documents';
  /** Answered without a session. */
  readonly open?: true;
  /** The answer is streamed. */
  readonly stream?: true;
}

export const ROUTES = {
  getHealth: { method: 'GET', path: '/v1/health', service: 'accounts', open: true },
  getOpenApi: { method: 'GET', path: '/v1/openapi.json', service: 'accounts', open: true },

  registerAccount: { method: 'POST', path: '/v1/accounts', service: 'accounts', open: true },
  getAccount: { method: 'GET', path: '/v1/account', service: 'accounts' },

  changePassword: { method: 'PUT', path: '/v1/account/password', service: 'accounts' },
  changeEmail: { method: 'PUT', path: '/v1/account/email', service: 'accounts' },
  createRecoveryCode: { method: 'POST', path: '/v1/account/recovery-code', service: 'accounts' },
  removeRecoveryCode: { method: 'POST', path: '/v1/account/recovery-code/removal', service: 'accounts' },
  getActivity: { method: 'GET', path: '/v1/account/activity', service: 'accounts' },
  exportAccount: { method: 'GET', path: '/v1/account/export', service: 'documents', stream: true },
  rotateKeys: { method: 'POST', path: '/v1/account/key-rotation', service: 'accounts' },
  deleteAccount: { method: 'POST', path: '/v1/account/deletion', service: 'accounts' },
  recoverAccount: { method: 'POST', path: '/v1/recovery', service: 'accounts', open: true },

  signIn: { method: 'POST', path: '/v1/sessions', service: 'accounts', open: true },
  listSessions: { method: 'GET', path: '/v1/sessions', service: 'accounts' },
  endAllSessions: { method: 'DELETE', path: '/v1/sessions', service: 'accounts' },
  signOut: { method: 'DELETE', path: '/v1/sessions/current', service: 'accounts' },
  reauthenticate: { method: 'POST', path: '/v1/sessions/current/reauthentication', service: 'accounts' },
  endSession: { method: 'DELETE', path: '/v1/sessions/{sessionId}', service: 'accounts' },

  listItemTypes: { method: 'GET', path: '/v1/item-types', service: 'items', open: true },
  createItem: { method: 'POST', path: '/v1/items', service: 'items' },
  listItems: { method: 'GET', path: '/v1/items', service: 'items' },
  searchItems: { method: 'POST', path: '/v1/items/search', service: 'items' },
  getItem: { method: 'GET', path: '/v1/items/{itemId}', service: 'items' },
  replaceItem: { method: 'PUT', path: '/v1/items/{itemId}', service: 'items' },
  deleteItem: { method: 'DELETE', path: '/v1/items/{itemId}', service: 'items' },

  listTemplates: { method: 'GET', path: '/v1/templates', service: 'documents', open: true },
  generateDocument: { method: 'POST', path: '/v1/documents', service: 'documents' },
  listDocuments: { method: 'GET', path: '/v1/documents', service: 'documents' },
  searchDocuments: { method: 'POST', path: '/v1/documents/search', service: 'documents' },
  beginUpload: {
    method: 'POST',
    path: '/v1/uploads',
    former: '/v1/documents/uploads',
    service: 'documents',
  },
  getUpload: {
    method: 'GET',
    path: '/v1/uploads/{uploadId}',
    former: '/v1/documents/uploads/{uploadId}',
    service: 'documents',
  },
  putUploadPart: {
    method: 'PUT',
    path: '/v1/uploads/{uploadId}/parts/{part}',
    former: '/v1/documents/uploads/{uploadId}/parts/{part}',
    service: 'documents',
  },
  completeUpload: {
    method: 'POST',
    path: '/v1/uploads/{uploadId}/complete',
    former: '/v1/documents/uploads/{uploadId}/complete',
    service: 'documents',
  },
  abortUpload: {
    method: 'DELETE',
    path: '/v1/uploads/{uploadId}',
    former: '/v1/documents/uploads/{uploadId}',
    service: 'documents',
  },
  getDocument: { method: 'GET', path: '/v1/documents/{documentId}', service: 'documents' },
  shortenDocument: { method: 'PATCH', path: '/v1/documents/{documentId}', service: 'documents' },
  getDocumentContent: {
    method: 'GET',
    path: '/v1/documents/{documentId}/content',
    service: 'documents',
    stream: true,
  },
  deleteDocument: { method: 'DELETE', path: '/v1/documents/{documentId}', service: 'documents' },
} as const satisfies Record<string, Route>;

/** Every path that answers a call. */
export function routePaths({ path, former }: Route): readonly Route['path'][] {
  return former === undefined ? [path] : [path, former];
}

/** A call's operation id. */
export type RouteName = keyof typeof ROUTES;

/** What every answer carries that is behind TLS, whoever gives it. */
export const FIXED_HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
} as const;

/** What a call is told that is not let through to the application. */
export const FORBIDDEN = {
  status: 403,
  code: 'forbidden',
  title: 'Forbidden',
  detail: 'The call is not let through.',
} as const;

/** What a call is told that leads nowhere. */
const NOWHERE = { status: 404, code: 'not_found', title: 'Not found', detail: 'There is nothing here.' } as const;

/** An answer that the gateway gives by itself, as a problem of RFC 9457. */
export interface GatewayProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/**
 * What API Gateway answers by itself on AWS, the web ACL in front of it included, by its own name for the case. The functions
 * give most of these codes too, `forbidden` by lambda/http/edge.ts; the rest are the gateway's alone.
 */
export const GATEWAY_PROBLEMS = {
  // The gateway's name for a path that it doesn't know; no call of this API asks for an AWS signature.
  MISSING_AUTHENTICATION_TOKEN: NOWHERE,
  RESOURCE_NOT_FOUND: NOWHERE,
  ACCESS_DENIED: FORBIDDEN,
  WAF_FILTERED: FORBIDDEN,
  REQUEST_TOO_LARGE: {
    status: 413,
    code: 'payload_too_large',
    title: 'Payload too large',
    detail: 'The body is larger than this call takes.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    code: 'unsupported_media_type',
    title: 'Unsupported media type',
    detail: 'The content type is not one that this call takes.',
  },
  THROTTLED: {
    status: 429,
    code: 'too_many_attempts',
    title: 'Too many attempts',
    detail: 'Too many calls at once. Try again later.',
    retryAfter: 1,
  },
  QUOTA_EXCEEDED: {
    status: 429,
    code: 'too_many_attempts',
    title: 'Too many attempts',
    detail: 'Too many calls. Try again later.',
    retryAfter: 60,
  },
  INTEGRATION_FAILURE: {
    status: 502,
    code: 'bad_gateway',
    title: 'Bad gateway',
    detail: 'The service gave no answer. The request may be sent again.',
    retryAfter: 1,
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    code: 'gateway_timeout',
    title: 'Gateway timeout',
    detail: 'The service did not answer in time. The request may be sent again.',
    retryAfter: 5,
  },
  DEFAULT_4XX: {
    status: 400,
    code: 'bad_request',
    title: 'Bad request',
    detail: 'The request is malformed.',
  },
  DEFAULT_5XX: {
    status: 500,
    code: 'internal_error',
    title: 'Internal error',
    detail: 'Something went wrong.',
  },
} as const satisfies Record<string, GatewayProblem>;

/** The JSON of an answer that the application doesn't give; a fixed text but for the name of the request. */
export function problemJson({ title, status, code, detail }: GatewayProblem, requestId: string): string {
  return JSON.stringify({ type: `urn:problem:${code}`, title, status, code, detail, requestId });
}

/** A code that the gateway's own answers have. */
export type GatewayCode = (typeof GATEWAY_PROBLEMS)[keyof typeof GATEWAY_PROBLEMS]['code'];

/**
 * What the distribution in front adds to each call: its secret, and the address of its viewer. Anyone can send them: the
 * one is not believed without the other.
 */
export const EDGE_HEADERS = { secret: 'x-twinlock-edge', viewer: 'x-twinlock-viewer' } as const;

/** The headers of answers that pages of a listed origin may read. The gateway's own answers let them read the same. */
export const EXPOSED_HEADERS = [
  'etag',
  'location',
  'retry-after',
  'x-request-id',
  'x-vault-revision',
  'content-disposition',
  'content-range',
  'accept-ranges',
];
