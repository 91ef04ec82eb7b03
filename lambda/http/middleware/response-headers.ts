import type { MiddlewareHandler } from 'hono';
import type { AppEnv } from '../app.ts';
import { FIXED_HEADERS } from '../route-list.ts';

/** The headers that every answer carries, and the vault's revision on signed-in ones. */
export function responseHeaders(strictTransport: boolean): MiddlewareHandler<AppEnv> {
  const fixed = Object.entries(FIXED_HEADERS).filter(
    ([name]) => strictTransport || name !== 'strict-transport-security',
  );
  return async (c, next) => {
    await next();
    // Where an answer is there already, `c.header` makes another one for each header.
    const { headers } = c.res;
    headers.set('x-request-id', c.env.requestId);
    for (const [name, value] of fixed) headers.set(name, value);
    const revision = c.get('revision');
    if (revision !== undefined) headers.set('x-vault-revision', String(revision));
  };
}
