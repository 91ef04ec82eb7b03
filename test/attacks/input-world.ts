import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { composeAll } from '../../lambda/compose.ts';
import { PLAIN_STATIONERY } from '../../lambda/domain/stationery.ts';
import { buffered } from '../../lambda/http/gateway.ts';
import { type Answer, answerOf, verdict } from '../fixtures/app.ts';
import { type EventOptions, gatewayEvent } from '../fixtures/gateway-event.ts';
import { type Attacked, type Member, startAttacked } from './service.ts';

/** The one origin that the service lists. */
export const ORIGIN = 'https://app.example.com';
/** An id that never existed. */
export const UNKNOWN_ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF\n');

export interface Sent {
  readonly token?: string;
  /** Sent as JSON, or as it stands when it is bytes. */
  readonly body?: unknown;
  /** As they stand; a list makes a header more than once. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

/** An answer as the last line of the table holds it to the rules of every answer. */
export interface Seen {
  /** As `GET /v1/items`; null where the connection carried more than one, or none. */
  readonly call: string | null;
  readonly answer: Answer;
  /** The values that were sent: in path, query, headers and body. */
  readonly sent: readonly string[];
}

/** The local service, two accounts in it, and ways to send it what no client would. */
export interface InputWorld {
  readonly attacked: Attacked;
  /** Who attacks. */
  readonly mine: Member;
  /** Whose the data is that is attacked. */
  readonly theirs: Member;
  /** Every answer that came by any of the ways below. */
  readonly seen: readonly Seen[];
  /** By HTTP/1.1, method, path, headers and body as they stand. */
  readonly call: (call: string, sent?: Sent) => Promise<Answer>;
  /** {@link call} by who attacks, and what came in the words of the table. */
  readonly try: (call: string, sent?: Sent) => Promise<string>;
  /** Bytes on a connection, and the answers on it: until it ends, or as many came as are waited for. */
  readonly wire: (bytes: string | Uint8Array, answers?: number) => Promise<Answer[]>;
  /** By the gateway's adapter, with an event as API Gateway sends it. */
  readonly gateway: (call: string, options: EventOptions, isBase64Encoded?: boolean) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** How long a connection may be silent before what came on it is all, ms. */
const SILENCE_MS = 10_000;

/** Starts the service with one listed origin and two accounts. */
export async function startInputWorld(): Promise<InputWorld> {
  const attacked = await startAttacked({ allowedOrigins: [ORIGIN] });
  const agent = new Agent({ keepAlive: true });
  const hasher = createPasswordHasher({ workers: 0 });
  const { hostname, port } = new URL(attacked.url);
  const handler = gatewayOf(attacked, hasher);
  const seen: Seen[] = [];
  const note = (call: string | null, answer: Answer, sent: readonly string[]) => {
    seen.push({ call, answer, sent });
    return answer;
  };

  const call: InputWorld['call'] = async (named, { token, body, headers = {} } = {}) => {
    const [method = '', path = ''] = named.split(/ (.*)/s);
    const bytes = body === undefined || body instanceof Uint8Array ? body : Buffer.from(JSON.stringify(body));
    const all: OutgoingHttpHeaders = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    for (const [name, value] of Object.entries(headers)) all[name] = value;
    // Node's client gives a body its length only where the method usually has one.
    if (bytes !== undefined && all['transfer-encoding'] === undefined) all['content-length'] = bytes.length;
    const send = () =>
      new Promise<Response>((resolve, reject) => {
        const sent = request({ agent, host: hostname, port, method, path, headers: all }, (incoming) => {
          const parts: Buffer[] = [];
          incoming.on('data', (part: Buffer) => parts.push(part));
          incoming.on('error', reject);
          incoming.on('end', () => {
            resolve(responseOf(incoming.statusCode ?? 0, incoming.rawHeaders, Buffer.concat(parts)));
          });
        });
        // A connection that was idle may end just as it is taken: what was sent on it was not read.
        sent.on('error', (error) => {
          if (sent.reusedSocket) resolve(send());
          else reject(error);
        });
        sent.end(bytes);
      });
    const response = await send();
    const values = Object.values(all).flat().map(String);
    return note(named, await answerOf(response), [...values, ...valuesIn(path), ...(bytes ? textsIn(bytes) : [])]);
  };

  const wire: InputWorld['wire'] = async (bytes, answers = Number.POSITIVE_INFINITY) => {
    const came = await new Promise<Buffer>((resolve) => {
      const socket = connect(Number(port), hostname);
      const parts: Buffer[] = [];
      const end = () => {
        socket.destroy();
        resolve(Buffer.concat(parts));
      };
      socket.setTimeout(SILENCE_MS, end);
      socket.on('data', (part) => {
        parts.push(part);
        if (responsesIn(Buffer.concat(parts)).length >= answers) end();
      });
      // A reset says no more than an end: what came before it is what came.
      socket.on('error', end);
      socket.on('close', end);
      socket.write(bytes);
    });
    const responses = await Promise.all(responsesIn(came).map(answerOf));
    const words =
      Buffer.from(bytes)
        .toString('latin1')
        .match(/\w{8,}/g) ?? [];
    return responses.map((answer) => note(null, answer, words));
  };

  const gateway: InputWorld['gateway'] = async (named, options, isBase64Encoded) => {
    const event = gatewayEvent(named, options);
    const {
      statusCode,
      headers = {},
      body,
      isBase64Encoded: isBytes,
    } = await handler(isBase64Encoded === undefined ? event : { ...event, isBase64Encoded });
    const bytes = Buffer.from(body, isBytes === true ? 'base64' : 'utf8');
    const fields = Object.entries(headers).flatMap(([name, value]) => [name, String(value)]);
    const values = Object.values(options.headers ?? {}).flat();
    const texts = textsIn(Buffer.from(options.body ?? ''));
    return note(named, await answerOf(responseOf(statusCode, fields, bytes)), [...values, ...texts]);
  };

  const [mine, theirs] = [
    await attacked.register('attacker@example.com'),
    await attacked.register('owner@example.com'),
  ];
  return {
    attacked,
    mine,
    theirs,
    seen,
    call,
    wire,
    gateway,
    try: async (named, sent) => verdict(await call(named, { token: mine.token, ...sent })),
    close: async () => {
      agent.destroy();
      await hasher.close();
      await attacked.close();
    },
  };
}

/** The same deployment as API Gateway reaches it. */
function gatewayOf({ cloud, telemetry }: Attacked, hasher: ReturnType<typeof createPasswordHasher>) {
  const { table, bucket, wrapKeyArns, macKeyArn, region, endpoints, credentials } = cloud;
  const HOUR_MS = 3_600_000;
  const settings = {
    bcryptCost: 10,
    suite: 2,
    pepper: 1,
    minPasswordLength: 15,
    sessionCacheMs: 0,
    sessionsSince: 0,
    sessionMs: 8 * HOUR_MS,
    idleMs: HOUR_MS,
    retentionDays: 90,
  } as const;
  const config = { table, wrapKeyArns, macKeyArns: [macKeyArn], allowedOrigins: [ORIGIN], stage: 'test', settings };
  const platform = { config, telemetry, aws: { region, endpoints, credentials } };
  return buffered(composeAll(platform, bucket, { ...PLAIN_STATIONERY, logo: null }, hasher));
}

/** What stands in a path and a query, names of parameters left out. */
function valuesIn(path: string): string[] {
  const [segments = '', query = ''] = path.split(/\?(.*)/s);
  return [...segments.split('/'), ...query.split('&').map((pair) => pair.split(/=(.*)/s)[1] ?? '')];
}

/** The strings in a JSON text that are values, or in what should have been one. */
function textsIn(body: Uint8Array): string[] {
  const found = Buffer.from(body)
    .toString()
    .matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?/g);
  return [...found].flatMap(([, literal = '', colon]) => (colon === undefined ? [literal.slice(1, -1)] : []));
}

function responseOf(status: number, rawHeaders: readonly string[], body: Buffer): Response {
  const headers = new Headers();
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '');
  return new Response([204, 304].includes(status) ? null : Uint8Array.from(body), { status, headers });
}

/** The answers in what came on a connection, those in the middle of which it ends left out, and 1xx too. */
function responsesIn(bytes: Buffer): Response[] {
  const found: Response[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end < 0) break;
    const [first = '', ...lines] = bytes.subarray(at, end).toString('latin1').split('\r\n');
    const fields = lines.flatMap((line) => line.split(/: ?(.*)/s).slice(0, 2));
    const status = Number(first.split(' ')[1]);
    const response = responseOf(Math.max(200, status), fields, Buffer.alloc(0));
    const length = Number(response.headers.get('content-length') ?? 0);
    const chunked = response.headers.get('transfer-encoding') === 'chunked';
    const bodyEnd = chunked ? bytes.indexOf('0\r\n\r\n', end) + 5 : end + 4 + length;
    if (bodyEnd > bytes.length || (chunked && bodyEnd < end)) break;
    if (status >= 200)
      found.push(responseOf(status, fields, chunked ? Buffer.alloc(0) : bytes.subarray(end + 4, bodyEnd)));
    at = bodyEnd;
  }
  return found;
}

/** Every row as a text, in order, without what each call of a session writes down of it once a minute. */
export async function rowsOf({ table }: Attacked): Promise<string[]> {
  const rows = await table.all();
  const told = rows.map(({ lastSeenAt: _seen, writtenBy: _by, ...row }) =>
    JSON.stringify(row, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    ),
  );
  return told.sort();
}

/** What came to several requests: each answer told once. */
export function alike(said: readonly string[]): string {
  return [...new Set(said)].sort().join(' or ');
}
