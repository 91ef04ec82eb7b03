/**
 * DEKs of sessions that KMS opened a short while ago, in this process's memory alone. It decides nothing: who asks has
 * found the session alive, in the table, in the same request.
 */
export interface SessionKeys {
  /**
   * The DEK under a name, 32 bytes; null where none is kept, or its time is over.
   *
   * @param name of `sessionKeyName`: who can say it has the session's secret
   * @returns a copy, to be wiped by the caller
   */
  get(name: string): Uint8Array | null;

  /** Keeps a copy. The oldest gives way where there are too many. */
  put(name: string, dek: Uint8Array): void;

  /** Wipes all, and keeps nothing from then on. */
  close(): void;
}
