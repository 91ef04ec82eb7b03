import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { idTime, newId } from '../../lambda/domain/ids.ts';
import type { DocumentRow, ItemRow, Row } from '../../lambda/domain/records.ts';
import { ExportTooLargeError, UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { type Answer, PASSWORD } from '../fixtures/app.ts';
import { pathsOf, problemOf } from '../fixtures/contract.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { seedItems } from '../fixtures/seed.ts';
import {
  ask,
  type Contents,
  collect,
  contentsOf,
  type ExportApp,
  exportBy,
  exported,
  furnished,
  has,
  type Outcome,
  read,
  seedDocuments,
  sha256,
  watchedBody,
} from './export-support.ts';
import { readAll, rotate } from './rotation-support.ts';
import { CALLER, failAt, hookAll, MINUTE, rowsOf, signIn, traced, WRONG } from './support.ts';

const DAY = 86_400_000;
const MIB = 2 ** 20;
/** Sessions that outlive documents. */
const LONG = { sessionMs: 1000 * DAY, idleMs: 1000 * DAY };

const counted = ({ telemetry }: ExportApp) => [
  telemetry.counts.get('IntegrityFailure') ?? 0,
  telemetry.counts.get('CloudFailure') ?? 0,
];

async function activityOf(app: ExportApp, limit = 100): Promise<{ action: string }[]> {
  const answer = await app.call(`GET /v1/account/activity?limit=${limit}`, { token: app.token });
  return (answer.body as { activity: { action: string }[] }).activity;
}

const exportsOf = async (app: ExportApp) =>
  (await activityOf(app)).filter(({ action }) => action === 'account.exported').length;

/** What an archive holds of items and documents, to be compared. */
function held({ json, manifest, body }: Contents) {
  const { items } = json('items.json') as { items: object[] };
  return {
    items,
    documents: manifest.documents,
    pdfs: manifest.documents.map(({ id }) => body(`documents/${id}.pdf`)),
  };
}

function expectBroken({ status, broken, bytes }: Outcome): void {
  expect([status, broken]).toEqual([200, true]);
  expect(bytes.includes('manifest.json')).toBe(false);
  // The mark of an archive's end.
  expect(bytes.includes('PK\u0005\u0006')).toBe(false);
}

describe('an export', () => {
  it('holds what the API shows, with sums that are right', async () => {
    const app = await furnished(3);
    const { token, documentIds } = app;
    await signIn(app, WRONG);
    const answer = await exported(app, token);
    expect([answer.status, answer.broken]).toEqual([200, false]);
    const contents = contentsOf(answer.bytes);
    expect(contents.names).toEqual([
      'account.json',
      'items.json',
      'activity.json',
      ...documentIds.map((id) => `documents/${id}.pdf`),
      'manifest.json',
    ]);

    const get = async (path: string) => (await app.call(`GET ${path}`, { token })).body;
    expect(contents.json('account.json')).toEqual(await get('/v1/account'));
    expect(contents.json('activity.json')).toEqual(await get('/v1/account/activity?limit=100'));
    expect(contents.json('activity.json')).toMatchObject({ chain: 'intact', breaks: [], nextCursor: null });
    expect((await activityOf(app)).map(({ action }) => action)).toContain('attempt.failed');
    const shown = await readAll(app, token);
    expect(contents.json('items.json')).toEqual({ items: shown.items });
    expect(contents.manifest.documents).toEqual([...shown.documents].reverse());
    expect(held(contents).pdfs.map((pdf) => pdf.toString('base64'))).toEqual([...shown.contents].reverse());
    const sums = contents.manifest.documents.map((document) => document.sha256);
    expect(contents.manifest.files.slice(3).map(({ sha256 }) => sha256)).toEqual(sums);

    const revision = Number(answer.headers.get('x-vault-revision'));
    expect(contents.manifest).toMatchObject({
      format: 1,
      accountId: app.accountId,
      exportedAt: new Date(app.time.now).toISOString(),
      part: 1,
      parts: 1,
      revision,
      revisionAtEnd: revision,
      keyVersion: 1,
      gone: [],
    });
    const day = new Date(app.time.now).toISOString().slice(0, 10);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/zip',
      'content-disposition': `attachment; filename="twinlock-export-${day}.zip"`,
      'cache-control': 'no-store',
    });
    const made = (contents.manifest.documents as unknown as { createdAt: string }[]).map(({ createdAt }) => createdAt);
    const times = contents.entries.slice(3, -1).map(({ modified }) => modified?.getTime());
    expect(times).toEqual(made.map((time) => Math.floor(Date.parse(time) / 1000) * 1000));
  });

  it('of an account with nothing in it is whole too', async () => {
    const app = await furnished(0);
    for (const id of app.itemIds) await app.call(`DELETE /v1/items/${id}`, { token: app.token });
    const contents = contentsOf((await exported(app, app.token)).bytes);
    expect(contents.names).toEqual(['account.json', 'items.json', 'activity.json', 'manifest.json']);
    expect(contents.json('items.json')).toEqual({ items: [] });
  });

  it('is written down once, before its first byte, and a document in it not a second time', async () => {
    const app = await furnished(2);
    const response = await ask(app, app.token);
    expect(await exportsOf(app)).toBe(1);
    await read(response);
    const [last, ...before] = await activityOf(app);
    expect(last).toMatchObject({ action: 'account.exported', outcome: 'succeeded' });
    expect(before.filter(({ action }) => /exported|read|revealed/.test(action))).toEqual([]);
  });

  it('tells of a chain that is broken as the API does', async () => {
    const app = await furnished(1);
    const [first] = rowsOf(app, 'activity').sort((a, b) => (a.activityId < b.activityId ? -1 : 1));
    if (first !== undefined) app.store.rows.delete(rowName(first));
    const contents = contentsOf((await exported(app, app.token)).bytes);
    const shown = await app.call('GET /v1/account/activity?limit=100', { token: app.token });
    expect(contents.json('activity.json')).toEqual(shown.body);
    expect(contents.json('activity.json')).toMatchObject({ chain: 'broken', breaks: [{ fault: 'missing' }] });
  });

  it('asked for by HEAD answers alike, opens nothing and gives nothing', async () => {
    const app = await furnished(2);
    const before = app.objects.calls.length;
    const get = await exported(app, app.token);
    const opened = app.objects.calls.length;
    const head = await read(await ask(app, app.token, '', 'HEAD'));
    expect([head.status, head.bytes.length, app.objects.calls.length]).toEqual([200, 0, opened]);
    expect(opened - before).toBe(2);
    expect(Object.fromEntries(head.headers)).toEqual(Object.fromEntries(get.headers));
  });
});

describe('the password that an export asks for', () => {
  it('must have been given within ten minutes, by signing in or anew', async () => {
    const app = await furnished(1);
    const { token } = app;
    const [session] = rowsOf(app, 'session');
    app.time.now = idTime(session?.sessionId ?? newId(0, new Uint8Array(10))) + 10 * MINUTE;
    expect((await exported(app, token)).status).toBe(200);
    app.pass(1);
    const refused = await app.call('GET /v1/account/export', { token });
    expect(problemOf(refused)).toEqual([403, 'reauthentication_required']);
    expect(await exportsOf(app)).toBe(1);

    await app.call('POST /v1/sessions/current/reauthentication', { token, body: { password: PASSWORD } });
    app.pass(10 * MINUTE);
    expect((await exported(app, token)).status).toBe(200);
    app.pass(1);
    expect(problemOf(await app.call('GET /v1/account/export', { token }))).toEqual([403, 'reauthentication_required']);
    const again = (await signIn(app)).text('session.token');
    expect((await exported(app, again)).status).toBe(200);
  });
});

describe('parts', () => {
  /** All parts of an export by their bound, as the use case gives them. */
  async function allParts(app: ExportApp, bound: number) {
    const { parts } = await exportBy(app, app.token, 1, bound).then(async (answer) => {
      await answer.body.return?.();
      return answer;
    });
    const contents: Contents[] = [];
    const sizes: number[] = [];
    for (let part = 1; part <= parts; part++) {
      const bytes = await collect((await exportBy(app, app.token, part, bound)).body);
      contents.push(contentsOf(bytes));
      const own = ['account.json', 'activity.json'].filter((name) => contents.at(-1)?.names.includes(name));
      sizes.push(bytes.length - own.reduce((sum, name) => sum + (contents.at(-1)?.body(name).length ?? 0), 0));
    }
    return { contents, sizes };
  }

  it('are asked for by number where there are several, and hold all once', async () => {
    const app = await furnished(7);
    const whole = held(contentsOf((await exported(app, app.token)).bytes));
    const bound = 120_000;
    await expect(exportBy(app, app.token, null, bound)).rejects.toThrow(ExportTooLargeError);
    const { contents, sizes } = await allParts(app, bound);
    expect(contents.length).toBeGreaterThan(2);
    expect(sizes.filter((size) => size > bound)).toEqual([]);
    expect(contents.flatMap(({ manifest }) => manifest.documents)).toEqual(whole.documents);
    const [first, ...rest] = contents;
    expect(first?.names.slice(0, 3)).toEqual(['account.json', 'items.json', 'activity.json']);
    expect(first?.json('items.json')).toEqual({ items: whole.items });
    for (const { names } of rest) expect(names.every((name) => /^documents\/|^manifest/.test(name))).toBe(true);
    for (const [place, { manifest }] of contents.entries()) {
      expect([manifest.part, manifest.parts]).toEqual([place + 1, contents.length]);
    }
    // Nothing changed but what was done: the parts are the same.
    const again = await allParts(app, bound);
    expect(again.contents.map(({ names }) => names)).toEqual(contents.map(({ names }) => names));
  });

  it('spread items too where these alone are too many', async () => {
    const app = await furnished(2);
    const texts = Array.from({ length: 30 }, (_, i) => ({
      type: 'note' as const,
      label: `note ${i}`,
      data: { text: `"${i}\n`.repeat(500) },
    }));
    await seedItems(app, app.token, texts);
    const { items } = held(contentsOf((await exported(app, app.token)).bytes));
    expect(items).toHaveLength(33);
    const { contents, sizes } = await allParts(app, 20_000);
    const spread = contents.filter(({ names }) => names.includes('items.json'));
    expect(spread.length).toBeGreaterThan(2);
    expect(spread.flatMap(({ json }) => json('items.json')['items'])).toEqual(items);
    expect(sizes.slice(0, spread.length).filter((size) => size > 20_000)).toEqual([]);
    expect(contents.flatMap(({ manifest }) => manifest.documents)).toHaveLength(2);
  });

  it('stay under their bound whatever the titles, and a document alone goes beyond by its headers', async () => {
    const app = await furnished(0);
    const title = '\u{1f512}'.repeat(200);
    await seedDocuments(app, app.token, [
      ...Array.from({ length: 20 }, () => ({ size: 1000, title })),
      ...Array.from({ length: 20 }, () => ({ size: 1000, title: '"'.repeat(200) })),
      { size: 30_000, title },
      { size: 1 },
    ]);
    const { contents, sizes } = await allParts(app, 30_000);
    expect(contents.flatMap(({ manifest }) => manifest.documents)).toHaveLength(42);
    const alone = contents.findIndex(({ body, names }) => names.some((name) => body(name).length === 30_000));
    expect(contents[alone]?.names).toHaveLength(2);
    expect(sizes.filter((size, place) => size > 30_000 && place !== alone)).toEqual([]);
    expect(sizes[alone]).toBeLessThan(30_000 + 2048);
  });

  it('are told by HTTP for more than 180 MiB, without an object being opened', async () => {
    const app = await furnished(0);
    await seedDocuments(app, app.token, [{ size: 100 * MIB }, { size: 79 * MIB }]);
    app.pass(1000);
    const lean = await ask(app, app.token);
    expect(lean.status).toBe(200);
    await lean.body?.cancel();
    await seedDocuments(app, app.token, [{ size: 2 * MIB }]);
    const opened = app.objects.calls.length;
    const refused = await app.call('GET /v1/account/export', { token: app.token });
    expect(problemOf(refused)).toEqual([409, 'export_too_large']);
    expect(refused.body).toMatchObject({ parts: 2 });
    expect(app.objects.calls.length).toBe(opened);
    expect(await exportsOf(app)).toBe(1);

    const last = await exported(app, app.token, '?part=2');
    expect(last.headers.get('content-disposition')).toMatch(/"twinlock-export-\d{4}-\d\d-\d\d-part-2\.zip"$/);
    expect(contentsOf(last.bytes).manifest).toMatchObject({ part: 2, parts: 2, documents: [{ size: 2 * MIB }] });
  });

  it('of a small vault are one, which may be asked for by its number', async () => {
    const app = await furnished(2);
    const whole = await exported(app, app.token);
    const first = await exported(app, app.token, '?part=1');
    expect(held(contentsOf(first.bytes))).toEqual(held(contentsOf(whole.bytes)));
    expect(Object.fromEntries(first.headers)).toEqual(Object.fromEntries(whole.headers));
  });

  it.each(['2', '9999', '0', '01', '-1', '1.0', 'x', '', '10000'])('are none by the number %j', async (part) => {
    const app = await furnished(0);
    const answer = await app.call(`GET /v1/account/export?part=${part}`, { token: app.token });
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer)).toEqual(['/part']);
    expect(await exportsOf(app)).toBe(0);
  });

  it('leave older activity to the API where there is no room for it', async () => {
    const app = await furnished(0);
    const busy = await authenticate(app.env, app.token, null, CALLER);
    for (let i = 0; i < 1100; i++) await (await busy.vault()).record({ action: 'items.revealed' });
    await busy.close();
    const whole = contentsOf(await collect((await exportBy(app, app.token, null)).body)).json('activity.json');
    expect(whole).toMatchObject({ chain: 'intact', verifiedSince: null, nextCursor: null });
    const { length } = whole['activity'] as object[];
    expect(length).toBeGreaterThan(1100);

    // A bound below zero stands for a part that is full.
    const { body } = await exportBy(app, app.token, 1, 1_000 - 8 * MIB);
    const cut = contentsOf(await collect(body)).json('activity.json');
    expect(cut).toMatchObject({ chain: 'intact', nextCursor: expect.any(String) });
    const rest = await app.call(`GET /v1/account/activity?limit=100&cursor=${String(cut['nextCursor'])}`, {
      token: app.token,
    });
    const ids = (list: unknown) => (list as { id: string }[]).map(({ id }) => id);
    expect(ids(cut['activity'])).toHaveLength(1000);
    expect(ids((rest.body as { activity: unknown }).activity)).toEqual(ids(whole['activity']).slice(999, 1099));

    const rows = rowsOf(app, 'activity').sort((a, b) => (a.activityId < b.activityId ? 1 : -1));
    for (let place = 100; place < 1050; place += 50) app.store.rows.delete(rowName(rows[place] as Row));
    const broken = contentsOf(await collect((await exportBy(app, app.token, null)).body)).json('activity.json');
    expect(broken).toMatchObject({ chain: 'broken', breaks: Array.from({ length: 19 }, () => ({ fault: 'missing' })) });
  });
});

describe('what its owner does while an export is read', () => {
  it('and deletes is left out by name, if its turn has not come', async () => {
    const app = await furnished(3);
    const [first = '', second = '', third = ''] = app.documentIds;
    const remove = (id: string) => app.call(`DELETE /v1/documents/${id}`, { token: app.token });
    const { bytes, broken } = await read(await ask(app, app.token), has(`documents/${first}`), async () => {
      await remove(first);
      await remove(second);
    });
    expect(broken).toBe(false);
    const { manifest } = contentsOf(bytes);
    expect(manifest.gone).toEqual([second]);
    expect(manifest.documents.map(({ id }) => id)).toEqual([first, third]);
    expect(manifest.revisionAtEnd).toBe(manifest.revision + 2);
    expect(counted(app)).toEqual([0, 0]);
  });

  it('and lets expire is left out by name', async () => {
    const app = await furnished(2, LONG);
    const [first = '', second = ''] = app.documentIds;
    const { bytes } = await read(await ask(app, app.token), has(`documents/${first}`), () => {
      app.pass(91 * DAY);
    });
    expect(contentsOf(bytes).manifest.gone).toEqual([second]);
    expect(counted(app)).toEqual([0, 0]);
  });

  it('and adds is not in it, and what is changed is in it as it was when its turn came', async () => {
    const app = await furnished(1);
    const { token } = app;
    const [first = '', , third = ''] = app.itemIds;
    const { bytes } = await read(await ask(app, token), has('account.json'), async () => {
      await app.addItem(token, 'note', { text: 'late' });
      const body = { label: 'changed', data: { number: '+442079460001' } };
      await app.call(`PUT /v1/items/${third}`, { token, body, headers: { 'if-match': '"1"' } });
      await app.call(`DELETE /v1/items/${first}`, { token });
    });
    const { items } = held(contentsOf(bytes));
    expect(items).toMatchObject([{ label: 'myself' }, { label: 'changed', version: 2 }]);
    expect(counted(app)).toEqual([0, 0]);
  });

  it('and ends, its session or its account, ends it too', async () => {
    for (const call of ['DELETE /v1/sessions/current', 'POST /v1/account/deletion']) {
      const app = await furnished(1);
      const body = call.startsWith('POST') ? { body: { password: PASSWORD } } : {};
      const outcome = await read(await ask(app, app.token), has('account.json'), async () => {
        expect((await app.call(call, { token: app.token, ...body })).status).toBeLessThan(300);
      });
      expectBroken(outcome);
      expect(counted(app)).toEqual([0, 0]);
    }
  });

  it('and rotates, at any moment, leaves it whole', async () => {
    const before = await furnished(2);
    const shown = held(contentsOf((await exported(before, before.token)).bytes));
    const calls = await traced(before, () => exported(before, before.token));
    const keyVersions = new Set<number>();
    for (const [place, name] of calls.entries()) {
      const app = await furnished(2);
      let count = 0;
      hookAll(app, {
        after: async () => {
          if (count++ !== place) return;
          // A step only, so that rows of both keys are there, then all of it.
          const left = await app.call('POST /v1/account/key-rotation', {
            token: app.token,
            body: { password: PASSWORD, limit: 2 },
          });
          expect(left.status).toBe(200);
          if (place % 2 === 0) await rotate(app, app.token);
        },
      });
      const outcome = await exported(app, app.token);
      hookAll(app, {});
      expect([place, name, outcome.status, outcome.broken]).toEqual([place, name, 200, false]);
      expect([place, name, ...counted(app)]).toEqual([place, name, 0, 0]);
      const contents = contentsOf(outcome.bytes);
      const { items, documents, pdfs } = held(contents);
      expect([items.map(withoutTimes), pdfs.length]).toEqual([shown.items.map(withoutTimes), shown.pdfs.length]);
      expect(pdfs.map(sha256)).toEqual(documents.map((document) => document.sha256));
      expect(contents.json('activity.json')).toMatchObject({ chain: 'intact' });
      keyVersions.add(contents.manifest.keyVersion);
    }
    expect(keyVersions).toEqual(new Set([1, 2]));
  });
});

describe('what an intruder does', () => {
  type TamperedApp = ExportApp & { readonly older: ItemRow };

  /** An account with an item that was changed. */
  async function changed(): Promise<TamperedApp> {
    const app = await furnished(3);
    const older = itemRow(app);
    const headers = { 'if-match': '"1"' };
    const body = { data: { number: '+442079460001' } };
    await app.call(`PUT /v1/items/${older.itemId}`, { token: app.token, body, headers });
    return { ...app, older };
  }

  const itemRow = (app: ExportApp, place = 2): ItemRow =>
    rowsOf(app, 'item').find(({ itemId }) => itemId === app.itemIds[place]) as ItemRow;
  const documentRow = (app: ExportApp, place = 1): DocumentRow =>
    rowsOf(app, 'document').find(({ documentId }) => documentId === app.documentIds[place]) as DocumentRow;
  const replace = (app: ExportApp, row: Row) => app.store.rows.set(rowName(row), row);
  const change = (app: ExportApp, at: (size: number) => number) => {
    const [key = ''] = documentRow(app, 2).objectKeys;
    const bytes = app.objects.objects.get(key) ?? new Uint8Array(0);
    const place = at(bytes.length);
    app.objects.objects.set(key, bytes.with(place, (bytes[place] ?? 0) ^ 1));
  };

  const rows: [string, (app: TamperedApp) => unknown][] = [
    ['removes an item', (app) => app.store.rows.delete(rowName(itemRow(app)))],
    ['puts an older item back', (app) => replace(app, app.older)],
    ['removes a document’s row', (app) => app.store.rows.delete(rowName(documentRow(app)))],
    ['marks a document as deleted', (app) => replace(app, { ...documentRow(app), state: 'PENDING', sealed: null })],
    ['lets a document expire', (app) => replace(app, { ...documentRow(app), expiresAt: app.time.now - 1 })],
    [
      'gives a document another’s metadata',
      (app) => replace(app, { ...documentRow(app), sealed: documentRow(app, 2).sealed }),
    ],
    [
      'revives an item',
      (app) =>
        replace(app, {
          ...itemRow(app),
          itemId: itemRow(app).itemId.replace(/.$/, (last) => (last === 'Z' ? 'Y' : 'Z')) as never,
        }),
    ],
  ];
  const objects: [string, (app: ExportApp) => unknown][] = [
    ['removes an object', (app) => app.objects.objects.delete(documentRow(app).objectKeys[0] ?? '')],
    ['changes an object’s first byte', (app) => change(app, () => 0)],
    ['changes an object in its middle', (app) => change(app, (size) => Math.floor(size / 2))],
    ['changes an object’s last byte', (app) => change(app, (size) => size - 1)],
    [
      'exchanges two objects',
      (app) => {
        const [[a, first] = ['', new Uint8Array(0)], [b, second] = ['', new Uint8Array(0)]] = app.objects.objects;
        app.objects.objects.set(a, second).set(b, first);
      },
    ],
  ];

  it.each(rows)('and %s before an export, is told before its first byte', async (_, act) => {
    const app = await changed();
    await act(app);
    const answer = await app.call('GET /v1/account/export', { token: app.token });
    expect(problemOf(answer)).toEqual([500, 'integrity_failure']);
    expect([counted(app), await exportsOf(app)]).toEqual([[1, 0], 0]);
  });

  it.each([...rows, ...objects])('and %s while it is read, breaks it off', async (_, act) => {
    const app = await changed();
    const outcome = await read(await ask(app, app.token), has('account.json'), () => act(app));
    expectBroken(outcome);
    expect(counted(app)).toEqual([1, 0]);
  });
});

describe('a cloud that fails', () => {
  it('at any call, before the first byte answers 503, and breaks it off after', async () => {
    const traces = await furnished(2);
    const calls = await traced(traces, () => exported(traces, traces.token));
    const seen: string[] = [];
    for (const [place, name] of calls.entries()) {
      const app = await furnished(2);
      failAt(app, place, 'refused');
      const outcome = await exported(app, app.token);
      hookAll(app, {});
      expect([place, name, ...counted(app)]).toEqual([place, name, 0, 1]);
      if (outcome.broken) expectBroken(outcome);
      else expect(problemOf(answer(outcome))).toEqual([503, 'temporarily_unavailable']);
      seen.push(outcome.broken ? 'after' : 'before');
      expect(contentsOf((await exported(app, app.token)).bytes).manifest.documents).toHaveLength(2);
    }
    expect(seen.join(' ')).toMatch(/^(before ){5,}(after ?){5,}$/);
  });

  it('in the middle of an object breaks it off, and is counted once', async () => {
    const app = await furnished(3);
    const { objects } = app;
    const get = objects.get.bind(objects);
    objects.get = async (key, range) => {
      const object = await get(key, range);
      return object === null ? null : { ...object, body: brokenOff(object.body, 50_000) };
    };
    const outcome = await exported(app, app.token);
    expectBroken(outcome);
    expect(outcome.bytes.includes(app.documentIds[2] ?? '')).toBe(true);
    expect(counted(app)).toEqual([0, 1]);
  });

  const answer = ({ bytes, status }: Outcome) => ({ status, body: JSON.parse(bytes.toString()) as unknown }) as Answer;
});

describe('who leaves an export', () => {
  it('at any piece leaves no object open and no key unwiped', async () => {
    const app = await furnished(0);
    const { ids, seen } = await seedDocuments(app, app.token, [{ size: 200_000 }, { size: 200_000 }]);
    let opened = 0;
    for (let pieces = 0; ; pieces++) {
      const { body, signedIn } = await exportBy(app, app.token, null);
      const vault = await signedIn.vault();
      const { keys } = vault;
      expect(() => keys.seal('item', ids[0] ?? '', 1, Buffer.alloc(1))).not.toThrow();
      let done = false;
      for (let i = 0; i < pieces && !done; i++) done = (await body.next()).done === true;
      opened += seen.open;
      await body.return?.();
      expect(seen.open).toBe(0);
      expect(() => keys.seal('item', ids[0] ?? '', 1, Buffer.alloc(1))).toThrow('wiped');
      if (done) break;
    }
    expect(opened).toBeGreaterThan(10);
    expect(counted(app)).toEqual([0, 0]);
  });

  it('by closing the connection is noticed', async () => {
    const app = await furnished(3);
    const { objects } = app;
    const seen = { open: 0 };
    const get = objects.get.bind(objects);
    objects.get = async (key, range) => {
      const object = await get(key, range);
      return object === null ? null : { ...object, body: watchedBody(object.body, seen) };
    };
    const response = await ask(app, app.token);
    const reader = response.body?.getReader();
    while (seen.open === 0) await reader?.read();
    await reader?.cancel();
    expect(seen.open).toBe(0);
  });
});

describe('a full vault', () => {
  it('of two thousand items is exported, in order', async () => {
    const app = await furnished(0);
    const note = (i: number) => ({ type: 'note' as const, label: `note ${i}`, data: { text: `text ${i}` } });
    const ids = await seedItems(
      app,
      app.token,
      Array.from({ length: 1997 }, (_, i) => note(i)),
    );
    const { items } = held(contentsOf((await exported(app, app.token)).bytes));
    expect(items).toHaveLength(2000);
    expect(new Set(items.map((item) => (item as { id: string }).id))).toEqual(new Set([...app.itemIds, ...ids]));
    const order = items.map((item) => (item as { id: string }).id);
    expect(order).toEqual([...order].sort());
  });

  it('of forty large documents passes through a little memory', async () => {
    const app = await furnished(0);
    const { seen } = await seedDocuments(
      app,
      app.token,
      Array.from({ length: 40 }, () => ({ size: 2 * MIB })),
    );
    const { body } = await exportBy(app, app.token, null);
    // What is in use once all garbage is collected.
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const used = async () => {
      // Buffers are let go of behind the first collection's back.
      for (let turn = 0; turn < 2; turn++) {
        collectGarbage();
        await new Promise(setImmediate);
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const before = await used();
    let [most, size, open, pieces] = [0, 0, 0, 0];
    for await (const piece of body) {
      size += piece.length;
      open = Math.max(open, seen.open);
      if (pieces++ % 700 === 0) most = Math.max(most, (await used()) - before);
    }
    expect(size).toBeGreaterThan(80 * MIB);
    expect(open).toBe(1);
    expect(most).toBeLessThan(8 * MIB);
  });
});

/** What of an item does not hang on when it was made. */
function withoutTimes(item: object): object {
  const { type, label, data, version } = item as Record<string, unknown>;
  return { type, label, data, version };
}

/** A body that breaks off behind so many bytes, as one of S3's does when its connection is lost. */
async function* brokenOff(body: AsyncIterable<Uint8Array>, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of body) {
    at += piece.length;
    if (at > end) throw new UnavailableError('s3:GetObject');
    yield piece;
  }
}
