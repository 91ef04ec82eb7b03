import { expect } from '@jest/globals';
import type { Answer } from '../../fixtures/app.ts';
import type { Api, Send } from './api.ts';
import { type Book, type Entry, sha256, textOf } from './book.ts';
import { make, pathOf, remove, signedIn, signIn } from './calls.ts';
import { goOn } from './lanes.ts';

/** A document whose making was cut off holds its key for minutes: who sends it again is kept waiting so long, ms. */
const RESEND_MS = 500;
/** Pages of activity that are read, unless all are. */
const PAGES = 2;

interface Listed {
  readonly id: string;
  readonly label?: string;
  readonly title?: string;
  readonly version?: number;
  readonly data?: { readonly text: string };
  readonly sha256?: string;
}

/** How a check goes about it. */
export interface Thoroughness {
  /** Whether a rotation that stands is brought to its end. */
  readonly endRotation: boolean;
  /** Whether activity is read to its end. */
  readonly allActivity: boolean;
  /** Whether no key of a document whose making was cut off is held any more. */
  readonly keysAreFree: boolean;
}

/**
 * Holds an account to all that it acknowledged, and brings what it did not to an end: sends it again, and sees that it
 * was done once. What the book says afterwards is so, but for documents whose key is held still.
 *
 * @returns entries that were judged
 */
export async function check(
  api: Api,
  book: Book,
  { endRotation, allActivity, keysAreFree }: Thoroughness,
): Promise<number> {
  await checkAccount(api, book);
  await checkEntries(api, book);
  await settle(api, book, keysAreFree);
  const judged = await checkEntries(api, book);
  await checkContents(api, book);
  await checkGuests(api, book);
  if (endRotation) {
    expect(await goOn(api, book)).toBe(true);
    expect(await account(api, book)).toMatchObject({ rotating: false });
    await checkContents(api, book);
  }
  await checkActivity(api, book, allActivity);
  return judged;
}

/** A call that is answered. */
async function must(api: Api, book: Book, what: string, statuses: readonly number[], send: Send = {}): Promise<Answer> {
  const answer = await signedIn(api, book, what, statuses, send);
  if (answer === null) throw new Error(`${what} was not answered`);
  return answer;
}

async function account(api: Api, book: Book): Promise<{ keyVersion: number; rotating: boolean; email: string }> {
  return (await must(api, book, 'GET /v1/account', [200])).body as Awaited<ReturnType<typeof account>>;
}

/** Keys and password are the old ones or the new ones, as acknowledged. */
async function checkAccount(api: Api, book: Book): Promise<void> {
  const { keyVersion, email } = await account(api, book);
  expect(email).toBe(book.email);
  expect(book.rotationAsked ? [book.keyVersion, book.keyVersion + 1] : [book.keyVersion]).toContain(keyVersion);
  [book.keyVersion, book.rotationAsked] = [keyVersion, false];
  if (!book.isKept) return;
  const opens = async (password: string) => {
    const answer = await signIn(api, book.email, password, [201, 401]);
    if (answer?.status !== 201) return false;
    await must(api, book, 'DELETE /v1/sessions/current', [204], { token: answer.text('session.token') });
    return true;
  };
  const { password, askedPassword } = book;
  const isNew = askedPassword !== null && (await opens(askedPassword));
  if (askedPassword !== null && isNew) book.password = askedPassword;
  book.askedPassword = null;
  expect([await opens(password), isNew]).toEqual([!isNew, isNew]);
}

/** What lies there is what was acknowledged, or what was asked for since. @returns entries that were judged */
async function checkEntries(api: Api, book: Book): Promise<number> {
  const listed = [
    ...(await list(api, book, '/v1/items?reveal=true&type=note&limit=100', 'items')),
    ...(await list(api, book, '/v1/documents?limit=100', 'documents')),
  ];
  const found = new Map(listed.map((one) => [one.label ?? one.title ?? '', one]));
  // Made twice, one would hide the other.
  expect(found.size).toBe(listed.length);
  for (const entry of book.entries) {
    const one = found.get(entry.name);
    found.delete(entry.name);
    const state = one === undefined ? null : (one.version ?? 1);
    const states = entry.asked === null ? [entry.state] : [entry.state, entry.asked.state];
    expect({ name: entry.name, isRight: states.includes(state), state, states }).toMatchObject({ isRight: true });
    if (one === undefined) continue;
    entry.id ??= one.id;
    expect([entry.name, one.id]).toEqual([entry.name, entry.id]);
    if (one.data !== undefined) expect(one.data.text).toBe(textOf(entry.name, one.version ?? 0));
    if (one.sha256 !== undefined) expect(one.sha256).toBe((entry.sha256 ??= one.sha256));
    // A deletion that was asked for is sent again.
    if (entry.asked?.state !== null) [entry.state, entry.asked] = [state, null];
  }
  expect([...found.keys()]).toEqual([]);
  return book.entries.length;
}

async function list(api: Api, book: Book, path: string, name: 'items' | 'documents'): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await must(api, book, `GET ${path}${cursor}`, [200]);
    const page = body as { [key in typeof name]: Listed[] } & { nextCursor: string | null };
    all.push(...page[name]);
    if (page.nextCursor === null) return all;
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
  }
}

/** Sends again what was not answered. */
async function settle(api: Api, book: Book, keysAreFree: boolean): Promise<void> {
  const open = book.entries.filter(({ asked }) => asked !== null);
  await Promise.all(open.map((entry) => again(api, book, entry, keysAreFree)));
}

async function again(api: Api, book: Book, entry: Entry, keysAreFree: boolean): Promise<void> {
  if (entry.asked?.state === null) {
    if (entry.id !== null) await remove(api, book, entry, [404]);
    else entry.asked = null;
  } else if (entry.id === null && (keysAreFree || entry.kind === 'item')) {
    expect(await make(api, book, entry)).toBe(true);
  } else if (entry.id === null) {
    await make(api, book, entry, { withinMs: RESEND_MS }, [503]);
  } else {
    // Replaced or not: it was read as it is.
    entry.asked = null;
  }
}

/** Each PDF comes out as it went in, and what is gone stays gone. */
async function checkContents(api: Api, book: Book): Promise<void> {
  for (const entry of book.standing('generated', 'uploaded')) {
    const { bytes } = await must(api, book, `GET ${pathOf(entry)}/content`, [200]);
    expect([entry.name, sha256(bytes)]).toEqual([entry.name, entry.sha256]);
  }
  const gone = book.entries.filter(({ id, state, asked }) => id !== null && state === null && asked === null);
  for (const entry of gone.slice(-5)) await must(api, book, `GET ${pathOf(entry)}`, [404]);
}

async function checkGuests(api: Api, book: Book): Promise<void> {
  for (const guest of book.guests) {
    const statuses = { live: [200], ending: [200, 401], ended: [401] }[guest.state];
    const { status } = await must(api, book, 'GET /v1/account', statuses, { token: guest.token });
    guest.state = status === 200 ? 'live' : 'ended';
  }
  // One of the ended ones is enough the next time.
  book.guests.splice(0, Math.max(0, book.guests.length - 6));
}

async function checkActivity(api: Api, book: Book, isWhole: boolean): Promise<void> {
  const done: string[] = [];
  let cursor = '';
  for (let page = 0; isWhole || page < PAGES; page++) {
    const { body } = await must(api, book, `GET /v1/account/activity?limit=100${cursor}`, [200]);
    const { chain, breaks, activity, nextCursor } = body as {
      chain: string;
      breaks: unknown[];
      activity: { action: string; target?: string }[];
      nextCursor: string | null;
    };
    expect([chain, breaks]).toEqual(['intact', []]);
    done.push(...activity.map(({ action, target = '' }) => `${action} ${target}`));
    if (nextCursor === null) break;
    cursor = `&cursor=${encodeURIComponent(nextCursor)}`;
  }
  if (!isWhole) return;
  // Whatever was made was made once, and whatever is gone was removed once.
  for (const { id, kind, state } of book.entries) {
    if (id === null) continue;
    const what = kind === 'item' ? 'item' : 'document';
    const times = (action: string) => done.filter((one) => one === `${what}.${action} ${id}`).length;
    expect([id, times('created'), times('deleted')]).toEqual([id, 1, state === null ? 1 : 0]);
  }
}
