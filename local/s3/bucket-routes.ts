import { receiveText } from './body.ts';
import type { Bucket } from './bucket.ts';
import type { Call } from './call.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { type Answer, xmlAnswer } from './http.ts';
import { decodeToken, encodeToken, type ListRequest, listObjects, listVersions, type Marker } from './listing.ts';
import { refuseUnknown, unquote } from './object-headers.ts';
import type { ObjectRecord } from './record.ts';
import { childrenOf, isoTime, type Markup, rootOf, tag, textOf } from './xml.ts';

const MAX_LISTED = 1000;
const MAX_DELETED = 1000;
const OWNER = tag('Owner', [tag('ID', '0'.repeat(64)), tag('DisplayName', 'local')]);

export function listBuckets({ store }: Call): Answer {
  const buckets = store
    .list()
    .map((bucket) => tag('Bucket', [tag('Name', bucket.name), tag('CreationDate', isoTime(bucket.createdAt))]));
  return xmlAnswer('ListAllMyBucketsResult', [OWNER, tag('Buckets', buckets)]);
}

export function createBucket({ store, target, request }: Call): Answer {
  refuseUnknown(request.headers);
  store.create(target.bucket ?? '');
  return { status: 200, headers: { location: `/${target.bucket ?? ''}` } };
}

export function headBucket({ store, target }: Call): Answer {
  store.bucket(target.bucket ?? '');
  return { status: 200, headers: { 'x-amz-bucket-region': 'us-east-1' } };
}

export function deleteBucket({ store, bucket }: Call): Answer {
  store.delete(bucket.name);
  return { status: 204 };
}

/** us-east-1 has no name here: the emulator does not know which region its caller signs for. */
export function getLocation(): Answer {
  return xmlAnswer('LocationConstraint', '');
}

export async function putVersioning({ bucket, request }: Call): Promise<Answer> {
  const status = textOf(rootOf(await receiveText(request), 'VersioningConfiguration'), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new S3Error('MalformedXML');
  bucket.versioning = status;
  return { status: 200 };
}

export function getVersioning({ bucket }: Call): Answer {
  return xmlAnswer('VersioningConfiguration', bucket.versioning === null ? [] : [tag('Status', bucket.versioning)]);
}

export async function putLifecycle({ bucket, request }: Call): Promise<Answer> {
  const document = await receiveText(request, { integrity: true });
  const rules = childrenOf(rootOf(document, 'LifecycleConfiguration'), 'Rule');
  const complete = rules.every((rule) => ['Enabled', 'Disabled'].includes(textOf(rule, 'Status') ?? ''));
  if (rules.length === 0 || rules.length > 1000 || !complete) throw new S3Error('MalformedXML');
  bucket.lifecycle = document;
  return { status: 200 };
}

export function getLifecycle({ bucket }: Call): Answer {
  if (bucket.lifecycle === null) {
    throw new S3Error('NoSuchLifecycleConfiguration', { details: { BucketName: bucket.name } });
  }
  return { status: 200, body: bucket.lifecycle };
}

export function deleteLifecycle({ bucket }: Call): Answer {
  bucket.lifecycle = null;
  return { status: 204 };
}

export function listObjectsV2({ bucket, target: { query } }: Call): Answer {
  if (query.get('list-type') !== '2') {
    throw new S3Error('NotImplemented', { message: 'Only ListObjectsV2 is known here: list-type=2.' });
  }
  const { request, text, common } = listParameters(bucket, query);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const start: Marker | null = startAfter === null ? null : { key: startAfter, versionId: null };
  const page = listObjects(bucket, request, token === null ? start : decodeToken(token));
  return xmlAnswer('ListBucketResult', [
    ...common,
    tag('KeyCount', page.entries.length + page.commonPrefixes.length),
    tag('IsTruncated', page.next !== null),
    token === null ? null : tag('ContinuationToken', token),
    page.next === null ? null : tag('NextContinuationToken', encodeToken(page.next)),
    startAfter === null ? null : tag('StartAfter', text(startAfter)),
    ...page.entries.map((entry) => tag('Contents', entryMarkup(entry, text))),
    ...page.commonPrefixes.map((prefix) => tag('CommonPrefixes', [tag('Prefix', text(prefix))])),
  ]);
}

export function listObjectVersions({ bucket, target: { query } }: Call): Answer {
  const { request, text, common } = listParameters(bucket, query);
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker') ?? '';
  const page = listVersions(bucket, request, versionMarker(request, keyMarker, versionIdMarker));
  const next: Markup[] = [];
  if (page.next !== null && 'key' in page.next) {
    next.push(tag('NextKeyMarker', text(page.next.key)), tag('NextVersionIdMarker', page.next.versionId ?? ''));
  } else if (page.next !== null) {
    next.push(tag('NextKeyMarker', text(page.next.commonPrefix)));
  }
  return xmlAnswer('ListVersionsResult', [
    ...common,
    tag('KeyMarker', text(keyMarker)),
    tag('VersionIdMarker', versionIdMarker),
    tag('IsTruncated', page.next !== null),
    ...next,
    ...page.entries.map((entry) =>
      tag(entry.deleteMarker ? 'DeleteMarker' : 'Version', [
        tag('VersionId', entry.versionId),
        tag('IsLatest', bucket.find(entry.key, null) === entry),
        ...entryMarkup(entry, text),
        OWNER,
      ]),
    ),
    ...page.commonPrefixes.map((prefix) => tag('CommonPrefixes', [tag('Prefix', text(prefix))])),
  ]);
}

export async function deleteObjects({ bucket, request }: Call): Promise<Answer> {
  const root = rootOf(await receiveText(request, { integrity: true }), 'Delete');
  const quiet = textOf(root, 'Quiet') === 'true';
  const named = childrenOf(root, 'Object').map((object) => ({
    key: textOf(object, 'Key') ?? '',
    versionId: textOf(object, 'VersionId'),
    etag: textOf(object, 'ETag'),
  }));
  if (named.length === 0 || named.length > MAX_DELETED || named.some(({ key }) => key === '')) {
    throw new S3Error('MalformedXML');
  }
  const results: Markup[] = [];
  for (const { key, versionId, etag } of named) {
    const names = [tag('Key', key), versionId === null ? null : tag('VersionId', versionId)];
    try {
      const condition = etag === null ? {} : { etag: unquote(etag) };
      const removed = versionId === null ? null : bucket.removeVersion(key, versionId);
      const marker = versionId === null ? await bucket.remove(key, condition) : removed?.deleteMarker ? removed : null;
      const markup = marker === null ? [] : [tag('DeleteMarker', true), tag('DeleteMarkerVersionId', marker.versionId)];
      if (!quiet) results.push(tag('Deleted', [...names, ...markup]));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      results.push(tag('Error', [...names, tag('Code', error.code), tag('Message', error.message)]));
    }
  }
  return xmlAnswer('DeleteResult', results);
}

function listParameters(
  bucket: Bucket,
  query: URLSearchParams,
): { request: ListRequest; text: (value: string) => string; common: (Markup | null)[] } {
  const encoding = query.get('encoding-type');
  const limit = query.get('max-keys');
  if (encoding !== null && encoding !== 'url')
    throw invalidArgument('encoding-type', 'Invalid Encoding Method specified in Request');
  if (limit !== null && !/^\d{1,9}$/.test(limit)) {
    throw invalidArgument('max-keys', 'Provided max-keys not an integer or within integer range');
  }
  const maxKeys = Math.min(Number(limit ?? MAX_LISTED), MAX_LISTED);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const text = (value: string): string =>
    encoding === null ? value : encodeURIComponent(value).replaceAll('%2F', '/');
  const common = [
    tag('Name', bucket.name),
    tag('Prefix', text(prefix)),
    tag('MaxKeys', maxKeys),
    delimiter === '' ? null : tag('Delimiter', text(delimiter)),
    encoding === null ? null : tag('EncodingType', encoding),
  ];
  return { request: { prefix, delimiter, maxKeys }, text, common };
}

function versionMarker({ prefix, delimiter }: ListRequest, key: string, versionId: string): Marker | null {
  if (key === '') {
    if (versionId === '') return null;
    throw invalidArgument('version-id-marker', 'A version-id marker cannot be specified without a key marker.');
  }
  const cut = delimiter === '' || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length);
  if (versionId === '' && cut !== -1 && cut + delimiter.length === key.length) return { commonPrefix: key };
  return { key, versionId: versionId === '' ? null : versionId };
}

function entryMarkup(entry: ObjectRecord, text: (value: string) => string): (Markup | null)[] {
  const names = [tag('Key', text(entry.key)), tag('LastModified', isoTime(entry.lastModified))];
  if (entry.deleteMarker) return names;
  const { checksum } = entry;
  return [
    ...names,
    tag('ETag', `"${entry.etag}"`),
    checksum === null ? null : tag('ChecksumAlgorithm', checksum.algorithm),
    checksum === null ? null : tag('ChecksumType', checksum.type),
    tag('Size', entry.size),
    tag('StorageClass', 'STANDARD'),
  ];
}
