import { randomBytes } from 'node:crypto';
import { closeSync, createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';

import { S3Error } from './errors.ts';
import { type Markup, tag, xmlDocument, xmlError } from './xml.ts';

/** What a path-style URL names. */
export interface Target {
  readonly path: string;
  readonly bucket: string | null;
  /** Percent-decoded, otherwise as sent: `..` and `//` are part of a key. */
  readonly key: string | null;
  readonly query: URLSearchParams;
}

/** An open file, and the part of it that is sent. */
export interface FileBody {
  readonly handle: number;
  readonly first: number;
  readonly length: number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** XML, or bytes of a file, which is closed once sent. */
  readonly body?: string | FileBody;
}

const MAX_KEY = 1024;

/** 200 with a document of S3's. */
export function xmlAnswer(name: string, content: string | readonly (Markup | null)[]): Answer {
  return { status: 200, body: xmlDocument(name, content) };
}

/** @throws S3Error InvalidURI, KeyTooLongError */
export function parseTarget(url: string): Target {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
  const [, bucket, key] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path) ?? [];
  if (bucket === undefined) throw new S3Error('InvalidURI', { details: { URI: path } });
  try {
    const decoded = key === undefined || key === '' ? null : decodeURIComponent(key);
    if (decoded !== null && Buffer.byteLength(decoded) > MAX_KEY) {
      throw new S3Error('KeyTooLongError', { details: { Size: Buffer.byteLength(decoded), MaxSizeAllowed: MAX_KEY } });
    }
    return { path, bucket: bucket === '' ? null : decodeURIComponent(bucket), key: decoded, query };
  } catch (error) {
    throw error instanceof URIError ? new S3Error('InvalidURI', { details: { URI: path } }) : error;
  }
}

/** Answers a request with what `run` makes of it, or with the error document of what it throws. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  run: () => Promise<Answer> | Answer,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  let answer: Answer;
  try {
    answer = await run();
  } catch (error) {
    if (request.destroyed && !request.complete) return void response.destroy();
    answer = errorAnswer(error, request.url ?? '', requestId);
  }
  // What is left of a refused body is read and dropped, so that the client gets to read the refusal.
  request.resume();
  response.setHeader('x-amz-request-id', requestId);
  response.setHeader('x-amz-id-2', requestId);
  await send(request, response, answer);
}

async function send(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, headers = {}, body } = answer;
  if (typeof body === 'object') {
    const { handle, first, length } = body;
    if (request.method === 'HEAD' || length === 0) {
      closeSync(handle);
      response.writeHead(status, { ...headers, 'content-length': String(length) }).end();
      return;
    }
    response.writeHead(status, { ...headers, 'content-length': String(length) });
    const file = createReadStream('', { fd: handle, start: first, end: first + length - 1 });
    // A client that leaves early is no fault of this side; any other fault ends the connection short of its length.
    await pipeline(file, response).catch(() => response.destroy());
    return;
  }
  if (body === undefined || request.method === 'HEAD') {
    const empty = status === 204 || status === 304 ? {} : { 'content-length': '0' };
    response.writeHead(status, { ...empty, ...headers }).end();
    return;
  }
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': length, ...headers }).end(body);
}

function errorAnswer(error: unknown, url: string, requestId: string): Answer {
  const known = error instanceof S3Error ? error : new S3Error('InternalError');
  if (known !== error) console.error('local S3:', error);
  const resource = url.replace(/\?.*$/s, '');
  if (known.code === 'NotModified') return { status: known.status, headers: known.headers };
  return {
    status: known.status,
    headers: known.headers,
    body: xmlError([
      tag('Code', known.code),
      tag('Message', known.message),
      ...Object.entries(known.details).map(([name, value]) => tag(name, value)),
      tag('Resource', resource),
      tag('RequestId', requestId),
      tag('HostId', requestId),
    ]),
  };
}
