import { expect } from '@jest/globals';
import { dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import type { Target } from '../../lambda/adapters/dynamodb/commit.ts';
import { createVaultStore } from '../../lambda/adapters/dynamodb/vault-store.ts';
import { createKeyService } from '../../lambda/adapters/kms/key-service.ts';
import { createObjectStore } from '../../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { composeApp } from '../../lambda/compose.ts';
import { accountService } from '../../lambda/http/routes/accounts.ts';
import { documentService } from '../../lambda/http/routes/documents.ts';
import { itemService } from '../../lambda/http/routes/items.ts';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { createRenderer } from '../../lambda/pdf/renderer.ts';
import type { KeyService } from '../../lambda/ports/key-service.ts';
import type { AccountEnvironment, DocumentEnvironment, VaultSettings } from '../../lambda/usecases/environment.ts';
import { startCloud } from '../../local/cloud.ts';
import { plain } from '../attacks/world.ts';
import { type Answer, type Client, clientOf, type Send } from '../fixtures/app.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { Gate } from './gate.ts';
import { EMPTY, Keeper, type State } from './state.ts';

/** The API in this process, by production's adapters, on emulators in memory, all of whose answers can be kept from it. */
export interface Stage {
  readonly gate: Gate;
  readonly call: Client;
  readonly env: AccountEnvironment & DocumentEnvironment;
  readonly telemetry: MemoryTelemetry;
  /** The same keys, past the gate. */
  readonly keys: KeyService;
  /** The same table, past the gate. */
  readonly table: Target;
  /** Milliseconds since 1970: it stands still but where a test moves it. */
  readonly time: { now: number };
  /** Sends a request that must succeed. */
  readonly ok: (call: string, send?: Send) => Promise<Answer>;
  /** Sends requests as a deployment with other settings would. */
  readonly withSettings: <T>(settings: Partial<VaultSettings>, act: () => Promise<T>) => Promise<T>;
  readonly keeper: Keeper;
  /** Makes all as it was at a state. */
  readonly restore: (state: State, now?: State) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const SETTINGS: VaultSettings = {
  bcryptCost: 10,
  suite: 2,
  pepper: 1,
  minPasswordLength: 15,
  sessionCacheMs: 0,
  sessionsSince: 0,
  sessionMs: 8 * 3_600_000,
  idleMs: 30 * 60_000,
  retentionDays: 90,
};

export async function startStage(): Promise<Stage> {
  const time = { now: Date.now() };
  const clock = () => time.now;
  const cloud = await startCloud(null, { now: clock });
  const { table, bucket, wrapKeyArns, macKeyArn, region, endpoints, credentials } = cloud;
  const aws = { region, endpoints, credentials };
  const gate = new Gate();
  const [dynamodb, kms, s3] = [dynamoDbClient(aws), kmsClient(aws), s3Client(aws)];
  gate.guard(dynamodb, 'dynamodb');
  gate.guard(kms, 'kms');
  gate.guard(s3, 's3');
  const past = { dynamodb: dynamoDbClient(aws), kms: kmsClient(aws), s3: s3Client(aws) };
  const sleep = () => Promise.resolve();
  const telemetry = createMemoryTelemetry();
  const settings = { ...SETTINGS };
  const macKeyArns = [macKeyArn];
  const env: Stage['env'] = {
    store: createVaultStore({ client: dynamodb, table, sleep }),
    keys: createKeyService({ client: kms, wrapKeyArns, macKeyArns }),
    objects: createObjectStore({ client: s3, bucket, sleep }),
    hasher: createMemoryHasher(),
    renderer: plain(createRenderer({ fonts: installedFonts() })),
    clock,
    sleep,
    random: randomBytes,
    telemetry,
    settings,
  };
  const config = { table, wrapKeyArns, macKeyArns, allowedOrigins: [], stage: 'test', settings };
  const services = [accountService(env), itemService(env), documentService(env)];
  const call = clientOf(composeApp({ config, aws, telemetry, clock }, env, services));
  const keeper = new Keeper(past.dynamodb, table, past.s3, bucket, time);
  return {
    gate,
    call,
    env,
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
      Object.assign(settings, others);
      try {
        return await act();
      } finally {
        Object.assign(settings, SETTINGS);
      }
    },
    keeper,
    restore: async (state, now) => {
      await keeper.restore(state, now ?? (await keeper.read()));
    },
    close: async () => {
      for (const client of [dynamodb, kms, s3, ...Object.values(past)]) client.destroy();
      await cloud.close();
    },
  };
}

/** Empties table and bucket. */
export async function clear({ restore }: Stage): Promise<void> {
  await restore(EMPTY);
}
