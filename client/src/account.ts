import type { Connection } from './connection.ts';
import type { Account, ActivityEntry, ActivityPage, DeletionReceipt, Rotation } from './contract.ts';
import { fileOf } from './download.ts';
import { Paged } from './paging.ts';
import type { Passwords } from './passwords.ts';
import type { CallOptions, Download, Progress } from './types.ts';

/** The account: its password, e-mail, recovery code and keys, what was done in it, and its end. */
export class AccountCalls {
  readonly #connection: Connection;
  readonly #passwords: Passwords;

  /** @internal */
  constructor(connection: Connection, passwords: Passwords) {
    this.#connection = connection;
    this.#passwords = passwords;
  }

  /** The account as it stands. */
  get({ signal }: CallOptions = {}): Promise<Account> {
    return this.#connection.call('GET /v1/account', { again: true, signal });
  }

  /**
   * Changes the password. Every other session ends.
   *
   * @param change with `currentKind: 'plain'` the current one is sent as it is: so an account moves over to stretching
   */
  async changePassword(
    change: {
      readonly currentPassword: string;
      readonly newPassword: string;
      readonly currentKind?: 'plain' | undefined;
    },
    { signal }: CallOptions = {},
  ): Promise<void> {
    const { email } = this.#connection;
    const body = await this.#passwords.fields({
      currentPassword: { password: change.currentPassword, email, kind: change.currentKind },
      newPassword: { password: change.newPassword, email, isNew: true },
    });
    await this.#connection.call('PUT /v1/account/password', { body, again: false, signal });
  }

  /** Changes the e-mail; the password stays. */
  async changeEmail(
    { password, email }: { readonly password: string; readonly email: string },
    { signal }: CallOptions = {},
  ): Promise<void> {
    const given = { password: { password, email: this.#connection.email } };
    // A stretched password has another form under another e-mail.
    const fields = this.#passwords.areStretched
      ? await this.#passwords.fields({ ...given, newPassword: { password, email } })
      : await this.#passwords.fields(given);
    await this.#connection.call('PUT /v1/account/email', { body: { ...fields, email }, again: false, signal });
    this.#connection.rename(email);
  }

  /** Makes a recovery code, which takes the place of an older one. It is told this once. */
  async createRecoveryCode(password: string, { signal }: CallOptions = {}): Promise<string> {
    const body = await this.#confirm(password);
    return (await this.#connection.call('POST /v1/account/recovery-code', { body, again: false, signal })).recoveryCode;
  }

  /** Removes the recovery code. */
  async removeRecoveryCode(password: string, { signal }: CallOptions = {}): Promise<void> {
    const body = await this.#confirm(password);
    await this.#connection.call('POST /v1/account/recovery-code/removal', { body, again: false, signal });
  }

  /** Gives the password anew, so that what asks for a fresh sign-in takes this session for ten minutes. */
  async reauthenticate(password: string, { signal }: CallOptions = {}): Promise<void> {
    const body = await this.#confirm(password);
    await this.#connection.call('POST /v1/sessions/current/reauthentication', { body, again: false, signal });
  }

  /**
   * Moves all that is stored to a fresh key, step by step to the end. Every other session ends at the start.
   *
   * @param password null goes on with a rotation that stands
   * @param options `limit` rows a step, 1 to 1,000
   */
  async rotateKeys(
    password: string | null,
    {
      onProgress,
      limit,
      signal,
    }: CallOptions & { readonly onProgress?: (step: Rotation) => void; readonly limit?: number } = {},
  ): Promise<Rotation> {
    const step = limit === undefined ? {} : { limit };
    let first = password === null ? null : { ...step, ...(await this.#confirm(password)) };
    for (;;) {
      const again = first === null;
      const done = await this.#connection.call('POST /v1/account/key-rotation', { body: first ?? step, again, signal });
      onProgress?.(done);
      if (done.remaining === 0) return done;
      first = null;
    }
  }

  /** What was done in the account, newest first. */
  activity({ limit, signal }: CallOptions & { readonly limit?: number } = {}): Paged<ActivityEntry, ActivityPage> {
    return new Paged(
      (cursor) => this.#connection.call('GET /v1/account/activity', { query: { limit, cursor }, again: true, signal }),
      (page) => page.activity,
    );
  }

  /**
   * All that the account holds, as a ZIP archive. One that breaks off does not go on: ask again.
   *
   * @param options `part` of an account that is too large for one, from 1
   */
  async export({
    part,
    onProgress,
    signal,
  }: CallOptions & {
    readonly part?: number;
    readonly onProgress?: (progress: Progress) => void;
  } = {}): Promise<Download> {
    const response = await this.#connection.open('GET /v1/account/export', { query: { part }, again: true, signal });
    return fileOf(response, { onProgress, signal });
  }

  /** Deletes the account and all that it holds; from then on nothing of it can be read. */
  async delete(password: string, { signal }: CallOptions = {}): Promise<DeletionReceipt> {
    const body = await this.#confirm(password);
    const receipt = await this.#connection.call('POST /v1/account/deletion', { body, again: false, signal });
    this.#connection.drop('deleted');
    return receipt;
  }

  #confirm(password: string) {
    return this.#passwords.fields({ password: { password, email: this.#connection.email } });
  }
}
