import { CreateBucketCommand, ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { s3Client } from '../../lambda/adapters/aws-clients.ts';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import { startS3 } from '../../local/s3/server.ts';
import { createMemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { describeObjectStore } from './object-store.ts';

const BUCKET = 'documents';

async function startBucket() {
  const server = await startS3({ folder: null });
  const { endpoint } = server;
  const client = s3Client({
    region: 'us-east-1',
    endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  const VersioningConfiguration = { Status: 'Enabled' } as const;
  await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { client, store: createObjectStore({ client, bucket: BUCKET }), close };
}

describeObjectStore('in memory', () => Promise.resolve({ store: createMemoryObjectStore() }));

describeObjectStore('S3 adapter on the emulator', startBucket);

describe('S3 adapter on a bucket with versions', () => {
  it('leaves neither a version nor a delete marker behind', async () => {
    const { client, store, close } = await startBucket();
    try {
      const body = async function* () {
        await Promise.resolve();
        yield Uint8Array.of(1, 2, 3);
      };
      await store.put('documents/a', body, 3);
      await store.remove('documents/a');
      const left = await client.send(new ListObjectVersionsCommand({ Bucket: BUCKET }));
      expect([left.Versions ?? [], left.DeleteMarkers ?? []]).toEqual([[], []]);
    } finally {
      await close();
    }
  });
});
