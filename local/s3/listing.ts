import { type Bucket, orderOf } from './bucket.ts';
import { S3Error } from './errors.ts';
import { compareKeys, lowerBound } from './order.ts';
import type { ObjectRecord } from './record.ts';

export interface ListRequest {
  readonly prefix: string;
  /** Empty: no grouping. */
  readonly delimiter: string;
  /** 0 to 1,000. */
  readonly maxKeys: number;
}

/** Where a listing goes on: behind a key's last version, a version of it, or every key of a common prefix. */
export type Marker = { readonly key: string; readonly versionId: string | null } | { readonly commonPrefix: string };

export interface ListPage {
  /** Versions and delete markers, in order of keys and from the newest. */
  readonly entries: readonly ObjectRecord[];
  readonly commonPrefixes: readonly string[];
  /** Null at the end. */
  readonly next: Marker | null;
}

/** A page of current objects, without those that a delete marker hides. */
export function listObjects(bucket: Bucket, request: ListRequest, after: Marker | null): ListPage {
  return page(bucket, request, after, (versions) => versions.slice(0, 1).filter((version) => !version.deleteMarker));
}

/** A page of all versions and delete markers. */
export function listVersions(bucket: Bucket, request: ListRequest, after: Marker | null): ListPage {
  return page(bucket, request, after, (versions) => versions);
}

function page(
  bucket: Bucket,
  { prefix, delimiter, maxKeys }: ListRequest,
  after: Marker | null,
  select: (versions: readonly ObjectRecord[]) => readonly ObjectRecord[],
): ListPage {
  const entries: ObjectRecord[] = [];
  const commonPrefixes: string[] = [];
  let last: Marker | null = after;
  const { keys } = bucket;
  for (let index = lowerBound(keys, startOf(prefix, after)); index < keys.length; index++) {
    const key = keys[index] ?? '';
    if (!key.startsWith(prefix)) break;
    const selected = behind(key, select(bucket.versions(key)), after);
    if (selected.length === 0) continue;
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    if (cut === -1) {
      for (const version of selected) {
        if (entries.length + commonPrefixes.length >= maxKeys) return cutShort(entries, commonPrefixes, last, maxKeys);
        entries.push(version);
        last = { key, versionId: version.versionId };
      }
      continue;
    }
    const commonPrefix = key.slice(0, cut + delimiter.length);
    if (commonPrefixes.at(-1) === commonPrefix) continue;
    if (entries.length + commonPrefixes.length >= maxKeys) return cutShort(entries, commonPrefixes, last, maxKeys);
    commonPrefixes.push(commonPrefix);
    last = { commonPrefix };
  }
  return { entries, commonPrefixes, next: null };
}

// S3 calls a listing of at most 0 keys complete.
function cutShort(entries: ObjectRecord[], commonPrefixes: string[], last: Marker | null, maxKeys: number): ListPage {
  return { entries, commonPrefixes, next: maxKeys === 0 ? null : last };
}

function startOf(prefix: string, after: Marker | null): string {
  if (after === null) return prefix;
  const from = 'key' in after ? after.key : after.commonPrefix;
  return compareKeys(from, prefix) > 0 ? from : prefix;
}

function behind(key: string, versions: readonly ObjectRecord[], after: Marker | null): readonly ObjectRecord[] {
  if (after === null) return versions;
  if ('commonPrefix' in after) return key.startsWith(after.commonPrefix) ? [] : versions;
  if (key !== after.key) return versions;
  if (after.versionId === null) return [];
  const place = versions.findIndex((version) => version.versionId === after.versionId);
  if (place !== -1) return versions.slice(place + 1);
  // Removed since, as a caller does that removes what each page lists: its id still says where it stood.
  const order = orderOf(after.versionId);
  return order === null ? versions : versions.filter((version) => version.order < order);
}

/** A marker as an opaque text, for `continuation-token`. */
export function encodeToken(marker: Marker): string {
  const text = 'key' in marker ? `k${marker.key}` : `p${marker.commonPrefix}`;
  return Buffer.from(text, 'utf8').toString('base64url');
}

/** @throws S3Error InvalidArgument for a text that is no token */
export function decodeToken(token: string): Marker {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (token !== '' && Buffer.from(text, 'utf8').toString('base64url') === token) {
    if (text.startsWith('k')) return { key: text.slice(1), versionId: null };
    if (text.startsWith('p')) return { commonPrefix: text.slice(1) };
  }
  throw new S3Error('InvalidArgument', {
    message: 'The continuation token provided is incorrect',
    details: { ArgumentName: 'continuation-token' },
  });
}
