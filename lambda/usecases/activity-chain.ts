import { ACTIVITY_KEPT_MS, HEAD_SIZE, MAX_ENDED_SESSIONS, type Manifest } from '../crypto/manifest.ts';
import type { ActivityEntry } from '../domain/activity.ts';
import { type ActivityId, idTime, type SessionId } from '../domain/ids.ts';
import type { SessionRow } from '../domain/records.ts';

/** What is wrong with an account's activity. */
export type Break =
  /** An entry that does not open, or is not the one that its session's next entry follows. */
  | { readonly fault: 'changed'; readonly id: ActivityId }
  /** An entry that its session's row and the manifest know nothing of, or that stands in another's place. */
  | { readonly fault: 'unexpected'; readonly id: ActivityId }
  /** Entries that are not there, by their numbers in their session. */
  | { readonly fault: 'missing'; readonly sessionId: SessionId; readonly first: number; readonly last: number }
  /** A session that was never ended, and whose row is not there. */
  | { readonly fault: 'session-missing'; readonly sessionId: SessionId }
  /** A session whose row is from before what the manifest knows of it. */
  | { readonly fault: 'session-changed'; readonly sessionId: SessionId };

/** An entry that opened. */
export interface OpenEntry {
  readonly id: ActivityId;
  readonly entry: ActivityEntry;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

/** What must come next of a session, going back in time. */
export interface Link {
  /** The entry's number; 0 when there is no more. */
  readonly number: number;
  /** The first 16 bytes of its MAC, in base64. */
  readonly mac: string;
  /** Later entries may be there: what told of the last one is gone. */
  readonly open?: true;
}

/** Where each session's activity ends, and what is wrong with the ends. */
export interface Heads {
  readonly links: ReadonlyMap<SessionId, Link>;
  /** The sessions that were not ended: more may follow. */
  readonly live: ReadonlySet<SessionId>;
  readonly breaks: readonly Break[];
  /** Of sessions before this time the manifest may keep no end any more, in milliseconds since 1970. */
  readonly forgotten: number;
}

/**
 * The ends of all sessions, by their rows where they have one and by the manifest.
 *
 * @param rows read after the manifest
 * @param now milliseconds since 1970
 */
export function headsOf(rows: readonly SessionRow[], { sessions }: Manifest, now: number): Heads {
  const links = new Map<SessionId, Link>();
  const live = new Set<SessionId>();
  const breaks: Break[] = [];
  const rowOf = new Map(rows.map((row) => [row.sessionId, row]));
  for (const [sessionId, { count, head, ended }] of sessions) {
    const known: Link = { number: count, mac: linkMac(head) };
    links.set(sessionId, known);
    if (ended) continue;
    live.add(sessionId);
    const row = rowOf.get(sessionId);
    const told = row === undefined ? null : { number: row.activityCount, mac: linkMac(row.activityHead) };
    if (told !== null && (told.number > count || (told.number === count && told.mac === known.mac))) {
      links.set(sessionId, told);
      continue;
    }
    links.set(sessionId, { ...known, open: true });
    if (told !== null) breaks.push({ fault: 'session-changed', sessionId });
    else if (idTime(sessionId) >= now - ACTIVITY_KEPT_MS) breaks.push({ fault: 'session-missing', sessionId });
  }
  return { links, live, breaks, forgotten: forgottenBefore([...links.keys()].filter((id) => !live.has(id))) };
}

/** The manifest forgets the oldest ends first, but for one that was written last. */
function forgottenBefore(ended: readonly SessionId[]): number {
  const [, oldest] = [...ended].sort();
  return ended.length < MAX_ENDED_SESSIONS || oldest === undefined ? 0 : idTime(oldest);
}

/** A MAC as a {@link Link} has it. */
export function linkMac(mac: Uint8Array): string {
  return Buffer.from(mac.subarray(0, HEAD_SIZE)).toString('base64');
}

/** Goes back through an account's activity, and holds each entry to the one after it. */
export class ChainWalk {
  readonly breaks: Break[] = [];
  readonly #links: Map<SessionId, Link>;
  readonly #forgotten: number;

  constructor(links: ReadonlyMap<SessionId, Link>, forgotten: number) {
    this.#links = new Map(links);
    this.#forgotten = forgotten;
  }

  /** The same walk, to be gone on with apart. */
  fork(): ChainWalk {
    return new ChainWalk(this.#links, this.#forgotten);
  }

  /** The next entry, from the newest to the oldest. */
  visit({ id, entry, mac }: OpenEntry): void {
    const { session, number, previous } = entry;
    const before: Link = { number: number - 1, mac: linkMac(Buffer.from(previous, 'base64')) };
    const link = this.#links.get(session);
    if (link === undefined) {
      if (idTime(session) > this.#forgotten) this.breaks.push({ fault: 'unexpected', id });
      else this.#links.set(session, before);
      return;
    }
    if (number > link.number && link.open !== true) {
      this.breaks.push({ fault: 'unexpected', id });
      return;
    }
    if (number < link.number) {
      this.breaks.push({ fault: 'missing', sessionId: session, first: number + 1, last: link.number });
    } else if (number === link.number && link.mac !== linkMac(mac)) {
      this.breaks.push({ fault: 'changed', id });
    }
    this.#links.set(session, before);
  }

  /** An entry that does not open. */
  damaged(id: ActivityId): void {
    this.breaks.push({ fault: 'changed', id });
  }

  /**
   * What is known once all entries from a time on were visited: of sessions that began after it nothing may be missing.
   *
   * @param since milliseconds since 1970; before it, entries may be gone by their age
   * @returns what must come next of the other sessions, of those only that were met
   */
  endAt(since: number): Map<SessionId, Link> {
    for (const [sessionId, { number }] of this.#links) {
      if (idTime(sessionId) <= since) continue;
      if (number > 0) this.breaks.push({ fault: 'missing', sessionId, first: 1, last: number });
      this.#links.delete(sessionId);
    }
    return new Map(this.#links);
  }
}
