import { beforeAll, describe, expect, it } from '@jest/globals';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { furnished, type RotationApp, remaining, requireMoved, rotate, step } from './rotation-support.ts';
import { accountRow, HOUR, hookAll } from './support.ts';
import {
  begin,
  complete,
  contentOf,
  createUploadApp,
  documentRow,
  partsOf,
  readyOnes,
  requireSwept,
  SIZES,
  send,
  sendAll,
  type UploadApp,
  uploadAll,
} from './upload-support.ts';

const PARTS = partsOf(SIZES);
const WHOLE = Buffer.concat(PARTS);

describe('a document of many parts', () => {
  let app: UploadApp;
  let id: string;
  beforeAll(async () => {
    app = await createUploadApp();
    id = await uploadAll(app, app.token, PARTS);
  });

  /** The first byte of each part but the first. */
  const borders = SIZES.slice(0, -1).map((_, place) => SIZES.slice(0, place + 1).reduce((sum, size) => sum + size));
  const last = WHOLE.length - 1;
  const ranges = borders.flatMap((at, place): [number, number][] => [
    [at - 1, at],
    [at - 1, at - 1],
    [at, at],
    [0, at],
    [0, at - 1],
    [at, last],
    [at - 1, last],
    [at, (borders[place + 1] ?? WHOLE.length) - 1],
    [Math.max(0, at - 20_500), Math.min(last, at + 40_000)],
  ]);

  it.each(ranges)('gives the bytes from %i to %i', async (first, end) => {
    const range = `bytes=${first}-${end}`;
    const answer = await app.call(`GET /v1/documents/${id}/content`, { token: app.token, headers: { range } });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([
      206,
      `bytes ${first}-${end}/${WHOLE.length}`,
    ]);
    expect(answer.headers.get('content-length')).toBe(String(end - first + 1));
    expect(answer.bytes.equals(WHOLE.subarray(first, end + 1))).toBe(true);
  });

  it('asks the bucket for no part that a range does not touch', async () => {
    const [border = 0] = borders;
    app.objects.calls.length = 0;
    await contentOf(app, app.token, id, { range: `bytes=${border}-${border + 1}` });
    expect(app.objects.calls.map(({ op }) => op)).toEqual(['get', 'get']);
  });

  it('asks for each part when its turn comes', async () => {
    app.objects.calls.length = 0;
    const body = await open(app, app.token, id);
    await body.read();
    expect(app.objects.calls).toHaveLength(1);
    await body.cancel();
  });

  it('that is damaged in a later part breaks off before it', async () => {
    const key = documentRow(app, id).objectKeys[3] ?? '';
    const bytes = app.objects.objects.get(key) ?? new Uint8Array(0);
    app.objects.objects.set(key, bytes.with(70, (bytes[70] ?? 0) ^ 1));
    const body = await open(app, app.token, id);
    const read: Uint8Array[] = [];
    await expect(readInto(read, body)).rejects.toMatchObject({ code: 'integrity_failure' });
    expect(Buffer.concat(read).equals(WHOLE.subarray(0, borders[2]))).toBe(true);
    app.objects.objects.set(key, bytes);
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
  });
});

type Body = ReadableStreamDefaultReader<Uint8Array>;

/** Begins to read a document. */
async function open(app: UploadApp | RotationApp, token: string, id: string, headers = {}): Promise<Body> {
  const request = new Request(`http://vault.test/v1/documents/${id}/content`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const response = await app.fetch(request, { requestId: 'request-0', sourceIp: '192.0.2.1' });
  if (response.body === null) throw new Error('there is no body');
  return response.body.getReader();
}

/** Reads to the end. @param enough stops where so many bytes have come */
async function readInto(read: Uint8Array[], body: Body, enough = Number.POSITIVE_INFINITY): Promise<void> {
  while (Buffer.concat(read).length < enough) {
    const { value, done } = await body.read();
    if (done) return;
    read.push(value);
  }
}

describe('a document of many parts, and a rotation', () => {
  it.each([
    ['before the first byte is read', 0],
    ['in the first part', 1],
    ['at its border', 20_000],
    ['in a later part', 20_001 + 16_384 + 5],
    ['in the last part', 86_000],
  ])('that comes and ends %s: the reader has it whole', async (_, at) => {
    const app = await furnished();
    const id = await uploadAll(app, app.token, PARTS);
    const body = await open(app, app.token, id);
    const read: Uint8Array[] = [];
    await readInto(read, body, at);
    await rotate(app, app.token, 1000, PASSWORD);
    await readInto(read, body);
    expect(Buffer.concat(read).equals(WHOLE)).toBe(true);
    await requireMoved(app, app.token, app.old);
  });

  it('that goes on with every part that is read: the reader has its range', async () => {
    const app = await furnished();
    const id = await uploadAll(app, app.token, PARTS);
    const body = await open(app, app.token, id, { range: 'bytes=5-80000' });
    const read: Uint8Array[] = [];
    await step(app, app.token, 1, PASSWORD);
    for (let at = 1; at < 80_000; at += 10_000) {
      await readInto(read, body, at);
      await step(app, app.token, 2);
    }
    await readInto(read, body);
    expect(Buffer.concat(read).equals(WHOLE.subarray(5, 80_001))).toBe(true);
    await rotate(app, app.token);
    await requireMoved(app, app.token, app.old);
  });

  it('and a deletion while it is read: nothing comes but what is its own', async () => {
    const app = await furnished();
    const id = await uploadAll(app, app.token, PARTS);
    const body = await open(app, app.token, id);
    const read: Uint8Array[] = [];
    await readInto(read, body, 1);
    await app.call(`DELETE /v1/documents/${id}`, { token: app.token });
    await expect(readInto(read, body)).rejects.toMatchObject({ code: 'not_found' });
    const all = Buffer.concat(read);
    expect(all.equals(WHOLE.subarray(0, all.length))).toBe(true);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it('moves it in several calls where time runs out, each part once', async () => {
    const app = await furnished();
    const parts = partsOf(Array<number>(40).fill(300));
    const id = await uploadAll(app, app.token, parts);
    await step(app, app.token, 1, PASSWORD);
    app.objects.calls.length = 0;
    let calls = 0;
    for (let left = Number.POSITIVE_INFINITY; left > 0; calls++) {
      if (calls > 100) throw new Error('the rotation does not end');
      const since = app.time.now;
      hookAll(app, { before: () => app.pass(300) });
      left = remaining(await step(app, app.token, 1000));
      hookAll(app, {});
      expect(app.time.now - since).toBeLessThan(29_000);
      expect((await contentOf(app, app.token, id)).equals(Buffer.concat(parts))).toBe(true);
    }
    expect(calls).toBeGreaterThan(2);
    const put = app.objects.calls.filter(({ op }) => op === 'put').map(({ args }) => args[0]);
    expect([put.length, new Set(put).size]).toEqual([41, 41]);
    await requireMoved(app, app.token, app.old);
  });

  it.each([
    ['before it is moved', 'store.snapshot'],
    ['while its objects are put', 'objects.put'],
    ['when its row is written', 'store.commit put document, put manifest'],
  ])('moves one that is to end sooner, %s, and its new time stays', async (_, place) => {
    const app = await furnished();
    const id = await uploadAll(app, app.token, PARTS);
    const expiresAt = new Date(app.time.now + HOUR).toISOString();
    await step(app, app.token, 1, PASSWORD);
    let shortened = false;
    hookAll(app, {
      before: async (name) => {
        if (shortened || !name.startsWith(place)) return;
        shortened = true;
        const answer = await app.call(`PATCH /v1/documents/${id}`, { token: app.token, body: { expiresAt } });
        expect(answer.status).toBe(200);
      },
    });
    await rotate(app, app.token);
    hookAll(app, {});
    expect(shortened).toBe(true);
    expect((await app.call(`GET /v1/documents/${id}`, { token: app.token })).text('expiresAt')).toBe(expiresAt);
    expect(documentRow(app, id).dueAt).toBe(Date.parse(expiresAt));
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
    await requireMoved(app, app.token, app.old);
  });

  it('leaves it whole when it stops at any object', async () => {
    for (let place = 0; place < PARTS.length; place++) {
      const app = await furnished();
      const id = await uploadAll(app, app.token, PARTS);
      await step(app, app.token, 1, PASSWORD);
      let puts = 0;
      app.objects.hooks.before = ({ op }) => {
        if (op === 'put' && puts++ === place) throw new Error('it stops');
      };
      expect(verdict(await step(app, app.token, 1000))).toBe('500 internal_error');
      delete app.objects.hooks.before;
      expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
      await rotate(app, app.token);
      expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
      await requireMoved(app, app.token, app.old);
    }
  });
});

describe('an upload, and a rotation', () => {
  it('that comes and ends meanwhile ends it: nothing of it is left after its time', async () => {
    const app = await createUploadApp();
    const { token } = app;
    const id = await sendAll(app, token, PARTS.slice(0, 3));
    await rotate(app, token, 1000, PASSWORD);
    const answers = [
      await app.call(`GET /v1/uploads/${id}`, { token }),
      await send(app, token, id, 4, PARTS[3] ?? Buffer.alloc(0)),
      await complete(app, token, id, { parts: 3 }),
    ];
    expect(answers.map(verdict)).toEqual(['404 not_found', '404 not_found', '404 not_found']);
    expect(readyOnes(app)).toEqual([]);
    const again = await uploadAll(app, token, PARTS);
    expect((await contentOf(app, token, again)).equals(WHOLE)).toBe(true);
    await app.call(`DELETE /v1/documents/${again}`, { token });
    await requireSwept(app, 25 * HOUR);
  });

  it.each([
    ['begun before it', true],
    ['begun in it', false],
  ])('that stands lets one that was %s be completed, and moves what came of it', async (_, before) => {
    const app = await furnished();
    const { token } = app;
    const early = before ? (await begin(app, token)).text('uploadId') : null;
    // It gives way to the one that comes later, and leaves its name in the row.
    if (early !== null) await send(app, token, early, 1, Buffer.from('another'));
    await step(app, token, 1, PASSWORD);
    const id = early ?? (await begin(app, token)).text('uploadId');
    for (const [place, part] of PARTS.entries()) expect((await send(app, token, id, place + 1, part)).status).toBe(200);
    expect((await complete(app, token, id, { parts: 6 })).status).toBe(201);
    expect(documentRow(app, id).dekVersion).toBe(before ? 1 : 2);
    await rotate(app, token);
    expect(accountRow(app, app.accountId).previousDek).toBeUndefined();
    expect((await contentOf(app, token, id)).equals(WHOLE)).toBe(true);
    await requireMoved(app, token, app.old);
  });
});
