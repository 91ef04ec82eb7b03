import { SecretBytes } from '../crypto/bytes.ts';
import { isConsistent, type Manifest, matchesRow, nextRevision, withAccount, withSession } from '../crypto/manifest.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, ManifestRow, Profile, RowOf, SessionRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';
import type { Journal, Line } from './journal.ts';
import { fromJson } from './json.ts';
import { alive, type EntryKey, entryKeyOf, openManifest, prune, sealManifest } from './manifest-row.ts';

/** What a write does: rows that change, and the manifest that accounts for them. Its revision is the vault's to set. */
export interface Draft<T> {
  readonly changes: readonly Change[];
  readonly manifest: Manifest;
  readonly result: T;
}

/** What else a write of the account's row does. */
export type AccountDraft = Omit<Draft<unknown>, 'result'>;

/** The session that a vault is opened in. */
export interface Author {
  readonly journal: Journal;

  /**
   * Goes on with rows as they now stand.
   *
   * @param dekVersion of the DEK that is opened already
   * @returns the account's DEK, where it is another one; to be wiped by the caller
   * @throws TwinlockError `unauthenticated` when the session has ended
   */
  resume(session: SessionRow | null, account: AccountRow, dekVersion: number): Promise<SecretBytes | null>;
}

/**
 * Rows judged in one snapshot, beside the account's, the manifest's and the session's: DynamoDB reads 4 MB at one
 * moment, and a note of 64 KiB takes twice that as JSON.
 */
export const ROWS_A_SNAPSHOT = 28;
/** Times that a write may lose to others before it gives up, and the longest pause between two, ms. */
const WRITE_TRIES = 30;
const LONGEST_PAUSE_MS = 400;

/**
 * One account's opened vault, for the length of one request: its keys, its account row, and the manifest that every
 * row it gives out is held against.
 */
export class Vault {
  readonly #env: VaultEnvironment;
  readonly #author: Author;
  #keys: VaultKeys;
  #previous: VaultKeys | null = null;
  #account: AccountRow;
  #manifestRow: ManifestRow;
  #manifest: Manifest;
  /** 32 bytes: of what is written down, and of requests that come again. */
  readonly activityKey: Uint8Array;
  /** All keys that it ever had: others may be at work with them. */
  readonly #owned: VaultKeys[] = [];

  private constructor(
    env: VaultEnvironment,
    keys: VaultKeys,
    [account, manifestRow, manifest]: [AccountRow, ManifestRow, Manifest],
    author: Author,
  ) {
    [this.#env, this.#author, this.#keys, this.#account, this.#manifestRow] = [env, author, keys, account, manifestRow];
    this.#owned.push(keys);
    try {
      this.#manifest = this.#adopt(keys, account, manifestRow, manifest);
      this.activityKey = Buffer.from(this.profile().activityKey, 'base64');
    } catch (error) {
      for (const owned of this.#owned) owned.wipe();
      throw error;
    }
  }

  /**
   * Opens a vault.
   *
   * @param keys taken over: wiped with the vault, and where it does not open
   * @param account and
   * @param manifestRow of one snapshot
   * @throws IntegrityError when manifest or profile do not open, or are not this account row's or session's
   */
  static async open(
    env: VaultEnvironment,
    keys: VaultKeys,
    account: AccountRow,
    manifestRow: ManifestRow,
    author: Author,
  ): Promise<Vault> {
    try {
      const manifest = await openManifest(env, keys, account, manifestRow);
      author.journal.requireAnchored(manifest);
      return new Vault(env, keys, [account, manifestRow, manifest], author);
    } catch (error) {
      keys.wipe();
      throw error;
    }
  }

  /** The keys that all new is sealed under. */
  get keys(): VaultKeys {
    return this.#keys;
  }

  get accountId(): AccountRow['accountId'] {
    return this.#account.accountId;
  }

  get account(): AccountRow {
    return this.#account;
  }

  get manifest(): Manifest {
    return this.#manifest;
  }

  /** Counts up with every write of the vault. */
  get revision(): number {
    return this.#manifest.revision;
  }

  /** The keys that something of the account may be sealed under, the newest first. */
  get allKeys(): readonly VaultKeys[] {
    return this.#previous === null ? [this.#keys] : [this.#keys, this.#previous];
  }

  /**
   * The keys that a row is sealed under. One that was judged before a rotation ended opens all the same.
   *
   * @throws IntegrityError for one of another DEK
   */
  keysOf({ dekVersion }: { readonly dekVersion: number }): VaultKeys {
    const isIts = (known: VaultKeys) => known.dekVersion === dekVersion;
    const keys = this.allKeys.find(isIts) ?? this.#owned.findLast(isIts);
    if (keys === undefined) throw new IntegrityError('DEK version');
    return keys;
  }

  /** @throws IntegrityError */
  profile(): Profile {
    const { accountId, profileVersion, profile } = this.#account;
    return fromJson(this.#keys.open('profile', accountId, profileVersion, profile), 'profile');
  }

  /**
   * Holds rows against the manifest. A row that differs is read again, together with the manifest, before it is
   * judged: an honest write that came between never looks like tampering.
   *
   * @param found the row under each key, null where there was none, strongly consistent
   * @returns the rows that count, in the same order: null for what does not exist, or exists no longer
   * @throws IntegrityError for a row that was changed, rolled back, removed or revived behind the service's back
   */
  async verified<K extends EntryKey>(
    keys: readonly K[],
    found: readonly (RowOf<K> | null)[],
  ): Promise<(RowOf<K> | null)[]> {
    const rows = [...found];
    const doubtful = keys.flatMap((key, i) => (this.#accounts(key, rows[i] ?? null) ? [] : [i]));
    for (let start = 0; start < doubtful.length; start += ROWS_A_SNAPSHOT) {
      const places = doubtful.slice(start, start + ROWS_A_SNAPSHOT);
      const again = await this.#snapshot(places.map((i) => keys[i] as K));
      places.forEach((place, i) => {
        rows[place] = again[i] ?? null;
      });
    }
    return rows.map((row) => alive(row, this.#env.clock()));
  }

  /** Reads account, manifest and session again, as they stand together now. @throws what a lost race may bring to light */
  async refresh(): Promise<void> {
    await this.#snapshot([]);
  }

  /**
   * Holds sessions' rows to the manifest: what one of them has seen is not before it.
   *
   * @throws IntegrityError for a manifest that was put back
   */
  async requireSeen(rows: readonly SessionRow[]): Promise<void> {
    const seen = Math.max(0, ...rows.map(({ revision }) => revision));
    // They may have been read later than the manifest.
    if (seen > this.revision) await this.refresh();
    if (seen > this.revision) throw new IntegrityError('manifest');
  }

  /** The row under a key, held against the manifest; null when there is none. One read. */
  async read<K extends EntryKey>(key: K): Promise<RowOf<K> | null> {
    const [row = null] = await this.verified([key], [await this.#env.store.get(key)]);
    return row;
  }

  /**
   * Writes rows, the manifest that accounts for them, and that it was done, in one transaction, as often as others'
   * writes get in between.
   *
   * @param line what is written down; null for what nobody asked for
   * @param keys the rows that the write depends on
   * @param found these rows, verified
   * @param draft says what to write; called again with the rows read anew after a lost race. What it seals, it seals
   * under the vault's keys at that time
   * @throws whatever `draft` throws; UnavailableError when too many races are lost
   */
  write<K extends EntryKey, T>(
    line: Line | null,
    keys: readonly K[],
    found: readonly (RowOf<K> | null)[],
    draft: (rows: readonly (RowOf<K> | null)[], manifest: Manifest) => Draft<T> | Promise<Draft<T>>,
  ): Promise<T> {
    return this.#commit(line, keys, found, draft);
  }

  /**
   * Writes the account's row, and what changes with it, in one transaction.
   *
   * @param account the row that takes the place of the one that this request read
   * @param others what else changes; asked again after a lost race
   * @param keys of another DEK, where the account moves to one; taken over
   * @throws TwinlockError `version_conflict` when another change of the account came between
   */
  async writeAccount(
    line: Line | null,
    account: AccountRow,
    others: (manifest: Manifest) => AccountDraft | Promise<AccountDraft>,
    keys: VaultKeys = this.#keys,
  ): Promise<void> {
    const read = this.#account;
    if (keys !== this.#keys) this.#owned.push(keys);
    const draft = async (_: unknown, before: Manifest) => {
      const { changes, manifest } = await others(before);
      const own: Change = { op: 'put', row: account, replaces: read };
      return { changes: [own, ...changes], manifest: withAccount(manifest, account), result: null };
    };
    await this.#commit(line, [], [], draft, { read, account, keys });
  }

  /**
   * Writes down what is done where nothing of the vault changes.
   *
   * @param others what is written with it; asked again after a lost race
   */
  async record(line: Line, others: () => Promise<readonly Change[]> = () => Promise.resolve([])): Promise<void> {
    const { journal } = this.#author;
    await this.#repeat('vault:record', [], null, async () => {
      const { changes, row } = journal.enter(line, this.#keys, this.activityKey, this.revision);
      if (!(await this.#env.store.commit([...changes, ...(await others())])).ok) return null;
      journal.adopt(row);
      return { result: null };
    });
  }

  /**
   * Removes account and manifest, and what goes with them, in one transaction.
   *
   * @param draft says what else changes; asked again, with the manifest read anew, after a lost race
   * @throws TwinlockError `version_conflict` when another change of the account came between, `unauthenticated` when it
   * is gone; UnavailableError when too many races are lost
   */
  async remove<T>(draft: (manifest: Manifest) => Promise<Omit<Draft<T>, 'manifest'>>): Promise<T> {
    const read = this.#account;
    return this.#repeat('vault:remove', [], read, async () => {
      const { changes, result } = await draft(this.#manifest);
      const removed: Change[] = [read, this.#manifestRow].map((row) => ({ op: 'remove', row }));
      return (await this.#env.store.commit([...removed, ...changes])).ok ? { result } : null;
    });
  }

  /** Zeroes all keys. */
  wipe(): void {
    for (const keys of this.#owned) keys.wipe();
    this.activityKey.fill(0);
  }

  #commit<K extends EntryKey, T>(
    line: Line | null,
    keys: readonly K[],
    found: readonly (RowOf<K> | null)[],
    draft: (rows: readonly (RowOf<K> | null)[], manifest: Manifest) => Draft<T> | Promise<Draft<T>>,
    change: { readonly read: AccountRow; readonly account: AccountRow; readonly keys: VaultKeys } | null = null,
  ): Promise<T> {
    const { journal } = this.#author;
    return this.#repeat('vault:write', keys, change?.read ?? null, async (again) => {
      const rows = again?.map((row) => alive(row, this.#env.clock())) ?? found;
      const drafted = await draft(rows, prune(this.#manifest, this.#env.clock()));
      const sealing = change?.keys ?? this.#keys;
      const entered = line === null ? null : journal.enter(line, sealing, this.activityKey, this.revision + 1);
      const { manifest } = drafted;
      const told =
        entered === null ? manifest : withSession(manifest, entered.row, line?.ends === true, this.#env.clock());
      const next = nextRevision(told);
      // What was sealed before a rotation ended can't be opened any more.
      if (!isConsistent(next)) throw new UnavailableError('vault:rotated');
      const row = sealManifest(sealing, next);
      const changes = [...drafted.changes, ...(entered?.changes ?? [])];
      const kept: Change = { op: 'put', row, replaces: this.#manifestRow };
      if (!(await this.#env.store.commit([...changes, kept])).ok) return null;
      if (entered !== null) journal.adopt(entered.row);
      this.#manifest = this.#adopt(sealing, change?.account ?? this.#account, row, next);
      return { result: drafted.result };
    });
  }

  /** Acts until it succeeds: after each lost race the rows are read again. */
  async #repeat<K extends EntryKey, T>(
    what: string,
    keys: readonly K[],
    read: AccountRow | null,
    act: (rows: readonly (RowOf<K> | null)[] | null) => Promise<{ readonly result: T } | null>,
  ): Promise<T> {
    let rows: readonly (RowOf<K> | null)[] | null = null;
    for (let tries = 0; tries < WRITE_TRIES; tries++) {
      const done = await act(rows);
      if (done !== null) return done.result;
      await this.#env.sleep(pause(tries, this.#env.random(1)[0] ?? 0));
      rows = await this.#snapshot(keys, read);
    }
    throw new UnavailableError(what);
  }

  /** Rows, account and manifest as they stand together now; rows that the manifest does not account for are tampering. */
  async #snapshot<K extends EntryKey>(
    keys: readonly K[],
    read: AccountRow | null = null,
  ): Promise<(RowOf<K> | null)[]> {
    const { accountId } = this;
    const { sessionId } = this.#author.journal.row;
    const [account, manifestRow, session, ...rows] = await this.#env.store.snapshot([
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
      { kind: 'session', accountId, sessionId },
      ...keys,
    ]);
    if (account !== null && read !== null && !isAsRead(account, read)) throw new TwinlockError('version_conflict');
    if (account === null) throw new TwinlockError('unauthenticated');
    const dek = await this.#author.resume(session, account, this.#keys.dekVersion);
    const opened = dek === null ? this.#keys : this.#own(dek, account.dekVersion);
    if (manifestRow === null) throw new IntegrityError('manifest');
    const manifest = await openManifest(this.#env, opened, account, manifestRow);
    this.#author.journal.requireAnchored(manifest);
    this.#manifest = this.#adopt(opened, account, manifestRow, manifest);
    keys.forEach((key, i) => {
      if (!this.#accounts(key, rows[i] ?? null)) throw new IntegrityError(key.kind);
    });
    return rows;
  }

  /** Takes rows as they stand together. @throws IntegrityError */
  #adopt(keys: VaultKeys, account: AccountRow, row: ManifestRow, manifest: Manifest): Manifest {
    if (account.previousDek === undefined) this.#previous = null;
    else if (this.#previous?.dekVersion !== account.dekVersion - 1) {
      const { sealed, version } = account.previousDek;
      const dek = new SecretBytes(keys.open('previous-dek', account.accountId, version, sealed));
      this.#previous = this.#own(dek, account.dekVersion - 1);
    }
    [this.#keys, this.#account, this.#manifestRow] = [keys, account, row];
    return manifest;
  }

  /** The keys of a DEK, which are wiped with the vault. */
  #own(dek: SecretBytes, dekVersion: number): VaultKeys {
    const keys = new VaultKeys(dek, this.accountId, dekVersion, this.#env.random);
    this.#owned.push(keys);
    return keys;
  }

  #accounts<K extends EntryKey>(key: K, row: RowOf<K> | null): boolean {
    return matchesRow(this.#manifest, row, entryKeyOf(key), this.#env.clock()) !== 'mismatch';
  }
}

/** Whether no other change of the account came between, nor its wraps were moved to another KMS key. */
function isAsRead(account: AccountRow, read: AccountRow): boolean {
  const wraps = ({ passwordWrap, recovery }: AccountRow) =>
    Buffer.concat([passwordWrap, recovery?.wrap ?? []].map((wrap) => Buffer.from(wrap)));
  return account.version === read.version && wraps(account).equals(wraps(read));
}

function pause(tries: number, random: number): number {
  return (random / 255) * Math.min(LONGEST_PAUSE_MS, 10 * 2 ** tries);
}
