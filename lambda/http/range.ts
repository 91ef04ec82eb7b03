import { RangeNotSatisfiableError } from '../errors.ts';

/**
 * The part that a `range` header asks for (RFC 9110 §14.1.2), both ends counted from 0 and included; null for the
 * whole, as also for what is no single range of bytes.
 *
 * @param size bytes of the whole
 * @throws RangeNotSatisfiableError for a range that begins behind the end, or has no bytes
 */
export function parseRange(header: string | undefined, size: number): { first: number; last: number } | null {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return null;
  if (from === '') {
    if (Number(to) === 0 || size === 0) throw new RangeNotSatisfiableError(size);
    return { first: Math.max(0, size - Number(to)), last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return null;
  if (first >= size) throw new RangeNotSatisfiableError(size);
  return { first, last };
}

/** The headers that choose what of a document is sent. */
export interface ContentHeaders {
  readonly range?: string;
  readonly 'if-none-match'?: string;
  readonly 'if-range'?: string;
}

/**
 * What a caller wants of a document (RFC 9110 §13.1.2, §13.1.5): nothing that it has already, and no range of another one.
 *
 * @param etag the document's, quoted
 * @throws RangeNotSatisfiableError
 */
export function wantedOf(
  headers: ContentHeaders,
  etag: string,
  size: number,
): ReturnType<typeof parseRange> | 'nothing' {
  const known = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag) || known.includes('*')) return 'nothing';
  const isOther = headers['if-range'] !== undefined && headers['if-range'].trim() !== etag;
  return isOther ? null : parseRange(headers.range, size);
}
