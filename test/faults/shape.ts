import type { RouteName } from '../../lambda/http/route-list.ts';
import { type Send, verdict } from '../fixtures/app.ts';
import { checkAnswer } from '../fixtures/contract.ts';
import type { Known } from './observer.ts';
import type { Stage } from './stage.ts';

/** What maintenance does, beside what callers ask for. */
export const JOBS = ['sweep', 'walkBucket'] as const;
export type Job = (typeof JOBS)[number];

export function isJob(name: RouteName | Job): name is Job {
  return (JOBS as readonly string[]).includes(name);
}

/** A use case in one of its shapes. */
export interface Shape {
  readonly of: RouteName | Job;
  /** What is special about it. */
  readonly when: string;
  /** The answer where nothing fails. */
  readonly well: string;
  /** The answers to the same sent again once it has happened. */
  readonly again: readonly string[];
  /** Answers to a lasting fault beyond the one where nothing fails and {@link UNAVAILABLE}. */
  readonly also?: readonly string[];
  readonly prepare: (stage: Stage) => Promise<Scene>;
}

/** A shape, ready to begin. */
export interface Scene {
  readonly act: () => Promise<string>;
  /**
   * Ends what the act began, for one that may stop between the old and the new state: items and documents are the old
   * ones then. Where it is left out, nothing lies between.
   */
  readonly finish?: () => Promise<void>;
  readonly known: Known;
}

export const UNAVAILABLE = '503 temporarily_unavailable';
/** What is said of a body that ends before its time, under a status that promised it. */
export const BROKEN_OFF = 'broken off';

/** Sends a request, and holds the answer against the contract. @returns its verdict */
export async function ask({ call }: Stage, what: string, send: Send): Promise<string> {
  try {
    const answer = await call(what, send);
    checkAnswer(what, answer);
    return verdict(answer);
  } catch (error) {
    // What a stream throws reaches the reader of the body, and nobody else.
    if (error instanceof Error && 'code' in error && error.code === 'temporarily_unavailable') return BROKEN_OFF;
    throw error;
  }
}
