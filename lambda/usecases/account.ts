import { withAccount, withSession } from '../crypto/manifest.ts';
import { idTime, parseId, type SessionId } from '../domain/ids.ts';
import type { AccountRow, SessionRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import { recoveryRecord } from './recovery-wrap.ts';
import { endSessions, isLive, others, readSessions, sessionDetails } from './sessions.ts';

/** An account as its owner sees it. Times in milliseconds since 1970. */
export interface Account {
  readonly accountId: AccountRow['accountId'];
  readonly email: string;
  readonly createdAt: number;
  readonly passwordChangedAt: number;
  /** Null without a recovery code. */
  readonly recoveryCreatedAt: number | null;
  readonly keyVersion: number;
  /** Whether rows of the key version before this one are left. */
  readonly rotating: boolean;
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
  const { accountId, dekVersion: keyVersion, previousDek } = vault.account;
  const record = recoveryRecord(vault.keys, vault.account);
  record?.key.wipe();
  const recoveryCreatedAt = record?.createdAt ?? null;
  return {
    accountId,
    email,
    createdAt,
    passwordChangedAt,
    recoveryCreatedAt,
    keyVersion,
    rotating: previousDek !== undefined,
  };
}

/** The account's live sessions, newest first. @throws IntegrityError for a session's row that was tampered with */
export async function listSessions(env: VaultEnvironment, signedIn: SignedIn): Promise<SessionView[]> {
  const [vault, { rows }] = await Promise.all([
    signedIn.vault(),
    env.store.list(signedIn.accountId, 'session', { limit: 100, descending: true }),
  ]);
  await vault.requireSeen(rows);
  return (
    rows
      // One that ended, and whose row was put back, is dead all the same.
      .filter((row) => isLive(env, row, vault.account) && vault.manifest.sessions.get(row.sessionId)?.ended === false)
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
      })
  );
}

/** Ends the calling session, also where its vault does not open: then its end is not written down. */
export async function signOut(env: VaultEnvironment, signedIn: SignedIn): Promise<void> {
  try {
    const vault = await signedIn.vault();
    const line = { action: 'session.ended', target: signedIn.session.sessionId, ends: true } as const;
    await vault.write(line, [], [], (_, manifest) => ({ changes: [], manifest, result: null }));
  } catch (error) {
    if (error instanceof IntegrityError) await env.store.commit([{ op: 'discard', key: signedIn.session }]);
    throw error;
  }
}

/** Ends one of the account's sessions. @throws TwinlockError `not_found` for one that is not live */
export async function endSession(env: VaultEnvironment, signedIn: SignedIn, id: string): Promise<void> {
  const sessionId = parseId<SessionId>(id);
  if (sessionId === null) throw new TwinlockError('not_found');
  if (sessionId === signedIn.session.sessionId) return signOut(env, signedIn);
  const key = { kind: 'session', accountId: signedIn.accountId, sessionId } as const;
  const [vault, found] = await Promise.all([signedIn.vault(), env.store.get(key)]);
  let read: SessionRow | null | undefined = found;
  await vault.write({ action: 'session.ended', target: sessionId }, [], [], async (_, before) => {
    const seen = read === undefined ? await env.store.get(key) : read;
    read = undefined;
    const row = seen !== null && isLive(env, seen, vault.account) ? seen : await standing(env, signedIn, key);
    const manifest = withSession(before, row, true, env.clock());
    return { changes: [{ op: 'remove', row }], manifest, result: null };
  });
}

/**
 * A session that seems over, read together with its account and with the calling one: its epoch may be another since. What
 * is drawn up with one that stands after all meets another manifest, and is drawn up again.
 *
 * @throws TwinlockError `not_found`; `unauthenticated` where the calling session is over
 */
async function standing(
  env: VaultEnvironment,
  { session, accountId }: SignedIn,
  key: Pick<SessionRow, 'kind' | 'accountId' | 'sessionId'>,
): Promise<SessionRow> {
  const own = { ...key, sessionId: session.sessionId };
  const [account, calling, row] = await env.store.snapshot([{ kind: 'account', accountId }, own, key]);
  if (account === null || calling === null || !isLive(env, calling, account))
    throw new TwinlockError('unauthenticated');
  if (row === null || !isLive(env, row, account)) throw new TwinlockError('not_found');
  return row;
}

/**
 * Ends all of the account's sessions, the calling one included, by raising the epoch: a session's row that comes back
 * from somewhere stays dead.
 */
export async function endAllSessions(env: VaultEnvironment, signedIn: SignedIn): Promise<void> {
  const sessions = readSessions(env, signedIn.accountId);
  const vault = await signedIn.vault();
  await vault.write({ action: 'sessions.ended', ends: true }, [], [], async (_, before) => {
    const read = vault.account;
    const account = { ...read, epoch: read.epoch + 1, version: read.version + 1 };
    const ended = endSessions(env, before, others(await sessions(), signedIn.session));
    return {
      changes: [{ op: 'put', row: account, replaces: read }, ...ended.changes],
      manifest: withAccount(ended.manifest, account),
      result: null,
    };
  });
}
