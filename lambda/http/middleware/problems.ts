import type { Context, Hono } from 'hono';
import { IntegrityError, TwinlockError, UnavailableError } from '../../errors.ts';
import type { LogFields, Telemetry } from '../../ports/system.ts';
import type { AppEnv } from '../app.ts';
import { toProblem } from '../problem.ts';
import { ROUTES, type Route, routePaths } from '../route-list.ts';

const PATTERNS = Object.values<Route>(ROUTES).flatMap((route) =>
  routePaths(route).map((path) => ({
    method: route.method,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  })),
);

/** Answers whatever goes wrong with a problem (RFC 9457), and tells the operator of what is theirs to mend. */
export function problems(app: Hono<AppEnv>, telemetry: Telemetry): void {
  const answer = (c: Context<AppEnv>, error: unknown) => {
    const problem = toProblem(error, c.env.requestId);
    if (error instanceof IntegrityError) telemetry.count('IntegrityFailure');
    if (error instanceof UnavailableError) telemetry.count('CloudFailure');
    if (problem.status >= 500) {
      const { code } = problem.body;
      telemetry.error('request failed', { requestId: c.env.requestId, code, error: safely(error) });
    }
    return new Response(JSON.stringify(problem.body), { status: problem.status, headers: problem.headers });
  };
  app.onError((error, c) => answer(c, error));
  app.notFound((c) => {
    const found = PATTERNS.filter(({ pattern }) => pattern.test(c.req.path));
    // A path with its own route may be another's with an id as well.
    const allowed = new Set<string>(found.map(({ method }) => method));
    if (allowed.size === 0) return answer(c, new TwinlockError('not_found'));
    const response = answer(c, new TwinlockError('method_not_allowed'));
    if (allowed.has('GET')) allowed.add('HEAD');
    response.headers.set('allow', [...allowed].join(', '));
    return response;
  });
}

/** What of an error may be logged: a message only where it is ours, since any other may hold what the user sent. */
function safely(error: unknown): NonNullable<LogFields['error']> {
  if (!(error instanceof Error)) return { name: typeof error };
  const stack = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
  const cause = error.cause instanceof Error ? ` (${error.cause.name})` : '';
  const ours = error instanceof TwinlockError;
  return { name: error.name, ...(ours ? { message: error.message + cause } : {}), stack };
}
