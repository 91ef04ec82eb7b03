import type { Answer } from '../../fixtures/app.ts';
import type { Api, Send } from './api.ts';
import { type Book, type Entry, pdfOf, textOf } from './book.ts';

/**
 * One signed-in call, which holds the vault to the highest revision that was seen.
 *
 * @returns null where nobody answered, and where a rotation came between (503): the call may be sent again
 * @throws Error for a status that the call must not answer
 */
export async function signedIn(
  api: Api,
  book: Book,
  what: string,
  statuses: readonly number[],
  send: Send = {},
): Promise<Answer | null> {
  const headers = { 'x-vault-revision-seen': String(book.revision), ...send.headers };
  const answer = await api.call(what, { token: book.token, ...send, headers });
  if (answer === null) return null;
  book.revision = Math.max(book.revision, Number(answer.headers.get('x-vault-revision') ?? 0));
  if (book.isKept && answer.status === 503) return null;
  if (statuses.includes(answer.status)) return answer;
  throw new Error(`${book.email}: ${what} answered ${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
}

/**
 * Makes what an entry asks for: the same call each time, under the same key.
 *
 * @param others statuses that are right besides
 * @returns whether it was acknowledged
 */
export async function make(
  api: Api,
  book: Book,
  entry: Entry,
  more: Send = {},
  others: readonly number[] = [],
): Promise<boolean> {
  const { name, kind } = entry;
  const what = kind === 'item' ? 'POST /v1/items' : 'POST /v1/documents';
  const answer = await signedIn(api, book, what, [201, ...others], { ...more, ...sent(book, entry) });
  if (answer?.status !== 201) return false;
  const id = answer.text('id');
  if (entry.id !== null && entry.id !== id) throw new Error(`${name} was made twice`);
  entry.id = id;
  if (kind !== 'item') {
    const told = answer.text('sha256');
    if (entry.sha256 !== null && entry.sha256 !== told) throw new Error(`${name} has another checksum`);
    entry.sha256 = told;
  }
  book.settle(entry, 1);
  return true;
}

function sent({ source }: Book, { name, kind }: Entry): Send {
  const headers = { 'idempotency-key': name };
  if (kind === 'uploaded') return { body: pdfOf(name), headers: { ...headers, 'x-document-title': name } };
  if (kind === 'item') return { body: { type: 'note', label: name, data: { text: textOf(name, 1) } }, headers };
  return { body: { template: 'personal-data-record', title: name, inputs: { items: [source] } }, headers };
}

export async function replace(api: Api, book: Book, entry: Entry): Promise<void> {
  const version = entry.state ?? 0;
  book.ask(entry, version + 1);
  const body = { label: entry.name, data: { text: textOf(entry.name, version + 1) } };
  const headers = { 'if-match': `"${version}"` };
  const answer = await signedIn(api, book, `PUT ${pathOf(entry)}`, [200], { body, headers });
  if (answer !== null) book.settle(entry, version + 1);
}

/** @param others statuses that are right besides: 404 for what may be gone already */
export async function remove(api: Api, book: Book, entry: Entry, others: readonly number[] = []): Promise<void> {
  book.ask(entry, null);
  const answer = await signedIn(api, book, `DELETE ${pathOf(entry)}`, [204, ...others]);
  if (answer !== null) book.settle(entry, null);
}

export function pathOf({ kind, id }: Entry): string {
  return `/v1/${kind === 'item' ? 'items' : 'documents'}/${id ?? ''}`;
}

/** Begins a session; null where nobody answered. @throws Error for another answer than these */
export async function signIn(
  api: Api,
  email: string,
  password: string,
  statuses: readonly number[],
): Promise<Answer | null> {
  const answer = await api.call('POST /v1/sessions', { body: { email, password } });
  if (answer === null || statuses.includes(answer.status)) return answer;
  throw new Error(`${email}: signing in answered ${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
}
