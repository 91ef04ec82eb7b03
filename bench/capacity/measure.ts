import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { startCloud } from '../../local/cloud.ts';
import type { CloudAddress } from '../load/process.ts';
import { median } from '../measure.ts';
import { type Cost, type Measured, OPERATIONS, type Operation } from './measured.ts';
import { type Call, Meter } from './meter.ts';
import { World } from './world.ts';

/** How long a call is held up while what waits for what is looked at, ms: far longer than it takes by itself. */
const HELD_UP_MS = 25;
const DAY_MS = 86_400_000;

/** An operation: what is done before it, and itself. */
interface Deed {
  readonly before?: (world: World) => Promise<unknown>;
  readonly act: (world: World) => Promise<string>;
}

/** All but maintenance's, in an order in which each finds what it needs. */
const DEEDS: Readonly<Record<Exclude<Operation, 'remove what is due'>, Deed>> = {
  register: { act: (world) => world.register() },
  // The session of before is over by then, and goes.
  'sign in': { before: (world) => pass(world, DAY_MS / 2), act: (world) => world.signIn() },
  'sign in, wrong password': { before: (world) => world.signIn(), act: (world) => world.signInWrongly() },
  'sign in, unknown e-mail': { act: (world) => world.signInUnknown() },
  'sign out': { before: (world) => world.signIn(), act: (world) => world.send('DELETE', '/v1/sessions/current') },
  'list, masked': { before: (world) => world.signIn(), act: (world) => world.get('/v1/items') },
  'item, masked': { act: (world) => world.get(`/v1/items/${world.items[0]?.[0]}?mask=true`) },
  'item, masked, a minute later': {
    before: (world) => pass(world, 61_000),
    act: (world) => world.get(`/v1/items/${world.items[0]?.[0]}?mask=true`),
  },
  'item, revealed': { act: (world) => world.get(`/v1/items/${world.items[0]?.[0]}`) },
  'create item': { act: (world) => world.createItem() },
  'replace item': { act: (world) => world.replaceItem() },
  'delete item': { act: (world) => world.send('DELETE', `/v1/items/${world.items.pop()?.[0]}`) },
  'make document': { act: (world) => world.makeDocument() },
  'read document': { act: (world) => world.get(`/v1/documents/${world.documents[0]}/content`) },
  'list documents': { act: (world) => world.get('/v1/documents') },
  'delete document': { act: (world) => world.send('DELETE', `/v1/documents/${world.documents.pop()}`) },
};

/** Counts what each operation asks of the cloud: the same on every machine. */
export async function countCalls(): Promise<Omit<Measured, 'hashMs'>> {
  const world = new World();
  const cloud = await startCloud(null, { now: () => world.now });
  const meter = new Meter();
  try {
    await world.start({ ...cloud, endpoints: await meter.open(cloud.endpoints) });
    await world.age();
    const operations: Partial<Record<Operation, Cost>> = {};
    const { accountId } = world;
    const under = (prefix: string) => meter.ledger.bytesUnder(`A#${accountId} ${prefix}`);
    const entries = under('L#');
    const object = JSON.parse(await world.get(`/v1/documents/${world.documents[0]}`)) as { size: number };
    // The e-mail's row and the counters of its tries are an account's too.
    const account = meter.ledger.bytesUnder(`A#${accountId}`) - entries + meter.ledger.bytesUnder('E#') / 2;
    meter.take();
    await world.get(`/v1/items/${world.items[0]?.[0]}`);
    const stored = { account: Math.round(account), entry: under('L#') - entries, object: object.size };
    for (const [name, { before, act }] of Object.entries(DEEDS)) {
      await before?.(world);
      meter.take();
      world.hashes = 0;
      meter.delayMs = HELD_UP_MS;
      const answer = await act(world);
      meter.delayMs = 0;
      operations[name as Operation] = { calls: meter.take(), cpuMs: 0, hashes: world.hashes, answer: answer.length };
    }
    const { due, idle } = await countMaintenance(world, meter);
    operations['remove what is due'] = { calls: due, cpuMs: 0, hashes: 0, answer: 0 };
    const idleRun = { calls: idle.length, reads: idle.reduce((sum, { reads }) => sum + reads, 0) };
    return { stored, idleRun, operations: all(operations) };
  } finally {
    await world.close();
    await meter.close();
    await cloud.close();
  }
}

/** What a run asks for one document that is due, beyond what it asks for when nothing is. */
async function countMaintenance(world: World, meter: Meter): Promise<{ due: Call[]; idle: Call[] }> {
  await world.signIn();
  await world.makeDocument(1);
  await world.maintain();
  world.now += 2 * DAY_MS;
  meter.take();
  await world.maintain();
  const due = meter.take();
  await world.maintain();
  const idle = meter.take();
  const left = idle.map(({ call }) => call);
  // What comes last of a run is the same in both.
  const more = due.toReversed().filter(({ call }) => {
    const place = left.indexOf(call);
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
  return { due: more.toReversed().map((call, wave) => ({ ...call, wave })), idle };
}

/** Measures what each operation takes of a processor, the cloud in another process, ms. */
export async function timeOperations(rounds: number): Promise<{ hashMs: number; cpuMs: Record<Operation, number> }> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-capacity-'));
  const child = fork(new URL('../load/process.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const world = new World();
  world.now = Date.now();
  try {
    child.send({ cloud: folder });
    const [{ address }] = (await once(child, 'message')) as [{ address: CloudAddress }];
    await world.start({ ...address, close: () => Promise.resolve() });
    await world.age();
    const cpuMs: Partial<Record<Operation, number>> = {};
    for (const [name, { before, act }] of Object.entries(DEEDS)) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        await before?.(world);
        times.push(await cpuOf(() => act(world)));
      }
      cpuMs[name as Operation] = median(times);
    }
    await world.signIn();
    for (let round = 0; round < rounds; round++) await world.makeDocument(1);
    await world.maintain();
    world.now += 2 * DAY_MS;
    const [due, ...idle] = [await runOf(world), await runOf(world), await runOf(world)];
    cpuMs['remove what is due'] = Math.max(0, due - Math.min(...idle)) / rounds;
    return { hashMs: await timeHash(), cpuMs: all(cpuMs) };
  } finally {
    await world.close();
    child.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

function runOf(world: World): Promise<number> {
  return cpuOf(() => world.maintain());
}

async function timeHash(): Promise<number> {
  const hasher = createPasswordHasher({ workers: 0 });
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    times.push(await cpuOf(() => hasher.tail('a'.repeat(64), new Uint8Array(16), 12)));
  }
  await hasher.close();
  return median(times);
}

async function cpuOf(act: () => Promise<unknown>): Promise<number> {
  const from = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

function pass(world: World, ms: number): Promise<void> {
  world.now += ms;
  return Promise.resolve();
}

function all<T>(found: Partial<Record<Operation, T>>): Record<Operation, T> {
  const missing = OPERATIONS.find((name) => found[name] === undefined);
  if (missing !== undefined) throw new Error(`${missing} was not measured`);
  return found as Record<Operation, T>;
}
