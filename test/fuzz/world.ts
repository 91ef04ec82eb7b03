import type { Contract } from './document.ts';
import { jsonOf, type Received, type Sending } from './sending.ts';

export interface Session {
  readonly id: string;
  readonly token: string;
  /** When it was used last, and when its password was given last, ms. */
  seenAt: number;
  freshAt: number;
  readonly expiresAt: number;
}

/** The ids that paths name, by the parameter's name. */
export type Kind = 'itemId' | 'documentId' | 'uploadId' | 'sessionId';
export const KINDS: readonly Kind[] = ['itemId', 'documentId', 'uploadId', 'sessionId'];

/** What earlier answers told of an account. */
export interface Account {
  email: string;
  password: string;
  /** How its password came; undefined for one as it was typed. */
  passwordKind: unknown;
  readonly sessions: Map<string, Session>;
  readonly items: Map<string, { readonly type: string; readonly version: number }>;
  readonly documents: Map<string, { readonly etag: string; readonly size: number; readonly expiresAt: number }>;
  /** Parts by number. */
  readonly uploads: Map<string, Map<number, Buffer>>;
  /** By operation. */
  readonly cursors: Map<string, string>;
  /** Ids that are no more. */
  readonly gone: Readonly<Record<Kind, Set<string>>>;
  readonly deadTokens: string[];
  /** Idempotency keys by operation. */
  readonly keys: Map<string, string>;
  recoveryCode: string | null;
  revision: number;
  rotating: boolean;
  isDeleted: boolean;
}

const MINUTE = 60_000;
/** A session ends half an hour after its last use, and its use may be noted up to a minute late. */
const SURELY_LIVE_MS = 25 * MINUTE;
const SURELY_FRESH_MS = 9 * MINUTE;

/** What is known of the service, learnt from its answers. */
export class World {
  readonly accounts: Account[] = [];
  /** From listTemplates and listItemTypes. */
  templates: unknown[] = [];
  itemTypes: unknown[] = [];
  readonly contract: Contract;
  readonly clock: () => number;

  constructor(contract: Contract, clock: () => number) {
    this.contract = contract;
    this.clock = clock;
  }

  get living(): Account[] {
    return this.accounts.filter(({ isDeleted }) => !isDeleted);
  }

  /** The account's sessions that are live beyond doubt; all others are dropped. */
  liveSessions(account: Account): Session[] {
    const now = this.clock();
    for (const [id, { seenAt, expiresAt }] of account.sessions) {
      if (now - seenAt > SURELY_LIVE_MS || now > expiresAt - MINUTE) account.sessions.delete(id);
    }
    return [...account.sessions.values()];
  }

  isFresh({ freshAt }: Session): boolean {
    return this.clock() - freshAt < SURELY_FRESH_MS;
  }

  /** The account's ids of one kind that are there beyond doubt. */
  idsOf(account: Account, kind: Kind): string[] {
    const now = this.clock();
    for (const [id, { expiresAt }] of account.documents) {
      if (now > expiresAt) drop(account, 'documentId', id);
      // Not to be used any more, and not to be called gone yet.
      else if (now > expiresAt - MINUTE) account.documents.delete(id);
    }
    const { items: itemId, documents: documentId, uploads: uploadId, sessions: sessionId } = account;
    if (kind === 'sessionId') this.liveSessions(account);
    return [...{ itemId, documentId, uploadId, sessionId }[kind].keys()];
  }

  /** Notes what an answer tells. */
  learn(sending: Sending, { status, headers, bytes }: Received): void {
    const { account, session, operation } = sending;
    const revision = Number(headers['x-vault-revision'] ?? 0);
    if (account !== null && status !== 409) account.revision = Math.max(account.revision, revision);
    if (session !== null && sending.token === session.token && status !== 401) session.seenAt = this.clock();
    if (operation === null || status >= 300 || sending.method !== operation.method) return;
    const answer = (jsonOf(bytes) ?? {}) as Record<string, unknown>;
    const sent = (jsonOf(sending.body) ?? {}) as Record<string, unknown>;
    const text = (name: string) => String(answer[name]);
    if (operation.id === 'listTemplates') this.templates = answer['templates'] as unknown[];
    if (operation.id === 'listItemTypes') this.itemTypes = answer['types'] as unknown[];
    if (operation.id === 'registerAccount') {
      this.accounts.push(accountOf(String(sent['email']), String(sent['password']), sent['passwordKind']));
      this.#enter(this.accounts.at(-1), answer);
    }
    if (operation.id === 'signIn') this.#enter(this.#named(sent['email']), answer);
    if (operation.id === 'recoverAccount') {
      const recovered = this.#named(sent['email']);
      if (recovered === undefined) return;
      const { newPassword: password, passwordKind } = sent;
      Object.assign(recovered, { password, passwordKind, recoveryCode: answer['recoveryCode'] });
      endOthers(recovered, null);
      this.#enter(recovered, answer);
    }
    if (account === null) return;
    const param = (name: Kind) => sending.params[name] ?? '';
    const key = sending.headers['idempotency-key'];
    if (key !== undefined) account.keys.set(operation.id, key);
    if (typeof answer['nextCursor'] === 'string') account.cursors.set(operation.id, answer['nextCursor']);
    switch (operation.id) {
      case 'changePassword':
        account.password = String(sent['newPassword']);
        account.passwordKind = sent['passwordKind'];
        endOthers(account, session);
        break;
      case 'changeEmail':
        account.email = String(sent['email']);
        if (typeof sent['newPassword'] === 'string') account.password = sent['newPassword'];
        break;
      case 'createRecoveryCode':
        account.recoveryCode = text('recoveryCode');
        break;
      case 'removeRecoveryCode':
        account.recoveryCode = null;
        break;
      case 'reauthenticate':
        if (session !== null) session.freshAt = this.clock();
        break;
      case 'rotateKeys':
        if (sent['password'] !== undefined && !account.rotating) endOthers(account, session);
        account.rotating = answer['remaining'] !== 0;
        account.cursors.clear();
        // Those from before it end with it.
        account.uploads.clear();
        break;
      case 'deleteAccount':
        account.isDeleted = true;
        endOthers(account, null);
        break;
      case 'signOut':
        if (session !== null) drop(account, 'sessionId', session.id);
        break;
      case 'endAllSessions':
        endOthers(account, null);
        break;
      case 'endSession':
        drop(account, 'sessionId', param('sessionId'));
        break;
      case 'createItem':
      case 'replaceItem':
        account.items.set(text('id'), { type: text('type'), version: Number(answer['version']) });
        break;
      case 'deleteItem':
        drop(account, 'itemId', param('itemId'));
        break;
      case 'completeUpload':
        drop(account, 'uploadId', text('id'));
        noteDocument(account, answer);
        break;
      case 'generateDocument':
      case 'shortenDocument':
        noteDocument(account, answer);
        break;
      case 'deleteDocument':
        drop(account, 'documentId', param('documentId'));
        break;
      case 'beginUpload':
        if (!account.uploads.has(text('uploadId'))) account.uploads.set(text('uploadId'), new Map());
        break;
      case 'putUploadPart':
        account.uploads.get(param('uploadId'))?.set(Number(answer['part']), sending.body ?? Buffer.alloc(0));
        break;
      case 'abortUpload':
        drop(account, 'uploadId', param('uploadId'));
        break;
      default:
    }
  }

  #named(email: unknown): Account | undefined {
    return this.living.find((account) => account.email.toLowerCase() === String(email).trim().toLowerCase());
  }

  #enter(account: Account | undefined, answer: Record<string, unknown>): void {
    const { id, token, expiresAt } = answer['session'] as { id: string; token: string; expiresAt: string };
    const now = this.clock();
    account?.sessions.set(id, { id, token, seenAt: now, freshAt: now, expiresAt: Date.parse(expiresAt) });
  }
}

/** An account of which nothing is known but how to sign in. */
export function accountOf(email: string, password: string, passwordKind?: unknown): Account {
  return {
    email,
    password,
    passwordKind,
    sessions: new Map(),
    items: new Map(),
    documents: new Map(),
    uploads: new Map(),
    cursors: new Map(),
    gone: { itemId: new Set(), documentId: new Set(), uploadId: new Set(), sessionId: new Set() },
    deadTokens: [],
    keys: new Map(),
    recoveryCode: null,
    revision: 0,
    rotating: false,
    isDeleted: false,
  };
}

function drop(account: Account, kind: Kind, id: string): void {
  const { items: itemId, documents: documentId, uploads: uploadId, sessions: sessionId } = account;
  const token = sessionId.get(id)?.token;
  if (kind === 'sessionId' && token !== undefined) account.deadTokens.push(token);
  if ({ itemId, documentId, uploadId, sessionId }[kind].delete(id)) account.gone[kind].add(id);
}

function endOthers(account: Account, kept: Session | null): void {
  for (const id of account.sessions.keys()) if (id !== kept?.id) drop(account, 'sessionId', id);
}

function noteDocument(account: Account, answer: Record<string, unknown>): void {
  const expiresAt = Date.parse(String(answer['expiresAt']));
  const etag = `"${String(answer['sha256'])}"`;
  account.documents.set(String(answer['id']), { etag, size: Number(answer['size']), expiresAt });
}
