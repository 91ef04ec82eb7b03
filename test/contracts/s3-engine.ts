import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  type ObjectIdentifier,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

export interface S3Engine {
  /** A client whose streams are gathered to chunks of at least so many bytes; 0: sent as they come. */
  client(requestStreamBufferSize: number): S3Client;
  /** Stops the engine and starts it on the same data; null where that is not ours to do. */
  readonly restart: (() => Promise<void>) | null;
  stop(): Promise<void>;
}

/** The SDK warns on the console of each failed stream. */
export const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // Nothing to say.
}

const GATHERED = 64 * 1024;
const MIB = 1024 ** 2;

/** What Twinlock and its tests rely on in S3: the same for the emulator and for a real account. */
export function describeS3Engine(name: string, start: () => Promise<S3Engine>): void {
  describe(name, () => {
    const plain = `twinlock-contract-${randomBytes(8).toString('hex')}`;
    const versioned = `${plain}-v`;
    let engine: S3Engine;
    let s3: S3Client;

    beforeAll(async () => {
      engine = await start();
      s3 = engine.client(GATHERED);
      for (const Bucket of [plain, versioned]) await s3.send(new CreateBucketCommand({ Bucket }));
      await s3.send(
        new PutBucketVersioningCommand({ Bucket: versioned, VersioningConfiguration: { Status: 'Enabled' } }),
      );
    }, 60_000);

    afterAll(async () => {
      for (const Bucket of [plain, versioned]) {
        await emptyBucket(s3, Bucket);
        await s3.send(new DeleteBucketCommand({ Bucket }));
      }
      await expect(s3.send(new HeadBucketCommand({ Bucket: plain }))).rejects.toMatchObject({ name: 'NotFound' });
      await engine.stop();
    }, 60_000);

    const put = (input: Omit<PutObjectCommandInput, 'Bucket'> & { Bucket?: string }) =>
      s3.send(new PutObjectCommand({ Bucket: plain, ...input }));
    const read = async (Key: string, extra: { Bucket?: string; Range?: string; VersionId?: string } = {}) => {
      const answer = await s3.send(new GetObjectCommand({ Bucket: plain, Key, ...extra }));
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    };

    describe('objects', () => {
      it('gives back the bytes, the type and the metadata that were put', async () => {
        const bytes = randomBytes(1000);
        const { ETag } = await put({
          Key: 'a/object',
          Body: bytes,
          ContentType: 'application/pdf',
          Metadata: { purpose: 'contract' },
        });
        expect(ETag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`);
        const answer = await s3.send(new GetObjectCommand({ Bucket: plain, Key: 'a/object' }));
        expect(answer).toMatchObject({ ContentLength: 1000, ContentType: 'application/pdf', ETag });
        expect(answer.Metadata).toEqual({ purpose: 'contract' });
        expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(bytes);
        const head = await s3.send(new HeadObjectCommand({ Bucket: plain, Key: 'a/object', ChecksumMode: 'ENABLED' }));
        expect(head).toMatchObject({ ContentLength: 1000, ETag, ChecksumType: 'FULL_OBJECT' });
        expect(head.ChecksumCRC32).toMatch(/^[A-Za-z0-9+/]{6}==$/);
      });

      it('takes an empty object', async () => {
        await put({ Key: 'empty', Body: new Uint8Array() });
        expect(await read('empty')).toHaveLength(0);
        await expect(read('empty', { Range: 'bytes=0-' })).rejects.toMatchObject({ name: 'InvalidRange' });
      });

      it('replaces an object that is put again', async () => {
        await put({ Key: 'twice', Body: 'first' });
        await put({ Key: 'twice', Body: 'second' });
        expect((await read('twice')).toString()).toBe('second');
      });

      it('answers NoSuchKey for an object that is not there, and NotFound to a HEAD', async () => {
        await expect(read('nothing')).rejects.toMatchObject({ name: 'NoSuchKey' });
        const head = s3.send(new HeadObjectCommand({ Bucket: plain, Key: 'nothing' }));
        await expect(head).rejects.toMatchObject({ name: 'NotFound' });
      });

      it('removes an object, and finds nothing wrong in removing it again', async () => {
        await put({ Key: 'gone', Body: 'x' });
        for (let i = 0; i < 2; i++) {
          const answer = await s3.send(new DeleteObjectCommand({ Bucket: plain, Key: 'gone' }));
          expect(answer.$metadata.httpStatusCode).toBe(204);
        }
        await expect(read('gone')).rejects.toMatchObject({ name: 'NoSuchKey' });
      });

      it.each([
        ['a space, a plus and an ampersand', 'k/a b+c&d=e?f#g%20'],
        ['characters beyond ASCII', 'k/ünï/日本/🗝'],
        ['quotes and angle brackets', `k/<'">`],
        ['doubled and trailing slashes', 'k//double//'],
        ['outer spaces', 'k/ outer '],
      ])('takes a key with %s', async (_, Key) => {
        await put({ Key, Body: Key });
        expect((await read(Key)).toString()).toBe(Key);
        const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: plain, Prefix: Key }));
        expect(Contents?.map((object) => object.Key)).toEqual([Key]);
      });
    });

    describe('streams', () => {
      async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
        let position = 0;
        for (let i = 0; position < bytes.length; i++) {
          await Promise.resolve();
          const size = sizes[i % sizes.length] ?? 1;
          yield bytes.subarray(position, position + size);
          position += size;
        }
      }

      it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
        'takes a stream of pieces of any size with a trailing %s',
        async (ChecksumAlgorithm) => {
          const bytes = randomBytes(300_000);
          const Body = Readable.from(pieces(bytes, [56, 16_400, 1, 100_000]));
          await put({ Key: 'stream', Body, ContentLength: bytes.length, ChecksumAlgorithm });
          expect((await read('stream')).equals(bytes)).toBe(true);
          const head = await s3.send(new HeadObjectCommand({ Bucket: plain, Key: 'stream', ChecksumMode: 'ENABLED' }));
          expect(head[`Checksum${ChecksumAlgorithm}`]).toBeDefined();
          expect(head.ContentEncoding ?? '').not.toContain('aws-chunked');
        },
      );

      it('refuses small chunks that the client did not gather', async () => {
        const Body = Readable.from(pieces(randomBytes(20_000), [56, 16_400]));
        const sent = engine
          .client(0)
          .send(new PutObjectCommand({ Bucket: plain, Key: 'small-chunks', Body, ContentLength: 20_000 }));
        await expect(sent).rejects.toMatchObject({ name: 'InvalidChunkSizeError' });
        await expect(read('small-chunks')).rejects.toMatchObject({ name: 'NoSuchKey' });
      });

      it('refuses bytes whose checksum or MD5 is another one, and keeps what was there', async () => {
        await put({ Key: 'checked', Body: 'before' });
        for (const wrong of [
          { ChecksumCRC32: 'AAAAAA==' },
          { ChecksumSHA256: Buffer.alloc(32).toString('base64') },
          { ContentMD5: Buffer.alloc(16).toString('base64') },
        ]) {
          await expect(put({ Key: 'checked', Body: 'after', ...wrong })).rejects.toMatchObject({ name: 'BadDigest' });
        }
        expect((await read('checked')).toString()).toBe('before');
      });
    });

    describe('ranges', () => {
      const bytes = Buffer.from('0123456789');
      beforeAll(() => put({ Key: 'range', Body: bytes }));

      it.each([
        ['bytes=0-0', '0', 'bytes 0-0/10'],
        ['bytes=2-4', '234', 'bytes 2-4/10'],
        ['bytes=7-', '789', 'bytes 7-9/10'],
        ['bytes=-3', '789', 'bytes 7-9/10'],
        ['bytes=5-100', '56789', 'bytes 5-9/10'],
        ['bytes=-100', '0123456789', 'bytes 0-9/10'],
      ])('sends %s', async (Range, text, contentRange) => {
        const answer = await s3.send(new GetObjectCommand({ Bucket: plain, Key: 'range', Range }));
        expect(await answer.Body?.transformToString()).toBe(text);
        expect(answer).toMatchObject({ ContentRange: contentRange, ContentLength: text.length });
        expect(answer.$metadata.httpStatusCode).toBe(206);
      });

      it('refuses a range behind the end with 416', async () => {
        const refused = read('range', { Range: 'bytes=10-' });
        await expect(refused).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
      });
    });

    describe('conditional puts', () => {
      it('writes with If-None-Match where nothing is, and refuses with 412 where something is', async () => {
        await put({ Key: 'once', Body: 'first', IfNoneMatch: '*' });
        const refused = put({ Key: 'once', Body: 'second', IfNoneMatch: '*' });
        await expect(refused).rejects.toMatchObject({
          name: 'PreconditionFailed',
          $metadata: { httpStatusCode: 412 },
        });
        expect((await read('once')).toString()).toBe('first');
        await s3.send(new DeleteObjectCommand({ Bucket: plain, Key: 'once' }));
        await put({ Key: 'once', Body: 'third', IfNoneMatch: '*' });
        expect((await read('once')).toString()).toBe('third');
      });

      it.each([plain, versioned])('lets exactly one of several at once win in %s', async (Bucket) => {
        for (let round = 0; round < 5; round++) {
          const Key = `race-${round}`;
          const tries = await Promise.allSettled(
            ['a', 'b', 'c', 'd'].map((Body) => put({ Bucket, Key, Body: Body.repeat(50_000), IfNoneMatch: '*' })),
          );
          const won = tries.flatMap((outcome, index) => (outcome.status === 'fulfilled' ? ['abcd'[index]] : []));
          expect(won).toHaveLength(1);
          for (const outcome of tries) {
            if (outcome.status === 'rejected') expect(codeOf(outcome.reason)).toMatch(/PreconditionFailed|Conflict/);
          }
          expect((await read(Key, { Bucket })).toString()).toBe(won[0]?.repeat(50_000));
        }
      });

      it('replaces with If-Match only what still is as it was read', async () => {
        const { ETag } = await put({ Key: 'match', Body: 'one' });
        await put({ Key: 'match', Body: 'two', IfMatch: ETag });
        const stale = put({ Key: 'match', Body: 'three', IfMatch: ETag });
        await expect(stale).rejects.toMatchObject({ name: 'PreconditionFailed' });
        await expect(put({ Key: 'no-match', Body: 'x', IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
      });
    });

    describe('versions', () => {
      it('hides a removed object behind a marker and keeps its versions', async () => {
        const Key = 'kept';
        const first = await put({ Bucket: versioned, Key, Body: 'one' });
        const second = await put({ Bucket: versioned, Key, Body: 'two' });
        expect((await read(Key, { Bucket: versioned })).toString()).toBe('two');
        const removed = await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key }));
        expect(removed).toMatchObject({ DeleteMarker: true });
        await expect(read(Key, { Bucket: versioned })).rejects.toMatchObject({ name: 'NoSuchKey' });
        for (const [put, text] of [
          [first, 'one'],
          [second, 'two'],
        ] as const) {
          expect((await read(Key, { Bucket: versioned, ...versionOf(put) })).toString()).toBe(text);
        }
        const marker = read(Key, { Bucket: versioned, ...versionOf(removed) });
        await expect(marker).rejects.toMatchObject({ $metadata: { httpStatusCode: 405 } });

        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix: Key }));
        expect(page.Versions?.map((version) => version.VersionId)).toEqual([second.VersionId, first.VersionId]);
        expect(page.Versions?.map((version) => version.IsLatest)).toEqual([false, false]);
        expect(page.DeleteMarkers).toMatchObject([{ Key, VersionId: removed.VersionId, IsLatest: true }]);
      });

      it('takes a conditional put where the current version is a marker', async () => {
        const Key = 'again';
        await put({ Bucket: versioned, Key, Body: 'one', IfNoneMatch: '*' });
        await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key }));
        await put({ Bucket: versioned, Key, Body: 'two', IfNoneMatch: '*' });
        expect((await read(Key, { Bucket: versioned })).toString()).toBe('two');
      });

      it('removes a version for good, and brings back what a removed marker hid', async () => {
        const Key = 'revived';
        const { VersionId } = await put({ Bucket: versioned, Key, Body: 'one' });
        const marker = await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key }));
        const lifted = await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key, ...versionOf(marker) }));
        expect(lifted).toMatchObject({ DeleteMarker: true, VersionId: marker.VersionId });
        expect((await read(Key, { Bucket: versioned })).toString()).toBe('one');

        await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key, ...versionOf({ VersionId }) }));
        await expect(read(Key, { Bucket: versioned })).rejects.toMatchObject({ name: 'NoSuchKey' });
        const gone = read(Key, { Bucket: versioned, ...versionOf({ VersionId }) });
        await expect(gone).rejects.toMatchObject({ name: 'NoSuchVersion' });
        const page = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix: Key }));
        expect([page.Versions ?? [], page.DeleteMarkers ?? []]).toEqual([[], []]);
      });

      it('lists versions in pages that miss none, also while they are being removed', async () => {
        const Prefix = 'paged/';
        for (const Key of ['a', 'b']) {
          for (let i = 0; i < 3; i++) await put({ Bucket: versioned, Key: Prefix + Key, Body: String(i) });
        }
        for (const remove of [false, true]) {
          const seen: string[] = [];
          let next: { KeyMarker?: string; VersionIdMarker?: string } = {};
          for (let more = true; more; ) {
            const page = await s3.send(
              new ListObjectVersionsCommand({ Bucket: versioned, Prefix, MaxKeys: 2, ...next }),
            );
            const versions = page.Versions ?? [];
            seen.push(...versions.map((version) => `${version.Key ?? ''} ${version.VersionId ?? ''}`));
            if (remove) await removeAll(s3, versioned, versions);
            more = page.IsTruncated ?? false;
            next = {
              ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
              ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
            };
          }
          expect(new Set(seen).size).toBe(6);
          expect(seen).toHaveLength(6);
        }
        const left = await s3.send(new ListObjectVersionsCommand({ Bucket: versioned, Prefix }));
        expect(left.Versions ?? []).toEqual([]);
      });
    });

    describe('listings', () => {
      const keys = ['l/a', 'l/b/1', 'l/b/2', 'l/c', 'l/d/1', 'l/é', 'l/\uffee', 'l/🗝'];
      beforeAll(async () => {
        for (const Key of keys) await put({ Key, Body: 'x' });
      });

      it('lists keys in order of their bytes, page by page', async () => {
        for (const MaxKeys of [1, 3, 1000]) {
          const seen: (string | undefined)[] = [];
          let token: string | undefined;
          do {
            const page = await s3.send(
              new ListObjectsV2Command({ Bucket: plain, Prefix: 'l/', MaxKeys, ContinuationToken: token }),
            );
            expect(page.KeyCount).toBeLessThanOrEqual(MaxKeys);
            seen.push(...(page.Contents ?? []).map((object) => object.Key));
            token = page.NextContinuationToken;
          } while (token !== undefined);
          expect(seen).toEqual(keys);
        }
      });

      it('groups by a delimiter, a group being counted and paged as one', async () => {
        const whole = await s3.send(new ListObjectsV2Command({ Bucket: plain, Prefix: 'l/', Delimiter: '/' }));
        expect(whole.CommonPrefixes).toEqual([{ Prefix: 'l/b/' }, { Prefix: 'l/d/' }]);
        expect(whole.Contents?.map((object) => object.Key)).toEqual(['l/a', 'l/c', 'l/é', 'l/\uffee', 'l/🗝']);
        const first = await s3.send(
          new ListObjectsV2Command({ Bucket: plain, Prefix: 'l/', Delimiter: '/', MaxKeys: 2 }),
        );
        expect(first).toMatchObject({ IsTruncated: true, KeyCount: 2, CommonPrefixes: [{ Prefix: 'l/b/' }] });
        const second = await s3.send(
          new ListObjectsV2Command({
            Bucket: plain,
            Prefix: 'l/',
            Delimiter: '/',
            MaxKeys: 2,
            ContinuationToken: first.NextContinuationToken,
          }),
        );
        expect(second.Contents?.map((object) => object.Key)).toEqual(['l/c']);
        expect(second.CommonPrefixes).toEqual([{ Prefix: 'l/d/' }]);
      });

      it('starts behind a key', async () => {
        const page = await s3.send(new ListObjectsV2Command({ Bucket: plain, Prefix: 'l/', StartAfter: 'l/d/1' }));
        expect(page.Contents?.map((object) => object.Key)).toEqual(['l/é', 'l/\uffee', 'l/🗝']);
      });

      it('removes many at once, and tells of each', async () => {
        for (const Key of ['m/1', 'm/2']) await put({ Key, Body: 'x' });
        const Objects = [{ Key: 'm/1' }, { Key: 'm/2' }, { Key: 'm/none' }];
        const answer = await s3.send(new DeleteObjectsCommand({ Bucket: plain, Delete: { Objects } }));
        expect(answer.Deleted).toEqual(Objects);
        const page = await s3.send(new ListObjectsV2Command({ Bucket: plain, Prefix: 'm/' }));
        expect(page.KeyCount).toBe(0);
      });
    });

    describe('multipart uploads', () => {
      const big = randomBytes(5 * MIB);
      const small = randomBytes(1234);
      const begin = async (Key: string, extra: { ChecksumAlgorithm?: 'SHA256' } = {}) => {
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: plain, Key, ...extra }));
        return { Bucket: plain, Key, UploadId };
      };

      it.each([undefined, 'SHA256'] as const)('joins parts to one object (checksum: %s)', async (ChecksumAlgorithm) => {
        const extra = ChecksumAlgorithm === undefined ? {} : { ChecksumAlgorithm };
        const upload = await begin('joined', extra);
        const parts = [];
        // The second first: the number counts, not the time.
        for (const [PartNumber, Body] of [
          [2, small],
          [1, big],
        ] as const) {
          const part = await s3.send(new UploadPartCommand({ ...upload, ...extra, PartNumber, Body }));
          parts.unshift({ PartNumber, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 });
        }
        await expect(read('joined')).rejects.toMatchObject({ name: 'NoSuchKey' });
        const { Parts } = await s3.send(new ListPartsCommand(upload));
        expect(Parts?.map((part) => [part.PartNumber, part.Size])).toEqual([
          [1, big.length],
          [2, small.length],
        ]);
        const done = await s3.send(
          new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' }),
        );
        expect(done.ETag).toMatch(/^"[0-9a-f]{32}-2"$/);
        expect((await read('joined')).equals(Buffer.concat([big, small]))).toBe(true);
        expect((await read('joined', { Range: `bytes=${big.length - 2}-${big.length + 1}` })).toString('hex')).toBe(
          Buffer.concat([big.subarray(-2), small.subarray(0, 2)]).toString('hex'),
        );
        await s3.send(new DeleteObjectCommand({ Bucket: plain, Key: 'joined' }));
      });

      it('refuses parts that are missing, changed, out of order or too small', async () => {
        const upload = await begin('refused');
        const ETag: (string | undefined)[] = [];
        for (const PartNumber of [1, 2]) {
          ETag.push((await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body: small }))).ETag);
        }
        const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
          s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
        const one = { PartNumber: 1, ETag: ETag[0] };
        const two = { PartNumber: 2, ETag: ETag[1] };
        await expect(complete([{ PartNumber: 3, ETag: ETag[0] }])).rejects.toMatchObject({ name: 'InvalidPart' });
        const changed = { PartNumber: 1, ETag: `"${'0'.repeat(32)}"` };
        await expect(complete([changed])).rejects.toMatchObject({ name: 'InvalidPart' });
        await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
        await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });

        await s3.send(new AbortMultipartUploadCommand(upload));
        await expect(complete([one])).rejects.toMatchObject({ name: 'NoSuchUpload' });
        await expect(s3.send(new ListPartsCommand(upload))).rejects.toMatchObject({ name: 'NoSuchUpload' });
      });
    });

    describe('buckets', () => {
      it('says which buckets are versioned', async () => {
        const status = async (Bucket: string) =>
          (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status ?? null;
        expect([await status(plain), await status(versioned)]).toEqual([null, 'Enabled']);
      });

      it('keeps a lifecycle configuration', async () => {
        await expect(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: plain }))).rejects.toMatchObject({
          name: 'NoSuchLifecycleConfiguration',
        });
        const Rules = [
          {
            ID: 'old-versions',
            Status: 'Enabled' as const,
            Filter: { Prefix: 'documents/' },
            NoncurrentVersionExpiration: { NoncurrentDays: 1 },
          },
        ];
        await s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: plain, LifecycleConfiguration: { Rules } }));
        const { Rules: kept } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: plain }));
        expect(kept).toEqual(Rules);
      });

      it('answers NoSuchBucket for one that is not there', async () => {
        const Bucket = `${plain}-none`;
        await expect(read('x', { Bucket })).rejects.toMatchObject({ name: 'NoSuchBucket' });
      });

      it('does not remove a bucket that holds an object', async () => {
        await put({ Key: 'holds', Body: 'x' });
        const refused = s3.send(new DeleteBucketCommand({ Bucket: plain }));
        await expect(refused).rejects.toMatchObject({ name: 'BucketNotEmpty' });
      });
    });

    it('keeps everything over a restart', async () => {
      if (engine.restart === null) return;
      const Key = 'restart/ü';
      const bytes = randomBytes(100_000);
      const old = await put({ Bucket: versioned, Key, Body: 'old' });
      await put({ Bucket: versioned, Key, Body: bytes, Metadata: { kept: 'yes' } });
      const upload = { Bucket: versioned, Key: 'restart/parts' };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
      await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'part' }));

      await engine.restart();
      s3 = engine.client(GATHERED);

      expect((await read(Key, { Bucket: versioned })).equals(bytes)).toBe(true);
      expect((await read(Key, { Bucket: versioned, ...versionOf(old) })).toString()).toBe('old');
      const head = await s3.send(new HeadObjectCommand({ Bucket: versioned, Key }));
      expect(head.Metadata).toEqual({ kept: 'yes' });
      const { Status } = await s3.send(new GetBucketVersioningCommand({ Bucket: versioned }));
      expect(Status).toBe('Enabled');
      const { Parts } = await s3.send(new ListPartsCommand({ ...upload, UploadId }));
      expect(Parts).toMatchObject([{ PartNumber: 1, Size: 4 }]);
      await s3.send(new AbortMultipartUploadCommand({ ...upload, UploadId }));
      await put({ Bucket: versioned, Key, Body: 'newest' });
      expect((await read(Key, { Bucket: versioned })).toString()).toBe('newest');
      await s3.send(new DeleteObjectCommand({ Bucket: versioned, Key }));
      await expect(read(Key, { Bucket: versioned })).rejects.toMatchObject({ name: 'NoSuchKey' });
    });
  });
}

function versionOf({ VersionId }: { VersionId?: string | undefined }): { VersionId: string } {
  if (VersionId === undefined) throw new Error('the answer names no version');
  return { VersionId };
}

function codeOf(error: unknown): string {
  return error instanceof S3ServiceException ? error.name : String(error);
}

async function emptyBucket(s3: S3Client, Bucket: string): Promise<void> {
  for (let more = true; more; ) {
    const page = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    await removeAll(s3, Bucket, [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]);
    more = page.IsTruncated ?? false;
  }
}

async function removeAll(
  s3: S3Client,
  Bucket: string,
  versions: readonly { Key?: string | undefined; VersionId?: string | undefined }[],
): Promise<void> {
  if (versions.length === 0) return;
  const Objects = versions.map(({ Key, VersionId }): ObjectIdentifier => ({ Key, ...versionOf({ VersionId }) }));
  const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  expect(Errors ?? []).toEqual([]);
}
