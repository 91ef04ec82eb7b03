import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { type Answer, answerOf } from '../fixtures/app.ts';
import type { LambdaFunction } from './lambda.ts';
import type { Outcome } from './runtime-api.ts';

/** What differs from the event of a file. */
export interface Changes {
  readonly token?: string;
  /** Names in lower case; several values as several lines. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly query?: Readonly<Record<string, readonly string[]>>;
  /** JSON, a text as it stands, bytes in base64, or none. */
  readonly body?: object | string | null;
  /** Any other field of the event. */
  readonly event?: Partial<APIGatewayProxyEvent>;
}

/** A function's answer, as the gateway reads it. */
export interface Replayed extends Answer {
  readonly streamed: boolean;
}

/** Replays events through the functions that the gateway would pass them to. */
export type Replay = (file: string, call: string, changes?: Changes) => Promise<Replayed>;

const bufferedSchema = z.strictObject({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean(),
});
const headSchema = z.strictObject({ statusCode: z.int(), headers: z.record(z.string(), z.string()) });
const PRELUDE = 'application/vnd.awslambda.http-integration-response';
const DELIMITER = Buffer.alloc(8);

export function readEvent(file: string): unknown {
  return JSON.parse(readFileSync(join(__dirname, 'events', `${file}.json`), 'utf8'));
}

/** @param call as `POST /v1/items`: its path goes into all that an event says of it */
export function replayOf(functions: ReadonlyMap<string, LambdaFunction>): Replay {
  return async (file, call, changes = {}) => {
    const [method = '', path = ''] = call.split(' ');
    const route = routeOf(path);
    const fn = functions.get(route.service);
    if (fn === undefined) throw new Error(`there is no function ${route.service}`);
    return readOutcome(await fn.invoke(changed(readEvent(file) as APIGatewayProxyEvent, method, path, route, changes)));
  };
}

/** The route whose path this is, whatever its method. */
function routeOf(path: string): Route {
  const routes: readonly Route[] = Object.values(ROUTES);
  // What is written out goes before a parameter, as in the gateway.
  const found = routes.filter((route) => patternOf(route).test(path)).sort((a, b) => braces(a) - braces(b))[0];
  if (found === undefined) throw new Error(`the gateway has no ${path}`);
  return found;
}

function patternOf({ path }: Route): RegExp {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
}

function braces({ path }: Route): number {
  return path.split('{').length;
}

function changed(
  event: APIGatewayProxyEvent,
  httpMethod: string,
  path: string,
  route: Route,
  { token, headers = {}, query, body, event: others = {} }: Changes,
): APIGatewayProxyEvent {
  const added = { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const lines = Object.entries(added).map(([name, values]) => [name, [values].flat<string[]>()] as const);
  const groups = patternOf(route).exec(path)?.groups;
  const [shown, resource] = [path, route.path].map((text) => text.slice('/v1'.length)) as [string, string];
  const custom = event.path.startsWith('/v1');
  return {
    ...event,
    resource,
    httpMethod,
    path: custom ? path : shown,
    pathParameters: groups === undefined ? null : { ...groups },
    ...(lines.length === 0 ? {} : withLines(event, lines)),
    ...(query === undefined
      ? {}
      : {
          queryStringParameters: lastOf(Object.entries(query)),
          multiValueQueryStringParameters: query as Record<string, string[]>,
        }),
    ...(body === undefined ? {} : bodyOf(body)),
    requestContext: { ...event.requestContext, httpMethod, path, resourcePath: resource },
    ...others,
  };
}

/** Headers beside those that an event has, and in place of those of the same name in any case. */
function withLines(event: APIGatewayProxyEvent, lines: readonly (readonly [string, string[]])[]) {
  const names = new Set(lines.map(([name]) => name));
  const kept = Object.entries(event.multiValueHeaders).filter(([name]) => !names.has(name.toLowerCase()));
  const all = [...kept.map(([name, values]) => [name, values ?? []] as const), ...lines];
  return { headers: lastOf(all), multiValueHeaders: Object.fromEntries(all) };
}

function lastOf(lists: readonly (readonly [string, readonly string[]])[]): Record<string, string | undefined> {
  return Object.fromEntries(lists.map(([name, values]) => [name, values.at(-1)]));
}

function bodyOf(body: object | string | null): Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'> {
  if (body instanceof Uint8Array) return { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
  return { body: body === null || typeof body === 'string' ? body : JSON.stringify(body), isBase64Encoded: false };
}

/** @throws Error for an answer that the gateway would turn into a 502 */
async function readOutcome({ bytes, contentType, streamed, broken, failed }: Outcome): Promise<Replayed> {
  if (failed || broken) throw new Error(`the function ${failed ? 'failed' : 'broke off'}: ${bytes.toString()}`);
  if (!streamed) {
    const { statusCode, headers, body, isBase64Encoded } = bufferedSchema.parse(JSON.parse(bytes.toString()));
    return toAnswer(statusCode, headers, Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'), streamed);
  }
  const end = bytes.indexOf(DELIMITER);
  if (contentType !== PRELUDE || end < 0) throw new Error(`a stream without a head, of ${contentType}`);
  const { statusCode, headers } = headSchema.parse(JSON.parse(bytes.subarray(0, end).toString()));
  return toAnswer(statusCode, headers, bytes.subarray(end + DELIMITER.length), streamed);
}

async function toAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  bytes: Buffer,
  streamed: boolean,
): Promise<Replayed> {
  const body = bytes.length === 0 ? null : Uint8Array.from(bytes);
  return { ...(await answerOf(new Response(body, { status, headers }))), streamed };
}
