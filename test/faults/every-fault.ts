import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { canMeet, effectOf, FAULTS, type Fault, isEnd, type Plan } from './gate.ts';
import { Observer, type Sight } from './observer.ts';
import { BROKEN_OFF, isJob, type Scene, type Shape, UNAVAILABLE } from './shape.ts';
import { clear, type Stage, startStage } from './stage.ts';
import { outline, type State } from './state.ts';

/**
 * Attempts beyond those where nothing fails, whatever fails and for however long: two of the SDK, or of the adapter of
 * streams; and what sets things right again: a counted guess is given back (2), a key is released (1), a row is read
 * again to know whose it is (1), what is begun beside is ended (4).
 */
const ATTEMPTS_BEYOND = 10;
const SECOND = 1000;
/** A process that has ended holds an idempotency key for 150 s, ms. */
const HELD_MS = 151_000;
/** One shape may take so long where the machine is busy, ms. */
const LONGEST_MS = 900_000;

/** Of the faults at a call, the first is tried, and of the others one in so many; at the next call others. All, by default. */
const STEP = Number(process.env['FAULT_STEP'] ?? 1);

/** How a shape goes where nothing fails. */
interface Faultless {
  readonly start: State;
  readonly calls: readonly string[];
  readonly beside: ReadonlySet<number>;
  readonly end: readonly string[];
  readonly old: Sight;
  readonly once: Sight;
  readonly twice: Sight;
  /** Once it is finished, where it takes steps. */
  readonly finished: Sight | null;
}

/**
 * Tries every shape with every fault at each of its cloud calls, once and for good: one test a shape. The number of
 * cases is told in the end.
 *
 * @param title of the suite
 */
export function everyFault(title: string, shapes: readonly Shape[]): void {
  jest.setTimeout(LONGEST_MS);
  describe(title, () => {
    let stage: Stage;
    let observer: Observer;
    let cases = 0;
    beforeAll(async () => {
      stage = await startStage();
      observer = new Observer(stage);
    });
    afterAll(async () => {
      await stage.close();
      process.stdout.write(`${title}: ${cases} faults in ${shapes.length} shapes\n`);
    });

    it.each(shapes.map((shape) => ({ name: `${shape.of}, ${shape.when}`, shape })))('$name', async ({ shape }) => {
      const tried = await new Trial(stage, observer, shape).run();
      // A use case that reaches no cloud has no fault to meet.
      expect(tried > 0).toBe(!CLOUDLESS.has(shape.of));
      cases += tried;
    });
  });
}

/** Answered without the cloud. */
export const CLOUDLESS: ReadonlySet<string> = new Set(['getHealth', 'getOpenApi', 'listItemTypes', 'listTemplates']);

/** One shape under all faults. */
class Trial {
  readonly #stage: Stage;
  readonly #observer: Observer;
  readonly #shape: Shape;
  /** The outlines of states that were gone on from already. */
  readonly #seen = new Set<string>();
  /** Those that were looked at: the cloud did the same there, whatever its answer was. */
  readonly #looked = new Set<string>();
  #scene: Scene | null = null;
  #look: (state: State) => Promise<Sight> = () => Promise.reject(new Error('nothing is prepared'));
  #now = 0;

  constructor(stage: Stage, observer: Observer, shape: Shape) {
    [this.#stage, this.#observer, this.#shape] = [stage, observer, shape];
  }

  /** @returns how many faults were met */
  async run(): Promise<number> {
    const well = await this.#faultless();
    let cases = 0;
    for (let place = 0, met = true; met; place++) {
      met = false;
      const call = well.calls[place] ?? '';
      for (const [which, fault] of FAULTS.entries()) {
        if (which > 0 && (place + which) % STEP !== 0) continue;
        for (const lasting of [false, true]) {
          if (!canMeet(fault, lasting, call, well.beside.has(place))) continue;
          const outcome = await this.#meet(well, place, fault, lasting);
          if (!outcome) continue;
          met = true;
          cases++;
        }
        // Behind the last call there is nothing to meet, whatever the fault.
        if (!met) break;
      }
    }
    return cases;
  }

  async #faultless(): Promise<Faultless> {
    const { gate, keeper, telemetry, time } = this.#stage;
    await clear(this.#stage);
    gate.begin(null);
    const scene = await this.#shape.prepare(this.#stage);
    this.#scene = scene;
    this.#now = time.now;
    this.#look = (state) => this.#observer.look(state, time.now, scene.known);
    telemetry.counts.clear();
    const start = await keeper.read();
    const old = await this.#look(start);
    expect(await this.#run(null)).toBe(this.#shape.well);
    const [calls, beside] = [[...gate.calls], new Set(gate.beside)];
    const first = await keeper.read();
    const once = await this.#look(first);
    await this.#maintain(first);
    time.now += SECOND;
    expect(this.#shape.again).toContain(await this.#run(null));
    const second = await keeper.read();
    const twice = await this.#look(second);
    await this.#restore(first, second);
    const finished = await this.#finish();
    await this.#restore(start, await keeper.read());
    return { start, calls, beside, end: outline(first), old, once, twice, finished };
  }

  async #meet(well: Faultless, place: number, fault: Fault, lasting: boolean): Promise<boolean> {
    const { gate, keeper, telemetry } = this.#stage;
    const verdict = await this.#run({ at: place, fault, lasting });
    const met = gate.met;
    const name = gate.calls[place] ?? 'no call';
    const { table, bucket } = gate.touched;
    const after = table || bucket ? await keeper.read(untouched(well.start, { table, bucket })) : well.start;
    try {
      const isSame = verdict === this.#shape.well;
      // What a plain put says of a row that nobody else can know is not tried again: its sender does that.
      const mayFail = lasting || fault === 'cut off' || (fault === 'conflict' && name === 'dynamodb:PutItem');
      if (!mayFail) expect(verdict).toBe(this.#shape.well);
      else expect([this.#shape.well, UNAVAILABLE, BROKEN_OFF, ...(this.#shape.also ?? [])]).toContain(verdict);
      // A process that has ended sends nothing: what this one sends then is nobody's.
      if (!isEnd(fault)) expect(gate.attempts).toBeLessThanOrEqual(well.calls.length + ATTEMPTS_BEYOND);
      const facts = outline(after);
      if (!lasting && isSame && fault !== 'conflict') expect(facts).toEqual(well.end);
      expect(telemetry.counts.get('IntegrityFailure')).toBeUndefined();
      telemetry.counts.clear();
      const alike = [place, lasting, effectOf(fault), isSame, ...facts].join('\n');
      if (!this.#looked.has(alike)) await this.#judge(well, after, isSame, isEnd(fault) ? HELD_MS : SECOND);
      else if (after !== well.start) await this.#restore(well.start, after);
      this.#looked.add(alike);
    } catch (error) {
      const what = `${fault} ${lasting ? 'for good' : 'once'} at call ${place}, ${name}: ${verdict}`;
      throw new Error(`${what}\n${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
    this.#stage.time.now = this.#now;
    return met;
  }

  /** Holds a state to be the old or the new one, goes on from it after a while (ms), and puts it back. */
  async #judge(well: Faultless, after: State, isSame: boolean, passed: number): Promise<void> {
    const { keeper, time } = this.#stage;
    const { again, well: expected } = this.#shape;
    const changed = after.print !== well.start.print;
    const seen = changed ? await this.#look(after) : well.old;
    const isNew = isEqual(seen, well.once);
    if (well.finished !== null) expect(kept(seen)).toEqual(kept(well.old));
    else if (isSame) expect(seen).toEqual(well.once);
    else if (!isNew) expect(seen).toEqual(well.old);
    const kind = `${String(isNew)} ${outline(after).join('\n')}`;
    let now = after;
    if (changed && !this.#seen.has(kind)) {
      this.#seen.add(kind);
      await this.#maintain(after);
      time.now += passed;
      if (well.finished !== null) {
        expect(await this.#finish()).toEqual(well.finished);
        now = await keeper.read();
      } else {
        expect(isNew ? again : [expected]).toContain(await this.#run(null));
        now = await keeper.read();
        expect(await this.#look(now)).toEqual(isNew ? well.twice : well.once);
      }
      await this.#maintain(now);
    }
    if (now !== well.start) await this.#restore(well.start, now);
  }

  /** Of what maintenance itself leaves half done, {@link Scene.finish} tells. */
  async #maintain(state: State): Promise<void> {
    if (!isJob(this.#shape.of)) await this.#observer.maintain(state, this.#stage.time.now);
  }

  /** @returns what is seen once it is finished; null for what takes no steps */
  async #finish(): Promise<Sight | null> {
    if (this.#scene?.finish === undefined) return null;
    this.#stage.gate.begin(null);
    await this.#scene.finish();
    return this.#look(await this.#stage.keeper.read());
  }

  async #run(plan: Plan | null): Promise<string> {
    const { gate } = this.#stage;
    gate.begin(plan);
    const verdict = (await this.#scene?.act()) ?? '';
    await gate.idle();
    return verdict;
  }

  async #restore(start: State, now: State): Promise<void> {
    await this.#stage.restore(start, now);
    this.#stage.time.now = this.#now;
  }
}

function untouched(start: State, { table, bucket }: { table: boolean; bucket: boolean }) {
  return { ...(table ? {} : { table: start }), ...(bucket ? {} : { bucket: start }) };
}

/** What a key rotation keeps, whatever happens. */
function kept({ logins, items, documents, uploads, code }: Sight) {
  return { logins, items, documents, uploads, code };
}

function isEqual(one: Sight, other: Sight): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
