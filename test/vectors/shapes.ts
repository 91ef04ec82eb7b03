import type { DataKind } from '../../lambda/crypto/context.ts';
import type { WrapBinding } from '../../lambda/crypto/key-wrap.ts';
import type { PasswordKind } from '../../lambda/crypto/password.ts';
import type { AccountId, ActivityId, DocumentId, ItemId, SessionId } from '../../lambda/domain/ids.ts';

/** The files of golden vectors. Bytes are in lower-case hex where nothing else is said. */
export interface VectorFiles {
  readonly 'messages.json': MessageVectors;
  readonly 'wraps.json': WrapVectors;
  readonly 'sessions.json': SessionVectors;
  readonly 'recovery.json': RecoveryVectors;
  readonly 'sealed.json': SealedVectors;
  readonly 'content.json': ContentVectors;
  readonly 'manifests.json': ManifestVectors;
  readonly 'idempotency.json': IdempotencyVectors;
  readonly 'activity.json': ActivityVectors;
  readonly 'rotation.json': RotationVectors;
  readonly 'stretched.json': StretchedVectors;
}

export interface MessageVectors {
  readonly passwords: readonly { text: string; prepared: string; preSalt: string; prehash: string }[];
  readonly refusedPasswords: readonly { reason: string; text: string }[];
  readonly pepper: readonly { accountId: AccountId; bcryptTail: string; message: string }[];
  readonly email: readonly { email: string; message: string }[];
  /** `before` and `after` are texts that stand for outer wraps. */
  readonly rewrap: readonly {
    part: 'password' | 'recovery';
    accountId: AccountId;
    version: number;
    before: string;
    after: string;
    message: string;
  }[];
  readonly encryptionContexts: readonly { app: string; purpose: string; account: string; dek: string }[];
}

export interface WrapCase {
  readonly name: string;
  /** 'wrong-secret': the commitment differs. 'integrity': the wrap was tampered with. */
  readonly expect: 'opens' | 'wrong-secret' | 'integrity';
  readonly binding: WrapBinding;
  /** How the input key material came about; prehash and tail are ASCII. */
  readonly password?: { text: string; prehash: string; bcryptTail: string; mac: string };
  readonly ikm: string;
  readonly inner: string;
  readonly dek?: string;
}

export interface WrapVectors {
  /** Stands in for the KMS mac key: `mac` is HMAC-SHA-256 under it. */
  readonly macKey: string;
  readonly cases: readonly WrapCase[];
}

/** A password's wrap, and what it is tried with, from the text on. */
export interface StretchedCase {
  readonly name: string;
  readonly expect: 'opens' | 'wrong-secret';
  readonly binding: WrapBinding;
  /** How `text` comes. */
  readonly kind: PasswordKind;
  readonly text: string;
  readonly prehash: string;
  readonly ikm: string;
  readonly inner: string;
  readonly dek?: string;
}

export interface StretchedVectors {
  /** As in {@link WrapVectors}. */
  readonly macKey: string;
  /** Of PBKDF2. */
  readonly rounds: number;
  readonly derivations: readonly {
    password: string;
    /** The e-mail as its owner may type it; `email` is its one spelling. */
    typed: string;
    email: string;
    service: string;
    salt: string;
    secret: string;
    /** What is sent. */
    text: string;
    preSalt: string;
    prehash: string;
  }[];
  readonly refused: readonly { reason: string; text: string }[];
  readonly cases: readonly StretchedCase[];
}

export interface SessionVectors {
  readonly tokens: readonly {
    token: string;
    accountId: AccountId;
    sessionId: SessionId;
    secret: string;
    hash: string;
  }[];
  readonly malformed: readonly { reason: string; token: string }[];
}

export interface RecoveryVectors {
  readonly codes: readonly {
    /** 20 bytes. */
    bytes: string;
    text: string;
    /** Other spellings of the same code. */
    typed: readonly string[];
    /** The key that the code gives, by account and salt. */
    accountId: AccountId;
    salt: string;
    key: string;
  }[];
  readonly refused: readonly { reason: string; text: string }[];
  /** What is sealed as kind `recovery`. */
  readonly records: readonly { key: string; createdAt: number; bytes: string }[];
}

export interface SealedCase {
  readonly name: string;
  readonly expect: 'opens' | 'integrity';
  readonly kind: DataKind;
  readonly accountId: AccountId;
  readonly id: string;
  readonly version: number;
  readonly dekVersion: number;
  readonly message: string;
  readonly plaintext?: string;
}

export interface SealedVectors {
  readonly dek: string;
  readonly cases: readonly SealedCase[];
}

/** Bytes `[from, to)` of another vector's message, or bytes in hex. */
export type Splice = readonly [number, number] | string;

export interface ContentVectors {
  readonly dek: string;
  readonly accountId: AccountId;
  readonly id: string;
  readonly version: number;
  readonly dekVersion: number;
  readonly opens: readonly {
    name: string;
    size: number;
    /** Of the plaintext, whose byte i is (7i + floor(i / 251)) mod 256. */
    sha256: string;
    /** In base64. */
    message: string;
    ranges: readonly {
      first: number;
      last: number;
      /** The message's bytes that hold them, both ends included. */
      message: { first: number; last: number };
      sha256: string;
    }[];
  }[];
  readonly integrity: readonly {
    name: string;
    /** The vector above that the message is made from. */
    of: string;
    pieces: readonly Splice[];
    /** Bytes of plaintext that a streaming reader gives before it fails. */
    authentic: number;
  }[];
}

export interface IdempotencyRowCase {
  readonly name: string;
  readonly expect: 'authentic' | 'integrity';
  readonly accountId: AccountId;
  readonly keyHash: string;
  readonly state: 'BEGUN' | 'DONE';
  readonly resourceId: ItemId | DocumentId;
  readonly createdAt: number;
  readonly request: string;
  readonly mac: string;
}

export interface IdempotencyVectors {
  readonly activityKey: string;
  /** Parts as text. */
  readonly requests: readonly {
    accountId: AccountId;
    key: string;
    keyHash: string;
    parts: readonly string[];
    mac: string;
  }[];
  readonly rows: readonly IdempotencyRowCase[];
}

export interface ChainEntry {
  readonly id: ActivityId;
  readonly sealed: string;
  /** What is sealed, as text; only of chains that are sound. */
  readonly text?: string;
  readonly mac?: string;
}

/** A session's entries in the order of their ids, and where they end. */
export interface Chain {
  readonly count: number;
  /** The last entry's MAC. */
  readonly head: string;
  readonly entries: readonly ChainEntry[];
}

export interface ActivityVectors {
  readonly dek: string;
  readonly activityKey: string;
  readonly accountId: AccountId;
  readonly dekVersion: number;
  readonly session: SessionId;
  readonly opens: readonly (Chain & { readonly name: string })[];
  readonly integrity: readonly (Chain & { readonly name: string })[];
}

export interface RotationVectors {
  /** The one that documents are moved to. */
  readonly dek: string;
  readonly accountId: AccountId;
  readonly dekVersion: number;
  readonly objects: readonly {
    id: DocumentId;
    /** The part's number, from 1. */
    part: number;
    /** How the object's name ends. */
    name: string;
    salt: string;
    /** Bytes of the plaintext, of which byte i is (7i + floor(i / 251)) mod 256. */
    size: number;
    message: string;
  }[];
}

export interface ManifestVectors {
  readonly dek: string;
  readonly accountId: AccountId;
  /** What the hashes are of. */
  readonly accountRow: {
    emailMac: string;
    passwordWrap: string;
    profile: string;
    recoveryWrap: string;
    recoverySalt: string;
    recoverySealed: string;
    previousDek: string;
  };
  readonly opens: readonly {
    name: string;
    revision: number;
    account: { epoch: number; version: number; dekVersion: number; hashes: Record<string, string> };
    entries: readonly {
      kind: string;
      id: string;
      version: number;
      commitment: string;
      dekVersion: number;
      expiresAt?: number;
    }[];
    sessions: readonly { id: string; count: number; head: string; ended: boolean }[];
    bytes: string;
    sealed: string;
  }[];
  readonly integrity: readonly { name: string; bytes: string }[];
}
