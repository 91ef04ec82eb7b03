import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type ClientRequest, request as httpRequest } from 'node:http';
import { composeAll } from '../../lambda/compose.ts';
import { PLAIN_STATIONERY } from '../../lambda/domain/stationery.ts';
import { buffered, type Fetch } from '../../lambda/http/gateway.ts';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { type Answer, answerOf, type Client, PASSWORD, verdict } from '../fixtures/app.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { type Attacked, type Member, type RawRow } from './service.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
/** A password that no account here has, strong enough to be one. */
export const WRONG = 'nine blue kettles sing';
/** A password that accounts here change to. */
export const OTHER = 'four brass anchors drift';

/** Where an owner is who registered over HTTP. */
export const HOME = '127.0.0.1';
/** An address that no account here was ever signed in to from. */
export const AWAY = '203.0.113.5';

/** Signs in by one client or another. */
export function signIn(call: Client, email: string, password: string, send: Partial<Parameters<Client>[1]> = {}) {
  return call('POST /v1/sessions', { ...send, body: { email, password } });
}

/** One more session of a member. */
export async function anotherSession({ call }: Attacked, { email, password }: Member): Promise<string> {
  return (await signIn(call, email, password)).text('session.token');
}

/** The same deployment once more, without a socket. */
export function gatewayFetch({ cloud, telemetry, clock, hasher }: Attacked): Fetch {
  const { region, endpoints, credentials } = cloud;
  const lives = {
    minPasswordLength: 15,
    sessionCacheMs: 0,
    sessionsSince: 0,
    sessionMs: 8 * HOUR,
    idleMs: 30 * MINUTE,
    retentionDays: 90,
  };
  const config = {
    table: cloud.table,
    wrapKeyArns: cloud.wrapKeyArns,
    macKeyArns: [cloud.macKeyArn],
    allowedOrigins: [],
    stage: 'local',
    settings: { bcryptCost: 10, suite: 2, pepper: 1, ...lives } as const,
  };
  const platform = { config, aws: { region, endpoints, credentials }, telemetry, clock };
  return composeAll(platform, cloud.bucket, { ...PLAIN_STATIONERY, logo: null }, hasher);
}

/** {@link gatewayFetch} behind production's adapter: a call comes from the `sourceIp` it names, or from {@link AWAY}. */
export function gatewayClient(attacked: Attacked): Client {
  const handler = buffered(gatewayFetch(attacked));
  return async (call, { token, body, headers = {}, sourceIp = AWAY } = {}) => {
    const all = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const result = await handler(gatewayEvent(call, { headers: all, ...sent, sourceIp }));
    return answerWith(result.statusCode, result.headers, result.body);
  };
}

/** An answer that did not come by fetch. */
export function answerWith(
  status: number,
  headers: Readonly<Record<string, unknown>> = {},
  body = '',
): Promise<Answer> {
  const all = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  return answerOf(new Response(body === '' ? null : body, { status, headers: all }));
}

/** Sends a GET with headers as they stand, some of them more than once. */
export function rawGet(url: string, headers: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { host } = new URL(url);
    const request = httpRequest(url, { method: 'GET', headers: ['host', host, ...headers] }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const { statusCode = 0, headers } = response;
        answerWith(statusCode, headers, Buffer.concat(parts).toString()).then(resolve, reject);
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** What something cost the deployment. */
export interface Cost {
  /** Each call of a cloud service that was made, such as `kms Decrypt`, in order of the alphabet. */
  readonly calls: readonly string[];
  /** Passwords that were hashed. */
  readonly hashes: number;
}

/** What one piece of work costs, with nothing else under way. The SDK's own retries count as calls. */
export async function costOf<T>(attacked: Attacked, work: () => Promise<T>): Promise<{ result: T; cost: Cost }> {
  const before = attacked.hashes();
  const calls: string[] = [];
  const services = Object.entries(attacked.cloud.endpoints).map(([name, url]) => [name, new URL(url).host] as const);
  const note = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    const [service] = services.find(([, host]) => host === request.getHeader('host')) ?? [];
    if (service === undefined) return;
    const target = request.getHeader('x-amz-target');
    calls.push(`${service} ${typeof target === 'string' ? (target.split('.')[1] ?? '') : request.method}`);
  };
  subscribe('http.client.request.start', note);
  try {
    const result = await work();
    return { result, cost: { calls: calls.sort(), hashes: attacked.hashes() - before } };
  } finally {
    unsubscribe('http.client.request.start', note);
  }
}

/** What differs between any two answers, or between connections. */
const APART = new Set(['connection', 'content-length', 'date', 'keep-alive', 'x-request-id']);

/** All that an answer tells, but what differs between any two of them. */
export function told({ status, headers, body }: Answer) {
  return {
    status,
    headers: [...headers].filter(([name]) => !APART.has(name)),
    body: { ...(body as object), requestId: '' },
  };
}

/** How often each answer came: `1 × 201, 19 × 409 account_exists`. */
export function tally(answers: readonly Answer[]): string {
  const counts = new Map<string, number>();
  for (const answer of answers.map(verdict).sort()) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return [...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ');
}

/** The one answer that all gave. @throws Error where they differ */
export function alike(answers: readonly Answer[]): string {
  const [first, ...others] = new Set(answers.map(verdict));
  if (first === undefined || others.length > 0) throw new Error(`not one answer: ${tally(answers)}`);
  return first;
}

/** One after the other. */
export async function inTurn<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  for (const work of works) results.push(await work());
  return results;
}

/** So many of the same work. */
export function times<T>(count: number, work: (place: number) => T): T[] {
  return Array.from({ length: count }, (_, place) => work(place));
}

/** Every call that asks for a session, its ids filled in. */
export const SIGNED_IN_CALLS: readonly string[] = Object.values<Route>(ROUTES)
  .filter(({ open }) => open !== true)
  .map(
    ({ method, path }) => `${method} ${path.replace('{part}', '1').replace(/\{\w+\}/g, '01ARZ3NDEKTSV4RRFFQ69G5FAV')}`,
  );

/** What a token is answered by every call that asks for a session. */
export async function everywhere({ call }: Attacked, token: string): Promise<string> {
  return alike(await inTurn(SIGNED_IN_CALLS.map((name) => () => call(name, { token, body: bodyOf(name) }))));
}

/** @returns what fits to a call that takes JSON, and nothing for one that does not; the right password where it takes one */
function bodyOf(call: string): unknown {
  return /^(?:POST|PUT|PATCH) /.test(call) ? { password: PASSWORD } : undefined;
}

/** An account's rows, by their sort keys. */
export async function rowsOf({ table }: Attacked, accountId: string): Promise<Map<string, RawRow>> {
  const rows = (await table.all()).filter((row) => row['pk']?.S === `A#${accountId}`);
  return new Map(rows.map((row) => [row['sk']?.S ?? '', row]));
}

/** The counters of failed tries in the table. */
export async function counters({ table }: Attacked): Promise<RawRow[]> {
  return (await table.all()).filter((row) => row['pk']?.S?.startsWith('T#') === true);
}
