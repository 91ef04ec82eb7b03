import type { AccountRow, Rewrap, SessionRow, WrappedKey } from '../domain/records.ts';

/** An account's wraps under another KMS key, and the records that its manifest needs to know them by. */
export interface MovedWraps {
  readonly passwordWrap: WrappedKey;
  /** Only where the account has a recovery code. */
  readonly recoveryWrap?: WrappedKey;
  readonly rewraps: readonly Rewrap[];
}

/**
 * Writes wraps in the place of those that were read, and changes nothing else of their rows: an account's version stays.
 * Each answers false where the row is another by now: then nothing was written.
 *
 * @throws UnavailableError; the write may then have taken effect
 */
export interface WrapWriter {
  account(read: AccountRow, moved: MovedWraps): Promise<boolean>;
  session(read: SessionRow, wrap: WrappedKey): Promise<boolean>;
}
