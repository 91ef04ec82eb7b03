import { createHash } from 'node:crypto';
import type { AccountId, DocumentId, ItemId, SessionId } from '../../lambda/domain/ids.ts';
import type {
  AccountRow,
  ActivityRow,
  DocumentRow,
  ItemRow,
  ManifestRow,
  Row,
  RowKey,
  RowOf,
  SessionRow,
} from '../../lambda/domain/records.ts';
import type { DocumentRenderer } from '../../lambda/ports/document-renderer.ts';
import type { PasswordHasher } from '../../lambda/ports/password-hasher.ts';
import {
  type Answer,
  createMemoryApp,
  type MemoryApp,
  type MemoryAppOptions,
  PASSWORD,
  type Send,
  verdict,
} from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';

/** A hash that costs nothing, where no password is guessed at. */
const FAST_HASHER: PasswordHasher = {
  tail: (prehash, salt, cost) => {
    const hash = createHash('sha256').update(prehash).update(salt).update(String(cost)).digest('base64url');
    return Promise.resolve(Buffer.from(hash.slice(0, 31)));
  },
};

/** A renderer that costs nothing, and shows what it was given. */
export function plain({ templates }: DocumentRenderer): DocumentRenderer {
  return {
    templates,
    render: ({ inputs }) => Promise.resolve({ pdf: Buffer.from(`%PDF-${JSON.stringify(inputs)}`), pages: 1 }),
  };
}

/** The API on memory doubles, its hash and its renderer included: cheap, where neither is the matter. */
export function createCheapApp(options?: MemoryAppOptions): MemoryApp {
  const app = createMemoryApp(options);
  Object.assign(app.env, { hasher: FAST_HASHER, renderer: plain(app.env.renderer) });
  return app;
}

/** What the owner's vault went through, in order; the last one is how it stands. */
export const STEPS = [
  'registered',
  'wrap renewed',
  'sessions ended',
  'person made',
  'signed in elsewhere',
  'code made',
  'note made',
  'document made',
  'person replaced',
  'extras made',
  'extras removed',
  'spare made',
  'person replaced again',
  'note replaced',
  'note revealed',
] as const;
export type Step = (typeof STEPS)[number];
/** The steps behind which the manifest is another one than at last: the last step writes none. */
export const EARLIER_STEPS = STEPS.slice(0, -2);

/** The kinds of rows that an account consists of. */
export const KINDS = ['account', 'manifest', 'item', 'document', 'session', 'activity'] as const;
export type Kind = (typeof KINDS)[number];

const EMAILS = { owner: 'owner@example.com', other: 'other@example.com' } as const;

/** What stands in the other account's rows and nowhere else. */
export const CANARY = 'Zanzibar Quillfeather';

/** The rows that a world's attacker has a name for. */
export interface Rows {
  readonly account: AccountRow;
  readonly manifest: ManifestRow;
  readonly person: ItemRow;
  readonly note: ItemRow;
  readonly document: DocumentRow;
  readonly spare: DocumentRow;
  /** Of the session that wrote last. */
  readonly session: SessionRow;
  /** Its last entry. */
  readonly entry: ActivityRow;
}

/** Two accounts, all that the owner's rows ever were, and a table to do with as one likes. */
export interface World {
  readonly app: MemoryApp;
  /** Of the session that calls: it wrote last. */
  readonly token: string;
  /** Of a session that lives too, and has done nothing since it began. */
  readonly elsewhere: string;
  readonly revision: number;
  readonly owner: Rows;
  readonly other: Rows & { readonly token: string };
  /** Rows of the owner that were removed; the session is a guest's, who was signed in from 'extras made' to 'extras removed'. */
  readonly gone: { readonly item: ItemRow; readonly document: DocumentRow; readonly session: SessionRow };
  readonly guest: string;
  /** A row as it was after a step. @throws Error where there was none */
  readonly at: <K extends RowKey>(step: Step, key: K) => RowOf<K>;
  /** All of the owner's rows as they were after a step, but for sessions and activity. */
  readonly allAt: (step: Step) => Row[];
  /** The owner's rows of a kind, as they were after a step. */
  readonly ofKindAt: (step: string, kind: Kind) => Row[];
  /** The step that it stands at. */
  readonly now: string;
  /** The step at which the manifest of a step was written: the last one writes none. */
  readonly written: (step: string) => string;
  readonly write: (...rows: readonly Row[]) => void;
  readonly remove: (...keys: readonly RowKey[]) => void;
  /** Puts every row and object back. */
  readonly restore: () => void;
  readonly call: (call: string, send?: Send) => Promise<Answer>;
}

/** Lives through all {@link STEPS}. */
export async function createWorld(): Promise<World> {
  const app = createCheapApp();
  const weak = createCheapApp({ settings: { suite: 1 }, sharing: app });
  const { rows } = app.store;
  const history = new Map<string, ReadonlyMap<string, Row>>();
  const done = (step: Step) => history.set(step, new Map(rows));

  const other = await liveElsewhere(app);
  const { accountId: id } = await weak.register(EMAILS.owner);
  const accountId = id as AccountId;
  done('registered');
  let token = await signIn(app, 'owner');
  done('wrap renewed');
  await ok(app.call('DELETE /v1/sessions', { token }));
  done('sessions ended');
  token = await signIn(app, 'owner');
  const person = await app.addItem(token, 'person', { givenName: 'Ada', familyName: 'Example' });
  done('person made');
  const elsewhere = await signIn(app, 'owner');
  done('signed in elsewhere');
  await ok(app.call('POST /v1/account/recovery-code', { token, body: { password: PASSWORD } }));
  done('code made');
  const note = await app.addItem(token, 'note', { text: 'one' });
  done('note made');
  const document = await makeDocument(app, token, person);
  done('document made');
  await replace(app, token, person, 1, { givenName: 'Ada', familyName: 'Sample' });
  done('person replaced');
  const extra = await app.addItem(token, 'phone', { number: '+4930901820' });
  const extraDocument = await makeDocument(app, token, person);
  const guest = await signIn(app, 'owner');
  done('extras made');
  await ok(app.call(`DELETE /v1/items/${extra}`, { token }));
  await ok(app.call(`DELETE /v1/documents/${extraDocument}`, { token }));
  await ok(app.call(`DELETE /v1/sessions/${sessionOf(guest)}`, { token }));
  done('extras removed');
  const spare = await makeDocument(app, token, person);
  done('spare made');
  await replace(app, token, person, 2, { givenName: 'Ada', familyName: 'Specimen' });
  done('person replaced again');
  await replace(app, token, note, 1, { text: 'two' });
  done('note replaced');
  await ok(app.call(`GET /v1/items/${note}`, { token }));
  done('note revealed');

  const now = new Map(rows);
  const objects = new Map(app.objects.objects);
  const at = <K extends RowKey>(step: Step, key: K): RowOf<K> => {
    const row = history.get(step)?.get(rowName(key));
    if (row === undefined) throw new Error(`no such row after "${step}"`);
    return row as RowOf<K>;
  };
  const ofKindAt = (step: string, kind: Kind): Row[] => ofKind(history.get(step) ?? new Map(), accountId, kind);
  const key = {
    person: { kind: 'item', accountId, itemId: person as ItemId },
    note: { kind: 'item', accountId, itemId: note as ItemId },
    document: { kind: 'document', accountId, documentId: document as DocumentId },
    spare: { kind: 'document', accountId, documentId: spare as DocumentId },
  } as const;
  const last = <K extends RowKey>(name: K) => at('note revealed', name);
  const owner: Rows = {
    account: last({ kind: 'account', accountId }),
    manifest: last({ kind: 'manifest', accountId }),
    person: last(key.person),
    note: last(key.note),
    document: last(key.document),
    spare: last(key.spare),
    session: last({ kind: 'session', accountId, sessionId: sessionOf(token) }),
    entry: lastEntry(rows, accountId),
  };
  return {
    app,
    token,
    elsewhere,
    revision: owner.manifest.revision,
    owner,
    other,
    gone: {
      item: at('extras made', { kind: 'item', accountId, itemId: extra as ItemId }),
      document: at('extras made', { kind: 'document', accountId, documentId: extraDocument as DocumentId }),
      session: at('extras made', { kind: 'session', accountId, sessionId: sessionOf(guest) }),
    },
    guest,
    at,
    allAt: (step) => KINDS.slice(0, 4).flatMap((kind) => ofKindAt(step, kind)),
    ofKindAt,
    now: 'note revealed',
    written: (step) => (step === 'note revealed' ? 'note replaced' : step),
    write: (...written) => {
      for (const row of written) rows.set(rowName(row), row);
    },
    remove: (...keys) => {
      for (const removed of keys) rows.delete(rowName(removed));
    },
    restore: () => {
      refill(rows, now);
      refill(app.objects.objects, objects);
    },
    call: (call, send) => app.call(call, { token, ...send }),
  };
}

/** The same world, as the session meets it that did not write last. */
export function fromElsewhere(world: World): World {
  const { app, elsewhere: token } = world;
  return { ...world, token, call: (call, send) => app.call(call, { token, ...send }) };
}

/** The body that signs an account in. */
export function credentials(who: keyof typeof EMAILS) {
  return { email: EMAILS[who], password: PASSWORD };
}

/** A copy with one byte changed; a place below 0 counts from the end. */
export function flipped<T extends Uint8Array>(bytes: T, place: number): T {
  const copy = Uint8Array.from(bytes);
  const index = place < 0 ? copy.length + place : place;
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy as unknown as T;
}

async function liveElsewhere(app: MemoryApp): Promise<World['other']> {
  const first = await app.register(EMAILS.other);
  // The same epoch as the owner's, so that nothing but the contents tells the two account rows apart.
  await ok(app.call('DELETE /v1/sessions', { token: first.token }));
  const token = await signIn(app, 'other');
  const accountId = first.accountId as AccountId;
  const itemId = (await app.addItem(token, 'person', { givenName: CANARY, familyName: CANARY }, CANARY)) as ItemId;
  const noteId = (await app.addItem(token, 'note', { text: CANARY })) as ItemId;
  const documentId = (await makeDocument(app, token, itemId, CANARY)) as DocumentId;
  const spareId = (await makeDocument(app, token, itemId, CANARY)) as DocumentId;
  const row = async <K extends RowKey>(key: K): Promise<RowOf<K>> => {
    const found = await app.store.get(key);
    if (found === null) throw new Error('the other account lacks a row');
    return found;
  };
  return {
    token,
    account: await row({ kind: 'account', accountId }),
    manifest: await row({ kind: 'manifest', accountId }),
    person: await row({ kind: 'item', accountId, itemId }),
    note: await row({ kind: 'item', accountId, itemId: noteId }),
    document: await row({ kind: 'document', accountId, documentId }),
    spare: await row({ kind: 'document', accountId, documentId: spareId }),
    session: await row({ kind: 'session', accountId, sessionId: sessionOf(token) }),
    entry: lastEntry(app.store.rows, accountId),
  };
}

async function signIn(app: MemoryApp, who: keyof typeof EMAILS): Promise<string> {
  return (await ok(app.call('POST /v1/sessions', { body: credentials(who) }))).text('session.token');
}

async function makeDocument(app: MemoryApp, token: string, item: string, title = 'Record'): Promise<string> {
  const body = { template: 'personal-data-record', title, inputs: { items: [item] } };
  return (await ok(app.call('POST /v1/documents', { token, body }))).text('id');
}

async function replace(app: MemoryApp, token: string, id: string, version: number, data: unknown): Promise<void> {
  await ok(app.call(`PUT /v1/items/${id}`, { token, body: { data }, headers: { 'if-match': `"${version}"` } }));
}

async function ok(answering: Promise<Answer>): Promise<Answer> {
  const answer = await answering;
  if (answer.status >= 300) throw new Error(`the world does not begin: ${verdict(answer)}`);
  return answer;
}

/** Makes a map hold what another one does. */
export function refill<T>(map: Map<string, T>, from: ReadonlyMap<string, T>): void {
  map.clear();
  for (const [name, value] of from) map.set(name, value);
}

function lastEntry(rows: ReadonlyMap<string, Row>, accountId: AccountId): ActivityRow {
  const [entry] = ofKind(rows, accountId, 'activity')
    .filter((row) => row.kind === 'activity')
    .sort((a, b) => (a.activityId < b.activityId ? 1 : -1));
  if (entry === undefined) throw new Error('nothing was done in the account');
  return entry;
}

/** An account's rows of a kind. */
export function ofKind(rows: ReadonlyMap<string, Row>, accountId: AccountId, kind: Kind): Row[] {
  return [...rows.values()].filter((row) => row.kind === kind && 'accountId' in row && row.accountId === accountId);
}

/** The id of the session that a token names. */
export function sessionOf(token: string): SessionId {
  return (token.split('.')[2] ?? '') as SessionId;
}
