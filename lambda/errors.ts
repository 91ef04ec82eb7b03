/** Every code a caller can meet, each with one HTTP status (see http/problem.ts). Codes are stable. */
export type ErrorCode =
  | 'account_exists'
  | 'export_too_large'
  | 'idempotency_key_reused'
  | 'integrity_failure'
  | 'internal_error'
  | 'invalid_credentials'
  | 'invalid_request'
  | 'malformed_json'
  | 'method_not_allowed'
  | 'not_a_pdf'
  | 'not_found'
  | 'password_too_weak'
  | 'payload_too_large'
  | 'precondition_failed'
  | 'precondition_required'
  | 'range_not_satisfiable'
  | 'reauthentication_required'
  | 'temporarily_unavailable'
  | 'too_many_attempts'
  | 'unauthenticated'
  | 'unsupported_media_type'
  | 'unsupported_script'
  | 'upload_incomplete'
  | 'upload_spent'
  | 'vault_full'
  | 'vault_rolled_back'
  | 'version_conflict'
  | 'wrong_password';

/** One fault of a request: where (a JSON pointer) and what. The message never holds the value sent. */
export interface Issue {
  readonly path: string;
  readonly message: string;
}

/** An error with a stable code. `message` is for the operator and holds neither secrets nor personal data. */
export class TwinlockError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = code, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Stored bytes that fail authentication, or a row that the manifest does not account for. Always alarmed. */
export class IntegrityError extends TwinlockError {
  /** @param what the part that failed, as a fixed text without ids: "item", "password wrap header" */
  constructor(what: string, options?: ErrorOptions) {
    super('integrity_failure', `integrity failure: ${what}`, options);
  }
}

/** A cloud service that throttles, times out or fails beyond the SDK's own retries. */
export class UnavailableError extends TwinlockError {
  /** @param service the service and call, as "kms:Decrypt" */
  constructor(service: string, options?: ErrorOptions) {
    super('temporarily_unavailable', `${service} is unavailable`, options);
  }
}

/** A request that breaks its schema or a rule of form. */
export class InvalidRequestError extends TwinlockError {
  readonly issues: readonly Issue[];

  constructor(
    issues: readonly Issue[],
    code: 'invalid_request' | 'password_too_weak' | 'unsupported_script' = 'invalid_request',
  ) {
    super(code);
    this.issues = issues;
  }
}

/** A try refused before any work, because too many before it failed. */
export class TooManyAttemptsError extends TwinlockError {
  /** Seconds until the next try is taken. */
  readonly retryAfter: number;

  constructor(retryAfter: number) {
    super('too_many_attempts');
    this.retryAfter = retryAfter;
  }
}

/** A vault that is older than what its client has seen. */
export class RolledBackError extends TwinlockError {
  /** The revision that is stored. */
  readonly revision: number;

  constructor(revision: number) {
    super('vault_rolled_back');
    this.revision = revision;
  }
}

/** An account that does not go into one archive. */
export class ExportTooLargeError extends TwinlockError {
  /** How many it takes. */
  readonly parts: number;

  constructor(parts: number) {
    super('export_too_large');
    this.parts = parts;
  }
}

/** A range that lies outside the document. */
export class RangeNotSatisfiableError extends TwinlockError {
  /** Bytes of the whole. */
  readonly size: number;

  constructor(size: number) {
    super('range_not_satisfiable');
    this.size = size;
  }
}
