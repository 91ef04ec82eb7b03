import { setTimeout as pause } from 'node:timers/promises';
import { median } from '../measure.ts';
import type { OwnService } from './own-service.ts';

/** What was alive in a process, in bytes: the medians of the first third and of the last. */
export interface Course {
  readonly first: number;
  readonly last: number;
  readonly isFlat: boolean;
}

/** Memory is flat when what is alive grows by no more than this, whichever is more: one part of the whole, and bytes. */
const GROWTH = { part: 0.1, bytes: 10 * 1024 * 1024 };
/** What is not looked at, of all: caches fill, and code is compiled. */
const WARM_UP = 0.2;
/** Samples that a course is told from. */
const LEAST = 3;

/** Samples what is alive while something runs. */
export async function watchMemory<T>(
  own: OwnService,
  everyMs: number,
  run: Promise<T>,
): Promise<{ readonly result: T; readonly service: Course; readonly cloud: Course }> {
  const samples: Awaited<ReturnType<OwnService['alive']>>[] = [];
  const over = run.then(() => true);
  for (let isOver = false; !isOver || samples.length < LEAST; ) {
    samples.push(await own.alive());
    isOver = await Promise.race([over, pause(everyMs, false)]);
  }
  return {
    result: await run,
    service: courseOf(samples.map(({ service }) => service)),
    cloud: courseOf(samples.map(({ cloud }) => cloud)),
  };
}

/** @param samples in the order of time, at least {@link LEAST} */
export function courseOf(samples: readonly number[]): Course {
  const warm = samples.slice(Math.min(samples.length - LEAST, Math.floor(samples.length * WARM_UP)));
  const third = Math.floor(warm.length / 3);
  const [first, last] = [median(warm.slice(0, third)), median(warm.slice(-third))];
  return { first, last, isFlat: last - first <= Math.max(first * GROWTH.part, GROWTH.bytes) };
}
