import { createHmac } from 'node:crypto';
import type { PasswordHasher } from '../../lambda/ports/password-hasher.ts';
import type { LocalCloud } from '../../local/cloud.ts';
import { consoleTelemetry } from '../../local/console-telemetry.ts';
import { type LocalService, startService } from '../../local/service.ts';

/** The account that is measured: a year old, with what a user keeps by then. */
export const ACCOUNT = { signIns: 96, items: 20, documents: 5 };
const EMAIL = 'owner@example.com';
const PASSWORD = 'nine copper rivers wander';
const DAY_MS = 86_400_000;

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A service with a clock that is moved by hand, and an account of an age. */
export class World {
  /** Milliseconds since 1970. */
  now = Date.UTC(2026, 0, 1, 12);
  /** Items as [id, version]. */
  readonly items: [id: string, version: number][] = [];
  readonly documents: string[] = [];
  hashes = 0;
  accountId = '';
  #token = '';
  #others = 0;
  #service: LocalService | null = null;

  /** @param cloud whose clock is this world's, as far as it has one */
  async start(cloud: LocalCloud): Promise<void> {
    // What a hash costs is measured apart.
    const hasher: PasswordHasher & { close(): Promise<void> } = {
      tail: (prehash, salt) => {
        this.hashes++;
        const hash = createHmac('sha256', salt).update(prehash).digest('base64');
        return Promise.resolve(Uint8Array.from(Buffer.from(hash.slice(0, 31))));
      },
      close: () => Promise.resolve(),
    };
    const telemetry = { ...consoleTelemetry(), info: () => undefined };
    this.#service = await startService({ cloud, port: 0, telemetry, hasher, clock: () => this.now });
  }

  /** Lets the account live for a year, then stores what it keeps. */
  async age(): Promise<void> {
    await this.register(EMAIL);
    for (let n = 0; n < ACCOUNT.signIns; n++) {
      this.now += (365 * DAY_MS) / ACCOUNT.signIns;
      await this.signIn();
    }
    await this.post('/v1/account/recovery-code', { body: { password: PASSWORD } });
    for (let n = 0; n < ACCOUNT.items; n++) await this.createItem();
    for (let n = 0; n < ACCOUNT.documents; n++) await this.makeDocument();
    // The decoy is made where an e-mail is unknown for the first time.
    await this.signInUnknown();
  }

  async register(email = `other-${++this.#others}@example.com`): Promise<string> {
    const body = { email, password: PASSWORD, acceptDataLoss: true };
    const answer = await this.post('/v1/accounts', { body }, '');
    if (email === EMAIL) this.#enter(answer);
    return answer;
  }

  async signIn(): Promise<string> {
    const answer = await this.post('/v1/sessions', { body: { email: EMAIL, password: PASSWORD } }, '');
    this.#enter(answer);
    return answer;
  }

  signInWrongly(): Promise<string> {
    return this.post('/v1/sessions', { body: { email: EMAIL, password: 'ten copper rivers wander' } }, '', 401);
  }

  signInUnknown(): Promise<string> {
    const email = `nobody-${++this.#others}@example.com`;
    return this.post('/v1/sessions', { body: { email, password: PASSWORD } }, '', 401);
  }

  async createItem(): Promise<string> {
    const data = { iban: 'DE89370400440532013000', holder: 'A holder of an account' };
    const answer = await this.post('/v1/items', { body: { type: 'bank-account', label: 'An account', data } });
    this.items.push([(JSON.parse(answer) as { id: string }).id, 1]);
    return answer;
  }

  replaceItem(): Promise<string> {
    const item = this.items[0] ?? ['', 0];
    const headers = { 'if-match': `"${item[1]++}"` };
    const data = { iban: 'DE89370400440532013000', holder: 'Another holder' };
    return this.send('PUT', `/v1/items/${item[0]}`, { headers, body: { label: 'An account', data } });
  }

  async makeDocument(retentionDays = 90): Promise<string> {
    const items = this.items.slice(0, 5).map(([id]) => id);
    const body = { template: 'personal-data-record', inputs: { items }, retentionDays };
    const answer = await this.post('/v1/documents', { body });
    this.documents.push((JSON.parse(answer) as { id: string }).id);
    return answer;
  }

  maintain(): Promise<unknown> {
    return this.#running.maintain();
  }

  get(path: string): Promise<string> {
    return this.send('GET', path);
  }

  post(path: string, sent: Sent, token = this.#token, status = 200): Promise<string> {
    return this.send('POST', path, sent, token, status);
  }

  /** @throws Error for an answer of another status than such a call has when all is well */
  async send(method: string, path: string, { body, headers }: Sent = {}, token = this.#token, status = 200) {
    const answer = await fetch(this.#running.url + path, {
      method,
      headers: {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    if (answer.status !== status && !(status === 200 && answer.ok)) {
      throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 300)}`);
    }
    return text;
  }

  async close(): Promise<void> {
    await this.#service?.close();
  }

  get #running(): LocalService {
    if (this.#service === null) throw new Error('the service was not started');
    return this.#service;
  }

  #enter(answer: string): void {
    const { accountId, session } = JSON.parse(answer) as { accountId: string; session: { token: string } };
    [this.accountId, this.#token] = [accountId, session.token];
  }
}
