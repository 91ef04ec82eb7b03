import { createHash } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRow, Rewrap } from '../domain/records.ts';
import { concat, equal, field, n8, n64, utf8 } from './bytes.ts';
import { ACCOUNT_TAGS, differingParts, type Manifest } from './manifest.ts';

/** What a MAC key is asked to confirm. */
export interface Confirmation {
  readonly message: Uint8Array;
  /** 32 bytes. */
  readonly mac: Uint8Array;
}

const TAGS = { password: ACCOUNT_TAGS.passwordWrap, recovery: ACCOUNT_TAGS.recoveryWrap } as const;

/**
 * What MAC key 1 authenticates to say that a wrap of an account is another one, moved to another KMS key: the same inner
 * wrap, for the operator moves wraps without the password that the manifest is sealed under.
 *
 * @param version the account row's
 * @param before SHA-256 of an outer wrap that stood before, 32 bytes: of one that a manifest may have been sealed for
 * @param after SHA-256 of the outer wrap that stands now, 32 bytes
 */
export function rewrapMessage(
  part: Rewrap['part'],
  { accountId, version }: { readonly accountId: AccountId; readonly version: number },
  before: Uint8Array,
  after: Uint8Array,
): Uint8Array {
  const label = utf8('twinlock/rewrap/v1\0');
  return concat(label, n8(TAGS[part]), field(accountId), n64(version), before, after);
}

/** SHA-256 of an outer wrap, 32 bytes. */
export function wrapHash(wrap: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(wrap).digest());
}

/**
 * What must be confirmed before an account row counts as the one that a manifest was sealed for: nothing where they
 * agree, a record for each wrap that was moved since.
 *
 * @returns null for a row that is not the manifest's
 */
export function confirmations(manifest: Manifest, row: AccountRow): readonly Confirmation[] | null {
  const tags = differingParts(manifest, row);
  const found = tags?.map((tag) => confirmation(manifest.account.hashes.get(tag), tag, row));
  return found?.every((one) => one !== null) === true ? found : null;
}

function confirmation(known: Uint8Array | undefined, tag: number, row: AccountRow): Confirmation | null {
  const isOf = ({ part, before }: Rewrap) => TAGS[part] === tag && known !== undefined && equal(before, known);
  const record = row.rewraps?.find(isOf);
  const wrap = record?.part === 'recovery' ? row.recovery?.wrap : row.passwordWrap;
  if (record === undefined || wrap === undefined) return null;
  return { message: rewrapMessage(record.part, row, record.before, wrapHash(wrap)), mac: record.mac };
}
