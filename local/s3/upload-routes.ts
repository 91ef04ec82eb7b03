import { header, receiveBody, receiveText, requestedAlgorithm } from './body.ts';
import type { ObjectCall } from './call.ts';
import { type ChecksumAlgorithm, checksumAlgorithm, checksumHeader } from './checksums.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { type Answer, xmlAnswer } from './http.ts';
import {
  checksumHeaders,
  encryption,
  keptHeaders,
  refuseUnknown,
  unquote,
  versionHeader,
  writeCondition,
} from './object-headers.ts';
import type { StoredChecksum } from './record.ts';
import {
  abortUpload,
  beginUpload,
  completeUpload,
  findUpload,
  keepPart,
  type NamedPart,
  listParts as storedParts,
  type Upload,
} from './uploads.ts';
import { childrenOf, isoTime, rootOf, tag, textOf, type XmlElement } from './xml.ts';

const MAX_PARTS = 10_000;
const MAX_LISTED = 1000;

export function createMultipartUpload({ bucket, key, request }: ObjectCall): Answer {
  const headers = keptHeaders(request.headers);
  const algorithm = requestedAlgorithm(request.headers);
  const upload = beginUpload(bucket, {
    key,
    headers,
    algorithm,
    checksumType: checksumType(request.headers, algorithm),
  });
  const chosen =
    algorithm === null ? {} : { 'x-amz-checksum-algorithm': algorithm, 'x-amz-checksum-type': upload.checksumType };
  return {
    ...xmlAnswer('InitiateMultipartUploadResult', [
      tag('Bucket', bucket.name),
      tag('Key', key),
      tag('UploadId', upload.id),
    ]),
    headers: { ...chosen, ...encryption(upload) },
  };
}

export async function uploadPart(call: ObjectCall): Promise<Answer> {
  const { bucket, request, target, now } = call;
  refuseUnknown(request.headers);
  const upload = uploadOf(call);
  const number = Number(target.query.get('partNumber') ?? 'NaN');
  if (!Number.isInteger(number) || number < 1 || number > MAX_PARTS) {
    throw invalidArgument('partNumber', `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`);
  }
  const file = await bucket.newFile();
  try {
    const facts = await receiveBody(request, (chunk) => file.write(chunk));
    const { algorithm } = facts.checksum;
    if (upload.algorithm !== null && upload.algorithm !== algorithm) {
      throw new S3Error('InvalidRequest', {
        message: `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
      });
    }
    const part = await keepPart(bucket, upload, file, number, facts, now());
    return { status: 200, headers: { etag: `"${part.etag}"`, [checksumHeader(algorithm)]: part.checksum.value } };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export function listParts(call: ObjectCall): Answer {
  const { bucket, key, target } = call;
  const upload = uploadOf(call);
  const limit = target.query.get('max-parts') ?? String(MAX_LISTED);
  const marker = target.query.get('part-number-marker') ?? '0';
  if (!/^\d{1,9}$/.test(limit))
    throw invalidArgument('max-parts', 'Provided max-parts not an integer or within integer range');
  if (!/^\d{1,9}$/.test(marker)) throw invalidArgument('part-number-marker', 'part-number-marker is no number');
  const maxParts = Math.min(Number(limit), MAX_LISTED);
  const behind = storedParts(bucket, upload).filter((part) => part.number > Number(marker));
  const page = behind.slice(0, maxParts);
  return xmlAnswer('ListPartsResult', [
    tag('Bucket', bucket.name),
    tag('Key', key),
    tag('UploadId', upload.id),
    tag('PartNumberMarker', marker),
    tag('NextPartNumberMarker', page.at(-1)?.number ?? 0),
    tag('MaxParts', maxParts),
    tag('IsTruncated', page.length < behind.length),
    ...page.map((part) =>
      tag('Part', [
        tag('PartNumber', part.number),
        tag('LastModified', isoTime(part.lastModified)),
        tag('ETag', `"${part.etag}"`),
        tag('Size', part.size),
        tag(`Checksum${part.checksum.algorithm}`, part.checksum.value),
      ]),
    ),
  ]);
}

export async function completeMultipartUpload(call: ObjectCall): Promise<Answer> {
  const { bucket, key, request } = call;
  refuseUnknown(request.headers);
  const upload = uploadOf(call);
  const root = rootOf(await receiveText(request), 'CompleteMultipartUpload');
  const parts = childrenOf(root, 'Part').map(namedPart);
  if (parts.length === 0 || parts.length > MAX_PARTS) throw new S3Error('MalformedXML');
  const size = header(request.headers, 'x-amz-mp-object-size');
  if (size !== null && !/^\d{1,15}$/.test(size))
    throw invalidArgument('x-amz-mp-object-size', 'x-amz-mp-object-size is no number');
  const record = await completeUpload(bucket, upload, {
    parts,
    condition: writeCondition(request.headers),
    size: size === null ? null : Number(size),
    checksum: header(request.headers, checksumHeader(upload.algorithm ?? 'CRC64NVME')),
  });
  const { checksum } = record;
  const answer = xmlAnswer('CompleteMultipartUploadResult', [
    tag('Location', `http://${request.headers.host ?? ''}${call.target.path}`),
    tag('Bucket', bucket.name),
    tag('Key', key),
    tag('ETag', `"${record.etag}"`),
    checksum === null ? null : tag(`Checksum${checksum.algorithm}`, checksum.value),
    checksum === null ? null : tag('ChecksumType', checksum.type),
  ]);
  return {
    ...answer,
    headers: { ...versionHeader(bucket, record), ...checksumHeaders(record), ...encryption(record) },
  };
}

export function abortMultipartUpload(call: ObjectCall): Answer {
  abortUpload(call.bucket, uploadOf(call));
  return { status: 204 };
}

function uploadOf({ bucket, key, target }: ObjectCall): Upload {
  return findUpload(bucket, key, target.query.get('uploadId') ?? '');
}

function checksumType(
  headers: ObjectCall['request']['headers'],
  algorithm: Upload['algorithm'],
): StoredChecksum['type'] {
  const asked = header(headers, 'x-amz-checksum-type')?.toUpperCase();
  const type = asked ?? (algorithm === null || algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const isCrc = algorithm === null || algorithm.startsWith('CRC');
  if (type === 'FULL_OBJECT' && isCrc) return type;
  if (type === 'COMPOSITE' && algorithm !== null && algorithm !== 'CRC64NVME') return type;
  throw new S3Error('InvalidRequest', {
    message: `The ${type} checksum type cannot be used with the ${(algorithm ?? 'default').toLowerCase()} checksum algorithm.`,
  });
}

function namedPart(element: XmlElement): NamedPart {
  const number = textOf(element, 'PartNumber') ?? '';
  const etag = textOf(element, 'ETag');
  if (!/^\d{1,5}$/.test(number) || etag === null) throw new S3Error('MalformedXML');
  const checksums: Partial<Record<ChecksumAlgorithm, string>> = {};
  for (const child of element.children) {
    const algorithm = child.name.startsWith('Checksum') ? checksumAlgorithm(child.name.slice('Checksum'.length)) : null;
    if (algorithm !== null) checksums[algorithm] = child.text;
  }
  return { number: Number(number), etag: unquote(etag), checksums };
}
