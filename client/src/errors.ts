import type { Issue, ServiceCode } from './contract.ts';

/**
 * Every code that an error has: the service's own, `network` where no whole answer came, and `unexpected_answer` for one that
 * the service never gives.
 */
export type ErrorCode = ServiceCode | 'network' | 'unexpected_answer';

/** What is known of an error beside its code. */
export interface ErrorDetails {
  readonly message?: string | undefined;
  readonly status?: number | null;
  readonly requestId?: string | null;
  readonly issues?: readonly Issue[];
  readonly retryAfter?: number | null;
  readonly parts?: number | undefined;
  readonly cause?: unknown;
}

/** A call that failed. Neither it nor its message holds anything of what was sent. */
export class TwinlockError extends Error {
  override readonly name: string = 'TwinlockError';
  /** Stable: what to decide by. */
  readonly code: ErrorCode;
  /** The HTTP status; null where no answer came, or nothing was sent. */
  readonly status: number | null;
  /** Names the request in the operator's log. */
  readonly requestId: string | null;
  /** What is wrong with the request, a row for each fault. */
  readonly issues: readonly Issue[];
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | null;
  /** Of `export_too_large`: how many parts there are. */
  declare readonly parts?: number;

  constructor(code: ErrorCode, details: ErrorDetails = {}) {
    super(details.message ?? code, { cause: details.cause });
    this.code = code;
    this.status = details.status ?? null;
    this.requestId = details.requestId ?? null;
    this.issues = details.issues ?? [];
    this.retryAfter = details.retryAfter ?? null;
    if (details.parts !== undefined) this.parts = details.parts;
  }
}

/** The vault is older than what was seen of it before: its database was put back to an earlier state. */
export class VaultRolledBackError extends TwinlockError {
  override readonly name = 'VaultRolledBackError';
  /** The revision that the service has. */
  readonly revision: number;
  /** The highest revision that was seen. */
  readonly seen: number;

  constructor(revision: number, seen: number, details: ErrorDetails = {}) {
    super('vault_rolled_back', details);
    this.revision = revision;
    this.seen = seen;
  }
}

/** What an answer is that the service never gives. */
export function unexpected({ status, headers }: Response): TwinlockError {
  return new TwinlockError('unexpected_answer', { status, requestId: headers.get('x-request-id') });
}

/**
 * The error that an answer stands for.
 *
 * @param response one that is not ok; its body is read
 * @param seen the highest revision that was seen when the request was sent
 */
export async function errorOf(response: Response, seen: number): Promise<TwinlockError> {
  const { status, headers } = response;
  const problem = /\bproblem\+json\b/.test(headers.get('content-type') ?? '') ? await bodyOf(response) : {};
  const after = headers.get('retry-after') ?? '';
  const details = {
    message: problem.detail,
    status,
    requestId: headers.get('x-request-id'),
    issues: problem.errors ?? [],
    retryAfter: /^\d{1,9}$/.test(after) ? Number(after) : null,
    parts: problem.parts,
  };
  return problem.code === 'vault_rolled_back'
    ? new VaultRolledBackError(Number(headers.get('x-vault-revision')), seen, details)
    : new TwinlockError((problem.code ?? 'unexpected_answer') as ErrorCode, details);
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly Issue[];
  readonly parts?: number;
}

async function bodyOf(response: Response): Promise<Problem> {
  try {
    return (await response.json()) as Problem;
  } catch {
    return {};
  }
}
