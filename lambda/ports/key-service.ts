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

  /** Whether MAC key 1 made a MAC of a message of 1 to 4,096 bytes. It says yes or no, and makes none. */
  confirms(message: Uint8Array, mac: Uint8Array): Promise<boolean>;

  /** Wraps an inner wrap under the newest configured key; the answer's key is checked. */
  wrap(inner: Uint8Array, context: WrapContext): Promise<WrappedKey>;

  /**
   * The inner wrap: one call where it is under the newest configured key, one more for each older key.
   *
   * @throws IntegrityError for a blob that is not a wrap of this context under a configured key
   */
  unwrap(wrapped: WrappedKey, context: WrapContext): Promise<Uint8Array>;
}
