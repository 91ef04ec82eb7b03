import { createHash } from 'node:crypto';
import type { Action, ActivityTarget } from '../domain/activity.ts';
import { type ActivityId, idTime, newId, type SessionId } from '../domain/ids.ts';
import type { OpenEntry } from './activity-chain.ts';
import type { VaultEnvironment } from './environment.ts';
import { guessSubject } from './guess-counter.ts';
import { KEPT_TRIES_MS } from './throttle.ts';

/** Something that was done, or tried, as its account's owner sees it. Times in milliseconds since 1970. */
export interface Activity {
  readonly id: ActivityId;
  readonly at: number;
  readonly action: Action;
  readonly outcome: 'succeeded' | 'failed';
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly target?: ActivityTarget;
  /** The session that did it; null for a try without one. */
  readonly sessionId: SessionId | null;
}

/** An entry as its account's owner sees it. */
export function viewOf({ id, entry }: OpenEntry): Activity {
  const { action, target, sourceIp, userAgent, session: sessionId } = entry;
  const seen = { id, at: idTime(id), action, outcome: 'succeeded', sourceIp, userAgent, sessionId } as const;
  return target === undefined ? seen : { ...seen, target };
}

/**
 * The tries at an account's password or code that failed within 30 days, newest first. Their ids are derived, so that
 * each call gives them the same.
 *
 * @param emailMac 32 bytes
 * @param after only those behind this id; null for all
 */
export async function failedTries(
  env: VaultEnvironment,
  emailMac: Uint8Array,
  after: ActivityId | null,
): Promise<Activity[]> {
  const rows = await env.store.throttles(guessSubject(emailMac));
  const times = new Map<string, number>();
  const all: Activity[] = [];
  for (const { at, source } of rows.flatMap(({ tries }) => tries)) {
    if (at < env.clock() - KEPT_TRIES_MS) continue;
    const name = `${at} ${source}`;
    const place = times.get(name) ?? 0;
    times.set(name, place + 1);
    const id = newId<ActivityId>(at, createHash('sha256').update(`${name} ${place}`).digest().subarray(0, 10));
    if (after !== null && id >= after) continue;
    const failed = { action: 'attempt.failed', outcome: 'failed', userAgent: '', sessionId: null } as const;
    all.push({ id, at, ...failed, sourceIp: source });
  }
  return all.sort((a, b) => (a.id < b.id ? 1 : -1));
}
