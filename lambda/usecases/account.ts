import { withAccount } from '../crypto/manifest.ts';
import { idTime, parseId, type SessionId } from '../domain/ids.ts';
import type { AccountRow, SessionRow } from '../domain/records.ts';
import { TwinlockError, UnavailableError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import { recoveryRecord } from './recovery-wrap.ts';
import { discardSessions, isLive, sessionDetails } from './sessions.ts';

/** Times that the end of a session may meet another transaction at work on its row. */
const TRIES = 5;

/** An account as its owner sees it. Times in milliseconds since 1970. */
export interface Account {
  readonly accountId: AccountRow['accountId'];
  readonly email: string;
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  /** Null without a recovery code. */
  readonly recoveryCreatedAt: number | null;
  readonly keyVersion: number;
}

/** A session as its account's owner sees it. Times in milliseconds since 1970. */
export interface SessionView {
  readonly id: SessionId;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly userAgent: string;
  readonly sourceIp: string;
  readonly current: boolean;
}

/** Reads the account's own data. */
export async function getAccount(signedIn: SignedIn): Promise<Account> {
  const vault = await signedIn.vault();
  const { email, createdAt, passwordChangedAt } = vault.profile();
  const { accountId, dekVersion: keyVersion } = vault.account;
  const record = recoveryRecord(vault.keys, vault.account);
  record?.key.wipe();
  const recoveryCreatedAt = record?.createdAt ?? null;
  return { accountId, email, createdAt, passwordChangedAt, recoveryCreatedAt, keyVersion };
}

/** The account's live sessions, newest first. @throws IntegrityError for a session's row that was tampered with */
export async function listSessions(env: VaultEnvironment, signedIn: SignedIn): Promise<SessionView[]> {
  const [vault, { rows }] = await Promise.all([
    signedIn.vault(),
    env.store.list(signedIn.accountId, 'session', { limit: 100, descending: true }),
  ]);
  return rows
    .filter((row) => isLive(env, row, vault.account))
    .map((row) => {
      const { userAgent, sourceIp } = sessionDetails(vault.keys, row);
      return {
        id: row.sessionId,
        createdAt: idTime(row.sessionId),
        lastSeenAt: row.lastSeenAt,
        expiresAt: row.expiresAt,
        userAgent,
        sourceIp,
        current: row.sessionId === signedIn.session.sessionId,
      };
    });
}

/** Ends the calling session. */
export async function signOut(env: VaultEnvironment, signedIn: SignedIn): Promise<void> {
  await discard(env, signedIn.session);
}

/** Ends one of the account's sessions. @throws TwinlockError `not_found` for one that is not live */
export async function endSession(env: VaultEnvironment, signedIn: SignedIn, id: string): Promise<void> {
  const sessionId = parseId<SessionId>(id);
  if (sessionId === null) throw new TwinlockError('not_found');
  const row = await env.store.get({ kind: 'session', accountId: signedIn.accountId, sessionId });
  if (row === null || !isLive(env, row, signedIn.session)) throw new TwinlockError('not_found');
  await discard(env, row);
}

/** Removes a session's row, also while another transaction is at work on it. */
async function discard(env: VaultEnvironment, key: SessionRow): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    if ((await env.store.commit([{ op: 'discard', key }])).ok) return;
    await env.sleep(20 * (tries + 1));
  }
  throw new UnavailableError('dynamodb:DeleteItem');
}

/**
 * Ends all of the account's sessions, the calling one included, by raising the epoch: a session's row that comes back
 * from somewhere stays dead.
 */
export async function endAllSessions(env: VaultEnvironment, signedIn: SignedIn): Promise<void> {
  const [vault, discards] = await Promise.all([signedIn.vault(), discardSessions(env, signedIn.accountId)]);
  await vault.write([], [], (_, manifest) => {
    const read = vault.account;
    const account = { ...read, epoch: read.epoch + 1, version: read.version + 1 };
    return {
      changes: [{ op: 'put', row: account, replaces: read }, ...discards],
      manifest: withAccount(manifest, account),
      result: null,
    };
  });
}
