import { describe, expect, it } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { requireIntact } from './activity-support.ts';
import { rotate } from './rotation-support.ts';
import { atOnce, HOUR, hookAll, plant } from './support.ts';
import {
  abort,
  complete,
  contentOf,
  createUploadApp,
  DAY,
  documentRow,
  partsOf,
  readyOnes,
  requireSwept,
  send,
  sendAll,
  sha256,
  type UploadApp,
} from './upload-support.ts';

const NOT_FOUND = '404 not_found';
const PARTS = partsOf([17_000, 300]);
const [FIRST = Buffer.alloc(0), SECOND = Buffer.alloc(0)] = PARTS;
const WHOLE = Buffer.concat(PARTS);

/** An app with an upload of which so many parts have come. */
async function uploading(parts: number): Promise<UploadApp & { readonly id: string }> {
  const app = await createUploadApp();
  return { ...app, id: await sendAll(app, app.token, PARTS.slice(0, parts)) };
}

/** Holds that a document is there once and whole, and that its deletion and maintenance leave nothing. */
async function requireWhole(app: UploadApp, id: string): Promise<void> {
  const { token } = app;
  expect(readyOnes(app)).toEqual([id]);
  expect((await contentOf(app, token, id)).equals(WHOLE)).toBe(true);
  const deeds = (await requireIntact(app, token)).filter(({ action }) => action === 'document.created');
  expect(deeds).toHaveLength(1);
  expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
  await requireSwept(app, DAY + HOUR + 1);
}

it('an abortion beside parts that come at once either ends the upload or says that it did not', async () => {
  const app = await uploading(2);
  const { token, id } = app;
  const others = [...Array(6).keys()].map((place) => Buffer.from(`another ${place}`));
  const answers = await atOnce(app, [
    () => abort(app, token, id),
    ...others.map((part, place) => () => send(app, token, id, place + 1, part)),
  ]);
  expect(answers.slice(0, 1).map(verdict)).toEqual(['204']);
  for (const answer of answers.slice(1)) expect(['200', NOT_FOUND]).toContain(verdict(answer));
  expect(verdict(await app.call(`GET /v1/uploads/${id}`, { token }))).toBe(NOT_FOUND);
  await requireSwept(app, HOUR + 1);
});

describe('parts that are not as they were sent', () => {
  type World = UploadApp & { readonly ids: readonly string[]; readonly others: readonly string[] };
  const twins = partsOf([17_000, 17_000]);

  /** Two uploads, and one of another account, all parts of a size. */
  async function createWorld(): Promise<World> {
    const app = await createUploadApp();
    const other = await app.register('other@example.com');
    const ids = [await sendAll(app, app.token, twins), await sendAll(app, app.token, partsOf([17_000, 17_000], 3))];
    return { ...app, ids, others: [await sendAll(app, other.token, twins)] };
  }

  /** The objects of an upload, in the order of its parts. */
  const objectsOf = (app: World, id = app.ids[0] ?? '') => documentRow(app, id).objectKeys;
  const bytesOf = (app: World, key = '') => app.objects.objects.get(key) ?? new Uint8Array(0);
  /** Puts bytes in the place of a part. */
  const put = (app: World, place: number, bytes: Uint8Array) =>
    app.objects.objects.set(objectsOf(app)[place] ?? '', Uint8Array.from(bytes));
  const flipped = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes.at(at) ?? 0) ^ 1);

  it.each<[string, (app: World) => unknown]>([
    [
      'swapped between numbers',
      (app) => {
        const [first, second] = objectsOf(app).map((key) => bytesOf(app, key));
        put(app, 0, second ?? new Uint8Array(0));
        put(app, 1, first ?? new Uint8Array(0));
      },
    ],
    ['one for the other', (app) => put(app, 1, bytesOf(app, objectsOf(app)[0]))],
    ['from another document', (app) => put(app, 0, bytesOf(app, objectsOf(app, app.ids[1])[0]))],
    ['from another account, the same bytes', (app) => put(app, 0, bytesOf(app, objectsOf(app, app.others[0])[0]))],
    ['cut by a byte', (app) => put(app, 1, bytesOf(app, objectsOf(app)[1]).subarray(0, -1))],
    ['cut by a chunk', (app) => put(app, 1, bytesOf(app, objectsOf(app)[1]).subarray(0, 56 + 16_400))],
    ['longer by a byte', (app) => put(app, 1, Buffer.concat([bytesOf(app, objectsOf(app)[1]), Buffer.alloc(1)]))],
    ['changed in the first chunk', (app) => put(app, 0, flipped(bytesOf(app, objectsOf(app)[0]), 60))],
    ['changed in the last byte', (app) => put(app, 1, flipped(bytesOf(app, objectsOf(app)[1]), 17_000 + 56 + 32 - 1))],
    ['missing', (app) => app.objects.objects.delete(objectsOf(app)[1] ?? '')],
    ['plain', (app) => put(app, 0, twins[0] ?? new Uint8Array(0))],
    [
      'told of by the row of another upload',
      (app) => plant(app, { ...documentRow(app, app.ids[0] ?? ''), sealed: documentRow(app, app.ids[1] ?? '').sealed }),
    ],
    ['told of by a row that was raised', (app) => plant(app, { ...documentRow(app, app.ids[0] ?? ''), version: 9 })],
  ])('%s are told of when they are put together, and nothing is READY', async (_, tamper) => {
    const app = await createWorld();
    const [id = ''] = app.ids;
    const [row, objects] = [documentRow(app, id), new Map(app.objects.objects)];
    tamper(app);
    const body = { parts: 2, sha256: sha256(Buffer.concat(twins)) };
    expect(verdict(await complete(app, app.token, id, body))).toBe('500 integrity_failure');
    expect(app.telemetry.counts.get('IntegrityFailure')).toBe(1);
    expect(readyOnes(app)).toEqual([]);
    plant(app, row);
    for (const [key, bytes] of objects) app.objects.objects.set(key, bytes);
    expect(verdict(await complete(app, app.token, id, body))).toBe('201');
    expect((await contentOf(app, app.token, id)).equals(Buffer.concat(twins))).toBe(true);
  });

  it('an earlier state put back is no other than the sender’s checksum allows', async () => {
    const app = await createWorld();
    const [id = ''] = app.ids;
    const row = documentRow(app, id);
    const objects = new Map(app.objects.objects);
    await send(app, app.token, id, 1, partsOf([17_000, 17_000], 9)[0] ?? Buffer.alloc(0));
    plant(app, row);
    for (const [key, bytes] of objects) app.objects.objects.set(key, bytes);
    const now = Buffer.concat([partsOf([17_000, 17_000], 9)[0] ?? Buffer.alloc(0), twins[1] ?? Buffer.alloc(0)]);
    expect(verdict(await complete(app, app.token, id, { parts: 2, sha256: sha256(now) }))).toBe('422 invalid_request');
    expect(readyOnes(app)).toEqual([]);
  });

  it('an object that a row was made to name is not removed with it', async () => {
    const app = await createWorld();
    const [id = '', foreign = ''] = [app.ids[0], objectsOf(app, app.others[0])[0]];
    const row = documentRow(app, id);
    plant(app, { ...row, objectKeys: [...row.objectKeys, foreign] });
    expect(verdict(await abort(app, app.token, id))).toBe('500 integrity_failure');
    expect(app.objects.objects.has(foreign)).toBe(true);
  });
});

it('a completion beside a rotation that ends comes to nothing, and is told', async () => {
  const app = await uploading(2);
  let rotated = false;
  hookAll(app, {
    before: async (name) => {
      if (rotated || !name.startsWith('store.commit')) return;
      rotated = true;
      hookAll(app, {});
      await rotate(app, app.token, 1000, PASSWORD);
    },
  });
  expect(verdict(await complete(app, app.token, app.id, { parts: 2 }))).toBe('503 temporarily_unavailable');
  expect([rotated, readyOnes(app)]).toEqual([true, []]);
  expect(verdict(await complete(app, app.token, app.id, { parts: 2 }))).toBe(NOT_FOUND);
  await requireSwept(app, DAY + 1);
  const id = await sendAll(app, app.token, [FIRST, SECOND]);
  expect((await complete(app, app.token, id, { parts: 2 })).status).toBe(201);
  await requireWhole(app, id);
});
