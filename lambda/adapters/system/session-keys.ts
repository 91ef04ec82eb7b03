import type { SessionKeys } from '../../ports/session-keys.ts';
import type { Clock } from '../../ports/system.ts';

/** Sessions whose DEKs are kept at once, 32 bytes each. */
const MOST = 1_000;

interface Kept {
  readonly dek: Uint8Array;
  /** Milliseconds since 1970. */
  readonly since: number;
}

export interface SessionKeysOptions {
  /** How long a DEK is kept from the moment that KMS opened it, ms: being used doesn't prolong it. */
  readonly ms: number;
  readonly clock: Clock;
  /** @default 1,000 */
  readonly most?: number;
}

/**
 * Keeps DEKs for a while. A timer wipes them when it is over; and since a frozen process's timers stand still, the clock
 * is asked at every use as well. A clock that goes back ends them too.
 */
export function createSessionKeys({ ms, clock, most = MOST }: SessionKeysOptions): SessionKeys {
  // In the order in which they came, which is that in which they end.
  const kept = new Map<string, Kept>();
  let timer: NodeJS.Timeout | null = null;
  let closed = false;

  function remove(name: string): void {
    kept.get(name)?.dek.fill(0);
    kept.delete(name);
  }

  function sweep(): void {
    const now = clock();
    for (const [name, { since }] of kept) {
      if (now >= since && now < since + ms) break;
      remove(name);
    }
  }

  function arm(): void {
    if (timer !== null || kept.size === 0) return;
    timer = setTimeout(() => {
      timer = null;
      sweep();
      arm();
    }, ms);
    timer.unref();
  }

  return {
    get: (name) => {
      sweep();
      const found = kept.get(name);
      return found === undefined ? null : Uint8Array.from(found.dek);
    },
    put: (name, dek) => {
      sweep();
      if (closed) return;
      remove(name);
      kept.set(name, { dek: Uint8Array.from(dek), since: clock() });
      for (const oldest of kept.keys()) {
        if (kept.size <= most) break;
        remove(oldest);
      }
      arm();
    },
    close: () => {
      closed = true;
      for (const name of kept.keys()) remove(name);
      if (timer !== null) clearTimeout(timer);
    },
  };
}
