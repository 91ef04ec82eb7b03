import { equal, type SecretBytes } from '../crypto/bytes.ts';
import { parseToken, sessionSecretHash } from '../crypto/session-token.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, ManifestRow, SessionRow } from '../domain/records.ts';
import { IntegrityError, RolledBackError, TwinlockError } from '../errors.ts';
import type { VaultEnvironment } from './environment.ts';
import { type Caller, Journal, TOUCH_MS } from './journal.ts';
import { toJson } from './json.ts';
import { isLive, openSession, sessionDetails, wrapUnderSession } from './sessions.ts';
import { type Author, Vault } from './vault.ts';

/** A session's use is written down at least so often in the time that it may be idle. */
const TOUCHES_A_REST = 10;

/** A live session, whose vault is opened when it is first needed. To be closed when the request ends. */
export class SignedIn implements Author {
  readonly session: SessionRow;
  readonly caller: Caller;
  readonly journal: Journal;
  readonly #env: VaultEnvironment;
  readonly #account: AccountRow;
  readonly #manifest: ManifestRow;
  readonly #secret: SecretBytes;
  readonly #touched: Promise<void>;
  #opening: Promise<Vault> | null = null;
  #vault: Vault | null = null;
  #unopened = false;
  #held = 0;
  #closed = false;

  constructor(env: VaultEnvironment, rows: [SessionRow, AccountRow, ManifestRow], secret: SecretBytes, caller: Caller) {
    [this.session, this.#account, this.#manifest] = rows;
    [this.#env, this.#secret, this.caller] = [env, secret, caller];
    this.journal = new Journal(env, caller, this.session, true);
    this.#touched = touch(env, this.journal);
  }

  get accountId(): AccountRow['accountId'] {
    return this.session.accountId;
  }

  /** The vault's revision as this request last knew it; null when the vault did not open, for then it may be anybody's. */
  get revision(): number | null {
    return this.#unopened ? null : (this.#vault?.revision ?? this.#manifest.revision);
  }

  /** The vault, opened once: one KMS call. @throws IntegrityError */
  vault(): Promise<Vault> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#unopened = true;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<Vault> {
    const [dek] = await Promise.all([openSession(this.#env, this.session, this.#secret), this.#touched]);
    const keys = new VaultKeys(dek, this.accountId, this.session.dekVersion, this.#env.random);
    try {
      sessionDetails(keys, this.session);
      this.#vault = await Vault.open(this.#env, keys, this.#account, this.#manifest, this);
      return this.#vault;
    } catch (error) {
      keys.wipe();
      throw error;
    }
  }

  async resume(session: SessionRow | null, account: AccountRow, dekVersion: number): Promise<SecretBytes | null> {
    if (session === null || !isLive(this.#env, session, account)) throw new TwinlockError('unauthenticated');
    if (session.dekVersion !== account.dekVersion) throw new IntegrityError('session');
    this.journal.adopt(session);
    return session.dekVersion === dekVersion ? null : openSession(this.#env, session, this.#secret);
  }

  /**
   * Moves this session to another epoch of its account, or to another DEK, so that it outlives a change that ends the
   * others. One KMS call.
   *
   * @param account as it will stand
   * @param keys of the account's DEK as it will stand
   * @returns the parts of the row that change with it
   */
  async moved(
    account: Pick<AccountRow, 'epoch' | 'dekVersion'>,
    keys: VaultKeys,
    dek: SecretBytes,
  ): Promise<Pick<SessionRow, 'epoch' | 'dekVersion' | 'wrap' | 'sealed'>> {
    const vault = await this.vault();
    const { epoch, dekVersion } = account;
    const { row } = this.journal;
    const details = sessionDetails(vault.keys, row);
    return {
      epoch,
      dekVersion,
      wrap: await wrapUnderSession(this.#env, { ...row, epoch, dekVersion }, dek, this.#secret),
      sealed: keys.seal('session', row.sessionId, epoch, toJson(details)),
    };
  }

  /** Keeps the vault open, beyond the request's own end, until a body was read to its end or left. */
  hold<T>(body: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
    this.#held++;
    let released = false;
    const release = () => {
      if (!released) this.#held--;
      released = true;
      if (this.#held === 0 && this.#closed) this.#wipe();
    };
    const held: AsyncIterableIterator<T> = {
      async next() {
        try {
          const result = await body.next();
          if (result.done === true) release();
          return result;
        } catch (error) {
          release();
          throw error;
        }
      },
      async return() {
        try {
          await body.return?.();
          return { done: true, value: undefined };
        } finally {
          release();
        }
      },
      [Symbol.asyncIterator]: () => held,
    };
    return held;
  }

  /** Wipes the keys and waits for what was begun. Never throws. */
  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#closed = true;
    if (this.#held === 0) this.#wipe();
    await this.#touched;
  }

  #wipe(): void {
    this.#secret.wipe();
    this.#vault?.wipe();
  }
}

/**
 * Finds the live session of a token.
 *
 * 1. Read the token's form. 2. Read session, account and manifest at one moment. 3. Compare the secret, the epoch and
 * the clock. 4. Compare the vault's revision with what the client has seen.
 *
 * @param token the bearer token; null where none was sent
 * @param seen the highest revision that the client remembers
 * @throws TwinlockError `unauthenticated`; RolledBackError
 */
export async function authenticate(
  env: VaultEnvironment,
  token: string | null,
  seen: number | null,
  caller: Caller,
): Promise<SignedIn> {
  const parsed = token === null ? null : parseToken(token);
  if (parsed === null) throw new TwinlockError('unauthenticated');
  const { accountId, sessionId, secret } = parsed;
  try {
    const [session, account, manifest] = await env.store.snapshot([
      { kind: 'session', accountId, sessionId },
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
    ]);
    if (session === null || account === null || !equal(session.secretHash, sessionSecretHash(secret))) {
      throw new TwinlockError('unauthenticated');
    }
    if (!isLive(env, session, account)) throw new TwinlockError('unauthenticated');
    if (manifest === null) throw new IntegrityError('manifest');
    if (session.dekVersion !== account.dekVersion) throw new IntegrityError('session');
    if (seen !== null && manifest.revision < seen) throw new RolledBackError(manifest.revision);
    return new SignedIn(env, [session, account, manifest], secret, caller);
  } catch (error) {
    secret.wipe();
    throw error;
  }
}

/** Writes down that a session is in use. A lost write costs nothing: the next one follows. */
async function touch(env: VaultEnvironment, journal: Journal): Promise<void> {
  const read = journal.row;
  const now = env.clock();
  // Where sessions may be idle for minutes alone, use is written down more often: what is in use must not end.
  if (now - read.lastSeenAt < Math.min(TOUCH_MS, env.settings.idleMs / TOUCHES_A_REST)) return;
  const row = { ...read, lastSeenAt: now };
  try {
    if ((await env.store.commit([{ op: 'put', row, replaces: read }])).ok) journal.adopt(row);
  } catch {
    env.telemetry.count('CloudFailure');
  }
}
