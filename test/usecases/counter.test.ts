import { describe, expect, it } from '@jest/globals';
import type { FailedTry, ThrottleRow } from '../../lambda/domain/records.ts';
import { IntegrityError, TooManyAttemptsError } from '../../lambda/errors.ts';
import {
  cleared,
  count,
  emptyCounter,
  giveBack,
  PASSWORD_POLICY,
  raise,
  replacing,
} from '../../lambda/usecases/throttle.ts';
import { createMemoryVaultStore } from '../fixtures/memory-vault-store.ts';
import { HOUR, MINUTE } from './support.ts';

const NOW = 1_700_000_000_000;
const DAY = 24 * HOUR;
const KEY = { kind: 'throttle', subject: 'subject', source: 'source' } as const;

const tryAt = (at: number): FailedTry => ({ at, source: 'source' });
const row = (change: Partial<ThrottleRow>): ThrottleRow => ({ ...emptyCounter(KEY), ...change });
const next = (before: ThrottleRow | null, at = NOW) => count(KEY, before, tryAt(at), PASSWORD_POLICY);

/** So many failures, a second apart, of which the last was now. */
function failures(times: number): ThrottleRow {
  let counter = emptyCounter(KEY);
  for (let i = times - 1; i >= 0; i--) {
    counter = next({ ...counter, blockedUntil: 0, lastFailureAt: counter.lastFailureAt }, NOW - i * 1000).row;
  }
  return counter;
}

/** A store with a row, and what was asked of it. */
function environment(stored: ThrottleRow | null, { random = 255, lose = false } = {}) {
  const memory = createMemoryVaultStore();
  const pauses: number[] = [];
  const commits = () => memory.calls.filter(({ op }) => op === 'commit').length;
  let lost = 0;
  const store = lose
    ? {
        ...memory,
        commit: () => {
          lost++;
          return Promise.resolve({ ok: false, failed: [0] } as const);
        },
      }
    : memory;
  const env = {
    store,
    clock: () => NOW,
    sleep: (ms: number) => {
      pauses.push(ms);
      return Promise.resolve();
    },
    random: (length: number) => new Uint8Array(length).fill(random),
  };
  return {
    env,
    pauses,
    commits,
    lost: () => lost,
    plant: async () => {
      if (stored !== null) await memory.commit([{ op: 'put', row: stored, replaces: 'any' }]);
      memory.calls.length = 0;
    },
    row: () => memory.get(KEY),
  };
}

/** What becomes of a stored counter when a try is given back, and in how many writes. */
async function givenBack(stored: ThrottleRow | null, counted: ReturnType<typeof next>) {
  const { env, plant, row: left, commits } = environment(stored);
  await plant();
  await giveBack(env, counted);
  return { left: await left(), writes: commits() };
}

describe('a counter of failed tries', () => {
  it('takes a try beside one that earned no delay, however much later that one’s clock ran', () => {
    const later = row({ failures: 3, lastFailureAt: NOW + HOUR, blockedUntil: NOW + HOUR, tries: [tryAt(NOW + HOUR)] });
    expect(next(later).row.failures).toBe(4);
  });

  it('asks to wait for as long as two clocks can be apart beyond the longest delay; more is tampering', () => {
    const until = (blockedUntil: number) => () => next(row({ failures: 30, lastFailureAt: NOW - 1, blockedUntil }));
    const longest = NOW + 20 * MINUTE;
    expect(until(longest)).toThrow(expect.objectContaining({ code: 'too_many_attempts', retryAfter: 1200 }));
    expect(until(longest + 1)).toThrow(new IntegrityError('throttle row'));
  });

  it('holds fewer than 2^31 failures; more is tampering', () => {
    const failed = (times: number) => row({ failures: times, lastFailureAt: NOW - 1, blockedUntil: NOW - 1 });
    expect(next(failed(2 ** 31 - 1)).row.failures).toBe(2 ** 31);
    expect(() => next(failed(2 ** 31))).toThrow(new IntegrityError('throttle row'));
  });

  it('remembers a try for 30 days, and not a millisecond longer', () => {
    const old = [tryAt(NOW - 30 * DAY), tryAt(NOW - 30 * DAY + 1)];
    expect(next(row({ failures: 2, tries: old })).row.tries).toEqual([tryAt(NOW - 30 * DAY + 1), tryAt(NOW)]);
  });

  it('remembers the last 20 tries, and knows which made room', () => {
    const full = failures(20);
    const counted = next({ ...full, blockedUntil: 0 }, NOW + 1);
    expect(counted.row.tries).toEqual([...full.tries.slice(1), tryAt(NOW + 1)]);
    expect(counted.pushedOut).toEqual(full.tries.slice(0, 1));
  });
});

describe('raising a counter', () => {
  it('is tried 20 times against others, with ever longer pauses, and then refused for a second', async () => {
    const { env, pauses, lost } = environment(null, { lose: true });
    const refused = raise(env, () => Promise.resolve(next(null)));
    await expect(refused).rejects.toEqual(new TooManyAttemptsError(1));
    await expect(refused).rejects.toMatchObject({ retryAfter: 1 });
    expect(lost()).toBe(20);
    expect(pauses).toEqual(Array.from({ length: 20 }, (_, i) => 10 * (i + 1)));
  });

  it('pauses by chance', async () => {
    const { env, pauses } = environment(null, { lose: true, random: 51 });
    await expect(raise(env, () => Promise.resolve(next(null)))).rejects.toThrow();
    expect(pauses.slice(0, 3)).toEqual([2, 4, 6]);
  });
});

describe('giving a try back', () => {
  it('takes it out of the failures and the tries', async () => {
    const counted = next(failures(3), NOW + 1);
    const { left, writes } = await givenBack(counted.row, counted);
    expect(left).toEqual(failures(3));
    expect(writes).toBe(1);
  });

  it('removes a counter that holds nothing any more', async () => {
    const counted = next(null);
    expect(await givenBack(counted.row, counted)).toEqual({ left: null, writes: 1 });
  });

  it('keeps a counter that knows a failure still, or a success', async () => {
    const counted = next(null);
    const older = await givenBack({ ...counted.row, failures: 2 }, counted);
    expect(older.left).toMatchObject({ failures: 1, tries: [], lastFailureAt: 0 });
    const known = await givenBack({ ...counted.row, failures: 0, lastSuccessAt: NOW }, counted);
    expect(known.left).toMatchObject({ failures: 0, tries: [], blockedUntil: 0, lastSuccessAt: NOW });
  });

  it('writes nothing where the counter is gone, or a success before it has forgotten the try', async () => {
    const counted = next(null);
    expect(await givenBack(null, counted)).toEqual({ left: null, writes: 0 });
    const others = row({ lastSuccessAt: NOW, tries: [tryAt(NOW + 5)], lastFailureAt: NOW + 5 });
    expect(await givenBack(others, counted)).toEqual({ left: others, writes: 0 });
  });

  it('lowers the failures by a try that 20 others have pushed out', async () => {
    const counted = next(null, NOW - 60_000);
    const later = { ...failures(20), failures: 21 };
    const { left } = await givenBack(later, counted);
    expect(left).toMatchObject({ failures: 20, tries: later.tries });
  });

  it('brings back the try that made room for it, in the order of their times', async () => {
    const full = failures(20);
    const tries = full.tries.map(({ at, source }, i) => ({ at: i === 0 ? at + 1500 : at, source }));
    const counted = next({ ...full, tries, blockedUntil: 0 }, NOW + 1);
    const { left } = await givenBack(counted.row, counted);
    expect(left?.tries).toEqual([...tries].sort((a, b) => a.at - b.at));
    expect(left?.failures).toBe(20);
  });

  it('is tried 20 times against others, and never throws', async () => {
    const counted = next(null);
    const { env, plant, lost, pauses } = environment(counted.row, { lose: true });
    await plant();
    await giveBack(env, counted);
    expect(lost()).toBe(20);
    expect(pauses).toHaveLength(20);
    const failing = { ...env.store, get: () => Promise.reject(new Error('the connection broke')) };
    await expect(giveBack({ ...env, store: failing }, counted)).resolves.toBeUndefined();
  });
});

describe('a success', () => {
  it('forgets the failures, and of the tries its own alone', () => {
    const counted = next(failures(3), NOW + 1);
    expect(cleared(counted.row, counted)).toMatchObject({ failures: 0, blockedUntil: 0, tries: failures(3).tries });
    expect(cleared(counted.row, null)).toMatchObject({ failures: 0, tries: counted.row.tries });
    expect(cleared(next(null).row, next(null))).toBeNull();
  });
});

describe('the changes from one state of a counter to another', () => {
  it('are a write, a removal, or none', () => {
    const [one, other] = [row({ failures: 1 }), row({ failures: 2 })];
    expect(replacing(one, other)).toEqual([{ op: 'put', row: other, replaces: one }]);
    expect(replacing(null, other)).toEqual([{ op: 'put', row: other, replaces: null }]);
    expect(replacing(one, null)).toEqual([{ op: 'remove', row: one }]);
    expect(replacing(one, one)).toEqual([]);
    expect(replacing(null, null)).toEqual([]);
  });
});
