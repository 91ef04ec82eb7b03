import { CHUNK_SIZE, ciphertextSize, rangeOf } from '../crypto/cobblestone.ts';
import { entryOf, withEntry } from '../crypto/manifest.ts';
import { rotatedObject } from '../crypto/rotation.ts';
import type { SealingStream, VaultKeys } from '../crypto/vault-keys.ts';
import type { DocumentId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, TwinlockError, UnavailableError } from '../errors.ts';
import { contentOf } from './document-content.ts';
import { type DocumentMetadata, type DocumentPart, objectFolder, openMetadata } from './documents.ts';
import type { RotationEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import type { Vault } from './vault.ts';

/** Times that a document may change while it is moved. */
const TRIES = 5;
/** Rows of one read. */
const ROWS_A_READ = 100;
/** No call puts an object so long after it named it, ms. */
const BUSY_MS = 3_600_000;

/** The document was changed, moved or removed meanwhile. */
class Overtaken extends Error {}

/**
 * Moves a document to the account's DEK.
 *
 * 1. Name the new objects in the row. 2. Put each, sealed as it goes. 3. Seal the metadata, and enter them in the
 * manifest, in one transaction. 4. Remove the old objects, then their names. An object's name and bytes hang on the DEK,
 * the document and the part alone: who begins again, or at the same time, makes the same.
 *
 * @param until milliseconds since 1970: after it no object is begun but one
 * @returns false where time ran out; the next call goes on
 * @throws IntegrityError for a document that does not open; UnavailableError
 */
export async function moveDocument(
  env: RotationEnvironment,
  vault: Vault,
  documentId: DocumentId,
  until: number,
): Promise<boolean> {
  const key = { kind: 'document', accountId: vault.accountId, documentId } as const;
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await vault.read(key);
    if (row === null || row.dekVersion === vault.keys.dekVersion) return true;
    try {
      const { parts } = openMetadata(vault, row);
      const targets = parts.map((part, place) => targetOf(vault.keys, row, place, part));
      const names = targets.map(({ name }) => name);
      const named = await name(env, row, names);
      for (let place = 0, begun = 0; place < targets.length; place++) {
        if (begun > 0 && env.clock() >= until) return false;
        if (await copy(env, vault, named, place, targets)) begun++;
      }
      const moved = await enter(vault, named, targets).catch(async (error: unknown) => {
        await takeBack(env, named, names).catch(() => undefined);
        throw error;
      });
      await dropOld(env, moved, names);
      return true;
    } catch (error) {
      // An object that is gone may have been moved by another call, or its document removed.
      const isOvertaken = error instanceof Overtaken || (isOfContent(error) && (await isOther(vault, row)));
      if (!isOvertaken) throw error;
    }
  }
  throw new UnavailableError('vault:rotation');
}

/** Removes the old objects of documents that are moved. @returns whether there was time for all */
export async function clearMoved(env: RotationEnvironment, vault: Vault, until: number): Promise<boolean> {
  const { accountId } = vault;
  for (let after: string | undefined; ; ) {
    const page = { limit: ROWS_A_READ, ...(after === undefined ? {} : { after }) };
    const { rows, more } = await env.store.list(accountId, 'document', page);
    for (const found of rows.filter(({ state, busyUntil }) => state === 'READY' && busyUntil > 0)) {
      if (env.clock() >= until) return false;
      const row = await vault.read(found);
      if (row === null) continue;
      const { parts } = openMetadata(vault, row);
      await dropOld(
        env,
        row,
        parts.map(({ object }) => object),
      );
    }
    after = rows.at(-1)?.documentId;
    if (!more || after === undefined) return true;
  }
}

/** Where a part goes under a DEK. */
interface Target {
  readonly name: string;
  readonly sealing: SealingStream;
  readonly size: number;
}

function targetOf(keys: VaultKeys, row: DocumentRow, place: number, { size }: DocumentPart): Target {
  const { documentId } = row;
  const object = rotatedObject(keys, documentId, place + 1);
  const sealing = keys.beginSeal('content', documentId, place + 1, object.salt);
  return { name: objectFolder(row) + object.name, sealing, size };
}

async function name(env: RotationEnvironment, row: DocumentRow, names: readonly string[]): Promise<DocumentRow> {
  const fresh = names.filter((one) => !row.objectKeys.includes(one));
  const busyUntil = env.clock() + BUSY_MS;
  if (fresh.length === 0 && row.busyUntil > env.clock() + BUSY_MS / 2) return row;
  const named = { ...row, objectKeys: [...row.objectKeys, ...fresh], busyUntil };
  if (!(await env.store.commit([{ op: 'put', row: named, replaces: row }])).ok) throw new Overtaken();
  return named;
}

/** Puts a part's new object, unless it is there. @returns whether it was not */
async function copy(
  env: RotationEnvironment,
  vault: Vault,
  row: DocumentRow,
  place: number,
  targets: readonly Target[],
): Promise<boolean> {
  const target = targets[place];
  if (target === undefined || (await stands(env, vault.keys, row, place, target))) return false;
  const metadata = openMetadata(vault, row);
  const start = metadata.parts.slice(0, place).reduce((sum, { size }) => sum + size, 0);
  const range = { first: start, last: start + target.size - 1 };
  const plain = () => contentOf({ objects: env.objects, vault, row, metadata }, range);
  const put = await env.objects.put(target.name, () => target.sealing.seal(plain()), ciphertextSize(target.size));
  if (!put) await stands(env, vault.keys, row, place, target);
  return true;
}

/**
 * Whether a part's new object is there: put by a call that stopped, or by one that is at work. Objects are put whole or
 * not at all, so that its length and its first chunk tell.
 *
 * @throws IntegrityError for another one in its place
 */
async function stands(
  { objects }: RotationEnvironment,
  keys: VaultKeys,
  { documentId }: DocumentRow,
  place: number,
  { name: key, sealing, size }: Target,
): Promise<boolean> {
  const range = { first: 0, last: Math.min(size, CHUNK_SIZE) - 1 };
  const object = await objects.get(key, rangeOf(range.first, range.last, size));
  if (object === null) return false;
  const body = keys.openRange('content', documentId, place + 1, sealing.header, { ...range, size }, object.body);
  for await (const _ of body);
  if (object.size !== ciphertextSize(size)) throw new IntegrityError('content');
  return true;
}

/** Makes the row and the manifest tell of the new objects. */
function enter(vault: Vault, named: DocumentRow, targets: readonly Target[]): Promise<DocumentRow> {
  return vault.write(null, [named], [named], ([current = null], manifest) => {
    const { keys } = vault;
    const isSame =
      current?.dekVersion === named.dekVersion && targets.every((target) => current.objectKeys.includes(target.name));
    if (current === null || !isSame) throw new Overtaken();
    const metadata: DocumentMetadata = {
      ...openMetadata(vault, current),
      parts: targets.map(({ name: object, sealing, size }) => ({
        object,
        header: Buffer.from(sealing.header).toString('base64'),
        size,
      })),
    };
    const sealed = keys.seal('document', current.documentId, current.version, toJson(metadata));
    const moved: DocumentRow = { ...current, dekVersion: keys.dekVersion, sealed };
    return {
      changes: [{ op: 'put', row: moved, replaces: current }],
      manifest: withEntry(manifest, entryOf(moved)),
      result: moved,
    };
  });
}

/** Removes the new objects of a document that is gone: put late, they may lie there with no row to tell of them. */
async function takeBack(
  { objects, store }: RotationEnvironment,
  named: DocumentRow,
  names: readonly string[],
): Promise<void> {
  const row = await store.get(named);
  if (row === null || row.state === 'PENDING') await Promise.all(names.map((key) => objects.remove(key)));
}

/** Removes all objects of a row but some, then their names. What stops on the way is {@link clearMoved}'s. */
async function dropOld(
  { objects, store }: RotationEnvironment,
  row: DocumentRow,
  kept: readonly string[],
): Promise<void> {
  await Promise.all(row.objectKeys.filter((key) => !kept.includes(key)).map((key) => objects.remove(key)));
  await store.commit([{ op: 'put', row: { ...row, objectKeys: kept, busyUntil: 0 }, replaces: row }]);
}

function isOfContent(error: unknown): boolean {
  return error instanceof TwinlockError && (error.code === 'integrity_failure' || error.code === 'not_found');
}

async function isOther(vault: Vault, row: DocumentRow): Promise<boolean> {
  return (await vault.read(row))?.dekVersion !== row.dekVersion;
}
