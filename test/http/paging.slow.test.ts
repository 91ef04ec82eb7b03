import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { ItemContent } from '../../lambda/domain/items.ts';
import type { Answer, MemoryApp } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf, problemOf } from '../fixtures/contract.ts';
import { seedItems } from '../fixtures/seed.ts';

const PAGE_BYTES = 2 * 1024 * 1024;

const entry = z.looseObject({ id: z.string() });
const page = z
  .union([
    z.object({ items: z.array(entry), nextCursor: z.string().nullable() }),
    z.object({ documents: z.array(entry), nextCursor: z.string().nullable() }),
  ])
  .transform((body) => ({
    ids: ('items' in body ? body.items : body.documents).map(({ id }) => id),
    next: body.nextCursor,
  }));

const pageOf = (answer: Answer) => page.parse(answer.body);

const note = (text: string, label = ''): ItemContent => ({ type: 'note', label, data: { text } });
const email = (name: number): ItemContent => ({
  type: 'email',
  label: `address ${String(name)}`,
  data: { address: `x${String(name)}@example.com` },
});

/** An app that makes documents of a few bytes, so that many cost little. */
function createQuickApp(): MemoryApp {
  const app = createCheckedApp();
  const render = () => Promise.resolve({ pdf: Buffer.from('%PDF-1.7 of a test'), pages: 1 });
  Object.assign(app.env, { renderer: { ...app.env.renderer, render } });
  return app;
}

/** Goes through a list to its end. @param between what happens before each further page */
async function walk(
  app: MemoryApp,
  token: string,
  path: string,
  between: (page: number) => unknown = () => undefined,
): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const [bare = '', query = ''] = path.split('?');
    const tail = new URLSearchParams(query);
    if (cursor !== '') tail.set('cursor', cursor);
    const [answer] = await Promise.all([
      app.call(`GET ${bare}?${tail.toString()}`, { token }),
      pages.length === 0 ? undefined : between(pages.length),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.bytes.length).toBeLessThanOrEqual(PAGE_BYTES);
    const { ids, next } = pageOf(answer);
    pages.push(ids);
    cursor = next;
    if (pages.length > 500) throw new Error('the list has no end');
  }
  return pages;
}

describe('a list', () => {
  let app: MemoryApp;
  let token: string;
  let items: string[];
  let documents: string[];

  beforeAll(async () => {
    app = createQuickApp();
    ({ token } = await app.register());
    items = await seedItems(
      app,
      token,
      Array.from({ length: 160 }, (_, i) => email(i)),
    );
    documents = [];
    const body = { template: 'personal-data-record', inputs: { items: items.slice(0, 1) } };
    for (let i = 0; i < 40; i++) documents.push((await app.call('POST /v1/documents', { token, body })).text('id'));
  });

  const lists: [string, () => string[]][] = [
    ['/v1/items', () => items],
    ['/v1/documents', () => documents.toSorted().reverse()],
  ];

  it.each(lists)('comes whole, in order and once, whatever its limit: %s', async (path, all) => {
    for (const limit of path === '/v1/items' ? [9, 50, 100] : [1, 15, 100]) {
      const pages = await walk(app, token, `${path}?limit=${String(limit)}`);
      expect(pages.flat()).toEqual(all());
      expect(pages.map((ids) => ids.length)).toEqual(
        Array.from({ length: Math.ceil(all().length / limit) }, (_, i) => Math.min(limit, all().length - i * limit)),
      );
    }
  });

  it.each(lists.slice(0, 1))('has pages of 50 unless asked otherwise: %s', async (path) => {
    expect(pageOf(await app.call(`GET ${path}`, { token })).ids).toHaveLength(50);
  });

  it('by search comes in the same pages', async () => {
    const found: string[][] = [];
    for (let cursor: string | null = null, more = true; more; ) {
      const body: object = { limit: 60, label: 'ADDRESS', ...(cursor === null ? {} : { cursor }) };
      const { ids, next } = pageOf(await app.call('POST /v1/items/search', { token, body }));
      found.push(ids);
      cursor = next;
      more = next !== null;
    }
    expect([found.flat(), found.map((ids) => ids.length)]).toEqual([items, [60, 60, 40]]);
    expect(pageOf(await app.call('POST /v1/items/search', { token, body: {} })).ids).toHaveLength(50);
  });

  it.each(['0', '101', '1000', '-1', '1.5', '05', '1e1', '', '+5', 'all', '\u0665'])(
    'takes no limit of %j',
    async (limit) => {
      for (const [path] of lists) {
        const answer = await app.call(`GET ${path}?limit=${encodeURIComponent(limit)}`, { token });
        expect([...problemOf(answer), ...pathsOf(answer)]).toEqual([422, 'invalid_request', '/limit']);
      }
    },
  );

  describe('takes no cursor', () => {
    const cursorOf = async (path: string, signedIn = token) =>
      pageOf(await app.call(`GET ${path}?limit=1`, { token: signedIn })).next ?? '';
    const refused = async (path: string, cursor: string, signedIn = token) => {
      const tail = `?cursor=${encodeURIComponent(cursor)}`;
      const answers = [await app.call(`GET ${path}${tail}`, { token: signedIn })];
      if (path === '/v1/items') {
        answers.push(await app.call('POST /v1/items/search', { token: signedIn, body: { cursor } }));
      }
      for (const answer of answers) {
        expect([...problemOf(answer), ...pathsOf(answer)]).toEqual([422, 'invalid_request', '/cursor']);
      }
    };

    it.each<[string, (cursor: string) => string]>([
      ['that is empty', () => ''],
      ['that is a word', () => 'next'],
      ['that is an id', () => items[0] ?? ''],
      ['that is an id in base64', () => Buffer.from(items[0] ?? '').toString('base64url')],
      ['of zeros', () => 'A'.repeat(130)],
      ['that is cut short', (cursor) => cursor.slice(0, -1)],
      ['that is cut to a half', (cursor) => cursor.slice(0, cursor.length / 2)],
      ['that goes on', (cursor) => `${cursor}A`],
      ['in other spelling', (cursor) => `${cursor}=`],
      ['with a space', (cursor) => `${cursor} `],
      ['twice over', (cursor) => cursor + cursor],
      ['with its first character changed', (cursor) => (cursor.startsWith('A') ? 'B' : 'A') + cursor.slice(1)],
      [
        'with one in the middle changed',
        (cursor) => cursor.slice(0, 60) + (cursor[60] === 'A' ? 'B' : 'A') + cursor.slice(61),
      ],
      ['of 3,000 characters', () => 'A'.repeat(3000)],
    ])('%s', async (_, forge) => {
      for (const [path] of lists) await refused(path, forge(await cursorOf(path)));
    });

    it('of another list', async () => {
      await refused('/v1/items', await cursorOf('/v1/documents'));
      await refused('/v1/documents', await cursorOf('/v1/items'));
    });

    it('of another account', async () => {
      const other = await app.register('other@example.com');
      for (let i = 0; i < 2; i++) await app.addItem(other.token, 'note', { text: 'x' });
      await refused('/v1/items', await cursorOf('/v1/items'), other.token);
      await refused('/v1/items', await cursorOf('/v1/items', other.token));
    });
  });

  it('goes on from a cursor whose element is gone, and in another session', async () => {
    const own = await app.register('third@example.com');
    const ids = await seedItems(app, own.token, [note('a'), note('b'), note('c')]);
    const first = pageOf(await app.call('GET /v1/items?limit=2', { token: own.token }));
    expect(first.ids).toEqual(ids.slice(0, 2));
    await app.call(`DELETE /v1/items/${ids[1] ?? ''}`, { token: own.token });
    const second = await app.call(`GET /v1/items?limit=2&cursor=${first.next ?? ''}`, { token: own.token });
    expect(pageOf(second)).toEqual({ ids: ids.slice(2), next: null });
  });

  it('that is empty is one page', async () => {
    const own = await app.register('fourth@example.com');
    for (const [path] of lists) expect(await walk(app, own.token, path)).toEqual([[]]);
  });
});

describe('a row that is gone behind the service’s back', () => {
  let app: MemoryApp;
  let token: string;
  const ids: Record<string, string[]> = { items: [], documents: [] };

  beforeAll(async () => {
    app = createQuickApp();
    ({ token } = await app.register());
    const items = await seedItems(
      app,
      token,
      ['a', 'b', 'c', 'd', 'e', 'f'].map((text) => note(text)),
    );
    const body = { template: 'personal-data-record', inputs: { items: items.slice(0, 1) } };
    const documents: string[] = [];
    for (let i = 0; i < 6; i++) documents.push((await app.call('POST /v1/documents', { token, body })).text('id'));
    Object.assign(ids, { items, documents: documents.sort().reverse() });
  });

  it.each(['items', 'documents'].flatMap((list) => [0, 1, 2, 3, 4, 5].map((place) => [list, place] as const)))(
    'breaks the page that it should be on, and no other: %s, %i',
    async (list, place) => {
      const id = ids[list]?.[place] ?? '';
      const [name = '', row] = [...app.store.rows].find(([key]) => /[ID]#/.test(key) && key.endsWith(`#${id}`)) ?? [];
      if (row === undefined) throw new Error('there is a row');
      const verdicts: number[] = [];
      for (let page = 0, cursor = ''; page < 3; page++) {
        const call = `GET /v1/${list}?limit=2${cursor}`;
        const whole = await app.call(call, { token });
        app.store.rows.delete(name);
        verdicts.push((await app.call(call, { token })).status);
        app.store.rows.set(name, row);
        expect(pageOf(whole).ids).toEqual(ids[list]?.slice(2 * page, 2 * page + 2));
        cursor = `&cursor=${pageOf(whole).next ?? ''}`;
      }
      expect(verdicts.map((status) => status === 500)).toEqual([0, 1, 2].map((page) => page === Math.floor(place / 2)));
    },
  );
});

describe('a list that changes while it is read', () => {
  it.each([7, 25])('gives every element that was there all the time, once: pages of %i', async (limit) => {
    const app = createQuickApp();
    const { token } = await app.register();
    const seeded = await seedItems(
      app,
      token,
      Array.from({ length: 150 }, (_, i) => email(i)),
    );
    const going = seeded.filter((_, i) => i % 3 === 1);
    const staying = seeded.filter((_, i) => i % 3 !== 1);
    const added: string[] = [];
    const change = async () => {
      const removed = going.splice(Math.floor(going.length / 2), 2).concat(going.splice(0, 1));
      await Promise.all([
        ...removed.map((id) => app.call(`DELETE /v1/items/${id}`, { token })),
        app.addItem(token, 'note', { text: 'new' }).then((id) => added.push(id)),
      ]);
    };
    const seen = (await walk(app, token, `/v1/items?limit=${String(limit)}`, change)).flat();
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted());
    expect(seen.filter((id) => staying.includes(id))).toEqual(staying);
    expect(seen.filter((id) => !seeded.includes(id) && !added.includes(id))).toEqual([]);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it('never shows what was removed before the page was asked for', async () => {
    const app = createQuickApp();
    const { token } = await app.register();
    const ids = await seedItems(
      app,
      token,
      Array.from({ length: 30 }, (_, i) => email(i)),
    );
    const first = pageOf(await app.call('GET /v1/items?limit=10', { token }));
    for (const id of ids.slice(12, 28)) await app.call(`DELETE /v1/items/${id}`, { token });
    const second = pageOf(await app.call(`GET /v1/items?limit=10&cursor=${first.next ?? ''}`, { token }));
    expect(second).toEqual({ ids: [...ids.slice(10, 12), ...ids.slice(28)], next: null });
  });
});

describe('a page', () => {
  it('ends at 2 MiB of answer, and the next one goes on behind it', async () => {
    const app = createCheckedApp();
    const { token } = await app.register();
    const notes = Array.from({ length: 70 }, (_, i) => note(i % 2 === 0 ? 'x'.repeat(65_536) : '"'.repeat(65_536)));
    const ids = await seedItems(app, token, notes);
    const pages = await walk(app, token, '/v1/items?limit=100&reveal=true');
    expect(pages.flat()).toEqual(ids);
    expect(pages.length).toBe(4);
    expect(await walk(app, token, '/v1/items?limit=100')).toEqual([ids]);
  });

  it('counts what stands around its elements', async () => {
    const app = createCheckedApp();
    const { token } = await app.register();
    // 32 elements that are 2 MiB together, to the byte, without commas and brackets.
    const texts = Array.from({ length: 32 }, () => 'x'.repeat(65_536 - 300));
    const [probe = ''] = await seedItems(app, token, [note(texts[0] ?? '')]);
    const rest = PAGE_BYTES / 32 - (await app.call(`GET /v1/items/${probe}`, { token })).bytes.length;
    await app.call(`DELETE /v1/items/${probe}`, { token });
    const ids = await seedItems(
      app,
      token,
      texts.map((text) => note(text + 'x'.repeat(rest))),
    );
    const pages = await walk(app, token, '/v1/items?limit=100&reveal=true');
    expect([pages.flat(), pages.length]).toEqual([ids, 2]);
  });
});

describe('a full vault', () => {
  let app: MemoryApp;
  let token: string;
  let ids: string[];

  beforeAll(async () => {
    app = createQuickApp();
    ({ token } = await app.register());
    ids = await seedItems(app, token, [
      ...Array.from({ length: 1999 }, (_, i) => email(i)),
      note('the last', 'Needle'),
    ]);
  });

  it('takes no further item or document and leaves nothing of it, but lets go and change', async () => {
    const rows = app.store.rows.size;
    const body = { template: 'personal-data-record', inputs: { items: ids.slice(0, 1) } };
    for (const [call, sent] of [
      ['POST /v1/items', note('x')],
      ['POST /v1/documents', body],
    ] as const) {
      expect(problemOf(await app.call(call, { token, body: sent }))).toEqual([409, 'vault_full']);
    }
    expect([app.store.rows.size, app.objects.objects.size]).toEqual([rows, 0]);

    const [first = '', second = ''] = ids;
    const changed = { body: { data: { address: 'new@example.com' } }, headers: { 'if-match': '"1"' } };
    expect((await app.call(`PUT /v1/items/${first}`, { token, ...changed })).status).toBe(200);
    expect((await app.call(`DELETE /v1/items/${first}`, { token })).status).toBe(204);
    expect(problemOf(await app.call('POST /v1/documents', { token, body }))).toEqual([422, 'invalid_request']);
    const kept = { ...body, inputs: { items: [second] } };
    const document = await app.call('POST /v1/documents', { token, body: kept });
    expect(document.status).toBe(201);
    expect(problemOf(await app.call('POST /v1/items', { token, body: note('x') }))).toEqual([409, 'vault_full']);
    expect((await app.call(`DELETE /v1/documents/${document.text('id')}`, { token })).status).toBe(204);
    expect((await app.call('POST /v1/items', { token, body: note('x', 'Needle') })).status).toBe(201);
    expect(problemOf(await app.call('POST /v1/items', { token, body: note('x') }))).toEqual([409, 'vault_full']);
  });

  it('is searched in pages that may be empty, and to its end', async () => {
    const found: string[][] = [];
    for (let cursor: string | null = null, more = true; more; ) {
      const body: object = { limit: 5, label: 'needle', ...(cursor === null ? {} : { cursor }) };
      const before = app.store.calls.length;
      const { ids: some, next } = pageOf(await app.call('POST /v1/items/search', { token, body }));
      expect(app.store.calls.length - before).toBeLessThan(12);
      found.push(some);
      cursor = next;
      more = next !== null;
      expect(found.length).toBeLessThan(20);
    }
    expect(found.flat()).toHaveLength(2);
    expect(found.flat()).toContain(ids.at(-1));
    expect(found.slice(0, -1).flat()).toEqual([]);
    expect(found.length).toBeGreaterThan(2);

    const notes = await walk(app, token, '/v1/items?type=note&limit=1');
    expect(notes.flat()).toEqual(found.flat());
  });
});
