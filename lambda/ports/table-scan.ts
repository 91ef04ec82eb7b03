import type { AccountId } from '../domain/ids.ts';
import type { Row, RowKey } from '../domain/records.ts';

/** A row as a walk through the whole table meets it. */
export type Scanned =
  | {
      readonly state: 'row';
      readonly row: Row;
      /** Attributes that a row of its kind does not have. */
      readonly extra: number;
      /** Attributes that hang on others (`ttl`, `duePk`) and say something else than these. */
      readonly stray: readonly string[];
    }
  /** The place of a row of ours, with attributes that are none. */
  | { readonly state: 'malformed'; readonly key: RowKey }
  /** The place of no row of ours; with an account where it lies among its rows. */
  | { readonly state: 'unknown'; readonly accountId: AccountId | null };

/** A row's place: where a page ended. */
export interface ScanMark {
  readonly pk: string;
  readonly sk: string;
}

export interface ScanPage {
  readonly rows: readonly Scanned[];
  /** How many rows were looked at, those that were passed over included. */
  readonly looked: number;
  /** Where the next page begins; null only when nothing follows in this segment. */
  readonly next: ScanMark | null;
}

export interface ScanRequest {
  /** Which part of the table, from 0, of so many that can be walked side by side. */
  readonly segment: number;
  readonly segments: number;
  /** The `next` of the page before, of a walk with as many segments; null for the first. */
  readonly after: ScanMark | null;
  /** Only rows that hold an outer wrap. */
  readonly wrapsOnly?: boolean;
}

/** The whole table, row by row, as operators' tools walk through it. @throws UnavailableError beyond retries */
export interface TableScan {
  /** A page of one segment, strongly consistent: a row that stood when the page was read and stands still is in one. */
  page(request: ScanRequest): Promise<ScanPage>;

  /** About how many rows the table has; DynamoDB counts every six hours. */
  size(): Promise<number>;
}
