import { UnavailableError } from '../errors.ts';

/** Refusals that only a fault of this program can bring about: they stay as they are, and answer 500. */
const OUR_FAULTS = new Set(['IdempotentParameterMismatchException', 'SerializationException', 'ValidationException']);

/** The name that an AWS error is told by; the empty text for what is no error. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

/**
 * What to throw for a failed call of a cloud service: `UnavailableError`, or the error itself where the request was wrong.
 *
 * @param call the service and call, as "kms:Decrypt"
 */
export function cloudError(call: string, error: unknown): unknown {
  if (error instanceof TypeError || error instanceof RangeError || OUR_FAULTS.has(errorName(error))) return error;
  return new UnavailableError(call, { cause: error });
}

/** Whether the SDK sent the request more than once, or doesn't say: an earlier attempt may then have taken effect. */
export function wasRetried(error: unknown): boolean {
  return metadata(error)['attempts'] !== 1;
}

/** The HTTP status that an AWS error came with; 0 where no answer came. */
export function httpStatus(error: unknown): number {
  const status = metadata(error)['httpStatusCode'];
  return typeof status === 'number' ? status : 0;
}

function metadata(error: unknown): Readonly<Record<string, unknown>> {
  const value = error instanceof Error && '$metadata' in error ? error.$metadata : null;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
