import { expect } from '@jest/globals';
import type { WrapContext } from '../../lambda/crypto/context.ts';
import type { WrappedKey } from '../../lambda/domain/records.ts';
import type { KeyService } from '../../lambda/ports/key-service.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { type Answer, createMemoryApp, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { sha256 } from '../usecases/upload-support.ts';
import type { Stage } from './stage.ts';
import { decoded, fewShards, type State } from './state.ts';

/** What signs in, as it is sent. */
export interface Login {
  readonly email: string;
  readonly password: string;
  readonly passwordKind?: 'stretched-v1';
}

/** What is known of an account, to look at it with. */
export interface Known {
  /** What may sign in, by what it is called. */
  readonly logins: Readonly<Record<string, Login>>;
  readonly tokens: Readonly<Record<string, string>>;
  readonly uploads?: Readonly<Record<string, string>>;
  readonly recovery?: { readonly email: string; readonly code: string };
}

/** All that an onlooker who knows the account sees of it, without ids and times. */
export interface Sight {
  /** What each login answers. */
  readonly logins: Readonly<Record<string, string>>;
  /** What each token answers. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Live sessions, the onlooker's aside. */
  readonly sessions: number;
  readonly account: unknown;
  readonly items: readonly unknown[];
  readonly documents: readonly unknown[];
  readonly uploads: Readonly<Record<string, unknown>>;
  /** Uploads under way, known or not. */
  readonly begun: number;
  /** What was done, oldest first, the onlooker's aside. */
  readonly done: readonly string[];
  /** What the recovery code answers. */
  readonly code: string | null;
}

const HOUR = 3_600_000;
/** Maintenance's time. */
const MINUTE = 60_000;

/** Looks at states of the cloud in copies of them: what it does there nobody else sees. */
export class Observer {
  readonly #app: MemoryApp = createMemoryApp({ hasher: createMemoryHasher() });
  readonly #time: { now: number };
  readonly #own = new Map<string, Uint8Array>();

  constructor({ keys, time }: Pick<Stage, 'keys' | 'time'>) {
    this.#time = { ...time };
    Object.assign(this.#app.env, { keys: this.#remembering(keys), clock: () => this.#time.now });
  }

  /**
   * What there is to see. Everything opens, is what the manifest says, and every chain of activity holds.
   *
   * @param now milliseconds since 1970
   */
  async look(state: State, now: number, known: Known): Promise<Sight> {
    this.#load(state, now);
    const logins: Record<string, string> = {};
    const opened: Answer[] = [];
    const tokens: Record<string, string> = {};
    for (const [name, token] of Object.entries(known.tokens)) {
      tokens[name] = verdict(await this.#app.call('GET /v1/account', { token }));
    }
    for (const [name, body] of Object.entries(known.logins)) {
      const answer = await this.#app.call('POST /v1/sessions', { body });
      logins[name] = verdict(answer);
      if (answer.status === 201) opened.push(answer);
    }
    const [first] = opened;
    const inside = first === undefined ? GONE : await this.#inside(first, opened, known);
    const code = known.recovery === undefined ? null : await this.#recover(known.recovery);
    expect(this.#app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    return { logins, tokens, ...inside, begun: uploadsIn(state), code };
  }

  /** Lets maintenance do what is due in two hours, and in a day more: no upload and no object is left that no document has. */
  async maintain(state: State, now: number): Promise<void> {
    this.#load(state, now);
    const { env, store, objects } = this.#app;
    for (const hours of [2, 24]) {
      this.#time.now += hours * HOUR + MINUTE;
      const few = { ...env, store: fewShards(store, store.rows.values(), this.#time.now) };
      expect(await sweep(few, this.#time.now + MINUTE)).toMatchObject({ failed: 0, complete: true });
      const documents = [...store.rows.values()].flatMap((row) => (row.kind === 'document' ? [row] : []));
      const named = documents.flatMap(({ objectKeys }) => objectKeys);
      const pending = documents.filter((row) => row.state === 'PENDING');
      expect({
        hours,
        orphans: [...objects.objects.keys()].filter((key) => !named.includes(key)),
        // One that is sent in parts may take a day.
        pending: pending.filter(({ sealed }) => hours > 2 || sealed === null).length,
        deletions: [...store.rows.values()].filter(({ kind }) => kind === 'deletion').length,
      }).toEqual({ hours, orphans: [], pending: 0, deletions: 0 });
    }
  }

  async #inside(first: Answer, opened: readonly Answer[], { uploads = {} }: Known) {
    const token = first.text('session.token');
    const own = opened.map((answer) => answer.text('session.id'));
    const read = async <T>(path: string): Promise<T> => {
      const answer = await this.#app.call(`GET /v1/${path}`, { token });
      expect([path, answer.status, answer.body]).toEqual([path, 200, expect.anything()]);
      return answer.body as T;
    };
    const { sessions } = await read<{ sessions: { id: string }[] }>('sessions');
    const { email, keyVersion, rotating, recovery } = await read<Account>('account');
    const items = await read<{ items: Record<string, unknown>[] }>('items?reveal=true&limit=100');
    const { documents } = await read<{ documents: Listed[] }>('documents?limit=100');
    const { activity, chain, breaks } = await read<Activity>('account/activity?limit=100');
    expect({ chain, breaks }).toEqual({ chain: 'intact', breaks: [] });
    return {
      account: { email, keyVersion, rotating, recovery: recovery.enabled },
      sessions: sessions.filter(({ id }) => !own.includes(id)).length,
      items: sorted(items.items.map(({ type, label, data, version }) => ({ type, label, data, version }))),
      documents: sorted(await Promise.all(documents.map((document) => this.#content(token, document)))),
      uploads: await this.#uploads(token, uploads),
      done: activity
        .filter(({ outcome, sessionId }) => outcome === 'succeeded' && !own.includes(sessionId))
        .map(({ action }) => action)
        .reverse(),
    };
  }

  async #content(token: string, document: Listed): Promise<unknown> {
    const { status, bytes } = await this.#app.call(`GET /v1/documents/${document.id}/content`, { token });
    expect([status, sha256(bytes)]).toEqual([200, document.sha256]);
    const { title, template, size, createdAt, expiresAt } = document;
    return { title, template, size, kept: Date.parse(expiresAt) - Date.parse(createdAt) };
  }

  async #uploads(token: string, uploads: NonNullable<Known['uploads']>): Promise<Record<string, unknown>> {
    const seen: Record<string, unknown> = {};
    for (const [name, id] of Object.entries(uploads)) {
      const answer = await this.#app.call(`GET /v1/uploads/${id}`, { token });
      seen[name] = answer.status === 200 ? (answer.body as { parts: unknown }).parts : verdict(answer);
    }
    return seen;
  }

  async #recover({ email, code }: NonNullable<Known['recovery']>): Promise<string> {
    const body = { email, recoveryCode: code, newPassword: `${PASSWORD} anew` };
    return verdict(await this.#app.call('POST /v1/recovery', { body }));
  }

  #load(state: State, now: number): void {
    const { store, objects, telemetry } = this.#app;
    this.#time.now = now;
    telemetry.counts.clear();
    store.calls.length = 0;
    store.rows.clear();
    objects.objects.clear();
    for (const row of decoded(state)) store.rows.set(rowName(row), row);
    for (const [key, bytes] of state.objects) objects.objects.set(key, bytes);
  }

  /** The same keys, asked once for each answer; what the onlooker wraps is not sent there at all. */
  #remembering(keys: KeyService): KeyService {
    const known = this.#own;
    const once = async (name: string, ask: () => Promise<Uint8Array>): Promise<Uint8Array> => {
      const answer = known.get(name) ?? (await ask());
      known.set(name, answer.slice());
      return answer.slice();
    };
    const nameOf = (bytes: Uint8Array, context: WrapContext) =>
      `${Buffer.from(bytes).toString('base64')} ${JSON.stringify(context)}`;
    let wraps = 0;
    return {
      mac: (pepper, message) =>
        once(`${pepper} ${Buffer.from(message).toString('base64')}`, () => keys.mac(pepper, message)),
      confirms: (message, mac) => keys.confirms(message, mac),
      unwrap: (wrapped, context) => once(nameOf(wrapped, context), () => keys.unwrap(wrapped, context)),
      wrap: (inner, context) => {
        const wrapped = Uint8Array.from(Buffer.from(`the onlooker's ${++wraps}`)) as WrappedKey;
        known.set(nameOf(wrapped, context), inner.slice());
        return Promise.resolve(wrapped);
      },
    };
  }
}

const GONE = { account: null, sessions: 0, items: [], documents: [], uploads: {}, done: [] };

interface Account {
  readonly email: string;
  readonly keyVersion: number;
  readonly rotating: boolean;
  readonly recovery: { readonly enabled: boolean };
}

interface Listed {
  readonly id: string;
  readonly title: string;
  readonly template: string | null;
  readonly size: number;
  readonly sha256: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

interface Activity {
  readonly activity: readonly { readonly action: string; readonly outcome: string; readonly sessionId: string }[];
  readonly chain: string;
  readonly breaks: readonly unknown[];
}

/** What has no order of its own. */
function sorted(all: readonly unknown[]): unknown[] {
  return [...all].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function uploadsIn(state: State): number {
  return decoded(state).filter((row) => row.kind === 'document' && row.state === 'PENDING' && row.sealed !== null)
    .length;
}
