import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { equal } from '../crypto/bytes.ts';
import { EDGE_HEADERS, FIXED_HEADERS, FORBIDDEN, problemJson } from './route-list.ts';

/**
 * The caller's address: as the gateway saw it, or as the distribution in front did, which calls the gateway from its
 * own. `x-forwarded-for` is never read, since every caller begins it as they like.
 *
 * @param secret what the distribution adds to its calls; null where there is none
 * @returns null for a call that came past the distribution
 */
export function sourceIpOf(event: APIGatewayProxyEvent, secret: string | null): string | null {
  if (secret === null) return event.requestContext.identity.sourceIp;
  const sent = onlyValue(event, EDGE_HEADERS.secret);
  if (sent === null || !equal(digest(sent), digest(secret))) return null;
  const viewer = onlyValue(event, EDGE_HEADERS.viewer);
  return viewer !== null && isAddress(viewer) ? viewer : null;
}

/** The headers of an event with all their values. A test call from the console has null for them, whatever the type says. */
export function headersOf(event: APIGatewayProxyEvent): (readonly [name: string, values: readonly string[]])[] {
  const headers = event.multiValueHeaders as APIGatewayProxyEvent['multiValueHeaders'] | null;
  return Object.entries(headers ?? {}).map(([name, values]) => [name, values ?? []] as const);
}

/** Whether a header is between the distribution and the gateway: the application sees none of these. */
export function isEdgeHeader(name: string): boolean {
  return Object.values<string>(EDGE_HEADERS).includes(name.toLowerCase());
}

/** The answer to a call that came past the distribution: the gateway's own to a call that it does not let through. */
export function forbidden(requestId: string): Response {
  const headers = { 'content-type': 'application/problem+json', ...FIXED_HEADERS, 'x-request-id': requestId };
  return new Response(problemJson(FORBIDDEN, requestId), { status: FORBIDDEN.status, headers });
}

/** The value of a header that came exactly once, whatever the case of its name; else null. */
function onlyValue(event: APIGatewayProxyEvent, name: string): string | null {
  const values = headersOf(event)
    .filter(([candidate]) => candidate.toLowerCase() === name)
    .flatMap(([, all]) => all);
  return values.length === 1 ? (values[0] ?? null) : null;
}

/** An IPv4 or IPv6 address and nothing about it: no port, no zone, no brackets, no list. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

// Of one length, so that the comparison's time tells nothing.
function digest(text: string): Uint8Array {
  return createHash('sha256').update(text).digest();
}
