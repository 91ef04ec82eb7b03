import { createHash } from 'node:crypto';
import { MAX_ENTRIES } from '../crypto/manifest.ts';
import { type DocumentId, newId, parseId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { InvalidRequestError, TwinlockError, UnavailableError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { KeyTaken } from './claim.ts';
import { type DocumentPart, removeObjects } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { type KeyedRequest, once } from './idempotency.ts';
import { fromJson, toJson } from './json.ts';
import { prune } from './manifest-row.ts';
import { freshObject, putPdf } from './store-document.ts';
import type { Vault } from './vault.ts';

/** Bytes of one part, and of all. */
export const MAX_PART = 4 * 1024 * 1024;
export const MAX_UPLOAD = 180 * 1024 * 1024;
/** Parts of an upload, and objects that it may have begun for them. */
export const MAX_PARTS = 180;
const MAX_OBJECTS = 400;
/** An upload ends so long after its last part, ms. */
const IDLE_MS = 86_400_000;
/** A part that is on its way has come so long after, ms: longer than any function runs. */
export const ON_ITS_WAY_MS = 3_600_000;
/** Times that an upload's row may change while one part is noted. */
const TRIES = 20;

/** A part that has come. */
export interface UploadedPart extends DocumentPart {
  /** From 1. */
  readonly number: number;
  /** Of the part, in hex. */
  readonly sha256: string;
}

/** What the sealed state of an upload says. */
export interface UploadState {
  readonly title: string;
  readonly retentionDays: number;
  /** In the order of their numbers. */
  readonly parts: readonly UploadedPart[];
}

/** An upload as its owner sees it. */
export interface UploadView extends UploadState {
  readonly id: DocumentId;
  /** When it ends unless another part comes, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Begins an upload in parts: a PENDING row, which is no part of the vault.
 *
 * @param keyed sent again, it gives the upload that it began
 * @throws TwinlockError `vault_full`; what {@link once} throws
 */
export function beginUpload(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  { title, retentionDays }: { readonly title: string; readonly retentionDays: number | null },
  keyed: KeyedRequest | null,
): Promise<UploadView> {
  return once(env, signedIn, keyed, {
    find: async (vault, id) => {
      const row = await readUpload(env, vault, id);
      return row === null ? null : viewOf(row, openUpload(vault, row));
    },
    make: async (vault, claim) => {
      if (prune(vault.manifest, env.clock()).entries.size >= MAX_ENTRIES) throw new TwinlockError('vault_full');
      const now = env.clock();
      const { accountId, dekVersion } = vault.keys;
      const documentId = newId<DocumentId>(now, env.random(10));
      const state: UploadState = { title, retentionDays: retentionDays ?? env.settings.retentionDays, parts: [] };
      const row: DocumentRow = {
        kind: 'document',
        accountId,
        documentId,
        version: 1,
        dekVersion,
        state: 'PENDING',
        sealed: vault.keys.seal('upload', documentId, 1, toJson(state)),
        objectKeys: [],
        busyUntil: 0,
        expiresAt: now + IDLE_MS,
        dueAt: now + IDLE_MS,
      };
      const kept = claim === null ? [] : [await claim.done(documentId)];
      const { ok } = await env.store.commit([{ op: 'put', row, replaces: null }, ...kept]);
      if (!ok) throw claim === null ? new UnavailableError('vault:upload') : new KeyTaken();
      return viewOf(row, state);
    },
  });
}

/** Reads how far an upload has come. @throws TwinlockError `not_found` */
export async function getUpload(env: DocumentEnvironment, signedIn: SignedIn, id: string): Promise<UploadView> {
  const { vault, row } = await findUpload(env, signedIn, id);
  return viewOf(row, openUpload(vault, row));
}

/**
 * Stores a part; one of the same number gives way to it.
 *
 * 1. Name its object in the row. 2. Put it, sealed. 3. Note it in the row's sealed state. The same part sent again is
 * noted already. What stops on the way is the row's to answer for.
 *
 * @param number from 1 to {@link MAX_PARTS}
 * @param bytes 1 to {@link MAX_PART}
 * @throws TwinlockError `not_found`, `payload_too_large`; `upload_spent` after too many tries; UnavailableError
 */
export async function putPart(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
  number: number,
  bytes: Uint8Array,
): Promise<UploadedPart> {
  if (bytes.length > MAX_PART) throw new TwinlockError('payload_too_large');
  if (bytes.length === 0) throw new InvalidRequestError([{ path: '', message: 'must not be empty' }]);
  const { vault, row: found } = await findUpload(env, signedIn, id);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const { parts: come } = openUpload(vault, found);
  const known = come.find((part) => part.number === number);
  if (known?.sha256 === sha256) return known;
  requireRoom(come, number, bytes.length);

  const object = freshObject(env, found);
  const named = await rewrite(env, found, (row) => {
    if (row.objectKeys.length >= MAX_OBJECTS) throw new TwinlockError('upload_spent');
    const dueAt = Math.max(row.dueAt, env.clock() + ON_ITS_WAY_MS);
    return { ...row, objectKeys: [...row.objectKeys, object], dueAt };
  });
  const put = await putPdf(env, vault.keysOf(found), found.documentId, number, object, bytes);
  const part: UploadedPart = { number, ...put, sha256 };
  let replaced: UploadedPart | undefined;
  await rewrite(env, named, (row) => {
    const state = openUpload(vault, row);
    replaced = state.parts.find((one) => one.number === number);
    requireRoom(state.parts, number, part.size);
    const parts = [...state.parts.filter((one) => one.number !== number), part].sort((a, b) => a.number - b.number);
    const version = row.version + 1;
    const sealed = vault.keysOf(row).seal('upload', row.documentId, version, toJson({ ...state, parts }));
    return { ...row, version, sealed, expiresAt: env.clock() + IDLE_MS, dueAt: env.clock() + IDLE_MS };
  });
  // Its name stays: the row answers for it until the document's end.
  if (replaced !== undefined) await env.objects.remove(replaced.object);
  return part;
}

/** Holds a part of so many bytes to what an upload may have in all. @throws TwinlockError `payload_too_large` */
function requireRoom(parts: readonly UploadedPart[], number: number, size: number): void {
  const others = parts.filter((part) => part.number !== number);
  if (others.reduce((sum, part) => sum + part.size, size) > MAX_UPLOAD) throw new TwinlockError('payload_too_large');
}

/**
 * Gives an upload up, objects and all. What is on its way still is maintenance's to remove.
 *
 * @throws TwinlockError `not_found`; UnavailableError
 */
export async function abortUpload(env: DocumentEnvironment, signedIn: SignedIn, id: string): Promise<void> {
  const { row } = await findUpload(env, signedIn, id);
  const busyUntil = env.clock() + ON_ITS_WAY_MS;
  // Another version, so that a part which is noted just then does not revive it.
  const given = await rewrite(env, row, (now) => ({
    ...now,
    version: now.version + 1,
    sealed: null,
    busyUntil,
    dueAt: busyUntil,
  }));
  await removeObjects(env, given);
}

/** Finds an upload that has not ended. @throws TwinlockError `not_found` */
export async function findUpload(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  id: string,
): Promise<{ vault: Vault; row: DocumentRow }> {
  const documentId = parseId<DocumentId>(id);
  if (documentId === null) throw new TwinlockError('not_found');
  const { accountId } = signedIn;
  const [vault, found] = await Promise.all([
    signedIn.vault(),
    signedIn.row({ kind: 'document', accountId, documentId }),
  ]);
  const row = standing(env, vault, found);
  if (row === null) throw new TwinlockError('not_found');
  return { vault, row };
}

async function readUpload(env: DocumentEnvironment, vault: Vault, id: string): Promise<DocumentRow | null> {
  const documentId = parseId<DocumentId>(id);
  if (documentId === null) return null;
  return standing(env, vault, await env.store.get({ kind: 'document', accountId: vault.accountId, documentId }));
}

/** A row, where it is an upload's that has not ended. */
function standing({ clock }: DocumentEnvironment, vault: Vault, row: DocumentRow | null): DocumentRow | null {
  const isUpload = row?.state === 'PENDING' && row.sealed !== null && row.dueAt > clock();
  // One from before a rotation that has ended can't be opened any more.
  const opens = vault.allKeys.some(({ dekVersion }) => dekVersion === row?.dekVersion);
  return isUpload && opens ? row : null;
}

/** Opens the state of an upload. @throws IntegrityError */
export function openUpload(vault: Vault, row: DocumentRow): UploadState {
  const sealed = row.sealed ?? new Uint8Array(0);
  return fromJson(vault.keysOf(row).open('upload', row.documentId, row.version, sealed), 'upload');
}

/** Rewrites an upload's row, as often as others do so first. @throws TwinlockError `not_found`; UnavailableError */
async function rewrite(
  env: DocumentEnvironment,
  found: DocumentRow,
  change: (row: DocumentRow) => DocumentRow,
): Promise<DocumentRow> {
  let row: DocumentRow = found;
  for (let tries = 0; tries < TRIES; tries++) {
    const next = change(row);
    if ((await env.store.commit([{ op: 'put', row: next, replaces: row }])).ok) return next;
    await env.sleep(((env.random(1)[0] ?? 0) / 255) * 20 * (tries + 1));
    const now = await env.store.get(found);
    if (now?.state !== 'PENDING' || now.sealed === null) throw new TwinlockError('not_found');
    row = now;
  }
  throw new UnavailableError('vault:upload');
}

function viewOf(row: DocumentRow, state: UploadState): UploadView {
  return { ...state, id: row.documentId, expiresAt: row.dueAt };
}
