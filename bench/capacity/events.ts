/** Numbers in 0 to 1 that a seed decides (xorshift, 32 bits). */
export function seeded(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** What is to come, the earliest first: a binary heap. */
export class Agenda<T> {
  readonly #times: number[] = [];
  readonly #events: T[] = [];

  add(time: number, event: T): void {
    let place = this.#times.length;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (this.#time(above) <= time) break;
      this.#move(above, place);
      place = above;
    }
    this.#times[place] = time;
    this.#events[place] = event;
  }

  /** The earliest event and its time; null when there is none. */
  next(): { readonly time: number; readonly event: T } | null {
    const event = this.#events[0];
    if (event === undefined) return null;
    const time = this.#time(0);
    const lastTime = this.#times.pop() ?? 0;
    const last = this.#events.pop();
    if (last === undefined || this.#times.length === 0) return { time, event };
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#times.length) break;
      if (below + 1 < this.#times.length && this.#time(below + 1) < this.#time(below)) below++;
      if (this.#time(below) >= lastTime) break;
      this.#move(below, place);
      place = below;
    }
    this.#times[place] = lastTime;
    this.#events[place] = last;
    return { time, event };
  }

  #time(place: number): number {
    return this.#times[place] ?? Number.POSITIVE_INFINITY;
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#time(from);
    this.#events[to] = this.#events[from] as T;
  }
}

/** A quota by the second, with what it saves up. */
export class Bucket {
  readonly #rate: number;
  readonly #most: number;
  #left: number;
  #at = 0;

  /** @param rate a second; @param burst the most that it saves up */
  constructor(rate: number, burst: number) {
    [this.#rate, this.#most, this.#left] = [rate, burst, burst];
  }

  /** Takes so much at a time, in ms that only grow. @returns false where there is too little, and then takes nothing */
  take(now: number, amount: number): boolean {
    this.#left = Math.min(this.#most, this.#left + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
    if (this.#left < amount) return false;
    this.#left -= amount;
    return true;
  }
}
