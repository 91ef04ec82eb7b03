import type { IncomingHttpHeaders } from 'node:http';

import { header } from './body.ts';
import type { Bucket, WriteCondition } from './bucket.ts';
import { checksumHeader } from './checksums.ts';
import { S3Error } from './errors.ts';
import type { ObjectRecord } from './record.ts';

/** Kept with an object and sent back as they came. */
const KEPT = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
  'x-amz-server-side-encryption',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-server-side-encryption-bucket-key-enabled',
] as const;
const META = 'x-amz-meta-';
/** Of all `x-amz-meta-` names and values together, in bytes. */
const MAX_META = 2048;
/** What asks for something that is not done here is refused, never passed over in silence. */
const REFUSED =
  /^x-amz-(?:copy-source|bucket-object-lock|tagging|object-lock|grant-|website-redirect|server-side-encryption-customer|write-offset|acl$|if-match-)/;

/** The headers that are kept with an object. @throws S3Error NotImplemented, MetadataTooLarge */
export function keptHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  refuseUnknown(headers);
  const kept: Record<string, string> = {};
  for (const name of KEPT) {
    const value = name === 'content-encoding' ? contentEncoding(headers) : header(headers, name);
    if (value !== null) kept[name] = value;
  }
  kept['content-type'] ??= 'binary/octet-stream';
  let size = 0;
  for (const name of Object.keys(headers).filter((candidate) => candidate.startsWith(META))) {
    const value = header(headers, name) ?? '';
    kept[name] = value;
    size += name.length - META.length + value.length;
  }
  if (size > MAX_META) throw new S3Error('MetadataTooLarge', { details: { Size: size, MaxSizeAllowed: MAX_META } });
  return kept;
}

/** @throws S3Error NotImplemented for a header whose wish would be passed over */
export function refuseUnknown(headers: IncomingHttpHeaders): void {
  const name = Object.keys(headers).find((candidate) => REFUSED.test(candidate));
  if (name === undefined || (name === 'x-amz-acl' && headers[name] === 'private')) return;
  throw new S3Error('NotImplemented', { details: { Header: name } });
}

/** The condition of a write or removal. @throws S3Error NotImplemented for what S3 has not either */
export function writeCondition(headers: IncomingHttpHeaders): WriteCondition {
  const absent = header(headers, 'if-none-match');
  const match = header(headers, 'if-match');
  if (absent !== null && absent !== '*') throw new S3Error('NotImplemented', { details: { Header: 'If-None-Match' } });
  if (absent !== null && match !== null) throw new S3Error('NotImplemented', { details: { Header: 'If-Match' } });
  return { ...(absent !== null && { absent: true }), ...(match !== null && { etag: unquote(match) }) };
}

/** What a version answers with, whether its bytes follow or not. */
export function objectHeaders(bucket: Bucket, record: ObjectRecord): Record<string, string> {
  return {
    'accept-ranges': 'bytes',
    'last-modified': new Date(record.lastModified).toUTCString(),
    ...versionHeader(bucket, record),
    ...(record.deleteMarker ? { 'x-amz-delete-marker': 'true' } : { etag: `"${record.etag}"` }),
    ...record.headers,
  };
}

export function versionHeader(bucket: Bucket, record: ObjectRecord): Record<string, string> {
  return bucket.versioning === null ? {} : { 'x-amz-version-id': record.versionId };
}

export function checksumHeaders({ checksum }: Pick<ObjectRecord, 'checksum'>): Record<string, string> {
  if (checksum === null) return {};
  return { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** Which encryption a write was told to use goes back with its answer. */
export function encryption(record: Pick<ObjectRecord, 'headers'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record.headers).filter(([name]) => name.startsWith('x-amz-server-side-encryption')),
  );
}

/** RFC 9110 §13.2.2 as S3 does it. @throws S3Error PreconditionFailed, NotModified */
export function checkRead(headers: IncomingHttpHeaders, record: ObjectRecord): void {
  const notModified = new S3Error('NotModified', {
    headers: { etag: `"${record.etag}"`, 'last-modified': new Date(record.lastModified).toUTCString() },
  });
  const match = header(headers, 'if-match');
  const noneMatch = header(headers, 'if-none-match');
  const since = Date.parse(header(headers, 'if-modified-since') ?? '');
  const unmodified = Date.parse(header(headers, 'if-unmodified-since') ?? '');
  if (match !== null ? !matches(match, record.etag) : unmodified < record.lastModified) {
    throw new S3Error('PreconditionFailed', {
      details: { Condition: match !== null ? 'If-Match' : 'If-Unmodified-Since' },
    });
  }
  if (noneMatch !== null ? matches(noneMatch, record.etag) : since >= record.lastModified) throw notModified;
}

/**
 * The part that `Range` asks for: `null` for the whole, which is also the answer to a header that is not understood.
 *
 * @throws S3Error InvalidRange
 */
export function parseRange(text: string | null, size: number): { first: number; length: number } | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(text ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (from !== '' && to !== '' && Number(from) > Number(to)) return null;
  if (first >= size) {
    throw new S3Error('InvalidRange', { details: { RangeRequested: text ?? '', ActualObjectSize: size } });
  }
  return { first, length: last - first + 1 };
}

/** An ETag without its quotes. */
export function unquote(etag: string): string {
  return etag.trim().replace(/^"(.*)"$/, '$1');
}

function matches(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || unquote(item) === etag);
}

function contentEncoding(headers: IncomingHttpHeaders): string | null {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim());
  const left = codings.filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return left.length === 0 ? null : left.join(',');
}
