import { ACTIVITY_KEPT_DAYS } from '../domain/activity.ts';
import { type DocumentId, type ItemId, idBytes, idFromBytes, idTime, type SessionId } from '../domain/ids.ts';
import type { AccountRow, DocumentRow, ItemRow, SessionRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError } from '../errors.ts';
import { sha256 } from './bytes.ts';
import { MESSAGE_COMMITMENT_SIZE, messageCommitment } from './vault-keys.ts';

/** Items and documents of one account at most. */
export const MAX_ENTRIES = 2000;
/** Sessions that the manifest keeps the last of, beside those that live. */
export const MAX_ENDED_SESSIONS = 1000;
/** What was done is kept so long, and the end of a session as long, ms. */
export const ACTIVITY_KEPT_MS = ACTIVITY_KEPT_DAYS * 86_400_000;

/** What the manifest knows of a row that is part of the vault. */
export type ManifestEntry =
  | {
      readonly kind: 'item';
      readonly id: ItemId;
      readonly version: number;
      /** 16 bytes: the first of the commitment of the row's sealed message. */
      readonly commitment: Uint8Array;
      /** The account's, or the one before while that is moved away from. */
      readonly dekVersion: number;
    }
  | {
      readonly kind: 'document';
      readonly id: DocumentId;
      readonly version: number;
      readonly commitment: Uint8Array;
      readonly dekVersion: number;
      /** Milliseconds since 1970: from then on the row may be gone, for maintenance removes it without the user's key. */
      readonly expiresAt: number;
    };

/** How far a session's activity had come, when the manifest was last written for it. */
export interface SessionAnchor {
  /** Entries, from 1. */
  readonly count: number;
  /** 16 bytes: the first of the last entry's MAC. */
  readonly head: Uint8Array;
  /** Whether nothing can follow. */
  readonly ended: boolean;
}

/** What the manifest knows of the account row. */
export interface AccountPart {
  readonly epoch: number;
  readonly version: number;
  readonly dekVersion: number;
  /** SHA-256, 32 bytes, of each part that the row has, by {@link ACCOUNT_TAGS}. */
  readonly hashes: ReadonlyMap<number, Uint8Array>;
}

/** All that an account's vault consists of, at one revision. Never changed: each change makes a new one. */
export interface Manifest {
  /** From 1; raised by every write. */
  readonly revision: number;
  readonly account: AccountPart;
  /** By {@link entryKey}. */
  readonly entries: ReadonlyMap<string, ManifestEntry>;
  /** Every session that lives, and those that ended within a year. */
  readonly sessions: ReadonlyMap<SessionId, SessionAnchor>;
}

/** The numbers of the account row's parts. */
export const ACCOUNT_TAGS = {
  passwordWrap: 1,
  recoveryWrap: 2,
  previousDek: 3,
  profile: 4,
  emailMac: 5,
  recoverySalt: 6,
  recoverySealed: 7,
} as const;

const FORMAT = 1;
const DAY_MS = 86_400_000;
const HASH_SIZE = 32;
/** Bytes of a session's last MAC that the manifest keeps. */
export const HEAD_SIZE = 16;
const KIND_NUMBERS = { item: 1, document: 2 } as const;
const SESSION_NUMBERS = { live: 3, ended: 4 } as const;
const ID_SIZE = 16;
/** Bytes of what is there once: format, revision, the account's numbers, and how many hashes, entries and sessions follow. */
const FRAME_SIZE = 1 + 8 + 8 + 8 + 4 + 1 + 4 + 4;
const ENTRY_SIZES = {
  item: 1 + ID_SIZE + 8 + MESSAGE_COMMITMENT_SIZE,
  document: 1 + ID_SIZE + 8 + MESSAGE_COMMITMENT_SIZE + 8,
} as const;
const SESSION_SIZE = 1 + ID_SIZE + 8 + HEAD_SIZE;
/** Added to the kind of an entry whose row is under the DEK before the account's. */
const PREVIOUS = 0x80;

/** The name of an entry in {@link Manifest.entries}. */
export function entryKey(kind: ManifestEntry['kind'], id: ItemId | DocumentId): string {
  return `${KIND_NUMBERS[kind]}/${id}`;
}

/** What the manifest must say of an account row. */
export function describeAccount(row: AccountRow): AccountPart {
  const { recovery, previousDek } = row;
  return {
    epoch: row.epoch,
    version: row.version,
    dekVersion: row.dekVersion,
    hashes: new Map([
      [ACCOUNT_TAGS.passwordWrap, sha256(row.passwordWrap)],
      ...(previousDek === undefined ? [] : ([[ACCOUNT_TAGS.previousDek, sha256(previousDek.sealed)]] as const)),
      [ACCOUNT_TAGS.profile, sha256(row.profile)],
      [ACCOUNT_TAGS.emailMac, sha256(row.emailMac)],
      ...(recovery === undefined
        ? []
        : ([
            [ACCOUNT_TAGS.recoveryWrap, sha256(recovery.wrap)],
            [ACCOUNT_TAGS.recoverySalt, sha256(recovery.salt)],
            [ACCOUNT_TAGS.recoverySealed, sha256(recovery.sealed)],
          ] as const)),
    ]),
  };
}

/**
 * Holds an account row against the manifest.
 *
 * @returns the tags of the parts whose hashes differ, none where the row is the one that the manifest was sealed for; null
 * where it is of another version, or does not have the same parts
 */
export function differingParts(manifest: Manifest, row: AccountRow): readonly number[] | null {
  const due = describeAccount(row);
  const known = manifest.account;
  const isOfIt =
    known.epoch === due.epoch &&
    known.version === due.version &&
    known.dekVersion === due.dekVersion &&
    known.hashes.size === due.hashes.size &&
    [...due.hashes.keys()].every((tag) => known.hashes.has(tag));
  if (!isOfIt) return null;
  return [...due.hashes].filter(([tag, hash]) => !same(known.hashes.get(tag), hash)).map(([tag]) => tag);
}

/**
 * What the manifest must say of a row that is part of the vault.
 *
 * @throws RangeError for a document that is not READY
 * @throws IntegrityError for a sealed field that is no message
 */
export function entryOf(row: ItemRow | DocumentRow): ManifestEntry {
  const { version, dekVersion } = row;
  if (row.kind === 'item') {
    return { kind: 'item', id: row.itemId, version, commitment: messageCommitment(row.sealed), dekVersion };
  }
  if (row.state !== 'READY') throw new RangeError('document is not READY');
  if (row.sealed === null) throw new IntegrityError('document');
  return {
    kind: 'document',
    id: row.documentId,
    version,
    commitment: messageCommitment(row.sealed),
    dekVersion,
    expiresAt: row.expiresAt,
  };
}

/**
 * Judges a row against the manifest. 'absent': neither holds it, or the document's time is up and its row or its entry
 * is gone. 'mismatch' means tampering only when row and manifest were read together.
 *
 * @param row what was read at that key, or null; a PENDING document counts as none
 * @param key of {@link entryKey}
 * @param now milliseconds since 1970
 */
export function matchesRow(
  manifest: Manifest,
  row: ItemRow | DocumentRow | null,
  key: string,
  now: number,
): 'match' | 'absent' | 'mismatch' {
  const due = manifest.entries.get(key);
  if (row === null || (row.kind === 'document' && row.state === 'PENDING')) {
    return due === undefined || (due.kind === 'document' && due.expiresAt <= now) ? 'absent' : 'mismatch';
  }
  const found = entryOf(row);
  if (due === undefined) return found.kind === 'document' && found.expiresAt <= now ? 'absent' : 'mismatch';
  return sameEntry(found, due) ? 'match' : 'mismatch';
}

/** Whether two entries say the same. */
export function sameEntry(a: ManifestEntry, b: ManifestEntry): boolean {
  return (
    entryKey(a.kind, a.id) === entryKey(b.kind, b.id) &&
    a.version === b.version &&
    a.dekVersion === b.dekVersion &&
    same(a.commitment, b.commitment) &&
    expiryOf(a) === expiryOf(b)
  );
}

/** The first manifest of an account. */
export function newManifest(row: AccountRow): Manifest {
  return { revision: 1, account: describeAccount(row), entries: new Map(), sessions: new Map() };
}

/** The same vault at the next revision: once a write, whatever it changes. */
export function nextRevision(manifest: Manifest): Manifest {
  return { ...manifest, revision: manifest.revision + 1 };
}

/** The vault with an entry added, or put in its older one's place. @throws TwinlockError `vault_full` */
export function withEntry(manifest: Manifest, entry: ManifestEntry): Manifest {
  return withEntries(manifest, [entry]);
}

/** The vault with entries added, or put in their older ones' places, in one copy. @throws TwinlockError `vault_full` */
export function withEntries(manifest: Manifest, all: readonly ManifestEntry[]): Manifest {
  const entries = new Map(manifest.entries);
  for (const entry of all) entries.set(entryKey(entry.kind, entry.id), entry);
  if (entries.size > MAX_ENTRIES) throw new TwinlockError('vault_full');
  return { ...manifest, entries };
}

/** The vault without an entry. */
export function withoutEntry(manifest: Manifest, key: string): Manifest {
  const entries = new Map(manifest.entries);
  entries.delete(key);
  return { ...manifest, entries };
}

/**
 * The vault with a session as its row stands. What was known of it already is never set back.
 *
 * @param ended whether nothing can follow
 * @param now milliseconds since 1970: what ended too long ago makes room
 */
export function withSession(manifest: Manifest, row: SessionRow, ended: boolean, now: number): Manifest {
  const known = manifest.sessions.get(row.sessionId);
  const head = row.activityHead.slice(0, HEAD_SIZE);
  const last = known !== undefined && known.count >= row.activityCount ? known : { count: row.activityCount, head };
  const anchor = { count: last.count, head: last.head, ended: ended || known?.ended === true };
  const all = [...manifest.sessions, [row.sessionId, anchor] as const];
  const over = all.filter(([, session]) => session.ended).length - MAX_ENDED_SESSIONS;
  // Ids are in the order of their times.
  const gone = all
    .filter(([id, session]) => session.ended && id !== row.sessionId)
    .map(([id]) => id)
    .sort()
    .filter((id, place) => place < over || idTime(id) < now - ACTIVITY_KEPT_MS - DAY_MS);
  const sessions = new Map(all);
  for (const id of gone) sessions.delete(id);
  return { ...manifest, sessions };
}

/** The vault with another account row. */
export function withAccount(manifest: Manifest, row: AccountRow): Manifest {
  return { ...manifest, account: describeAccount(row) };
}

/** The bytes of a manifest, to be sealed as kind `manifest` with the account's id and the revision. */
export function encodeManifest(manifest: Manifest): Uint8Array {
  if (manifest.entries.size > MAX_ENTRIES) throw new RangeError(`manifest has more than ${MAX_ENTRIES} entries`);
  const { account } = manifest;
  const hashes = [...account.hashes].sort(([a], [b]) => a - b);
  // Crockford's alphabet is in the order of its values, so that texts sort as the ids' bytes do.
  const entries = [...manifest.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  const sessions = [...manifest.sessions].sort(([a], [b]) => (a < b ? -1 : 1));
  const entriesSize = entries.reduce((size, { kind }) => size + ENTRY_SIZES[kind], 0);
  const writer = new Writer(
    FRAME_SIZE + hashes.length * (1 + HASH_SIZE) + entriesSize + sessions.length * SESSION_SIZE,
  );
  writer.number(FORMAT, 1);
  writer.number(manifest.revision, 8);
  writer.number(account.epoch, 8);
  writer.number(account.version, 8);
  writer.number(account.dekVersion, 4);
  writer.number(hashes.length, 1);
  for (const [tag, hash] of hashes) {
    writer.number(tag, 1);
    writer.put(hash, HASH_SIZE);
  }
  writer.number(entries.length, 4);
  for (const entry of entries) {
    writer.number(KIND_NUMBERS[entry.kind] + ageOf(entry, account), 1);
    writer.put(idBytes(entry.id), ID_SIZE);
    writer.number(entry.version, 8);
    writer.put(entry.commitment, MESSAGE_COMMITMENT_SIZE);
    if (entry.kind === 'document') writer.number(entry.expiresAt, 8);
  }
  writer.number(sessions.length, 4);
  for (const [id, { count, head, ended }] of sessions) {
    writer.number(SESSION_NUMBERS[ended ? 'ended' : 'live'], 1);
    writer.put(idBytes(id), ID_SIZE);
    writer.number(count, 8);
    writer.put(head, HEAD_SIZE);
  }
  return writer.bytes;
}

/** Whether no row of the vault is under another DEK than the account's, or the one that it is moved away from. */
export function isConsistent({ account, entries }: Manifest): boolean {
  return [...entries.values()].every(
    ({ dekVersion }) =>
      dekVersion === account.dekVersion || (dekVersion === account.dekVersion - 1 && isRotating(account)),
  );
}

function isRotating({ hashes }: AccountPart): boolean {
  return hashes.has(ACCOUNT_TAGS.previousDek);
}

function ageOf({ dekVersion }: ManifestEntry, account: AccountPart): number {
  return dekVersion === account.dekVersion ? 0 : PREVIOUS;
}

/** The manifest in opened bytes. @throws IntegrityError for any bytes that {@link encodeManifest} does not make */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const reader = new Reader(bytes);
  if (reader.number(1) !== FORMAT) throw malformed();
  const revision = reader.number(8);
  const epoch = reader.number(8);
  const version = reader.number(8);
  const dekVersion = reader.number(4);
  const hashes = new Map<number, Uint8Array>();
  for (let left = reader.number(1), before = 0; left > 0; left--) {
    const tag = reader.number(1);
    if (tag <= before) throw malformed();
    before = tag;
    hashes.set(tag, reader.take(HASH_SIZE));
  }
  const account = { epoch, version, dekVersion, hashes };
  const entries = new Map<string, ManifestEntry>();
  const count = reader.number(4);
  if (count > MAX_ENTRIES) throw malformed();
  for (let left = count, before = ''; left > 0; left--) {
    const entry = reader.entry(account);
    const key = entryKey(entry.kind, entry.id);
    if (key <= before) throw malformed();
    before = key;
    entries.set(key, entry);
  }
  const sessions = new Map<SessionId, SessionAnchor>();
  for (let left = reader.number(4), before = ''; left > 0; left--) {
    const [id, anchor] = reader.session();
    if (id <= before) throw malformed();
    before = id;
    sessions.set(id, anchor);
  }
  reader.end();
  return { revision, account, entries, sessions };
}

/** Fills one array: thousands of small ones, made to be joined, would take longer than all else of a write. */
class Writer {
  readonly bytes: Uint8Array;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  /** @throws RangeError for what is no unsigned integer of so many bytes, 2^53 - 1 at most */
  number(value: number, size: number): void {
    if (!Number.isSafeInteger(value) || value < 0 || value >= 256 ** size) {
      throw new RangeError(`${value} is no unsigned integer of ${size} bytes`);
    }
    const from = this.#at;
    this.#at += size;
    for (let i = this.#at - 1, rest = value; i >= from; i--, rest = Math.floor(rest / 256)) this.bytes[i] = rest % 256;
  }

  /** @throws RangeError for a part of another size */
  put(part: Uint8Array, size: number): void {
    if (part.length !== size) throw new RangeError(`part has ${part.length} bytes, not ${size}`);
    this.bytes.set(part, this.#at);
    this.#at += size;
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(size: number): Uint8Array {
    const part = this.#bytes.slice(this.#at, this.#at + size);
    if (part.length !== size) throw malformed();
    this.#at += size;
    return part;
  }

  number(size: number): number {
    let value = 0;
    for (const end = this.#at + size; this.#at < end; this.#at++)
      value = value * 256 + (this.#bytes[this.#at] ?? Number.NaN);
    if (!Number.isSafeInteger(value)) throw malformed();
    return value;
  }

  entry(account: AccountPart): ManifestEntry {
    const flagged = this.number(1);
    const isPrevious = flagged >= PREVIOUS;
    if (isPrevious && !isRotating(account)) throw malformed();
    const dekVersion = account.dekVersion - Number(isPrevious);
    const kind = flagged % PREVIOUS;
    const id = this.take(16);
    const version = this.number(8);
    const commitment = this.take(MESSAGE_COMMITMENT_SIZE);
    const known = { version, commitment, dekVersion };
    if (kind === KIND_NUMBERS.item) return { kind: 'item', id: idFromBytes<ItemId>(id), ...known };
    if (kind !== KIND_NUMBERS.document) throw malformed();
    return { kind: 'document', id: idFromBytes<DocumentId>(id), ...known, expiresAt: this.number(8) };
  }

  session(): [SessionId, SessionAnchor] {
    const kind = this.number(1);
    const id = idFromBytes<SessionId>(this.take(16));
    const count = this.number(8);
    const head = this.take(HEAD_SIZE);
    if (kind !== SESSION_NUMBERS.live && kind !== SESSION_NUMBERS.ended) throw malformed();
    return [id, { count, head, ended: kind === SESSION_NUMBERS.ended }];
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw malformed();
  }
}

function expiryOf(entry: ManifestEntry): number | null {
  return entry.kind === 'document' ? entry.expiresAt : null;
}

function same(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && Buffer.compare(a, b) === 0;
}

function malformed(): IntegrityError {
  return new IntegrityError('manifest');
}
