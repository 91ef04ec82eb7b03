import { PASSWORD } from '../../fixtures/app.ts';
import type { Api } from './api.ts';
import { Book } from './book.ts';
import { make, remove, replace, signedIn, signIn } from './calls.ts';
import type { Random } from './random.ts';

/** What an account holds at most before more is removed than made. */
const ITEMS = 14;
const DOCUMENTS = 5;
/** Rows that one step of a rotation moves. */
const STEP = 5;

/** Registers an account, and stores what its documents are made from. */
export async function open(api: Api, email: string, isKept: boolean): Promise<Book> {
  const book = new Book(email, PASSWORD, isKept);
  const account = { email, password: PASSWORD, acceptDataLoss: true };
  const registered = await api.call('POST /v1/accounts', { body: account });
  book.accountId = registered?.text('accountId') ?? '';
  book.token = registered?.text('session.token') ?? '';
  const source = { type: 'person', data: { givenName: 'Ada', familyName: 'Example' } };
  book.source = (await signedIn(api, book, 'POST /v1/items', [201], { body: source }))?.text('id') ?? '';
  return book;
}

/**
 * Several clients of an account at work, until the service goes away. They share a session, but none of what they store.
 *
 * @returns once the last of them was left without an answer
 * @throws Error for an answer that must not be
 */
export async function work(api: Api, book: Book, random: Random): Promise<void> {
  // Of an entry that waits for its answer no other lane takes hold.
  const lanes = [items, items, documents, book.isKept ? keep : visit];
  await Promise.all(
    lanes.map(async (lane) => {
      while (!api.isGone) await lane(api, book, random);
    }),
  );
}

async function items(api: Api, book: Book, random: Random): Promise<void> {
  const standing = book.standing('item');
  const entry = random.of(standing);
  const dice = random.below(10);
  if (entry === undefined || (dice < 4 && standing.length < ITEMS)) await make(api, book, book.begin('item'));
  else if (dice < 8) await replace(api, book, entry);
  else await remove(api, book, entry);
}

async function documents(api: Api, book: Book, random: Random): Promise<void> {
  const standing = book.standing('generated', 'uploaded');
  const entry = random.of(standing);
  const dice = random.below(10);
  if (entry !== undefined && (dice < 3 || standing.length >= DOCUMENTS)) await remove(api, book, entry);
  else await make(api, book, book.begin(dice < 6 ? 'generated' : 'uploaded'));
}

/** Signs in and out. */
async function visit(api: Api, book: Book, random: Random): Promise<void> {
  const guest = random.of(book.guests.filter(({ state }) => state === 'live'));
  if (guest === undefined || random.below(2) === 0) {
    const answer = await signIn(api, book.email, book.password, [201]);
    if (answer !== null) book.guests.push({ token: answer.text('session.token'), state: 'live' });
    return;
  }
  guest.state = 'ending';
  const answer = await signedIn(api, book, 'DELETE /v1/sessions/current', [204], { token: guest.token });
  if (answer !== null) guest.state = 'ended';
}

/** Changes the password, or rotates the keys. */
async function keep(api: Api, book: Book, random: Random): Promise<void> {
  if (random.below(3) === 0) await changePassword(api, book, `${PASSWORD} ${random.below(1_000_000)}`);
  else await rotate(api, book);
}

async function changePassword(api: Api, book: Book, newPassword: string): Promise<void> {
  book.askedPassword = newPassword;
  const body = { currentPassword: book.password, newPassword };
  const answer = await signedIn(api, book, 'PUT /v1/account/password', [204], { body });
  if (answer === null) return;
  [book.password, book.askedPassword] = [newPassword, null];
  book.acknowledged++;
}

async function rotate(api: Api, book: Book): Promise<void> {
  book.rotationAsked = true;
  const body = { password: book.password, limit: STEP };
  const answer = await signedIn(api, book, 'POST /v1/account/key-rotation', [200], { body });
  if (answer === null) return;
  const { keyVersion } = answer.body as { keyVersion: number };
  // It goes on with one that stands.
  if (keyVersion !== book.keyVersion && keyVersion !== book.keyVersion + 1) throw new Error('a rotation was lost');
  [book.keyVersion, book.rotationAsked] = [keyVersion, false];
  book.acknowledged++;
  await goOn(api, book);
}

/** Moves what is left to move. @returns whether that was acknowledged to the end */
export async function goOn(api: Api, book: Book): Promise<boolean> {
  for (;;) {
    const answer = await signedIn(api, book, 'POST /v1/account/key-rotation', [200], { body: { limit: STEP } });
    if (answer === null) return false;
    const { keyVersion, remaining } = answer.body as { keyVersion: number; remaining: number };
    if (keyVersion !== book.keyVersion) throw new Error(`keys are at ${keyVersion}, not ${book.keyVersion}`);
    if (remaining === 0) return true;
  }
}
