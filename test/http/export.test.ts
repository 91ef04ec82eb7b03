import { beforeAll, describe, expect, it } from '@jest/globals';
import { type ItemId, newId } from '../../lambda/domain/ids.ts';
import type { Sealed } from '../../lambda/domain/records.ts';
import { type Fetch, streamed } from '../../lambda/http/gateway.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { activityJson, itemsJson } from '../../lambda/usecases/export-json.ts';
import { planExport } from '../../lambda/usecases/export-plan.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { checkAnswer, problemOf } from '../fixtures/contract.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';
import { seedItems } from '../fixtures/seed.ts';
import { entryRows, plantEntries } from '../usecases/activity-support.ts';
import {
  collect,
  contentsOf,
  type ExportApp,
  exported,
  furnished,
  seedDocuments,
  VIEWS,
} from '../usecases/export-support.ts';
import { CALLER, MINUTE, plant } from '../usecases/support.ts';

const CALL = 'GET /v1/account/export';
const MIB = 2 ** 20;

describe('an export by HTTP', () => {
  it.each<[string, number, string, (app: ExportApp) => Promise<{ query?: string; token?: string; headers?: object }>]>([
    ['without a session', 401, 'unauthenticated', () => Promise.resolve({ token: '' })],
    [
      'without the password given lately',
      403,
      'reauthentication_required',
      (app) => {
        app.pass(11 * MINUTE);
        return Promise.resolve({});
      },
    ],
    [
      'of too much',
      409,
      'export_too_large',
      async (app) => {
        await seedDocuments(app, app.token, [{ size: 180 * MIB }, { size: 180 * MIB }]);
        return {};
      },
    ],
    [
      'from a client that has seen more',
      409,
      'vault_rolled_back',
      () => Promise.resolve({ headers: { 'x-vault-revision-seen': '999' } }),
    ],
    ['of a part that is none', 422, 'invalid_request', () => Promise.resolve({ query: '?part=2' })],
    ['with an unknown parameter', 422, 'invalid_request', () => Promise.resolve({ query: '?parts=1' })],
  ])('%s answers %i %s', async (_, status, code, prepare) => {
    const app = await furnished(1);
    const { query = '', token = app.token, headers = {} } = await prepare(app);
    for (const method of ['GET', 'HEAD']) {
      const call = `${method} /v1/account/export${query}`;
      const answer = await app.call(call, { token, headers: { ...headers } });
      checkAnswer(call, answer);
      if (method === 'GET') expect(problemOf(answer)).toEqual([status, code]);
      else expect([answer.status, answer.bytes.length]).toEqual([status, 0]);
    }
  });

  it('answers as documented', async () => {
    const app = await furnished(1);
    const answer = await app.call(CALL, { token: app.token });
    checkAnswer(CALL, answer);
    expect(answer.status).toBe(200);
    expect(contentsOf(answer.bytes).manifest.documents).toHaveLength(1);
  });

  it('tells how many parts there are', async () => {
    const app = await furnished(1);
    const answer = await app.call(`${CALL}?part=2`, { token: app.token });
    expect(answer.body).toMatchObject({ errors: [{ path: '/part', message: 'must be a part’s number, from 1 to 1' }] });
  });

  it('is nobody else’s', async () => {
    const app = await furnished(1);
    const other = await app.register('other@example.com', PASSWORD);
    const contents = contentsOf((await exported(app, other.token)).bytes);
    expect(contents.manifest).toMatchObject({ accountId: other.accountId, documents: [] });
    expect(contents.json('items.json')).toEqual({ items: [] });
  });
});

describe('the parts of an export', () => {
  it('hold as much as goes in to the byte, and what is larger by itself', async () => {
    const app = await furnished(1);
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const plan = (bound: number) => planExport(app.env, signedIn, bound);
    const [whole, ...none] = await plan(Number.POSITIVE_INFINITY);
    const { size = 0 } = whole ?? {};
    expect([none, whole]).toEqual([[], { items: app.itemIds, documents: app.documentIds, size }]);
    expect(await plan(size)).toEqual([whole]);
    expect((await plan(size - 1)).map(({ items, documents }) => [items, documents])).toEqual([
      [app.itemIds, []],
      [[], app.documentIds],
    ]);
    expect((await plan(1)).map(({ items, documents }) => [items, documents])).toEqual([
      ...app.itemIds.map((id) => [[id], []]),
      [[], app.documentIds],
    ]);
    await signedIn.close();
  });
});

describe('items.json', () => {
  let app: ExportApp;
  let ids: readonly ItemId[];
  beforeAll(async () => {
    app = await furnished(0);
    const notes = Array.from(
      { length: 1050 },
      (_, i) => ({ type: 'note', label: '', data: { text: `${i}` } }) as const,
    );
    ids = (await seedItems(app, app.token, notes)) as ItemId[];
  });

  it.each([
    ['nothing', [], null, 0],
    ['the first', [0], null, 1],
    ['one behind a page', [1040], null, 2],
    ['both', [0, 1040], null, 2],
    ['what follows another', [1040], 1039, 1],
    ['what is gone', [2000], null, 2],
  ] as const)('holds %s, and no more is read for it', async (_, places, place, pages) => {
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const gone = newId<ItemId>(app.time.now, new Uint8Array(10));
    const wanted = places.map((at) => ids[at] ?? gone);
    const after = place === null ? null : (ids[place] ?? null);
    app.store.calls.length = 0;
    const bytes = await collect(itemsJson(app.env, signedIn, wanted, after, VIEWS));
    await signedIn.close();
    const { items } = JSON.parse(bytes.toString()) as { items: { id: string; data: object }[] };
    const held = places.filter((at) => at < ids.length);
    expect(items).toMatchObject(held.map((at) => ({ id: ids[at], data: { text: `${at}` } })));
    expect(app.store.calls.filter(({ op }) => op === 'list')).toHaveLength(pages);
  });
});

describe('activity.json', () => {
  it('holds a page in any case, and further ones as long as there is room to the byte', async () => {
    const app = await furnished(0);
    await plantEntries(app, app.token, 1000);
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const file = async (room: number) => {
      const bytes = await collect(activityJson(app.env, signedIn, room, VIEWS));
      return { size: bytes.length, ...(JSON.parse(bytes.toString()) as { activity: object[]; nextCursor: unknown }) };
    };
    const whole = await file(MIB);
    expect([whole.activity.length, whole.nextCursor]).toEqual([1004, null]);
    const room = Buffer.byteLength(JSON.stringify(whole.activity)) - 2;
    expect(await file(room)).toEqual(whole);
    const { activity, nextCursor } = await file(room - 1);
    expect([activity, nextCursor]).toEqual([whole.activity.slice(0, 1000), expect.any(String)]);
    await signedIn.close();
  });

  it('tells of entries that are not what they were, though a page of them has none', async () => {
    const app = await furnished(0);
    await plantEntries(app, app.token, 996);
    const [oldest] = entryRows(app, app.accountId);
    if (oldest === undefined) throw new Error('there are entries');
    plant(app, { ...oldest, sealed: oldest.sealed.slice(1) as Sealed });
    await plantEntries(app, app.token, 1);
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const bytes = await collect(activityJson(app.env, signedIn, MIB, VIEWS));
    await signedIn.close();
    const { activity, breaks } = JSON.parse(bytes.toString()) as { activity: object[]; breaks: object[] };
    expect(activity).toHaveLength(1000);
    expect(breaks).toContainEqual({ fault: 'changed', id: oldest.activityId });
  });
});

describe('an export through Lambda’s own stream', () => {
  let app: ExportApp;
  beforeAll(async () => {
    app = await furnished(3);
  });

  async function through(fetch: Fetch): Promise<RuntimeStream> {
    const stream = new RuntimeStream();
    const handler = streamed(fetch, (out, head) => RuntimeStream.from(out, head));
    await handler(gatewayEvent(CALL, { headers: { Authorization: `Bearer ${app.token}` } }), stream);
    return stream;
  }

  it('comes whole, behind its head', async () => {
    const { head, body, state } = await through(app.fetch);
    expect(head).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/zip' } });
    expect([state, contentsOf(body).manifest.documents.length]).toEqual(['ended', 3]);
  });

  it('is destroyed, not ended, where it breaks off', async () => {
    const [, , [key, bytes] = ['', new Uint8Array(0)]] = [...app.objects.objects];
    app.objects.objects.set(key, bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1));
    const { head, body, state } = await through(app.fetch);
    app.objects.objects.set(key, bytes);
    expect([head?.statusCode, state]).toEqual([200, 'destroyed']);
    expect(() => contentsOf(body)).toThrow('an end of the directory');
  });
});
