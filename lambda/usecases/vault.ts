import {
  decodeManifest,
  encodeManifest,
  entryKey,
  type Manifest,
  matchesAccount,
  matchesRow,
  nextRevision,
  withAccount,
  withoutEntry,
} from '../crypto/manifest.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountRow, DocumentRow, ItemRow, ManifestRow, Profile, RowOf } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';
import { fromJson } from './json.ts';

/** What names a row that the manifest accounts for. */
export type EntryKey =
  | Pick<ItemRow, 'kind' | 'accountId' | 'itemId'>
  | Pick<DocumentRow, 'kind' | 'accountId' | 'documentId'>;

/** What a write does: rows that change, and the manifest that accounts for them. Its revision is the vault's to set. */
export interface Draft<T> {
  readonly changes: readonly Change[];
  readonly manifest: Manifest;
  readonly result: T;
}

/**
 * Rows judged in one snapshot, beside the account's and the manifest's: DynamoDB reads 4 MB at one moment, and a note
 * of 64 KiB takes twice that as JSON.
 */
const ROWS_A_SNAPSHOT = 28;
/** Times that a write may lose to others before it gives up, and the longest pause between two, ms. */
const WRITE_TRIES = 30;
const LONGEST_PAUSE_MS = 400;
/** An expired document's entry is dropped by a later write, once no clock can still call it alive. */
const PRUNE_AFTER_MS = 3_600_000;

/**
 * One account's opened vault, for the length of one request: its keys, its account row, and the manifest that every
 * row it gives out is held against.
 */
export class Vault {
  readonly keys: VaultKeys;
  readonly #env: VaultEnvironment;
  readonly #outlives: (account: AccountRow) => Promise<boolean>;
  #account: AccountRow;
  #manifestRow: ManifestRow;
  #manifest: Manifest;

  /**
   * @param account and
   * @param manifestRow of one snapshot
   * @param outlives whether the session goes on under an account row of another epoch
   * @throws IntegrityError when the manifest does not open, or is not this account row's
   */
  constructor(
    env: VaultEnvironment,
    keys: VaultKeys,
    account: AccountRow,
    manifestRow: ManifestRow,
    outlives: (account: AccountRow) => Promise<boolean> = () => Promise.resolve(false),
  ) {
    this.#env = env;
    this.#outlives = outlives;
    this.keys = keys;
    this.#account = account;
    this.#manifestRow = manifestRow;
    this.#manifest = openManifest(keys, account, manifestRow);
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

  /** @throws IntegrityError */
  profile(): Profile {
    const { accountId, profileVersion, profile } = this.#account;
    return fromJson(this.keys.open('profile', accountId, profileVersion, profile), 'profile');
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

  /** The row under a key, held against the manifest; null when there is none. One read. */
  async read<K extends EntryKey>(key: K): Promise<RowOf<K> | null> {
    const [row = null] = await this.verified([key], [await this.#env.store.get(key)]);
    return row;
  }

  /**
   * Writes rows and the manifest that accounts for them in one transaction, as often as others' writes get in between.
   *
   * @param keys the rows that the write depends on
   * @param found these rows, verified
   * @param draft says what to write; called again with the rows read anew after a lost race
   * @throws whatever `draft` throws; UnavailableError when too many races are lost
   */
  async write<K extends EntryKey, T>(
    keys: readonly K[],
    found: readonly (RowOf<K> | null)[],
    draft: (rows: readonly (RowOf<K> | null)[], manifest: Manifest) => Draft<T> | Promise<Draft<T>>,
  ): Promise<T> {
    return this.#commit(keys, found, draft, null);
  }

  /**
   * Writes the account's row, and what changes with it, in one transaction.
   *
   * @param account the row that takes the place of the one that this request read
   * @param others what else changes; asked again after a lost race
   * @throws TwinlockError `version_conflict` when another change of the account came between
   */
  async writeAccount(account: AccountRow, others: () => Promise<readonly Change[]>): Promise<void> {
    const read = this.#account;
    await this.#commit(
      [],
      [],
      async (_, manifest) => ({
        changes: [{ op: 'put', row: account, replaces: read }, ...(await others())],
        manifest: withAccount(manifest, account),
        result: null,
      }),
      read,
    );
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
    for (let tries = 0; tries < WRITE_TRIES; tries++) {
      const { changes, result } = await draft(this.#manifest);
      const removed: Change[] = [read, this.#manifestRow].map((row) => ({ op: 'remove', row }));
      if ((await this.#env.store.commit([...removed, ...changes])).ok) return result;
      await this.#env.sleep(pause(tries, this.#env.random(1)[0] ?? 0));
      await this.#snapshot([], read);
    }
    throw new UnavailableError('vault:remove');
  }

  async #commit<K extends EntryKey, T>(
    keys: readonly K[],
    found: readonly (RowOf<K> | null)[],
    draft: (rows: readonly (RowOf<K> | null)[], manifest: Manifest) => Draft<T> | Promise<Draft<T>>,
    read: AccountRow | null,
  ): Promise<T> {
    let rows = found;
    for (let tries = 0; tries < WRITE_TRIES; tries++) {
      const { changes, manifest, result } = await draft(rows, prune(this.#manifest, this.#env.clock()));
      const next = nextRevision(manifest);
      const row = sealManifest(this.keys, next);
      if ((await this.#env.store.commit([...changes, { op: 'put', row, replaces: this.#manifestRow }])).ok) {
        this.#manifestRow = row;
        this.#manifest = next;
        this.#account = accountAfter(changes, this.#account);
        return result;
      }
      await this.#env.sleep(pause(tries, this.#env.random(1)[0] ?? 0));
      rows = (await this.#snapshot(keys, read)).map((row) => alive(row, this.#env.clock()));
    }
    throw new UnavailableError('vault:write');
  }

  /** Rows, account and manifest as they stand together now; rows that the manifest does not account for are tampering. */
  async #snapshot<K extends EntryKey>(
    keys: readonly K[],
    read: AccountRow | null = null,
  ): Promise<(RowOf<K> | null)[]> {
    const { accountId } = this.#account;
    const all = await this.#env.store.snapshot([
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
      ...keys,
    ]);
    const [account, manifestRow, ...rows] = all;
    if (account !== null && read !== null && account.version !== read.version) {
      throw new TwinlockError('version_conflict');
    }
    // Another epoch: sessions ended while this request ran, perhaps its own. Or the account is gone.
    const same = account?.epoch === this.#account.epoch;
    if (account === null || !(same || (await this.#outlives(account)))) throw new TwinlockError('unauthenticated');
    if (account.dekVersion !== this.keys.dekVersion) throw new UnavailableError('vault:rotating');
    if (manifestRow === null) throw new IntegrityError('manifest');
    this.#manifest = openManifest(this.keys, account, manifestRow);
    this.#manifestRow = manifestRow;
    this.#account = account;
    keys.forEach((key, i) => {
      if (!this.#accounts(key, rows[i] ?? null)) throw new IntegrityError(key.kind);
    });
    return rows;
  }

  #accounts(key: EntryKey, row: ItemRow | DocumentRow | null): boolean {
    const counts = row !== null && !(row.kind === 'document' && row.state === 'PENDING');
    if (counts && row.dekVersion !== this.keys.dekVersion) return false;
    return matchesRow(this.#manifest, row, entryKeyOf(key), this.#env.clock()) !== 'mismatch';
  }
}

/** A manifest's row, to be written. */
export function sealManifest(keys: VaultKeys, manifest: Manifest): ManifestRow {
  const { accountId, dekVersion } = keys;
  const sealed = keys.seal('manifest', accountId, manifest.revision, encodeManifest(manifest));
  return { kind: 'manifest', accountId, revision: manifest.revision, dekVersion, sealed };
}

function openManifest(keys: VaultKeys, account: AccountRow, row: ManifestRow): Manifest {
  if (row.dekVersion !== keys.dekVersion) throw new IntegrityError('manifest');
  const manifest = decodeManifest(keys.open('manifest', keys.accountId, row.revision, row.sealed));
  if (manifest.revision !== row.revision || !matchesAccount(manifest, account)) throw new IntegrityError('manifest');
  return manifest;
}

/** The name of a row's entry in the manifest. */
export function entryKeyOf(key: EntryKey): string {
  return entryKey(key.kind, key.kind === 'item' ? key.itemId : key.documentId);
}

/** A row that exists for its owner: an item, or a document that is ready and not expired. */
function alive<R extends ItemRow | DocumentRow>(row: R | null, now: number): R | null {
  if (row === null) return null;
  return row.kind === 'document' && (row.state === 'PENDING' || row.expiresAt <= now) ? null : row;
}

function prune(manifest: Manifest, now: number): Manifest {
  let pruned = manifest;
  for (const [key, entry] of manifest.entries) {
    if (entry.kind === 'document' && entry.expiresAt <= now - PRUNE_AFTER_MS) pruned = withoutEntry(pruned, key);
  }
  return pruned;
}

function accountAfter(changes: readonly Change[], account: AccountRow): AccountRow {
  const change = changes.find((entry) => entry.op === 'put' && entry.row.kind === 'account');
  return change?.op === 'put' && change.row.kind === 'account' ? change.row : account;
}

function pause(tries: number, random: number): number {
  return (random / 255) * Math.min(LONGEST_PAUSE_MS, 10 * 2 ** tries);
}
