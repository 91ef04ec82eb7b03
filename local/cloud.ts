import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  KMSClient,
  NotFoundException,
} from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  HeadBucketCommand,
  NotFound,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { FolderUnusableError, useFolder, writeAtomically } from './durable.ts';
import { startDynamoDb } from './dynamodb/server.ts';
import { startKms } from './kms/server.ts';
import { startS3 } from './s3/server.ts';
import { ensureTable } from './table.ts';

/** Where the local cloud listens, and what lies in it. */
export interface LocalCloud {
  readonly endpoints: { readonly dynamodb: string; readonly s3: string; readonly kms: string };
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly table: string;
  readonly bucket: string;
  /** Oldest first. */
  readonly wrapKeyArns: readonly string[];
  readonly macKeyArn: string;
  close(): Promise<void>;
}

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
const TABLE = 'twinlock';
const BUCKET = 'twinlock-documents';

export interface CloudOptions {
  /** Milliseconds since 1970, for tests that move the clock. */
  readonly now?: () => number;
  /** How many wrap keys there are, from 1; those that were made before stay. @default 1 */
  readonly wrapKeys?: number;
}

/**
 * Starts the emulators of DynamoDB, S3 and KMS on free loopback ports, and makes what the service needs in them.
 *
 * @param folder where they keep their data, made where it is not; null keeps it in memory
 * @throws Error with code `folder_unusable` or `folder_locked`
 */
export async function startCloud(folder: string | null, { now, wrapKeys = 1 }: CloudOptions = {}): Promise<LocalCloud> {
  if (folder !== null) useFolder(folder);
  const at = (name: string) => (folder === null ? null : join(folder, name));
  const clock = now === undefined ? {} : { now };
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  try {
    const dynamodb = await startDynamoDb({ path: at('dynamodb'), ...clock });
    started.push(dynamodb);
    const s3 = await startS3({ folder: at('s3'), ...clock });
    started.push(s3);
    const kms = await startKms({ file: at('kms-keys.json') });
    started.push(kms);
    const endpoints = { dynamodb: dynamodb.endpoint, s3: s3.endpoint, kms: kms.endpoint };
    const [macKeyArn, ...wrapKeyArns] = await furnish(endpoints, wrapKeys);
    return {
      endpoints,
      region: REGION,
      credentials: CREDENTIALS,
      table: TABLE,
      bucket: BUCKET,
      wrapKeyArns,
      macKeyArn,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The MAC key, then the wrap keys. */
async function furnish(endpoints: LocalCloud['endpoints'], wrapKeys: number): Promise<[string, ...string[]]> {
  const common = { region: REGION, credentials: CREDENTIALS };
  const dynamodb = new DynamoDBClient({ ...common, endpoint: endpoints.dynamodb });
  const s3 = new S3Client({ ...common, endpoint: endpoints.s3, forcePathStyle: true });
  const kms = new KMSClient({ ...common, endpoint: endpoints.kms });
  try {
    const [mac] = await Promise.all([
      ensureKey(
        kms,
        'alias/twinlock-mac',
        new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
      ),
      ensureTable(dynamodb, TABLE),
      ensureBucket(s3),
    ]);
    const wraps: string[] = [];
    for (let number = 1; number <= wrapKeys; number++) {
      const alias = number === 1 ? 'alias/twinlock-wrap' : `alias/twinlock-wrap-${number}`;
      wraps.push(await ensureKey(kms, alias, new CreateKeyCommand({})));
    }
    return [mac, ...wraps];
  } finally {
    dynamodb.destroy();
    s3.destroy();
    kms.destroy();
  }
}

async function ensureKey(kms: KMSClient, alias: string, create: CreateKeyCommand): Promise<string> {
  try {
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: alias }));
    return KeyMetadata?.Arn ?? '';
  } catch (error) {
    if (!(error instanceof NotFoundException)) throw error;
  }
  const { KeyMetadata } = await kms.send(create);
  await kms.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: KeyMetadata?.KeyId }));
  return KeyMetadata?.Arn ?? '';
}

async function ensureBucket(s3: S3Client): Promise<void> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: BUCKET }));
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  }
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await s3.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
}

/** Writes the endpoints where tools find them, whole or not at all. @throws FolderUnusableError */
export function writeEndpoints(folder: string, api: string, cloud: LocalCloud): void {
  const { endpoints, region, table, bucket, wrapKeyArns: wrapKeyIds, macKeyArn: macKeyId } = cloud;
  const wrapKeyId = wrapKeyIds.at(-1);
  const text = JSON.stringify({ api, ...endpoints, region, table, bucket, wrapKeyId, wrapKeyIds, macKeyId }, null, 2);
  try {
    writeAtomically(join(folder, 'endpoints.json'), `${text}\n`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FolderUnusableError(`cannot write endpoints.json: ${reason}`, { cause });
  }
}
