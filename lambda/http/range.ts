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
