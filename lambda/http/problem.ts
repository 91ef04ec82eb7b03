import {
  type ErrorCode,
  ExportTooLargeError,
  InvalidRequestError,
  type Issue,
  RangeNotSatisfiableError,
  RolledBackError,
  TooManyAttemptsError,
  TwinlockError,
} from '../errors.ts';

/** What a code answers. The detail holds nothing of the request. */
interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/** Every code with its one status and its public text. */
export const PROBLEMS: Readonly<Record<ErrorCode, ProblemText>> = {
  malformed_json: {
    status: 400,
    title: 'Malformed JSON',
    detail: 'The body is not JSON in UTF-8.',
  },
  invalid_credentials: {
    status: 401,
    title: 'Invalid credentials',
    detail: 'The e-mail and the secret sent with it do not open an account.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not signed in',
    detail: 'The request carries no token of a live session.',
  },
  reauthentication_required: {
    status: 403,
    title: 'Reauthentication required',
    detail: 'The call asks for a sign-in, or for the password given anew, within the last ten minutes.',
  },
  wrong_password: {
    status: 403,
    title: 'Wrong password',
    detail: 'The password is not the one of this account.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing here that this account can reach.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    detail: 'The path takes other methods, as the allow header lists.',
  },
  account_exists: {
    status: 409,
    title: 'Account exists',
    detail: 'An account with this e-mail exists.',
  },
  export_too_large: {
    status: 409,
    title: 'Export too large',
    detail: 'The account does not go into one archive. Ask for each of its parts, of which parts tells the number.',
  },
  upload_incomplete: {
    status: 409,
    title: 'Upload incomplete',
    detail: 'The parts that came are not those that the call names. Ask which have come, and send the others.',
  },
  upload_spent: {
    status: 409,
    title: 'Upload spent',
    detail: 'Parts were sent too many times. Begin another upload.',
  },
  vault_full: {
    status: 409,
    title: 'Vault full',
    detail: 'The account holds as many items and documents as it can. Remove some first.',
  },
  vault_rolled_back: {
    status: 409,
    title: 'Vault rolled back',
    detail: 'The stored vault is older than the revision that the client has seen.',
  },
  version_conflict: {
    status: 409,
    title: 'Version conflict',
    detail: 'Another change came first. Read again and decide anew.',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    detail: 'The item has another version than the if-match header names. Read it again.',
  },
  payload_too_large: {
    status: 413,
    title: 'Payload too large',
    detail: 'The body is larger than this call takes.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    detail: 'The call does not take a body of this content type.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'Range not satisfiable',
    detail: 'The range lies outside the document, whose size the content-range header holds.',
  },
  invalid_request: {
    status: 422,
    title: 'Invalid request',
    detail: 'The request breaks the rules of this call, as errors lists.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'Idempotency key reused',
    detail: 'The idempotency key was used within 24 hours for another request. Take a fresh one for each new request.',
  },
  not_a_pdf: {
    status: 422,
    title: 'Not a PDF',
    detail: 'The body is not a PDF file.',
  },
  password_too_weak: {
    status: 422,
    title: 'Password too weak',
    detail: 'The new password is too short, too long, too common, or too much like the e-mail.',
  },
  unsupported_script: {
    status: 422,
    title: 'Unsupported script',
    detail: 'A text holds characters that the document cannot show, as errors lists.',
  },
  precondition_required: {
    status: 428,
    title: 'Precondition required',
    detail: 'The call needs an if-match header with the version that it changes.',
  },
  too_many_attempts: {
    status: 429,
    title: 'Too many attempts',
    detail: 'Too many tries have failed. Wait as long as the retry-after header says.',
  },
  integrity_failure: {
    status: 500,
    title: 'Integrity failure',
    detail: 'Stored data failed its authentication. Nothing of it was released, and the operator is alarmed.',
  },
  internal_error: {
    status: 500,
    title: 'Internal error',
    detail: 'Something unforeseen went wrong. The operator can find it by the request id.',
  },
  temporarily_unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    detail: 'A service behind this one does not answer. Send the request again.',
  },
};

/** Seconds to wait before a request that met a failing cloud service is sent again. */
const RETRY_AFTER = 1;

/** The body of every error (RFC 9457). */
export interface Problem {
  readonly type: `urn:problem:${ErrorCode}`;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly Issue[];
  /** Of `export_too_large`. */
  readonly parts?: number;
}

/** An error as an HTTP answer. */
export interface ProblemResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
}

/** What an error answers: its code's fixed text, and for anything unforeseen `internal_error` and nothing else. */
export function toProblem(error: unknown, requestId: string): ProblemResponse {
  const code = error instanceof TwinlockError ? error.code : 'internal_error';
  const { status, title, detail } = PROBLEMS[code];
  const errors = error instanceof InvalidRequestError && error.issues.length > 0 ? { errors: error.issues } : {};
  const parts = error instanceof ExportTooLargeError ? { parts: error.parts } : {};
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...headersOf(code, error) },
    body: { type: `urn:problem:${code}`, title, status, code, detail, requestId, ...errors, ...parts },
  };
}

function headersOf(code: ErrorCode, error: unknown): Record<string, string> {
  // RFC 9110 §15.5.2: every 401 names a challenge.
  if (PROBLEMS[code].status === 401) return { 'www-authenticate': 'Bearer' };
  if (error instanceof TooManyAttemptsError) return { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfter))) };
  // RFC 9110 §15.5.17: how many bytes there are.
  if (error instanceof RangeNotSatisfiableError) return { 'content-range': `bytes */${error.size}` };
  if (error instanceof RolledBackError) return { 'x-vault-revision': String(error.revision) };
  if (code === 'temporarily_unavailable') return { 'retry-after': String(RETRY_AFTER) };
  return {};
}
