import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Call } from './profile.ts';

export const PASSWORD = 'nine copper rivers wander';
/** What a client keeps, between these, of items and of documents. */
const ITEMS = { least: 5, most: 15 };
const DOCUMENTS = { least: 2, most: 6 };
const UPLOAD_SIZE = 1_000_000;
const JSON_TYPE = { 'content-type': 'application/json' };

interface KnownItem {
  readonly id: string;
  readonly version: number;
  readonly text: string;
}

interface KnownDocument {
  readonly id: string;
  readonly size: number;
  readonly sha256: string;
}

/** One client of an account, and all that it has stored there: nobody else changes that, so that each answer is known before. */
export class Client {
  readonly #email: string;
  #token: string;
  /** Of the session that it had before. */
  #former: string | null = null;
  readonly items: KnownItem[] = [];
  readonly documents: KnownDocument[] = [];

  constructor(email: string, token: string) {
    [this.#email, this.#token] = [email, token];
  }

  get authorization(): string {
    return `Bearer ${this.#token}`;
  }

  health(): Call {
    return { method: 'GET', path: '/v1/health', status: 200 };
  }

  readMasked(): Call {
    const { id, version } = this.#any(this.items);
    return {
      ...this.#signedIn('GET', `/v1/items/${id}?mask=true`),
      status: 200,
      check: ({ body }) => {
        const item = JSON.parse(body) as { version: number; masked: boolean };
        return item.masked && item.version === version;
      },
    };
  }

  reveal(): Call {
    const item = this.#any(this.items);
    return {
      ...this.#signedIn('GET', `/v1/items/${item.id}`),
      status: 200,
      check: ({ body }) => isItem(body, item.version, item.text),
    };
  }

  listItems(): Call {
    return {
      ...this.#signedIn('GET', '/v1/items?type=note&limit=20'),
      status: 200,
      check: ({ body }) => (JSON.parse(body) as { items: unknown[] }).items.length > 0,
    };
  }

  createItem(): Call | null {
    if (this.items.length >= ITEMS.most) return null;
    const text = freshText();
    return {
      ...this.#signedIn('POST', '/v1/items', { type: 'note', label: 'Load', data: { text } }),
      status: 201,
      check: ({ body }) => {
        const { id } = JSON.parse(body) as { id: string };
        this.items.push({ id, version: 1, text });
        return isItem(body, 1, text);
      },
    };
  }

  replaceItem(): Call {
    const item = this.#any(this.items);
    const text = freshText();
    return {
      ...this.#replacing(item, item.version, text),
      status: 200,
      check: ({ body }) => {
        const version = item.version + 1;
        this.items.splice(this.items.indexOf(item), 1, { id: item.id, version, text });
        return isItem(body, version, text);
      },
    };
  }

  /** By somebody who did not see the last change. */
  replaceStale(): Call {
    const item = this.#any(this.items);
    return { ...this.#replacing(item, item.version + 1, 'stale'), status: 412 };
  }

  deleteItem(): Call | null {
    if (this.items.length <= ITEMS.least) return null;
    const item = this.#any(this.items);
    return {
      ...this.#signedIn('DELETE', `/v1/items/${item.id}`),
      status: 204,
      check: () => this.items.splice(this.items.indexOf(item), 1).length === 1,
    };
  }

  generate(): Call | null {
    if (this.documents.length >= DOCUMENTS.most) return null;
    const inputs = { items: [this.#any(this.items).id] };
    return {
      ...this.#signedIn('POST', '/v1/documents', { template: 'personal-data-record', inputs }),
      status: 201,
      check: (answer) => this.#stored(answer) !== null,
    };
  }

  upload(): Call | null {
    if (this.documents.length >= DOCUMENTS.most) return null;
    const body = freshPdf();
    const call = this.#signedIn('POST', '/v1/documents');
    return {
      ...call,
      headers: { ...call.headers, 'content-type': 'application/pdf', 'x-document-title': 'Load' },
      body,
      status: 201,
      check: (answer) => this.#stored(answer)?.sha256 === sha256Of(body),
    };
  }

  listDocuments(): Call {
    return {
      ...this.#signedIn('GET', '/v1/documents?limit=20'),
      status: 200,
      check: ({ body }) => (JSON.parse(body) as { documents: unknown[] }).documents.length > 0,
    };
  }

  content(): Call {
    const { id, size, sha256 } = this.#any(this.documents);
    return {
      ...this.#signedIn('GET', `/v1/documents/${id}/content`),
      status: 200,
      check: ({ headers }) => headers['content-length'] === String(size) && headers['etag'] === `"${sha256}"`,
    };
  }

  range(): Call {
    const { id, size } = this.#any(this.documents);
    const first = Math.floor(Math.random() * (size - 1));
    const last = Math.min(size - 1, first + Math.floor(Math.random() * 100_000));
    const call = this.#signedIn('GET', `/v1/documents/${id}/content`);
    return {
      ...call,
      headers: { ...call.headers, range: `bytes=${first}-${last}` },
      status: 206,
      check: ({ headers }) =>
        headers['content-length'] === String(last - first + 1) &&
        headers['content-range'] === `bytes ${first}-${last}/${size}`,
    };
  }

  deleteDocument(): Call | null {
    if (this.documents.length <= DOCUMENTS.least) return null;
    const document = this.#any(this.documents);
    return {
      ...this.#signedIn('DELETE', `/v1/documents/${document.id}`),
      status: 204,
      check: () => this.documents.splice(this.documents.indexOf(document), 1).length === 1,
    };
  }

  activity(): Call {
    return {
      ...this.#signedIn('GET', '/v1/account/activity?limit=50'),
      status: 200,
      check: ({ body }) => (JSON.parse(body) as { chain: string }).chain === 'intact',
    };
  }

  signIn(): Call | null {
    if (this.#former !== null) return null;
    return {
      method: 'POST',
      path: '/v1/sessions',
      headers: JSON_TYPE,
      body: JSON.stringify({ email: this.#email, password: PASSWORD }),
      status: 201,
      check: ({ body }) => {
        [this.#former, this.#token] = [this.#token, tokenIn(body)];
        return true;
      },
    };
  }

  signOut(): Call | null {
    const former = this.#former;
    if (former === null) return null;
    this.#former = null;
    const headers = { authorization: `Bearer ${former}` };
    return { method: 'DELETE', path: '/v1/sessions/current', headers, status: 204 };
  }

  #any<T>(known: readonly T[]): T {
    const one = known[Math.floor(Math.random() * known.length)];
    if (one === undefined) throw new Error('a client has nothing stored');
    return one;
  }

  #replacing({ id }: KnownItem, version: number, text: string) {
    const call = this.#signedIn('PUT', `/v1/items/${id}`, { label: 'Load', data: { text } });
    return { ...call, headers: { ...call.headers, 'if-match': `"${version}"` } };
  }

  #signedIn(method: Call['method'], path: string, body?: object) {
    const { authorization } = this;
    if (body === undefined) return { method, path, headers: { authorization } };
    return { method, path, headers: { authorization, ...JSON_TYPE }, body: JSON.stringify(body) };
  }

  #stored({ body }: Answer): KnownDocument | null {
    const { id, size, sha256 } = JSON.parse(body) as KnownDocument;
    const known = { id, size, sha256 };
    this.documents.push(known);
    return known;
  }
}

/** The token of a session that was begun. */
export function tokenIn(body: string): string {
  return (JSON.parse(body) as { session: { token: string } }).session.token;
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function freshText(): string {
  return randomBytes(150).toString('hex');
}

/** Bytes of no meaning between a PDF's first and last. */
function freshPdf(): Buffer {
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(UPLOAD_SIZE), Buffer.from('\n%%EOF\n')]);
}

function isItem(body: string, version: number, text: string): boolean {
  const item = JSON.parse(body) as { version: number; data: { text: string } };
  return item.version === version && item.data.text === text;
}
