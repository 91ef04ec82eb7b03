import { AccountCalls } from './account.ts';
import { Connection } from './connection.ts';
import { DocumentCalls } from './documents.ts';
import { ItemCalls } from './items.ts';
import { Passwords } from './passwords.ts';
import { SessionCalls } from './sessions.ts';
import type { CallOptions, ClientOptions, Session, SignedOutReason } from './types.ts';

export type { AccountCalls } from './account.ts';
export type {
  Account,
  ActivityEntry,
  ActivityPage,
  DeletionReceipt,
  Document,
  DocumentPage,
  Issue,
  ItemType,
  ItemTypeInfo,
  NewDocument,
  Rotation,
  SessionEntry,
  Template,
} from './contract.ts';
export type { DocumentCalls, DocumentFilter } from './documents.ts';
export type { ByteRange, DownloadOptions } from './download.ts';
export { type ErrorCode, TwinlockError, VaultRolledBackError } from './errors.ts';
export type { ItemCalls, ItemFilter, Listed } from './items.ts';
export type { Paged } from './paging.ts';
export type { SessionCalls } from './sessions.ts';
export type {
  CallOptions,
  ClientOptions,
  CreateOptions,
  Download,
  Item,
  ItemData,
  ItemPage,
  MaskedItem,
  NewItem,
  Progress,
  RevisionMemory,
  Session,
  SignedOutReason,
  Stretching,
} from './types.ts';
export type { UploadOptions, UploadSource } from './upload.ts';

/**
 * A vault, as its owner calls it.
 *
 * Every call rejects with a `TwinlockError`, or with its signal's reason. What the service asks to send again is sent again, and
 * so is what no answer came of where that can't be done twice.
 */
export class TwinlockClient {
  readonly account: AccountCalls;
  readonly sessions: SessionCalls;
  readonly items: ItemCalls;
  readonly documents: DocumentCalls;
  readonly #connection: Connection;
  readonly #passwords: Passwords;

  /** @throws TypeError where there is no URL to call, or stretching has no service's name */
  constructor(options: ClientOptions = {}) {
    this.#connection = new Connection(options);
    this.#passwords = new Passwords(options.stretching);
    this.account = new AccountCalls(this.#connection, this.#passwords);
    this.sessions = new SessionCalls(this.#connection);
    this.items = new ItemCalls(this.#connection);
    this.documents = new DocumentCalls(this.#connection);
  }

  /** The session that is signed in to; null where there is none. */
  get session(): Session | null {
    return this.#connection.session;
  }

  /** Calls the listener when a session is over. Returns what takes it off again. */
  onSignedOut(listener: (reason: SignedOutReason) => void): () => void {
    return this.#connection.listen(listener);
  }

  /**
   * Makes an account and signs in.
   *
   * @param account `acceptDataLoss`: the user accepts that forgetting the password loses the data, unless a recovery code was
   *   asked for before
   */
  async register(
    {
      email,
      password,
      acceptDataLoss,
    }: { readonly email: string; readonly password: string; readonly acceptDataLoss: true },
    { signal }: CallOptions = {},
  ): Promise<Session> {
    const fields = await this.#passwords.fields({ password: { password, email, isNew: true } });
    const body = { email, acceptDataLoss, ...fields };
    return this.#connection.enter(
      await this.#connection.call('POST /v1/accounts', { body, open: true, again: false, signal }),
      email,
    );
  }

  /**
   * Signs in. A session from before is ended.
   *
   * @param credentials with `kind: 'plain'` the password is sent as it is, to an account from before stretching
   */
  async signIn(
    {
      email,
      password,
      kind,
    }: { readonly email: string; readonly password: string; readonly kind?: 'plain' | undefined },
    { signal }: CallOptions = {},
  ): Promise<Session> {
    const body = { email, ...(await this.#passwords.fields({ password: { password, email, kind } })) };
    return this.#connection.enter(
      await this.#connection.call('POST /v1/sessions', { body, open: true, again: false, signal }),
      email,
    );
  }

  /** Sets a new password by the recovery code, which is spent, and signs in. Gives the code that takes its place. */
  async recover(
    {
      email,
      recoveryCode,
      newPassword,
    }: { readonly email: string; readonly recoveryCode: string; readonly newPassword: string },
    { signal }: CallOptions = {},
  ): Promise<{ recoveryCode: string }> {
    const fields = await this.#passwords.fields({ newPassword: { password: newPassword, email, isNew: true } });
    const body = { email, recoveryCode, ...fields };
    const recovered = await this.#connection.call('POST /v1/recovery', { body, open: true, again: false, signal });
    this.#connection.enter(recovered, email);
    return { recoveryCode: recovered.recoveryCode };
  }

  /** Ends the session. It is forgotten here even where that fails. */
  async signOut({ signal }: CallOptions = {}): Promise<void> {
    await this.#connection.leave({ signal });
  }
}
