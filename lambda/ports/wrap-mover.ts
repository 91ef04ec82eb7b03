import type { WrapContext } from '../crypto/context.ts';
import type { WrappedKey } from '../domain/records.ts';

/** What comes of opening an outer wrap. */
export type Opened =
  /** `inner` is the inner wrap, to be wiped by the caller; `key` the ARN of the KMS key that it was under. */
  | { readonly state: 'open'; readonly key: string; readonly inner: Uint8Array }
  /** It is no wrap of this context, under whatever key. */
  | { readonly state: 'tampered' }
  /** KMS does not use its key: it is disabled, about to be deleted, gone, or not the caller's to use. */
  | { readonly state: 'refused' };

/** What moves outer wraps to another KMS key, without a password. @throws UnavailableError beyond retries */
export interface WrapMover {
  /** Opens an outer wrap under whatever key it is. One call. */
  open(wrapped: WrappedKey, context: WrapContext): Promise<Opened>;

  /**
   * The same inner wrap under another key, made inside KMS. One call.
   *
   * @param from ARN of the key that it is under
   * @param to ARN
   * @throws IntegrityError for a wrap that is not of this context and key, or when other keys answer
   */
  move(wrapped: WrappedKey, context: WrapContext, from: string, to: string): Promise<WrappedKey>;
}
