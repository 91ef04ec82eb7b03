import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { ciphertextSize } from '../../lambda/crypto/cobblestone.ts';
import { entryKey, entryOf } from '../../lambda/crypto/manifest.ts';
import { type DocumentId, newId } from '../../lambda/domain/ids.ts';
import type { DocumentRow } from '../../lambda/domain/records.ts';
import { accountView, activityView, documentView, itemView } from '../../lambda/http/views.ts';
import { authenticate, type SignedIn } from '../../lambda/usecases/authenticate.ts';
import type { DocumentMetadata } from '../../lambda/usecases/documents.ts';
import type { VaultSettings } from '../../lambda/usecases/environment.ts';
import { type Export, exportAccount } from '../../lambda/usecases/export-account.ts';
import { type Entry, readZip } from '../archive/read-zip.ts';
import type { MemoryApp } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { draw, keysOf } from './rotation-support.ts';
import { type AccountsApp, CALLER, createAccountsApp } from './support.ts';

export const VIEWS = { account: accountView, item: itemView, document: documentView, activity: activityView };

/** An app with an account of three items and some documents, oldest first. */
export interface ExportApp extends AccountsApp {
  readonly token: string;
  readonly accountId: string;
  readonly itemIds: readonly string[];
  readonly documentIds: readonly string[];
}

/** Bytes of the PDFs that are made, in turn: below, at and above chunks of the sealed stream. */
const SIZES = [300, 16_384, 100_000];

/** An account with three items and documents of random bytes. @param documents how many */
export async function furnished(documents = 3, settings: Partial<VaultSettings> = {}): Promise<ExportApp> {
  const app = createAccountsApp({ settings });
  let made = 0;
  const render = () => Promise.resolve({ pdf: app.env.random(SIZES[made++ % SIZES.length] ?? 0), pages: 1 });
  Object.assign(app.env, { renderer: { ...app.env.renderer, render } });
  const { token, accountId } = await app.register();
  const itemIds: string[] = [];
  for (const [type, data, label] of [
    ['note', { text: 'a note of the owner, “quoted” \u{1f512}\n' }, 'first'],
    ['person', { givenName: 'Ada', familyName: 'Example' }, 'myself'],
    ['phone', { number: '+442079460000' }, 'second'],
  ] as const) {
    app.pass(1);
    itemIds.push(await app.addItem(token, type, data, label));
  }
  const documentIds: string[] = [];
  for (let i = 0; i < documents; i++) {
    app.pass(1);
    documentIds.push((await draw(app, token, itemIds[0] ?? '')).text('id'));
  }
  return { ...app, token, accountId, itemIds, documentIds };
}

/** What came of an answer. */
export interface Outcome {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Whether the body broke off. */
  readonly broken: boolean;
}

/** Asks for an export, and leaves its body unread. */
export async function ask(app: MemoryApp, token: string, query = '', method = 'GET'): Promise<Response> {
  const headers = { authorization: `Bearer ${token}` };
  const request = new Request(`http://vault.test/v1/account/export${query}`, { method, headers });
  return app.fetch(request, { requestId: 'request-0', sourceIp: '192.0.2.1' });
}

/**
 * Reads an answer.
 *
 * @param act done once, when a piece came that passes `when`
 */
export async function read(
  response: Response,
  when: (piece: Buffer) => boolean = () => false,
  act: () => unknown = () => undefined,
): Promise<Outcome> {
  const { status, headers } = response;
  const parts: Buffer[] = [];
  let broken = false;
  let done = false;
  try {
    const body: AsyncIterable<Uint8Array> | readonly [] = response.body ?? [];
    for await (const part of body) {
      parts.push(Buffer.from(part));
      if (done || !when(Buffer.from(part))) continue;
      done = true;
      await act();
    }
  } catch {
    broken = true;
  }
  return { status, headers, bytes: Buffer.concat(parts), broken };
}

/** Asks for an export and reads it. */
export async function exported(app: MemoryApp, token: string, query?: string): Promise<Outcome> {
  return read(await ask(app, token, query));
}

/** A piece that has this text in it. */
export function has(text: string): (piece: Buffer) => boolean {
  return (piece) => piece.includes(text);
}

/** What an archive holds, whose sums were checked. */
export interface Contents {
  readonly entries: readonly Entry[];
  readonly names: readonly string[];
  readonly manifest: ManifestFile;
  /** A file's JSON. */
  readonly json: (name: string) => Record<string, unknown>;
  /** A file's bytes. @throws Error where there is none */
  readonly body: (name: string) => Buffer;
}

export interface ManifestFile {
  readonly format: number;
  readonly part: number;
  readonly parts: number;
  readonly revision: number;
  readonly revisionAtEnd: number;
  readonly keyVersion: number;
  readonly files: readonly { readonly name: string; readonly size: number; readonly sha256: string }[];
  readonly documents: readonly { readonly id: string; readonly sha256: string }[];
  readonly gone: readonly string[];
}

/** Reads an archive, and holds it to its own manifest. @throws Error for one that is not whole */
export function contentsOf(bytes: Buffer): Contents {
  const entries = readZip(bytes);
  const body = (name: string) => {
    const found = entries.find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found.body;
  };
  const json = (name: string) => JSON.parse(body(name).toString()) as Record<string, unknown>;
  const manifest = json('manifest.json') as unknown as ManifestFile;
  const names = entries.map(({ name }) => name);
  expect(names.at(-1)).toBe('manifest.json');
  expect(manifest.files).toEqual(
    entries.slice(0, -1).map((entry) => ({ name: entry.name, size: entry.body.length, sha256: sha256(entry.body) })),
  );
  const documents = names.filter((name) => name.startsWith('documents/'));
  expect(documents).toEqual(manifest.documents.map(({ id }) => `documents/${id}.pdf`));
  return { entries, names, manifest, json, body };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Signs in a request of its own and exports by the use case itself. The request has ended when this returns. */
export async function exportBy(
  app: MemoryApp,
  token: string,
  part: number | null,
  bound?: number,
): Promise<Export & { readonly signedIn: SignedIn }> {
  const signedIn = await authenticate(app.env, token, null, CALLER);
  try {
    const answer = await exportAccount(app.env, signedIn, part, VIEWS, bound);
    return { ...answer, signedIn };
  } finally {
    await signedIn.close();
  }
}

/** All bytes of a body. */
export async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

/** What of a document is chosen; all else is invented. */
export interface Seed {
  /** Bytes of its PDF. */
  readonly size: number;
  readonly title?: string;
}

/**
 * Stores documents, oldest first, whose objects take no memory: they are sealed anew whenever they are read.
 *
 * @returns their ids, and how many objects are open
 */
export async function seedDocuments(app: MemoryApp, token: string, seeds: readonly Seed[]) {
  const { env, store, objects } = app;
  const keys = await keysOf(app, token);
  const { accountId, dekVersion } = keys;
  const begun = env.clock() - seeds.length;
  const bodies = new Map<string, () => { size: number; body: AsyncIterable<Uint8Array> }>();
  const seen = { open: 0 };
  const rows = seeds.map(({ size, title = 'A document' }, place): DocumentRow => {
    const createdAt = begun + place;
    const documentId = newId<DocumentId>(createdAt, env.random(10));
    const object = `documents/${accountId}/${documentId}/seeded`;
    const sealing = keys.beginSeal('content', documentId, 1);
    const sealed = () => watchedBody(sealing.seal(pieces(size)), seen);
    bodies.set(object, () => ({ size: ciphertextSize(size), body: sealed() }));
    const header = Buffer.from(sealing.header).toString('base64');
    const known = { template: null, pages: 1, sha256: 'ab'.repeat(32) };
    const metadata: DocumentMetadata = { title, ...known, size, createdAt, parts: [{ header, object, size }] };
    const expiresAt = createdAt + 90 * 86_400_000;
    return {
      kind: 'document',
      accountId,
      documentId,
      version: 1,
      dekVersion,
      state: 'READY',
      sealed: keys.seal('document', documentId, 1, Buffer.from(JSON.stringify(metadata))),
      objectKeys: [object],
      busyUntil: 0,
      expiresAt,
      dueAt: expiresAt,
    };
  });
  for (const row of rows) store.rows.set(rowName(row), row);
  const get = objects.get.bind(objects);
  objects.get = (key, range) => {
    const body = bodies.get(key);
    return body === undefined ? get(key, range) : Promise.resolve(body());
  };
  const signedIn = await authenticate(env, token, null, CALLER);
  const vault = await signedIn.vault();
  await vault.write(null, [], [], (_, manifest) => {
    const added = rows.map((row) => [entryKey('document', row.documentId), entryOf(row)] as const);
    return { changes: [], manifest: { ...manifest, entries: new Map([...manifest.entries, ...added]) }, result: null };
  });
  await signedIn.close();
  return { ids: rows.map(({ documentId }) => documentId), seen };
}

const PIECE = Buffer.alloc(65_536, 'a document of no memory ');

// An AsyncIterable, as S3's answers are, though nothing here waits.
async function* pieces(size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += PIECE.length) {
    await Promise.resolve();
    yield PIECE.subarray(0, size - at);
  }
}

/** A body that is counted while it is open. */
export async function* watchedBody(
  body: AsyncIterable<Uint8Array>,
  seen: { open: number },
): AsyncGenerator<Uint8Array> {
  seen.open++;
  try {
    yield* body;
  } finally {
    seen.open--;
  }
}
