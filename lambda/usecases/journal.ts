import { entryMac } from '../crypto/activity.ts';
import { equal } from '../crypto/bytes.ts';
import type { Manifest } from '../crypto/manifest.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { Action, ActivityEntry, ActivityTarget } from '../domain/activity.ts';
import { type ActivityId, idTime, newId } from '../domain/ids.ts';
import type { ActivityRow, SessionRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';
import { toJson } from './json.ts';

/** Where a call comes from, as the platform and the caller say. */
export interface Caller {
  readonly sourceIp: string;
  readonly userAgent: string;
}

/** What is done, to be written down. */
export interface Line {
  readonly action: Action;
  readonly target?: ActivityTarget;
  /** Whether the session ends with it. */
  readonly ends?: true;
  /** What else changes of the session's row, as it now stands. */
  readonly session?: (row: SessionRow) => Partial<SessionRow>;
}

/** An entry that is about to be written. */
export interface Entered {
  /** The entry, and the session's row. */
  readonly changes: readonly Change[];
  /** The session's row as it will stand. */
  readonly row: SessionRow;
}

/** A session's use is written down at most so often, ms. */
export const TOUCH_MS = 60_000;
/** The version that every entry is sealed as: it never changes. */
export const ACTIVITY_VERSION = 1;
/** What of a user agent is kept, in characters. */
const USER_AGENT_LENGTH = 256;
/** No two clocks of the service are so far apart, ms. */
const LONGEST_SKEW_MS = 3_600_000;

/** The user agent as it is kept. */
export function keptUserAgent({ userAgent }: Caller): string {
  return userAgent.slice(0, USER_AGENT_LENGTH);
}

/** What one session does, chained entry by entry: each holds the MAC of the one before, and the session's row the last one's. */
export class Journal {
  readonly #env: Pick<VaultEnvironment, 'clock' | 'random'>;
  readonly #caller: Caller;
  #row: SessionRow;
  #stored: boolean;

  /** @param stored whether the session's row stands in the table already */
  constructor(env: Pick<VaultEnvironment, 'clock' | 'random'>, caller: Caller, row: SessionRow, stored: boolean) {
    [this.#env, this.#caller, this.#row, this.#stored] = [env, caller, row, stored];
  }

  /** The session's row as this request last knew it. */
  get row(): SessionRow {
    return this.#row;
  }

  /** Takes the session's row as it now stands. */
  adopt(row: SessionRow): void {
    this.#row = row;
    this.#stored = true;
  }

  /**
   * The next entry. Written with what it is about, on condition that the session's row is as this request last knew it.
   *
   * @param activityKey 32 bytes
   * @param revision of the manifest when it will be written
   */
  enter(line: Line, keys: VaultKeys, activityKey: Uint8Array, revision: number): Entered {
    const read = this.#row;
    const now = this.#env.clock();
    // A session's entries follow it, and each other, by their ids, whatever the clocks of the functions that write them.
    const at = Math.max(now, read.activityAt + 1, idTime(read.sessionId));
    if (at > now + LONGEST_SKEW_MS) throw new IntegrityError('session');
    const id = newId<ActivityId>(at, this.#env.random(10));
    const number = read.activityCount + 1;
    const entry: ActivityEntry = {
      session: read.sessionId,
      number,
      previous: Buffer.from(read.activityHead).toString('base64'),
      action: line.action,
      ...(line.target === undefined ? {} : { target: line.target }),
      sourceIp: this.#caller.sourceIp,
      userAgent: keptUserAgent(this.#caller),
    };
    const plain = toJson(entry);
    const { accountId, dekVersion } = keys;
    const sealed = keys.seal('activity', id, ACTIVITY_VERSION, plain);
    const written: ActivityRow = { kind: 'activity', accountId, activityId: id, dekVersion, sealed };
    const row: SessionRow = {
      ...read,
      ...line.session?.(read),
      activityCount: number,
      activityHead: entryMac(activityKey, accountId, id, plain),
      activityAt: at,
      revision,
      lastSeenAt: now - read.lastSeenAt < TOUCH_MS ? read.lastSeenAt : now,
    };
    const session: Change =
      line.ends === true ? { op: 'remove', row: read } : { op: 'put', row, replaces: this.#stored ? read : null };
    return { changes: [{ op: 'put', row: written, replaces: null }, session], row };
  }

  /** @throws IntegrityError for a session that ended, or whose row is from before what the manifest knows of it */
  requireAnchored({ sessions, revision }: Manifest): void {
    if (!this.#stored) return;
    const { sessionId, activityCount, activityHead } = this.#row;
    if (revision < this.#row.revision) throw new IntegrityError('manifest');
    const anchor = sessions.get(sessionId);
    if (anchor === undefined || anchor.ended || anchor.count > activityCount) throw new IntegrityError('session');
    if (anchor.count === activityCount && !equal(anchor.head, activityHead.slice(0, anchor.head.length))) {
      throw new IntegrityError('session');
    }
  }
}
