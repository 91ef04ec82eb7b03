import type { Answer, Send } from '../fixtures/app.ts';
import { Secrets } from './search.ts';

/** What a place holds, by names that say where. */
export type Contents = () => Iterable<readonly [where: string, held: string | Uint8Array]>;

/** The fields of requests that hold what nobody else may read, whatever stands in them. */
export const PRIVATE_FIELDS: ReadonlySet<string> = new Set([
  'currentPassword',
  'data',
  'email',
  'fields',
  'label',
  'newPassword',
  'password',
  'query',
  'recoveryCode',
  'title',
]);
/** Places that are held until they are searched, at most. */
const HELD = 200;
/** Where in a PDF that is sent its canary is taken from, bytes: what stands before is much the same in all. */
const INSIDE = { from: 40, to: 72 };

/** What was sent as private, and all places where it must not lie in clear. */
export class Watch {
  #secrets = new Secrets();
  #places: Contents[] = [];
  #refusals: [where: string, held: string | Uint8Array][] = [];
  #found = new Set<string>();
  #ended = false;
  #searched = { secrets: 0, places: 0, refusals: 0, bytes: 0 };

  /** How much was searched, for how many secrets. */
  get searched(): Readonly<{ secrets: number; places: number; refusals: number; bytes: number }> {
    return this.#searched;
  }

  /**
   * Remembers what a cloud keeps or a process prints, to be searched at the end.
   *
   * @throws Error where it comes after the end and holds something in clear
   */
  over(contents: Contents): void {
    this.#places.push(contents);
    if (this.#ended) this.requireNone();
    else if (this.#places.length >= HELD) this.#searchAll();
  }

  /** Remembers what a request sent as private, and what a refusal said. */
  call(call: string, { token, body, headers = {} }: Send, answer: Answer): void {
    if (token !== undefined) this.#token(token);
    for (const name of ['user-agent', 'x-document-title']) this.#secrets.add(name, headers[name] ?? '');
    if (body instanceof Uint8Array) {
      if (body.length >= INSIDE.to) this.#secrets.add('a body', body.subarray(INSIDE.from, INSIDE.to));
    } else {
      this.#private(body, null);
    }
    const { session, recoveryCode } = (answer.body ?? {}) as { session?: { token?: unknown }; recoveryCode?: unknown };
    if (typeof session?.token === 'string') this.#token(session.token);
    if (typeof recoveryCode === 'string') this.#secrets.add('a recovery code', recoveryCode);
    if (answer.status < 400) return;
    const where = `the refusal of a ${call.split(' ')[0] ?? ''}, ${answer.status}`;
    this.#refusals.push([where, answer.bytes], [where, JSON.stringify([...answer.headers])]);
  }

  /** Holds that nothing lies in clear. @throws Error naming what was found and where */
  requireNone(): void {
    this.#searchAll();
    this.#ended = true;
    if (this.#found.size === 0) return;
    const found = [...this.#found];
    this.#found.clear();
    throw new Error(`in clear, in one form or another: ${found.join('; ')}`);
  }

  #searchAll(): void {
    for (const contents of [...this.#places.map((place) => place()), this.#refusals]) {
      for (const [where, held] of contents) {
        this.#searched.bytes += held.length;
        for (const name of this.#secrets.in(held)) this.#found.add(`${name} in ${where}`);
      }
    }
    this.#searched.secrets += this.#secrets.size;
    this.#searched.places += this.#places.length;
    this.#searched.refusals += this.#refusals.length / 2;
    // What is closed after the end is searched for what came before it.
    if (this.#places.length >= HELD) this.#secrets = new Secrets();
    this.#places = [];
    this.#refusals = [];
  }

  /** A token opens by its last part alone. */
  #token(token: string): void {
    const secret = /^tw1\.\w{26}\.\w{26}\.([\w-]{43})$/.exec(token)?.[1];
    if (secret === undefined) return;
    this.#secrets.add('a token', token);
    this.#secrets.add('a token’s secret', secret);
    this.#secrets.add('a token’s secret, decoded', Buffer.from(secret, 'base64url'));
  }

  /** @param under the private field that it stands in; null in none */
  #private(value: unknown, under: string | null): void {
    if (typeof value === 'string' && under !== null) this.#secrets.add(under, value);
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      this.#private(inner, under ?? (PRIVATE_FIELDS.has(name) ? name : null));
    }
  }
}

/** The watch over the suite that runs: fixtures tell it what is sent and where it is kept, and at the end it is asked. */
export const suiteWatch = new Watch();
