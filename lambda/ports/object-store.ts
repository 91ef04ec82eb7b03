/** An open object: its bytes as they come, and how many these are. Cancel by returning from the iteration early. */
export interface OpenObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** Bytes of the whole object, whatever range was asked for. */
  readonly size: number;
}

/** An object by its name. */
export interface ObjectName {
  readonly key: string;
  /** When its newest version was written, or hidden, in milliseconds since 1970. */
  readonly modifiedAt: number;
}

/** The bucket. Objects are written once and never changed. @throws UnavailableError beyond retries. */
export interface ObjectStore {
  /**
   * Writes an object where none is.
   *
   * @param key a fresh name
   * @param body called once an attempt; each time it must yield the same bytes
   * @param size bytes that the body yields
   * @returns false when an object of that name was there before
   */
  put(key: string, body: () => AsyncIterable<Uint8Array>, size: number): Promise<boolean>;

  /**
   * Opens an object, or a part of it; null when it is not there.
   *
   * @param range first and last byte, both counted from 0 and included; clipped to the object's end, so that one behind it has no bytes
   */
  get(key: string, range?: { readonly first: number; readonly last: number }): Promise<OpenObject | null>;

  /**
   * A page of the names that objects have, or had while versions of them are left, in order.
   *
   * @param after the `next` of the page before; null for the first
   * @param limit 1 to 1,000
   * @returns `next` null only when nothing follows
   */
  names(
    prefix: string,
    after: string | null,
    limit: number,
  ): Promise<{ readonly objects: readonly ObjectName[]; readonly next: string | null }>;

  /** Removes every version of an object; nothing happens where it is gone. */
  remove(key: string): Promise<void>;
}
