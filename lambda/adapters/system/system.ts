import { randomFillSync } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Clock, Sleep } from '../../ports/system.ts';

/** The machine's clock. */
export const systemClock: Clock = Date.now;

/** Pauses without holding up anything else. */
export const sleep: Sleep = async (ms) => {
  await setTimeout(ms);
};

/** So many unpredictable bytes, from the operating system, in memory that nothing else shares. */
export function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}
