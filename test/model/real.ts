import { composeApp, documentEnvironment } from '../../lambda/compose.ts';
import type { Config } from '../../lambda/config.ts';
import { PLAIN_STATIONERY } from '../../lambda/domain/stationery.ts';
import { accountService } from '../../lambda/http/routes/accounts.ts';
import { documentService } from '../../lambda/http/routes/documents.ts';
import { itemService } from '../../lambda/http/routes/items.ts';
import type { MaintenanceEnvironment } from '../../lambda/usecases/environment.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { startCloud } from '../../local/cloud.ts';
import { createCheapApp } from '../attacks/world.ts';
import { type Client, clientOf, type MemoryApp } from '../fixtures/app.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { type Clock, MINUTE } from './model.ts';

/** The service that a model is held against. */
export interface Real {
  readonly call: Client;
  readonly env: MaintenanceEnvironment;
  readonly telemetry: MemoryTelemetry;
  /** What maintenance does every hour. */
  readonly maintain: () => ReturnType<typeof sweep>;
  readonly close: () => Promise<void>;
}

/** The API on memory doubles, by a clock that only the model moves. */
export function memoryReal(clock: Clock): Real & { readonly app: MemoryApp } {
  const app = createCheapApp();
  Object.assign(app.env, { clock: () => clock.now });
  const close = () => Promise.resolve();
  return { app, call: app.call, close, ...maintained(app.env, app.telemetry, clock) };
}

/** The API by production's adapters, with emulators of its own behind them, and the cheap hasher and renderer. */
export async function emulatedReal(clock: Clock): Promise<Real> {
  const cloud = await startCloud(null, { now: () => clock.now });
  const telemetry = createMemoryTelemetry();
  const { hasher, renderer, settings } = createCheapApp().env;
  const config: Config = {
    table: cloud.table,
    wrapKeyArns: cloud.wrapKeyArns,
    macKeyArns: [cloud.macKeyArn],
    allowedOrigins: [],
    stage: 'test',
    settings,
  };
  const aws = { region: cloud.region, endpoints: cloud.endpoints, credentials: cloud.credentials };
  const platform = { config, aws, telemetry, clock: () => clock.now };
  const stationery = { ...PLAIN_STATIONERY, logo: null };
  const env = { ...documentEnvironment(platform, cloud.bucket, stationery), hasher, renderer };
  const fetch = composeApp(platform, env, [accountService(env), itemService(env), documentService(env)]);
  return { call: clientOf(fetch), close: () => cloud.close(), ...maintained(env, telemetry, clock) };
}

function maintained(
  env: MaintenanceEnvironment,
  telemetry: MemoryTelemetry,
  clock: Clock,
): Omit<Real, 'call' | 'close'> {
  return { env, telemetry, maintain: () => sweep(env, clock.now + MINUTE) };
}
