import type { AccountId, SessionId } from '../domain/ids.ts';
import { concat, field, n8, n32, n64, SecretBytes, utf8, wipe } from './bytes.ts';
import { hkdf } from './hkdf.ts';
import { checkedTail } from './password.ts';

/** Bytes of a key commitment. */
export const COMMITMENT_SIZE = 32;
/** Bytes of the answer of the KMS mac key. */
export const MAC_SIZE = 32;

/** How a DEK is wrapped: 1 is AES-128-GCM, 2 AES-256-GCM. */
export type Suite = 1 | 2;

/** What an inner wrap is bound to: 1 the password's, 2 a session's, 3 the recovery code's. */
export type WrapBinding =
  | { readonly format: 1; readonly accountId: AccountId; readonly dekVersion: number }
  | {
      readonly format: 2;
      readonly accountId: AccountId;
      readonly dekVersion: number;
      readonly sessionId: SessionId;
      readonly epoch: number;
    }
  | { readonly format: 3; readonly accountId: AccountId; readonly dekVersion: number };

/** A key-encryption key and the 32 bytes that commit to it. */
export interface Kek {
  /** 16 or 32 bytes, by suite. */
  readonly kek: SecretBytes;
  readonly commitment: Uint8Array;
}

/**
 * The input key material of a password's wrap: both locks, the user's and the operator's.
 *
 * @param bcryptTail 31 bytes
 * @param mac 32 bytes, of `pepperMessage`
 */
export function passwordIkm(bcryptTail: Uint8Array, mac: Uint8Array): SecretBytes {
  if (mac.length !== MAC_SIZE) throw new RangeError(`mac has ${mac.length} bytes, not ${MAC_SIZE}`);
  return new SecretBytes(concat(checkedTail(bcryptTail), mac));
}

/** What the KEK, and the wrap under it, are bound to. */
export function kekInfo(suite: Suite, binding: WrapBinding): Uint8Array {
  const info = concat(
    utf8('twinlock/kek/v1\0'),
    n8(binding.format),
    n8(suite),
    field(binding.accountId),
    n32(binding.dekVersion),
  );
  return binding.format === 2 ? concat(info, field(binding.sessionId), n64(binding.epoch)) : info;
}

/**
 * Derives a KEK and its commitment.
 *
 * @param kekSalt 32 bytes
 * @param info of {@link kekInfo} for the same suite
 */
export function deriveKek(ikm: SecretBytes, kekSalt: Uint8Array, suite: Suite, info: Uint8Array): Kek {
  const size = suite === 1 ? 16 : 32;
  const okm = hkdf(ikm.bytes, kekSalt, info, size + COMMITMENT_SIZE);
  const derived = { kek: new SecretBytes(okm.slice(0, size)), commitment: okm.slice(size) };
  wipe(okm);
  return derived;
}
