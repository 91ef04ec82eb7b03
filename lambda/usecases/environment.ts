import type { RandomBytes } from '../crypto/bytes.ts';
import type { DocumentRenderer } from '../ports/document-renderer.ts';
import type { KeyService } from '../ports/key-service.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import type { SessionKeys } from '../ports/session-keys.ts';
import type { Clock, Sleep, Telemetry } from '../ports/system.ts';
import type { VaultStore } from '../ports/vault-store.ts';

/** What a deployment chooses. */
export interface VaultSettings {
  /** 10 to 14. */
  readonly bcryptCost: number;
  /** 1: AES-128-GCM, 2: AES-256-GCM. */
  readonly suite: 1 | 2;
  /** The number of the MAC key that new wraps use, from 1. */
  readonly pepper: number;
  /** Code points of a new password, 15 to 64 at least. */
  readonly minPasswordLength: number;
  /** Absolute life of a session, ms. */
  readonly sessionMs: number;
  /** A session unused for so long ends, ms. */
  readonly idleMs: number;
  /** An opened session's DEK is kept in memory for so long, ms: 0, never, to 60,000. */
  readonly sessionCacheMs: number;
  /** No session that began before lives, ms since 1970: 0 where all may. */
  readonly sessionsSince: number;
  /** How long a document is kept unless its maker says otherwise, days. */
  readonly retentionDays: number;
}

/** What every use case of a vault stands on. */
export interface VaultEnvironment {
  readonly store: VaultStore;
  readonly keys: KeyService;
  /** Left out where nothing is kept: the default. */
  readonly sessionKeys?: SessionKeys;
  readonly clock: Clock;
  readonly sleep: Sleep;
  readonly random: RandomBytes;
  readonly telemetry: Telemetry;
  readonly settings: VaultSettings;
}

/** What registering and signing in need besides. */
export interface AccountEnvironment extends VaultEnvironment {
  readonly hasher: PasswordHasher;
}

/** What deleting an account needs besides. */
export interface DeletionEnvironment extends AccountEnvironment {
  readonly objects: Pick<ObjectStore, 'remove'>;
}

/** What a key rotation needs besides. */
export interface RotationEnvironment extends AccountEnvironment {
  readonly objects: ObjectStore;
}

/** What documents need besides. */
export interface DocumentEnvironment extends VaultEnvironment {
  readonly objects: ObjectStore;
  readonly renderer: DocumentRenderer;
}

/** What the sweeper needs: no key at all. */
export type MaintenanceEnvironment = Pick<DocumentEnvironment, 'store' | 'objects' | 'clock' | 'telemetry'>;
