import { BEHAVIOUR, DEFAULT_QUOTAS, type Quotas } from './assumed.ts';
import { peakRate } from './demand.ts';
import { withNewTable } from './limits.ts';
import type { Measured, Operation } from './measured.ts';
import { type Limit, type Outcome, percentile, simulate } from './simulate.ts';

/** Times that 99 of 100 requests should stay under, ms. */
export const BOUNDS = {
  'sign in': { ms: 1_500, operations: ['sign in'] },
  'masked read': { ms: 500, operations: ['list, masked', 'item, masked', 'item, masked, a minute later'] },
  write: { ms: 500, operations: ['create item', 'replace item', 'delete item'] },
  document: { ms: 1_500, operations: ['make document'] },
} as const satisfies Record<string, { readonly ms: number; readonly operations: readonly Operation[] }>;
export type Bounded = keyof typeof BOUNDS;
/** Of the requests, those that may be refused. */
export const REFUSED_AT_MOST = 0.001;

export interface Scenario {
  readonly name: string;
  readonly quotas: Quotas;
  /** Requests a second. */
  readonly rates: readonly number[];
  /** So much of the load is played against so much of each quota: less is uneven by nature, and so too strict. */
  readonly part: number;
  /** Whether the load rose slowly, or is there at once. */
  readonly warm: boolean;
}

/** What one load came to. */
export interface Played {
  readonly rate: number;
  /** ms; null where none succeeded. */
  readonly p99: Readonly<Record<Bounded, number | null>>;
  /** A share of all. */
  readonly refused: number;
  /** What refused the most. */
  readonly by: Limit | null;
  readonly good: boolean;
}

/** A region with quotas that AWS raises on request. */
export const RAISED: Quotas = {
  gateway: 40_000,
  gatewayBurst: 20_000,
  concurrency: 20_000,
  scaling: 1_000,
  kms: 200_000,
  readUnits: 400_000,
  writeUnits: 200_000,
};

/** A cell: an AWS account in a region, whose gateway and KMS are as given, and whose table and functions are raised. */
export const CELL: Quotas = { ...DEFAULT_QUOTAS, concurrency: 5_000, readUnits: 120_000, writeUnits: 80_000 };

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'new',
    quotas: withNewTable(DEFAULT_QUOTAS),
    rates: [250, 500, 1_000, 1_500, 2_000],
    part: 1,
    warm: true,
  },
  { name: 'default', quotas: DEFAULT_QUOTAS, rates: [1_000, 2_000, 3_000, 4_000, 5_000, 6_000], part: 1, warm: true },
  { name: 'raised', quotas: RAISED, rates: [10_000, 20_000, 30_000, 38_000, 45_000], part: 0.1, warm: true },
  { name: 'cell', quotas: CELL, rates: [2_500, 5_000, 7_500, 9_500, 12_000], part: 0.25, warm: true },
  { name: 'surge', quotas: CELL, rates: [1_000, 2_500, 5_000, 7_500, 9_500], part: 1, warm: false },
];

const SECONDS = 4;

/** Plays a scenario at each of its loads. */
export function play(measured: Measured, { quotas, rates, part, warm }: Scenario): Played[] {
  return rates.map((rate) => {
    const load = { quotas: scaled(quotas, part), rate: rate * part, mix: MIX, seconds: SECONDS, warm };
    return judge(rate, simulate(measured, load));
  });
}

/** Cells that so many accounts need at their busiest, each at most so full. */
export function cellsFor(
  measured: Measured,
  accounts: number,
  most: { readonly rate: number; readonly users: number },
) {
  return Math.ceil(Math.max(peakRate(measured, accounts) / most.rate, accounts / most.users));
}

/** What users ask for; maintenance is not of it. */
const { 'remove what is due': _, ...MIX } = BEHAVIOUR;

function scaled(quotas: Quotas, part: number): Quotas {
  const all = (Object.entries(quotas) as [string, number][]).map(([name, value]) => [name, value * part] as const);
  return Object.fromEntries(all) as unknown as Quotas;
}

function judge(rate: number, outcome: Outcome): Played {
  const bounds = Object.entries(BOUNDS) as [Bounded, (typeof BOUNDS)[Bounded]][];
  const p99 = Object.fromEntries(
    bounds.map(([name, { operations }]) => [name, percentile(outcome, operations, 0.99)]),
  ) as Record<Bounded, number | null>;
  const counts = [...outcome.refused].sort(([, a], [, b]) => b - a);
  const refused = counts.reduce((sum, [, count]) => sum + count, 0) / outcome.requests;
  const inTime = bounds.every(([name, { ms }]) => (p99[name] ?? Number.POSITIVE_INFINITY) <= ms);
  return { rate, p99, refused, by: counts[0]?.[0] ?? null, good: inTime && refused <= REFUSED_AT_MOST };
}
