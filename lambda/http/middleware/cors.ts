import type { MiddlewareHandler } from 'hono';
import { cors as honoCors } from 'hono/cors';
import { EXPOSED_HEADERS } from '../route-list.ts';

const ALLOWED = [
  'authorization',
  'content-type',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'range',
  'x-vault-revision-seen',
  'x-document-title',
];

/** Cross-origin headers for exactly the origins that the deployment lists; none for any other, a preflight included. */
export function cors(allowedOrigins: readonly string[]): MiddlewareHandler {
  const allowed = new Set(allowedOrigins);
  const listed = honoCors({
    origin: (origin) => (allowed.has(origin) ? origin : null),
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ALLOWED,
    exposeHeaders: EXPOSED_HEADERS,
    maxAge: 600,
  });
  return async (c, next) => {
    if (allowed.has(c.req.header('origin') ?? '')) return listed(c, next);
    await next();
    c.res.headers.append('vary', 'Origin');
  };
}
