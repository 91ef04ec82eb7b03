import type { Answer, Body, Call, Params } from './contract.ts';
import { TwinlockError } from './errors.ts';
import type { CallOptions } from './types.ts';

/** One call's parts. */
export interface Sending<C extends Call> extends CallOptions {
  readonly params?: Params<C>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: Body<C>;
  /** Sent as `application/pdf`, in place of JSON. */
  readonly pdf?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Whether it may be sent again when nobody knows whether it took effect. */
  readonly again: boolean;
  /** Without a session. */
  readonly open?: true;
  /** Sent with this token in place of the session's. */
  readonly token?: string;
  /** What a refusal means of a call that may have taken effect when it was sent before: the answer, or a throw. */
  readonly settle?: (error: TwinlockError) => Answer<C> | Promise<Answer<C>>;
}

/** The request that a call is. @throws TwinlockError `not_found` for an id that none has */
export function requestOf<C extends Call>(
  base: string,
  call: C,
  { params, query = {}, body, pdf, headers: more, signal }: Sending<C>,
  token: string | undefined,
  seen: number,
): { readonly url: string; readonly init: RequestInit } {
  const [method = '', path = ''] = call.split(' ');
  const values: Readonly<Record<string, string>> = { ...params };
  const url = new URL(base + path.replace(/\{(\w+)\}/g, (_, name: string) => idOf(values[name])));
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries({
    authorization: token && `Bearer ${token}`,
    'content-type': pdf ? 'application/pdf' : body && 'application/json',
    'x-vault-revision-seen': seen > 0 ? String(seen) : undefined,
    ...more,
  })) {
    if (value !== undefined) headers.set(name, value);
  }
  const init: RequestInit = {
    method,
    headers,
    // The token goes to this service alone, and nothing of an answer is kept.
    redirect: 'error',
    cache: 'no-store',
    credentials: 'omit',
    referrerPolicy: 'no-referrer',
    ...(signal && { signal }),
  };
  const sent = pdf ?? (body && JSON.stringify(body));
  if (sent) init.body = sent;
  return { url: url.href, init };
}

/** Only what stays in its place in a path; the service answers alike for what is no id. */
function idOf(text = ''): string {
  if (!/^\w+$/.test(text)) throw new TwinlockError('not_found');
  return text;
}

/** A random name for one request, or the caller's own. */
export function keyOf(idempotencyKey?: string): { readonly 'idempotency-key': string } {
  // Unlike randomUUID it is there on a page without TLS too.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { 'idempotency-key': idempotencyKey ?? random };
}

/** A removal that was sent before has taken effect where there is nothing left. @throws what else was refused */
export function goneIsFine(error: TwinlockError): undefined {
  if (error.code !== 'not_found') throw error;
}
