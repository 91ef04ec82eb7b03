import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

import { decodeAwsChunked } from './aws-chunked.ts';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumAlgorithm,
  checksumBytes,
  checksumHasher,
  checksumHeader,
} from './checksums.ts';
import { S3Error } from './errors.ts';

/** What a body turned out to be, once every promise that its headers made about it was kept. */
export interface BodyFacts {
  /** Bytes, framing taken off. */
  readonly size: number;
  /** 16 bytes. */
  readonly md5: Buffer;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: Buffer };
}

/** Takes a body's bytes as they come; they must be used or copied before it resolves. */
export type Sink = (chunk: Buffer) => Promise<void> | void;

/** Most that one PUT may carry, in bytes. */
const MAX_OBJECT = 5 * 1024 ** 3;
/** Most that a request's XML may have, in bytes: a list of 1,000 long keys fits. */
const MAX_DOCUMENT = 4 * 1024 ** 2;
const NOT_A_CHECKSUM = new Set(['x-amz-checksum-mode', 'x-amz-checksum-algorithm', 'x-amz-checksum-type']);

/** The checksum that headers promise: its algorithm, and its value, or null when that comes in a trailer. */
interface Promised {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: Buffer | null;
}

/**
 * Feeds a request's body to a sink and holds it to its length, Content-MD5, SHA-256 and checksum.
 *
 * @throws S3Error MissingContentLength, IncompleteBody, BadDigest, XAmzContentSHA256Mismatch and their like; the sink may
 * have had bytes by then
 */
export async function receiveBody(request: IncomingMessage, sink: Sink): Promise<BodyFacts> {
  const { headers } = request;
  const contentSha256 = header(headers, 'x-amz-content-sha256') ?? '';
  const chunked = contentSha256.startsWith('STREAMING-') || isAwsChunked(headers);
  const length = declaredLength(headers, chunked);
  const promised = promisedChecksum(headers);
  const contentMd5 = promisedMd5(headers);

  const md5 = createHash('md5');
  const sha256 = /^[0-9a-f]{64}$/.test(contentSha256) ? createHash('sha256') : null;
  const algorithm = promised?.algorithm ?? 'CRC64NVME';
  const hasher = checksumHasher(algorithm);
  const trailers = new Map<string, string>();
  let size = 0;

  // Breaking off must leave the socket whole: the refusal still has to go out on it.
  const raw = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunked ? decodeAwsChunked(raw, trailers) : raw) {
    size += chunk.length;
    if (size > length) throw new S3Error('IncompleteBody', { message: 'The body is longer than its declared length.' });
    md5.update(chunk);
    sha256?.update(chunk);
    hasher.update(chunk);
    await sink(chunk);
  }

  if (size !== length) {
    throw new S3Error('IncompleteBody', {
      message: 'You did not provide the number of bytes specified by the Content-Length HTTP header',
    });
  }
  const facts: BodyFacts = { size, md5: md5.digest(), checksum: { algorithm, value: hasher.digest() } };
  if (sha256 !== null && sha256.digest('hex') !== contentSha256) throw new S3Error('XAmzContentSHA256Mismatch');
  if (contentMd5 !== null && !contentMd5.equals(facts.md5)) {
    throw new S3Error('BadDigest', { message: 'The Content-MD5 you specified did not match what we received.' });
  }
  if (promised !== null) {
    const value = promised.value ?? trailingChecksum(algorithm, trailers);
    if (!value.equals(facts.checksum.value)) {
      throw new S3Error('BadDigest', {
        message: `The ${algorithm} you specified did not match the calculated checksum.`,
      });
    }
  }
  return facts;
}

/** A small body as text, held to the same promises; empty when there is none. @throws S3Error EntityTooLarge over 4 MiB */
export async function receiveText(request: IncomingMessage, { integrity = false } = {}): Promise<string> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return '';
  if (integrity && promisedMd5(headers) === null && promisedChecksum(headers) === null) {
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  }
  const chunks: Buffer[] = [];
  let size = 0;
  await receiveBody(request, (chunk) => {
    size += chunk.length;
    if (size > MAX_DOCUMENT) throw new S3Error('EntityTooLarge');
    chunks.push(Buffer.from(chunk));
  });
  return Buffer.concat(chunks).toString('utf8');
}

/** One header's value; null when it was not sent. */
export function header(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(',') : value) ?? null;
}

function isAwsChunked(headers: IncomingHttpHeaders): boolean {
  return (headers['content-encoding'] ?? '').split(',').some((coding) => coding.trim() === 'aws-chunked');
}

function declaredLength(headers: IncomingHttpHeaders, chunked: boolean): number {
  const text = header(headers, chunked ? 'x-amz-decoded-content-length' : 'content-length');
  if (text === null) throw new S3Error('MissingContentLength');
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', { message: 'The content length is no number.' });
  const length = Number(text);
  if (length > MAX_OBJECT) {
    throw new S3Error('EntityTooLarge', { details: { ProposedSize: length, MaxSizeAllowed: MAX_OBJECT } });
  }
  return length;
}

function promisedMd5(headers: IncomingHttpHeaders): Buffer | null {
  const text = header(headers, 'content-md5');
  if (text === null) return null;
  const bytes = checksumBytes('MD5', text);
  if (bytes === null) throw new S3Error('InvalidDigest');
  return bytes;
}

function promisedChecksum(headers: IncomingHttpHeaders): Promised | null {
  const trailing = (header(headers, 'x-amz-trailer') ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.startsWith('x-amz-checksum-'));
  const leading = Object.keys(headers).filter(
    (name) => name.startsWith('x-amz-checksum-') && !NOT_A_CHECKSUM.has(name),
  );
  const [name, ...others] = [...leading, ...trailing];
  if (others.length > 0) {
    throw new S3Error('InvalidRequest', {
      message: 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    });
  }
  if (name === undefined) {
    if (headers['x-amz-sdk-checksum-algorithm'] === undefined) return null;
    throw new S3Error('InvalidRequest', {
      message:
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    });
  }
  const algorithm = CHECKSUM_ALGORITHMS.find((candidate) => checksumHeader(candidate) === name);
  if (algorithm === undefined) throw new S3Error('NotImplemented', { message: `${name} is not known here.` });
  const text = header(headers, name);
  return { algorithm, value: text === null ? null : parseChecksum(algorithm, text) };
}

/** The algorithm that `x-amz-checksum-algorithm` names; null without the header. */
export function requestedAlgorithm(headers: IncomingHttpHeaders): ChecksumAlgorithm | null {
  const name = header(headers, 'x-amz-checksum-algorithm');
  if (name === null) return null;
  const algorithm = checksumAlgorithm(name);
  if (algorithm === null) throw new S3Error('NotImplemented', { message: `${name} checksums are not known here.` });
  return algorithm;
}

function trailingChecksum(algorithm: ChecksumAlgorithm, trailers: ReadonlyMap<string, string>): Buffer {
  const text = trailers.get(checksumHeader(algorithm));
  if (text === undefined) throw new S3Error('MalformedTrailerError');
  return parseChecksum(algorithm, text);
}

function parseChecksum(algorithm: ChecksumAlgorithm, text: string): Buffer {
  const bytes = checksumBytes(algorithm, text);
  if (bytes !== null) return bytes;
  throw new S3Error('InvalidRequest', { message: `Value for ${checksumHeader(algorithm)} header is invalid.` });
}
