import type { Clock, Sleep } from '../lambda/ports/system.ts';

/** Waits until the next call may be made. */
export type Pace = () => Promise<void>;

/** Spreads calls evenly, however many ask at once. @param perSecond from 1 */
export function createPace(
  perSecond: number,
  { clock, sleep }: { readonly clock: Clock; readonly sleep: Sleep },
): Pace {
  let next = 0;
  return async () => {
    const now = clock();
    const mine = Math.max(next, now);
    next = mine + 1000 / perSecond;
    // A shorter pause than the timer's takes longer than it should.
    if (mine - now >= 1) await sleep(mine - now);
  };
}

/** Does the same to all, so many at once. @throws what the first that fails throws, once those under way have ended */
export async function sideBySide<T>(all: readonly T[], atOnce: number, act: (one: T) => Promise<void>): Promise<void> {
  let place = 0;
  const failures: unknown[] = [];
  const lane = async () => {
    while (place < all.length && failures.length === 0) {
      const one = all[place++] as T;
      await act(one).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (failures.length > 0) throw failures[0];
}
