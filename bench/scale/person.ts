/** What a person of these benches signs in with. */
export const PASSWORD = 'nine copper rivers wander';

/** About 1 KB of JSON. */
export const CONTENT = { type: 'note', label: 'Scale', data: { text: 'abcdefghij'.repeat(100) } };

/** One account with a session, over HTTP. */
export class Person {
  readonly url: string;
  readonly email: string;
  #token: string;

  /** @param token of a session that is there */
  constructor(url: string, email: string, token = '') {
    [this.url, this.email, this.#token] = [url, email, token];
  }

  get token(): string {
    return this.#token;
  }

  get authorization(): string {
    return `Bearer ${this.#token}`;
  }

  async register(): Promise<void> {
    await this.#begin('/v1/accounts', { acceptDataLoss: true });
  }

  async signIn(): Promise<void> {
    await this.#begin('/v1/sessions', {});
  }

  /** @returns its id */
  async createItem(content: object = CONTENT): Promise<string> {
    return ((await this.send('POST', '/v1/items', content)) as { id: string }).id;
  }

  /** @throws Error for an answer that is no success */
  async send(
    method: string,
    path: string,
    body?: object,
    more: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const headers = { authorization: this.authorization, ...(body && { 'content-type': 'application/json' }), ...more };
    const answer = await fetch(this.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path.split('?')[0]} answered ${answer.status}: ${text.slice(0, 300)}`);
    return text === '' ? null : JSON.parse(text);
  }

  async #begin(path: string, more: object): Promise<void> {
    const { email } = this;
    const answer = (await this.send('POST', path, { email, password: PASSWORD, ...more })) as {
      session: { token: string };
    };
    this.#token = answer.session.token;
  }
}
