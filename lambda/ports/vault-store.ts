import type { AccountId } from '../domain/ids.ts';
import type { ActivityRow, DueKey, ListedRow, RemnantKey, Row, RowKey, RowOf, ThrottleRow } from '../domain/records.ts';

/** One change of one row, and what must hold for it. */
export type Change =
  /** Writes a row: where none may be (`null`), where the row still is as it was read, or over whatever is there. */
  | { readonly op: 'put'; readonly row: Row; readonly replaces: Row | null | 'any' }
  /** Removes a row that still is as it was read. */
  | { readonly op: 'remove'; readonly row: Row }
  /** Removes a row, whatever it holds; nothing happens where it is gone. */
  | { readonly op: 'discard'; readonly key: RowKey | RemnantKey }
  /** Holds the rest to a row that still is as it was read. */
  | { readonly op: 'check'; readonly row: Row };

export type CommitResult =
  | { readonly ok: true }
  /** Nothing was written. `failed` are the places in `changes` whose condition did not hold; empty when another
   *  transaction was at work on one of the rows. */
  | { readonly ok: false; readonly failed: readonly number[] };

/** Where a page of what is due ended. */
export interface DueMark {
  readonly dueAt: number;
  readonly key: DueKey;
}

export interface ListOptions {
  /** Starts behind this id. */
  readonly after?: string;
  /** At most so many rows, 1 to 1,000. */
  readonly limit: number;
  /** Newest first. */
  readonly descending?: boolean;
}

/**
 * The table. Every read is strongly consistent but `due`. A row comes back equal to what was written; one whose
 * attributes are missing or of another type throws `IntegrityError`.
 *
 * "As it was read" compares what every write of that kind of row changes: an account's version, a manifest's revision,
 * an item's version, a document's version, state and objects, a session's lastSeenAt, epoch and count of activity, a throttle's failures,
 * times and tries, each with the DEK version where there is one; an e-mail row's account, a deletion's receipt, an idempotency row's
 * state, resource and time; a walk's place and beginning.
 *
 * @throws UnavailableError when the service fails beyond retries; a commit may then have taken effect.
 */
export interface VaultStore {
  /** One row, or null. */
  get<K extends RowKey>(key: K): Promise<RowOf<K> | null>;

  /** 1 to 100 rows as they stood together at one moment; null for one that is not there. */
  snapshot<const K extends readonly RowKey[]>(keys: K): Promise<{ -readonly [I in keyof K]: RowOf<K[I]> | null }>;

  /**
   * A page of one kind of an account's rows, in order of ids. `more` is false only when nothing follows. A page may be
   * short (about 1 MB of rows), but never empty while `more` holds.
   */
  list<K extends ListedRow['kind']>(
    accountId: AccountId,
    kind: K,
    options: ListOptions,
  ): Promise<{ readonly rows: RowOf<{ kind: K }>[]; readonly more: boolean }>;

  /**
   * A page of all that an account has under its own id, of whatever kind, by keys alone.
   *
   * @param after the `next` of the page before; null for the first page
   * @param limit 1 to 100
   * @returns `next` null only when nothing follows
   */
  remains(
    accountId: AccountId,
    after: string | null,
    limit: number,
  ): Promise<{ readonly keys: (DueKey | RemnantKey)[]; readonly next: string | null }>;

  /**
   * An account's activity under one DEK version, among all that it has.
   *
   * @param limit 1 to 1,000
   * @returns the oldest `limit` rows of it, and how many there are in all
   */
  activityUnder(
    accountId: AccountId,
    dekVersion: number,
    limit: number,
  ): Promise<{ readonly rows: ActivityRow[]; readonly total: number }>;

  /** The counters of failed tries against one subject, at most 100, in order of their sources. */
  throttles(subject: string): Promise<ThrottleRow[]>;

  /**
   * Writes all of 1 to 100 changes or none; names no row twice. A single put or discard is one plain conditional
   * write.
   */
  commit(changes: readonly Change[]): Promise<CommitResult>;

  /**
   * A page of the documents and deletions of one shard whose `dueAt` lies on one UTC day and is not later than `until`,
   * oldest first. From an index: eventually consistent, to be read again before anything is done.
   *
   * @param shard 0 to 15
   * @param day `YYYY-MM-DD`
   * @param after the `next` of the page before, whose row may be gone by now; null for the first page
   * @param limit 1 to 100
   * @returns `next` null only when nothing follows
   */
  due(
    shard: number,
    day: string,
    until: number,
    after: DueMark | null,
    limit: number,
  ): Promise<{ readonly keys: DueKey[]; readonly next: DueMark | null }>;
}

/** How many shards the `due` index has. */
export const DUE_SHARDS = 16;
