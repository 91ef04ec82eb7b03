import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureTable } from '../../local/table.ts';
import { dynamoDbClient } from '../contracts/dynamodb-engine.ts';

const TABLE = 'Killed';
const KILLS = 4;
const LANES = [0, 1, 2, 3];
const LIFE_MS = 250;

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly n: number;
}

describe('the emulator on disk, killed with SIGKILL at work', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-dynamodb-'));
  });
  afterEach(async () => {
    if (child !== undefined) await kill(child);
    rmSync(folder, { recursive: true });
  });

  it('loses no write that it acknowledged, and tears none', async () => {
    const acknowledged = new Map<string, number>();
    let checked = 0;
    for (let life = 0; life <= KILLS; life++) {
      const running = await spawnEmulator(folder);
      child = running.child;
      const client = dynamoDbClient(running.endpoint);
      const documents = DynamoDBDocumentClient.from(client);
      try {
        await ensureTable(client, TABLE);
        const stored = await everything(documents);
        checked += check(stored, await indexed(documents), acknowledged);
        if (life === KILLS) break;
        const lanes = [
          ...LANES.map((lane) => transactions(documents, `lane-${lane}`, stored, acknowledged)),
          puts(documents, 'puts', stored, acknowledged),
        ];
        // Not always at the same point of the work.
        await pause(LIFE_MS + 37 * life);
        await kill(child);
        await Promise.all(lanes);
      } finally {
        client.destroy();
      }
    }
    expect(checked).toBeGreaterThan(KILLS * LANES.length);
  }, 30_000);
});

/** Writes three rows with one number in each transaction, on condition of the number before, until the end. */
async function transactions(
  documents: DynamoDBDocumentClient,
  pk: string,
  stored: ReadonlyMap<string, Row>,
  acknowledged: Map<string, number>,
): Promise<void> {
  for (let n = (stored.get(`${pk}/a`)?.n ?? 0) + 1; ; n++) {
    const condition = {
      ConditionExpression: n === 1 ? 'attribute_not_exists(pk) OR n = :was' : 'n = :was',
      ExpressionAttributeValues: { ':was': n - 1 },
    };
    const put = (sk: string, more: object) => ({
      Put: { TableName: TABLE, Item: { pk, sk, n, duePk: pk, dueAt: n }, ...more },
    });
    const TransactItems = [put('a', condition), put('b', {}), put(`history-${n}`, {})];
    if (!(await acknowledges(documents.send(new TransactWriteCommand({ TransactItems }))))) return;
    acknowledged.set(pk, n);
  }
}

/** Writes one row again and again. */
async function puts(
  documents: DynamoDBDocumentClient,
  pk: string,
  stored: ReadonlyMap<string, Row>,
  acknowledged: Map<string, number>,
): Promise<void> {
  for (let n = (stored.get(`${pk}/a`)?.n ?? 0) + 1; ; n++) {
    const Item = { pk, sk: 'a', n, duePk: pk, dueAt: n };
    if (!(await acknowledges(documents.send(new PutCommand({ TableName: TABLE, Item }))))) return;
    acknowledged.set(pk, n);
  }
}

/** False when the process went away; a condition that fails would be a fault of the emulator. */
async function acknowledges(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException) throw error;
    return false;
  }
}

/** Holds what is stored to what was acknowledged, and says how many writes that were. */
function check(
  stored: ReadonlyMap<string, Row>,
  index: ReadonlyMap<string, Row>,
  acknowledged: ReadonlyMap<string, number>,
): number {
  for (const [pk, n] of acknowledged) {
    // One write more may have been on its way.
    expect([n, n + 1]).toContain(stored.get(`${pk}/a`)?.n);
  }
  for (const lane of LANES) {
    const pk = `lane-${lane}`;
    const last = stored.get(`${pk}/a`)?.n ?? 0;
    expect(stored.get(`${pk}/b`)?.n ?? 0).toBe(last);
    const history = [...stored.values()].filter((row) => row.pk === pk && row.sk.startsWith('history-'));
    expect(history.map(({ n }) => n).sort((a, b) => a - b)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  }
  const expected = [...stored].map(([key, { n }]) => [key, n]).sort();
  expect([...index].map(([key, { n }]) => [key, n]).sort()).toEqual(expected);
  return stored.size;
}

async function everything(documents: DynamoDBDocumentClient): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: TABLE, ConsistentRead: true }));
  for (const { pk, sk, n } of Items as Row[]) rows.set(`${pk}/${sk}`, { pk, sk, n });
  return rows;
}

/** What the index holds, its time in place of the row's number. */
async function indexed(documents: DynamoDBDocumentClient): Promise<Map<string, Row>> {
  const rows = new Map<string, Row>();
  for (const shard of [...LANES.map((lane) => `lane-${lane}`), 'puts']) {
    const { Items = [] } = await documents.send(
      new QueryCommand({
        TableName: TABLE,
        IndexName: 'due',
        KeyConditionExpression: 'duePk = :shard',
        ExpressionAttributeValues: { ':shard': shard },
      }),
    );
    for (const { pk, sk, dueAt } of Items as (Row & { dueAt: number })[]) rows.set(`${pk}/${sk}`, { pk, sk, n: dueAt });
  }
  return rows;
}

async function spawnEmulator(path: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = join(import.meta.dirname, 'dynamodb-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const endpoint of createInterface({ input: child.stdout })) return { child, endpoint };
  throw new Error('the emulator did not start');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
