import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import type { RunningServer } from '../../local/loopback.ts';
import { startS3 } from '../../local/s3/server.ts';
import { clientOf, sendRaw, until } from './s3-support.ts';

const Bucket = 'test-bucket';
const CRC32_OF_HELLO = 'NhCmhg==';

describe('the local S3', () => {
  let folder: string;
  let server: RunningServer;
  let s3: S3Client;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
    server = await startS3({ folder, now: () => 1_700_000_000_999 });
    s3 = clientOf(server.endpoint);
    await s3.send(new CreateBucketCommand({ Bucket }));
  });

  afterEach(async () => {
    s3.destroy();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const objects = () => readdirSync(join(folder, 'buckets', Bucket, 'objects'));
  const incoming = () => readdirSync(join(folder, 'incoming'));
  const textOf = async (Key: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

  describe('keys', () => {
    it.each([
      '..',
      '../../outside',
      '/etc/outside',
      './x',
      'a/../../b',
      '\\..\\x',
      'C:\\x',
      'x'.repeat(1024),
      '\u0001\r\n',
    ])('stay inside the folder: %j', async (Key) => {
      const path = encodeURIComponent(Key).replaceAll('%2F', '/');
      const put = await sendRaw(server.port, `PUT /${Bucket}/${path}`, { 'content-length': '5' }, 'hello');
      expect(put).toMatchObject({ status: 200 });
      expect(objects()).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.null$/)]);
      expect(readdirSync(folder).sort()).toEqual(['buckets', 'incoming']);
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket }));
      expect(Contents?.map((object) => object.Key)).toEqual([Key]);
      expect((await sendRaw(server.port, `GET /${Bucket}/${path}`, {})).body).toBe('hello');
    });

    it.each([
      ['longer than 1,024 bytes', `/${Bucket}/${'ü'.repeat(513)}`, 400, 'KeyTooLongError'],
      ['that are no UTF-8', `/${Bucket}/%ff`, 400, 'InvalidURI'],
      ['behind no bucket', '//x', 405, 'MethodNotAllowed'],
    ])('are refused when %s', async (_, path, status, code) => {
      const answer = await sendRaw(server.port, `PUT ${encodeURI(path).replaceAll('%25', '%')}`, {
        'content-length': '0',
      });
      expect(answer.status).toBe(status);
      expect(answer.body).toContain(`<Code>${code}</Code>`);
    });
  });

  it.each(['..', 'Upper', 'ab', '-ab', 'ab-', 'a..b', '192.0.2.1', 'a/b', 'x'.repeat(64)])(
    'refuses the bucket name %s',
    async (name) => {
      const answer = await sendRaw(server.port, `PUT /${encodeURIComponent(name)}`, { 'content-length': '0' });
      expect(answer.body).toContain('<Code>InvalidBucketName</Code>');
      expect(readdirSync(join(folder, 'buckets'))).toEqual([Bucket]);
    },
  );

  describe('bodies', () => {
    const chunked = {
      'content-encoding': 'aws-chunked',
      'transfer-encoding': 'chunked',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-trailer': 'x-amz-checksum-crc32',
      'x-amz-decoded-content-length': '5',
    };
    const framed = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
    const wire = (checksum: string) => framed(`5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${checksum}\r\n\r\n`);

    it('come out of aws-chunked framing, signed chunks too', async () => {
      expect((await sendRaw(server.port, `PUT /${Bucket}/a`, chunked, wire(CRC32_OF_HELLO))).status).toBe(200);
      const body = '5;chunk-signature=0000\r\nhello\r\n0;chunk-signature=0000\r\n\r\n';
      const signed = {
        'content-length': String(body.length),
        'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        'x-amz-decoded-content-length': '5',
      };
      expect((await sendRaw(server.port, `PUT /${Bucket}/b`, signed, body)).status).toBe(200);
      expect([await textOf('a'), await textOf('b')]).toEqual(['hello', 'hello']);
    });

    it.each<[string, Record<string, string>, string, string]>([
      ['a wrong trailing checksum', chunked, wire('AAAAAA=='), 'BadDigest'],
      ['a trailing checksum of no form', chunked, wire('AAAA'), 'InvalidRequest'],
      ['a promised trailer that never comes', chunked, framed('5\r\nhello\r\n0\r\n\r\n'), 'MalformedTrailerError'],
      [
        'fewer bytes than declared',
        { ...chunked, 'x-amz-decoded-content-length': '6' },
        wire(CRC32_OF_HELLO),
        'IncompleteBody',
      ],
      [
        'more bytes than declared',
        { ...chunked, 'x-amz-decoded-content-length': '4' },
        wire(CRC32_OF_HELLO),
        'IncompleteBody',
      ],
      ['broken framing', chunked, framed('5\r\nhello0\r\n\r\n'), 'IncompleteBody'],
      ['no length', { 'transfer-encoding': 'chunked' }, framed('hello'), 'MissingContentLength'],
      ['over 5 GiB', { 'content-length': '5368709121' }, 'hello', 'EntityTooLarge'],
      [
        'another SHA-256',
        { 'content-length': '5', 'x-amz-content-sha256': '0'.repeat(64) },
        'hello',
        'XAmzContentSHA256Mismatch',
      ],
      ['an MD5 of no form', { 'content-length': '5', 'content-md5': 'AAAA' }, 'hello', 'InvalidDigest'],
      [
        'two checksums',
        { 'content-length': '5', 'x-amz-checksum-crc32': CRC32_OF_HELLO, 'x-amz-checksum-sha1': 'x' },
        'hello',
        'InvalidRequest',
      ],
      [
        'a checksum that is announced and absent',
        { 'content-length': '5', 'x-amz-sdk-checksum-algorithm': 'CRC32' },
        'hello',
        'InvalidRequest',
      ],
      [
        'a checksum that is not known here',
        { 'content-length': '5', 'x-amz-checksum-xxhash3': 'x' },
        'hello',
        'NotImplemented',
      ],
    ])('with %s are refused and leave nothing', async (_, headers, body, code) => {
      const answer = await sendRaw(server.port, `PUT /${Bucket}/a`, headers, body);
      expect(answer.body).toContain(`<Code>${code}</Code>`);
      expect([objects(), incoming()]).toEqual([[], []]);
    });

    it('that break off leave the object as it was, and no file', async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'before' }));
      const socket = connect(server.port, '127.0.0.1');
      socket.write(`PUT /${Bucket}/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(5000)}`);
      await until('the upload has begun', () => incoming().length === 1);
      socket.destroy();
      await until('its file is gone', () => incoming().length === 0);
      expect(await textOf('a')).toBe('before');
    });

    it('that are refused half way are answered, and the next request on the connection too', async () => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'before' }));
      const broken = `${'3\r\nabc\r\n'.repeat(200_000)}0\r\n\r\n`;
      const headers = {
        connection: 'keep-alive',
        'content-length': String(broken.length),
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-decoded-content-length': '600000',
      };
      const next = `GET /${Bucket}/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`;
      const answer = await sendRaw(server.port, `PUT /${Bucket}/a`, headers, broken + next);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain('<Code>InvalidChunkSizeError</Code>');
      expect(answer.body).toMatch(/before$/);
    });

    it('that are refused leave the connection usable', async () => {
      const big = Buffer.alloc(3_000_000);
      for (let i = 0; i < 3; i++) {
        const refused = s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: big, ContentMD5: 'x' }));
        await expect(refused).rejects.toMatchObject({ name: 'InvalidDigest' });
      }
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
      expect(await textOf('a')).toBe('hello');
    });
  });

  it.each<[string, string, Record<string, string>]>([
    ['tagging', `PUT /${Bucket}/a?tagging`, {}],
    ['an ACL', `PUT /${Bucket}/a?acl`, {}],
    ['one part of an object', `GET /${Bucket}/a?partNumber=1`, {}],
    ['another content type', `GET /${Bucket}/a?response-content-type=text/plain`, {}],
    ['a copy', `PUT /${Bucket}/a`, { 'x-amz-copy-source': `/${Bucket}/b` }],
    ['tags with an object', `PUT /${Bucket}/a`, { 'x-amz-tagging': 'a=b' }],
    ['a public object', `PUT /${Bucket}/a`, { 'x-amz-acl': 'public-read' }],
    ['a condition on an ETag that must not be', `PUT /${Bucket}/a`, { 'if-none-match': '"x"' }],
    ['the first kind of listing', `GET /${Bucket}`, {}],
    ['a bucket policy', `PUT /${Bucket}?policy`, {}],
    ['a restore', `POST /${Bucket}/a?restore`, {}],
  ])('refuses %s with 501 and changes nothing', async (_, line, headers) => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'before' }));
    const answer = await sendRaw(server.port, line, { 'content-length': '5', ...headers }, 'hello');
    expect(answer.status).toBe(501);
    expect(await textOf('a')).toBe('before');
  });

  it('refuses to delete many without a checksum of the list', async () => {
    const body = '<Delete><Object><Key>a</Key></Object></Delete>';
    const answer = await sendRaw(
      server.port,
      `POST /${Bucket}?delete`,
      { 'content-length': String(body.length) },
      body,
    );
    expect(answer.body).toContain('<Code>InvalidRequest</Code>');
  });

  it('reads the time from its clock, in whole seconds', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    const { LastModified } = await s3.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    expect(LastModified?.getTime()).toBe(1_700_000_000_000);
  });

  it('answers a GET that is bound to an ETag or a time', async () => {
    const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }));
    const get = (headers: Record<string, string>) => sendRaw(server.port, `GET /${Bucket}/a`, headers);
    const [before, after] = ['Tue, 14 Nov 2023 22:13:19 GMT', 'Tue, 14 Nov 2023 22:13:20 GMT'];
    const statuses: [Record<string, string>, number][] = [
      [{ 'if-none-match': ETag ?? '' }, 304],
      [{ 'if-none-match': '"other"' }, 200],
      [{ 'if-match': ETag ?? '' }, 200],
      [{ 'if-match': '"other"' }, 412],
      [{ 'if-modified-since': after }, 304],
      [{ 'if-modified-since': before }, 200],
      [{ 'if-unmodified-since': before }, 412],
      [{ 'if-unmodified-since': after }, 200],
    ];
    for (const [headers, status] of statuses) expect([headers, (await get(headers)).status]).toEqual([headers, status]);
  });

  it.each(['attacker.example.com', '127.0.0.1.example.com', ''])(
    'gives nothing to a request for the host "%s"',
    async (host) => {
      const answer = await sendRaw(server.port, 'GET /', { host });
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain(Bucket);
    },
  );

  describe('starting and ending', () => {
    it('says when the port is taken', async () => {
      await expect(startS3({ folder: null, port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    it('listens on the loopback address alone', () => {
      expect(server.endpoint).toBe(`http://127.0.0.1:${server.port}`);
    });

    it('ends open connections, idle and at work, and may be closed twice', async () => {
      const idle = connect(server.port, '127.0.0.1');
      const busy = connect(server.port, '127.0.0.1');
      busy.write(`PUT /${Bucket}/a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nx`);
      const ended = [idle, busy].map(
        (socket) => new Promise((resolve) => socket.on('error', () => null).on('close', resolve)),
      );
      await until('the upload has begun', () => incoming().length === 1);
      await Promise.all([server.close(), server.close()]);
      await Promise.all(ended);
      expect([objects(), incoming()]).toEqual([[], []]);
    });

    it('removes the folder of a store that was to keep nothing', async () => {
      const before = new Set(readdirSync(tmpdir()));
      const passing = await startS3({ folder: null });
      const made = readdirSync(tmpdir()).filter((name) => name.startsWith('twinlock-s3-') && !before.has(name));
      expect(made.length).toBeGreaterThan(0);
      const client = clientOf(passing.endpoint);
      await client.send(new CreateBucketCommand({ Bucket: 'passing' }));
      const own = made.filter((name) => existsSync(join(tmpdir(), name, 'buckets', 'passing')));
      expect(own).toHaveLength(1);
      client.destroy();
      await passing.close();
      expect(existsSync(join(tmpdir(), own[0] ?? ''))).toBe(false);
    });

    it.each([
      ['lies under a file', () => join(folder, 'file', 'data')],
      ['is a file', () => join(folder, 'file')],
    ])('refuses a folder that %s', async (_, path) => {
      writeFileSync(join(folder, 'file'), '');
      const refused = startS3({ folder: path() });
      await expect(refused).rejects.toMatchObject({
        code: 'folder_unusable',
        message: expect.stringContaining(path()),
      });
    });

    it.each([
      [
        'an object cut short',
        (path: string, size: number) => {
          truncateSync(path, size - 1);
        },
      ],
      [
        'an object emptied',
        (path: string) => {
          truncateSync(path, 0);
        },
      ],
      [
        'an object of other content',
        (path: string) => {
          writeFileSync(path, 'x'.repeat(100));
        },
      ],
    ])('refuses a folder with %s', async (_, damage) => {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'hello' }));
      await server.close();
      const path = join(folder, 'buckets', Bucket, 'objects', objects()[0] ?? '');
      damage(path, statSync(path).size);
      await expect(startS3({ folder })).rejects.toMatchObject({ code: 'folder_unusable' });
    });

    it('clears away what a crash left behind', async () => {
      await server.close();
      const halfMade = join(folder, 'buckets', 'half-made');
      mkdirSync(join(halfMade, 'objects'), { recursive: true });
      writeFileSync(join(folder, 'incoming', 'half'), 'half of an object');
      const again = await startS3({ folder });
      expect([incoming(), existsSync(halfMade)]).toEqual([[], false]);
      await again.close();
    });
  });
});
