import type { Action } from '../../lambda/domain/activity.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const SESSION_MS = 8 * HOUR;
const IDLE_MS = 30 * MINUTE;
/** Sessions that one account may have. */
const MOST_SESSIONS = 40;
/** Failed tries that one counter remembers, and for how long, ms. */
const KEPT_TRIES = 20;
const KEPT_TRIES_MS = 30 * DAY;
/** A source is known for so long after it gave the password, ms. */
const KNOWN_MS = 90 * DAY;
/** Activity is shown for so long, ms. */
const ACTIVITY_MS = 365 * DAY;

/** Times are milliseconds since 1970, everywhere in the model. */
export interface Clock {
  now: number;
}

export interface Session {
  readonly account: Account;
  readonly id: string;
  readonly token: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly sourceIp: string;
  readonly userAgent: string;
  lastSeenAt: number;
  authenticatedAt: number;
  /** When its last entry was. */
  activityAt: number;
  /** Whether somebody ended it; its time may be up besides. */
  ended: boolean;
}

export interface Item {
  readonly id: string;
  readonly type: string;
  readonly label: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly keyVersion: number;
}

export interface Document {
  readonly id: string;
  readonly title: string;
  readonly template: string | null;
  readonly bytes: Buffer;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly keyVersion: number;
  /** Until then its deletion leaves a row behind; 0 for none. */
  readonly busyUntil: number;
}

export interface Upload {
  readonly id: string;
  readonly title: string;
  readonly retentionDays: number;
  readonly keyVersion: number;
  readonly parts: ReadonlyMap<number, Buffer>;
  /** Objects that were begun for it. */
  readonly begun: number;
  readonly dueAt: number;
}

/** A row of a document that is gone: another deletion of it helps to end it, until it is ended. */
export interface Leftover {
  readonly dueAt: number;
  readonly busyUntil: number;
}

/** A request that was sent with an idempotency key, and what it made. */
export interface Keyed {
  readonly kind: 'item' | 'document' | 'upload';
  readonly body: unknown;
  readonly request: string;
  readonly id: string;
  readonly createdAt: number;
}

export interface Entry {
  readonly at: number;
  readonly action: Action;
  readonly sessionId: string;
  readonly target?: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  keyVersion: number;
}

export interface Account {
  readonly number: number;
  readonly id: string;
  readonly createdAt: number;
  email: string;
  password: string;
  passwordChangedAt: number;
  recovery: { readonly code: string; readonly createdAt: number } | null;
  /** Codes that were good once. */
  readonly spent: string[];
  keyVersion: number;
  rotating: boolean;
  revision: number;
  deleted: boolean;
  readonly items: Map<string, Item>;
  /** Also those that expired, until they are deleted with the account. */
  readonly documents: Map<string, Document>;
  readonly uploads: Map<string, Upload>;
  readonly leftovers: Map<string, Leftover>;
  /** By key. */
  readonly keys: Map<string, Keyed>;
  readonly activity: Entry[];
}

interface Counter {
  readonly failures: number;
  readonly tries: readonly { readonly at: number; readonly source: string }[];
  readonly lastSuccessAt: number;
}

const EMPTY: Counter = { failures: 0, tries: [], lastSuccessAt: 0 };

/** A guess at a password or a code. */
export type Guess =
  /** Refused: seconds to wait. */
  | { readonly wait: number }
  | { readonly wait: 0; readonly wrong: () => void; readonly right: (movedTo?: string) => void };

/** All that the service should know, in plain maps. */
export class Model {
  /** All that ever were. */
  readonly accounts: Account[] = [];
  readonly sessions: Session[] = [];
  readonly clock: Clock;
  /** Requests so far. */
  calls = 0;
  /** Deeds so far. */
  deeds = 0;
  /** Registrations that met an account. */
  met = 0;
  /** By e-mail, then by source; "*" for all that are not known. */
  readonly #counters = new Map<string, Map<string, Counter>>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get now(): number {
    return this.clock.now;
  }

  /** The account of an e-mail. */
  accountOf(email: string): Account | null {
    return this.accounts.find((account) => account.email === email && !account.deleted) ?? null;
  }

  isLive(session: Session): boolean {
    const { ended, expiresAt, lastSeenAt } = session;
    return !ended && this.now < Math.min(expiresAt, lastSeenAt + IDLE_MS);
  }

  /** The live sessions of an account, newest first. */
  liveOf(account: Account): Session[] {
    const own = this.sessions.filter((session) => session.account === account && this.isLive(session));
    return own.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  /** An account that begins. */
  open(id: string, email: string, password: string): Account {
    const account: Account = {
      number: this.accounts.length,
      id,
      email,
      password,
      createdAt: this.now,
      passwordChangedAt: this.now,
      recovery: null,
      spent: [],
      keyVersion: 1,
      rotating: false,
      revision: 0,
      deleted: false,
      items: new Map(),
      documents: new Map(),
      uploads: new Map(),
      leftovers: new Map(),
      keys: new Map(),
      activity: [],
    };
    this.accounts.push(account);
    return account;
  }

  /** A session that begins with a first entry. */
  begin(account: Account, of: Pick<Session, 'id' | 'token' | 'sourceIp' | 'userAgent'>, action: Action): Session {
    const { now } = this;
    const times = { createdAt: now, expiresAt: now + SESSION_MS, lastSeenAt: now, authenticatedAt: now, activityAt: 0 };
    const living = this.liveOf(account);
    for (const oldest of living.slice(MOST_SESSIONS - 1)) oldest.ended = true;
    const session = { account, ...of, ...times, ended: false };
    this.sessions.push(session);
    this.write(session, action);
    return session;
  }

  /** When a session that begins now will end. */
  ends(): { expiresAt: string; idleExpiresAt: string } {
    return { expiresAt: iso(this.now + SESSION_MS), idleExpiresAt: iso(this.now + IDLE_MS) };
  }

  touch(session: Session): void {
    if (this.now - session.lastSeenAt >= MINUTE) session.lastSeenAt = this.now;
  }

  /** Writes down what was done where nothing of the vault changes. */
  record(session: Session, action: Action, target?: string): void {
    const at = Math.max(this.now, session.activityAt + 1);
    session.activityAt = at;
    const { account, id: sessionId, sourceIp, userAgent } = session;
    const about = target === undefined ? {} : { target };
    account.activity.push({ at, action, sessionId, sourceIp, userAgent, keyVersion: account.keyVersion, ...about });
  }

  /** Writes down what was done, in a write of the vault. */
  write(session: Session, action: Action, target?: string): void {
    session.account.revision += 1;
    this.record(session, action, target);
  }

  /** Ends an account's sessions, but for one. */
  endSessions(account: Account, kept: Session | null): void {
    for (const session of this.sessions) if (session.account === account && session !== kept) session.ended = true;
  }

  /** The documents that are there, newest first. */
  documentsOf({ documents }: Account): Document[] {
    const alive = [...documents.values()].filter(({ expiresAt }) => expiresAt > this.now);
    return alive.sort((a, b) => (a.id < b.id ? 1 : -1));
  }

  documentOf(account: Account, id: string): Document | null {
    const document = account.documents.get(id);
    return document !== undefined && document.expiresAt > this.now ? document : null;
  }

  /** An upload that has not ended. */
  uploadOf(account: Account, id: string): Upload | null {
    const upload = account.uploads.get(id);
    if (upload === undefined || upload.dueAt <= this.now) return null;
    const { keyVersion, rotating } = account;
    const opens = upload.keyVersion === keyVersion || (rotating && upload.keyVersion === keyVersion - 1);
    return opens ? upload : null;
  }

  /** All that was done in an account, and tried at it, newest first. */
  activityOf(account: Account): object[] {
    const { now } = this;
    const entries = account.activity.map(({ keyVersion: _under, at, ...entry }) => ({
      ...entry,
      at,
      outcome: 'succeeded',
    }));
    const failed = [...(this.#counters.get(account.email)?.values() ?? [])]
      .flatMap(({ tries }) => tries)
      .filter(({ at }) => at >= now - KEPT_TRIES_MS)
      .map(({ at, source }) => ({
        at,
        action: 'attempt.failed',
        outcome: 'failed',
        sourceIp: source,
        userAgent: '',
      }));
    return [...entries, ...failed]
      .filter(({ at }) => at >= now - ACTIVITY_MS)
      .sort((a, b) => b.at - a.at)
      .map((entry) => ({ ...entry, at: iso(entry.at) }));
  }

  /** What a key stands for: null for nothing, 'other' for another request. */
  keyedBy({ keys }: Account, key: string | null, request: string): Keyed | 'other' | null {
    const known = key === null ? undefined : keys.get(key);
    if (known === undefined || this.now - known.createdAt >= DAY) return null;
    return known.request === request ? known : 'other';
  }

  /** Makes a source known to an account that begins. */
  know(email: string, address: string): void {
    this.#keep(email, sourceOf(address), { ...EMPTY, lastSuccessAt: this.now });
  }

  /** Forgets the counters of an account that is deleted. */
  forget(email: string): void {
    this.#counters.delete(email);
  }

  /** A guess at the secret of an e-mail. It counts for nothing until it is settled. */
  guess(email: string, address: string): Guess {
    const { now } = this;
    const source = sourceOf(address);
    const own = this.#counters.get(email)?.get(source);
    const isKnown = own !== undefined && now - own.lastSuccessAt < KNOWN_MS;
    const name = isKnown ? source : '*';
    const counter = this.#counters.get(email)?.get(name) ?? EMPTY;
    const lastAt = counter.tries.at(-1)?.at ?? 0;
    const wait = counter.failures > 4 ? lastAt + delayOf(counter.failures) - now : 0;
    if (wait > 0) return { wait: Math.ceil(wait / 1000) };
    const tries = counter.tries.filter(({ at }) => now - at < KEPT_TRIES_MS);
    return {
      wait: 0,
      wrong: () => {
        const failures = now - lastAt < KEPT_TRIES_MS ? counter.failures + 1 : 1;
        this.#keep(email, name, { ...counter, failures, tries: [...tries, { at: now, source }].slice(-KEPT_TRIES) });
      },
      right: (movedTo = email) => {
        if (!isKnown) this.#keep(email, '*', { ...counter, failures: 0, tries });
        const mine = isKnown ? { ...counter, tries } : (own ?? EMPTY);
        this.#keep(email, source, { ...mine, failures: 0, lastSuccessAt: now });
        if (movedTo === email) return;
        for (const [from, moved] of this.#counters.get(email) ?? []) this.#keep(movedTo, from, moved);
        this.#counters.delete(email);
      },
    };
  }

  #keep(email: string, source: string, counter: Counter): void {
    const { failures, tries, lastSuccessAt } = counter;
    const counters = this.#counters.get(email) ?? new Map<string, Counter>();
    this.#counters.set(email, counters);
    if (failures === 0 && tries.length === 0 && lastSuccessAt === 0) counters.delete(source);
    else counters.set(source, counter);
  }
}

/** The name that an address is counted under: an IPv6 one by its /64. */
function sourceOf(address: string): string {
  return address.includes(':') ? `${address.split(':').slice(0, 4).join(':')}::/64` : address;
}

/** The fifth failure earns a second, each after it twice as much, up to 15 minutes. */
function delayOf(failures: number): number {
  return Math.min(15 * MINUTE, 1000 * 2 ** (failures - 5));
}

export function iso(time: number): string {
  return new Date(time).toISOString();
}
