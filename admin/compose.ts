import { type ClientOptions, dynamoDbClient, kmsClient } from '../lambda/adapters/aws-clients.ts';
import { moveAccountWraps, moveSessionWrap } from '../lambda/adapters/dynamodb/rewrap.ts';
import { createTableScan } from '../lambda/adapters/dynamodb/table-scan.ts';
import { createVaultStore } from '../lambda/adapters/dynamodb/vault-store.ts';
import { createKeyService } from '../lambda/adapters/kms/key-service.ts';
import { createWrapMover } from '../lambda/adapters/kms/wrap-mover.ts';
import { createObjectStore } from '../lambda/adapters/s3/object-store.ts';
import { s3Client } from '../lambda/adapters/s3/s3-client.ts';
import { randomBytes, sleep, systemClock } from '../lambda/adapters/system/system.ts';
import type { Telemetry } from '../lambda/ports/system.ts';
import type { World } from './world.ts';

/** A deployment's parts by their names. */
export interface Deployment {
  readonly aws: ClientOptions;
  readonly table: string;
  readonly bucket: string;
  /** ARNs, oldest first. */
  readonly wrapKeys: readonly string[];
  /** ARNs; number n stands at n - 1. */
  readonly macKeys: readonly string[];
}

const nothing = (): void => undefined;
const SILENT: Telemetry = { info: nothing, error: nothing, count: nothing, measure: nothing };

/** Reaches a deployment by the production adapters; its clients are patient, since nobody waits for an answer. */
export function composeWorld({ aws, table, bucket, wrapKeys, macKeys }: Deployment): World {
  const options = { ...aws, patient: true };
  const [dynamodb, kms, s3] = [dynamoDbClient(options), kmsClient(options), s3Client(options)];
  const beside = (name: string) => {
    const target = { client: dynamodb, table: name };
    return { store: createVaultStore(target), scan: createTableScan(target) };
  };
  const target = { client: dynamodb, table };
  return {
    ...beside(table),
    table,
    objects: createObjectStore({ client: s3, bucket }),
    keys: createKeyService({ client: kms, wrapKeyArns: wrapKeys, macKeyArns: macKeys }),
    mover: createWrapMover(kms),
    wraps: {
      account: (read, next) => moveAccountWraps(target, read, next),
      session: (read, wrap) => moveSessionWrap(target, read, wrap),
    },
    wrapKeys,
    macKeys: macKeys.length,
    clock: systemClock,
    sleep,
    random: randomBytes,
    telemetry: SILENT,
    beside,
    close: () => {
      for (const client of [dynamodb, kms, s3]) client.destroy();
    },
  };
}
