import { equal } from '../lambda/crypto/bytes.ts';
import type { AccountRow, DocumentRow, Row, SessionRow } from '../lambda/domain/records.ts';
import { IntegrityError } from '../lambda/errors.ts';
import type { ObjectStore } from '../lambda/ports/object-store.ts';
import type { VaultStore } from '../lambda/ports/vault-store.ts';
import { DECOY } from '../lambda/usecases/decoy.ts';
import { objectFolder } from '../lambda/usecases/documents.ts';
import type { Standing, Standings } from './standing.ts';

/** What a row can be found with that reads as one of its kind, and what it means. */
export const ROW_FINDINGS = {
  'row.short-message': 'sealed fields that are shorter than any message',
  'row.no-account': 'rows of accounts that neither stand nor were deleted: nobody can open them',
  'row.dek-version': 'rows under a DEK that their account does not have: they do not open',
  'account.no-manifest': 'accounts without a manifest: nothing in them opens',
  'account.no-email': 'accounts that no e-mail leads to: their owners can not sign in',
  'account.beside-deletion': 'accounts that stand beside their deletion: one of the two was put back',
  'manifest.no-account': 'manifests without an account',
  'manifest.revision': 'manifests with a lower revision than their account has writes: they were put back',
  'session.epoch': 'sessions of an epoch that their account has not come to: the account was put back',
  'session.revision': 'sessions that have seen a later manifest than stands: signing in fails until they are removed',
  'email.no-account': 'e-mails that lead to no account: nobody can register them',
  'email.other-account': 'e-mails that lead to an account which has another: nobody can sign in by them',
  'document.foreign-object': 'documents that name objects of others: maintenance leaves them alone',
  'document.object-missing': 'documents that are ready, and whose objects are gone: their content does not open',
  'document.overdue': 'documents that were due a day ago: maintenance does not come to them',
} as const;

export type RowFinding = keyof typeof ROW_FINDINGS;

/** What the checks read. */
export interface Checking {
  readonly store: VaultStore;
  readonly standings: Standings;
  /** Null where the bucket is not looked into. */
  readonly objects: Pick<ObjectStore, 'get'> | null;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** Bytes of the shortest sealed message. */
const SHORTEST_MESSAGE = 72;
/** Maintenance may be late by so much, ms. */
const LATE_MS = 86_400_000;

/**
 * Holds a row against the rows that it hangs together with.
 *
 * @param anew past what is remembered of its account: for a finding that an honest write between two reads may have made
 */
export async function checkRow(at: Checking, row: Row, anew: boolean): Promise<readonly RowFinding[]> {
  switch (row.kind) {
    case 'email': {
      const { account, isBroken } = await at.standings.of(row.accountId, anew);
      if (isBroken) return [];
      if (account === null) return ['email.no-account'];
      return equal(account.emailMac, row.mac) ? [] : ['email.other-account'];
    }
    case 'throttle':
    case 'walk':
      return [];
    case 'account':
    case 'manifest':
    case 'deletion':
    case 'idempotency':
    case 'session':
    case 'item':
    case 'document':
    case 'activity': {
      const standing = await at.standings.of(row.accountId, anew);
      if (standing.isBroken) return [];
      return [...(await ofKind(at, row, standing)), ...messagesOf(row)];
    }
  }
}

type AccountsRow = Exclude<Row, { readonly kind: 'email' | 'throttle' | 'walk' }>;

async function ofKind(at: Checking, row: AccountsRow, standing: Standing): Promise<RowFinding[]> {
  const { account, manifest, deletion } = standing;
  if (row.kind === 'account') return ofAccount(at, row, standing);
  if (row.kind === 'deletion') return [];
  if (row.kind === 'manifest') {
    if (account === null) return ['manifest.no-account'];
    // The decoy's is made anew at its first revision.
    const isOlder = row.revision < account.version && row.accountId !== DECOY;
    return [...(isOlder ? ['manifest.revision' as const] : []), ...dekOf(row.dekVersion === account.dekVersion)];
  }
  if (account === null) return deletion === null ? ['row.no-account'] : [];
  if (row.kind === 'idempotency') return [];
  if (row.kind === 'session') return ofSession(row, account, manifest?.revision ?? Number.MAX_SAFE_INTEGER);
  if (row.kind === 'document') return ofDocument(at, row, account);
  return dekOf(isCurrent(row, account));
}

async function ofAccount(
  { store }: Checking,
  row: AccountRow,
  { manifest, deletion }: Standing,
): Promise<RowFinding[]> {
  const isLed = row.accountId === DECOY || (await leadsTo(store, row));
  return [
    ...(manifest === null ? ['account.no-manifest' as const] : []),
    ...(deletion === null ? [] : ['account.beside-deletion' as const]),
    ...(isLed ? [] : ['account.no-email' as const]),
  ];
}

async function leadsTo(store: VaultStore, { accountId, emailMac }: AccountRow): Promise<boolean> {
  try {
    return (await store.get({ kind: 'email', mac: emailMac }))?.accountId === accountId;
  } catch (error) {
    // A row that does not read leads nowhere.
    if (error instanceof IntegrityError) return false;
    throw error;
  }
}

/** Of a session that its account's epoch has ended, only that it is not newer. */
function ofSession(row: SessionRow, account: AccountRow, revision: number): RowFinding[] {
  const isEnded = row.epoch < account.epoch;
  return [
    ...(row.epoch > account.epoch ? ['session.epoch' as const] : []),
    ...(row.revision > revision ? ['session.revision' as const] : []),
    ...dekOf(isEnded ? row.dekVersion <= account.dekVersion : row.dekVersion === account.dekVersion),
  ];
}

async function ofDocument({ objects, now }: Checking, row: DocumentRow, account: AccountRow): Promise<RowFinding[]> {
  const lives = row.state === 'READY' && row.expiresAt > now;
  const isForeign = !row.objectKeys.every((key) => key.startsWith(objectFolder(row)));
  const isOverdue = Math.max(row.dueAt, row.busyUntil) < now - LATE_MS;
  const isMissing = lives && !isForeign && objects !== null && !(await hasObjects(objects, row));
  return [
    ...(isForeign ? ['document.foreign-object' as const] : []),
    ...(isOverdue ? ['document.overdue' as const] : []),
    ...(isMissing ? ['document.object-missing' as const] : []),
    // What is due or being made is not moved to another DEK.
    ...dekOf(lives ? isCurrent(row, account) : row.dekVersion <= account.dekVersion),
  ];
}

/** Whether a ready document's objects are there: all where none may be on its way, and one at least in any case. */
async function hasObjects(objects: Pick<ObjectStore, 'get'>, row: DocumentRow): Promise<boolean> {
  let found = 0;
  for (const key of row.objectKeys) {
    const object = await objects.get(key, { first: 0, last: 0 });
    for await (const _ of object?.body ?? []) break;
    if (object !== null) found++;
    else if (row.busyUntil === 0) return false;
  }
  return found > 0;
}

function isCurrent({ dekVersion }: { readonly dekVersion: number }, account: AccountRow): boolean {
  const isBefore = account.previousDek !== undefined && dekVersion === account.dekVersion - 1;
  return dekVersion === account.dekVersion || isBefore;
}

function dekOf(holds: boolean): RowFinding[] {
  return holds ? [] : ['row.dek-version'];
}

function messagesOf(row: AccountsRow): RowFinding[] {
  const isWhole = (message: Uint8Array | null | undefined) => (message?.length ?? SHORTEST_MESSAGE) >= SHORTEST_MESSAGE;
  const sealed =
    row.kind === 'account'
      ? [row.profile, row.recovery?.sealed, row.previousDek?.sealed]
      : 'sealed' in row
        ? [row.sealed]
        : [];
  return sealed.every(isWhole) ? [] : ['row.short-message'];
}
