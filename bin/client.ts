/** An answer of the API, read whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The JSON object of the body; empty where it is none. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

export interface Send {
  readonly token?: string | null;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes one call, named as `POST /v1/items`. @throws Error when no whole answer came in time */
export type Call = (what: string, send?: Send) => Promise<Answer>;

/** Longer than the gateway waits for a function, ms. */
const PATIENCE_MS = 35_000;
const LOOPBACK = /^(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/;

/**
 * Where the API is, without `/v1` and the slash behind it, which paths begin with.
 *
 * @param text the address of a deployment, with or without `/v1`, with or without a slash at its end
 * @throws Error for what is no such address, and for one without TLS that is not this machine's
 */
export function apiAddress(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) throw new Error('this is no http or https address');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new Error('the address has more than a host and a path');
  }
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Error('passwords go over TLS alone: the address must begin with https://');
  }
  return url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
}

/** A client of the API at an address as `apiAddress` gives it. A redirection is an error: nobody else is to see a token. */
export function clientOf(address: string): Call {
  return async (what, { token = null, body, headers = {} } = {}) => {
    const [method = '', path = ''] = what.split(' ');
    const response = await fetch(address + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, bytes, body: isJson ? objectIn(bytes) : {} };
  };
}

/** What a proxy or a broken service calls JSON need not be any. */
function objectIn(bytes: Buffer): Answer['body'] {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return typeof value === 'object' && value !== null ? (value as Answer['body']) : {};
  } catch {
    return {};
  }
}
