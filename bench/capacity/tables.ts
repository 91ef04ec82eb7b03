import {
  BEHAVIOUR,
  DEFAULT_QUOTAS,
  FUNCTION_OF,
  KMS_ELSEWHERE,
  NEW_TABLE,
  PEAK,
  type Quotas,
  SECONDS_A_MONTH,
  STAGE,
} from './assumed.ts';
import { behaviour, bill, costs, rewrap } from './bills.ts';
import { costOfStanding, costOfUsers } from './cost.ts';
import { type Demand, demandOf, gigabytes, peakRate, storedBy, timeOf, waves } from './demand.ts';
import { allowedBy, firstOf, maintenanceOf, meanOf, partitionHeat, withNewTable } from './limits.ts';
import { grouped, rounded, table } from './markdown.ts';
import { type Measured, OPERATIONS } from './measured.ts';
import { BOUNDS, CELL, cellsFor, type Played, play, RAISED, SCENARIOS, type Scenario } from './scenarios.ts';
import type { Limit } from './simulate.ts';

const LIMITS: readonly Limit[] = ['API Gateway', 'Lambda', 'KMS', 'DynamoDB reads', 'DynamoDB writes'];
/** A cell is filled to so much of what its gateway takes: users come and go unevenly. */
const FULL = 0.6;

/** All that docs/capacity.md does not say by itself: tables in Markdown, by the names of their markers. */
export function tables(measured: Measured): Readonly<Record<string, string>> {
  const played = SCENARIOS.map((scenario) => [
    `simulation-${scenario.name}`,
    simulation(scenario, play(measured, scenario)),
  ]);
  return {
    operations: operations(measured),
    behaviour: behaviour(),
    'cost-of-1000': bill(costOfUsers(measured, 1_000)),
    'cost-standing': bill(costOfStanding(measured)),
    'cost-total': costs(measured),
    quotas: quotas(),
    limits: limits(measured),
    regions: regions(measured),
    heat: heat(measured),
    maintenance: maintenance(measured),
    growth: growth(measured),
    rewrap: rewrap(),
    ...(Object.fromEntries(played) as Record<string, string>),
  };
}

function operations(measured: Measured): string {
  const rows = OPERATIONS.map((name) => {
    const { kms, reads, writes, s3Reads, s3Writes } = demandOf(measured, name);
    const { ms, cpuMs } = timeOf(measured, name);
    const { calls } = measured.operations[name];
    return [
      name,
      FUNCTION_OF[name],
      waves(calls).length,
      kms,
      reads,
      writes,
      s3Reads + s3Writes,
      cpuMs.toFixed(0),
      ms.toFixed(0),
    ];
  });
  const head = [
    'operation',
    'function',
    'rounds',
    'KMS',
    'read units',
    'write units',
    'S3',
    'processor, ms',
    'in all, ms',
  ];
  return table(head, rows);
}

function quotas(): string {
  const sets: readonly Quotas[] = [DEFAULT_QUOTAS, RAISED, CELL];
  const line = (what: string, pick: (set: Quotas) => number, note: string) => [
    what,
    ...sets.map((set) => grouped(pick(set))),
    note,
  ];
  return table(
    ['quota', 'A: as given', 'B: raised', 'C: a cell', ''],
    [
      line('API Gateway, requests a second', ({ gateway }) => gateway, 'an account in a region; 2,500 in some'),
      line('API Gateway, burst', ({ gatewayBurst }) => gatewayBurst, 'AWS sets it by the rate'),
      line('Lambda, environments at once', ({ concurrency }) => concurrency, 'an account in a region'),
      line('Lambda, more environments in 10 s', ({ scaling }) => scaling, 'each function; can’t be raised'),
      line('KMS, operations a second', ({ kms }) => kms, `${KMS_ELSEWHERE.map(grouped).join(' or ')} in other regions`),
      line(
        'DynamoDB, read units a second',
        ({ readUnits }) => readUnits,
        `a table; a new one ${grouped(NEW_TABLE.readUnits)}`,
      ),
      line(
        'DynamoDB, write units a second',
        ({ writeUnits }) => writeUnits,
        `a table; a new one ${grouped(NEW_TABLE.writeUnits)}`,
      ),
    ],
  );
}

function limits(measured: Measured): string {
  const of = (what: string, demand: Demand) => {
    const allowed = allowedBy(DEFAULT_QUOTAS, demand);
    const [first] = firstOf(allowed);
    return [
      what,
      ...LIMITS.map((limit) => (limit === first ? `**${rounded(allowed[limit])}**` : rounded(allowed[limit]))),
    ];
  };
  const names = [
    'sign in',
    'list, masked',
    'item, masked',
    'item, revealed',
    'create item',
    'make document',
    'read document',
  ] as const;
  const rows = names.map((name) => of(name, demandOf(measured, name)));
  return table(['a second', ...LIMITS], [...rows, of('requests of the whole mix', meanOf(measured))]);
}

function regions(measured: Measured): string {
  const deployed = { ...DEFAULT_QUOTAS, gateway: STAGE.rateLimit };
  const sets: [string, Quotas, Quotas][] = [
    ['as deployed at first: the stage’s own limits', deployed, { ...deployed, gateway: STAGE.passwordRateLimit }],
    ...[
      ['a new table', withNewTable(DEFAULT_QUOTAS)] as const,
      ['A, us-east-1', DEFAULT_QUOTAS] as const,
      ...KMS_ELSEWHERE.map((kms) => [`A, where KMS gives ${grouped(kms)}`, { ...DEFAULT_QUOTAS, kms }] as const),
      ['B', RAISED] as const,
      ['C', CELL] as const,
    ].map(([name, set]): [string, Quotas, Quotas] => [name, set, set]),
  ];
  const rows = sets.map(([name, set, forSignIns]) => {
    const [mix, rate] = firstOf(allowedBy(set, meanOf(measured)));
    const [signIn, most] = firstOf(allowedBy(forSignIns, demandOf(measured, 'sign in')));
    return [name, rounded(rate), mix, rounded(rate / peakRate(measured, 1)), rounded(most), signIn];
  });
  return table(['limits', 'requests a second', 'first', 'users', 'sign-ins a second, alone', 'first'], rows);
}

function simulation({ part }: Scenario, all: readonly Played[]): string {
  const names = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];
  const rows = all.map(({ rate, p99, refused, by, good }) => [
    grouped(rate),
    ...names.map((name) => (p99[name] === null ? '—' : grouped(Math.round(p99[name])))),
    `${(refused * 100).toFixed(refused > 0 && refused < 0.001 ? 2 : 1)} %`,
    by ?? '—',
    good ? 'yes' : 'no',
  ]);
  const head = [
    'requests a second',
    ...names.map((name) => `${name}, p99, ms`),
    'refused',
    'mostly by',
    'within bounds',
  ];
  const scale = part === 1 ? '' : `\n\nPlayed with ${part * 100} % of the load against ${part * 100} % of each quota.`;
  return table(head, rows) + scale;
}

function heat(measured: Measured): string {
  const rows = partitionHeat(measured, 1e8).map(({ key, does, most, wanted }) => [
    key,
    does,
    rounded(most),
    wanted === null ? '—' : rounded(wanted),
  ]);
  return table(['key', 'what is done to it', 'at most a second', 'by 100 million accounts in one table'], rows);
}

function maintenance(measured: Measured): string {
  const { removedADay, walkedAWeek, usersByRemoval, usersByWalk } = maintenanceOf(measured);
  return table(
    ['', 'most', 'users that make as much'],
    [
      ['documents removed in a day', grouped(removedADay), rounded(usersByRemoval)],
      ['objects walked by in a week', grouped(walkedAWeek), rounded(usersByWalk)],
    ],
  );
}

function growth(measured: Measured): string {
  const { usersByRemoval, usersByWalk } = maintenanceOf(measured);
  const most = { rate: CELL.gateway * FULL, users: Math.min(usersByRemoval, usersByWalk) };
  const { table: rows, bucket } = storedBy(measured);
  const mean = meanOf(measured);
  const lines = [1e6, 1e7, 1e8].map((accounts) => {
    const peak = peakRate(measured, accounts);
    const signIns = (BEHAVIOUR['sign in'] * accounts * PEAK) / SECONDS_A_MONTH;
    return [
      grouped(accounts),
      rounded(peak),
      rounded(signIns),
      rounded(peak * mean.kms),
      rounded(peak * mean.reads),
      rounded(peak * mean.writes),
      rounded(gigabytes(rows * accounts)),
      rounded(gigabytes(bucket * accounts)),
      cellsFor(measured, accounts, most),
    ];
  });
  const head = [
    'accounts',
    'requests',
    'sign-ins',
    'KMS calls',
    'read units',
    'write units',
    'table, GB',
    'bucket, GB',
    'cells',
  ];
  return table(head, lines);
}
