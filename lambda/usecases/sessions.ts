import { NO_ENTRY } from '../crypto/activity.ts';
import { SecretBytes } from '../crypto/bytes.ts';
import { newSecretHeader, unwrapDek, wrapDek } from '../crypto/key-wrap.ts';
import { type Manifest, withSession } from '../crypto/manifest.ts';
import { formatToken, sessionKeyName, sessionSecretHash } from '../crypto/session-token.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountId, SessionId } from '../domain/ids.ts';
import { idTime, newId } from '../domain/ids.ts';
import type { AccountRow, SessionDetails, SessionRow, WrappedKey } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { VaultEnvironment } from './environment.ts';
import { type Caller, type Journal, keptUserAgent } from './journal.ts';
import { fromJson, toJson } from './json.ts';
import type { AccountDraft, Author } from './vault.ts';

/** A session as its owner gets it, once. Times in milliseconds since 1970. */
export interface NewSession {
  readonly id: SessionId;
  readonly token: string;
  readonly expiresAt: number;
  readonly idleExpiresAt: number;
}

/** Sessions that one transaction ends, of its 100 changes. */
const ENDED_AT_ONCE = 80;

/**
 * Makes a session of an account, and its token. Its first entry writes its row. One KMS call.
 *
 * @param account as it will stand
 */
export async function makeSession(
  env: VaultEnvironment,
  account: Pick<AccountRow, 'accountId' | 'epoch' | 'dekVersion'>,
  keys: VaultKeys,
  dek: SecretBytes,
  caller: Caller,
): Promise<{ row: SessionRow; session: NewSession }> {
  const { accountId, epoch, dekVersion } = account;
  const now = env.clock();
  const sessionId = newId<SessionId>(now, env.random(10));
  const expiresAt = now + env.settings.sessionMs;
  const details: SessionDetails = {
    userAgent: keptUserAgent(caller),
    sourceIp: caller.sourceIp,
    expiresAt,
    authenticatedAt: now,
  };
  const secret = new SecretBytes(env.random(32));
  try {
    const row: SessionRow = {
      kind: 'session',
      accountId,
      sessionId,
      epoch,
      dekVersion,
      secretHash: sessionSecretHash(secret),
      wrap: await wrapUnderSession(env, { accountId, dekVersion, sessionId, epoch }, dek, secret),
      sealed: keys.seal('session', sessionId, epoch, toJson(details)),
      expiresAt,
      lastSeenAt: now,
      activityCount: 0,
      activityHead: NO_ENTRY,
      activityAt: 0,
      revision: 0,
    };
    const token = formatToken({ accountId, sessionId, secret });
    return { row, session: { id: sessionId, token, expiresAt, idleExpiresAt: idleEnd(env, row) } };
  } finally {
    secret.wipe();
  }
}

/** Wraps a DEK under a session's secret and then under KMS. One KMS call. */
export async function wrapUnderSession(
  env: VaultEnvironment,
  session: Pick<SessionRow, 'accountId' | 'dekVersion' | 'sessionId' | 'epoch'>,
  dek: SecretBytes,
  secret: SecretBytes,
): Promise<WrappedKey> {
  const { accountId, dekVersion, sessionId, epoch } = session;
  const header = newSecretHeader(2, env.settings.suite, env.random);
  const inner = wrapDek(dek, header, { format: 2, accountId, dekVersion, sessionId, epoch }, secret, env.random(12));
  return env.keys.wrap(inner, { purpose: 'session', accountId, dekVersion });
}

/**
 * The DEK of a session whose secret was checked, and which lives. One KMS call, or none while the DEK is kept.
 *
 * @throws IntegrityError for a tampered wrap
 */
export async function openSession(env: VaultEnvironment, row: SessionRow, secret: SecretBytes): Promise<SecretBytes> {
  const { accountId, dekVersion, sessionId, epoch } = row;
  const name = env.sessionKeys === undefined ? '' : sessionKeyName(secret, row);
  const kept = env.sessionKeys?.get(name) ?? null;
  if (kept !== null) return new SecretBytes(kept);
  const inner = await env.keys.unwrap(row.wrap, { purpose: 'session', accountId, dekVersion });
  const dek = unwrapDek(inner, { format: 2, accountId, dekVersion, sessionId, epoch }, secret);
  if (dek === null) throw new IntegrityError('session wrap');
  env.sessionKeys?.put(name, dek.bytes);
  return dek;
}

/** What the sealed part of a session's row says. @throws IntegrityError when the row says otherwise */
export function sessionDetails(keys: VaultKeys, row: SessionRow): SessionDetails {
  const details = fromJson<SessionDetails>(keys.open('session', row.sessionId, row.epoch, row.sealed), 'session');
  if (details.expiresAt !== row.expiresAt) throw new IntegrityError('session');
  return details;
}

/**
 * Reads an account's sessions beside other work.
 *
 * @returns what was read; asked again, it is read anew
 */
export function readSessions(
  env: Pick<VaultEnvironment, 'store'>,
  accountId: AccountId,
): () => Promise<readonly SessionRow[]> {
  const read = async () => (await env.store.list(accountId, 'session', { limit: 100 })).rows;
  let first: Promise<readonly SessionRow[]> | null = read();
  // Its failure is met where it is asked for.
  first.catch(() => undefined);
  return () => {
    const rows = first ?? read();
    first = null;
    return rows;
  };
}

/**
 * Ends sessions: removes their rows, as they stand, and keeps the last of what they did.
 *
 * @returns at most 80 changes, so that what they end with fits into the same transaction
 */
export function endSessions(
  env: Pick<VaultEnvironment, 'clock'>,
  manifest: Manifest,
  rows: readonly SessionRow[],
): AccountDraft {
  const ended = rows.slice(0, ENDED_AT_ONCE);
  return {
    changes: ended.map((row) => ({ op: 'remove', row })),
    manifest: ended.reduce((told, row) => withSession(told, row, true, env.clock()), manifest),
  };
}

/** All sessions but this one. */
export function others(rows: readonly SessionRow[], { sessionId }: Pick<SessionRow, 'sessionId'>): SessionRow[] {
  return rows.filter((row) => row.sessionId !== sessionId);
}

/** A session that begins, as the author of what it begins with. @param epoch of the account as it was read */
export function beginning(journal: Journal, epoch: number): Author {
  return {
    journal,
    resume: (_, account) => {
      if (account.epoch !== epoch) throw new TwinlockError('unauthenticated');
      return Promise.resolve(null);
    },
  };
}

/** Whether a session is alive: by its account's epoch, by the clock, absolute and idle, and for the deployment. */
export function isLive(env: VaultEnvironment, row: SessionRow, account: Pick<AccountRow, 'epoch'>): boolean {
  const now = env.clock();
  const isAllowed = idTime(row.sessionId) >= env.settings.sessionsSince;
  return isAllowed && row.epoch === account.epoch && now < row.expiresAt && now < idleEnd(env, row);
}

/** When a session ends if it is not used again, ms since 1970. */
export function idleEnd(env: Pick<VaultEnvironment, 'settings'>, row: SessionRow): number {
  return Math.min(row.expiresAt, row.lastSeenAt + env.settings.idleMs);
}
