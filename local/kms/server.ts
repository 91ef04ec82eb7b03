import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { listenOnLoopback, type RunningServer } from '../loopback.ts';
import { KmsError } from './errors.ts';
import { Input } from './input.ts';
import { Keyring } from './keyring.ts';
import { OPERATIONS } from './operations.ts';

export interface KmsOptions {
  /** Where the keys are kept, with mode 0600; null: in memory, gone with the server. */
  readonly file: string | null;
  /** @default 0, a free one */
  readonly port?: number;
  /** The region in the ARNs of keys made here. @default us-east-1 */
  readonly region?: string;
}

/** Bytes; the largest request of the API reference stays below it. */
const MAX_BODY = 256 * 1024;
const SERVICE = 'TrentService.';

/**
 * Starts a KMS on the loopback address: AWS JSON 1.1, any credentials, no signature checked, no key policies.
 *
 * @throws FolderUnusableError (code `folder_unusable`) when the file cannot be used or is damaged; Error with code `EADDRINUSE`
 */
export async function startKms({ file, port = 0, region = 'us-east-1' }: KmsOptions): Promise<RunningServer> {
  const keyring = Keyring.open(file, region);
  return listenOnLoopback((request, response) => answer(keyring, request, response), port);
}

async function answer(keyring: Keyring, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'application/x-amz-json-1.1');
  response.setHeader('x-amzn-requestid', randomUUID());
  try {
    const output = JSON.stringify(await run(keyring, request));
    response.end(output === '{}' ? '' : output);
  } catch (error) {
    if (request.destroyed && !request.complete) return void response.destroy();
    request.resume();
    const known = error instanceof KmsError;
    if (!known) console.error('local KMS:', error);
    const type = known ? error.type : 'KMSInternalException';
    const message = known ? error.message : 'The request was rejected because an internal exception occurred.';
    response.statusCode = type === 'KMSInternalException' ? 500 : 400;
    response.end(JSON.stringify({ __type: type, message }));
  }
}

async function run(keyring: Keyring, request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const target = request.headers['x-amz-target'];
  const name = typeof target === 'string' && target.startsWith(SERVICE) ? target.slice(SERVICE.length) : '';
  const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (request.method !== 'POST' || operation === undefined) {
    throw new KmsError('UnknownOperationException', 'The local KMS does not know this operation.');
  }
  const input = new Input(await readBody(request));
  input.allow(operation.takes);
  return operation.run(keyring, input, Date.now());
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Breaking off must leave the socket whole: the refusal still has to go out on it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new KmsError('ValidationException', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
