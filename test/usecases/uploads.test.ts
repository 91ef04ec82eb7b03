import { describe, expect, it } from '@jest/globals';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import { MAX_PART, MAX_UPLOAD, putPart, type UploadState } from '../../lambda/usecases/uploads.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import { seedItems } from '../fixtures/seed.ts';
import { requireIntact } from './activity-support.ts';
import { keysOf, remaining, step } from './rotation-support.ts';
import { atOnce, CALLER, HOUR, hookAll, MINUTE, only, plant, rowsOf, traced } from './support.ts';
import {
  abort,
  begin,
  complete,
  contentOf,
  createUploadApp,
  DAY,
  documentRow,
  holdPut,
  partsOf,
  readyOnes,
  requireNamed,
  requireSwept,
  SIZES,
  send,
  sendAll,
  sha256,
  type UploadApp,
  uploadAll,
} from './upload-support.ts';

const UNKNOWN_ID = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const NOT_FOUND = '404 not_found';
const PARTS = partsOf(SIZES);
const WHOLE = Buffer.concat(PARTS);

const read = (app: UploadApp, id: string) => app.call(`GET /v1/uploads/${id}`, { token: app.token });

/** Gives an upload another state, as so many parts would leave it. */
async function plantState(app: UploadApp, id: string, change: (state: UploadState) => UploadState): Promise<void> {
  const row = documentRow(app, id);
  const keys = await keysOf(app, app.token);
  const state = keys.open('upload', id, row.version, row.sealed ?? new Uint8Array(0));
  const changed = change(JSON.parse(Buffer.from(state).toString()) as UploadState);
  plant(app, { ...row, sealed: keys.seal('upload', id, row.version, Buffer.from(JSON.stringify(changed))) });
}

describe('an upload', () => {
  it('begins empty, with its bounds, and ends 24 hours after its last part', async () => {
    const app = await createUploadApp();
    const begun = await begin(app, app.token);
    const id = begun.text('uploadId');
    expect([begun.status, begun.headers.get('location')]).toEqual([201, `/v1/uploads/${id}`]);
    const bounds = { maxPartSize: 4_194_304, maxParts: 180, maxSize: 188_743_680 };
    const expiresAt = new Date(app.time.now + DAY).toISOString();
    expect(begun.body).toEqual({ uploadId: id, title: 'Scan', parts: [], ...bounds, expiresAt });
    const ends = () => ({ expiresAt: app.time.now + DAY, dueAt: app.time.now + DAY });
    expect(documentRow(app, id)).toMatchObject(ends());
    app.pass(HOUR);
    const [part = Buffer.alloc(0)] = PARTS;
    const known = { part: 3, size: part.length, sha256: sha256(part) };
    expect((await send(app, app.token, id, 3, part)).body).toEqual(known);
    const later = new Date(app.time.now + DAY).toISOString();
    expect((await read(app, id)).body).toMatchObject({ parts: [known], expiresAt: later });
    expect(documentRow(app, id)).toMatchObject(ends());
  });

  it.each([
    ['in order', [1, 2, 3, 4, 5, 6]],
    ['from the last on', [6, 5, 4, 3, 2, 1]],
    ['in any order', [4, 1, 6, 3, 5, 2]],
  ])('becomes the document that was sent, its parts coming %s', async (_, order) => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    for (const number of order) await send(app, app.token, id, number, PARTS[number - 1] ?? Buffer.alloc(0));
    const made = await complete(app, app.token, id, { parts: 6, sha256: sha256(WHOLE) });
    const expected = { id, title: 'Scan', template: null, pages: null, size: WHOLE.length, sha256: sha256(WHOLE) };
    expect([made.status, made.body]).toEqual([201, expect.objectContaining(expected)]);
    expect(made.headers.get('location')).toBe(`/v1/documents/${id}`);
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
    expect(app.objects.objects.size).toBe(6);
  });

  it('takes all its parts at once', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    const answers = await atOnce(
      app,
      PARTS.map((part, place) => () => send(app, app.token, id, place + 1, part)),
    );
    expect(answers.map(verdict)).toEqual(PARTS.map(() => '200'));
    await complete(app, app.token, id, { parts: 6 });
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
    requireNamed(app);
  });

  it('takes one number twice at once: one of the two stays', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    const both = [partsOf([500])[0], partsOf([700], 3)[0]].map((part) => part ?? Buffer.alloc(0));
    await atOnce(
      app,
      both.map((part) => () => send(app, app.token, id, 1, part)),
    );
    await complete(app, app.token, id, { parts: 1 });
    const content = await contentOf(app, app.token, id);
    expect(both.filter((part) => part.equals(content))).toHaveLength(1);
    expect(app.objects.objects.size).toBe(1);
  });

  it('knows a part that is sent again, and lets another one take its place', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const [row, calls] = [documentRow(app, id), app.objects.calls.length];
    const again = await send(app, app.token, id, 1, PARTS[0] ?? Buffer.alloc(0));
    expect([again.status, documentRow(app, id), app.objects.calls.length]).toEqual([200, row, calls]);
    const others = partsOf(SIZES, 5);
    for (const [place, part] of others.entries()) await send(app, app.token, id, place + 1, part);
    expect(app.objects.objects.size).toBe(6);
    await complete(app, app.token, id, { parts: 6 });
    expect((await contentOf(app, app.token, id)).equals(Buffer.concat(others))).toBe(true);
    await app.call(`DELETE /v1/documents/${id}`, { token: app.token });
    await requireSwept(app, HOUR + 1);
  });

  it('is begun once where its request comes again with its key', async () => {
    const app = await createUploadApp();
    const key = { 'idempotency-key': 'begun-once' };
    const id = (await begin(app, app.token, key)).text('uploadId');
    await send(app, app.token, id, 1, Buffer.from('%PDF-1.7'));
    const again = await begin(app, app.token, key);
    expect([again.status, again.body]).toEqual([
      201,
      expect.objectContaining({ uploadId: id, parts: [expect.anything()] }),
    ]);
    const others = { token: app.token, headers: key, body: { title: 'Another' } };
    expect(verdict(await app.call('POST /v1/uploads', others))).toBe('422 idempotency_key_reused');
    expect(rowsOf(app, 'document')).toHaveLength(1);
    await abort(app, app.token, id);
    expect(verdict(await begin(app, app.token, key))).toBe(NOT_FOUND);
  });

  it('is begun once where its request comes twice at once with its key', async () => {
    const app = await createUploadApp();
    const answers = await atOnce(
      app,
      [1, 2].map(() => () => begin(app, app.token, { 'idempotency-key': 'begun-once' })),
    );
    const ids = rowsOf(app, 'document').map(({ documentId }) => String(documentId));
    expect(answers.map((answer) => [answer.status, answer.text('uploadId')])).toEqual(Array(2).fill([201, only(ids)]));
  });

  it('is not what is in the making otherwise', async () => {
    const app = await createUploadApp();
    const { reached, release } = holdPut(app);
    const sent = { token: app.token, headers: { 'content-type': 'application/pdf' }, body: WHOLE };
    const making = app.call('POST /v1/documents', sent);
    await reached;
    const id = only(rowsOf(app, 'document')).documentId;
    expect(verdict(await read(app, id))).toBe(NOT_FOUND);
    release();
    expect(verdict(await making)).toBe('201');
    expect(verdict(await complete(app, app.token, id, { parts: 1 }))).toBe('201');
  });

  it('goes on while a rotation of the keys stands', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    await send(app, app.token, id, 1, WHOLE.subarray(0, 9));
    await app.addItem(app.token, 'note', { text: 'not moved' });
    expect(remaining(await step(app, app.token, 1, PASSWORD))).toBeGreaterThan(0);
    expect(verdict(await send(app, app.token, id, 2, WHOLE.subarray(9)))).toBe('200');
    expect(verdict(await complete(app, app.token, id, { parts: 2, sha256: sha256(WHOLE) }))).toBe('201');
  });

  it.each<[string, (app: UploadApp, id: string) => unknown]>([
    ['has become a document', (app, id) => complete(app, app.token, id, { parts: 6 })],
    ['is gone', (app, id) => app.store.rows.delete(rowName(documentRow(app, id)))],
  ])('takes no part any more once it %s, be it on its way', async (_, act) => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const { reached, release } = holdPut(app);
    const late = send(app, app.token, id, 1, Buffer.from('too late'));
    await reached;
    await act(app, id);
    release();
    expect(verdict(await late)).toBe(NOT_FOUND);
  });

  it('is given up when others come first 20 times, after pauses that grow', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    const { random } = app.env;
    const pauses: number[] = [];
    Object.assign(app.env, {
      random: (length: number) => (length === 1 ? Uint8Array.of(255) : random(length)),
      sleep: (ms: number) => Promise.resolve(void pauses.push(ms)),
    });
    Object.assign(app.store, { commit: () => Promise.resolve({ ok: false, failed: [0] }) });
    expect(verdict(await send(app, app.token, id, 1, Buffer.from('x')))).toBe('503 temporarily_unavailable');
    expect(pauses).toEqual(Array.from({ length: 20 }, (_, i) => 20 * (i + 1)));
    expect(verdict(await begin(app, app.token))).toBe('503 temporarily_unavailable');
    const failed = app.telemetry.lines.filter(({ level }) => level === 'error');
    const message = 'vault:upload is unavailable';
    expect(failed.map(({ fields }) => fields.error?.message)).toEqual([message, message]);
  });
});

describe('the bounds of an upload', () => {
  it('a part has 1 byte to 4 MiB', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    const empty = await send(app, app.token, id, 1, Buffer.alloc(0));
    expect(verdict(empty)).toBe('422 invalid_request');
    expect(empty.body).toMatchObject({ errors: [{ path: '', message: 'must not be empty' }] });
    expect(verdict(await send(app, app.token, id, 1, Buffer.alloc(MAX_PART + 1)))).toBe('413 payload_too_large');
    const signedIn = await authenticate(app.env, app.token, null, CALLER);
    const larger = putPart(app.env, signedIn, id, 1, Buffer.alloc(MAX_PART + 1));
    await expect(larger).rejects.toMatchObject({ code: 'payload_too_large' });
    await signedIn.close();
    expect(app.objects.calls).toEqual([]);
    expect(verdict(await send(app, app.token, id, 1, Buffer.alloc(MAX_PART)))).toBe('200');
  });

  it.each(['0', '181', '1000', '01', '1.0', '-1', '1e1', '%31x', 'a'])('there is no part %s', async (number) => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    expect(verdict(await send(app, app.token, id, number, Buffer.from('x')))).toBe(NOT_FOUND);
  });

  it.each([1, 180])('there is a part %i', async (number) => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    expect(verdict(await send(app, app.token, id, number, Buffer.from('x')))).toBe('200');
  });

  it('all parts have 180 MiB, what takes the place of another counted once', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, [Buffer.alloc(10), Buffer.alloc(100)]);
    await plantState(app, id, (state) => ({
      ...state,
      parts: state.parts.map((part) => (part.number === 1 ? { ...part, size: MAX_UPLOAD - 100 } : part)),
    }));
    const calls = app.objects.calls.length;
    expect(verdict(await send(app, app.token, id, 2, Buffer.alloc(101)))).toBe('413 payload_too_large');
    expect(verdict(await send(app, app.token, id, 3, Buffer.alloc(1)))).toBe('413 payload_too_large');
    expect(app.objects.calls).toHaveLength(calls);
    expect(verdict(await send(app, app.token, id, 2, Buffer.alloc(100, 1)))).toBe('200');
  });

  it('hold for parts that come at once, which are in it together or not', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, [Buffer.alloc(10)]);
    await plantState(app, id, (state) => ({
      ...state,
      parts: state.parts.map((part) => ({ ...part, size: MAX_UPLOAD - 150 })),
    }));
    const answers = await atOnce(
      app,
      [2, 3].map((number) => () => send(app, app.token, id, number, Buffer.alloc(100))),
    );
    expect(answers.map(verdict).sort()).toEqual(['200', '413 payload_too_large']);
  });

  it('all tries are 400', async () => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    const row = documentRow(app, id);
    const names = (count: number) => Array.from({ length: count }, (_, i) => `documents/${row.accountId}/${id}/${i}`);
    plant(app, { ...row, objectKeys: names(399) });
    expect(verdict(await send(app, app.token, id, 1, Buffer.from('x')))).toBe('200');
    expect(verdict(await send(app, app.token, id, 2, Buffer.from('x')))).toBe('409 upload_spent');
    expect(verdict(await send(app, app.token, id, 1, Buffer.from('x')))).toBe('200');
  });

  it('a full vault takes none, and completes none until there is room', async () => {
    const app = await createUploadApp();
    const item = { type: 'note', label: '', data: { text: 'x' } } as const;
    const ids = await seedItems(app, app.token, Array<typeof item>(1999).fill(item));
    const id = await sendAll(app, app.token, PARTS);
    await app.addItem(app.token, 'note', { text: 'the last' });
    expect(verdict(await begin(app, app.token))).toBe('409 vault_full');
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('409 vault_full');
    expect(readyOnes(app)).toEqual([]);
    // What is sent in one piece is stored first, and taken back.
    const sent = { token: app.token, headers: { 'content-type': 'application/pdf' }, body: WHOLE };
    expect(verdict(await app.call('POST /v1/documents', sent))).toBe('409 vault_full');
    expect([only(rowsOf(app, 'document')).documentId, app.objects.objects.size]).toEqual([id, 6]);
    await app.call(`DELETE /v1/items/${ids[0] ?? ''}`, { token: app.token });
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('201');
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
  });
});

describe('completion', () => {
  it.each<[string, (Buffer | null)[], object, string]>([
    ['lacks its last part', [...PARTS.slice(0, 5), null], { parts: 6 }, '409 upload_incomplete'],
    ['lacks its first part', [null, ...PARTS.slice(1)], { parts: 6 }, '409 upload_incomplete'],
    ['lacks one between', [...PARTS.slice(0, 2), null, ...PARTS.slice(3)], { parts: 6 }, '409 upload_incomplete'],
    [
      'has a gap, its count right',
      [...PARTS.slice(0, 2), null, ...PARTS.slice(3)],
      { parts: 5 },
      '409 upload_incomplete',
    ],
    ['has a part more than is said', PARTS, { parts: 5 }, '409 upload_incomplete'],
    ['has none', [], { parts: 1 }, '409 upload_incomplete'],
    ['is said to have none', PARTS, { parts: 0 }, '422 invalid_request'],
    ['is said to have 181', PARTS, { parts: 181 }, '422 invalid_request'],
    ['has another checksum', PARTS, { parts: 6, sha256: sha256(Buffer.from('x')) }, '422 invalid_request'],
    ['has a checksum in capitals', PARTS, { parts: 6, sha256: sha256(WHOLE).toUpperCase() }, '422 invalid_request'],
    ['is no PDF', [Buffer.from('GIF89a')], { parts: 1 }, '422 not_a_pdf'],
    ['has no end', [Buffer.from('%PDF-1.7\n')], { parts: 1 }, '422 not_a_pdf'],
    [
      'begins with its end',
      [Buffer.from('%%EOF'), Buffer.from('%PD'), Buffer.alloc(2000)],
      { parts: 3 },
      '422 not_a_pdf',
    ],
  ])('of what %s is refused, and nothing is READY', async (_, parts, body, expected) => {
    const app = await createUploadApp();
    const id = (await begin(app, app.token)).text('uploadId');
    for (const [place, part] of parts.entries()) if (part !== null) await send(app, app.token, id, place + 1, part);
    expect(verdict(await complete(app, app.token, id, body))).toBe(expected);
    expect(readyOnes(app)).toEqual([]);
    expect((await read(app, id)).status).toBe(200);
  });

  it('finds the edges of a PDF though its parts have one byte each', async () => {
    const app = await createUploadApp();
    const pdf = Buffer.from('%PDF-1.7\n%%EOF');
    const id = await uploadAll(
      app,
      app.token,
      [...pdf].map((byte) => Buffer.of(byte)),
    );
    expect((await contentOf(app, app.token, id)).equals(pdf)).toBe(true);
  });

  it.each([
    ['sent again', async (act: () => Promise<unknown>, app: UploadApp) => [await act(), await act(), app].slice(0, 2)],
    ['sent twice at once', (act: () => Promise<unknown>, app: UploadApp) => atOnce(app, [act, act])],
  ])('%s gives the one document that it made', async (_, twice) => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const answers = await twice(async () => {
      const answer = await complete(app, app.token, id, { parts: 6 });
      return [answer.status, answer.body];
    }, app);
    expect(answers).toEqual([answers[0], answers[0]]);
    expect(answers[0]).toEqual([201, expect.objectContaining({ id })]);
    const created = (await requireIntact(app, app.token)).filter(({ action }) => action === 'document.created');
    expect(created).toHaveLength(1);
    expect(app.telemetry.counts.get('DocumentMade')).toBe(1);
    expect(verdict(await read(app, id))).toBe(NOT_FOUND);
    expect(verdict(await send(app, app.token, id, 1, Buffer.from('x')))).toBe(NOT_FOUND);
    expect(verdict(await abort(app, app.token, id))).toBe(NOT_FOUND);
    expect((await contentOf(app, app.token, id)).equals(WHOLE)).toBe(true);
  });

  it('refuses another checksum of what is a document already', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('201');
    const other = await complete(app, app.token, id, { parts: 6, sha256: sha256(WHOLE.subarray(1)) });
    expect(verdict(other)).toBe('422 invalid_request');
    const message = 'is not the checksum of what came';
    expect(other.body).toMatchObject({ errors: [{ path: '/sha256', message }] });
    expect(verdict(await complete(app, app.token, id, { parts: 6, sha256: sha256(WHOLE) }))).toBe('201');
  });

  it.each(['objects.get', 'store.commit'])('sees a part that comes meanwhile: at %s', async (place) => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const other = Buffer.concat([PARTS[1] ?? Buffer.alloc(0), Buffer.from('y')]);
    hookAll(app, {
      before: async (name) => {
        if (!name.startsWith(place)) return;
        hookAll(app, {});
        expect(verdict(await send(app, app.token, id, 2, other))).toBe('200');
      },
    });
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('409 version_conflict');
    expect(readyOnes(app)).toEqual([]);
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('201');
    const expected = Buffer.concat([...PARTS.slice(0, 1), other, ...PARTS.slice(2)]);
    expect((await contentOf(app, app.token, id)).equals(expected)).toBe(true);
    expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
  });

  it.each<[string, (app: UploadApp, id: string) => unknown]>([
    ['was given up', (app, id) => abort(app, app.token, id)],
    ['is gone', (app, id) => app.store.rows.delete(rowName(documentRow(app, id)))],
  ])('makes nothing of an upload that %s meanwhile', async (_, act) => {
    for (const place of ['objects.get', 'store.commit']) {
      const app = await createUploadApp();
      const id = await sendAll(app, app.token, PARTS);
      hookAll(app, {
        before: async (name) => {
          if (!name.startsWith(place)) return;
          hookAll(app, {});
          await act(app, id);
        },
      });
      expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe(NOT_FOUND);
      expect(readyOnes(app)).toEqual([]);
    }
  });

  it.each([5, 6])('reads the row twice where nobody else comes between, be %i parts right or not', async (parts) => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const calls = await traced(app, () => complete(app, app.token, id, { parts }));
    expect(calls.filter((name) => name === 'store.get document')).toHaveLength(2);
  });

  it('makes a row that nothing holds back any more, until its time is up', async () => {
    const app = await createUploadApp();
    const id = await uploadAll(app, app.token, PARTS);
    const end = app.time.now + 90 * DAY;
    expect(documentRow(app, id)).toMatchObject({
      state: 'READY',
      version: 8,
      busyUntil: 0,
      expiresAt: end,
      dueAt: end,
    });
  });

  it('tells of a part that was taken away', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    app.objects.objects.delete(documentRow(app, id).objectKeys[3] ?? '');
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('500 integrity_failure');
    const failed = app.telemetry.lines.filter(({ level }) => level === 'error');
    expect(failed.map(({ fields }) => fields.error?.message)).toEqual(['integrity failure: content']);
  });

  it('is not for a document that was made otherwise', async () => {
    const app = await createUploadApp();
    const item = await app.addItem(app.token, 'person', { givenName: 'Ada', familyName: 'Example' });
    const body = { template: 'personal-data-record', inputs: { items: [item] } };
    const id = (await app.call('POST /v1/documents', { token: app.token, body })).text('id');
    expect(verdict(await complete(app, app.token, id, { parts: 1 }))).toBe(NOT_FOUND);
  });

  it('is not held up by a part that is on its way, which the row answers for', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const late: ReturnType<typeof send>[] = [];
    const held: (() => void)[] = [];
    app.store.hooks.before = async ({ op, args }) => {
      if (op !== 'commit' || !JSON.stringify(args).includes('"READY"')) return;
      delete app.store.hooks.before;
      const put = holdPut(app);
      held.push(put.release);
      late.push(send(app, app.token, id, 2, Buffer.from('too late')));
      await put.reached;
    };
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('201');
    expect((await app.call(`DELETE /v1/documents/${id}`, { token: app.token })).status).toBe(204);
    only(held)();
    expect(verdict(await only(late))).toBe(NOT_FOUND);
    expect(app.objects.objects.size).toBe(1);
    await requireSwept(app, HOUR + 1);
  });
});

describe('the end of an upload', () => {
  const allCalls = (app: UploadApp, id: string, token = app.token) => [
    app.call(`GET /v1/uploads/${id}`, { token }),
    send(app, token, id, 1, Buffer.from('other')),
    complete(app, token, id, { parts: 6 }),
    abort(app, token, id),
  ];

  it('comes with its abortion, objects and all', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const { version } = documentRow(app, id);
    expect(verdict(await abort(app, app.token, id))).toBe('204');
    const end = app.time.now + HOUR;
    const given = { version: version + 1, sealed: null, busyUntil: end, dueAt: end };
    expect(documentRow(app, id)).toMatchObject(given);
    expect(app.objects.objects.size).toBe(0);
    expect((await Promise.all(allCalls(app, id))).map(verdict)).toEqual(Array<string>(4).fill(NOT_FOUND));
    await requireSwept(app, HOUR + 1);
  });

  it('leaves to maintenance a part that is on its way', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const { reached, release } = holdPut(app);
    const late = send(app, app.token, id, 1, Buffer.from('too late'));
    await reached;
    expect(verdict(await abort(app, app.token, id))).toBe('204');
    await sweep(app.env, app.time.now + MINUTE);
    release();
    expect(verdict(await late)).toBe(NOT_FOUND);
    expect(app.objects.objects.size).toBe(1);
    await requireSwept(app, HOUR + 1);
  });

  it('comes 24 hours after its last part, whether or not the sweeper runs', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    app.pass(DAY - 1);
    expect((await read(app, id)).status).toBe(200);
    app.pass(1);
    expect((await Promise.all(allCalls(app, id))).map(verdict)).toEqual(Array<string>(4).fill(NOT_FOUND));
    await requireSwept(app, 1);
  });

  it('waits for a part that is on its way just then', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    app.pass(DAY - 1);
    const { reached, release } = holdPut(app);
    const late = send(app, app.token, id, 7, Buffer.from('%%EOF'));
    await reached;
    app.pass(MINUTE);
    await sweep(app.env, app.time.now + MINUTE);
    release();
    expect(verdict(await late)).toBe('200');
    expect(verdict(await complete(app, app.token, id, { parts: 7 }))).toBe('201');
    expect((await contentOf(app, app.token, id)).equals(Buffer.concat([WHOLE, Buffer.from('%%EOF')]))).toBe(true);
  });

  it('is another account’s own', async () => {
    const app = await createUploadApp();
    const id = await sendAll(app, app.token, PARTS);
    const { token } = await app.register('other@example.com');
    for (const tried of [id, UNKNOWN_ID, id.toLowerCase(), 'x']) {
      const answers = await Promise.all(allCalls(app, tried, token));
      expect(answers.map(verdict)).toEqual(Array<string>(4).fill(NOT_FOUND));
    }
    expect(verdict(await complete(app, app.token, id, { parts: 6 }))).toBe('201');
  });
});

it('nothing of an upload shows before it is complete', async () => {
  const app = await createUploadApp();
  const { token } = app;
  const id = await sendAll(app, token, PARTS);
  const shown = async () => {
    const signedIn = await authenticate(app.env, token, null, CALLER);
    const { entries } = (await signedIn.vault()).manifest;
    await signedIn.close();
    const listed = [
      await app.call('GET /v1/documents', { token }),
      await app.call('POST /v1/documents/search', { token, body: { title: 'scan' } }),
      await app.call('GET /v1/account/export', { token }),
    ].map(({ bytes }) => bytes.includes(id));
    const document = `/v1/documents/${id}`;
    const body = { expiresAt: new Date(app.time.now + DAY).toISOString() };
    const found = [
      await app.call(`GET ${document}`, { token }),
      await app.call(`GET ${document}/content`, { token }),
      await app.call(`GET ${document}/content`, { token, headers: { range: 'bytes=0-1' } }),
      await app.call(`PATCH ${document}`, { token, body }),
    ].map(({ status }) => status);
    return { entries: entries.size, listed, found };
  };
  expect(await shown()).toEqual({ entries: 0, listed: [false, false, false], found: [404, 404, 404, 404] });
  expect(verdict(await app.call(`DELETE /v1/documents/${id}`, { token }))).toBe(NOT_FOUND);
  await complete(app, token, id, { parts: 6 });
  expect(await shown()).toEqual({ entries: 1, listed: [true, true, true], found: [200, 200, 206, 200] });
});
