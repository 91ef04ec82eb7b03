import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createSessionKeys } from '../../lambda/adapters/system/session-keys.ts';

const MS = 30_000;

/** A cache whose clock and timers stand still but where they are moved; and all arrays that it ever kept. */
function still({ most }: { readonly most?: number } = {}) {
  jest.useFakeTimers();
  const copies = jest.spyOn(Uint8Array, 'from');
  let ahead = 0;
  const clock = () => Date.now() + ahead;
  const cache = createSessionKeys({ ms: MS, clock, ...(most === undefined ? {} : { most }) });
  return {
    ...cache,
    /** The arrays that are kept, or were. */
    put: (name: string, dek: Uint8Array) => {
      cache.put(name, dek);
      const made = copies.mock.results.at(-1);
      return made?.value as Uint8Array;
    },
    /** Moves the clock, and no timer: as for a process that was frozen. */
    freeze: (ms: number) => {
      ahead += ms;
    },
  };
}

const dekOf = (byte: number) => new Uint8Array(32).fill(byte);
const isWiped = (bytes: Uint8Array) => bytes.every((byte) => byte === 0);

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

describe('DEKs that are kept', () => {
  it('come back as copies, each its caller’s own', () => {
    const cache = still();
    const given = dekOf(7);
    cache.put('one', given);
    given.fill(0);
    const first = cache.get('one');
    expect(first).toEqual(dekOf(7));
    first?.fill(0);
    expect(cache.get('one')).toEqual(dekOf(7));
    expect(cache.get('other')).toBeNull();
  });

  it('are wiped when their time is over, by a timer', () => {
    const cache = still();
    const one = cache.put('one', dekOf(1));
    jest.advanceTimersByTime(MS / 2);
    const two = cache.put('two', dekOf(2));
    jest.advanceTimersByTime(MS / 2 - 1);
    expect([isWiped(one), isWiped(two)]).toEqual([false, false]);
    jest.advanceTimersByTime(1);
    expect([isWiped(one), isWiped(two), cache.get('one')]).toEqual([true, false, null]);
    jest.advanceTimersByTime(MS);
    expect([isWiped(two), jest.getTimerCount()]).toEqual([true, 0]);
  });

  it('are wiped at the next use where timers stood still meanwhile', () => {
    const cache = still();
    const one = cache.put('one', dekOf(1));
    cache.freeze(MS - 1);
    expect(cache.get('one')).toEqual(dekOf(1));
    cache.freeze(1);
    expect([cache.get('one'), isWiped(one)]).toEqual([null, true]);
  });

  it('are wiped by the use of another', () => {
    const cache = still();
    const one = cache.put('one', dekOf(1));
    cache.freeze(MS);
    cache.get('other');
    expect(isWiped(one)).toBe(true);
  });

  it('are kept no longer for being used', () => {
    const cache = still();
    cache.put('one', dekOf(1));
    for (let i = 0; i < 3; i++) {
      cache.freeze(MS / 3);
      cache.get('one');
    }
    expect(cache.get('one')).toBeNull();
  });

  it('end where the clock goes back', () => {
    const cache = still();
    const one = cache.put('one', dekOf(1));
    cache.freeze(-1);
    expect([cache.get('one'), isWiped(one)]).toEqual([null, true]);
  });

  it('make room, the oldest first', () => {
    const cache = still({ most: 2 });
    const one = cache.put('one', dekOf(1));
    cache.put('two', dekOf(2));
    cache.put('three', dekOf(3));
    expect([cache.get('one'), isWiped(one)]).toEqual([null, true]);
    expect([cache.get('two'), cache.get('three')]).toEqual([dekOf(2), dekOf(3)]);
  });

  it('give way to a newer one of their name', () => {
    const cache = still({ most: 2 });
    const one = cache.put('one', dekOf(1));
    cache.put('two', dekOf(2));
    cache.put('one', dekOf(9));
    expect([isWiped(one), cache.get('one'), cache.get('two')]).toEqual([true, dekOf(9), dekOf(2)]);
    cache.put('three', dekOf(3));
    expect([cache.get('two'), cache.get('one')]).toEqual([null, dekOf(9)]);
  });

  it('are wiped when the service stops, and none is taken then', () => {
    const cache = still();
    const one = cache.put('one', dekOf(1));
    cache.close();
    expect([cache.get('one'), isWiped(one), jest.getTimerCount()]).toEqual([null, true, 0]);
    cache.put('two', dekOf(2));
    expect([cache.get('two'), jest.getTimerCount()]).toEqual([null, 0]);
  });

  it('keep no process alive', async () => {
    const program = `
      const { createSessionKeys } = await import('./lambda/adapters/system/session-keys.ts');
      createSessionKeys({ ms: 60_000, clock: Date.now }).put('one', new Uint8Array(32));`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 30_000 });
    await expect(run).resolves.toBeDefined();
  }, 40_000);
});
