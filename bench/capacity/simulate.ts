import { COLD_START_MS, FUNCTION_OF, type FunctionName, type Quotas } from './assumed.ts';
import { latencyOf, timeOf, waves } from './demand.ts';
import { Agenda, Bucket, seeded } from './events.ts';
import type { Measured, Operation } from './measured.ts';
import type { Call } from './meter.ts';

/** What refuses a request when there is too much. */
export type Limit = 'API Gateway' | 'Lambda' | 'KMS' | 'DynamoDB reads' | 'DynamoDB writes';

export interface Load {
  readonly quotas: Quotas;
  /** Requests a second. */
  readonly rate: number;
  /** How they divide: weights. */
  readonly mix: Readonly<Partial<Record<Operation, number>>>;
  /** How long it is looked at, s. */
  readonly seconds: number;
  /** Whether it rose slowly: then functions have the environments that it takes. Else they have none at first. */
  readonly warm: boolean;
}

export interface Outcome {
  readonly requests: number;
  /** Times of the requests that succeeded, ms. */
  readonly times: ReadonlyMap<Operation, readonly number[]>;
  /** Requests that were refused, or failed after the SDK's own attempts, by what refused them. */
  readonly refused: ReadonlyMap<Limit, number>;
}

/** Of a load that rose slowly, what is not looked at: until buckets have their level, ms. */
const START_MS = 2_000;
/** The longest that a table gives more than its rate, s. */
const TABLE_BURST_S = 0.25;
/** Deviations over the mean that environments are had for, of a load that rose slowly. */
const SPARE = 4;
/** What the SDK does: attempts, and the longest pause before the second one, ms, which doubles. */
const ATTEMPTS = 3;
const PAUSE_MS = 100;
/** How many deviations 99 of 100 stay under. */
const DEVIATIONS_99 = 2.326;

/** An operation's waves of calls, and the processor's time before each and after the last, ms. */
interface Plan {
  readonly waves: readonly (readonly Call[])[];
  readonly cpuMs: number;
}

/** A request on its way. */
interface Underway {
  readonly operation: Operation;
  readonly began: number;
  readonly plan: Plan;
  wave: number;
  /** Calls of the wave that are still to succeed; when the others will have ended; and how often it was tried. */
  left: readonly Call[];
  until: number;
  attempts: number;
}

/**
 * Plays requests that come at random (Poisson) against quotas: each takes a place at the gateway, an environment of its
 * function, then its waves of calls, each call its part of KMS's rate and the table's.
 *
 * @param seed decides all that is random
 */
export function simulate(measured: Measured, load: Load, seed = 1): Outcome {
  return new Simulation(measured, load, seed).run();
}

/** The time that a share of some operations' requests stayed under, ms; null where none succeeded. */
export function percentile({ times }: Outcome, operations: readonly Operation[], share: number): number | null {
  const all = operations.flatMap((name) => times.get(name) ?? []).sort((a, b) => a - b);
  return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? null;
}

class Simulation {
  readonly #measured: Measured;
  readonly #load: Load;
  readonly #random: () => number;
  readonly #start: number;
  readonly #end: number;
  readonly #agenda = new Agenda<Underway | 'arrival'>();
  readonly #buckets: Readonly<Record<Exclude<Limit, 'Lambda'>, Bucket>>;
  /** Idle environments of each function, and how fast it may gain more. */
  readonly #pools = new Map<FunctionName, { idle: number; readonly growth: Bucket }>();
  readonly #plans = new Map<Operation, Plan>();
  readonly #times = new Map<Operation, number[]>();
  readonly #refused = new Map<Limit, number>();
  #environments = 0;
  #requests = 0;

  constructor(measured: Measured, load: Load, seed: number) {
    [this.#measured, this.#load, this.#random] = [measured, load, seeded(seed * 2_654_435_761)];
    this.#start = load.warm ? START_MS : 0;
    this.#end = this.#start + load.seconds * 1000;
    const { gateway, gatewayBurst, kms, readUnits, writeUnits } = load.quotas;
    this.#buckets = {
      'API Gateway': new Bucket(gateway, gatewayBurst),
      KMS: new Bucket(kms, kms),
      'DynamoDB reads': new Bucket(readUnits, readUnits * TABLE_BURST_S),
      'DynamoDB writes': new Bucket(writeUnits, writeUnits * TABLE_BURST_S),
    };
  }

  run(): Outcome {
    if (this.#load.warm) this.#warm();
    this.#agenda.add(0, 'arrival');
    for (let next = this.#agenda.next(); next !== null; next = this.#agenda.next()) {
      const { time, event } = next;
      if (event === 'arrival') this.#arrive(time);
      else if (event.wave >= event.plan.waves.length) this.#finish(time, event);
      else this.#call(time, event);
    }
    return { requests: this.#requests, times: this.#times, refused: this.#refused };
  }

  #warm(): void {
    const { mix, rate, quotas } = this.#load;
    const shares = Object.entries(mix) as [Operation, number][];
    const total = shares.reduce((sum, [, share]) => sum + share, 0);
    const busy = new Map<FunctionName, number>();
    for (const [operation, share] of shares) {
      const name = FUNCTION_OF[operation];
      const atOnce = ((rate * share) / total) * (timeOf(this.#measured, operation).ms / 1000);
      busy.set(name, (busy.get(name) ?? 0) + atOnce);
      this.#poolOf(operation);
    }
    for (const [name, pool] of this.#pools) {
      const mean = busy.get(name) ?? 0;
      pool.idle = Math.min(Math.ceil(mean + SPARE * Math.sqrt(mean)), quotas.concurrency - this.#environments);
      this.#environments += pool.idle;
    }
  }

  #arrive(now: number): void {
    if (now >= this.#end) return;
    this.#agenda.add(now - (Math.log(1 - this.#random()) / this.#load.rate) * 1000, 'arrival');
    if (now >= this.#start) this.#requests++;
    if (!this.#buckets['API Gateway'].take(now, 1)) {
      this.#refuse(now, 'API Gateway');
      return;
    }
    const operation = this.#draw();
    const startMs = this.#enter(now, operation);
    if (startMs === null) {
      this.#refuse(now, 'Lambda');
      return;
    }
    const plan = this.#planOf(operation);
    const left = plan.waves[0] ?? [];
    this.#agenda.add(now + startMs + plan.cpuMs, { operation, began: now, plan, wave: 0, left, until: 0, attempts: 0 });
  }

  /** Takes an environment. @returns how long it takes to start, ms; null where there is none to be had */
  #enter(now: number, operation: Operation): number | null {
    const pool = this.#poolOf(operation);
    if (pool.idle > 0) {
      pool.idle--;
      return 0;
    }
    const { concurrency } = this.#load.quotas;
    const other = this.#environments < concurrency ? null : [...this.#pools.values()].find(({ idle }) => idle > 0);
    if (other === undefined || !pool.growth.take(now, 1)) return null;
    // An idle environment of another function makes room.
    if (other === null) this.#environments++;
    else other.idle--;
    return COLD_START_MS;
  }

  /** Makes the calls of a wave that are left; what is refused is tried again after a pause. */
  #call(now: number, underway: Underway): void {
    const refusals = underway.left.flatMap((call) => {
      const limit = this.#limitOf(now, call);
      if (limit === null) underway.until = Math.max(underway.until, now + this.#latency(call.call));
      return limit === null ? [] : [{ call, limit }];
    });
    const [first] = refusals;
    if (first === undefined) {
      underway.wave++;
      this.#agenda.add(underway.until + underway.plan.cpuMs, underway);
      [underway.left, underway.until, underway.attempts] = [underway.plan.waves[underway.wave] ?? [], 0, 0];
    } else if (++underway.attempts < ATTEMPTS) {
      underway.left = refusals.map(({ call }) => call);
      const pauseMs = this.#random() * PAUSE_MS * 2 ** (underway.attempts - 1);
      this.#agenda.add(now + this.#latency(first.call.call) + pauseMs, underway);
    } else {
      this.#poolOf(underway.operation).idle++;
      this.#refuse(underway.began, first.limit);
    }
  }

  #finish(now: number, { operation, began }: Underway): void {
    this.#poolOf(operation).idle++;
    if (began < this.#start) return;
    const all = this.#times.get(operation) ?? [];
    all.push(now - began);
    this.#times.set(operation, all);
  }

  #refuse(began: number, limit: Limit): void {
    if (began >= this.#start) this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1);
  }

  #limitOf(now: number, { call, reads, writes }: Call): Limit | null {
    const wanted = [
      ['KMS', call.startsWith('kms:') ? 1 : 0],
      ['DynamoDB reads', reads],
      ['DynamoDB writes', writes],
    ] as const;
    return wanted.find(([limit, amount]) => amount > 0 && !this.#buckets[limit].take(now, amount))?.[0] ?? null;
  }

  /** How long a call takes, ms: log-normal. */
  #latency(call: string): number {
    const [p50, p99] = latencyOf(call);
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    return p50 * (p99 / p50) ** (normal / DEVIATIONS_99);
  }

  #draw(): Operation {
    const shares = Object.entries(this.#load.mix) as [Operation, number][];
    let left = this.#random() * shares.reduce((sum, [, share]) => sum + share, 0);
    const drawn = shares.find(([, share]) => (left -= share) < 0) ?? shares[0];
    if (drawn === undefined) throw new RangeError('there is nothing to draw from');
    return drawn[0];
  }

  #planOf(operation: Operation): Plan {
    const known = this.#plans.get(operation);
    if (known !== undefined) return known;
    const all = waves(this.#measured.operations[operation].calls);
    const plan = { waves: all, cpuMs: timeOf(this.#measured, operation).cpuMs / (all.length + 1) };
    this.#plans.set(operation, plan);
    return plan;
  }

  #poolOf(operation: Operation): { idle: number; readonly growth: Bucket } {
    const name = FUNCTION_OF[operation];
    const { scaling } = this.#load.quotas;
    const pool = this.#pools.get(name) ?? { idle: 0, growth: new Bucket(scaling / 10, scaling) };
    this.#pools.set(name, pool);
    return pool;
  }
}
