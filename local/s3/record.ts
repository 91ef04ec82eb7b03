import { type ChecksumAlgorithm, checksumAlgorithm } from './checksums.ts';

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
  /** Base64, for a composite one with `-<parts>` behind. */
  readonly value: string;
}

/** What the store knows of one version of an object, or of a delete marker. */
export interface ObjectRecord {
  readonly key: string;
  /** `null` as a text is S3's id of a version written without versioning. */
  readonly versionId: string;
  /** Grows with every version of the bucket: the newest of a key is its current one. */
  readonly order: number;
  readonly deleteMarker: boolean;
  /** Bytes. */
  readonly size: number;
  /** Hex, without quotes. */
  readonly etag: string;
  /** Milliseconds since 1970, whole seconds. */
  readonly lastModified: number;
  /** Headers that go back with the object as they came. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum: StoredChecksum | null;
}

/** One part of a multipart upload. */
export interface PartRecord {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum: StoredChecksum;
}

/** A record as it was stored; null for anything else. */
export function parseObjectRecord(json: unknown): ObjectRecord | null {
  if (!isObject(json)) return null;
  const { key, versionId, order, deleteMarker, headers } = json;
  const common = parseCommon(json);
  if (common === null || typeof key !== 'string' || typeof versionId !== 'string' || typeof order !== 'number')
    return null;
  if (typeof deleteMarker !== 'boolean' || !isTexts(headers)) return null;
  return { key, versionId, order, deleteMarker, headers, ...common };
}

/** A part as it was stored; null for anything else. */
export function parsePartRecord(json: unknown): PartRecord | null {
  if (!isObject(json)) return null;
  const common = parseCommon(json);
  if (common === null || common.checksum === null || typeof json['number'] !== 'number') return null;
  return { number: json['number'], ...common, checksum: common.checksum };
}

export function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

export function isTexts(json: unknown): json is Readonly<Record<string, string>> {
  return isObject(json) && Object.values(json).every((value) => typeof value === 'string');
}

function parseCommon(
  json: Readonly<Record<string, unknown>>,
): Pick<ObjectRecord, 'size' | 'etag' | 'lastModified' | 'checksum'> | null {
  const { size, etag, lastModified, checksum } = json;
  if (typeof size !== 'number' || typeof etag !== 'string' || typeof lastModified !== 'number') return null;
  if (checksum === null) return { size, etag, lastModified, checksum };
  if (!isTexts(checksum)) return null;
  const algorithm = checksumAlgorithm(checksum['algorithm'] ?? '');
  const { type, value } = checksum;
  if (algorithm === null || value === undefined || (type !== 'FULL_OBJECT' && type !== 'COMPOSITE')) return null;
  return { size, etag, lastModified, checksum: { algorithm, type, value } };
}
