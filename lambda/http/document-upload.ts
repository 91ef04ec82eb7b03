import { parseAs } from '../domain/issues.ts';
import { lineOf } from '../domain/item-fields.ts';
import { InvalidRequestError, TwinlockError } from '../errors.ts';
import { MAX_PARTS } from '../usecases/uploads.ts';

/** The title of a PDF that is sent without one. */
const UNTITLED = 'Document';
const TITLE = lineOf(200);

/**
 * The title in an `x-document-title` header: UTF-8, percent-encoded.
 *
 * @throws InvalidRequestError
 */
export function titleIn(header: string | undefined): string {
  if (header === undefined) return UNTITLED;
  const title = decoded(header);
  if (title === null) {
    throw new InvalidRequestError([{ path: '/x-document-title', message: 'must be UTF-8, percent-encoded' }]);
  }
  return parseAs(TITLE, title, ['x-document-title']);
}

/** Null for what is not percent-encoded: bytes of a header that are no ASCII mean nothing certain (RFC 9110 §5.5). */
function decoded(header: string): string | null {
  try {
    return /^[\x20-\x7e]*$/.test(header) ? decodeURIComponent(header) : null;
  } catch {
    return null;
  }
}

/** The number of a part, in a path. @throws TwinlockError `not_found` */
export function partNumber(text: string): number {
  const number = /^[1-9]\d{0,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= MAX_PARTS)) throw new TwinlockError('not_found');
  return number;
}
