import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleepFor } from 'node:timers/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { awsError, OUTAGES } from './aws-error.ts';

const KEY = 'documents/a/b/c';
const Bucket = 'bucket';
const client = new S3Client({ region: 'us-east-1' });
const mock = mockClient(client);
const pauses: number[] = [];
const sleep = (ms: number) => {
  pauses.push(ms);
  return Promise.resolve();
};
const store = createObjectStore({ client, bucket: Bucket, sleep });

beforeEach(() => {
  mock.reset();
  pauses.length = 0;
});

const inputs = () => mock.calls().map((call): unknown => call.args[0].input);

async function* three(): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield Uint8Array.of(1, 2);
  yield Uint8Array.of(3);
}

/** Answers puts in turn: each reads its body, then refuses with the error or accepts. */
function answerPuts(...errors: (Error | null)[]): number[][] {
  const received: number[][] = [];
  mock.on(PutObjectCommand).callsFake(async (input: { Body: Readable }) => {
    const pieces: number[] = [];
    for await (const piece of input.Body as AsyncIterable<Uint8Array>) pieces.push(...piece);
    const error = errors[received.length];
    received.push(pieces);
    if (error !== null) throw error ?? new Error('no further attempt was expected');
    return {};
  });
  return received;
}

const TAKEN = awsError('PreconditionFailed', { httpStatusCode: 412 });
const LOST = awsError('TimeoutError');
const BROKEN = awsError('InternalError', { httpStatusCode: 500 });
const BUSY = awsError('SlowDown', { httpStatusCode: 503 });
const RACED = awsError('ConditionalRequestConflict', { httpStatusCode: 409 });
const DENIED = awsError('AccessDenied', { httpStatusCode: 403 });

describe('writing an object', () => {
  it('asks that none be there, and tells the length', async () => {
    const received = answerPuts(null);
    expect(await store.put(KEY, three, 3)).toBe(true);
    expect(received).toEqual([[1, 2, 3]]);
    expect(inputs()).toMatchObject([{ Bucket, Key: KEY, ContentLength: 3, IfNoneMatch: '*' }]);
  });

  it.each<[string, Error[]]>([
    ['an answer that is lost', [LOST]],
    ['a fault inside S3', [BROKEN, BROKEN]],
    ['a bucket that is busy', [BUSY]],
    ['another write at the same time', [RACED]],
  ])('is tried again with a fresh body after %s', async (_what, errors) => {
    const received = answerPuts(...errors, null);
    expect(await store.put(KEY, three, 3)).toBe(true);
    expect(received).toEqual([...errors, null].map(() => [1, 2, 3]));
    expect(pauses).toHaveLength(errors.length);
  });

  it.each<[string, Error[]]>([
    ['a lost answer', [LOST, TAKEN]],
    ['a fault inside S3', [BROKEN, TAKEN]],
    ['a lost answer, then a busy bucket', [LOST, RACED, TAKEN]],
  ])('takes what is there for its own after %s', async (_what, errors) => {
    answerPuts(...errors);
    expect(await store.put(KEY, three, 3)).toBe(true);
    expect(mock.calls()).toHaveLength(errors.length);
  });

  it.each<[string, Error[]]>([
    ['at once', [TAKEN]],
    ['after an attempt that S3 turned away', [RACED, TAKEN]],
    ['after a bucket that is busy', [BUSY, TAKEN]],
  ])('is none when the name is taken %s', async (_what, errors) => {
    answerPuts(...errors);
    expect(await store.put(KEY, three, 3)).toBe(false);
    expect(mock.calls()).toHaveLength(errors.length);
  });

  it('gives up after 3 attempts', async () => {
    answerPuts(BUSY, LOST, BROKEN);
    const result = store.put(KEY, three, 3);
    await expect(result).rejects.toThrow(UnavailableError);
    await expect(result).rejects.toMatchObject({ cause: BROKEN });
    expect(mock.calls()).toHaveLength(3);
  });

  it('is not tried again when S3 forbids it', async () => {
    answerPuts(DENIED);
    await expect(store.put(KEY, three, 3)).rejects.toThrow(UnavailableError);
    expect(mock.calls()).toHaveLength(1);
  });
});

describe('reading an object', () => {
  it.each(['NoSuchKey', 'NotFound'])('finds nothing at %s', async (name) => {
    mock.on(GetObjectCommand).rejects(awsError(name, { httpStatusCode: 404 }));
    expect(await store.get(KEY)).toBeNull();
    expect(inputs()).toEqual([{ Bucket, Key: KEY }]);
  });

  it('asks for a range in bytes, and for the size where nothing lies in it', async () => {
    mock.on(GetObjectCommand).rejects(awsError('InvalidRange', { httpStatusCode: 416 }));
    mock.on(HeadObjectCommand).resolves({ ContentLength: 5 });
    const open = await store.get(KEY, { first: 7, last: 9 });
    expect(open?.size).toBe(5);
    for await (const piece of open?.body ?? []) throw new Error(`${piece.length} bytes came`);
    expect(inputs()).toEqual([
      { Bucket, Key: KEY, Range: 'bytes=7-9' },
      { Bucket, Key: KEY },
    ]);
  });

  it.each([
    ...OUTAGES,
    ['a bucket that is gone', awsError('NoSuchBucket', { httpStatusCode: 404 })] as const,
    ['an object in cold storage', awsError('InvalidObjectState', { httpStatusCode: 403 })] as const,
  ])('is UnavailableError for %s', async (_what, error) => {
    mock.on(GetObjectCommand).rejects(error);
    await expect(store.get(KEY)).rejects.toThrow(UnavailableError);
    mock.on(GetObjectCommand).rejects(awsError('InvalidRange')).on(HeadObjectCommand).rejects(error);
    await expect(store.get(KEY, { first: 0, last: 1 })).rejects.toMatchObject({ cause: error });
  });
});

describe('over a socket', () => {
  let server: Server;
  let real: S3Client;
  let respond: (response: ServerResponse) => void = () => undefined;
  let requests = 0;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      requests++;
      respond(response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    real = s3Client({
      region: 'us-east-1',
      endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint },
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
  });
  afterAll(async () => {
    real.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const open = async (range?: { first: number; last: number }) =>
    createObjectStore({ client: real, bucket: Bucket }).get(KEY, range);

  it('throws from the iteration when the connection breaks', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': '100000' });
      response.write(Buffer.alloc(1_000), () => {
        setTimeout(() => response.destroy(), 20);
      });
    };
    const object = await open();
    const read = async () => {
      let got = 0;
      for await (const piece of object?.body ?? []) got += piece.length;
      return got;
    };
    await expect(read()).rejects.toThrow(UnavailableError);
  });

  it('throws from the iteration when the checksum is wrong', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': '4', 'x-amz-checksum-crc32': 'AAAAAA==' }).end('abcd');
    };
    const object = await open();
    const read = async () => {
      for await (const piece of object?.body ?? []) expect(piece.length).toBeGreaterThan(0);
    };
    await expect(read()).rejects.toThrow(UnavailableError);
  });

  it('ends a body that S3 does not read to its end', async () => {
    respond = (response) => {
      response.writeHead(412, { connection: 'close' }).end('<Error><Code>PreconditionFailed</Code></Error>');
    };
    let ended = false;
    const large = async function* () {
      try {
        for (let n = 0; n < 1_000; n++) {
          await sleepFor(2);
          yield new Uint8Array(100_000);
        }
        throw new Error('all of it was read');
      } finally {
        ended = true;
      }
    };
    expect(await createObjectStore({ client: real, bucket: Bucket }).put(KEY, large, 100_000_000)).toBe(false);
    await sleepFor(20);
    expect(ended).toBe(true);
  });

  it.each([['with'], ['without']])('ends the connection when the reader stops early, %s checksum', async (which) => {
    const closed = new Promise<void>((resolve) => {
      respond = (response) => {
        response.on('close', resolve);
        const checksum = which === 'with' ? { 'x-amz-checksum-crc32': 'AAAAAA==' } : {};
        response.writeHead(200, { 'content-length': '100000000', ...checksum });
        response.write(Buffer.alloc(1_000_000));
      };
    });
    const object = await open();
    for await (const piece of object?.body ?? []) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    await closed;
  });

  it('refuses an answer that ignores the range', async () => {
    respond = (response) => {
      response.writeHead(200, { 'content-length': '4' }).end('abcd');
    };
    await expect(open({ first: 0, last: 1 })).rejects.toThrow(UnavailableError);
  });

  it('tries three times where S3 fails', async () => {
    requests = 0;
    respond = (response) => {
      response.writeHead(500).end();
    };
    await expect(open()).rejects.toThrow(UnavailableError);
    expect(requests).toBe(3);
  });
});

describe('removing an object', () => {
  const version = (Key: string, VersionId: string) => ({ Key, VersionId });

  it('removes every version and delete marker of exactly that name, page by page', async () => {
    mock
      .on(ListObjectVersionsCommand)
      .resolvesOnce({
        Versions: [version(KEY, '1'), version(KEY, '2')],
        DeleteMarkers: [version(KEY, '3')],
        IsTruncated: true,
        NextKeyMarker: KEY,
        NextVersionIdMarker: '2',
      })
      .resolvesOnce({
        Versions: [version(KEY, '4'), version(`${KEY}x`, '5')],
        IsTruncated: true,
        NextKeyMarker: `${KEY}x`,
      })
      .rejects(new Error('what follows has other names'));
    mock.on(DeleteObjectsCommand).resolves({});
    await store.remove(KEY);
    const gone = (...ids: string[]) => ({
      Bucket,
      Delete: { Objects: ids.map((id) => version(KEY, id)), Quiet: true },
    });
    expect(inputs()).toEqual([
      { Bucket, Prefix: KEY },
      gone('1', '2', '3'),
      { Bucket, Prefix: KEY, KeyMarker: KEY, VersionIdMarker: '2' },
      gone('4'),
    ]);
  });

  it('deletes nothing where nothing is', async () => {
    mock.on(ListObjectVersionsCommand).resolves({ Versions: [version(`${KEY}/x`, '1')], IsTruncated: false });
    await store.remove(KEY);
    expect(mock.commandCalls(DeleteObjectsCommand)).toHaveLength(0);
  });

  it('tells when one version stays', async () => {
    mock.on(ListObjectVersionsCommand).resolves({ Versions: [version(KEY, '1'), version(KEY, '2')] });
    mock.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: KEY, VersionId: '2', Code: 'AccessDenied' }] });
    await expect(store.remove(KEY)).rejects.toThrow(UnavailableError);
  });

  it('does not mind a version that somebody else removed', async () => {
    mock.on(ListObjectVersionsCommand).resolves({ Versions: [version(KEY, '1')] });
    mock.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: KEY, VersionId: '1', Code: 'NoSuchVersion' }] });
    await expect(store.remove(KEY)).resolves.toBeUndefined();
  });

  it.each(OUTAGES)('is UnavailableError for %s', async (_what, error) => {
    mock.on(ListObjectVersionsCommand).rejects(error);
    await expect(store.remove(KEY)).rejects.toMatchObject({ message: 's3:ListObjectVersions is unavailable' });
    mock.on(ListObjectVersionsCommand).resolves({ Versions: [version(KEY, '1')] });
    mock.on(DeleteObjectsCommand).rejects(error);
    await expect(store.remove(KEY)).rejects.toMatchObject({ message: 's3:DeleteObjects is unavailable', cause: error });
  });
});

describe('listing names', () => {
  const written = (Key: string, LastModified: Date) => ({ Key, LastModified });
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));

  it('asks for encoded names, and gives each once with the time of its newest version or marker', async () => {
    mock.on(ListObjectVersionsCommand).resolves({
      Versions: [written('p/a+b', at(1)), written('p/a+b', at(3)), written('p/c%2Bd', at(2))],
      DeleteMarkers: [written('p/a+b', at(2)), written('p/%C3%A9', at(4))],
      IsTruncated: true,
      NextKeyMarker: 'p/%C3%A9+x',
      NextVersionIdMarker: '7',
    });
    expect(await store.names('p/', null, 1000)).toEqual({
      objects: [
        { key: 'p/a b', modifiedAt: at(3).getTime() },
        { key: 'p/c+d', modifiedAt: at(2).getTime() },
        { key: 'p/é', modifiedAt: at(4).getTime() },
      ],
      next: 'p/é x',
    });
    await store.names('p/', 'p/é x', 5);
    expect(inputs()).toEqual([
      { Bucket, Prefix: 'p/', MaxKeys: 1000, EncodingType: 'url' },
      { Bucket, Prefix: 'p/', MaxKeys: 5, EncodingType: 'url', KeyMarker: 'p/é x' },
    ]);
  });

  it.each([
    ['false', { IsTruncated: false, NextKeyMarker: 'p/a' }],
    ['missing', {}],
  ])('is at its end where IsTruncated is %s', async (_what, answer) => {
    mock.on(ListObjectVersionsCommand).resolves(answer);
    expect(await store.names('p/', null, 10)).toEqual({ objects: [], next: null });
  });

  it.each([
    ['a name', { Versions: [{ LastModified: at(0) }] }],
    ['a time', { Versions: [{ Key: 'p/a' }] }],
    ["a marker's name", { DeleteMarkers: [{ LastModified: at(0) }] }],
    ["a marker's time", { DeleteMarkers: [{ Key: 'p/a' }] }],
    ['where it goes on', { IsTruncated: true }],
  ])('is UnavailableError for an answer without %s', async (_what, answer) => {
    mock.on(ListObjectVersionsCommand).resolves(answer);
    await expect(store.names('p/', null, 10)).rejects.toThrow(UnavailableError);
  });

  it.each(OUTAGES)('is UnavailableError for %s', async (_what, error) => {
    mock.on(ListObjectVersionsCommand).rejects(error);
    const result = store.names('p/', null, 10);
    await expect(result).rejects.toMatchObject({ message: 's3:ListObjectVersions is unavailable', cause: error });
  });
});
