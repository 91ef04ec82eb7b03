import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { type Client, clientOf } from '../fixtures/app.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import type { Capsule } from './capsule.ts';

/** What a capsule holds, served by the code of today at the time of then. */
export interface OpenedCapsule {
  readonly call: Client;
  readonly cloud: LocalCloud;
  readonly telemetry: MemoryTelemetry;
  /** Moves the clock, ms. */
  readonly pass: (ms: number) => void;
  readonly maintain: LocalService['maintain'];
  close(): Promise<void>;
}

const CAPSULES = join(__dirname, 'capsules');

export function readCapsule(name: string): Capsule {
  const capsule = JSON.parse(readFileSync(join(CAPSULES, `${name}.json`), 'utf8')) as Capsule;
  // Types say so, files may not.
  if ((capsule.capsule as number) !== 1) throw new Error(`${name} is no capsule that this test knows`);
  return capsule;
}

/** Puts keys, rows and objects where they lay, and starts the service over them. */
export async function openCapsule({ at, keys, rows, objects }: Capsule): Promise<OpenedCapsule> {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-capsule-'));
  const opened = Date.now();
  let passed = 0;
  const now = () => at + (Date.now() - opened) + passed;
  const started: { close(): Promise<void> }[] = [];
  const close = async () => {
    for (const one of started.reverse()) await one.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    writeFileSync(join(folder, 'kms-keys.json'), JSON.stringify(keys), { mode: 0o600 });
    const cloud = await startCloud(folder, { now });
    started.push(cloud);
    await fill(cloud, rows, objects);
    const telemetry = createMemoryTelemetry();
    const service = await startService({ cloud, port: 0, telemetry, clock: now, settings: { bcryptCost: 10 } });
    started.push(service);
    return {
      call: clientOf((request) => fetch(request), service.url),
      cloud,
      telemetry,
      pass: (ms) => {
        passed += ms;
      },
      maintain: () => service.maintain(),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fill(cloud: LocalCloud, rows: Capsule['rows'], objects: Capsule['objects']): Promise<void> {
  const { region, credentials, endpoints, table: TableName, bucket: Bucket } = cloud;
  const table = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  const bucket = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
  try {
    for (const row of rows) await table.send(new PutItemCommand({ TableName, Item: itemOf(row) }));
    for (const [Key, body] of Object.entries(objects)) {
      await bucket.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(body, 'base64') }));
    }
  } finally {
    table.destroy();
    bucket.destroy();
  }
}

/** Bytes lie in base64. */
function itemOf(row: Readonly<Record<string, unknown>>): Record<string, AttributeValue> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, attributeOf(value)]));
}

function attributeOf(value: unknown): AttributeValue {
  const { B, L, M } = value as { B?: string; L?: unknown[]; M?: Record<string, unknown> };
  if (B !== undefined) return { B: Uint8Array.from(Buffer.from(B, 'base64')) };
  if (L !== undefined) return { L: L.map(attributeOf) };
  if (M !== undefined) return { M: itemOf(M) };
  return value as AttributeValue;
}
