import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { UnavailableError } from '../../lambda/errors.ts';
import { PDF_LIMIT } from '../../lambda/http/body.ts';
import { type Answer, answerOf, type MemoryApp } from '../fixtures/app.ts';
import { checkAnswer, createCheckedApp, pathsOf, problemOf } from '../fixtures/contract.ts';

const DAY_MS = 86_400_000;
const PDF_TYPE = { 'content-type': 'application/pdf' };
const UNTITLED = 'Document';

/** Bytes that pass for a PDF, each seed its own. */
function pdfOf(size: number, seed = 0): Buffer {
  const pdf = Buffer.alloc(size, seed);
  pdf.write('%PDF-1.7\n');
  pdf.write('\n%%EOF', size - 6);
  return pdf;
}
const PDF = pdfOf(40_000);
const OTHER = pdfOf(40_000, 1);
const SHA256 = createHash('sha256').update(PDF).digest('hex');

const page = z.object({
  documents: z.array(z.looseObject({ id: z.string(), title: z.string() })),
  nextCursor: z.string().nullable(),
});
const pageOf = (answer: Answer) => page.parse(answer.body);
const titlesOf = (answer: Answer) => pageOf(answer).documents.map(({ title }) => title);

async function createSender() {
  const app = createCheckedApp();
  const { token } = await app.register();
  const send = (body: Uint8Array, headers: Readonly<Record<string, string>> = {}, query = '') =>
    app.call(`POST /v1/documents${query}`, { token, body, headers: { ...PDF_TYPE, ...headers } });
  return { app, token, send };
}
type Sender = Awaited<ReturnType<typeof createSender>>;

describe('a PDF that is sent', () => {
  let sender: Sender;
  beforeAll(async () => {
    sender = await createSender();
  });

  it('has its days in the query, where a document that is made has them in its body', async () => {
    const { app, token } = sender;
    const body = { template: 'letter', inputs: {} };
    const answer = await app.call('POST /v1/documents?retentionDays=5', { token, body });
    expect([problemOf(answer), pathsOf(answer)]).toEqual([[422, 'invalid_request'], ['/retentionDays']]);
  });

  it('is a document without template and pages, and comes back as it was', async () => {
    const { app, token, send } = sender;
    const made = await send(PDF);
    const id = made.text('id');
    const about = { title: UNTITLED, template: null, pages: null, status: 'ready', size: PDF.length, sha256: SHA256 };
    expect([made.status, made.body]).toEqual([201, expect.objectContaining(about)]);
    expect(made.headers.get('location')).toBe(`/v1/documents/${id}`);
    expect((await app.call(`GET /v1/documents/${id}/content`, { token })).bytes.equals(PDF)).toBe(true);
    expect((await app.call(`GET /v1/documents/${id}`, { token })).bytes).toEqual(made.bytes);
    expect(Buffer.concat([...app.objects.objects.values()]).includes('%PDF-')).toBe(false);
  });

  it.each([
    ['Scan', 'Scan'],
    ['a%20b', 'a b'],
    ['a b+c', 'a b+c'],
    ['Gr%C3%B6%C3%9Fe', 'Größe'],
    ['%E8%AA%9E%F0%9F%99%82', '語🙂'],
    ['%25', '%'],
    ['%F0%9F%99%82'.repeat(160), '🙂'.repeat(160)],
    [encodeURIComponent('語'.repeat(200)), '語'.repeat(200)],
  ])('has the title that %j encodes', async (header, title) => {
    const made = await sender.send(PDF, { 'x-document-title': header });
    expect([made.status, made.text('title')]).toEqual([201, title]);
  });

  it.each([
    [''],
    ['%20%20'],
    ['%'],
    ['%zz'],
    ['%E8%AA'],
    ['%FF'],
    ['%C0%80'],
    ['%ED%A0%80'],
    ['Größe'],
    ['a%0Ab'],
    ['a%00b'],
    ['x'.repeat(201)],
    ['x'.repeat(2001)],
  ])('is refused with the title %j', async (header) => {
    const { app, send } = sender;
    const before = app.store.rows.size;
    const answer = await send(PDF, { 'x-document-title': header });
    expect([...problemOf(answer), pathsOf(answer)]).toEqual([422, 'invalid_request', ['/x-document-title']]);
    expect(app.store.rows.size).toBe(before);
  });

  it.each([
    ['image/png', 415],
    ['application/pdf; charset=utf-8', 415],
    ['application/x-pdf', 415],
    ['multipart/form-data; boundary=x', 415],
    ['', 415],
    ['application/json', 400],
  ])('is none where its type is %j', async (type, status) => {
    const { app, send } = sender;
    const before = [app.store.rows.size, app.objects.objects.size];
    expect((await send(PDF, { 'content-type': type })).status).toBe(status);
    expect([app.store.rows.size, app.objects.objects.size]).toEqual(before);
  });

  it('may have its type in capitals', async () => {
    expect((await sender.send(PDF, { 'content-type': ' Application/PDF ' })).status).toBe(201);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['a picture', Buffer.from('GIF89a')],
    ['text', Buffer.from('PDF')],
    ['one without an end', Buffer.from('%PDF-1.7\n')],
    ['one without a version', Buffer.from('%PDF-\n%%EOF')],
    ['one that begins late', Buffer.concat([Buffer.alloc(1024), PDF])],
    ['one that ends early', Buffer.concat([PDF, Buffer.alloc(1024)])],
  ])('is none where it is %s', async (_, body) => {
    const { app, send } = sender;
    const before = [app.store.rows.size, app.objects.objects.size];
    expect(problemOf(await send(body))).toEqual([422, 'not_a_pdf']);
    expect([app.store.rows.size, app.objects.objects.size]).toEqual(before);
  });

  it('has at most 4 MiB', async () => {
    const { app, send } = sender;
    expect((await send(pdfOf(PDF_LIMIT))).status).toBe(201);
    const before = [app.store.rows.size, app.objects.objects.size];
    expect(problemOf(await send(pdfOf(PDF_LIMIT + 1)))).toEqual([413, 'payload_too_large']);
    expect([app.store.rows.size, app.objects.objects.size]).toEqual(before);
  });

  it.each([
    ['whose length is announced, before it is read', { 'content-length': String(PDF_LIMIT + 1) }, 0],
    ['whose length is not, when it is reached', {}, PDF_LIMIT / 65_536 + 2],
    ['whose length is a lie, when it is reached', { 'content-length': '5' }, PDF_LIMIT / 65_536 + 2],
  ])('is let go of %s', async (_, headers, most) => {
    const { app, token } = sender;
    const seen = { given: 0, cancelled: false };
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          seen.given++;
          controller.enqueue(new Uint8Array(65_536));
        },
        cancel: () => {
          seen.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    const init = { method: 'POST', headers: { ...PDF_TYPE, ...headers, authorization: `Bearer ${token}` }, body };
    const request = new Request('http://vault.test/v1/documents', { ...init, duplex: 'half' });
    const answer = await answerOf(await app.fetch(request, { requestId: 'request-0', sourceIp: '192.0.2.1' }));
    checkAnswer('POST /v1/documents', answer);
    expect(problemOf(answer)).toEqual([413, 'payload_too_large']);
    expect(seen.given).toBeLessThanOrEqual(most);
    expect(seen.cancelled).toBe(seen.given > 0);
  });

  it.each(['1', '90', '365'])('is kept for %s days where the query says so', async (days) => {
    const { createdAt, expiresAt } = z
      .object({ createdAt: z.string(), expiresAt: z.string() })
      .parse((await sender.send(PDF, {}, `?retentionDays=${days}`)).body);
    expect((Date.parse(expiresAt) - Date.parse(createdAt)) / DAY_MS).toBeCloseTo(Number(days), 3);
  });

  it.each(['0', '366', '01', '1.5', '-1', '', '1&retentionDays=2'])('is not kept for %j days', async (days) => {
    expect(problemOf(await sender.send(PDF, {}, `?retentionDays=${days}`))).toEqual([422, 'invalid_request']);
  });

  it('is one document however often it comes with its key, and another is refused', async () => {
    const { app, send } = sender;
    const key = { 'idempotency-key': 'sent-once' };
    const made = await send(PDF, key);
    const objects = app.objects.objects.size;
    const again = await send(PDF, key);
    expect([again.status, again.body]).toEqual([201, made.body]);
    expect(again.headers.get('location')).toBe(made.headers.get('location'));
    expect(app.objects.objects.size).toBe(objects);
    for (const answer of [
      await send(OTHER, key),
      await send(PDF, { ...key, 'x-document-title': 'Another' }),
      await send(PDF, key, '?retentionDays=5'),
    ]) {
      expect(problemOf(answer)).toEqual([422, 'idempotency_key_reused']);
    }
    expect(app.objects.objects.size).toBe(objects);
  });
});

describe('a PDF that is not stored', () => {
  it('is there all the same where only the answer was lost', async () => {
    const { app, token, send } = await createSender();
    app.store.hooks.after = ({ op, args }) => {
      if (op === 'commit' && JSON.stringify(args).includes('"READY"')) throw new UnavailableError('dynamodb:Call');
    };
    expect(problemOf(await send(PDF))).toEqual([503, 'temporarily_unavailable']);
    delete app.store.hooks.after;
    const [document, ...more] = pageOf(await app.call('GET /v1/documents', { token })).documents;
    expect(more).toEqual([]);
    const content = await app.call(`GET /v1/documents/${document?.id ?? ''}/content`, { token });
    expect(content.bytes.equals(PDF)).toBe(true);
  });

  it('leaves what it began to maintenance where the table failed without a verdict', async () => {
    const { app, send } = await createSender();
    app.store.hooks.before = ({ op, args }) => {
      if (op === 'commit' && JSON.stringify(args).includes('"READY"')) throw new UnavailableError('dynamodb:Call');
    };
    expect(problemOf(await send(PDF))).toEqual([503, 'temporarily_unavailable']);
    const rows = [...app.store.rows.values()].filter((row) => row.kind === 'document');
    expect([rows.map(({ state }) => state), app.objects.objects.size]).toEqual([['PENDING'], 1]);
  });

  it('is told of where its row or its object can not be made', async () => {
    const { app, send } = await createSender();
    const told = () => app.telemetry.lines.filter(({ level }) => level === 'error').map(({ fields }) => fields.error);
    const put = app.objects.put.bind(app.objects);
    Object.assign(app.objects, { put: () => Promise.resolve(false) });
    expect(problemOf(await send(PDF))).toEqual([500, 'internal_error']);
    Object.assign(app.objects, { put });
    Object.assign(app.store, { commit: () => Promise.resolve({ ok: false, failed: [0] }) });
    expect(problemOf(await send(PDF))).toEqual([503, 'temporarily_unavailable']);
    expect(told()).toMatchObject([{ name: 'Error' }, { message: 'vault:document is unavailable' }]);
  });
});

describe('a PDF that is sent in parts', () => {
  it('has every answer as the contract says', async () => {
    const { app, token } = await createSender();
    const begun = await app.call('POST /v1/uploads', { token, body: { title: 'Scan', retentionDays: 1 } });
    const path = `/v1/uploads/${begun.text('uploadId')}`;
    const part = (number: number, body: Uint8Array, headers: Readonly<Record<string, string>> = PDF_TYPE) =>
      app.call(`PUT ${path}/parts/${number}`, { token, body, headers });
    const complete = (body: object) => app.call(`POST ${path}/complete`, { token, body });

    expect(problemOf(await part(1, PDF, {}))).toEqual([415, 'unsupported_media_type']);
    expect(problemOf(await part(1, Buffer.alloc(0)))).toEqual([422, 'invalid_request']);
    expect(problemOf(await part(1, Buffer.alloc(PDF_LIMIT + 1)))).toEqual([413, 'payload_too_large']);
    expect(problemOf(await part(181, PDF))).toEqual([404, 'not_found']);
    expect(problemOf(await complete({ parts: 1 }))).toEqual([409, 'upload_incomplete']);
    expect((await part(1, Buffer.from('GIF89a'))).status).toBe(200);
    expect(problemOf(await complete({ parts: 1 }))).toEqual([422, 'not_a_pdf']);
    expect((await part(1, PDF.subarray(0, 9))).status).toBe(200);
    expect((await part(2, PDF.subarray(9))).status).toBe(200);
    expect(pathsOf(await complete({ parts: 2, sha256: '0'.repeat(64) }))).toEqual(['/sha256']);
    expect((await app.call(`GET ${path}`, { token })).status).toBe(200);
    const made = await complete({ parts: 2, sha256: SHA256 });
    expect([made.status, made.text('sha256')]).toEqual([201, SHA256]);
    expect((await app.call(`GET ${made.headers.get('location') ?? ''}/content`, { token })).bytes.equals(PDF)).toBe(
      true,
    );
    expect(problemOf(await app.call(`DELETE ${path}`, { token }))).toEqual([404, 'not_found']);

    const other = await app.call('POST /v1/uploads', { token, body: { title: 'Another' } });
    expect((await app.call(`DELETE ${other.headers.get('location') ?? ''}`, { token })).status).toBe(204);
  });

  it('is taken where uploads were first, too', async () => {
    const { app, token } = await createSender();
    const begun = await app.call('POST /v1/documents/uploads', { token, body: { title: 'Scan' } });
    const path = `/v1/documents/uploads/${begun.text('uploadId')}`;
    expect((await app.call(`PUT ${path}/parts/1`, { token, body: PDF, headers: PDF_TYPE })).status).toBe(200);
    expect((await app.call(`GET ${path}`, { token })).status).toBe(200);
    const made = await app.call(`POST ${path}/complete`, { token, body: { parts: 1 } });
    expect([made.status, made.text('sha256')]).toEqual([201, SHA256]);
    expect(problemOf(await app.call(`DELETE ${path}`, { token }))).toEqual([404, 'not_found']);
  });

  it.each([
    [{}, ['/title']],
    [{ title: ' ' }, ['/title']],
    [{ title: 'x'.repeat(201) }, ['/title']],
    [{ title: 'x', retentionDays: 0 }, ['/retentionDays']],
    [{ title: 'x', retentionDays: 366 }, ['/retentionDays']],
    [{ title: 'x', template: 'letter' }, ['/template']],
  ])('is not begun with %j', async (body, paths) => {
    const { app, token } = await createSender();
    expect(pathsOf(await app.call('POST /v1/uploads', { token, body }))).toEqual(paths);
    expect([...app.store.rows.values()].filter(({ kind }) => kind === 'document')).toEqual([]);
  });
});

describe('content that the caller may have', () => {
  let sender: Sender;
  let path: string;
  const etag = `"${SHA256}"`;
  beforeAll(async () => {
    sender = await createSender();
    path = `/v1/documents/${(await sender.send(PDF)).text('id')}/content`;
  });
  const get = (headers: Readonly<Record<string, string>>, method = 'GET') =>
    sender.app.call(`${method} ${path}`, { token: sender.token, headers });

  it('says which it is', async () => {
    for (const headers of [{}, { range: 'bytes=0-9' }]) expect((await get(headers)).headers.get('etag')).toBe(etag);
  });

  it.each([etag, `W/${etag}`, `"x", ${etag}`, `"x",W/${etag} , "y"`, '*'])(
    'is not sent to who has %s, and the bucket is not asked',
    async (known) => {
      const calls = sender.app.objects.calls.length;
      for (const headers of [{ 'if-none-match': known }, { 'if-none-match': known, range: 'bytes=0-9' }]) {
        const answer = await get(headers);
        expect([answer.status, answer.bytes.length, answer.headers.get('etag')]).toEqual([304, 0, etag]);
      }
      expect(sender.app.objects.calls).toHaveLength(calls);
    },
  );

  it.each(['', '"x"', SHA256, `"${SHA256.toUpperCase()}"`, 'W/"x"'])('is sent to who has %j', async (known) => {
    const answer = await get({ 'if-none-match': known });
    expect([answer.status, answer.bytes.equals(PDF)]).toEqual([200, true]);
  });

  it.each([
    [etag, 206],
    [` ${etag} `, 206],
    ['"x"', 200],
    [`W/${etag}`, 200],
    [SHA256, 200],
    ['Fri, 27 Nov 2026 12:00:00 GMT', 200],
    ['', 200],
  ])('is a range where that is of %j: %i', async (known, status) => {
    const answer = await get({ 'if-range': known, range: 'bytes=5-9' });
    expect([answer.status, answer.bytes.equals(status === 206 ? PDF.subarray(5, 10) : PDF)]).toEqual([status, true]);
  });

  it.each([
    [{}, 200, String(PDF.length)],
    [{ range: 'bytes=5-9' }, 206, '5'],
    [{ 'if-none-match': etag }, 304, null],
  ])('has for HEAD the headers alone: %j', async (headers, status, length) => {
    const answer = await get(headers, 'HEAD');
    expect([answer.status, answer.bytes.length, answer.headers.get('content-length')]).toEqual([status, 0, length]);
    expect(answer.headers.get('etag')).toBe(etag);
  });
});

describe('the end of a document', () => {
  async function made() {
    const sender = await createSender();
    const document = z
      .object({ id: z.string(), expiresAt: z.string() })
      .parse((await sender.send(PDF, {}, '?retentionDays=30')).body);
    const path = `/v1/documents/${document.id}`;
    const change = (body: unknown) => sender.app.call(`PATCH ${path}`, { token: sender.token, body });
    const at = (ms: number) => new Date(sender.app.env.clock() + ms).toISOString();
    return { ...sender, ...document, path, change, at };
  }

  it('comes sooner where its owner says so, and everywhere at once', async () => {
    const { app, token, path, change, at, id } = await made();
    const expiresAt = at(60_000);
    const changed = await change({ expiresAt });
    expect([changed.status, changed.body]).toEqual([200, expect.objectContaining({ id, expiresAt, sha256: SHA256 })]);
    expect((await app.call(`GET ${path}`, { token })).body).toEqual(changed.body);
    expect((await app.call(`GET ${path}/content`, { token })).bytes.equals(PDF)).toBe(true);
    app.pass(60_001);
    for (const call of [`GET ${path}`, `GET ${path}/content`, `DELETE ${path}`]) {
      expect(problemOf(await app.call(call, { token }))).toEqual([404, 'not_found']);
    }
    expect(problemOf(await change({ expiresAt: at(1000) }))).toEqual([404, 'not_found']);
    expect(pageOf(await app.call('GET /v1/documents', { token })).documents).toEqual([]);
  });

  it('may be said again, and brought nearer again, and never put off', async () => {
    const { change, at, expiresAt } = await made();
    expect((await change({ expiresAt })).status).toBe(200);
    const nearer = at(DAY_MS);
    for (const time of [nearer, nearer, at(DAY_MS / 2)]) {
      expect((await change({ expiresAt: time })).text('expiresAt')).toBe(time);
    }
    for (const time of [nearer, expiresAt]) {
      expect(pathsOf(await change({ expiresAt: time }))).toEqual(['/expiresAt']);
    }
  });

  it.each<[string, (at: (ms: number) => string, expiresAt: string) => unknown]>([
    ['later by a millisecond', (_, expiresAt) => ({ expiresAt: new Date(Date.parse(expiresAt) + 1).toISOString() })],
    ['past', (at) => ({ expiresAt: at(-1) })],
    ['long past', () => ({ expiresAt: '1970-01-01T00:00:00Z' })],
    ['no time', () => ({ expiresAt: 'tomorrow' })],
    ['no day', () => ({ expiresAt: '2026-02-30T00:00:00Z' })],
    ['a day', () => ({ expiresAt: '2026-12-24' })],
    ['of another zone', () => ({ expiresAt: '2026-12-24T12:00:00+01:00' })],
    ['a number', () => ({ expiresAt: 5 })],
    ['nothing', () => ({ expiresAt: null })],
    ['left out', () => ({})],
    ['not alone', (at) => ({ expiresAt: at(60_000), title: 'x' })],
  ])('is as it was where the time is %s', async (_, bodyOf) => {
    const { app, token, path, change, at, expiresAt } = await made();
    expect(problemOf(await change(bodyOf(at, expiresAt)))).toEqual([422, 'invalid_request']);
    expect((await app.call(`GET ${path}`, { token })).text('expiresAt')).toBe(expiresAt);
  });
});

describe('the end of a document that is said to be another', () => {
  /** A document of 30 days, and a clock that stands still. */
  async function still() {
    const { app, send, token } = await createSender();
    const now = app.env.clock();
    Object.assign(app.env, { clock: () => now });
    const id = (await send(PDF, {}, '?retentionDays=30')).text('id');
    const path = `/v1/documents/${id}`;
    const change = (after: number) =>
      app.call(`PATCH ${path}`, { token, body: { expiresAt: new Date(now + after).toISOString() } });
    return { app, token, path, change };
  }

  it.each([
    ['now', 0, 'must lie ahead'],
    ['a millisecond later', 30 * DAY_MS + 1, 'must not be later than it is'],
  ])('is told why not: %s', async (_, after, message) => {
    const { change } = await still();
    expect((await change(after)).body).toMatchObject({ errors: [{ path: '/expiresAt', message }] });
    expect((await change(1)).status).toBe(200);
  });

  it('is that of none which was deleted meanwhile', async () => {
    const { app, token, path, change } = await still();
    app.store.hooks.before = async ({ op }) => {
      if (op !== 'commit') return;
      delete app.store.hooks.before;
      await app.call(`DELETE ${path}`, { token });
    };
    expect(problemOf(await change(1))).toEqual([404, 'not_found']);
  });

  it('is its end all the same when something else was written meanwhile', async () => {
    const { app, token, change } = await still();
    app.store.hooks.before = async ({ op }) => {
      if (op !== 'commit') return;
      delete app.store.hooks.before;
      await app.addItem(token, 'note', { text: 'meanwhile' });
    };
    expect((await change(1)).status).toBe(200);
  });

  it('is what maintenance goes by, and the row’s next version', async () => {
    const { app, change } = await still();
    await change(1);
    const rows = [...app.store.rows.values()].filter((row) => row.kind === 'document');
    const at = app.env.clock() + 1;
    expect(rows).toEqual([expect.objectContaining({ version: 2, expiresAt: at, dueAt: at })]);
  });
});

describe('a list of documents', () => {
  let app: MemoryApp;
  let token: string;
  let send: Sender['send'];
  const times: string[] = [];
  const TITLES = ['Meter reading', 'Größe', 'GRÖSSE', 'meter', 'E\u0301t\u00e9', 'a%b_c.*'];

  beforeAll(async () => {
    ({ app, token, send } = await createSender());
    const item = await app.addItem(token, 'note', { text: 'x' });
    times.length = 0;
    for (const title of TITLES) {
      const answer = await send(PDF, { 'x-document-title': encodeURIComponent(title) });
      expect(answer.status).toBe(201);
      times.push(answer.text('createdAt'));
      app.pass(60_000);
    }
    const body = { template: 'personal-data-record', title: 'meter record', inputs: { items: item } };
    await app.call('POST /v1/documents', { token, body });
  });
  const search = async (body: object) => titlesOf(await app.call('POST /v1/documents/search', { token, body }));
  const list = async (query: string) => titlesOf(await app.call(`GET /v1/documents?${query}`, { token }));
  const newest = ['meter record', ...[...TITLES].reverse()];

  it.each<[string, string[]]>([
    ['meter', ['meter record', 'meter', 'Meter reading']],
    ['METER R', ['meter record', 'Meter reading']],
    ['größe', ['GRÖSSE', 'Größe']],
    ['GRÖSSE', ['GRÖSSE', 'Größe']],
    ['\u00e9te\u0301', ['E\u0301t\u00e9']],
    ['%b_c.*', ['a%b_c.*']],
    ['.*', ['a%b_c.*']],
    ['nowhere', []],
    ['', newest],
  ])('finds %j in titles', async (title, found) => {
    expect(await search({ title })).toEqual(found);
  });

  it('shows one template’s, or those from one time on and before another', async () => {
    expect(await search({ template: 'personal-data-record' })).toEqual(['meter record']);
    expect(await list('template=personal-data-record')).toEqual(['meter record']);
    expect(await list('template=letter')).toEqual([]);
    const [from = '', to = ''] = [times[1], times[3]];
    const between = newest.slice(4, 6);
    expect(await list(`from=${from}&to=${to}`)).toEqual(between);
    expect(await search({ from, to })).toEqual(between);
    expect(await search({ from, to, title: 'e' })).toEqual(between);
    expect(await search({ from, to, title: 'meter' })).toEqual([]);
    expect(await list(`from=${to}`)).toEqual(newest.slice(0, 4));
    expect(await list(`to=${from}`)).toEqual(newest.slice(6));
    expect(await list(`from=${to}&to=${from}`)).toEqual([]);
  });

  it.each([
    ['from=yesterday', '/from'],
    ['to=2026-12-24', '/to'],
    ['from=2026-12-24T12:00:00%2B01:00', '/from'],
    ['template=No/such', '/template'],
    ['title=x', '/title'],
  ])('refuses %s', async (query, path) => {
    expect(pathsOf(await app.call(`GET /v1/documents?${query}`, { token }))).toEqual([path]);
  });

  it('is paged to its end, whatever comes meanwhile', async () => {
    const found: string[] = [];
    const sent: string[] = [];
    for (let cursor: string | null = '', pages = 0; cursor !== null; pages++) {
      if (pages > 10) throw new Error('the list has no end');
      const body = { title: 'meter', limit: 1, ...(cursor === '' ? {} : { cursor }) };
      const answer = await app.call('POST /v1/documents/search', { token, body });
      found.push(...titlesOf(answer));
      cursor = pageOf(answer).nextCursor;
      sent.push((await send(PDF, { 'x-document-title': `meter ${pages}` })).text('id'));
    }
    expect(found).toEqual(['meter record', 'meter', 'Meter reading']);
    for (const id of sent) await app.call(`DELETE /v1/documents/${id}`, { token });
  });
});
