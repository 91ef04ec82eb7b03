import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings, RequestError } from '@hono/node-server';
import { createPasswordHasher } from '../lambda/adapters/system/password-hasher.ts';
import { composeAll, maintenanceEnvironment, sessionCache } from '../lambda/compose.ts';
import type { Config, StationeryConfig } from '../lambda/config.ts';
import { PLAIN_STATIONERY } from '../lambda/domain/stationery.ts';
import type { PasswordHasher } from '../lambda/ports/password-hasher.ts';
import type { Clock, Telemetry } from '../lambda/ports/system.ts';
import type { VaultSettings } from '../lambda/usecases/environment.ts';
import { type SweepReport, sweep } from '../lambda/usecases/sweep.ts';
import { type WalkReport, walkBucket } from '../lambda/usecases/walk-bucket.ts';
import { badRequest, refuseMalformed } from './bad-request.ts';
import type { LocalCloud } from './cloud.ts';
import { type Pages, withPages } from './web.ts';

export interface LocalService {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** What maintenance does every hour on AWS. */
  maintain(): Promise<{ readonly swept: SweepReport; readonly walked: WalkReport }>;
  /** Ends what is under way, then stops. */
  close(): Promise<void>;
}

export interface LocalServiceOptions {
  readonly cloud: LocalCloud;
  /** 0 takes a free one. */
  readonly port: number;
  readonly telemetry: Telemetry;
  readonly allowedOrigins?: readonly string[];
  readonly settings?: Partial<VaultSettings>;
  /** @default the plain one, without a logo */
  readonly stationery?: StationeryConfig;
  readonly clock?: Clock;
  /** What stands beside the API, the first that knows a path first. @default nothing */
  readonly pages?: readonly Pages[];
  /** Closed with the service. @default bcrypt on threads of its own */
  readonly hasher?: PasswordHasher & { close(): Promise<void> };
}

/** Threads that hash, so that signing in holds up nothing else. */
const HASHING_THREADS = 2;
/** Maintenance may take so long, ms. */
const MAINTENANCE_MS = 60_000;

/** What a deployment gets unless it says otherwise. */
export const SETTINGS: VaultSettings = {
  bcryptCost: 12,
  suite: 2,
  pepper: 1,
  sessionMs: 8 * 3_600_000,
  idleMs: 30 * 60_000,
  minPasswordLength: 15,
  sessionCacheMs: 0,
  sessionsSince: 0,
  retentionDays: 90,
};

/**
 * Serves the whole API on loopback, and pages beside it, by the production adapters, against a local cloud.
 *
 * @throws Error with code `EADDRINUSE` for a port that is taken
 */
export async function startService(options: LocalServiceOptions): Promise<LocalService> {
  const { cloud, telemetry, clock, stationery = { ...PLAIN_STATIONERY, logo: null } } = options;
  const config: Config = {
    table: cloud.table,
    wrapKeyArns: cloud.wrapKeyArns,
    macKeyArns: [cloud.macKeyArn],
    allowedOrigins: options.allowedOrigins ?? [],
    stage: 'local',
    settings: { ...SETTINGS, ...options.settings },
  };
  const platform = {
    config,
    aws: { region: cloud.region, endpoints: cloud.endpoints, credentials: cloud.credentials },
    telemetry,
    ...(clock === undefined ? {} : { clock }),
    ...sessionCache(config.settings, clock),
  };
  const hasher = options.hasher ?? createPasswordHasher({ workers: HASHING_THREADS });
  const fetch = withPages(composeAll(platform, cloud.bucket, stationery, hasher), options.pages ?? []);
  const maintenance = maintenanceEnvironment(platform, cloud.table, cloud.bucket);
  const listener = getRequestListener(
    (request, env) =>
      fetch(request, { requestId: randomUUID(), sourceIp: (env as HttpBindings).incoming.socket.remoteAddress ?? '' }),
    { errorHandler: (error) => (error instanceof RequestError ? badRequest() : new Response(null, { status: 500 })) },
  );
  const server = createServer({ requireHostHeader: false }, (incoming, outgoing) => void listener(incoming, outgoing));
  refuseMalformed(server);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, '127.0.0.1', resolve);
    });
  } catch (error) {
    await hasher.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    maintain: async () => {
      const until = maintenance.clock() + MAINTENANCE_MS;
      const swept = await sweep(maintenance, until);
      return { swept, walked: await walkBucket(maintenance, until) };
    },
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeIdleConnections();
      });
      await hasher.close();
      platform.sessionKeys?.close();
    },
  };
}
