import type { AccountId, Brand, DocumentId, ItemId, SessionId } from './ids.ts';

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
}

/** What the sealed profile of an account holds. */
export interface Profile {
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  /** 32 bytes in base64: the key of the account's activity chains. */
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
  /** Sealed metadata; null while PENDING. */
  readonly sealed: Sealed | null;
  /** Every object that this row answers for. */
  readonly objectKeys: readonly string[];
  /** Milliseconds since 1970: from then on the document does not exist. */
  readonly expiresAt: number;
  /** Milliseconds since 1970: from then on maintenance removes the row and its objects. */
  readonly dueAt: number;
}

/** Failed tries against one subject from one source, and when the next is taken. */
export interface ThrottleRow {
  readonly kind: 'throttle';
  /** What is guessed at: the e-mail's MAC in base64url, or another fixed name. */
  readonly subject: string;
  /** "*", or a source address. */
  readonly source: string;
  readonly failures: number;
  readonly lastFailureAt: number;
  readonly blockedUntil: number;
}

export type Row = EmailRow | AccountRow | ManifestRow | SessionRow | ItemRow | DocumentRow | ThrottleRow;

/** What names a row, of each kind. Every row is a key of itself. */
export type RowKey =
  | Pick<EmailRow, 'kind' | 'mac'>
  | Pick<AccountRow, 'kind' | 'accountId'>
  | Pick<ManifestRow, 'kind' | 'accountId'>
  | Pick<SessionRow, 'kind' | 'accountId' | 'sessionId'>
  | Pick<ItemRow, 'kind' | 'accountId' | 'itemId'>
  | Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>
  | Pick<ThrottleRow, 'kind' | 'subject' | 'source'>;

export type RowOf<K extends { readonly kind: Row['kind'] }> = Extract<Row, { kind: K['kind'] }>;

/** The rows that an account has many of, in order of their ids. */
export type ListedRow = SessionRow | ItemRow | DocumentRow;
