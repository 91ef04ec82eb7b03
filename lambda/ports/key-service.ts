import type { WrapContext } from '../crypto/context.ts';
import type { WrappedKey } from '../domain/records.ts';

/** The operator's lock. @throws UnavailableError when the service fails beyond retries. */
export interface KeyService {
  /**
   * HMAC-SHA-256 under a key that never leaves the service: 32 bytes.
   *
   * @param pepper the MAC key's number, from 1
   * @param message 1 to 4,096 bytes
   * @throws IntegrityError for a number that no key is configured for
   */
  mac(pepper: number, message: Uint8Array): Promise<Uint8Array>;

  /** Wraps an inner wrap under the configured key; the answer's key is checked. */
  wrap(inner: Uint8Array, context: WrapContext): Promise<WrappedKey>;

  /** The inner wrap. @throws IntegrityError for a blob that is not a wrap of this context under the configured key. */
  unwrap(wrapped: WrappedKey, context: WrapContext): Promise<Uint8Array>;
}
