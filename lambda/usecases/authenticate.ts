import { equal, SecretBytes } from '../crypto/bytes.ts';
import { parseToken, sessionSecretHash } from '../crypto/session-token.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { DocumentId, ItemId } from '../domain/ids.ts';
import type { AccountRow, DocumentRow, ItemRow, ManifestRow, RowOf, SessionRow } from '../domain/records.ts';
import { IntegrityError, RolledBackError, TwinlockError } from '../errors.ts';
import type { VaultEnvironment } from './environment.ts';
import { type Caller, Journal, TOUCH_MS } from './journal.ts';
import { toJson } from './json.ts';
import { type EntryKey, entryKeyOf } from './manifest-row.ts';
import { isLive, openSession, sessionDetails, wrapUnderSession } from './sessions.ts';
import { type Author, Vault } from './vault.ts';

/** A session's use is written down at least so often in the time that it may be idle. */
const TOUCHES_A_REST = 10;

/** The item or document that a request is about, by its id. */
export type NamedRow =
  | { readonly kind: 'item'; readonly itemId: ItemId }
  | { readonly kind: 'document'; readonly documentId: DocumentId };

/** A row that is read beside the session. */
interface EarlyRow {
  readonly name: string;
  readonly row: Promise<ItemRow | DocumentRow | null>;
}

/** A live session, whose vault is opened when it is first needed. To be closed when the request ends. */
export class SignedIn implements Author {
  readonly session: SessionRow;
  readonly caller: Caller;
  readonly journal: Journal;
  /** As it was read: nothing of it is certain before the vault is open. */
  readonly account: AccountRow;
  readonly #env: VaultEnvironment;
  readonly #manifest: ManifestRow;
  readonly #secret: SecretBytes;
  readonly #early: EarlyRow | null;
  readonly #touched: Promise<void>;
  #taken = false;
  #opening: Promise<Vault> | null = null;
  #vault: Vault | null = null;
  #unopened = false;
  #held = 0;
  #closed = false;

  constructor(
    env: VaultEnvironment,
    rows: [SessionRow, AccountRow, ManifestRow],
    secret: SecretBytes,
    caller: Caller,
    early: EarlyRow | null,
  ) {
    [this.session, this.account, this.#manifest] = rows;
    [this.#env, this.#secret, this.caller, this.#early] = [env, secret, caller, early];
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

  /** The vault, opened once: one KMS call, or none while the session's DEK is kept. @throws IntegrityError */
  vault(): Promise<Vault> {
    return this.#once(async () => {
      const [dek] = await Promise.all([openSession(this.#env, this.session, this.#secret), this.#touched]);
      return dek;
    });
  }

  /**
   * The vault, opened under a DEK that the password gave: no KMS call. The session's own wrap stays closed, so that one
   * which was tampered with is noticed by the next request that needs it, or gives way to a new one.
   *
   * @param dek copied
   * @throws IntegrityError
   */
  vaultUnder(dek: SecretBytes): Promise<Vault> {
    return this.#once(async () => {
      await this.#touched;
      return new SecretBytes(Uint8Array.from(dek.bytes));
    });
  }

  /**
   * The row under a key, as this request first reads it: asked for beside the session already where the request named
   * it. To be held against the manifest.
   */
  row<K extends EntryKey>(key: K): Promise<RowOf<K> | null> {
    if (this.#taken || this.#early?.name !== entryKeyOf(key)) return this.#env.store.get(key);
    this.#taken = true;
    // It was read under this key, which says the kind.
    return this.#early.row as Promise<RowOf<K> | null>;
  }

  #once(find: () => Promise<SecretBytes>): Promise<Vault> {
    this.#opening ??= this.#open(find).catch((error: unknown) => {
      this.#unopened = true;
      throw error;
    });
    return this.#opening;
  }

  async #open(find: () => Promise<SecretBytes>): Promise<Vault> {
    const keys = new VaultKeys(await find(), this.accountId, this.session.dekVersion, this.#env.random);
    try {
      sessionDetails(keys, this.session);
      this.#vault = await Vault.open(this.#env, keys, this.account, this.#manifest, this);
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
    await Promise.all([this.#touched, this.#early?.row.catch(() => undefined)]);
  }

  #wipe(): void {
    this.#secret.wipe();
    this.#vault?.wipe();
  }
}

/**
 * Finds the live session of a token.
 *
 * 1. Read the token's form. 2. Read session, account and manifest at one moment, and beside them the row that the request
 * names. 3. Compare the secret, the epoch and the clock. 4. Compare the vault's revision with what the client has seen.
 *
 * @param token the bearer token; null where none was sent
 * @param seen the highest revision that the client remembers
 * @param named what the request is about: who has no live session costs one plain read more by it, and learns nothing
 * @throws TwinlockError `unauthenticated`; RolledBackError
 */
export async function authenticate(
  env: VaultEnvironment,
  token: string | null,
  seen: number | null,
  caller: Caller,
  named: NamedRow | null = null,
): Promise<SignedIn> {
  const parsed = token === null ? null : parseToken(token);
  if (parsed === null) throw new TwinlockError('unauthenticated');
  const { accountId, sessionId, secret } = parsed;
  const early = named === null ? null : readEarly(env, { ...named, accountId });
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
    return new SignedIn(env, [session, account, manifest], secret, caller, early);
  } catch (error) {
    secret.wipe();
    throw error;
  }
}

/** Begins to read a row. Its answer is nobody's before the session was found, which does not wait for it either. */
function readEarly(env: VaultEnvironment, key: EntryKey): EarlyRow {
  const row = env.store.get(key);
  // Its failure is met where the row is asked for.
  row.catch(() => undefined);
  return { name: entryKeyOf(key), row };
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
