import { readFileSync } from 'node:fs';
import { type ClientOptions, dynamoDbClient, kmsClient, s3Client } from './adapters/aws-clients.ts';
import { createVaultStore } from './adapters/dynamodb/vault-store.ts';
import { createKeyService } from './adapters/kms/key-service.ts';
import { createObjectStore } from './adapters/s3/object-store.ts';
import { callObserver } from './adapters/system/call-observer.ts';
import { createPasswordHasher } from './adapters/system/password-hasher.ts';
import { randomBytes, sleep, systemClock } from './adapters/system/system.ts';
import { createTelemetry } from './adapters/system/telemetry.ts';
import { createTracer } from './adapters/system/tracer.ts';
import { type Config, readConfig, type StationeryConfig, text } from './config.ts';
import { createApp } from './http/app.ts';
import type { Fetch } from './http/gateway.ts';
import type { Service } from './http/router.ts';
import { accountService } from './http/routes/accounts.ts';
import { documentService } from './http/routes/documents.ts';
import { itemService } from './http/routes/items.ts';
import { installedFonts } from './pdf/font-source.ts';
import { createRenderer } from './pdf/renderer.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { Clock, Telemetry } from './ports/system.ts';
import { authenticate } from './usecases/authenticate.ts';
import type { DocumentEnvironment, MaintenanceEnvironment, VaultEnvironment } from './usecases/environment.ts';

/** What a process brings: where the cloud is, and what differs between Lambda, a local service and a test. */
export interface Platform {
  readonly config: Config;
  readonly aws: ClientOptions;
  readonly telemetry: Telemetry;
  /** @default the machine's clock */
  readonly clock?: Clock;
}

/** Items' ports. */
export function vaultEnvironment({ config, aws, telemetry, clock = systemClock }: Platform): VaultEnvironment {
  const { table, wrapKeyArns, macKeyArns, settings } = config;
  return {
    store: createVaultStore({ client: dynamoDbClient(aws), table }),
    keys: createKeyService({ client: kmsClient(aws), wrapKeyArns, macKeyArns }),
    clock,
    sleep,
    random: randomBytes,
    telemetry,
    settings,
  };
}

/** Documents' ports. */
export function documentEnvironment(
  platform: Platform,
  bucket: string,
  { logo, ...stationery }: StationeryConfig,
): DocumentEnvironment {
  return {
    ...vaultEnvironment(platform),
    objects: createObjectStore({ client: s3Client(platform.aws), bucket }),
    renderer: createRenderer({
      ...stationery,
      fonts: installedFonts(),
      logo: logo === null ? null : readFileSync(logo),
    }),
  };
}

/** Maintenance's ports: no key among them. */
export function maintenanceEnvironment(
  { aws, telemetry, clock = systemClock }: Omit<Platform, 'config'>,
  table: string,
  bucket: string,
): MaintenanceEnvironment {
  return {
    store: createVaultStore({ client: dynamoDbClient(aws), table }),
    objects: createObjectStore({ client: s3Client(aws), bucket }),
    clock,
    telemetry,
  };
}

/** The API, or a part of it, as one function. */
export function composeApp(platform: Platform, env: VaultEnvironment, services: readonly Service[]): Fetch {
  const { allowedOrigins, stage } = platform.config;
  const app = createApp({
    services,
    authenticate: (token, revisionSeen, caller) => authenticate(env, token, revisionSeen, caller),
    telemetry: env.telemetry,
    clock: env.clock,
    allowedOrigins,
    strictTransport: stage !== 'local',
  });
  return app.fetch;
}

/** The accounts function's part. It serves one request at a time, so that a thread would only add its start. */
export function composeAccounts(platform: Platform, bucket: string): Fetch {
  const env = {
    ...vaultEnvironment(platform),
    objects: createObjectStore({ client: s3Client(platform.aws), bucket }),
    hasher: createPasswordHasher({ workers: 0 }),
  };
  return composeApp(platform, env, [accountService(env)]);
}

/** The items function's part. */
export function composeItems(platform: Platform): Fetch {
  const env = vaultEnvironment(platform);
  return composeApp(platform, env, [itemService(env)]);
}

/** The documents function's part. */
export function composeDocuments(platform: Platform, bucket: string, stationery: StationeryConfig): Fetch {
  const env = documentEnvironment(platform, bucket, stationery);
  return composeApp(platform, env, [documentService(env)]);
}

/** The whole API in one process. Where that serves many requests at a time, the hasher has threads of its own. */
export function composeAll(
  platform: Platform,
  bucket: string,
  stationery: StationeryConfig,
  hasher: PasswordHasher,
): Fetch {
  const env = { ...documentEnvironment(platform, bucket, stationery), hasher };
  return composeApp(platform, env, [accountService(env), itemService(env), documentService(env)]);
}

/** What a function finds on AWS, apart from its configuration. */
export function lambdaRuntime(service: string): Omit<Platform, 'config'> {
  // Stages in one AWS account count apart; lib/service-metrics.ts has the same name.
  const telemetry = createTelemetry({ service, namespace: `Twinlock/${text(process.env, 'STAGE')}` });
  return {
    aws: { region: text(process.env, 'AWS_REGION'), observe: callObserver(telemetry, createTracer(process.env)) },
    telemetry,
  };
}

/** What a function that serves the API finds on AWS. */
export function lambdaPlatform(service: string): Platform {
  return { ...lambdaRuntime(service), config: readConfig(process.env) };
}
