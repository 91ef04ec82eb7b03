import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deployed, everything, unbundled } from './cold-start/builds.ts';
import { type Spent, type Stage, setStage } from './cold-start/starts.ts';
import { byTurns, type Contender, median, named, ratio, type Series, spread } from './measure.ts';
import type { Goal, Result, Row } from './results.ts';

/** What a bundle may load at its start, KB; `test/bundles` holds what is deployed to the same. */
const MOST_KB = { accounts: 650, items: 650, documents: 680, maintenance: 340 } as const;
const SERVICES = Object.keys(MOST_KB) as (keyof typeof MOST_KB)[];

const ALONE = 'accounts, as it is bundled';
const ALL = 'everything in one bundle, loaded at its start';
const PACKAGES = 'accounts, unbundled';
const CACHED = 'accounts, with V8’s compile cache';
const COLD = 'first call, nothing prepared';
const PREPARED = 'first call, prepared at the start';
const WARM = 'third call';

/** What functions load at their start, how long that takes, and what the first call finds. */
export async function benchColdStart(rounds: number): Promise<Result> {
  const work = mkdtempSync(join(tmpdir(), 'twinlock-starts-'));
  const folder = (name: string) => {
    mkdirSync(join(work, name));
    return join(work, name);
  };
  try {
    const weights = SERVICES.map((service) => ({ service, ...deployed(service, folder(service)).weight }));
    const sizes = weights.map(({ service, start, all }) => ({
      name: service,
      values: { 'at its start, KB': kilobytes(start), 'in all, KB': kilobytes(all) },
    }));
    const goals: Goal[] = weights.map(({ service, start }) => ({
      what: `KB that ${service} loads at its start`,
      value: kilobytes(start),
      atMost: MOST_KB[service],
      kind: 'count',
    }));
    const about = 'Functions start in processes of their own, with nothing loaded but them.';
    const table = { about: 'Sizes, minified:', rows: sizes };
    if (rounds === 1) return { name: 'cold-start', about, goals, tables: [table] };
    const stage = await setStage();
    try {
      const loads = await measureLoads(stage, folder, rounds);
      const calls = await measureCalls(stage, folder, join(work, 'items', 'index.mjs'), rounds);
      const [cold, prepared] = [COLD, PREPARED].map((name) => named(calls.cpuMs, name)) as [Series, Series];
      const [alone, all, packages] = [ALONE, ALL, PACKAGES].map((name) => named(loads.ms, name)) as [
        Series,
        Series,
        Series,
      ];
      return {
        name: 'cold-start',
        about,
        goals: [
          ...goals,
          {
            what: 'loading accounts, by one bundle with everything',
            value: ratio(alone, all),
            atMost: 0.3,
            kind: 'time',
          },
          {
            what: 'loading accounts, by the same code unbundled',
            value: ratio(alone, packages),
            atMost: 0.65,
            kind: 'time',
          },
          {
            what: 'processor of the first call, prepared at the start, by not prepared',
            value: ratio(prepared, cold),
            atMost: 0.8,
            kind: 'time',
          },
        ],
        tables: [
          table,
          { about: 'Loading, without what is prepared for the first call:', rows: rowsOf(loads) },
          { about: 'A masked list of ten items, from emulators of DynamoDB and KMS:', rows: rowsOf(calls) },
        ],
        bars: [
          {
            title: 'Loading a function',
            unit: 'ms, less is better',
            bars: loads.ms.map(({ name, values }) => ({
              name,
              value: median(values),
              ...(name === ALONE ? { own: true as const } : {}),
            })),
          },
        ],
      };
    } finally {
      await stage.close();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The same rounds, by the clock and by the processor. */
interface Both {
  readonly ms: readonly Series[];
  readonly cpuMs: readonly Series[];
}

async function measureLoads(stage: Stage, folder: (name: string) => string, rounds: number): Promise<Both> {
  const { file } = deployed('accounts', folder('alone'), false);
  const files = {
    [ALONE]: file,
    [ALL]: everything(folder('all')).file,
    [PACKAGES]: unbundled('accounts', folder('packages')).file,
  };
  const cache = { NODE_COMPILE_CACHE: folder('cache') };
  return both(
    [
      ...Object.entries(files).map(([name, each]) => ({ name, run: async () => (await stage.start(each, 0)).load })),
      { name: CACHED, run: async () => (await stage.start(file, 0, cache)).load },
    ],
    rounds,
  );
}

async function measureCalls(
  stage: Stage,
  folder: (name: string) => string,
  prepared: string,
  rounds: number,
): Promise<Both> {
  const { file } = deployed('items', folder('unprepared'), false);
  const call = async (of: string, place: number): Promise<Spent> => {
    const spent = (await stage.start(of, place + 1)).calls[place];
    if (spent === undefined) throw new RangeError(`there was no call ${place}`);
    return spent;
  };
  return both(
    [
      { name: COLD, run: () => call(file, 0) },
      { name: PREPARED, run: () => call(prepared, 0) },
      { name: WARM, run: () => call(prepared, 2) },
    ],
    rounds,
  );
}

async function both(
  contenders: readonly { readonly name: string; readonly run: () => Promise<Spent> }[],
  rounds: number,
): Promise<Both> {
  const used = new Map<string, number[]>();
  const timed = contenders.map(
    ({ name, run }): Contender => ({
      name,
      run: async () => {
        const { ms, cpuMs } = await run();
        used.set(name, [...(used.get(name) ?? []), cpuMs]);
        return ms;
      },
    }),
  );
  const ms = await byTurns(timed, rounds);
  // The first round is thrown away.
  return { ms, cpuMs: ms.map(({ name }) => ({ name, values: (used.get(name) ?? []).slice(-rounds) })) };
}

function rowsOf({ ms, cpuMs }: Both): Row[] {
  return ms.map(({ name, values }) => ({
    name,
    values: {
      ms: median(values),
      'of the processor, ms': median(named(cpuMs, name).values),
      spread: spread(values),
    },
  }));
}

function kilobytes(bytes: number): number {
  return Math.round(bytes / 1000);
}
