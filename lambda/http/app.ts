import { Hono } from 'hono';
import type { Clock, Telemetry } from '../ports/system.ts';
import type { NamedRow, SignedIn } from '../usecases/authenticate.ts';
import type { Caller } from '../usecases/journal.ts';
import type { Bindings } from './gateway.ts';
import { cors } from './middleware/cors.ts';
import { problems } from './middleware/problems.ts';
import { requestLog } from './middleware/request-log.ts';
import { responseHeaders } from './middleware/response-headers.ts';
import { mount, type Service } from './router.ts';

/** What a request carries through the app. */
export interface AppEnv {
  Bindings: Bindings;
  Variables: {
    /** The route's pattern, once it is known. */
    route?: string;
    /** The vault's revision, on signed-in calls. */
    revision?: number;
  };
}

export interface AppOptions {
  readonly services: readonly Service[];
  /** Finds the live session of a token; throws where there is none. */
  readonly authenticate: (
    token: string | null,
    revisionSeen: number | null,
    caller: Caller,
    named: NamedRow | null,
  ) => Promise<SignedIn>;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  /** Exact origins that browsers may call from. */
  readonly allowedOrigins: readonly string[];
  /** Whether to tell browsers to come by TLS only: on AWS, where there is no other way in. */
  readonly strictTransport: boolean;
}

/** The API as one function from request to response. */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(responseHeaders(options.strictTransport));
  app.use(requestLog(options.telemetry, options.clock));
  app.use(cors(options.allowedOrigins));
  mount(app, options);
  problems(app, options.telemetry);
  return app;
}
