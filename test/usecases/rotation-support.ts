import { expect } from '@jest/globals';
import { parseToken } from '../../lambda/crypto/session-token.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { DocumentRow, Row } from '../../lambda/domain/records.ts';
import type { DocumentMetadata } from '../../lambda/usecases/documents.ts';
import { ACTIVITY_VERSION } from '../../lambda/usecases/journal.ts';
import { openSession } from '../../lambda/usecases/sessions.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { type Answer, type MemoryApp, PASSWORD } from '../fixtures/app.ts';
import { type AccountsApp, accountRow, createAccountsApp, MINUTE, rowsOf, sessionRow } from './support.ts';

/** An app with an account that holds something of every kind. */
export interface RotationApp extends AccountsApp {
  readonly token: string;
  readonly accountId: string;
  readonly sessionId: string;
  /** Of an item's and of a document's making, each sent with {@link KEY}. */
  readonly itemId: string;
  readonly documentId: string;
  /** The keys of the DEK that the account was made with, as that and as the one that follows it. */
  readonly old: readonly [VaultKeys, VaultKeys];
}

export const KEY = { 'idempotency-key': 'made-once' } as const;
export const DOCUMENT_KEY = { 'idempotency-key': 'drawn-once' } as const;
export const NOTE = { type: 'note', label: 'first', data: { text: 'a note of the owner' } } as const;
/** Bytes of the PDFs that are made, in turn: below, at and above a chunk of the sealed stream. */
const SIZES = [300, 16_384, 40_000];

/** An app whose PDFs cost nothing: random bytes. */
export function createRotationApp(): AccountsApp {
  const app = createAccountsApp();
  let made = 0;
  const render = () => {
    const pdf = app.env.random(SIZES[made++ % SIZES.length] ?? 0);
    return Promise.resolve({ pdf, pages: 1 });
  };
  Object.assign(app.env, { renderer: { ...app.env.renderer, render } });
  return app;
}

/** An account with three items, some documents, and what was done with them. @param documents from 1 */
export async function furnished(documents = 1): Promise<RotationApp> {
  const app = createRotationApp();
  const { token, accountId, sessionId } = await app.register();
  const old = [await keysOf(app, token), await keysOf(app, token, 2)] as const;
  const itemId = (await app.call('POST /v1/items', { token, headers: KEY, body: NOTE })).text('id');
  await app.addItem(token, 'person', { givenName: 'Ada', familyName: 'Example' }, 'myself');
  await app.addItem(token, 'phone', { number: '+442079460000' }, 'second');
  const documentId = (await draw(app, token, itemId, DOCUMENT_KEY)).text('id');
  for (let i = 1; i < documents; i++) await draw(app, token, itemId);
  return { ...app, token, accountId, sessionId, itemId, documentId, old };
}

/** A rotation that stands, of which nothing was moved but the first item. */
export async function begun(documents = 1): Promise<RotationApp> {
  const app = await furnished(documents);
  await step(app, app.token, 1, PASSWORD);
  return app;
}

/** Lets maintenance do what is due in so many ms. */
export async function maintain(app: AccountsApp, after: number): Promise<void> {
  app.pass(after);
  await sweep(app.env, app.time.now + MINUTE);
}

/** Makes a document of an item. */
export function draw(app: MemoryApp, token: string, itemId: string, headers = {}, retentionDays = 90): Promise<Answer> {
  const body = { template: 'personal-data-record', inputs: { items: [itemId] }, retentionDays };
  return app.call('POST /v1/documents', { token, headers, body });
}

/** One call of a rotation, with the password where it is to start. */
export function step(app: MemoryApp, token: string, limit?: number, password?: string): Promise<Answer> {
  return app.call('POST /v1/account/key-rotation', { token, body: { limit, password } });
}

/** What is left, as an answer tells it. @throws Error for an answer that is none */
export function remaining(answer: Answer): number {
  expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  return (answer.body as { remaining: number }).remaining;
}

/** Starts a rotation, where a password is given, and calls until nothing is left. @returns what was left after each call */
export async function rotate(app: MemoryApp, token: string, limit = 1000, password?: string): Promise<number[]> {
  const left = [remaining(await step(app, token, limit, password))];
  while (left.at(-1) !== 0) {
    if (left.length > 200) throw new Error(`the rotation does not end: ${left.join(' ')}`);
    left.push(remaining(await step(app, token, limit)));
  }
  return left;
}

/** All that an owner can read of a vault: items whole, masked and listed, documents and their contents. */
export async function readAll(app: MemoryApp, token: string) {
  const good = async (call: string, body?: unknown) => {
    const answer = await app.call(call, body === undefined ? { token } : { token, body });
    expect([call, answer.status]).toEqual([call, 200]);
    return answer;
  };
  const items = await pages(app, token, '/v1/items?reveal=true&limit=100', 'items');
  const documents = await pages(app, token, '/v1/documents?limit=100', 'documents');
  return {
    items,
    documents,
    masked: await pages(app, token, '/v1/items?limit=2', 'items'),
    found: (await good('POST /v1/items/search', { label: 'S', reveal: true })).body,
    etags: await Promise.all(items.map(async ({ id }) => (await good(`GET /v1/items/${id}`)).headers.get('etag'))),
    contents: await Promise.all(
      documents.map(async ({ id }) => (await good(`GET /v1/documents/${id}/content`)).bytes.toString('base64')),
    ),
  };
}

async function pages(app: MemoryApp, token: string, path: string, name: 'items' | 'documents') {
  const all: { readonly id: string }[] = [];
  let cursor: string | null = null;
  do {
    const next: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer = await app.call(`GET ${path}${next}`, { token });
    expect(answer.status).toBe(200);
    const page = answer.body as Record<typeof name, { id: string }[]> & { nextCursor: string | null };
    all.push(...page[name]);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return all;
}

/** The keys of the DEK that a session opens. @param dekVersion what the DEK is taken for */
export async function keysOf(app: MemoryApp, token: string, dekVersion?: number): Promise<VaultKeys> {
  const parsed = parseToken(token);
  if (parsed === null) throw new Error('no token');
  const row = sessionRow(app, parsed.sessionId);
  const dek = await openSession(app.env, row, parsed.secret);
  return new VaultKeys(dek, row.accountId, dekVersion ?? row.dekVersion, app.env.random);
}

/** A sealed message of the table, with what it is bound to. */
type Message = readonly [kind: Parameters<VaultKeys['open']>[0], id: string, version: number, sealed: Uint8Array];

function messagesOf(row: Row): Message[] {
  switch (row.kind) {
    case 'account':
      return [
        ['profile', row.accountId, row.profileVersion, row.profile],
        ...(row.recovery === undefined
          ? []
          : [['recovery', row.accountId, row.recovery.version, row.recovery.sealed] as const]),
        ...(row.previousDek === undefined
          ? []
          : [['previous-dek', row.accountId, row.previousDek.version, row.previousDek.sealed] as const]),
      ];
    case 'manifest':
      return [['manifest', row.accountId, row.revision, row.sealed]];
    case 'session':
      return [['session', row.sessionId, row.epoch, row.sealed]];
    case 'item':
      return [['item', row.itemId, row.version, row.sealed]];
    case 'activity':
      return [['activity', row.activityId, ACTIVITY_VERSION, row.sealed]];
    case 'document':
      return row.sealed === null ? [] : [['document', row.documentId, row.version, row.sealed]];
    default:
      return [];
  }
}

/** How many of the table's sealed messages the keys open, of how many. */
export function opened(app: MemoryApp, keys: VaultKeys): readonly [opened: number, all: number] {
  const messages = [...app.store.rows.values()].flatMap(messagesOf);
  return [messages.filter(([...message]) => opens(() => keys.open(...message))).length, messages.length];
}

function opens(act: () => unknown): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}

/** How many of the bucket's objects the keys open: by the headers that metadata tell of, and by the objects' own. */
export async function openedObjects(app: MemoryApp, keys: VaultKeys): Promise<number> {
  let count = 0;
  for (const row of rowsOf(app, 'document')) {
    for (const name of row.objectKeys) if (await opensObject(app, keys, row, name)) count++;
  }
  return count;
}

async function opensObject(app: MemoryApp, keys: VaultKeys, row: DocumentRow, name: string): Promise<boolean> {
  const bytes = app.objects.objects.get(name);
  if (bytes === undefined) return false;
  for (let part = 1; part <= row.objectKeys.length; part++) {
    try {
      const body = keys.openStream('content', row.documentId, part, bytes.slice(0, 56), [bytes]);
      for await (const _ of body);
      return true;
    } catch {
      // It is another part, or under another DEK.
    }
  }
  return false;
}

/** Holds that every object of the bucket is named by a row, and every name of a row has its object. */
export function requireNoOrphans(app: MemoryApp): void {
  const named = rowsOf(app, 'document').flatMap(({ objectKeys }) => objectKeys);
  expect([...app.objects.objects.keys()].sort()).toEqual(named.sort());
}

/** Holds that the account's first rotation is over: all rows and objects are the new DEK's alone, the old one opens none. */
export async function requireMoved(app: MemoryApp, token: string, old: RotationApp['old']): Promise<void> {
  const keys = await keysOf(app, token);
  expect(keys.dekVersion).toBe(2);
  expect(accountRow(app, keys.accountId).previousDek).toBeUndefined();
  const versions = [...app.store.rows.values()].flatMap((row) => ('dekVersion' in row ? [row.dekVersion] : []));
  expect(new Set(versions)).toEqual(new Set([2]));
  const [open, all] = opened(app, keys);
  expect(open).toBe(all);
  requireNoOrphans(app);
  expect(await openedObjects(app, keys)).toBe(app.objects.objects.size);
  for (const guess of old) {
    expect(opened(app, guess)[0]).toBe(0);
    expect(await openedObjects(app, guess)).toBe(0);
  }
  for (const row of rowsOf(app, 'document'))
    expect(row.objectKeys).toEqual(metadataOf(keys, row).parts.map(({ object }) => object));
  keys.wipe();
}

/** A document's sealed metadata. @throws IntegrityError */
export function metadataOf(keys: VaultKeys, { documentId, version, sealed }: DocumentRow): DocumentMetadata {
  const plain = keys.open('document', documentId, version, sealed ?? new Uint8Array(0));
  return JSON.parse(Buffer.from(plain).toString()) as DocumentMetadata;
}
