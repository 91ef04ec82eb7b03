import { randomBytes } from 'node:crypto';
import {
  type AccountId,
  type ActivityId,
  type DocumentId,
  type ItemId,
  newId,
  type ReceiptId,
  type SessionId,
} from '../../lambda/domain/ids.ts';
import type {
  AccountRow,
  ActivityRow,
  DeletionRow,
  DocumentRow,
  EmailRow,
  IdempotencyRow,
  ItemRow,
  ManifestRow,
  Row,
  Sealed,
  SessionRow,
  ThrottleRow,
  WalkRow,
  WrappedKey,
} from '../../lambda/domain/records.ts';

/** The time that these rows speak of. */
export const NOW = Date.UTC(2026, 10, 24, 12);

const random = () => bytes(10);

/** Fresh ids of each kind. */
export const fresh = {
  account: (time = NOW) => newId<AccountId>(time, random()),
  session: (time = NOW) => newId<SessionId>(time, random()),
  item: (time = NOW) => newId<ItemId>(time, random()),
  document: (time = NOW) => newId<DocumentId>(time, random()),
  activity: (time = NOW) => newId<ActivityId>(time, random()),
  receipt: (time = NOW) => newId<ReceiptId>(time, random()),
};

/** So many bytes that mean nothing: a store never looks inside. */
export function bytes(length: number): Uint8Array {
  return Uint8Array.from(randomBytes(length));
}

const sealed = (length = 100) => bytes(length) as Sealed;
const wrapped = () => bytes(250) as WrappedKey;
const recovery = () => ({ wrap: wrapped(), salt: bytes(32), sealed: sealed(), version: 2 });

/** A row of each kind, with names of its own, to be varied. */
export const sample = {
  email: (over: Partial<EmailRow> = {}): EmailRow => ({
    kind: 'email',
    mac: bytes(32),
    accountId: fresh.account(),
    ...over,
  }),
  account: (over: Partial<AccountRow> = {}): AccountRow => ({
    kind: 'account',
    accountId: fresh.account(),
    emailMac: bytes(32),
    epoch: 1,
    version: 4,
    dekVersion: 2,
    passwordWrap: wrapped(),
    profile: sealed(),
    profileVersion: 3,
    recovery: recovery(),
    previousDek: { sealed: sealed(), version: 3 },
    ...over,
  }),
  manifest: (over: Partial<ManifestRow> = {}): ManifestRow => ({
    kind: 'manifest',
    accountId: fresh.account(),
    revision: 7,
    dekVersion: 2,
    sealed: sealed(),
    ...over,
  }),
  session: (over: Partial<SessionRow> = {}): SessionRow => ({
    kind: 'session',
    accountId: fresh.account(),
    sessionId: fresh.session(),
    epoch: 1,
    dekVersion: 2,
    secretHash: bytes(32),
    wrap: wrapped(),
    sealed: sealed(),
    expiresAt: NOW + 28_800_000,
    lastSeenAt: NOW,
    activityCount: 3,
    activityHead: bytes(32),
    activityAt: NOW - 5,
    revision: 12,
    ...over,
  }),
  item: (over: Partial<ItemRow> = {}): ItemRow => ({
    kind: 'item',
    accountId: fresh.account(),
    itemId: fresh.item(),
    version: 1,
    dekVersion: 2,
    sealed: sealed(),
    ...over,
  }),
  document: (over: Partial<DocumentRow> = {}): DocumentRow => ({
    kind: 'document',
    accountId: fresh.account(),
    documentId: fresh.document(),
    version: 1,
    dekVersion: 2,
    state: 'READY',
    sealed: sealed(),
    objectKeys: ['documents/b', 'documents/a'],
    busyUntil: 0,
    expiresAt: NOW + 1_000,
    dueAt: NOW + 2_000,
    ...over,
  }),
  activity: (over: Partial<ActivityRow> = {}): ActivityRow => ({
    kind: 'activity',
    accountId: fresh.account(),
    activityId: fresh.activity(),
    dekVersion: 2,
    sealed: sealed(),
    ...over,
  }),
  deletion: (over: Partial<DeletionRow> = {}): DeletionRow => ({
    kind: 'deletion',
    accountId: fresh.account(),
    receiptId: fresh.receipt(),
    at: NOW,
    items: 12,
    documents: 3,
    dueAt: NOW + 15_000,
    ...over,
  }),
  idempotency: (over: Partial<IdempotencyRow> = {}): IdempotencyRow => ({
    kind: 'idempotency',
    accountId: fresh.account(),
    keyHash: Buffer.from(bytes(32)).toString('base64url'),
    state: 'BEGUN',
    resourceId: fresh.document(),
    createdAt: NOW,
    request: bytes(32),
    mac: bytes(32),
    ...over,
  }),
  throttle: (over: Partial<ThrottleRow> = {}): ThrottleRow => ({
    kind: 'throttle',
    subject: Buffer.from(bytes(32)).toString('base64url'),
    source: '2001:db8::/64',
    failures: 3,
    lastFailureAt: NOW,
    blockedUntil: NOW + 4_000,
    tries: [
      { at: NOW - 1, source: '2001:db8::/64' },
      { at: NOW, source: '192.0.2.1' },
    ],
    lastSuccessAt: NOW - 2,
    ...over,
  }),
  walk: (over: Partial<WalkRow> = {}): WalkRow => ({
    kind: 'walk',
    name: 'bucket',
    after: 'documents/a',
    begunAt: NOW,
    ...over,
  }),
} as const satisfies { [K in Row['kind']]: (over?: never) => Extract<Row, { kind: K }> };

/** A row of each kind. */
export const oneOfEach = (): Row[] => Object.values(sample).map((make) => make());

/** What a row becomes at a write by somebody else, once for each field that tells of it. */
export const written: readonly (readonly [string, Row, Row])[] = [
  vary('email', 'accountId', sample.email(), { accountId: fresh.account() }),
  vary('account', 'version', sample.account(), { version: 5 }),
  vary('account', 'dekVersion', sample.account(), { dekVersion: 3 }),
  vary('account', 'password wrap', sample.account(), { passwordWrap: wrapped() }),
  vary('account', 'recovery wrap', sample.account(), { recovery: recovery() }),
  vary('account', 'lack of a recovery code', withoutRecovery(sample.account()), { recovery: recovery() }),
  vary('manifest', 'revision', sample.manifest(), { revision: 8 }),
  vary('manifest', 'dekVersion', sample.manifest(), { dekVersion: 3 }),
  vary('session', 'epoch', sample.session(), { epoch: 2 }),
  vary('session', 'lastSeenAt', sample.session(), { lastSeenAt: NOW + 1 }),
  vary('session', 'dekVersion', sample.session(), { dekVersion: 3 }),
  vary('session', 'wrap', sample.session(), { wrap: wrapped() }),
  vary('session', 'activityCount', sample.session(), { activityCount: 4 }),
  vary('item', 'version', sample.item(), { version: 2 }),
  vary('item', 'dekVersion', sample.item(), { dekVersion: 3 }),
  vary('document', 'version', sample.document(), { version: 2 }),
  vary('document', 'state', sample.document(), { state: 'PENDING' }),
  vary('document', 'dekVersion', sample.document(), { dekVersion: 3 }),
  vary('document', 'objectKeys', sample.document(), { objectKeys: ['documents/b'] }),
  vary('activity', 'dekVersion', sample.activity(), { dekVersion: 3 }),
  vary('deletion', 'receiptId', sample.deletion(), { receiptId: fresh.receipt() }),
  vary('idempotency', 'state', sample.idempotency(), { state: 'DONE' }),
  vary('idempotency', 'resourceId', sample.idempotency(), { resourceId: fresh.item() }),
  vary('idempotency', 'createdAt', sample.idempotency(), { createdAt: NOW + 1 }),
  vary('walk', 'after', sample.walk(), { after: 'documents/b' }),
  vary('walk', 'begunAt', sample.walk(), { begunAt: NOW + 1 }),
  vary('throttle', 'failures', sample.throttle(), { failures: 4 }),
  vary('throttle', 'lastFailureAt', sample.throttle(), { lastFailureAt: NOW + 1 }),
  vary('throttle', 'blockedUntil', sample.throttle(), { blockedUntil: NOW + 4_001 }),
  vary('throttle', 'lastSuccessAt', sample.throttle(), { lastSuccessAt: NOW - 1 }),
  vary('throttle', 'tries', sample.throttle(), {
    tries: [
      { at: NOW - 1, source: '2001:db8::/64' },
      { at: NOW, source: '192.0.2.2' },
    ],
  }),
];

function withoutRecovery({ recovery: _, ...row }: AccountRow): AccountRow {
  return row;
}

function vary<R extends Row>(kind: R['kind'], field: string, row: R, change: Partial<R>): readonly [string, Row, Row] {
  return [`${kind} whose ${field} changed`, row, { ...row, ...change }];
}
