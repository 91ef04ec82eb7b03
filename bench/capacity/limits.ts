import { BEHAVIOUR, NEW_TABLE, PARTITION, PEAK, type Quotas, SECONDS_A_MONTH } from './assumed.ts';
import { type Demand, demandOf, latencyOf, monthOf, storedBy, waves } from './demand.ts';
import type { Measured, Operation } from './measured.ts';
import type { Limit } from './simulate.ts';

const SHARDS = 16;
/** Of maintenance: how long a run may take, s; rows of one batch; objects of one page of the walk, and of one batch. */
const RUN_S = 600;
const BATCH = 10;
const PAGE = 500;
const RUNS_A_DAY = 24;
const DAYS_A_WEEK = 7;

/** How many of something a second each quota allows. */
export function allowedBy(quotas: Quotas, demand: Demand): Record<Limit, number> {
  return {
    'API Gateway': quotas.gateway / demand.requests,
    Lambda: quotas.concurrency / demand.seconds,
    KMS: quotas.kms / demand.kms,
    'DynamoDB reads': quotas.readUnits / demand.reads,
    'DynamoDB writes': quotas.writeUnits / demand.writes,
  };
}

/** The least of them, and what sets it. */
export function firstOf(allowed: Readonly<Record<Limit, number>>): [Limit, number] {
  const all = Object.entries(allowed) as [Limit, number][];
  return all.reduce((least, one) => (one[1] < least[1] ? one : least));
}

/** What one request of the whole mix asks for. */
export function meanOf(measured: Measured): Demand {
  const month = monthOf(measured);
  const mean = (Object.entries(month) as [string, number][]).map(
    ([key, value]) => [key, value / month.requests] as const,
  );
  return Object.fromEntries(mean) as unknown as Demand;
}

/** Quotas with a table that nobody has used yet. */
export function withNewTable(quotas: Quotas): Quotas {
  return { ...quotas, ...NEW_TABLE };
}

/** What one partition of the table, or of its index, bears. */
export interface Heat {
  readonly key: string;
  /** What is done to it, and how often a second at most. */
  readonly does: string;
  readonly most: number;
  /** How often so many users do it a second at the busiest; null where each has a key of its own. */
  readonly wanted: number | null;
}

/** @param users that share a table */
export function partitionHeat(measured: Measured, users: number): Heat[] {
  const wanted = (name: Operation) => (BEHAVIOUR[name] * users * PEAK) / SECONDS_A_MONTH;
  const units = (name: Operation) => demandOf(measured, name);
  const unknown = measured.operations['sign in, unknown e-mail'].calls;
  const ofDecoy = unknown.find(({ call }) => call === 'dynamodb:TransactGetItems')?.reads ?? Number.NaN;
  const indexed = measured.operations['make document'].calls.reduce((sum, { index }) => sum + index, 0);
  // What is made enters today's shards, leaves them, and enters those of the day on which it ends.
  const today = indexed - 1;
  return [
    {
      key: 'the decoy’s rows',
      does: 'sign-ins with an unknown e-mail',
      most: PARTITION.readUnits / ofDecoy,
      wanted: wanted('sign in, unknown e-mail'),
    },
    {
      key: 'one account’s rows',
      does: 'masked reads of an item',
      most: PARTITION.readUnits / units('item, masked').reads,
      wanted: null,
    },
    {
      key: 'one account’s rows',
      does: 'new items',
      most: PARTITION.writeUnits / units('create item').writes,
      wanted: null,
    },
    {
      key: `one day’s ${SHARDS} keys of the index`,
      does: 'documents made',
      most: (SHARDS * PARTITION.writeUnits) / today,
      wanted: wanted('make document'),
    },
  ];
}

/** What maintenance can do, by what its calls take one after another. */
export function maintenanceOf(measured: Measured): {
  readonly removedADay: number;
  readonly walkedAWeek: number;
  readonly usersByRemoval: number;
  readonly usersByWalk: number;
} {
  const ms = (call: string) => latencyOf(call)[0];
  const idleMs = measured.idleRun.calls * ms('dynamodb:Query');
  const leftMs = RUN_S * 1000 - idleMs;
  const batchMs = waves(measured.operations['remove what is due'].calls).reduce(
    (sum, wave) => sum + Math.max(...wave.map(({ call }) => ms(call))),
    ms('dynamodb:Query'),
  );
  const removedADay = Math.floor((leftMs / batchMs) * BATCH) * RUNS_A_DAY;
  const pageMs = ms('s3:LIST') + ms('dynamodb:PutItem') + (PAGE / BATCH) * ms('dynamodb:GetItem');
  const walkedAWeek = Math.floor((leftMs / pageMs) * PAGE) * RUNS_A_DAY * DAYS_A_WEEK;
  return {
    removedADay,
    walkedAWeek,
    usersByRemoval: removedADay / (BEHAVIOUR['remove what is due'] / 30),
    usersByWalk: walkedAWeek / storedBy(measured).documents,
  };
}
