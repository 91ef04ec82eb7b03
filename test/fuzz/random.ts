import { dice } from '../fixtures/dice.ts';

const LETTERS = Array.from('bcdfghjklmnpqrstvwz0123456789');

/** Choices that follow from a seed alone. */
export class Random {
  /** From 0 up to 1. */
  readonly next: () => number;

  /** @param seed 32 bits of it count */
  constructor(seed: number) {
    this.next = dice(seed);
  }

  /** Both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  /** @throws RangeError of an empty list */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from');
    return list[this.between(0, list.length - 1)] as T;
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, place: this.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ value }) => value);
  }

  /** A text that occurs nowhere else: what is looked for in logs and in problems. */
  mark(): string {
    return `kx${Array.from({ length: 12 }, () => this.pick(LETTERS)).join('')}`;
  }
}
