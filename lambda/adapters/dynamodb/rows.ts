import { ACTIVITY_KEPT_DAYS } from '../../domain/activity.ts';
import { type AccountId, type DocumentId, type ItemId, idTime, type ReceiptId } from '../../domain/ids.ts';
import type { PreviousDek, Recovery, Rewrap, Row, RowKey, Sealed, WrappedKey } from '../../domain/records.ts';
import { type Attributes, binary, failedTries, type Reader, reader, text, texts, whole } from './attributes.ts';
import { dueShard, keyAttributes, utcDay } from './keys.ts';

const DAY_MS = 86_400_000;

/** A document's row outlives its due time by so many days, for it is maintenance that removes the objects first. */
export const DOCUMENT_TTL_MARGIN_DAYS = 14;

/** Failed tries are forgotten so many days after the last, or after the delay that they earned. */
export const THROTTLE_TTL_DAYS = 30;

/** A source that gave the right password is forgotten so many days after. */
export const SOURCE_TTL_DAYS = 90;

/** An idempotency key is forgotten so many days after its use. */
export const IDEMPOTENCY_TTL_DAYS = 1;

/**
 * The attributes that every write of a kind of row changes: what "as it was read" compares. The wraps are among them for
 * the operator, who moves them to another KMS key and changes nothing else.
 */
export const UNCHANGED = {
  email: ['accountId'],
  account: ['version', 'dekVersion', 'passwordWrap', 'recoveryWrap'],
  manifest: ['revision', 'dekVersion'],
  session: ['epoch', 'lastSeenAt', 'dekVersion', 'activityCount', 'wrap'],
  item: ['version', 'dekVersion'],
  document: ['version', 'state', 'dekVersion', 'objectKeys'],
  activity: ['dekVersion'],
  deletion: ['receiptId'],
  idempotency: ['state', 'resourceId', 'createdAt'],
  walk: ['after', 'begunAt'],
  throttle: ['failures', 'lastFailureAt', 'blockedUntil', 'lastSuccessAt', 'tries'],
} as const satisfies Record<Row['kind'], readonly string[]>;

/**
 * A row as it lies in the table, its key included.
 *
 * @throws RangeError for what could not be read again: a number that is no safe whole one, a READY document without metadata
 */
export function encodeRow(row: Row): Attributes {
  return { ...keyAttributes(row), ...content(row) };
}

function content(row: Row): Attributes {
  switch (row.kind) {
    case 'email':
      return { accountId: text(row.accountId) };
    case 'account':
      return {
        emailMac: binary(row.emailMac),
        epoch: whole(row.epoch),
        version: whole(row.version),
        dekVersion: whole(row.dekVersion),
        passwordWrap: binary(row.passwordWrap),
        profile: binary(row.profile),
        profileVersion: whole(row.profileVersion),
        ...(row.recovery === undefined ? {} : recoveryContent(row.recovery)),
        ...(row.previousDek === undefined ? {} : previousDekContent(row.previousDek)),
      };
    case 'manifest':
      return { revision: whole(row.revision), dekVersion: whole(row.dekVersion), sealed: binary(row.sealed) };
    case 'session':
      return {
        epoch: whole(row.epoch),
        dekVersion: whole(row.dekVersion),
        secretHash: binary(row.secretHash),
        wrap: binary(row.wrap),
        sealed: binary(row.sealed),
        expiresAt: whole(row.expiresAt),
        lastSeenAt: whole(row.lastSeenAt),
        activityCount: whole(row.activityCount),
        activityHead: binary(row.activityHead),
        activityAt: whole(row.activityAt),
        revision: whole(row.revision),
        ttl: ttl(row.expiresAt + ACTIVITY_KEPT_DAYS * DAY_MS),
      };
    case 'item':
      return { version: whole(row.version), dekVersion: whole(row.dekVersion), sealed: binary(row.sealed) };
    case 'document':
      if (row.state === 'READY' && row.sealed === null) throw new RangeError('a READY document without metadata');
      return {
        version: whole(row.version),
        dekVersion: whole(row.dekVersion),
        state: text(row.state),
        ...(row.sealed === null ? {} : { sealed: binary(row.sealed) }),
        objectKeys: texts(row.objectKeys),
        busyUntil: whole(row.busyUntil),
        expiresAt: whole(row.expiresAt),
        dueAt: whole(row.dueAt),
        duePk: text(`${dueShard(row.documentId)}#${utcDay(row.dueAt)}`),
        ttl: ttl(row.dueAt + DOCUMENT_TTL_MARGIN_DAYS * DAY_MS),
      };
    case 'activity':
      return {
        dekVersion: whole(row.dekVersion),
        sealed: binary(row.sealed),
        ttl: ttl(idTime(row.activityId) + ACTIVITY_KEPT_DAYS * DAY_MS),
      };
    case 'deletion':
      return {
        receiptId: text(row.receiptId),
        at: whole(row.at),
        items: whole(row.items),
        documents: whole(row.documents),
        dueAt: whole(row.dueAt),
        duePk: text(`${dueShard(row.accountId)}#${utcDay(row.dueAt)}`),
      };
    case 'idempotency':
      return {
        state: text(row.state),
        resourceId: text(row.resourceId),
        createdAt: whole(row.createdAt),
        request: binary(row.request),
        mac: binary(row.mac),
        ttl: ttl(row.createdAt + IDEMPOTENCY_TTL_DAYS * DAY_MS),
      };
    case 'walk':
      return { after: row.after === null ? { NULL: true } : text(row.after), begunAt: whole(row.begunAt) };
    case 'throttle':
      return {
        failures: whole(row.failures),
        lastFailureAt: whole(row.lastFailureAt),
        blockedUntil: whole(row.blockedUntil),
        tries: failedTries(row.tries),
        lastSuccessAt: whole(row.lastSuccessAt),
        ttl: ttl(
          Math.max(
            Math.max(row.lastFailureAt, row.blockedUntil) + THROTTLE_TTL_DAYS * DAY_MS,
            row.lastSuccessAt + SOURCE_TTL_DAYS * DAY_MS,
          ),
        ),
      };
  }
}

/**
 * The row that attributes hold. Its names come from the key that was asked for, never from the table.
 *
 * @throws IntegrityError for an attribute that is missing or of another type
 */
export function decodeRow(key: RowKey, attributes: Attributes): Row {
  const from = reader(key.kind, attributes);
  switch (key.kind) {
    case 'email':
      return { kind: key.kind, mac: key.mac, accountId: from.id<AccountId>('accountId') };
    case 'account':
      return {
        kind: key.kind,
        accountId: key.accountId,
        emailMac: from.binary('emailMac', 32),
        epoch: from.whole('epoch'),
        version: from.whole('version'),
        dekVersion: from.dekVersion(),
        passwordWrap: wrapped(from, 'passwordWrap'),
        profile: sealed(from, 'profile'),
        profileVersion: from.whole('profileVersion'),
        ...recoveryOf(from),
        ...previousDekOf(from),
        ...rewrapsOf(from),
      };
    case 'manifest':
      return {
        kind: key.kind,
        accountId: key.accountId,
        revision: from.whole('revision'),
        dekVersion: from.dekVersion(),
        sealed: sealed(from, 'sealed'),
      };
    case 'session':
      return {
        kind: key.kind,
        accountId: key.accountId,
        sessionId: key.sessionId,
        epoch: from.whole('epoch'),
        dekVersion: from.dekVersion(),
        secretHash: from.binary('secretHash', 32),
        wrap: wrapped(from, 'wrap'),
        sealed: sealed(from, 'sealed'),
        expiresAt: from.time('expiresAt'),
        lastSeenAt: from.time('lastSeenAt'),
        activityCount: from.count('activityCount'),
        activityHead: from.binary('activityHead', 32),
        activityAt: from.time('activityAt'),
        revision: from.whole('revision'),
      };
    case 'item':
      return {
        kind: key.kind,
        accountId: key.accountId,
        itemId: key.itemId,
        version: from.whole('version'),
        dekVersion: from.dekVersion(),
        sealed: sealed(from, 'sealed'),
      };
    case 'document':
      return {
        kind: key.kind,
        accountId: key.accountId,
        documentId: key.documentId,
        version: from.count('version'),
        dekVersion: from.dekVersion(),
        ...stateOf(from),
        objectKeys: from.texts('objectKeys'),
        busyUntil: from.time('busyUntil'),
        expiresAt: from.time('expiresAt'),
        dueAt: from.time('dueAt'),
      };
    case 'activity':
      return {
        kind: key.kind,
        accountId: key.accountId,
        activityId: key.activityId,
        dekVersion: from.dekVersion(),
        sealed: sealed(from, 'sealed'),
      };
    case 'deletion':
      return {
        kind: key.kind,
        accountId: key.accountId,
        receiptId: from.id<ReceiptId>('receiptId'),
        at: from.time('at'),
        items: from.whole('items'),
        documents: from.whole('documents'),
        dueAt: from.time('dueAt'),
      };
    case 'idempotency':
      return {
        kind: key.kind,
        accountId: key.accountId,
        keyHash: key.keyHash,
        state: progressOf(from),
        resourceId: from.id<ItemId | DocumentId>('resourceId'),
        createdAt: from.whole('createdAt'),
        request: from.binary('request', 32),
        mac: from.binary('mac', 32),
      };
    case 'walk':
      return {
        kind: key.kind,
        name: key.name,
        after: from.isNull('after') ? null : from.text('after'),
        begunAt: from.whole('begunAt'),
      };
    case 'throttle':
      return {
        kind: key.kind,
        subject: key.subject,
        source: key.source,
        failures: from.whole('failures'),
        lastFailureAt: from.time('lastFailureAt'),
        blockedUntil: from.time('blockedUntil'),
        tries: from.failedTries('tries'),
        lastSuccessAt: from.time('lastSuccessAt'),
      };
  }
}

function recoveryContent({ wrap, salt, sealed, version }: Recovery): Attributes {
  return {
    recoveryWrap: binary(wrap),
    recoverySalt: binary(salt),
    recoverySealed: binary(sealed),
    recoveryVersion: whole(version),
  };
}

/** All of a recovery code's attributes, or none of them. */
function recoveryOf(from: Reader): { recovery?: Recovery } {
  const names = ['recoveryWrap', 'recoverySalt', 'recoverySealed', 'recoveryVersion'];
  if (!names.some((name) => from.has(name))) return {};
  const recovery = {
    wrap: wrapped(from, 'recoveryWrap'),
    salt: from.binary('recoverySalt', 32),
    sealed: sealed(from, 'recoverySealed'),
    version: from.whole('recoveryVersion'),
  };
  return { recovery };
}

function previousDekContent(previous: PreviousDek): Attributes {
  return { previousDek: binary(previous.sealed), previousDekVersion: whole(previous.version) };
}

/** Both of a previous DEK's attributes, or neither. */
function previousDekOf(from: Reader): { previousDek?: PreviousDek } {
  if (!from.has('previousDek') && !from.has('previousDekVersion')) return {};
  return { previousDek: { sealed: sealed(from, 'previousDek'), version: from.whole('previousDekVersion') } };
}

const REWRAP_SIZE = 65;
const REWRAP_PARTS: readonly Rewrap['part'][] = ['password', 'recovery'];

/** What the records of moved wraps are stored as: 65 bytes each, the part's tag, then hash and MAC. */
export function encodeRewraps(rewraps: readonly Rewrap[]): Uint8Array {
  return Buffer.concat(
    rewraps.flatMap(({ part, before, mac }) =>
      [[REWRAP_PARTS.indexOf(part) + 1], before, mac].map((bytes) => Buffer.from(bytes)),
    ),
  );
}

function rewrapsOf(from: Reader): { rewraps?: readonly Rewrap[] } {
  if (!from.has('rewraps')) return {};
  const bytes = from.binary('rewraps');
  if (bytes.length % REWRAP_SIZE !== 0) throw from.odd();
  const rewraps = Array.from({ length: bytes.length / REWRAP_SIZE }, (_, i) => {
    const record = bytes.subarray(i * REWRAP_SIZE, (i + 1) * REWRAP_SIZE);
    const part = REWRAP_PARTS[(record[0] ?? 0) - 1];
    if (part === undefined) throw from.odd();
    return { part, before: record.slice(1, 33), mac: record.slice(33) };
  });
  return { rewraps };
}

function stateOf(from: Reader): { state: 'PENDING' | 'READY'; sealed: Sealed | null } {
  const state = from.text('state');
  const metadata = from.has('sealed') ? sealed(from, 'sealed') : null;
  if (state !== 'PENDING' && (state !== 'READY' || metadata === null)) throw from.odd();
  return { state, sealed: metadata };
}

function progressOf(from: Reader): 'BEGUN' | 'DONE' {
  const state = from.text('state');
  if (state !== 'BEGUN' && state !== 'DONE') throw from.odd();
  return state;
}

/** Only sealed messages are written to these attributes; opening one tells whether it still is one. */
const sealed = (from: Reader, name: string): Sealed => from.binary(name) as Sealed;
const wrapped = (from: Reader, name: string): WrappedKey => from.binary(name) as WrappedKey;

/** When DynamoDB may remove a row, in seconds since 1970; rounded up, since it never decides. */
const ttl = (time: number) => whole(Math.ceil(time / 1000));
