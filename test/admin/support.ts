import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { type Process, runAdmin } from '../../admin/main.ts';
import { composeAll } from '../../lambda/compose.ts';
import { PLAIN_STATIONERY } from '../../lambda/domain/stationery.ts';
import type { VaultSettings } from '../../lambda/usecases/environment.ts';
import { type LocalCloud, startCloud, writeEndpoints } from '../../local/cloud.ts';
import { type Client, clientOf, PASSWORD } from '../fixtures/app.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';

/** What a run of the tool came to. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The JSON object on the standard output. @throws Error where there is none */
  readonly data: () => Record<string, unknown>;
}

/** A local cloud with its API, and the operator's tool beside it. */
export interface Site {
  readonly cloud: LocalCloud;
  /** Where `endpoints.json` and state files lie. */
  readonly folder: string;
  /** The API, with the wrap keys of these places: the last makes new wraps. @default the first alone */
  readonly api: (wrapKeys?: readonly number[], settings?: Partial<VaultSettings>) => Client;
  /** Runs the tool in this process, with --json. @param input what is typed in */
  readonly admin: (command: string, input?: string) => Promise<Ran>;
  /** The table itself, to look into and to tamper with. */
  readonly raw: RawTable;
  /** KMS itself, to disable keys. */
  readonly kms: KMSClient;
  readonly close: () => Promise<void>;
}

export interface RawTable {
  readonly rows: () => Promise<Attributes[]>;
  readonly put: (item: Attributes) => Promise<void>;
  /** Sets attributes of a row, removing those that are undefined. @throws Error where it is not there */
  readonly change: (pk: string, sk: string, set: Readonly<Record<string, AttributeValue | undefined>>) => Promise<void>;
  readonly get: (pk: string, sk: string) => Promise<Attributes>;
  readonly remove: (pk: string, sk: string) => Promise<void>;
}

type Attributes = Record<string, AttributeValue>;

export const SETTINGS: VaultSettings = {
  bcryptCost: 10,
  suite: 2,
  pepper: 1,
  sessionMs: 8 * 3_600_000,
  idleMs: 30 * 60_000,
  minPasswordLength: 15,
  sessionCacheMs: 0,
  sessionsSince: 0,
  retentionDays: 90,
};

/** Starts a cloud in memory with two wrap keys. */
export async function startSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-admin-'));
  const cloud = await startCloud(null, { wrapKeys: 2 });
  writeEndpoints(folder, 'http://127.0.0.1:1', cloud);
  const { table, region, endpoints, credentials, bucket } = cloud;
  const client = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  const kms = new KMSClient({ region, credentials, endpoint: endpoints.kms });
  return {
    cloud,
    folder,
    raw: rawTable(client, table),
    kms,
    api: (wrapKeys = [0], settings = {}) => {
      const config = {
        table,
        wrapKeyArns: wrapKeys.map((place) => cloud.wrapKeyArns[place] ?? ''),
        macKeyArns: [cloud.macKeyArn],
        allowedOrigins: [],
        stage: 'local',
        settings: { ...SETTINGS, ...settings },
      };
      const platform = { config, aws: { region, endpoints, credentials }, telemetry: createMemoryTelemetry() };
      const stationery = { ...PLAIN_STATIONERY, logo: null };
      return clientOf(composeAll(platform, bucket, stationery, createMemoryHasher()));
    },
    admin: (command, input = '') => runTool(folder, command, input),
    close: async () => {
      client.destroy();
      kms.destroy();
      await cloud.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export function rawTable(client: DynamoDBClient, TableName: string): RawTable {
  const place = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });
  const put = async (Item: Attributes) => {
    await client.send(new PutItemCommand({ TableName, Item }));
  };
  const get = async (pk: string, sk: string) => {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: place(pk, sk), ConsistentRead: true }));
    if (Item === undefined) throw new Error(`there is no row ${pk} ${sk}`);
    return Item;
  };
  return {
    put,
    get,
    rows: async () => {
      const rows: Attributes[] = [];
      for await (const page of paginateScan({ client }, { TableName })) rows.push(...(page.Items ?? []));
      return rows;
    },
    change: async (pk, sk, set) => {
      const all = Object.entries({ ...(await get(pk, sk)), ...set });
      await put(Object.fromEntries(all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))));
    },
    remove: async (pk, sk) => {
      await client.send(new DeleteItemCommand({ TableName, Key: place(pk, sk) }));
    },
  };
}

async function runTool(folder: string, command: string, input: string): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []];
  const process: Process = {
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    env: {},
    ask: () => Promise.resolve(input),
  };
  // Each command writes its state file where no other test's is.
  const state =
    command.includes('--state') || !/^(keys|verify|upgrade|restore)/.test(command)
      ? []
      : ['--state', join(folder, 'state.json')];
  const rate = state.length > 0 && !command.includes('--rate') ? ['--rate', '100000'] : [];
  const args = [...command.split(' '), '--local', '--folder', folder, '--json', ...state, ...rate];
  const code = await runAdmin(args, process);
  return {
    code,
    out: out.join(''),
    err: err.join(''),
    data: () => JSON.parse(out.join('')) as Record<string, unknown>,
  };
}

/** An account that was made by the API. */
export interface Person {
  readonly email: string;
  readonly accountId: string;
  readonly token: string;
}

export async function register(api: Client, email: string, sourceIp = '192.0.2.1'): Promise<Person> {
  const answer = await api('POST /v1/accounts', {
    body: { email, password: PASSWORD, acceptDataLoss: true },
    sourceIp,
  });
  return { email, accountId: answer.text('accountId'), token: answer.text('session.token') };
}

/** Makes a recovery code. */
export async function recoveryCode(api: Client, { token }: Person): Promise<string> {
  return (await api('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } })).text('recoveryCode');
}
