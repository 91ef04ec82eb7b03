import { ciphertextSize } from '../crypto/cobblestone.ts';
import { entryOf, withEntry } from '../crypto/manifest.ts';
import { rotatedObject } from '../crypto/rotation.ts';
import type { SealingStream, VaultKeys } from '../crypto/vault-keys.ts';
import type { DocumentId } from '../domain/ids.ts';
import type { DocumentRow } from '../domain/records.ts';
import { IntegrityError, UnavailableError } from '../errors.ts';
import { type DocumentMetadata, isMoving, objectFolder, openMetadata } from './documents.ts';
import type { RotationEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import type { Vault } from './vault.ts';

/** Times that a document may change while it is moved. */
const TRIES = 5;
/** Rows of one read. */
const ROWS_A_READ = 100;

/** The document was changed, moved or removed meanwhile. */
class Overtaken extends Error {}

/**
 * Moves a document to the account's DEK.
 *
 * 1. Name the new object in the row. 2. Put it, sealed as it goes. 3. Seal the metadata, and enter them in the manifest,
 * in one transaction. 4. Remove the old object, then its name. The object's name and bytes hang on the DEK and the
 * document alone: who begins again, or at the same time, makes the same.
 *
 * @throws IntegrityError for a document that does not open; UnavailableError
 */
export async function moveDocument(env: RotationEnvironment, vault: Vault, documentId: DocumentId): Promise<void> {
  const key = { kind: 'document', accountId: vault.accountId, documentId } as const;
  for (let tries = 0; tries < TRIES; tries++) {
    const row = await vault.read(key);
    if (row === null || row.dekVersion === vault.keys.dekVersion) return;
    try {
      const target = targetOf(vault.keys, row);
      const named = await name(env, row, target.name);
      await copy(env, vault, named, target);
      const moved = await enter(vault, named, target).catch(async (error: unknown) => {
        await takeBack(env, named, target.name).catch(() => undefined);
        throw error;
      });
      await dropOld(env, moved, target.name);
      return;
    } catch (error) {
      // An object that is gone may have been moved by another call.
      if (!(error instanceof Overtaken || (error instanceof IntegrityError && (await isOther(vault, row)))))
        throw error;
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
    for (const found of rows.filter((row) => row.state === 'READY' && isMoving(row))) {
      if (env.clock() >= until) return false;
      const row = await vault.read(found);
      if (row !== null) await dropOld(env, row, openMetadata(vault, row).object);
    }
    after = rows.at(-1)?.documentId;
    if (!more || after === undefined) return true;
  }
}

interface Target {
  /** The object's name. */
  readonly name: string;
  readonly sealing: SealingStream;
}

/** Where a document goes under a DEK. */
function targetOf(keys: VaultKeys, row: DocumentRow): Target {
  const { documentId, version } = row;
  const object = rotatedObject(keys, documentId, version);
  return {
    name: objectFolder(row) + object.name,
    sealing: keys.beginSeal('content', documentId, version, object.salt),
  };
}

async function name({ store }: RotationEnvironment, row: DocumentRow, target: string): Promise<DocumentRow> {
  if (row.objectKeys.includes(target)) return row;
  const named = { ...row, objectKeys: [...row.objectKeys, target] };
  if (!(await store.commit([{ op: 'put', row: named, replaces: row }])).ok) throw new Overtaken();
  return named;
}

async function copy(env: RotationEnvironment, vault: Vault, row: DocumentRow, target: Target): Promise<void> {
  const { documentId, version } = row;
  const { size, header, object } = openMetadata(vault, row);
  const read = (keys: VaultKeys, from: string, by: Uint8Array) =>
    openObject(env, from, size, (body) => keys.openStream('content', documentId, version, by, body));
  const plain = () => read(vault.keysOf(row), object, Buffer.from(header, 'base64'));
  if (await env.objects.put(target.name, () => target.sealing.seal(plain()), ciphertextSize(size))) return;
  // Put before, by a call that stopped or by one that is at work: it must be whole before it is relied on.
  for await (const _ of read(vault.keys, target.name, target.sealing.header));
}

/** The plaintext of an object that must be there. @throws IntegrityError */
async function* openObject(
  { objects }: RotationEnvironment,
  key: string,
  size: number,
  open: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const object = await objects.get(key);
  if (object === null) throw new IntegrityError('content');
  const body = open(object.body);
  if (object.size !== ciphertextSize(size)) {
    await body[Symbol.asyncIterator]().return?.();
    throw new IntegrityError('content');
  }
  yield* body;
}

/** Makes the row and the manifest tell of the new object. */
function enter(vault: Vault, named: DocumentRow, target: Target): Promise<DocumentRow> {
  return vault.write(null, [named], [named], ([current = null], manifest) => {
    const { keys } = vault;
    const isSame = current?.dekVersion === named.dekVersion && current.objectKeys.includes(target.name);
    if (current === null || !isSame) throw new Overtaken();
    const metadata: DocumentMetadata = {
      ...openMetadata(vault, current),
      header: Buffer.from(target.sealing.header).toString('base64'),
      object: target.name,
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

/** Removes the new object of a document that is gone: put late, it may lie there with no row to tell of it. */
async function takeBack({ objects, store }: RotationEnvironment, named: DocumentRow, target: string): Promise<void> {
  const row = await store.get(named);
  if (row === null || row.state === 'PENDING') await objects.remove(target);
}

/** Removes all objects of a row but one, then their names. What stops on the way is {@link clearMoved}'s. */
async function dropOld({ objects, store }: RotationEnvironment, row: DocumentRow, kept: string): Promise<void> {
  await Promise.all(row.objectKeys.filter((key) => key !== kept).map((key) => objects.remove(key)));
  await store.commit([{ op: 'put', row: { ...row, objectKeys: [kept] }, replaces: row }]);
}

async function isOther(vault: Vault, row: DocumentRow): Promise<boolean> {
  return (await vault.read(row))?.dekVersion !== row.dekVersion;
}
