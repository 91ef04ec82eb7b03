import type { AccountId, ActivityId, Brand, DocumentId, ItemId, ReceiptId, SessionId } from './ids.ts';

/** A Cobblestone-256 message under a key of the account's DEK: nothing else may lie in a sealed field. */
export type Sealed = Brand<Uint8Array, 'Sealed'>;

/** A DEK wrapped twice: the 176-byte inner wrap as a KMS ciphertext blob. */
export type WrappedKey = Brand<Uint8Array, 'WrappedKey'>;

/** From an e-mail's MAC to its account. */
export interface EmailRow {
  readonly kind: 'email';
  /** 32 bytes. */
  readonly mac: Uint8Array;
  readonly accountId: AccountId;
}

export interface AccountRow {
  readonly kind: 'account';
  readonly accountId: AccountId;
  /** 32 bytes; names the e-mail's row. */
  readonly emailMac: Uint8Array;
  /** Raised by what ends all other sessions. From 1. */
  readonly epoch: number;
  /** Raised by every write of this row. From 1. */
  readonly version: number;
  readonly dekVersion: number;
  readonly passwordWrap: WrappedKey;
  /** The sealed {@link Profile}. */
  readonly profile: Sealed;
  /** The row's version at which the profile was last sealed. */
  readonly profileVersion: number;
  /** Only where the user asked for a recovery code. */
  readonly recovery?: Recovery;
  /** Only while rows of the DEK version before this one are left. */
  readonly previousDek?: PreviousDek;
  /** Only where the operator moved a wrap to another KMS key, and until the row is written again: no write keeps them. */
  readonly rewraps?: readonly Rewrap[];
}

/** That one of the account's wraps is another one under another KMS key. What it says counts once its MAC is confirmed. */
export interface Rewrap {
  readonly part: 'password' | 'recovery';
  /** SHA-256 of an outer wrap that stood before, 32 bytes. */
  readonly before: Uint8Array;
  /** By MAC key 1, 32 bytes. */
  readonly mac: Uint8Array;
}

/** The DEK that a rotation moves everything away from. */
export interface PreviousDek {
  /** Its 32 bytes, sealed under the one that takes its place. */
  readonly sealed: Sealed;
  /** The account row's version at which it was sealed. */
  readonly version: number;
}

/** What opens an account to its recovery code. */
export interface Recovery {
  /** A wrap of format 3. */
  readonly wrap: WrappedKey;
  /** 32 bytes, from which and the code the recovery key is derived. */
  readonly salt: Uint8Array;
  /** The recovery key and its time, sealed, so that another DEK can be wrapped for it without the code. */
  readonly sealed: Sealed;
  /** The account row's version at which it was sealed. */
  readonly version: number;
}

/** What the sealed profile of an account holds. */
export interface Profile {
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  /** 32 bytes in base64: the key of the account's activity chains and idempotency rows. It outlives every DEK. */
  readonly activityKey: string;
}

export interface ManifestRow {
  readonly kind: 'manifest';
  readonly accountId: AccountId;
  /** Raised by every write of the vault. From 1. Bound into the sealed message too. */
  readonly revision: number;
  readonly dekVersion: number;
  readonly sealed: Sealed;
}

export interface SessionRow {
  readonly kind: 'session';
  readonly accountId: AccountId;
  readonly sessionId: SessionId;
  /** The account's epoch when the session began. */
  readonly epoch: number;
  readonly dekVersion: number;
  /** 32 bytes: HKDF of the token's secret, compared in constant time. */
  readonly secretHash: Uint8Array;
  readonly wrap: WrappedKey;
  /** The sealed {@link SessionDetails}. */
  readonly sealed: Sealed;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly lastSeenAt: number;
  /** Entries of its activity so far. */
  readonly activityCount: number;
  /** 32 bytes: the MAC of the last entry; zeros before the first. */
  readonly activityHead: Uint8Array;
  /** When the last entry was, in milliseconds since 1970; 0 before the first. */
  readonly activityAt: number;
  /** The manifest's revision when the last entry was written: no later manifest can have a lower one. */
  readonly revision: number;
}

/** What the sealed part of a session holds. */
export interface SessionDetails {
  readonly userAgent: string;
  readonly sourceIp: string;
  readonly expiresAt: number;
  /** When the password was last given, in milliseconds since 1970. */
  readonly authenticatedAt: number;
}

export interface ItemRow {
  readonly kind: 'item';
  readonly accountId: AccountId;
  readonly itemId: ItemId;
  /** From 1. */
  readonly version: number;
  readonly dekVersion: number;
  readonly sealed: Sealed;
}

export interface DocumentRow {
  readonly kind: 'document';
  readonly accountId: AccountId;
  readonly documentId: DocumentId;
  readonly version: number;
  readonly dekVersion: number;
  /** PENDING: being made or being removed, no part of the vault, maintenance ends it once due. READY: in the manifest. */
  readonly state: 'PENDING' | 'READY';
  /** Sealed metadata; while PENDING the sealed state of an upload, or null. */
  readonly sealed: Sealed | null;
  /** Every object that this row answers for. */
  readonly objectKeys: readonly string[];
  /** Milliseconds since 1970: until then a rotation may still put one of them; 0 when none is at work. */
  readonly busyUntil: number;
  /** Milliseconds since 1970: from then on the document does not exist. */
  readonly expiresAt: number;
  /** Milliseconds since 1970: from then on maintenance removes the row and its objects. */
  readonly dueAt: number;
}

/** One thing that was done in an account. Written once; sealed anew by a rotation. */
export interface ActivityRow {
  readonly kind: 'activity';
  readonly accountId: AccountId;
  readonly activityId: ActivityId;
  readonly dekVersion: number;
  /** The sealed entry. */
  readonly sealed: Sealed;
}

/** Stands in the place of an account that was deleted, until nothing else of it is left. */
export interface DeletionRow {
  readonly kind: 'deletion';
  readonly accountId: AccountId;
  readonly receiptId: ReceiptId;
  /** When the account ended, in milliseconds since 1970. */
  readonly at: number;
  /** What the account had then. */
  readonly items: number;
  readonly documents: number;
  /** Milliseconds since 1970: from then on maintenance removes what is left. */
  readonly dueAt: number;
}

/** What a request with an idempotency key made, kept for as long as the request may be sent again. */
export interface IdempotencyRow {
  readonly kind: 'idempotency';
  readonly accountId: AccountId;
  /** SHA-256 of the key, in base64url. */
  readonly keyHash: string;
  /** BEGUN: being made, or its making stopped. DONE: it was made. */
  readonly state: 'BEGUN' | 'DONE';
  readonly resourceId: ItemId | DocumentId;
  /** When the making began, in milliseconds since 1970. */
  readonly createdAt: number;
  /** 32 bytes: an HMAC of the request, under the account's activity key. */
  readonly request: Uint8Array;
  /** 32 bytes: an HMAC of all of the above. */
  readonly mac: Uint8Array;
}

/** How far maintenance has come on its way through the bucket. */
export interface WalkRow {
  readonly kind: 'walk';
  readonly name: 'bucket';
  /** The object that it came to; null before the first, empty at the end. */
  readonly after: string | null;
  /** Milliseconds since 1970. */
  readonly begunAt: number;
}

/** A failed try: when, in milliseconds since 1970, and where from. */
export interface FailedTry {
  readonly at: number;
  /** The source's name. */
  readonly source: string;
}

/** Failed tries against one subject, and when the next is taken. Times in milliseconds since 1970. */
export interface ThrottleRow {
  readonly kind: 'throttle';
  /** What is guessed at: the e-mail's MAC in base64url, or another fixed name. */
  readonly subject: string;
  /** "*" for all sources that have no counter of their own, or a source's name. */
  readonly source: string;
  /** Since the last success, tries under way included. */
  readonly failures: number;
  /** 0 where no failed try is remembered. */
  readonly lastFailureAt: number;
  readonly blockedUntil: number;
  /** The last failed tries, oldest first; a success does not forget them. */
  readonly tries: readonly FailedTry[];
  /** When this source last gave what is guessed at; 0 for never. */
  readonly lastSuccessAt: number;
}

export type Row =
  | EmailRow
  | AccountRow
  | ManifestRow
  | SessionRow
  | ItemRow
  | DocumentRow
  | ActivityRow
  | DeletionRow
  | IdempotencyRow
  | ThrottleRow
  | WalkRow;

/** What names a row, of each kind. Every row is a key of itself. */
export type RowKey =
  | Pick<EmailRow, 'kind' | 'mac'>
  | Pick<AccountRow, 'kind' | 'accountId'>
  | Pick<ManifestRow, 'kind' | 'accountId'>
  | Pick<SessionRow, 'kind' | 'accountId' | 'sessionId'>
  | Pick<ItemRow, 'kind' | 'accountId' | 'itemId'>
  | Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>
  | Pick<ActivityRow, 'kind' | 'accountId' | 'activityId'>
  | Pick<DeletionRow, 'kind' | 'accountId'>
  | Pick<IdempotencyRow, 'kind' | 'accountId' | 'keyHash'>
  | Pick<ThrottleRow, 'kind' | 'subject' | 'source'>
  | Pick<WalkRow, 'kind' | 'name'>;

export type RowOf<K extends { readonly kind: Row['kind'] }> = Extract<Row, { kind: K['kind'] }>;

/** What maintenance must end. */
export type DueKey = Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'> | Pick<DeletionRow, 'kind' | 'accountId'>;

/** What names a row of an account that nothing but its removal is asked of: also one of a kind that is not known. */
export interface RemnantKey {
  readonly kind: 'remnant';
  readonly accountId: AccountId;
  /** Its name among the account's rows. */
  readonly name: string;
}

/** The rows that an account has many of, in order of their ids. */
export type ListedRow = SessionRow | ItemRow | DocumentRow | ActivityRow;
