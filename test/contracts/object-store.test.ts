import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from '@jest/globals';
import { createLateObjectStore } from '../../lambda/adapters/s3/late-object-store.ts';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { startS3 } from '../../local/s3/server.ts';
import { createMemoryObjectStore } from '../fixtures/memory-object-store.ts';
import { describeObjectStore } from './object-store.ts';

const BUCKET = 'documents';

async function startBucket(now?: () => number) {
  const server = await startS3({ folder: null, ...(now === undefined ? {} : { now }) });
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

describeObjectStore('S3 adapter on the emulator', () => startBucket());

describeObjectStore('a store that is opened late', () => {
  const store = createMemoryObjectStore();
  return Promise.resolve({ store: createLateObjectStore(() => Promise.resolve(store)) });
});

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

  it.each([1, 2, 3, 7, 1000])(
    'lists a name once, however many versions and delete markers it has, in pages of %i',
    async (limit) => {
      let now = Date.UTC(2026, 0, 1);
      const { client, store, close } = await startBucket(() => now);
      try {
        const write = (Key: string) => client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body: 'x' }));
        const hide = (Key: string) => client.send(new DeleteObjectCommand({ Bucket: BUCKET, Key }));
        for (let version = 0; version < 5; version++) {
          for (const key of ['documents/b', 'documents/d']) await write(key);
        }
        await write('documents/a');
        now += 60_000;
        await hide('documents/b');
        await write('documents/c');
        await write('documents/d');
        now += 60_000;
        await hide('documents/e');

        const objects: { key: string; modifiedAt: number }[] = [];
        let after: string | null = null;
        do {
          const page: Awaited<ReturnType<typeof store.names>> = await store.names('documents/', after, limit);
          objects.push(...page.objects);
          after = page.next;
        } while (after !== null);
        const minutes = objects.map(({ key, modifiedAt }) => [key, (modifiedAt - Date.UTC(2026, 0, 1)) / 60_000]);
        expect(minutes).toEqual([
          ['documents/a', 0],
          ['documents/b', 1],
          ['documents/c', 1],
          ['documents/d', 1],
          ['documents/e', 2],
        ]);
      } finally {
        await close();
      }
    },
  );
});
