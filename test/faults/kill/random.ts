import { dice } from '../../fixtures/dice.ts';

/** Numbers that hang on a seed alone. */
export class Random {
  readonly #next: () => number;

  /** @param seed 32 bits */
  constructor(seed: number) {
    this.#next = dice(seed);
  }

  /** From 0 to just before a number, whole. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  /** One of some; undefined of none. */
  of<T>(some: readonly T[]): T | undefined {
    return some[this.below(some.length)];
  }
}
