import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { expect } from '@jest/globals';
import { dynamoDbClient, kmsClient } from '../../../lambda/adapters/aws-clients.ts';
import { createVaultStore } from '../../../lambda/adapters/dynamodb/vault-store.ts';
import { createKeyService } from '../../../lambda/adapters/kms/key-service.ts';
import { createObjectStore } from '../../../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../../../lambda/adapters/s3/s3-client.ts';
import { randomBytes } from '../../../lambda/adapters/system/system.ts';
import { composeApp } from '../../../lambda/compose.ts';
import type { Fetch } from '../../../lambda/http/gateway.ts';
import { ROUTES } from '../../../lambda/http/route-list.ts';
import { accountService } from '../../../lambda/http/routes/accounts.ts';
import { documentService } from '../../../lambda/http/routes/documents.ts';
import { itemService } from '../../../lambda/http/routes/items.ts';
import { installedFonts } from '../../../lambda/pdf/font-source.ts';
import { createRenderer } from '../../../lambda/pdf/renderer.ts';
import type { KeyService } from '../../../lambda/ports/key-service.ts';
import type { VaultSettings } from '../../../lambda/usecases/environment.ts';
import { startCloud } from '../../../local/cloud.ts';
import { plain } from '../../attacks/world.ts';
import { Gate } from '../../faults/gate.ts';
import { SETTINGS, type Stage } from '../../faults/stage.ts';
import { Keeper } from '../../faults/state.ts';
import { clientOf } from '../../fixtures/app.ts';
import { routeOf } from '../../fixtures/contract.ts';
import { createMemoryHasher } from '../../fixtures/memory-hasher.ts';
import { createMemoryTelemetry } from '../../fixtures/memory-telemetry.ts';
import { Recorder } from './recorder.ts';

/** The functions as they are deployed, each with clients of its own, on emulators in memory. */
export interface Deployed {
  readonly stage: Stage;
  readonly recorder: Recorder;
  /** Goes back to the deployment before, which has one wrap key and one MAC key less. */
  readonly before: () => void;
  /** Deploys with the newest keys. */
  readonly renew: () => void;
}

/** Starts them. The stack that they are of has three wrap keys, the first of them retired, and two MAC keys. */
export async function startDeployed(): Promise<Deployed> {
  const time = { now: Date.now() };
  const clock = () => time.now;
  const cloud = await startCloud(null, { now: clock, wrapKeys: 2 });
  const { table, bucket, wrapKeyArns, macKeyArn, region, endpoints, credentials } = cloud;
  const aws = { region, endpoints, credentials };
  const past = { dynamodb: dynamoDbClient(aws), kms: kmsClient(aws), s3: s3Client(aws) };
  const [older = '', newest = ''] = wrapKeyArns;
  const newestMac = await macKey(past.kms);
  const macKeyArns = [macKeyArn, newestMac];
  const recorder = new Recorder(
    new Map([
      [table, 'Vault/Table'],
      [bucket, 'Documents/Bucket'],
      [older, 'Keys/Wrap2'],
      [newest, 'Keys/Wrap3'],
      [macKeyArn, 'Keys/Mac'],
      [newestMac, 'Keys/Mac2'],
    ]),
  );
  const gate = new Gate();
  const telemetry = createMemoryTelemetry();
  const settings: { -readonly [K in keyof VaultSettings]: VaultSettings[K] } = { ...SETTINGS };
  const common = {
    clock,
    sleep: () => Promise.resolve(),
    random: randomBytes,
    telemetry,
    settings,
    hasher: createMemoryHasher(),
    renderer: plain(createRenderer({ fonts: installedFonts() })),
  };
  const clients: { destroy(): void }[] = Object.values(past);

  /** A function's ports, by clients that nobody else has. */
  const environmentOf = (function_: string) => {
    const own = { dynamodb: dynamoDbClient(aws), kms: kmsClient(aws), s3: s3Client(aws) };
    for (const service of ['dynamodb', 'kms', 's3'] as const) {
      gate.guard(own[service], service);
      recorder.watch(own[service], service, function_);
      clients.push(own[service]);
    }
    const { sleep } = common;
    const [newer, old] = [wrapKeyArns, [older]].map((arns, i) =>
      createKeyService({ client: own.kms, wrapKeyArns: arns, macKeyArns: macKeyArns.slice(0, 2 - i) }),
    ) as [KeyService, KeyService];
    const chosen = () => (settings.pepper === 1 ? old : newer);
    const keys: KeyService = {
      mac: (...given) => chosen().mac(...given),
      confirms: (...given) => chosen().confirms(...given),
      wrap: (...given) => chosen().wrap(...given),
      unwrap: (...given) => chosen().unwrap(...given),
    };
    return {
      ...common,
      keys,
      store: createVaultStore({ client: own.dynamodb, table, sleep }),
      objects: createObjectStore({ client: own.s3, bucket, sleep }),
    };
  };
  const [accounts, items, documents] = ['accounts', 'items', 'documents'].map(environmentOf) as [Env, Env, Env];
  type Env = ReturnType<typeof environmentOf>;
  const config = { table, wrapKeyArns, macKeyArns, allowedOrigins: [], stage: 'test', settings };
  const platform = { config, aws, telemetry, clock };
  const functions: Record<string, Fetch> = {
    accounts: composeApp(platform, accounts, [accountService(accounts)]),
    items: composeApp(platform, items, [itemService(items)]),
    documents: composeApp(platform, documents, [documentService(documents)]),
  };
  const call = clientOf((request, bindings) => {
    const route = routeOf(request.method, new URL(request.url).pathname);
    const answering = route === null ? undefined : functions[ROUTES[route].service];
    if (answering === undefined) throw new Error(`no function answers ${request.method} ${request.url}`);
    return answering(request, bindings);
  });
  const keeper = new Keeper(past.dynamodb, table, past.s3, bucket, time);
  const stage: Stage = {
    gate,
    call,
    env: environmentOf('maintenance'),
    telemetry,
    keys: createKeyService({ client: past.kms, wrapKeyArns, macKeyArns }),
    table: { client: past.dynamodb, table },
    time,
    ok: async (what, send) => {
      const answer = await call(what, send);
      expect([what, answer.status < 300, answer.body]).toEqual([what, true, answer.body]);
      return answer;
    },
    withSettings: async (others, act) => {
      const usual = { ...settings };
      Object.assign(settings, others);
      try {
        return await act();
      } finally {
        Object.assign(settings, usual);
      }
    },
    keeper,
    restore: async (state, now) => {
      await keeper.restore(state, now ?? (await keeper.read()));
    },
    close: async () => {
      for (const client of clients) client.destroy();
      await cloud.close();
    },
  };
  return {
    stage,
    recorder,
    before: () => {
      settings.pepper = 1;
    },
    renew: () => {
      settings.pepper = 2;
    },
  };
}

async function macKey(kms: KMSClient): Promise<string> {
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
  );
  return KeyMetadata?.Arn ?? '';
}
