import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app.ts';
import { FIXED_HEADERS } from '../route-list.ts';

/** The headers that every answer carries, and the vault's revision on signed-in ones. */
export function responseHeaders(strictTransport: boolean): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next();
    c.header('x-request-id', c.env.requestId);
    for (const [name, value] of Object.entries(FIXED_HEADERS)) {
      if (strictTransport || name !== 'strict-transport-security') c.header(name, value);
    }
    const revision = c.get('revision');
    if (revision !== undefined) c.header('x-vault-revision', String(revision));
  };
}
