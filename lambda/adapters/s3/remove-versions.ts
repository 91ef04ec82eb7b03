import { DeleteObjectsCommand, ListObjectVersionsCommand, type S3Client } from '@aws-sdk/client-s3';
import { UnavailableError } from '../../errors.ts';
import { cloudError } from '../cloud-errors.ts';

interface Version {
  readonly Key: string;
  readonly VersionId: string;
}

interface Page {
  readonly versions: Version[];
  readonly next: { readonly KeyMarker: string; readonly VersionIdMarker?: string } | null;
}

/** Does what {@link ObjectStore.remove} promises: versions and delete markers go for good. */
export async function removeVersions(target: { client: S3Client; bucket: string }, key: string): Promise<void> {
  let next: Page['next'] = null;
  do {
    const page: Page = await listVersions(target, key, next);
    if (page.versions.length > 0) await deleteVersions(target, page.versions);
    next = page.next;
  } while (next !== null);
}

async function listVersions(
  { client, bucket }: { client: S3Client; bucket: string },
  key: string,
  from: Page['next'],
): Promise<Page> {
  const input = { Bucket: bucket, Prefix: key, ...from };
  const answer = await client.send(new ListObjectVersionsCommand(input)).catch((error: unknown) => {
    throw cloudError('s3:ListObjectVersions', error);
  });
  // A prefix finds longer names too; S3 lists in order of names, so that these come behind.
  const versions = [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])].flatMap(({ Key, VersionId }) =>
    Key === key && VersionId !== undefined ? [{ Key, VersionId }] : [],
  );
  const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = answer;
  if (IsTruncated !== true || NextKeyMarker !== key) return { versions, next: null };
  const marker = NextVersionIdMarker === undefined ? {} : { VersionIdMarker: NextVersionIdMarker };
  return { versions, next: { KeyMarker: NextKeyMarker, ...marker } };
}

async function deleteVersions(
  { client, bucket }: { client: S3Client; bucket: string },
  versions: Version[],
): Promise<void> {
  const input = { Bucket: bucket, Delete: { Objects: versions, Quiet: true } };
  const { Errors = [] } = await client.send(new DeleteObjectsCommand(input)).catch((error: unknown) => {
    throw cloudError('s3:DeleteObjects', error);
  });
  const [failed] = Errors.filter(({ Code }) => Code !== 'NoSuchVersion');
  if (failed === undefined) return;
  throw new UnavailableError('s3:DeleteObjects', { cause: new Error(`a version stays: ${failed.Code ?? 'no code'}`) });
}
