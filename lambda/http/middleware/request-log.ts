import type { MiddlewareHandler } from 'hono';
import type { Telemetry } from '../../ports/system.ts';
import type { AppEnv } from '../app.ts';

/** One line a request: the route's pattern, never the path, and no header. */
export function requestLog(telemetry: Telemetry, clock: () => number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const begun = clock();
    await next();
    telemetry.info('request', {
      requestId: c.env.requestId,
      method: c.req.method,
      route: c.get('route') ?? 'unknown',
      status: c.res.status,
      durationMs: clock() - begun,
    });
  };
}
