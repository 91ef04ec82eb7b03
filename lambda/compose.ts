import { readFileSync } from 'node:fs';
import { type ClientOptions, dynamoDbClient, kmsClient } from './adapters/aws-clients.ts';
import { createVaultStore } from './adapters/dynamodb/vault-store.ts';
import { createKeyService } from './adapters/kms/key-service.ts';
import { createLateObjectStore } from './adapters/s3/late-object-store.ts';
import { callObserver } from './adapters/system/call-observer.ts';
import { createPasswordHasher } from './adapters/system/password-hasher.ts';
import { createSessionKeys } from './adapters/system/session-keys.ts';
import { randomBytes, sleep, systemClock } from './adapters/system/system.ts';
import { createTelemetry } from './adapters/system/telemetry.ts';
import { createTracer } from './adapters/system/tracer.ts';
import { warmUp } from './adapters/warm-up.ts';
import { type Config, readConfig, type StationeryConfig, text } from './config.ts';
import { createApp } from './http/app.ts';
import type { Fetch } from './http/gateway.ts';
import type { Service } from './http/router.ts';
import { accountService } from './http/routes/accounts.ts';
import { documentService } from './http/routes/documents.ts';
import { itemService } from './http/routes/items.ts';
import { createLateRenderer } from './pdf/late-renderer.ts';
import type { DocumentRenderer } from './ports/document-renderer.ts';
import type { ObjectStore } from './ports/object-store.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { SessionKeys } from './ports/session-keys.ts';
import type { Clock, Telemetry } from './ports/system.ts';
import { authenticate } from './usecases/authenticate.ts';
import type {
  DocumentEnvironment,
  MaintenanceEnvironment,
  VaultEnvironment,
  VaultSettings,
} from './usecases/environment.ts';

/** What a process brings: where the cloud is, and what differs between Lambda, a local service and a test. */
export interface Platform {
  readonly config: Config;
  readonly aws: ClientOptions;
  readonly telemetry: Telemetry;
  /** @default the machine's clock */
  readonly clock?: Clock;
  /** @default nothing is kept */
  readonly sessionKeys?: SessionKeys;
}

/** What keeps sessions' DEKs, where a deployment asks for that; to be closed by who stops serving. */
export function sessionCache(
  { sessionCacheMs: ms }: Pick<VaultSettings, 'sessionCacheMs'>,
  clock: Clock = systemClock,
): Pick<Platform, 'sessionKeys'> {
  return ms === 0 ? {} : { sessionKeys: createSessionKeys({ ms, clock }) };
}

/** Items' ports. */
export function vaultEnvironment(platform: Platform): VaultEnvironment {
  const { config, aws, telemetry, clock = systemClock, sessionKeys } = platform;
  const { table, wrapKeyArns, macKeyArns, settings } = config;
  return {
    store: createVaultStore({ client: dynamoDbClient(aws), table }),
    keys: createKeyService({ client: kmsClient(aws), wrapKeyArns, macKeyArns }),
    ...(sessionKeys === undefined ? {} : { sessionKeys }),
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
  stationery: StationeryConfig,
): DocumentEnvironment {
  return {
    ...vaultEnvironment(platform),
    objects: bucketOf(platform.aws, bucket),
    renderer: createLateRenderer(stationery.language, () => rendererOf(stationery)),
  };
}

/** The bucket; what is not part of every call is imported where it is first needed, here and below. */
function bucketOf(aws: ClientOptions, bucket: string): ObjectStore {
  return createLateObjectStore(async () => {
    const [{ createObjectStore }, { s3Client }] = await Promise.all([
      import('./adapters/s3/object-store.ts'),
      import('./adapters/s3/s3-client.ts'),
    ]);
    return createObjectStore({ client: s3Client(aws), bucket });
  });
}

async function rendererOf({ logo, ...stationery }: StationeryConfig): Promise<DocumentRenderer> {
  const [{ createRenderer }, { installedFonts }] = await Promise.all([
    import('./pdf/renderer.ts'),
    import('./pdf/font-source.ts'),
  ]);
  return createRenderer({ ...stationery, fonts: installedFonts(), logo: logo === null ? null : readFileSync(logo) });
}

/** Maintenance's ports: no key among them. */
export function maintenanceEnvironment(
  { aws, telemetry, clock = systemClock }: Omit<Platform, 'config'>,
  table: string,
  bucket: string,
): MaintenanceEnvironment {
  return {
    store: createVaultStore({ client: dynamoDbClient(aws), table }),
    objects: bucketOf(aws, bucket),
    clock,
    telemetry,
  };
}

/** The API, or a part of it, as one function. */
export function composeApp(platform: Platform, env: VaultEnvironment, services: readonly Service[]): Fetch {
  const { allowedOrigins, stage } = platform.config;
  const app = createApp({
    services,
    authenticate: (token, revisionSeen, caller, named) => authenticate(env, token, revisionSeen, caller, named),
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
    objects: bucketOf(platform.aws, bucket),
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

/**
 * What a function of the API does last of its start, for which Lambda gives it a whole processor, and not locally or in
 * tests: the entry of its bundle waits for it. Never throws.
 */
export async function prepare(): Promise<void> {
  await warmUp({ region: process.env.AWS_REGION ?? '' });
}

/** What a function that serves the API finds on AWS. */
export function lambdaPlatform(service: string): Platform {
  const config = readConfig(process.env);
  return { ...lambdaRuntime(service), config, ...sessionCache(config.settings) };
}
