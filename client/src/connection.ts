import type { Answer, Call, SignedIn } from './contract.ts';
import { errorOf, TwinlockError, unexpected, VaultRolledBackError } from './errors.ts';
import { requestOf, type Sending } from './request.ts';
import { pause, waitAfter } from './retry.ts';
import type { CallOptions, ClientOptions, RevisionMemory, Session, SignedOutReason } from './types.ts';

/** Who is signed in. */
interface State {
  readonly session: Session;
  readonly token: string;
  readonly email: string;
}

type Read<T> = (response: Response) => Promise<T>;

/** Sends calls, and keeps what they are sent with: token, e-mail and revisions are in private fields, and nowhere else. */
export class Connection {
  readonly #base: string;
  readonly #fetch: NonNullable<ClientOptions['fetch']>;
  readonly #memory: RevisionMemory | undefined;
  readonly #listeners = new Set<(reason: SignedOutReason) => void>();
  /** The highest revision that was seen, by account. */
  readonly #seen = new Map<string, number>();
  #state: State | null = null;

  /** @throws TypeError where there is no URL to call */
  constructor({ baseUrl, fetch, remember }: ClientOptions) {
    const { location } = globalThis as { location?: { href: string; origin: string } };
    const url = new URL(baseUrl ?? location?.origin ?? '', location?.href);
    this.#base = url.origin + url.pathname.replace(/\/+$/, '').replace(/\/v1$/, '');
    this.#fetch = fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.#memory = remember;
  }

  get session(): Session | null {
    return this.#state && this.#state.session;
  }

  /** The e-mail that was signed in with. @throws TwinlockError `unauthenticated` */
  get email(): string {
    return this.#signedIn().email;
  }

  listen(listener: (reason: SignedOutReason) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Takes a new session in place of the one before, which is ended as far as that can be had. */
  enter({ accountId, session: { token, id, expiresAt, idleExpiresAt } }: SignedIn, email: string): Session {
    const before = this.#state;
    const known = this.#memory?.load(accountId) ?? 0;
    if (known > this.#highest(accountId)) this.#seen.set(accountId, known);
    const session = Object.freeze({ accountId, id, expiresAt, idleExpiresAt });
    this.#state = { token, email, session };
    if (before) this.call('DELETE /v1/sessions/current', { token: before.token, again: false }).catch(() => undefined);
    return session;
  }

  /** The account's e-mail is another one from now on. */
  rename(email: string): void {
    this.#state &&= { ...this.#state, email };
  }

  /** Forgets the session, then ends it; nothing where there is none. */
  async leave({ signal }: CallOptions): Promise<void> {
    if (!this.#state) return;
    const { token } = this.#state;
    this.drop('signed-out');
    try {
      await this.call('DELETE /v1/sessions/current', { token, again: true, signal });
    } catch (error) {
      // It has ended, by this call or before.
      if (!(error instanceof TwinlockError && error.code === 'unauthenticated')) throw error;
    }
  }

  /** Forgets the session. */
  drop(reason: SignedOutReason): void {
    if (!this.#state) return;
    this.#state = null;
    for (const listener of this.#listeners) listener(reason);
  }

  /** Sends a call and reads its answer. @throws TwinlockError */
  call<C extends Call>(call: C, sending: Sending<C>): Promise<Answer<C>> {
    // What the service answers is made as the schemas say that the type is inferred from.
    return this.#send(call, sending, async (response) => {
      if (response.status === 204) return undefined as Answer<C>;
      const text = await response.text();
      try {
        return JSON.parse(text) as Answer<C>;
      } catch {
        throw unexpected(response);
      }
    });
  }

  /** Sends a call and gives its answer unread. @throws TwinlockError */
  open<C extends Call>(call: C, sending: Sending<C>): Promise<Response> {
    return this.#send(call, sending, (response) => Promise.resolve(response));
  }

  async #send<C extends Call, T>(call: C, sending: Sending<C>, read: Read<T>): Promise<T> {
    const { signal, again, settle, open, token } = sending;
    // The same to the end: what was begun in one account never goes on in another.
    const state = open || token ? null : this.#signedIn();
    for (let tries = 1; ; tries++) {
      try {
        signal?.throwIfAborted();
        if (state && state.token !== this.#state?.token) throw new TwinlockError('unauthenticated');
        return await this.#once(call, sending, state, read);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        if (!(error instanceof TwinlockError)) throw error;
        const wait = waitAfter(error, tries, again);
        if (wait !== null) await pause(wait, signal);
        else if (tries > 1 && settle) return (await settle(error)) as T;
        else throw error;
      }
    }
  }

  async #once<C extends Call, T>(call: C, sending: Sending<C>, state: State | null, read: Read<T>): Promise<T> {
    const accountId = state?.session.accountId ?? '';
    const seen = this.#highest(accountId);
    const { url, init } = requestOf(this.#base, call, sending, sending.token ?? state?.token, seen);
    const response = await networked(this.#fetch(url, init));
    const error = response.ok ? null : await errorOf(response, seen);
    if (state) this.#notice(accountId, seen, response);
    if (!error) return networked(read(response));
    if (error.code === 'unauthenticated' && state && state.token === this.#state?.token) this.drop('ended');
    throw error;
  }

  /**
   * Holds an answer's revision against the highest that was seen when its request was sent: answers may overtake one another,
   * and one that comes late is honest.
   *
   * @throws VaultRolledBackError
   */
  #notice(accountId: string, seen: number, response: Response): void {
    const { headers, status } = response;
    const header = headers.get('x-vault-revision') ?? '';
    if (!/^\d{1,15}$/.test(header)) return;
    const revision = Number(header);
    if (revision < seen) {
      if (!response.bodyUsed) response.body?.cancel().catch(() => undefined);
      throw new VaultRolledBackError(revision, seen, { status, requestId: headers.get('x-request-id') });
    }
    if (revision <= this.#highest(accountId)) return;
    this.#seen.set(accountId, revision);
    if (revision > (this.#memory?.load(accountId) ?? 0)) this.#memory?.save(accountId, revision);
  }

  #highest(accountId: string): number {
    return this.#seen.get(accountId) ?? 0;
  }

  #signedIn(): State {
    if (!this.#state) throw new TwinlockError('unauthenticated');
    return this.#state;
  }
}

/** What the platform rejects with is a failure of the network. */
async function networked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw cause instanceof TwinlockError ? cause : new TwinlockError('network', { cause });
  }
}
