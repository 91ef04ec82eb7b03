import type { Account } from '../usecases/account.ts';
import type { Document } from '../usecases/documents.ts';
import type { Item } from '../usecases/items.ts';
import type { ActivityPage } from '../usecases/list-activity.ts';
import { MAX_PART, MAX_PARTS, MAX_UPLOAD, type UploadedPart, type UploadView } from '../usecases/uploads.ts';
import { timeText } from './answers.ts';

/** An account as answers have it. */
export function accountView(account: Account) {
  const { accountId, email, createdAt, passwordChangedAt, recoveryCreatedAt, keyVersion, rotating } = account;
  return {
    accountId,
    email,
    createdAt: timeText(createdAt),
    passwordChangedAt: timeText(passwordChangedAt),
    recovery:
      recoveryCreatedAt === null ? { enabled: false } : { enabled: true, createdAt: timeText(recoveryCreatedAt) },
    keyVersion,
    rotating,
  };
}

/** An item as answers have it, whole. */
export function itemView(item: Item) {
  const { id, type, label, data, version, createdAt, updatedAt } = item;
  return { id, type, label, data, version, createdAt: timeText(createdAt), updatedAt: timeText(updatedAt) };
}

/** A document as answers have it. */
export function documentView(document: Document) {
  const { id, title, template, pages, size, sha256, createdAt, expiresAt } = document;
  return {
    id,
    title,
    template,
    status: 'ready',
    pages,
    size,
    sha256,
    createdAt: timeText(createdAt),
    expiresAt: timeText(expiresAt),
  };
}

/** An upload as answers have it. */
export function uploadView({ id, title, parts, expiresAt }: UploadView) {
  return {
    uploadId: id,
    title,
    parts: parts.map(partView),
    maxPartSize: MAX_PART,
    maxParts: MAX_PARTS,
    maxSize: MAX_UPLOAD,
    expiresAt: timeText(expiresAt),
  };
}

/** A part of an upload as answers have it. */
export function partView({ number, size, sha256 }: UploadedPart) {
  return { part: number, size, sha256 };
}

/** A page of an account's activity as answers have it. */
export function activityView({ entries, breaks, verifiedSince, nextCursor }: ActivityPage) {
  return {
    activity: entries.map(({ sessionId, at, ...entry }) => ({
      ...entry,
      at: timeText(at),
      ...(sessionId === null ? {} : { sessionId }),
    })),
    chain: breaks.length === 0 ? 'intact' : 'broken',
    breaks,
    verifiedSince: verifiedSince === null ? null : timeText(verifiedSince),
    nextCursor,
  };
}
