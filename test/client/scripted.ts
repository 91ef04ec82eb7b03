import { jest } from '@jest/globals';
import { TwinlockClient } from '../../client/src/main.ts';
import type { ClientOptions } from '../../client/src/types.ts';

/** A request as it was sent. */
export interface Sent {
  /** As `GET /v1/items?limit=2`. */
  readonly call: string;
  readonly headers: Headers;
  readonly body: unknown;
  /** ms. */
  readonly at: number;
}

/** What comes of a request: an answer, a failure, or what a function makes of it. */
export type Step = Response | Error | ((sent: Sent, init: RequestInit) => Response | Promise<Response>);

export interface Script {
  readonly fetch: NonNullable<ClientOptions['fetch']>;
  readonly sent: Sent[];
  /** Appends steps. */
  readonly then: (...more: Step[]) => void;
}

/** A service that answers as it is told, step by step; one request too many is an error of its own. */
export function scripted(...steps: Step[]): Script {
  const sent: Sent[] = [];
  const left = [...steps];
  return {
    sent,
    then: (...more) => left.push(...more),
    fetch: async (url, init) => {
      init.signal?.throwIfAborted();
      const { pathname, search } = new URL(url);
      const { body = null } = init;
      const request: Sent = {
        call: `${init.method ?? ''} ${pathname}${search}`,
        headers: new Headers(init.headers),
        body: typeof body === 'string' ? (JSON.parse(body) as unknown) : body,
        at: Date.now(),
      };
      sent.push(request);
      const step = left.shift();
      if (step === undefined) throw new RangeError(`nothing is left for ${request.call}`);
      if (step instanceof Error) throw step;
      return typeof step === 'function' ? step(request, init) : step;
    },
  };
}

export function answer(body: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return body === null
    ? new Response(null, { status: 204, headers })
    : new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });
}

export function problem(
  status: number,
  code: string,
  headers: Record<string, string> = {},
  more: object = {},
): Response {
  const body = {
    type: `urn:problem:${code}`,
    title: code,
    status,
    code,
    detail: `${code}.`,
    requestId: 'r-1',
    ...more,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', 'x-request-id': 'r-1', ...headers },
  });
}

/** A failure without an answer. */
export const LOST = new TypeError('fetch failed');

export const EMAIL = 'owner@example.com';
export const ACCOUNT = '01JDQ00000000000000000000A';

/** What signing in answers; the token tells the sessions apart. */
export function signedIn(name = 'first', accountId = ACCOUNT): Response {
  const session = { id: `session-${name}`, token: tokenOf(name), expiresAt: 'later', idleExpiresAt: 'soon' };
  return answer({ accountId, session }, {}, 201);
}

export function tokenOf(name: string): string {
  return `tw1.secret-token-of-the-${name}-session`;
}

/** A client that is signed in, and what comes of what it sends after that. */
export async function vaultOf(
  options: ClientOptions = {},
  ...steps: Step[]
): Promise<{ vault: TwinlockClient; script: Script }> {
  const script = scripted(signedIn());
  const vault = new TwinlockClient({ baseUrl: 'https://vault.example', fetch: script.fetch, ...options });
  await vault.signIn({ email: EMAIL, password: 'three blue kettles sing' });
  script.sent.length = 0;
  script.then(...steps);
  return { vault, script };
}

/** Lets no time pass but what {@link passing} lets. */
export function stopTime(): void {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'performance'] });
}

/** More than any wait takes. */
const MAX_TURNS = 20_000;

/** What comes of a promise, all waits on its way over at once. */
export async function passing<T>(promise: Promise<T>): Promise<T> {
  const state = { isOpen: true };
  const close = () => {
    state.isOpen = false;
  };
  promise.then(close, close);
  for (let turns = 0; state.isOpen; turns++) {
    if (turns > MAX_TURNS) throw new Error('it does not end');
    await jest.advanceTimersByTimeAsync(50);
    await new Promise(setImmediate);
  }
  return promise;
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
