import { header, receiveBody } from './body.ts';
import type { Bucket } from './bucket.ts';
import type { ObjectCall } from './call.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { Answer } from './http.ts';
import {
  checkRead,
  checksumHeaders,
  encryption,
  keptHeaders,
  objectHeaders,
  parseRange,
  versionHeader,
  writeCondition,
} from './object-headers.ts';
import type { ObjectRecord, StoredChecksum } from './record.ts';

export async function putObject({ bucket, key, request }: ObjectCall): Promise<Answer> {
  const headers = keptHeaders(request.headers);
  const condition = writeCondition(request.headers);
  const file = await bucket.newFile();
  try {
    const facts = await receiveBody(request, (chunk) => file.write(chunk));
    const { algorithm, value } = facts.checksum;
    const checksum: StoredChecksum = { algorithm, type: 'FULL_OBJECT', value: value.toString('base64') };
    const object = { size: facts.size, etag: facts.md5.toString('hex'), headers, checksum };
    const record = await bucket.commit(file, key, object, condition);
    return {
      status: 200,
      headers: {
        etag: `"${record.etag}"`,
        ...versionHeader(bucket, record),
        ...checksumHeaders(record),
        ...encryption(record),
      },
    };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** GET and HEAD: a HEAD's body is dropped where it is sent. */
export function getObject({ bucket, key, request, target }: ObjectCall): Answer {
  const record = findObject(bucket, key, target.query.get('versionId'));
  checkRead(request.headers, record);
  const range = parseRange(header(request.headers, 'range'), record.size);
  const headers = objectHeaders(bucket, record);
  const handle = bucket.open(record);
  if (range !== null) {
    const last = range.first + range.length - 1;
    // No checksum goes with a part: the client would hold the part to the whole's.
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${range.first}-${last}/${record.size}` },
      body: { handle, ...range },
    };
  }
  const wanted = header(request.headers, 'x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: 200,
    headers: { ...headers, ...(wanted ? checksumHeaders(record) : {}) },
    body: { handle, first: 0, length: record.size },
  };
}

export async function deleteObject({ bucket, key, request, target }: ObjectCall): Promise<Answer> {
  const versionId = target.query.get('versionId');
  if (versionId === null) {
    const marker = await bucket.remove(key, writeCondition(request.headers));
    if (marker === null) return { status: 204 };
    return { status: 204, headers: { 'x-amz-delete-marker': 'true', ...versionHeader(bucket, marker) } };
  }
  checkVersionId(versionId);
  const removed = bucket.removeVersion(key, versionId);
  return {
    status: 204,
    headers: { 'x-amz-version-id': versionId, ...(removed?.deleteMarker && { 'x-amz-delete-marker': 'true' }) },
  };
}

function findObject(bucket: Bucket, key: string, versionId: string | null): ObjectRecord {
  if (versionId !== null) checkVersionId(versionId);
  const record = bucket.find(key, versionId);
  if (record === null) {
    if (versionId === null) throw new S3Error('NoSuchKey', { details: { Key: key } });
    throw new S3Error('NoSuchVersion', { details: { Key: key, VersionId: versionId } });
  }
  if (!record.deleteMarker) return record;
  const headers = objectHeaders(bucket, record);
  if (versionId === null) throw new S3Error('NoSuchKey', { details: { Key: key }, headers });
  throw new S3Error('MethodNotAllowed', {
    details: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE' },
  });
}

function checkVersionId(versionId: string): void {
  if (!/^(?:null|[0-9a-f]{32})$/.test(versionId)) throw invalidArgument('versionId', 'Invalid version id specified');
}
