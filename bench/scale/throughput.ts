import { type OwnService, type Served, startBareBeside, startBeside } from '../load/own-service.ts';
import { byTurns, median, named, ratio, type Series, spread } from '../measure.ts';
import type { Goal, Row } from '../results.ts';
import { type Driven, drive, type Read } from './drive.ts';
import { at, type Part } from './part.ts';

/** At a time; each contender alike. */
const CONNECTIONS = 16;
/** Calls of a round. */
const CALLS = 320;
const SHORT_CALLS = 32;
/** Calls before all rounds: code that is still being compiled tells nothing. */
const WARMING = 4000;
const CACHE_MS = 60_000;
const BARE = 'a bare route';
const OWN = 'the service';
const CACHED = 'the service, sessions kept for 60 s';

/**
 * Masked reads of the service, as it is and with the session cache, beside a bare route that makes the same reads of the
 * same table without encryption. The table's emulator has a process of its own, that of KMS is in it.
 */
export async function benchThroughput(own: OwnService, reads: readonly Read[], rounds: number): Promise<Part> {
  const calls = rounds === 1 ? SHORT_CALLS : CALLS;
  const others: Served[] = [];
  try {
    others.push(await startBareBeside(own.cloud));
    others.push(await startBeside(own.cloud, { settings: { sessionCacheMs: CACHE_MS }, withoutBcrypt: true }));
    const contenders = [
      { name: BARE, served: at(others, 0) },
      { name: OWN, served: own },
      { name: CACHED, served: at(others, 1) },
    ];
    const spent = new Map(contenders.map(({ name }) => [name, { driven: [] as Driven[], cpu: [] as number[] }]));
    const connections = Array.from({ length: CONNECTIONS }, (_, n) => at(reads, n % reads.length));
    if (rounds > 1) for (const { served } of contenders) await drive(served.url, connections, WARMING);
    const series = await byTurns(
      contenders.map(({ name, served }) => ({
        name,
        run: async () => {
          await served.cpu();
          const driven = await drive(served.url, connections, calls);
          spent.get(name)?.cpu.push((await served.cpu()) / calls);
          spent.get(name)?.driven.push(driven);
          // Time a call, so that a ratio of these is one of times.
          return 1000 / driven.perSecond;
        },
      })),
      rounds,
    );
    const rows = contenders.map(({ name }): Row => {
      const { driven = [], cpu = [] } = spent.get(name) ?? {};
      const kept = driven.slice(-rounds);
      return {
        name,
        values: {
          'reads a second': 1000 / median(named(series, name).values),
          'spread of it': spread(named(series, name).values),
          'p50, ms': median(kept.map(({ p50 }) => p50)),
          'p99, ms': median(kept.map(({ p99 }) => p99)),
          'its processor, ms a read': median(cpu.slice(-rounds)),
        },
      };
    });
    return {
      goals: [goalOf(series, CACHED, OPENING), goalOf(series, OWN, KMS)],
      tables: [{ about: ABOUT, rows }],
      curves: [],
    };
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
}

const ABOUT = `${CONNECTIONS} masked reads at a time, of items of 1 KB. The bare route makes the same reads of the same table, by the same client of the SDK, without a call of KMS:`;
const OPENING = {
  reason:
    'session, manifest, profile and item are opened, and the answer is checked and logged: each a few hundredths of a read',
};
const KMS = {
  reason: 'a call of KMS each, by the SDK, takes the service half as much again as its two reads of the table',
};

function goalOf(series: readonly Series[], name: string, reason: { readonly reason: string }): Goal {
  return {
    what: `Masked reads a second of ${name}, by those of a bare Hono route without encryption`,
    value: ratio(named(series, BARE), named(series, name)),
    atLeast: 0.7,
    kind: 'time',
    ...reason,
  };
}
