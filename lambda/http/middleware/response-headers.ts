import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app.ts';

/** The headers that every answer carries, and the vault's revision on signed-in ones. */
export function responseHeaders(strictTransport: boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    c.header('x-request-id', c.env.requestId);
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    if (strictTransport) c.header('strict-transport-security', 'max-age=63072000; includeSubDomains');
    const revision = c.get('revision');
    if (revision !== undefined) c.header('x-vault-revision', String(revision));
  };
}
