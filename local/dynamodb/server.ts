import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { openEngine } from './engine.ts';
import { failure, isFailure } from './failure.ts';
import { type Operation, operations } from './operations.ts';
import { loadTokens } from './tokens.ts';
import { expire } from './ttl.ts';

const SWEEP_MS = 60_000;
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
/** Longer than a client keeps an idle connection, so that it never writes into one that is just closing. */
const KEEP_ALIVE_MS = 65_000;
const JSON_TYPES = new Set(['application/x-amz-json-1.0', 'application/json']);

export interface DynamoDbOptions {
  /** Folder on disk; null keeps all in memory. */
  readonly path: string | null;
  /** @default 0, any free one */
  readonly port?: number;
  /** Milliseconds since 1970, for the time to live and the life of tokens. @default the system's clock */
  readonly now?: () => number;
}

export interface DynamoDb {
  readonly endpoint: string;
  readonly port: number;
  /** Removes expired items now, and says how many. It happens by itself once a minute. */
  expire(): Promise<number>;
  /** Ends what is under way, then closes the store. */
  close(): Promise<void>;
}

/**
 * Starts a DynamoDB on 127.0.0.1: dynalite's reads and tables, with durable writes, transactions and a time to live.
 *
 * @throws DataFolderError when the folder is locked by another process or can't be used
 */
export async function startDynamoDb({ path, port = 0, now = Date.now }: DynamoDbOptions): Promise<DynamoDb> {
  const engine = await openEngine(path, now);
  const known = operations(engine, await loadTokens(engine));
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(task: Promise<T>): Promise<T> => {
    underWay.add(task);
    const done = (): boolean => underWay.delete(task);
    task.then(done, done);
    return task;
  };
  let closed: Promise<void> | null = null;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    if (closed !== null) response.destroy();
    else
      track(answer(request, response, known)).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
  });
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    await engine.close();
    throw error;
  }
  let sweep = Promise.resolve(0);
  const sweepNext = (): Promise<number> => {
    // One after the other: two at once would find the same items.
    sweep = track(sweep.catch(() => 0).then(() => expire(engine)));
    return sweep;
  };
  const timer = setInterval(() => {
    sweepNext().catch((error: unknown) => {
      console.error('dynamodb: removal of expired items failed', error);
    });
  }, SWEEP_MS);
  timer.unref();

  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    port: address.port,
    expire: sweepNext,
    close: () => (closed ??= close()),
  };

  async function close(): Promise<void> {
    clearInterval(timer);
    const gone = once(server, 'close');
    server.close();
    await Promise.allSettled(underWay);
    server.closeAllConnections();
    await gone;
    await engine.close();
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  known: ReadonlyMap<string, Operation>,
): Promise<void> {
  const body = await read(request);
  let status = 200;
  let reply: unknown;
  try {
    reply = await perform(request, body, known);
  } catch (error) {
    if (!isFailure(error)) console.error('dynamodb: a request failed', error);
    const failed = isFailure(error) ? error : internalError();
    status = failed.statusCode;
    reply = failed.body;
  }
  const json = Buffer.from(JSON.stringify(reply));
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': json.length,
    'x-amzn-requestid': randomUUID(),
    'x-amz-crc32': crc32(json),
  });
  // Until then a shutdown must not cut the connection.
  const sent = once(response, 'close');
  response.end(json);
  await sent;
}

/** @throws Failure as DynamoDB answers */
async function perform(
  { method, headers }: IncomingMessage,
  body: Buffer | null,
  known: ReadonlyMap<string, Operation>,
): Promise<unknown> {
  if (body === null)
    throw Object.assign(failure('RequestEntityTooLarge', 'The request is too large'), { statusCode: 413 });
  const [version, name = ''] = (headers['x-amz-target']?.toString() ?? '').split('.');
  const operation = version === 'DynamoDB_20120810' ? known.get(name) : undefined;
  const type = headers['content-type']?.split(';')[0]?.trim() ?? '';
  if (method !== 'POST' || !JSON_TYPES.has(type) || operation === undefined) {
    throw failure('UnknownOperationException', 'Unknown operation');
  }
  if (!headers.authorization?.startsWith('AWS4-')) {
    throw failure('MissingAuthenticationTokenException', 'Request is missing Authentication Token');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString());
  } catch (error) {
    throw failure('SerializationException', error instanceof SyntaxError ? 'The body is no JSON' : 'Unreadable body');
  }
  if (typeof parsed !== 'object' || parsed === null) throw failure('SerializationException', 'The body is no object');
  return operation(parsed);
}

/** A request's body; null when it is longer than DynamoDB takes. */
async function read(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_REQUEST_BYTES) chunks.push(chunk);
  }
  return length <= MAX_REQUEST_BYTES ? Buffer.concat(chunks) : null;
}

function internalError(): ReturnType<typeof failure> {
  return Object.assign(failure('InternalServerError', 'The emulator failed'), { statusCode: 500 });
}
