import { hash, hashSync } from 'bcryptjs';
import { createPasswordHasher } from '../lambda/adapters/system/password-hasher.ts';
import { byTurns, median, named, ratio, type Series, spread } from './measure.ts';
import { loadPeer } from './peers.ts';
import type { Goal, Result, Row } from './results.ts';
import { cpuOf } from './sign-in/cpu.ts';
import { type Fleet, fourAtOnce, signInFleet } from './sign-in/fleet.ts';
import { partsOfSignIn } from './sign-in/parts.ts';
import type { BcryptPeer } from './sign-in/peer.ts';

const PREHASH = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/';
const SALT = 'abcdefghijklmnopqrstuu';
const THREADS = 2;
/** What runs beside a measurement only ever adds to it, so that the least of some says most. */
const TRIES = 4;

const BARE = 'one hash by bcryptjs';
const WHOLE = 'a whole sign-in';
const SLICED = 'one hash by bcryptjs, in slices';
const PEER = 'one hash by @node-rs/bcrypt';
const LOOP = 'bcryptjs on the loop';
const POOL = 'two worker threads';

/** Sign-ins on memory doubles of store and KMS, at a deployment's cost. */
export async function benchSignIn(rounds: number): Promise<Result> {
  const isShort = rounds === 1;
  const cost = isShort ? 10 : 12;
  const [onLoop, onThreads] = [createPasswordHasher({ workers: 0 }), createPasswordHasher({ workers: THREADS })];
  try {
    const alone = await signInFleet(onLoop, cost);
    const work = await benchWork(alone, cost, rounds);
    const [delays, times] = await benchFour(alone, await signInFleet(onThreads, cost), rounds);
    const parts = await partsOfSignIn(cost, isShort ? 20 : 300);
    return {
      name: 'sign-in',
      about: `Sign-ins at bcrypt's cost ${cost}, on memory doubles of store and KMS.`,
      goals: [...workGoals(work), ...fourGoals(delays, times)],
      tables: [
        {
          about: `CPU outside the calls of store and KMS, ms: the least of ${TRIES} tries a round.`,
          rows: work.map((series) => row(series, named(work, BARE))),
        },
        {
          about: 'Four sign-ins at once: how late the event loop ever was, and when the last was done, ms.',
          rows: delays.map(({ name, values }) => ({
            name,
            values: {
              'latest, median': median(values),
              'latest, worst round': Math.max(...values),
              'all four done': median(named(times, name).values),
              'spread of that': spread(named(times, name).values),
            },
          })),
        },
        {
          about: 'What a sign-in costs beside its hash, µs: the whole with a hash that is free, and in it:',
          rows: parts,
        },
      ],
      bars: [
        {
          title: 'Four sign-ins at once: latest that the event loop was',
          unit: 'ms, less is better',
          bars: delays.map(({ name, values }) => ({
            name,
            value: median(values),
            ...(name === POOL ? { own: true as const } : {}),
          })),
        },
      ],
    };
  } finally {
    await onThreads.close();
  }
}

/** CPU of a sign-in, and of a hash in the ways there are. @throws Error for a peer that gives other bytes */
async function benchWork(fleet: Fleet, cost: number, rounds: number): Promise<Series[]> {
  const setting = `$2b$${cost}$${SALT}`;
  const due = hashSync(PREHASH, setting);
  const peer = rounds === 1 ? null : await loadPeer<BcryptPeer>('node-rs-bcrypt');
  if (peer !== null && peer.hash(PREHASH, setting) !== due) throw new Error('@node-rs/bcrypt gives other bytes');
  const contenders: [string, () => Promise<number>][] = [
    [BARE, () => cpuOf(() => hashSync(PREHASH, setting))],
    [WHOLE, () => fleet.signIn()],
    [SLICED, () => cpuOf(() => hash(PREHASH, setting))],
  ];
  if (peer !== null) contenders.push([PEER, () => cpuOf(() => peer.hash(PREHASH, setting))]);
  return byTurns(
    contenders.map(([name, measure]) => ({ name, run: () => leastOf(measure) })),
    rounds,
  );
}

async function leastOf(measure: () => Promise<number>): Promise<number> {
  const tries: number[] = [];
  for (let i = 0; i < TRIES; i++) tries.push(await measure());
  return Math.min(...tries);
}

/** Delays and times of four sign-ins at once, by who hashes. */
async function benchFour(alone: Fleet, threaded: Fleet, rounds: number): Promise<[Series[], Series[]]> {
  const late = new Map<string, number[]>([
    [LOOP, []],
    [POOL, []],
  ]);
  const contender = (name: string, fleet: Fleet) => ({
    name,
    run: async () => {
      const { lateMs, wholeMs } = await fourAtOnce(fleet);
      late.get(name)?.push(lateMs);
      return wholeMs;
    },
  });
  const times = await byTurns([contender(LOOP, alone), contender(POOL, threaded)], rounds);
  // The round that warms is in these.
  return [[...late].map(([name, values]) => ({ name, values: values.slice(-rounds) })), times];
}

function workGoals(work: readonly Series[]): Goal[] {
  return [
    {
      what: 'CPU of a whole sign-in outside the cloud calls, against one bcryptjs hash of the same cost',
      value: ratio(named(work, WHOLE), named(work, BARE)),
      atMost: 1.02,
      kind: 'time',
    },
  ];
}

function fourGoals(delays: readonly Series[], times: readonly Series[]): Goal[] {
  return [
    {
      what: 'Four sign-ins at once on two worker threads: latest that the event loop was, ms',
      value: median(named(delays, POOL).values),
      atMost: 50,
      kind: 'time',
    },
    {
      what: 'Four sign-ins at once: bcryptjs on the loop, against two worker threads',
      value: ratio(named(times, LOOP), named(times, POOL)),
      atLeast: 1.5,
      kind: 'time',
    },
  ];
}

function row(series: Series, bare: Series): Row {
  const { name, values } = series;
  return { name, values: { CPU: median(values), spread: spread(values), 'against one hash': ratio(series, bare) } };
}
