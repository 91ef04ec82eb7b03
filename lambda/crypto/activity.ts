import { createHmac } from 'node:crypto';
import type { AccountId, ActivityId } from '../domain/ids.ts';
import { concat, field, utf8 } from './bytes.ts';

/** Bytes of an entry's MAC. */
export const ENTRY_MAC_SIZE = 32;

/** What the first entry of a session follows: no entry. */
export const NO_ENTRY: Uint8Array = new Uint8Array(ENTRY_MAC_SIZE);

/**
 * Chains an entry of an account's activity to the one before it, whose MAC it holds.
 *
 * @param activityKey 32 bytes, of the account's profile
 * @param id the entry's, which is its time too
 * @param entry as it is sealed, session, number and the MAC before included
 * @returns 32 bytes: HMAC-SHA-256
 */
export function entryMac(activityKey: Uint8Array, accountId: AccountId, id: ActivityId, entry: Uint8Array): Uint8Array {
  const message = concat(utf8('twinlock/activity/v1\0'), field(accountId), field(id), entry);
  return Uint8Array.from(createHmac('sha256', activityKey).update(message).digest());
}
