import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import { HttpResponse } from '@smithy/core/protocols';
import { StandardRetryStrategy } from '@smithy/core/retry';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { HandlerExecutionContext, MiddlewareStack } from '@smithy/types';
import { conflict, failed, throttled } from './refusals.ts';

/** What befalls an attempt of a cloud call. Where the process ends, nothing arrives from then on: `done` what it had sent. */
export const FAULTS = [
  'unsent',
  'throttled',
  'failed',
  'timed out',
  'answer lost',
  'timed out, done',
  'conflict',
  'cut off',
  'late',
  'ended',
  'ended, done',
] as const;
export type Fault = (typeof FAULTS)[number];

export type ServiceName = 'dynamodb' | 'kms' | 's3';

/** A fault to come. */
export interface Plan {
  /** Which cloud call meets it: its place, from 0, or what it is, as `s3:PutObject`: then the first one. */
  readonly at: number | string;
  readonly fault: Fault;
  /** Whether each attempt of that call meets it, or the first alone. */
  readonly lasting: boolean;
}

/** A cloud call: what it is for the SDK's caller, however often the SDK sends it. */
interface Sent {
  readonly service: ServiceName;
  /** As `PutItem`. */
  readonly operation: string;
  readonly place: number;
  /** Whether it is the planned one, or the same object put anew: that the adapter tries again by itself. */
  readonly doomed: boolean;
  /** Whether it is the planned one itself. */
  readonly planned: boolean;
  attempts: number;
}

const WRITES = new Set(['PutItem', 'DeleteItem', 'TransactWriteItems', 'PutObject', 'DeleteObjects']);
const CONFLICTING = new Set(['PutItem', 'DeleteItem', 'TransactWriteItems', 'TransactGetItems']);
/** How late a late answer is, ms: others on loopback are quicker. */
const LATE_MS = 5;
const ATTEMPTS = 3;
const PATIENT = { connectionTimeout: 60_000, requestTimeout: 60_000, httpAgent: { keepAlive: true } };

/** Where all cloud calls of the service pass: it counts them, and does to one of them what is planned. */
export class Gate {
  /** The operations that were called since {@link begin}, in order. */
  readonly calls: string[] = [];
  /** The places of calls that were under way beside others. */
  readonly beside = new Set<number>();
  /** How often anything was sent, or would have been. */
  attempts = 0;
  /** Whether the planned call was reached. */
  met = false;
  /** Whether anything arrived that may have changed the table, or the bucket. */
  readonly touched = { table: false, bucket: false };
  readonly #underWay = new Set<Sent>();
  readonly #sent = new WeakMap<object, Sent>();
  #plan: Plan | null = null;
  #object: string | null = null;
  #strategy = impatient();

  /** Forgets what was counted. @param plan null lets all pass */
  begin(plan: Plan | null): void {
    this.#plan = plan;
    this.#object = null;
    // A bucket of tokens that earlier faults emptied would keep the SDK from trying again.
    this.#strategy = impatient();
    this.calls.length = 0;
    this.beside.clear();
    [this.attempts, this.met] = [0, false];
    [this.touched.table, this.touched.bucket] = [false, false];
  }

  /** Comes back once nothing is under way: an answer may leave before all that was begun for it has ended. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < 3; quiet = this.#underWay.size === 0 ? quiet + 1 : 0) {
      await (this.#underWay.size === 0 ? new Promise(setImmediate) : pause(1));
    }
  }

  /** Sends a client's calls through here, its retries without their pauses. */
  guard(client: DynamoDBClient | KMSClient | S3Client, service: ServiceName): void {
    client.config.retryStrategy = () => Promise.resolve(this.#strategy);
    // A busy machine must not look like a cloud that fails.
    client.config.requestHandler = new NodeHttpHandler(PATIENT);
    // Each client has a stack of its own type, and what is added here looks at none of them.
    const stack = client.middlewareStack as unknown as MiddlewareStack<object, object>;
    stack.add(
      (next, context) => async (args) => {
        const sent = this.#enter(service, operationOf(context), args.input);
        this.#sent.set(context, sent);
        try {
          return await next(args);
        } finally {
          this.#underWay.delete(sent);
        }
      },
      { step: 'initialize', priority: 'high', name: 'counted' },
    );
    // Next to the wire: what the SDK makes of an answer, or of none, and whether it tries again, is its own.
    stack.add(
      (next, context) => async (args) => {
        const sent = this.#sent.get(context);
        if (sent === undefined) throw new Error('a call came by another way');
        return this.#attempt(sent, () => next(args));
      },
      { step: 'deserialize', priority: 'low', name: 'faulty' },
    );
  }

  #enter(service: ServiceName, operation: string, input: object): Sent {
    const place = this.calls.push(`${service}:${operation}`) - 1;
    const object = operation === 'PutObject' && 'Key' in input ? String(input.Key) : null;
    const planned =
      this.#plan !== null && !this.met && (place === this.#plan.at || this.calls[place] === this.#plan.at);
    if (planned) [this.met, this.#object] = [true, object];
    const doomed = planned || (object !== null && object === this.#object);
    const sent: Sent = { service, operation, place, doomed, planned, attempts: 0 };
    if (this.#underWay.size > 0) for (const one of [...this.#underWay, sent]) this.beside.add(one.place);
    this.#underWay.add(sent);
    return sent;
  }

  async #attempt<T extends { response: unknown }>(sent: Sent, pass: () => Promise<T>): Promise<T> {
    this.attempts++;
    const fault = this.#faultOf(sent);
    sent.attempts++;
    if (fault === 'unsent' || fault === 'ended' || (fault === 'ended, done' && sent.attempts > 1))
      throw connectionReset();
    if (fault === 'timed out') throw timeout();
    if (fault === 'throttled') return { response: throttled(sent.service) } as T;
    if (fault === 'failed') return { response: failed(sent.service) } as T;
    if (fault === 'conflict') return { response: conflict(sent.operation) } as T;
    if (WRITES.has(sent.operation)) this.touched[sent.service === 's3' ? 'bucket' : 'table'] = true;
    const result = await pass();
    if (fault === 'answer lost' || fault === 'timed out, done' || fault === 'ended, done') {
      bodyOf(result.response).resume();
      throw fault === 'timed out, done' ? timeout() : connectionReset();
    }
    if (fault === 'late') await pause(LATE_MS);
    if (fault === 'cut off') cutOff(result.response);
    return result;
  }

  #faultOf({ doomed, planned, attempts }: Sent): Fault | null {
    if (this.#plan === null) return null;
    const { fault, lasting } = this.#plan;
    if (isEnd(fault)) return planned ? fault : this.met ? 'ended' : null;
    if (!doomed) return null;
    return lasting || (attempts === 0 && planned) ? fault : null;
  }
}

/** Whether nothing arrives behind it. */
export function isEnd(fault: Fault): boolean {
  return fault === 'ended' || fault === 'ended, done';
}

/** What the cloud does of what it is asked: faults of one effect leave the same behind. */
export function effectOf(fault: Fault): 'nothing' | 'all' | 'conflict' {
  if (fault === 'conflict') return 'conflict';
  return ['answer lost', 'timed out, done', 'cut off', 'late', 'ended, done'].includes(fault) ? 'all' : 'nothing';
}

/** Whether a fault can befall a call. @param call as `dynamodb:PutItem` */
export function canMeet(fault: Fault, lasting: boolean, call: string, isBeside: boolean): boolean {
  const [, operation = ''] = call.split(':');
  if (fault === 'conflict') return !lasting && CONFLICTING.has(operation);
  if (fault === 'cut off') return !lasting && operation === 'GetObject';
  if (fault === 'late') return !lasting && isBeside;
  if (isEnd(fault)) return lasting;
  // But for the adapter that puts objects, only the SDK tells them from what is never sent, and what is never answered.
  if (fault === 'timed out' || fault === 'timed out, done') return !lasting || operation === 'PutObject';
  return true;
}

/** The SDK's own strategy, which says what is tried again and how often, without its pauses. */
function impatient(): StandardRetryStrategy {
  const backoff = { computeNextBackoffDelay: () => 0, setDelayBase: () => undefined };
  return new StandardRetryStrategy({ maxAttempts: ATTEMPTS, backoff });
}

function operationOf({ commandName = '' }: HandlerExecutionContext): string {
  return commandName.replace(/Command$/, '');
}

function connectionReset(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/** As the SDK's handler throws it. */
function timeout(): Error {
  return Object.assign(new Error('the request took too long'), { name: 'TimeoutError' });
}

/** The body of an answer. Left unread, it would keep its connection for ever. */
function bodyOf(response: unknown): Readable {
  if (HttpResponse.isInstance(response) && response.body instanceof Readable) return response.body;
  throw new TypeError('no answer of the wire');
}

/** Lets the body of an answer break off half-way. */
function cutOff(response: unknown): void {
  const body = bodyOf(response);
  const { headers } = response as HttpResponse;
  Object.assign(response as HttpResponse, {
    body: Readable.from(half(body, Number(headers['content-length'])), { objectMode: false }),
  });
}

async function* half(body: Readable, length: number): AsyncGenerator<Uint8Array> {
  let left = Math.floor(length / 2);
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) throw connectionReset();
  }
}
