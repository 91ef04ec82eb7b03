import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteItemCommand, GetItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import type { KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { dynamoDbClient, kmsClient } from '../../lambda/adapters/aws-clients.ts';
import { s3Client } from '../../lambda/adapters/s3/s3-client.ts';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import type { PasswordHasher } from '../../lambda/ports/password-hasher.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, type LocalServiceOptions, startService } from '../../local/service.ts';
import { type Client, clientOf, PASSWORD } from '../fixtures/app.ts';
import { createMemoryTelemetry, type MemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { suiteWatch } from '../leaks/watch.ts';

/** A row as the table holds it, for whom no code of the service stands between. */
export type RawRow = Readonly<Record<string, AttributeValue>>;

/** The key of a row: `pk` and `sk`. */
export interface RawKey {
  readonly pk: string;
  readonly sk: string;
}

/** What an attacker does who holds the table. */
export interface Table {
  /** Every row. */
  readonly all: () => Promise<RawRow[]>;
  /** @throws Error where there is none */
  readonly get: (key: RawKey) => Promise<RawRow>;
  readonly put: (...rows: readonly RawRow[]) => Promise<void>;
  readonly remove: (...keys: readonly RawKey[]) => Promise<void>;
  /** Makes the table what it was when {@link Table.all} was asked: rows of since go. */
  readonly restore: (rows: readonly RawRow[]) => Promise<void>;
}

/** What an attacker does who holds the bucket. */
export interface Bucket {
  readonly names: () => Promise<string[]>;
  readonly get: (name: string) => Promise<Buffer>;
  readonly put: (name: string, bytes: Uint8Array) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

/** The local service, called over HTTP, and its cloud in the hands of an attacker. */
export interface Attacked {
  readonly url: string;
  readonly call: Client;
  readonly cloud: LocalCloud;
  readonly service: LocalService;
  readonly telemetry: MemoryTelemetry;
  readonly table: Table;
  readonly bucket: Bucket;
  readonly kms: KMSClient;
  /** bcrypt as the service has it: what it hashes is counted. */
  readonly hasher: PasswordHasher;
  /** How many passwords were hashed so far. */
  readonly hashes: () => number;
  /** The service's clock, ms since 1970. */
  readonly clock: () => number;
  /** Moves the service's clock and the emulators', ms. */
  readonly pass: (ms: number) => void;
  /** Registers an account of an e-mail of its own. */
  readonly register: (email?: string) => Promise<Member>;
  readonly close: () => Promise<void>;
}

export interface Member {
  readonly email: string;
  readonly password: string;
  readonly accountId: string;
  readonly sessionId: string;
  readonly token: string;
}

export interface AttackedOptions extends Partial<LocalServiceOptions> {
  /** Whether the clock stands but for {@link Attacked.pass}, so that no delay ends while a busy machine is slow. */
  readonly still?: boolean;
  /** How many wrap keys the service has; new wraps are under the last. @default 1 */
  readonly wrapKeys?: number;
}

/**
 * Starts the service on loopback with a cloud in memory, by production's adapters and a bcrypt cost of 10.
 *
 * @param options what the service is started with otherwise
 */
export async function startAttacked({
  still = false,
  wrapKeys = 1,
  ...options
}: AttackedOptions = {}): Promise<Attacked> {
  let passed = 0;
  const begun = Date.now();
  const clock = () => (still ? begun : Date.now()) + passed;
  const cloud = await startCloud(null, { now: clock, wrapKeys });
  const telemetry = createMemoryTelemetry();
  const settings = { bcryptCost: 10, ...options.settings };
  const bcrypt = createPasswordHasher({ workers: 2 });
  let hashes = 0;
  const hasher = {
    tail: (...given: Parameters<PasswordHasher['tail']>) => {
      hashes++;
      return bcrypt.tail(...given);
    },
    close: () => bcrypt.close(),
  };
  const service = await startService({ cloud, port: 0, telemetry, clock, hasher, ...options, settings });
  const aws = { region: cloud.region, endpoints: cloud.endpoints, credentials: cloud.credentials };
  const [dynamodb, s3, kms] = [dynamoDbClient(aws), s3Client(aws), kmsClient(aws)];
  const [table, bucket] = [tableOf(dynamodb, cloud.table), bucketOf(s3, cloud.bucket)];
  const call = httpClient(service.url);
  let members = 0;
  return {
    url: service.url,
    call,
    cloud,
    service,
    telemetry,
    table,
    bucket,
    kms,
    hasher,
    hashes: () => hashes,
    clock,
    pass: (ms) => {
      passed += ms;
    },
    register: async (email = `member-${String(++members)}@example.com`) => {
      const body = { email, password: PASSWORD, acceptDataLoss: true };
      const answer = await call('POST /v1/accounts', { body });
      return {
        email,
        password: PASSWORD,
        accountId: answer.text('accountId'),
        sessionId: answer.text('session.id'),
        token: answer.text('session.token'),
      };
    },
    close: async () => {
      await service.close();
      const contents = await contentsOf(table, bucket, telemetry);
      await cloud.close();
      for (const client of [dynamodb, s3, kms]) client.destroy();
      suiteWatch.over(() => contents);
    },
  };
}

/** All that lies in the cloud, and what the operator saw. */
async function contentsOf(table: Table, bucket: Bucket, telemetry: MemoryTelemetry) {
  const contents: [where: string, held: string | Uint8Array][] = [
    ['the log', JSON.stringify(telemetry.lines)],
    ['the metrics', JSON.stringify([...telemetry.counts])],
  ];
  for (const row of await table.all()) {
    for (const [name, value] of Object.entries(row)) {
      contents.push([`the attribute ${name}`, value.B ?? JSON.stringify(value)]);
    }
  }
  for (const name of await bucket.names()) {
    contents.push(['the name of an object', name], ['an object', await bucket.get(name)]);
  }
  return contents;
}

/** Calls a service that runs. @param url its own */
export function httpClient(url: string): Client {
  return clientOf((request) => fetch(request), url);
}

function tableOf(client: DynamoDBClient, TableName: string): Table {
  const all = async () => {
    const rows: RawRow[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
      rows.push(...Items);
    }
    return rows;
  };
  const put: Table['put'] = async (...rows) => {
    for (const Item of rows) await client.send(new PutItemCommand({ TableName, Item: { ...Item } }));
  };
  const remove: Table['remove'] = async (...keys) => {
    for (const key of keys) await client.send(new DeleteItemCommand({ TableName, Key: marshalled(key) }));
  };
  return {
    all,
    put,
    remove,
    get: async (key) => {
      const { Item } = await client.send(new GetItemCommand({ TableName, Key: marshalled(key), ConsistentRead: true }));
      if (Item === undefined) throw new Error(`the table has no row ${key.pk} ${key.sk}`);
      return Item;
    },
    restore: async (rows) => {
      const kept = new Set(rows.map((row) => nameOf(keyOf(row))));
      await remove(...(await all()).map(keyOf).filter((key) => !kept.has(nameOf(key))));
      await put(...rows);
    },
  };
}

/** The key of a row. */
export function keyOf(row: RawRow): RawKey {
  return { pk: textOf(row, 'pk'), sk: textOf(row, 'sk') };
}

function textOf(row: RawRow, name: string): string {
  const text = row[name]?.S;
  if (text === undefined) throw new Error(`the row has no text ${name}`);
  return text;
}

const nameOf = ({ pk, sk }: RawKey) => `${pk} ${sk}`;

const marshalled = ({ pk, sk }: RawKey) => ({ pk: { S: pk }, sk: { S: sk } });

function bucketOf(client: S3Client, Bucket: string): Bucket {
  return {
    names: async () => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    get: async (Key) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    put: async (Key, Body) => {
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    },
    remove: async (Key) => {
      await client.send(new DeleteObjectCommand({ Bucket, Key }));
    },
  };
}
