import { ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { UnavailableError } from '../../errors.ts';
import type { ObjectName } from '../../ports/object-store.ts';
import { cloudError } from '../cloud-errors.ts';

const CALL = 's3:ListObjectVersions';

/** Does what {@link ObjectStore.names} promises. */
export async function listNames(
  { client, bucket }: { client: S3Client; bucket: string },
  prefix: string,
  after: string | null,
  limit: number,
): Promise<{ objects: ObjectName[]; next: string | null }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError(`limit ${limit} is not 1 to 1,000`);
  // Without a version's id the page begins behind all versions of that key.
  const from = after === null ? {} : { KeyMarker: after };
  // Encoded, since a name may hold characters that XML can't.
  const input = { Bucket: bucket, Prefix: prefix, MaxKeys: limit, EncodingType: 'url', ...from } as const;
  const answer = await client.send(new ListObjectVersionsCommand(input)).catch((error: unknown) => {
    throw cloudError(CALL, error);
  });
  const newest = new Map<string, number>();
  for (const { Key, LastModified } of [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])]) {
    if (Key === undefined || LastModified === undefined) throw new UnavailableError(CALL);
    const key = decoded(Key);
    newest.set(key, Math.max(newest.get(key) ?? 0, LastModified.getTime()));
  }
  const objects = [...newest]
    .map(([key, modifiedAt]) => ({ key, modifiedAt }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  if (answer.IsTruncated !== true) return { objects, next: null };
  // Taken for the end, it would hide all that follows.
  if (answer.NextKeyMarker === undefined) throw new UnavailableError(CALL);
  return { objects, next: decoded(answer.NextKeyMarker) };
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
