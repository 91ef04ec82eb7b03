import { pipeline } from 'node:stream/promises';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { forbidden, headersOf, isEdgeHeader, sourceIpOf } from './edge.ts';

/** What the platform knows of a call, beside the request itself. */
export interface Bindings {
  readonly requestId: string;
  /** The caller's address as the platform saw it: from no header that a caller can send. */
  readonly sourceIp: string;
}

/** Answers one request: what `app.fetch` is. */
export type Fetch = (request: Request, bindings: Bindings) => Response | Promise<Response>;

/** The part of Lambda's response stream that is used here. */
export interface ResponseStream extends NodeJS.WritableStream {
  destroy(error?: Error): void;
}

/** The request that a REST API (event version 1.0) event stands for. */
export function toRequest(event: APIGatewayProxyEvent): Request {
  // The path with the stage's name, which is the contract's "/v1": behind a custom domain and without one alike.
  const url = new URL(event.requestContext.path, 'https://gateway.invalid');
  for (const [name, values] of Object.entries(event.multiValueQueryStringParameters ?? {})) {
    for (const value of values ?? []) url.searchParams.append(name, value);
  }
  const headers = new Headers();
  for (const [name, values] of headersOf(event)) {
    if (isEdgeHeader(name)) continue;
    for (const value of values) headers.append(name, latin1(value));
  }
  const body = event.body === null ? null : Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
  if (body !== null) headers.set('content-length', String(body.length));
  const bodied = event.httpMethod !== 'GET' && event.httpMethod !== 'HEAD';
  return new Request(url, { method: event.httpMethod, headers, body: bodied ? body : null });
}

function answer(fetch: Fetch, event: APIGatewayProxyEvent, edgeSecret: string | null): Response | Promise<Response> {
  const { requestId } = event.requestContext;
  const sourceIp = sourceIpOf(event, edgeSecret);
  return sourceIp === null ? forbidden(requestId) : fetch(toRequest(event), { requestId, sourceIp });
}

/**
 * A handler that gives its answer whole.
 *
 * @param edgeSecret what tells calls of the distribution in front from all others, which are refused; null where there
 *   is none
 */
export function buffered(
  fetch: Fetch,
  edgeSecret: string | null = null,
): (event: APIGatewayProxyEvent) => Promise<APIGatewayProxyResult> {
  return async (event) => {
    const response = await answer(fetch, event, edgeSecret);
    const body = Buffer.from(await response.arrayBuffer());
    const binary = response.headers.get('content-type') === 'application/pdf';
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: body.toString(binary ? 'base64' : 'utf8'),
      isBase64Encoded: binary,
    };
  };
}

/**
 * A handler that streams its answer. A body that breaks off breaks the connection: what came is authentic, but the
 * caller must not take it for the whole.
 *
 * @param open puts status and headers before the stream (`awslambda.HttpResponseStream.from`)
 * @param edgeSecret as `buffered` takes it
 */
export function streamed(
  fetch: Fetch,
  open: (stream: ResponseStream, head: { statusCode: number; headers: Record<string, string> }) => ResponseStream,
  edgeSecret: string | null = null,
): (event: APIGatewayProxyEvent, stream: ResponseStream) => Promise<void> {
  return async (event, stream) => {
    const response = await answer(fetch, event, edgeSecret);
    const out = open(stream, { statusCode: response.status, headers: Object.fromEntries(response.headers) });
    // The runtime puts the head before the first write: an end alone would go out without it.
    out.write('');
    const body: AsyncIterable<Uint8Array> | readonly [] = response.body ?? [];
    // Where one of the two breaks, the pipeline destroys the other. Nobody is left to be told.
    await pipeline(body, out).catch(() => undefined);
  };
}

/** Header values are bytes: what is beyond Latin-1 is no header that this service reads. */
function latin1(value: string): string {
  // By way of its bytes, for a lone surrogate has none and would throw.
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : encodeURIComponent(Buffer.from(value).toString());
}
