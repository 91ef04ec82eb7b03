import type { AccountId } from '../domain/ids.ts';
import { concat, fields, n32, n64 } from './bytes.ts';

/** What opens a wrap beside KMS; the key policy allows each function its purposes. */
export type WrapPurpose = 'password' | 'session' | 'recovery';

/** What an outer wrap is bound to. Built from the request, never read from a blob. */
export interface WrapContext {
  readonly purpose: WrapPurpose;
  readonly accountId: AccountId;
  /** From 1. */
  readonly dekVersion: number;
}

/** A wrap's context as KMS takes it: authenticated, logged in clear. */
export function encryptionContext(context: WrapContext): {
  readonly app: 'twinlock';
  readonly purpose: WrapPurpose;
  readonly account: string;
  readonly dek: string;
} {
  return {
    app: 'twinlock',
    purpose: context.purpose,
    account: context.accountId,
    dek: String(context.dekVersion),
  };
}

/** What a sealed message holds: 'document' is a document's metadata, 'content' a part of its PDF, 'upload' what came of one so far. */
export type DataKind =
  | 'item'
  | 'document'
  | 'content'
  | 'upload'
  | 'profile'
  | 'manifest'
  | 'session'
  | 'activity'
  | 'recovery'
  | 'previous-dek'
  | 'cursor';

/** What is authenticated under the DEK and not sealed. */
export type MacKind = 'rotation';

/** What a sealed message is bound to. */
export interface DataContext {
  readonly kind: DataKind;
  readonly accountId: AccountId;
  /** The record's id; the account's for its profile, manifest, recovery key and previous DEK. */
  readonly id: string;
  /** The record's version, 0 to 2^53 - 1. */
  readonly version: number;
  /** 0 to 2^32 - 1. */
  readonly dekVersion: number;
}

/** The context bytes of a sealed message: no two contexts share theirs. */
export function dataContext({ kind, accountId, id, version, dekVersion }: DataContext): Uint8Array {
  return concat(fields(kind, accountId, id), n64(version), n32(dekVersion));
}
