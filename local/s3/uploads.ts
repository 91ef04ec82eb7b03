import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { FolderUnusableError, syncFolder, useFolder, writeAtomically } from '../durable.ts';
import type { BodyFacts } from './body.ts';
import type { Bucket, WriteCondition } from './bucket.ts';
import { type ChecksumAlgorithm, checksumAlgorithm, checksumHasher } from './checksums.ts';
import { S3Error } from './errors.ts';
import { type ObjectFile, readRecord } from './object-file.ts';
import {
  isObject,
  isTexts,
  type ObjectRecord,
  type PartRecord,
  parsePartRecord,
  type StoredChecksum,
} from './record.ts';

/** Every part but the last has at least so many bytes. */
const MIN_PART = 5 * 1024 ** 2;
const UPLOAD_ID = /^[0-9a-f]{32}$/;
const PART_FILE = /^\d{1,5}\.part$/;

/** A multipart upload as it was begun. */
export interface Upload {
  readonly id: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null: parts may come with any, the object gets CRC64NVME. */
  readonly algorithm: ChecksumAlgorithm | null;
  readonly checksumType: StoredChecksum['type'];
}

/** A part as the call that completes the upload names it. */
export interface NamedPart {
  readonly number: number;
  readonly etag: string;
  /** Base64 by algorithm. */
  readonly checksums: Readonly<Partial<Record<ChecksumAlgorithm, string>>>;
}

export interface Completion {
  readonly parts: readonly NamedPart[];
  readonly condition: WriteCondition;
  /** What the whole object must be; null where the caller does not say. */
  readonly size: number | null;
  readonly checksum: string | null;
}

// The disk is the only truth here: `uploads/<id>/upload.json`, and a file a part. No index, nothing to load at a start.
const completing = new Set<string>();

export function beginUpload(bucket: Bucket, upload: Omit<Upload, 'id'>): Upload {
  const id = randomBytes(16).toString('hex');
  mkdirSync(folderOf(bucket, id), { mode: 0o700 });
  writeAtomically(join(folderOf(bucket, id), 'upload.json'), `${JSON.stringify(upload)}\n`);
  syncFolder(join(bucket.folder, 'uploads'));
  return { id, ...upload };
}

/** @throws S3Error NoSuchUpload, also for another key's upload */
export function findUpload(bucket: Bucket, key: string, id: string): Upload {
  const upload = UPLOAD_ID.test(id) ? loadUpload(join(folderOf(bucket, id), 'upload.json'), id) : null;
  if (upload?.key !== key) throw new S3Error('NoSuchUpload', { details: { UploadId: id } });
  return upload;
}

/** Keeps a written part, in place of an earlier one of its number. @throws S3Error NoSuchUpload when the upload ended meanwhile */
export async function keepPart(
  bucket: Bucket,
  upload: Upload,
  file: ObjectFile,
  number: number,
  facts: BodyFacts,
  now: number,
): Promise<PartRecord> {
  const record: PartRecord = {
    number,
    size: facts.size,
    etag: facts.md5.toString('hex'),
    lastModified: Math.floor(now / 1000) * 1000,
    checksum: {
      algorithm: facts.checksum.algorithm,
      type: 'FULL_OBJECT',
      value: facts.checksum.value.toString('base64'),
    },
  };
  await file.finish(record);
  findUpload(bucket, upload.key, upload.id);
  renameSync(file.path, partPath(bucket, upload, number));
  syncFolder(folderOf(bucket, upload.id));
  return record;
}

/** The parts that are there, by number. */
export function listParts(bucket: Bucket, upload: Upload): readonly PartRecord[] {
  return readdirSync(folderOf(bucket, upload.id))
    .filter((name) => PART_FILE.test(name))
    .map((name) => readRecord(join(folderOf(bucket, upload.id), name), parsePartRecord))
    .sort((a, b) => a.number - b.number);
}

export function abortUpload(bucket: Bucket, upload: Upload): void {
  const folder = folderOf(bucket, upload.id);
  rmSync(join(folder, 'upload.json'), { force: true });
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Makes an object of an upload's parts.
 *
 * @throws S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest, InvalidRequest; OperationAborted while another
 * call completes the same upload
 */
export async function completeUpload(bucket: Bucket, upload: Upload, completion: Completion): Promise<ObjectRecord> {
  const parts = chooseParts(listParts(bucket, upload), upload, completion.parts);
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (completion.size !== null && completion.size !== size) {
    throw new S3Error('InvalidRequest', {
      message: 'The provided x-amz-mp-object-size header does not match the size of the parts.',
    });
  }
  if (completing.has(upload.id)) throw new S3Error('OperationAborted');
  completing.add(upload.id);
  const file = await bucket.newFile();
  try {
    const algorithm = upload.algorithm ?? 'CRC64NVME';
    const whole = checksumHasher(algorithm);
    for (const part of parts) {
      const handle = openSync(partPath(bucket, upload, part.number), 'r');
      if (part.size === 0) continue;
      const stream = createReadStream('', { fd: handle, start: 0, end: part.size - 1 }) as AsyncIterable<Buffer>;
      for await (const chunk of stream) {
        whole.update(chunk);
        await file.write(chunk);
      }
    }
    const checksum = objectChecksum(upload, parts, algorithm, whole.digest());
    if (completion.checksum !== null && completion.checksum !== checksum.value) {
      throw new S3Error('BadDigest', {
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      });
    }
    const object = { size, etag: combinedEtag(parts), headers: upload.headers, checksum };
    const record = await bucket.commit(file, upload.key, object, completion.condition);
    abortUpload(bucket, upload);
    return record;
  } catch (error) {
    await file.discard();
    throw error;
  } finally {
    completing.delete(upload.id);
  }
}

function chooseParts(
  stored: readonly PartRecord[],
  upload: Upload,
  named: readonly NamedPart[],
): readonly PartRecord[] {
  if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
    throw new S3Error('InvalidPartOrder', { details: { UploadId: upload.id } });
  }
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts = named.map(({ number, etag, checksums }) => {
    const part = byNumber.get(number);
    const { algorithm, value } = part?.checksum ?? { algorithm: null, value: null };
    const otherChecksum = Object.entries(checksums).some(([name, sent]) => name !== algorithm || sent !== value);
    if (part === undefined || part.etag !== etag || otherChecksum) {
      throw new S3Error('InvalidPart', { details: { UploadId: upload.id, PartNumber: number, ETag: etag } });
    }
    if (upload.algorithm !== null && upload.checksumType === 'COMPOSITE' && checksums[upload.algorithm] === undefined) {
      const name = upload.algorithm.toLowerCase();
      throw new S3Error('InvalidRequest', {
        message: `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${number} in the request.`,
      });
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < MIN_PART);
  if (small !== undefined) {
    throw new S3Error('EntityTooSmall', {
      details: { ProposedSize: small.size, MinSizeAllowed: MIN_PART, PartNumber: small.number, ETag: small.etag },
    });
  }
  return parts;
}

function objectChecksum(
  upload: Upload,
  parts: readonly PartRecord[],
  algorithm: ChecksumAlgorithm,
  whole: Buffer,
): StoredChecksum {
  if (upload.checksumType === 'FULL_OBJECT') return { algorithm, type: 'FULL_OBJECT', value: whole.toString('base64') };
  const hasher = checksumHasher(algorithm);
  for (const part of parts) hasher.update(Buffer.from(part.checksum.value, 'base64'));
  return { algorithm, type: 'COMPOSITE', value: `${hasher.digest().toString('base64')}-${parts.length}` };
}

function combinedEtag(parts: readonly PartRecord[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(Buffer.from(part.etag, 'hex'));
  return `${md5.digest('hex')}-${parts.length}`;
}

function folderOf(bucket: Bucket, id: string): string {
  const uploads = join(bucket.folder, 'uploads');
  useFolder(uploads);
  return join(uploads, id);
}

function partPath(bucket: Bucket, upload: Upload, number: number): string {
  return join(folderOf(bucket, upload.id), `${number}.part`);
}

function loadUpload(file: string, id: string): Upload | null {
  if (!existsSync(file)) return null;
  const json: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (!isObject(json)) throw new FolderUnusableError(`${file} is damaged`);
  const { key, headers, algorithm: name, checksumType } = json;
  const algorithm = typeof name === 'string' ? checksumAlgorithm(name) : null;
  if (typeof key !== 'string' || !isTexts(headers) || (algorithm === null && name !== null)) {
    throw new FolderUnusableError(`${file} is damaged`);
  }
  return { id, key, headers, algorithm, checksumType: checksumType === 'COMPOSITE' ? 'COMPOSITE' : 'FULL_OBJECT' };
}
