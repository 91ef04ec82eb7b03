import { performance } from 'node:perf_hooks';
import type { PasswordHasher } from '../../lambda/ports/password-hasher.ts';
import { signIn } from '../../lambda/usecases/sign-in.ts';
import { createMemoryApp, PASSWORD } from '../../test/fixtures/app.ts';
import type { Watched } from '../../test/fixtures/memory-hooks.ts';
import { timed } from '../measure.ts';
import { cpuOf, since } from './cpu.ts';

/** How many accounts a fleet has. */
const ACCOUNTS = 4;
const CALLER = { sourceIp: '192.0.2.1', userAgent: 'a bench' };
/** ms between two looks at the clock. */
const STEP = 1;

/** Accounts that sign in, each time as it was registered: what the sign-ins before left is taken back. */
export interface Fleet {
  /** One of them signs in. @returns the CPU that it took outside the doubles of store and KMS, ms */
  signIn(): Promise<number>;
  /** All of them do, at once. */
  signInAll(): Promise<void>;
}

/** Registers accounts on memory doubles. */
export async function signInFleet(hasher: PasswordHasher, bcryptCost: number): Promise<Fleet> {
  const { env, store, keys, register } = createMemoryApp({ settings: { bcryptCost }, hasher });
  const emails = Array.from({ length: ACCOUNTS }, (_, number) => emailOf(number));
  for (const email of emails) await register(email);
  const registered = [...store.rows];
  function renew(): void {
    store.rows.clear();
    for (const [name, row] of registered) store.rows.set(name, row);
    store.calls.length = 0;
    keys.calls.length = 0;
  }
  async function enter(email: string): Promise<void> {
    await signIn(env, { email, password: PASSWORD }, CALLER);
  }
  return {
    async signIn() {
      renew();
      const doubles = watchDoubles([store, keys]);
      const whole = await cpuOf(() => enter(emailOf(0)));
      return whole - doubles.stop();
    },
    async signInAll() {
      renew();
      await Promise.all(emails.map(enter));
    },
  };
}

/** Lets four accounts sign in at once. */
export async function fourAtOnce(fleet: Fleet): Promise<{ readonly lateMs: number; readonly wholeMs: number }> {
  const clock = watchLoop();
  const wholeMs = await timed(() => fleet.signInAll());
  // A loop that stood still shows it only now.
  await new Promise((resolve) => setTimeout(resolve, 2 * STEP));
  return { lateMs: clock.stop(), wholeMs };
}

/** CPU that doubles take, ms: nothing runs beside them while they work. */
function watchDoubles(doubles: readonly Watched[]): { stop(): number } {
  let taken = 0;
  let from = process.cpuUsage();
  for (const { hooks } of doubles) {
    hooks.before = () =>
      // The double's work follows at once, and no other.
      new Promise((resolve) => {
        queueMicrotask(() => {
          from = process.cpuUsage();
          resolve();
        });
      });
    hooks.after = () => {
      taken += since(from);
    };
  }
  return {
    stop: () => {
      for (const { hooks } of doubles) {
        delete hooks.before;
        delete hooks.after;
      }
      return taken;
    },
  };
}

/** Looks at the clock again and again. `stop` gives the most that it was late, ms. */
function watchLoop(): { stop(): number } {
  let last = performance.now();
  let late = 0;
  const timer = setInterval(() => {
    const now = performance.now();
    late = Math.max(late, now - last - STEP);
    last = now;
  }, STEP);
  return {
    stop: () => {
      clearInterval(timer);
      return late;
    },
  };
}

function emailOf(number: number): string {
  return `bench-${number}@example.com`;
}
