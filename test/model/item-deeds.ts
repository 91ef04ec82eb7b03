import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../fixtures/app.ts';
import { type Deed, deedIn, pick } from './deeds.ts';
import { type In, mark } from './in.ts';
import { type Account, type Item, iso, type Keyed } from './model.ts';

/** What is stored, for an account's mark. */
const CONTENTS: readonly ((mark: string) => Pick<Item, 'type' | 'label' | 'data'>)[] = [
  (own) => ({ type: 'note', label: `${own}Ärger`, data: { text: `${own}one\n\u{1f512}` } }),
  (own) => ({ type: 'note', label: '', data: { text: `${own}${'two '.repeat(2000)}` } }),
  (own) => ({ type: 'person', label: `${own}me`, data: { familyName: `${own}Example`, givenName: 'Ada' } }),
  (own) => ({
    type: 'person',
    label: `${own}you`,
    data: { givenName: `${own}Bo`, familyName: 'É', birthDate: '1980-02-29' },
  }),
  (own) => ({ type: 'phone', label: `${own}phone`, data: { number: '+442079460000' } }),
  (own) => ({ type: 'email', label: `${own}mail`, data: { address: `${own}x@example.com` } }),
  (own) => ({
    type: 'address',
    label: `${own}home`,
    data: { lines: [`${own}1 Way`, '2nd'], city: 'Town', country: 'DE' },
  }),
];
/** A note, a person and an address: what templates ask for. */
const FIRST = [0, 2, 6] as const;
const KEYS = ['key-a', 'key-b', 'key-c'] as const;

const contents = fc.nat(CONTENTS.length - 1);
export const keys = fc.option(fc.constantFrom(...KEYS), { freq: 2 });
export const places = fc.nat(50);
/** Whose things are asked for: nearly always one's own. */
export const owns = fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
/** An id that nobody has. */
export const NO_ID = '01HZZZZZZZZZZZZZZZZZZZZZZZ';

/** The id of a thing of the account, or of the others; one that nobody has where there is none. */
export function idAmong(at: In, isOwn: boolean, of: (account: Account) => Iterable<string>, place: number): string {
  const accounts = at.m.accounts.filter((account) => (account === at.account) === isOwn);
  return (
    pick(
      accounts.flatMap((account) => [...of(account)]),
      place,
    ) ?? NO_ID
  );
}

const createItem = deedIn('create item', fc.record({ content: contents, key: keys }), async (at, { content, key }) => {
  await sendItem(at, CONTENTS[content]?.(mark(at.account)), key);
});

async function sendItem(at: In, body: unknown, key: string | null): Promise<void> {
  const { m, account, session } = at;
  const call = 'POST /v1/items';
  const answer = await at.ask(call, { body, headers: key === null ? {} : { 'idempotency-key': key } });
  if (answer === null) return;
  const known = replayed(at, answer, key, `${call} ${JSON.stringify(body)}`, ({ id }) => account.items.get(id) ?? null);
  if (known === 'refused') return;
  if (known !== null) {
    m.record(session, 'item.revealed', known.id);
    saysItem(at, answer, '201', known);
    return;
  }
  const { type, label, data } = body as Item;
  const id = answer.text('id');
  expect([...account.items.keys(), ...account.documents.keys()]).not.toContain(id);
  const times = { createdAt: m.now, updatedAt: m.now };
  const item = { id, type, label, data, version: 1, ...times, keyVersion: account.keyVersion };
  account.items.set(id, item);
  keep(at, key, { kind: 'item', body, request: `${call} ${JSON.stringify(body)}`, id });
  m.write(session, 'item.created', id);
  saysItem(at, answer, '201', item);
  expect(answer.headers.get('location')).toBe(`/v1/items/${id}`);
}

/**
 * What a request with a key made before, as it stands.
 *
 * @returns null where the request is to be done; 'refused' where it was
 */
export function replayed<T>(
  at: In,
  answer: Answer,
  key: string | null,
  request: string,
  find: (known: Keyed) => T | null,
): T | 'refused' | null {
  const known = at.m.keyedBy(at.account, key, request);
  if (known === null) return null;
  const found = known === 'other' ? null : find(known);
  if (found === null) at.says(answer, known === 'other' ? '422 idempotency_key_reused' : '404 not_found');
  return found ?? 'refused';
}

/** Remembers what a request with a key made. */
export function keep({ m, account }: In, key: string | null, made: Omit<Keyed, 'createdAt'>): void {
  if (key !== null) account.keys.set(key, { ...made, createdAt: m.now });
}

const resend = deedIn('send again', fc.constantFrom(...KEYS), async (at, key) => {
  const known = at.account.keys.get(key);
  if (known?.kind === 'item') await sendItem(at, known.body, key);
});

function saysItem(at: In, answer: Answer, expected: string, item: Item, isMasked = false): void {
  at.says(answer, expected, isMasked ? maskedView(item) : itemView(item));
  expect(answer.headers.get('etag')).toBe(`"${item.version}"`);
}

/** An item as answers have it, whole. */
export function itemView({ keyVersion: _under, createdAt, updatedAt, ...item }: Item): object {
  return { ...item, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

function maskedView(item: Item): object {
  const data = Object.fromEntries(
    Object.entries(item.data).map(([field, value]) => [
      field,
      Array.isArray(value) ? value.map((one) => masked(field, String(one))) : masked(field, String(value)),
    ]),
  );
  return { ...itemView(item), data, masked: true };
}

function masked(field: string, text: string): string {
  const first = Array.from(text)[0] ?? '';
  if (field === 'country') return text;
  if (field === 'birthDate') return `${text.slice(0, 4)}-••-••`;
  if (field === 'number') return `•••${text.slice(-4)}`;
  return field === 'address' ? `${first}•••${text.slice(text.indexOf('@'))}` : `${first}•••`;
}

const getItem = deedIn(
  'get item',
  fc.record({ place: places, isOwn: owns, isMasked: fc.boolean() }),
  async (at, { place, isOwn, isMasked }) => {
    const id = idAmong(at, isOwn, ({ items }) => items.keys(), place);
    const answer = await at.ask(`GET /v1/items/${id}${isMasked ? '?mask=true' : ''}`);
    if (answer === null) return;
    const item = at.account.items.get(id);
    if (item === undefined) {
      at.says(answer, '404 not_found');
      return;
    }
    if (!isMasked) at.m.record(at.session, 'item.revealed', id);
    saysItem(at, answer, '200', item, isMasked);
  },
);

/** The version that a change is sent with: the right one, one that it had or will have, or none. */
const matches = fc.constantFrom('right', 'right', 'right', 'before', 'after', 'none');

function matchOf(match: string, item: Item | undefined): Record<string, string> {
  const version = item?.version ?? 1;
  const sent = { right: version, before: version - 1, after: version + 1 }[match];
  return sent === undefined ? {} : { 'if-match': `"${sent}"` };
}

const replaceItem = deedIn(
  'replace item',
  fc.record({ place: places, isOwn: owns, match: matches, content: contents, word: fc.constantFrom('x', 'y') }),
  async (at, p) => {
    const { m, account } = at;
    const id = idAmong(at, p.isOwn, ({ items }) => items.keys(), p.place);
    const item = account.items.get(id);
    const of = (type: string | undefined) =>
      CONTENTS.map((make) => make(mark(account))).find((one) => one.type === type);
    // Of another type, now and then: that is refused.
    const content = p.content > 0 ? of(item?.type) : CONTENTS[0]?.(mark(account));
    const data = content?.data ?? {};
    const label = `${mark(account)}${p.word}${p.content}`;
    const answer = await at.ask(`PUT /v1/items/${id}`, { body: { label, data }, headers: matchOf(p.match, item) });
    if (answer === null) return;
    if (p.match === 'none') {
      at.says(answer, '428 precondition_required');
      return;
    }
    // No version is 0.
    if (p.match === 'before' && (item?.version ?? 1) === 1) {
      at.says(answer, '412 precondition_failed');
      return;
    }
    if (item === undefined) {
      at.says(answer, '404 not_found');
      return;
    }
    if (content?.type !== item.type) {
      at.says(answer, '422 invalid_request');
      return;
    }
    if (p.match !== 'right') {
      at.says(answer, '412 precondition_failed');
      return;
    }
    const { keyVersion } = account;
    const next = { ...item, label, data, version: item.version + 1, updatedAt: m.now, keyVersion };
    account.items.set(id, next);
    m.write(at.session, 'item.changed', id);
    saysItem(at, answer, '200', next);
  },
);

const deleteItem = deedIn('delete item', fc.record({ place: places, isOwn: owns, match: matches }), async (at, p) => {
  const id = idAmong(at, p.isOwn, ({ items }) => items.keys(), p.place);
  const item = at.account.items.get(id);
  const answer = await at.ask(`DELETE /v1/items/${id}`, { headers: matchOf(p.match, item) });
  if (answer === null) return;
  if (p.match === 'before' && (item?.version ?? 1) === 1) {
    at.says(answer, '412 precondition_failed');
    return;
  }
  if (item === undefined) {
    at.says(answer, '404 not_found');
    return;
  }
  if (p.match === 'before' || p.match === 'after') {
    at.says(answer, '412 precondition_failed');
    return;
  }
  at.account.items.delete(id);
  at.m.write(at.session, 'item.deleted', id);
  at.says(answer, '204');
});

const filters = fc.record(
  { type: fc.constantFrom('note', 'person', 'passport'), label: fc.constantFrom('ÄRGER', 'y', 'canary', 'nowhere') },
  { requiredKeys: [] },
);

const listItems = deedIn(
  'list items',
  fc.record({ filter: filters, reveal: fc.boolean(), limit: fc.constantFrom(1, 2, 3, 100), isSearch: fc.boolean() }),
  async (at, { filter: { type, label }, reveal, limit, isSearch }) => {
    const query = `limit=${limit}${type === undefined ? '' : `&type=${type}`}&reveal=${reveal}`;
    const part = isSearch && label !== undefined ? label.toLowerCase() : '';
    const expected = [...at.account.items.values()]
      .filter((item) => type === undefined || item.type === type)
      .filter((item) => item.label.toLowerCase().includes(part))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(reveal ? itemView : maskedView);
    const shown = await allPages<'items'>(at, 'items', limit, async (cursor) => {
      const more = cursor === null ? {} : { cursor };
      const search = {
        limit,
        reveal,
        ...(type === undefined ? {} : { type }),
        ...(part === '' ? {} : { label }),
        ...more,
      };
      const answer = await (isSearch
        ? at.ask('POST /v1/items/search', { body: search })
        : at.ask(`GET /v1/items?${query}${cursor === null ? '' : `&cursor=${cursor}`}`));
      const isShown = reveal && ((answer?.body as { items?: unknown[] } | undefined)?.items?.length ?? 0) > 0;
      if (answer !== null && isShown) at.m.record(at.session, 'items.revealed');
      return answer;
    });
    if (shown !== null) expect(shown).toEqual(expected);
  },
);

/** Every page of a list. @param page null where the session is over */
export async function allPages<K extends string>(
  at: In,
  name: K,
  limit: number,
  page: (cursor: string | null) => Promise<Answer | null>,
): Promise<unknown[] | null> {
  const all: unknown[] = [];
  let cursor: string | null = null;
  do {
    const answer: Answer | null = await page(cursor);
    if (answer === null) return null;
    at.says(answer, '200');
    const body = answer.body as Record<K, unknown[]> & { nextCursor: string | null };
    expect(body[name].length).toBeLessThanOrEqual(limit);
    all.push(...body[name]);
    cursor = body.nextCursor;
  } while (cursor !== null);
  return all;
}

/** What an account holds when a run begins. */
export async function furnish(at: In): Promise<void> {
  for (const content of FIRST) await sendItem(at, CONTENTS[content]?.(mark(at.account)), null);
}

/** What is done with items, each with how often. */
export const ITEM_DEEDS: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [8, createItem],
  [2, resend],
  [4, getItem],
  [6, replaceItem],
  [3, deleteItem],
  [4, listItems],
];
