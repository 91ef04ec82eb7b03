import { equal, type SecretBytes } from '../crypto/bytes.ts';
import { parseToken, sessionSecretHash } from '../crypto/session-token.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, ManifestRow, SessionRow } from '../domain/records.ts';
import { IntegrityError, RolledBackError, TwinlockError } from '../errors.ts';
import type { VaultEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { isLive, openSession, sessionDetails, wrapUnderSession } from './sessions.ts';
import { Vault } from './vault.ts';

/** A session's use is written down at most so often, ms. */
const TOUCH_MS = 60_000;

/** A live session, whose vault is opened when it is first needed. To be closed when the request ends. */
export class SignedIn {
  readonly session: SessionRow;
  readonly #env: VaultEnvironment;
  readonly #account: AccountRow;
  readonly #manifest: ManifestRow;
  readonly #secret: SecretBytes;
  readonly #touched: Promise<void>;
  #opening: Promise<Vault> | null = null;
  #vault: Vault | null = null;
  #unopened = false;

  constructor(env: VaultEnvironment, rows: [SessionRow, AccountRow, ManifestRow], secret: SecretBytes) {
    [this.session, this.#account, this.#manifest] = rows;
    this.#env = env;
    this.#secret = secret;
    this.#touched = touch(env, this.session);
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
    const dek = await openSession(this.#env, this.session, this.#secret);
    const keys = new VaultKeys(dek, this.accountId, this.session.dekVersion, this.#env.random);
    try {
      sessionDetails(keys, this.session);
      this.#vault = new Vault(this.#env, keys, this.#account, this.#manifest, async (account) => {
        const session = await this.#env.store.get(this.session);
        return session !== null && isLive(this.#env, session, account);
      });
      return this.#vault;
    } catch (error) {
      keys.wipe();
      throw error;
    }
  }

  /**
   * Moves this session to another epoch of its account, or to another DEK, so that it outlives a change that ends the
   * others. One KMS call.
   *
   * @param account as it will stand
   * @param keys of the account's DEK as it will stand
   * @returns the changed parts of the row, to be put over the row as it then is
   */
  async moved(
    account: AccountRow,
    keys: VaultKeys,
    dek: SecretBytes,
  ): Promise<Pick<SessionRow, 'epoch' | 'dekVersion' | 'wrap' | 'sealed'>> {
    const vault = await this.vault();
    const { epoch, dekVersion } = account;
    const details = sessionDetails(vault.keys, this.session);
    return {
      epoch,
      dekVersion,
      wrap: await wrapUnderSession(this.#env, { ...this.session, epoch, dekVersion }, dek, this.#secret),
      sealed: keys.seal('session', this.session.sessionId, epoch, toJson(details)),
    };
  }

  /**
   * This session's row as it stands now.
   *
   * @throws TwinlockError when it has ended: `version_conflict` by another change of the account, else `unauthenticated`
   */
  async current(): Promise<SessionRow> {
    await this.#touched;
    const { accountId } = this;
    const [row, account] = await this.#env.store.snapshot([this.session, { kind: 'account', accountId }]);
    if (row !== null) return row;
    const changed = account !== null && account.version !== this.#account.version;
    throw new TwinlockError(changed ? 'version_conflict' : 'unauthenticated');
  }

  /** Wipes the keys and waits for what was begun. Never throws. */
  async close(): Promise<void> {
    this.#secret.wipe();
    await this.#opening?.catch(() => undefined);
    this.#vault?.keys.wipe();
    await this.#touched;
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
    return new SignedIn(env, [session, account, manifest], secret);
  } catch (error) {
    secret.wipe();
    throw error;
  }
}

/** Writes down that a session is in use. A lost write costs nothing: the next one follows. */
async function touch(env: VaultEnvironment, session: SessionRow): Promise<void> {
  const now = env.clock();
  if (now - session.lastSeenAt < TOUCH_MS) return;
  try {
    await env.store.commit([{ op: 'put', row: { ...session, lastSeenAt: now }, replaces: session }]);
  } catch {
    env.telemetry.count('CloudFailure');
  }
}
