import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { entryKey } from '../../lambda/crypto/manifest.ts';
import type { DocumentId } from '../../lambda/domain/ids.ts';
import type { DocumentRow } from '../../lambda/domain/records.ts';
import { InvalidRequestError, UnavailableError } from '../../lambda/errors.ts';
import type { RenderRequest, TemplateInfo } from '../../lambda/ports/document-renderer.ts';
import type { Metric } from '../../lambda/ports/system.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { getDocument } from '../../lambda/usecases/documents.ts';
import { type GenerateRequest, generateDocument } from '../../lambda/usecases/generate-document.ts';
import { readDocument } from '../../lambda/usecases/read-document.ts';
import { sweep } from '../../lambda/usecases/sweep.ts';
import type { Answer, MemoryApp } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf, problemOf } from '../fixtures/contract.ts';
import { createMemoryHasher } from '../fixtures/memory-hasher.ts';
import { seedItems } from '../fixtures/seed.ts';
import { watchedBody } from '../usecases/export-support.ts';
import { CALLER, createAccountsApp } from '../usecases/support.ts';
import { partsOf, uploadAll } from '../usecases/upload-support.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Sessions that outlive documents. */
const LONG_SESSIONS = { sessionMs: 1000 * DAY_MS, idleMs: 1000 * DAY_MS };

const document = z.strictObject({
  id: z.string(),
  title: z.string(),
  template: z.string(),
  status: z.literal('ready'),
  pages: z.number(),
  size: z.number(),
  sha256: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
const documentPage = z.object({ documents: z.array(document), nextCursor: z.null() });
const documentOf = (answer: Answer) => document.parse(answer.body);
const listed = async (app: MemoryApp, token: string) =>
  documentPage.parse((await app.call('GET /v1/documents', { token })).body).documents.map(({ id }) => id);

/** Bytes of four chunks, each other than the next, which stand for a PDF. */
const CHUNK = 16_384;
const PDF = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 7 + Math.floor(i / CHUNK)) % 256));

/** An app with one account and one item, whose documents are all {@link PDF}. */
async function createQuickApp(settings = {}) {
  const app = createCheckedApp({ hasher: createMemoryHasher(), settings: { ...LONG_SESSIONS, ...settings } });
  const render = () => Promise.resolve({ pdf: Uint8Array.from(PDF), pages: 3 });
  Object.assign(app.env, { renderer: { ...app.env.renderer, render } });
  const { token, accountId } = await app.register();
  const itemId = await app.addItem(token, 'note', { text: 'x' });
  const make = (more: object = {}) =>
    app.call('POST /v1/documents', {
      token,
      body: { template: 'personal-data-record', inputs: { items: itemId }, ...more },
    });
  const documentRows = () => [...app.store.rows.values()].filter(({ kind }) => kind === 'document');
  return { app, token, accountId, itemId, make, documentRows };
}

type QuickApp = Awaited<ReturnType<typeof createQuickApp>>;

/** Holds that nothing is left of any document, and that the vault is in order. */
async function expectNothingLeft({ app, token, documentRows }: QuickApp): Promise<void> {
  expect(await listed(app, token)).toEqual([]);
  expect([documentRows(), [...app.objects.objects.keys()]]).toEqual([[], []]);
  expect(app.telemetry.counts.get('IntegrityFailure')).toBeUndefined();
}

describe('a document from a template', () => {
  let app: MemoryApp;
  let token: string;
  const ids: Record<string, string> = {};

  beforeAll(async () => {
    app = createCheckedApp();
    ({ token } = await app.register());
    const items: [string, string, object, string?][] = [
      ['person', 'person', { givenName: 'Łukasz', familyName: 'Nguyễn' }, 'Me'],
      ['address', 'address', { lines: ['Musterweg 1'], city: 'Köln', postalCode: '50667', country: 'DE' }],
      ['thai', 'person', { givenName: 'สมชาย', familyName: 'Doe' }],
      ['thaiNote', 'note', { text: 'first line\nภาษาไทย' }],
      ['thaiLabel', 'email', { address: 'owner@example.com' }, 'อีเมล'],
      ['thaiAddress', 'address', { lines: ['1', 'ถนน'], city: 'Bangkok', country: 'TH' }],
      ['card', 'payment-card', { number: '4111111111111111', expiryMonth: 4, expiryYear: 2031 }],
    ];
    for (const [name, type, data, label] of items) ids[name] = await app.addItem(token, type, data, label);
  });

  const fields = { recipient: 'Example GmbH\nWeg 2\n50667 Köln', subject: 'Zugang', body: 'Guten Tag,\n\nhiermit …' };
  const of = (name: string) => ids[name] ?? '';
  const letter = (inputs: object = {}, others: object = {}) => ({
    template: 'letter',
    inputs: { sender: of('person'), senderAddress: of('address'), ...inputs },
    fields,
    ...others,
  });
  const make = (body: object) => app.call('POST /v1/documents', { token, body });

  it.each<[string, () => object, object]>([
    ['letter', () => letter(), { title: 'Letter', template: 'letter', pages: 1 }],
    [
      'letter',
      () => letter({ sender: [of('person')] }, { title: 'Mein Brief', fields: { ...fields, date: '2031-02-28' } }),
      { title: 'Mein Brief' },
    ],
    [
      'personal-data-record',
      () => ({ template: 'personal-data-record', inputs: { items: [of('card'), of('person'), of('address')] } }),
      { title: 'Personal data record', template: 'personal-data-record', pages: 1 },
    ],
    [
      'personal-data-record',
      () => ({ template: 'personal-data-record', title: 'Auszug', inputs: { items: of('person') }, fields: {} }),
      { title: 'Auszug', pages: 1 },
    ],
  ])('is a PDF of the size and sum that it says: %s', async (_, body, expected) => {
    const made = await make(body());
    expect(made.status).toBe(201);
    const { id, size, sha256 } = documentOf(made);
    expect(made.body).toMatchObject({ ...expected, status: 'ready' });
    expect(made.headers.get('location')).toBe(`/v1/documents/${id}`);
    expect((await app.call(`GET /v1/documents/${id}`, { token })).bytes).toEqual(made.bytes);
    const content = await app.call(`GET /v1/documents/${id}/content`, { token });
    expect([content.status, content.bytes.subarray(0, 5).toString()]).toEqual([200, '%PDF-']);
    expect(content.headers.get('content-length')).toBe(String(size));
    expect([content.bytes.length, createHash('sha256').update(content.bytes).digest('hex')]).toEqual([size, sha256]);
    expect(Buffer.concat([...app.objects.objects.values()]).includes('%PDF-')).toBe(false);
  });

  it.each<[string, () => object, string[]]>([
    ['a template that is none', () => letter({}, { template: 'invoice' }), ['/template']],
    ['a template with a path', () => letter({}, { template: '../letter' }), ['/template']],
    ['an item of another type', () => letter({ sender: of('address') }), ['/inputs/sender']],
    ['items of another type, in a list', () => letter({ sender: [of('card')] }), ['/inputs/sender/0']],
    [
      'both swapped',
      () => letter({ sender: of('address'), senderAddress: of('person') }),
      ['/inputs/sender', '/inputs/senderAddress'],
    ],
    [
      'an input that is missing',
      () => ({ template: 'letter', inputs: { sender: of('person') }, fields }),
      ['/inputs/senderAddress'],
    ],
    [
      'no input at all',
      () => ({ template: 'letter', inputs: {}, fields }),
      ['/inputs/sender', '/inputs/senderAddress'],
    ],
    ['no inputs', () => ({ template: 'letter', fields }), ['/inputs']],
    ['an input too many', () => letter({ items: of('card') }), ['/inputs']],
    ["an object's own name as an input", () => letter({ toString: of('card') }), ['/inputs']],
    ['two items for one', () => letter({ sender: [of('person'), of('thai')] }), ['/inputs/sender']],
    ['an empty list', () => letter({ sender: [] }), ['/inputs/sender']],
    ['an id that is none', () => letter({ sender: 'me' }), ['/inputs/sender']],
    ['an id that no item has', () => letter({ sender: '01ARZ3NDEKTSV4RRFFQ69G5FAV' }), ['/inputs/sender']],
    [
      'the second of many that no item has',
      () => ({ template: 'personal-data-record', inputs: { items: [of('card'), '01ARZ3NDEKTSV4RRFFQ69G5FAV'] } }),
      ['/inputs/items/1'],
    ],
    [
      '2,001 items',
      () => ({ template: 'personal-data-record', inputs: { items: Array<string>(2001).fill(of('card')) } }),
      ['/inputs/items'],
    ],
    ['no fields', () => letter({}, { fields: {} }), ['/fields/body', '/fields/recipient', '/fields/subject']],
    ['a field of another type', () => letter({}, { fields: { ...fields, subject: 5 } }), ['/fields/subject']],
    ['a field too many', () => letter({}, { fields: { ...fields, colour: 'red' } }), ['/fields/colour']],
    ['a day that is none', () => letter({}, { fields: { ...fields, date: '2031-02-29' } }), ['/fields/date']],
    [
      'nine lines of recipient',
      () => letter({}, { fields: { ...fields, recipient: 'x\n'.repeat(9) } }),
      ['/fields/recipient'],
    ],
    [
      'fields where there are none',
      () => ({ template: 'personal-data-record', inputs: { items: of('card') }, fields }),
      ['/fields/body', '/fields/recipient', '/fields/subject'],
    ],
    ['a title of two lines', () => letter({}, { title: 'a\r\nset-cookie: x' }), ['/title']],
    ['a title of 201 characters', () => letter({}, { title: 'x'.repeat(201) }), ['/title']],
    ['a title of spaces', () => letter({}, { title: '   ' }), ['/title']],
    ['0 days', () => letter({}, { retentionDays: 0 }), ['/retentionDays']],
    ['366 days', () => letter({}, { retentionDays: 366 }), ['/retentionDays']],
    ['half a day', () => letter({}, { retentionDays: 0.5 }), ['/retentionDays']],
    ['days as text', () => letter({}, { retentionDays: '5' }), ['/retentionDays']],
  ])('is not made with %s', async (_, body, paths) => {
    const [rows, objects] = [app.store.rows.size, app.objects.objects.size];
    const answer = await make(body());
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer).sort()).toEqual(paths);
    expect([app.store.rows.size, app.objects.objects.size]).toEqual([rows, objects]);
  });

  it.each<[string, () => object, string]>([
    ['a name', () => letter({ sender: of('thai') }), '/inputs/sender/data/givenName'],
    ['a line of an address', () => letter({ senderAddress: of('thaiAddress') }), '/inputs/senderAddress/data/lines/1'],
    ['a subject', () => letter({}, { fields: { ...fields, subject: 'เรื่อง' } }), '/fields/subject'],
    ['a body', () => letter({}, { fields: { ...fields, body: 'नमस्ते' } }), '/fields/body'],
    ['a recipient', () => letter({}, { fields: { ...fields, recipient: 'คุณ' } }), '/fields/recipient'],
    ['a title', () => ({ template: 'personal-data-record', title: 'ข้อมูล', inputs: { items: of('card') } }), '/title'],
    [
      'a note',
      () => ({ template: 'personal-data-record', inputs: { items: [of('card'), of('thaiNote')] } }),
      '/inputs/items/1/data/text',
    ],
    [
      'a label',
      () => ({ template: 'personal-data-record', inputs: { items: [of('thaiLabel')] } }),
      '/inputs/items/0/label',
    ],
  ])('names the place of a script that it cannot show: %s', async (_, body, path) => {
    const [rows, objects] = [app.store.rows.size, app.objects.objects.size];
    const answer = await make(body());
    expect(problemOf(answer)).toEqual([422, 'unsupported_script']);
    expect(pathsOf(answer)).toEqual([path]);
    expect([app.store.rows.size, app.objects.objects.size]).toEqual([rows, objects]);
  });

  it('needs what the list of templates says', async () => {
    const { templates } = z
      .object({
        templates: z.array(
          z.looseObject({
            id: z.string(),
            inputs: z.array(z.looseObject({ name: z.string(), required: z.boolean() })),
          }),
        ),
      })
      .parse((await app.call('GET /v1/templates')).body);
    expect(templates.slice(0, 2).map(({ id, inputs }) => [id, inputs.map(({ name }) => name)])).toEqual([
      ['letter', ['sender', 'senderAddress']],
      ['personal-data-record', ['items']],
    ]);
    for (const { id, inputs } of templates) {
      const answer = await make({ template: id, inputs: {}, fields: {} });
      expect(pathsOf(answer)).toEqual(inputs.filter(({ required }) => required).map(({ name }) => `/inputs/${name}`));
    }
  });
});

describe('a template', () => {
  const TEMPLATE: TemplateInfo = {
    id: 'invented',
    title: 'Invented',
    description: 'For tests.',
    inputs: [
      { name: 'one', itemTypes: ['note', 'person'], many: false, required: true },
      { name: 'some', itemTypes: ['note'], many: true, required: false },
    ],
    fields: {},
    retentionDays: 2,
  };

  /** Asks for a document of the invented template. @returns what the renderer was asked for, and the faults */
  async function ask({ app, token }: QuickApp, inputs: GenerateRequest['inputs'], password: string | null = null) {
    const requests: RenderRequest[] = [];
    const render = (request: RenderRequest) => {
      requests.push(request);
      return Promise.resolve({ pdf: Uint8Array.from(PDF), pages: 1 });
    };
    const env = { ...app.env, renderer: { templates: [TEMPLATE], render } };
    const signedIn = await authenticate(env, token, null, CALLER);
    const request = { template: 'invented', title: null, inputs, fields: {}, retentionDays: null, password };
    const made = await generateDocument(env, signedIn, request, null).catch((error: unknown) => error);
    await signedIn.close();
    const faults = made instanceof InvalidRequestError ? made.issues : [];
    return { requests, made, faults: faults.map(({ path, message }) => `${path} ${message}`) };
  }

  it.each<[string, GenerateRequest['inputs'], string[]]>([
    ['nothing', {}, ['/inputs/one is required']],
    ['an empty list', { one: [] }, ['/inputs/one is required']],
    ['two for one', { one: ['note', 'note'] }, ['/inputs/one takes one item']],
    ['another type', { one: 'phone' }, ['/inputs/one must be an item of type note or person']],
    ['what is no item', { one: 'note', some: ['note', 'none'] }, ['/inputs/some/1 is not an item of this account']],
    [
      'an input that it does not have',
      { one: 'note', other: 'note' },
      ['/inputs has an input that the template does not have'],
    ],
  ])('refuses %s, and says why', async (_, named, due) => {
    const quick = await createQuickApp();
    const { app, token, itemId } = quick;
    const phone = await app.addItem(token, 'phone', { number: '+442079460000' });
    const idOf = (name: string) => (name === 'note' ? itemId : name === 'phone' ? phone : name);
    const inputs = Object.entries(named).map(([name, of]): [string, string | string[]] => [
      name,
      typeof of === 'string' ? idOf(of) : of.map((one) => idOf(one)),
    ]);
    const { faults, requests } = await ask(quick, Object.fromEntries(inputs));
    expect([faults, requests]).toEqual([due, []]);
  });

  it('gets its items and its password, and keeps a document for its own time', async () => {
    const quick = await createQuickApp();
    const item = expect.objectContaining({ type: 'note', data: { text: 'x' } });
    const { requests, made } = await ask(quick, { one: quick.itemId });
    const asked = { template: 'invented', title: 'Invented', fields: {}, now: expect.any(Number) };
    expect(requests).toEqual([{ ...asked, inputs: { one: [item], some: [] } }]);
    const { createdAt, expiresAt } = made as { createdAt: number; expiresAt: number };
    expect(Math.round((expiresAt - createdAt) / DAY_MS)).toBe(2);
    const closed = await ask(quick, { one: [quick.itemId], some: [quick.itemId, quick.itemId] }, 'opens it');
    expect(closed.requests).toEqual([{ ...asked, password: 'opens it', inputs: { one: [item], some: [item, item] } }]);
  });

  it('has its items read 30 at a time, each once, and nothing for what is no id', async () => {
    const quick = await createQuickApp();
    const { app, token, itemId } = quick;
    const notes = Array.from({ length: 60 }, () => ({ type: 'note', label: '', data: { text: 'x' } }) as const);
    const ids = await seedItems(app, token, notes);
    const reads = async (inputs: GenerateRequest['inputs']) => {
      app.store.calls.length = 0;
      await ask(quick, inputs);
      const snapshots = app.store.calls.filter(({ op }) => op === 'snapshot').map(({ args }) => args[0] as unknown[]);
      return snapshots.slice(1).map((keys) => keys.length);
    };
    expect(await reads({ one: itemId, some: [...ids, itemId] })).toEqual([30, 30, 1]);
    expect(await reads({ one: 'none' })).toEqual([]);
  });
});

describe('the time of a document', () => {
  const daysOf = (answer: Answer) => {
    const { createdAt, expiresAt } = documentOf(answer);
    return (Date.parse(expiresAt) - Date.parse(createdAt)) / DAY_MS;
  };

  it.each([1, 2, 365])('is %i days where the caller says so', async (retentionDays) => {
    const { make } = await createQuickApp();
    expect(daysOf(await make({ retentionDays }))).toBeCloseTo(retentionDays, 3);
  });

  it('is what the deployment says where the caller does not', async () => {
    expect(daysOf(await (await createQuickApp()).make())).toBeCloseTo(90, 3);
    expect(daysOf(await (await createQuickApp({ retentionDays: 7 })).make())).toBeCloseTo(7, 3);
  });

  it('ends everywhere at once, by the clock, whether or not the sweeper runs', async () => {
    const quick = await createQuickApp();
    const { app, token, make, documentRows } = quick;
    const short = documentOf(await make({ retentionDays: 1 }));
    const long = documentOf(await make({ retentionDays: 30 }));
    const calls = [`GET /v1/documents/${short.id}`, `GET /v1/documents/${short.id}/content`];
    const gone = [...calls, `DELETE /v1/documents/${short.id}`];

    app.pass(Date.parse(short.expiresAt) - app.env.clock() - 2000);
    for (const call of calls) expect((await app.call(call, { token })).status).toBe(200);
    expect(await listed(app, token)).toEqual([long.id, short.id].sort().reverse());

    const after = async () => {
      for (const call of gone) {
        const answer = await app.call(call, { token, headers: { range: 'bytes=0-0' } });
        expect([call, ...problemOf(answer)]).toEqual([call, 404, 'not_found']);
      }
      expect(await listed(app, token)).toEqual([long.id]);
      expect((await app.call(`GET /v1/documents/${long.id}/content`, { token })).bytes.equals(PDF)).toBe(true);
    };
    app.pass(2001);
    await after();
    // Later writes let the manifest forget it, while its row still stands.
    app.pass(2 * HOUR_MS);
    await app.addItem(token, 'note', { text: 'later' });
    expect(documentRows()).toHaveLength(2);
    await after();
    expect(await sweep(app.env, app.env.clock() + HOUR_MS)).toEqual({ removed: 1, failed: 0, complete: true });
    expect([documentRows().length, app.objects.objects.size]).toEqual([1, 1]);
    await after();

    app.pass(35 * DAY_MS);
    await sweep(app.env, app.env.clock() + HOUR_MS);
    await expectNothingLeft(quick);
    expect((await make()).status).toBe(201);
  });

  it.each([
    [-1, 200],
    [0, 404],
  ])('ends to the millisecond: %i ms after it a call answers %i', async (ms, status) => {
    const { app, token, make } = await createQuickApp();
    const { id, expiresAt } = documentOf(await make({ retentionDays: 1 }));
    Object.assign(app.env, { clock: () => Date.parse(expiresAt) + ms });
    expect((await app.call(`GET /v1/documents/${id}`, { token })).status).toBe(status);
  });

  it('stays in the manifest for an hour more, until something is written', async () => {
    const { app, token, make } = await createQuickApp();
    const { id, expiresAt } = documentOf(await make({ retentionDays: 1 }));
    for (const [ms, due] of [
      [HOUR_MS - 1, true],
      [HOUR_MS, false],
    ] as const) {
      Object.assign(app.env, { clock: () => Date.parse(expiresAt) + ms });
      await app.addItem(token, 'note', { text: 'later' });
      const signedIn = await authenticate(app.env, token, null, CALLER);
      const { entries } = (await signedIn.vault()).manifest;
      expect(entries.has(entryKey('document', id as DocumentId))).toBe(due);
      await signedIn.close();
    }
  });

  it('is long enough for the sweeper to leave it alone', async () => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make({ retentionDays: 1 }));
    app.pass(DAY_MS - 60_000);
    expect(await sweep(app.env, app.env.clock() + HOUR_MS)).toMatchObject({ removed: 0, failed: 0 });
    expect((await app.call(`GET /v1/documents/${id}/content`, { token })).bytes.equals(PDF)).toBe(true);
  });
});

describe('a range of the content', () => {
  let app: MemoryApp;
  let token: string;
  let path: string;
  const last = PDF.length - 1;

  beforeAll(async () => {
    const quick = await createQuickApp();
    ({ app, token } = quick);
    path = `GET /v1/documents/${documentOf(await quick.make()).id}/content`;
  });

  it.each<[string, number, number]>([
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, last],
    [`bytes=0-${String(last)}`, 0, last],
    [`bytes=0-${String(last + 1)}`, 0, last],
    ['bytes=0-999999999999999', 0, last],
    [`bytes=${String(last)}-`, last, last],
    [`bytes=${String(last)}-${String(last)}`, last, last],
    ['bytes=-1', last, last],
    ['bytes=-500', last - 499, last],
    [`bytes=-${String(PDF.length)}`, 0, last],
    ['bytes=-999999', 0, last],
    [`bytes=${String(CHUNK - 1)}-${String(CHUNK)}`, CHUNK - 1, CHUNK],
    [`bytes=${String(CHUNK)}-${String(2 * CHUNK - 1)}`, CHUNK, 2 * CHUNK - 1],
    [`bytes=${String(3 * CHUNK - 1)}-${String(last)}`, 3 * CHUNK - 1, last],
    ['bytes=001-0004', 1, 4],
  ])('%s is answered to the byte', async (range, first, end) => {
    const answer = await app.call(path, { token, headers: { range } });
    expect(answer.status).toBe(206);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'accept-ranges': 'bytes',
      'content-length': String(end - first + 1),
      'content-range': `bytes ${String(first)}-${String(end)}/${String(PDF.length)}`,
      'content-type': 'application/pdf',
    });
    expect(answer.bytes.equals(PDF.subarray(first, end + 1))).toBe(true);
  });

  it.each([
    `bytes=${String(PDF.length)}-`,
    `bytes=${String(PDF.length)}-${String(PDF.length)}`,
    'bytes=999999999-',
    'bytes=-0',
  ])('%s lies outside and is told the size', async (range) => {
    const answer = await app.call(path, { token, headers: { range } });
    expect(problemOf(answer)).toEqual([416, 'range_not_satisfiable']);
    expect(answer.headers.get('content-range')).toBe(`bytes */${String(PDF.length)}`);
  });

  it.each([
    '',
    'bytes=',
    'bytes=-',
    'bytes',
    'bytes=a-b',
    'bytes=5-2',
    'bytes=1.5-2',
    'bytes=--1',
    'bytes=0x0-1',
    'bytes 0-1',
    'bytes=0-1,3-4',
    'bytes=0-0,-1',
    'bytes=0-1;',
    'items=0-1',
    `bytes=0-${'9'.repeat(100)}`,
  ])('%j is none, and gives the whole', async (range) => {
    const answer = await app.call(path, { token, headers: { range } });
    expect([answer.status, answer.headers.has('content-range')]).toEqual([200, false]);
    expect(answer.headers.get('content-length')).toBe(String(PDF.length));
    expect(answer.bytes.equals(PDF)).toBe(true);
  });
});

describe('the name of the file', () => {
  let quick: QuickApp;

  beforeAll(async () => {
    quick = await createQuickApp();
  });

  it.each<[title: string, ascii: string, name: string]>([
    ['Letter', 'Letter.pdf', 'Letter.pdf'],
    ['a "quoted" one', 'a _quoted_ one.pdf', 'a _quoted_ one.pdf'],
    ["it's; filename=x", "it's; filename=x.pdf", "it's; filename=x.pdf"],
    ['../../etc/passwd', '.._.._etc_passwd.pdf', '.._.._etc_passwd.pdf'],
    ['C:\\temp\\x', 'C_temp_x.pdf', 'C_temp_x.pdf'],
    ['<b>|*?', '_b_.pdf', '_b_.pdf'],
    ['≮b≯', '_b_.pdf', '≮b≯.pdf'],
    ['100 %', '100 _.pdf', '100 %.pdf'],
    ['%0d%0aset-cookie: x', '_0d_0aset-cookie_ x.pdf', '%0d%0aset-cookie_ x.pdf'],
    ['Größe', 'Groe.pdf', 'Größe.pdf'],
    ['\u{1f600}', 'document.pdf', '\u{1f600}.pdf'],
    ['العربية', 'document.pdf', 'العربية.pdf'],
    ['abc\u202egpj.exe', 'abc_gpj.exe.pdf', 'abc_gpj.exe.pdf'],
    ['a\u2066b\u2069\u200f', 'a_b_.pdf', 'a_b_.pdf'],
    ['zero\u200bwidth\ufeff', 'zero_width_.pdf', 'zero_width_.pdf'],
    ['half \ud83d a pair', 'half  a pair.pdf', 'half \ufffd a pair.pdf'],
  ])('of %j breaks neither the header nor the disk', async (title, ascii, name) => {
    const { app, token, make } = quick;
    const made = await make({ title });
    expect(documentOf(made).title).toBe(title);
    const answer = await app.call(`GET /v1/documents/${documentOf(made).id}/content`, { token });
    const header = answer.headers.get('content-disposition') ?? '';
    const [, plain, encoded = ''] =
      /^inline; filename="([^"\\\p{Cc}]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)$/u.exec(header) ?? [];
    expect([plain, decodeURIComponent(encoded)]).toEqual([ascii, name]);
  });
});

describe('deletion', () => {
  it('leaves neither row nor object', async () => {
    const quick = await createQuickApp();
    const { app, token, make } = quick;
    const { id } = documentOf(await make());
    expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
    await expectNothingLeft(quick);
    for (const call of [`GET /v1/documents/${id}`, `GET /v1/documents/${id}/content`, `DELETE /v1/documents/${id}`]) {
      expect(problemOf(await app.call(call, { token }))).toEqual([404, 'not_found']);
    }
  });

  it('at the same time by two removes it once', async () => {
    const quick = await createQuickApp();
    const { app, token, make } = quick;
    const call = `DELETE /v1/documents/${documentOf(await make()).id}`;
    const answers = await Promise.all([app.call(call, { token }), app.call(call, { token })]);
    for (const { status } of answers) expect([204, 404]).toContain(status);
    expect(answers.map(({ status }) => status)).toContain(204);
    await expectNothingLeft(quick);
  });

  it('costs two reads and two writes', async () => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make());
    app.store.calls.length = 0;
    expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
    // The row is asked for beside the session.
    expect(app.store.calls.map(({ op }) => op)).toEqual(['get', 'snapshot', 'commit', 'commit']);
  });

  it('takes what its owner changed meanwhile', async () => {
    const quick = await createQuickApp();
    const { app, token, make } = quick;
    const { id, expiresAt } = documentOf(await make());
    const changed: number[] = [];
    app.store.hooks.before = async ({ op }) => {
      if (op !== 'commit' || changed.length > 0) return;
      changed.push(0);
      const body = { expiresAt: new Date(Date.parse(expiresAt) - DAY_MS).toISOString() };
      changed.push((await app.call(`PATCH /v1/documents/${id}`, { token, body })).status);
    };
    expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
    expect(changed).toEqual([0, 200]);
    await expectNothingLeft(quick);
  });

  it.each<[string, (now: number) => Pick<DocumentRow, 'busyUntil' | 'dueAt'>, number, number, number]>([
    ['is in the making', (now) => ({ busyUntil: 0, dueAt: now + 1 }), 404, 1, 1],
    ['was in the making', (now) => ({ busyUntil: 0, dueAt: now }), 204, 0, 0],
    ['a rotation was busy with', (now) => ({ busyUntil: now, dueAt: now + 1 }), 204, 0, 0],
    ['a rotation is busy with', (now) => ({ busyUntil: now + 1, dueAt: now + 1 }), 204, 1, 0],
  ])(
    'of one that %s answers as it stands, and leaves what may still be needed',
    async (_, times, status, rows, left) => {
      const { app, token, make, documentRows } = await createQuickApp();
      const { id } = documentOf(await make());
      app.objects.hooks.before = () => {
        throw new UnavailableError('s3:DeleteObject');
      };
      expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(503);
      app.objects.hooks.before = () => undefined;
      const [[name, row] = ['', null]] = [...app.store.rows].filter(([, { kind }]) => kind === 'document');
      const now = app.env.clock();
      Object.assign(app.env, { clock: () => now });
      if (row?.kind === 'document') app.store.rows.set(name, { ...row, ...times(now) });
      expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(status);
      expect([documentRows().length, app.objects.objects.size]).toEqual([rows, left]);
    },
  );

  it.each<[string, (own: string, other: string) => string[]]>([
    ['an object of another document', (own, other) => [own, other]],
    ['no object', () => []],
  ])('and reading find tampering, and touch nothing, where its row names %s', async (_, keys) => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make());
    await make();
    const [own = '', other = ''] = app.objects.objects.keys();
    const [name = '', row] = [...app.store.rows].find(([key]) => key.endsWith(`D#${id}`)) ?? [];
    if (row?.kind !== 'document') throw new Error('there is a row');
    app.store.rows.set(name, { ...row, objectKeys: keys(own, other) });
    for (const call of ['DELETE', 'GET']) {
      const answer = await app.call(`${call} /v1/documents/${id}`, { token });
      expect(problemOf(answer)).toEqual([500, 'integrity_failure']);
    }
    app.store.rows.set(name, row);
    expect((await app.call(`GET /v1/documents/${id}/content`, { token })).bytes.equals(PDF)).toBe(true);
    expect(app.objects.objects.size).toBe(2);
  });

  it('removes 20 objects at a time, and all of them', async () => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make());
    const [own = ''] = app.objects.objects.keys();
    const [name = '', row] = [...app.store.rows].find(([key]) => key.endsWith(`D#${id}`)) ?? [];
    if (row?.kind !== 'document') throw new Error('there is a row');
    const others = Array.from({ length: 24 }, (_, i) => `${own}${i}`);
    for (const key of others) app.objects.objects.set(key, new Uint8Array(1));
    app.store.rows.set(name, { ...row, objectKeys: [own, ...others] });
    const seen = { now: 0, most: 0 };
    app.objects.hooks.before = async () => {
      seen.most = Math.max(seen.most, ++seen.now);
      await new Promise(setImmediate);
    };
    app.objects.hooks.after = () => {
      seen.now--;
    };
    expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
    expect([seen.most, app.objects.objects.size]).toEqual([20, 0]);
  });

  it('that stops at any call can be sent again, and ends clean', async () => {
    const quick = await createQuickApp();
    const { app, token, make } = quick;
    const stops = await stopAtEachCall(app, async (stopped) => {
      const call = `DELETE /v1/documents/${documentOf(await make()).id}`;
      const answer = await stopped(() => app.call(call, { token }));
      if (answer.status !== 204) {
        expect(problemOf(answer)).toEqual([503, 'temporarily_unavailable']);
        expect([204, 404]).toContain((await app.call(call, { token })).status);
      }
      await expectNothingLeft(quick);
      return answer.status === 204;
    });
    expect(stops).toBeGreaterThanOrEqual(6);
  });

  it('that stops at any call left the document whole, or is finished by the sweeper', async () => {
    const quick = await createQuickApp();
    const { app, token, make } = quick;
    const left: number[] = [];
    await stopAtEachCall(app, async (stopped) => {
      const { id } = documentOf(await make());
      const answer = await stopped(() => app.call(`DELETE /v1/documents/${id}`, { token }));
      const still = await listed(app, token);
      left.push(still.length);
      const content = await app.call(`GET /v1/documents/${id}/content`, { token });
      expect([content.status, content.bytes.equals(PDF)]).toEqual(still.length === 1 ? [200, true] : [404, false]);
      if (still.length === 1) await app.call(`DELETE /v1/documents/${id}`, { token });
      await sweep(app.env, app.env.clock() + HOUR_MS);
      await expectNothingLeft(quick);
      return answer.status === 204;
    });
    expect(new Set(left)).toEqual(new Set([1, 0]));
  });
});

describe('the making of a document', () => {
  it('that stops at any call leaves nothing to read, and nothing at all once the sweeper ran', async () => {
    const quick = await createQuickApp();
    const { app, token, make, documentRows } = quick;
    const seen = new Set<string>();
    await stopAtEachCall(app, async (stopped) => {
      const answer = await stopped(() => make());
      if (answer.status === 201) return true;
      expect(problemOf(answer)).toEqual([503, 'temporarily_unavailable']);
      const ready = await listed(app, token);
      seen.add(
        `${String(documentRows().length)} rows, ${String(app.objects.objects.size)} objects, ${String(ready.length)} ready`,
      );
      for (const row of documentRows()) {
        const id = 'documentId' in row ? row.documentId : '';
        const content = await app.call(`GET /v1/documents/${id}/content`, { token });
        // Only an answer that was lost after all was done leaves a document, and that one is whole.
        expect([content.status, content.bytes.equals(PDF)]).toEqual(ready.length === 1 ? [200, true] : [404, false]);
      }
      if (ready.length === 0) {
        // The sweeper lets one alone that may still be in the making.
        const rows = documentRows().length;
        await sweep(app.env, app.env.clock() + HOUR_MS);
        expect(documentRows()).toHaveLength(rows);
        app.pass(HOUR_MS + 1000);
        await sweep(app.env, app.env.clock() + HOUR_MS);
      } else {
        for (const id of ready) expect((await app.call(`DELETE /v1/documents/${id}`, { token })).status).toBe(204);
      }
      await expectNothingLeft(quick);
      return false;
    });
    expect([...seen].sort()).toEqual([
      '0 rows, 0 objects, 0 ready',
      '1 rows, 0 objects, 0 ready',
      '1 rows, 1 objects, 0 ready',
      '1 rows, 1 objects, 1 ready',
    ]);
  });

  it('that met an unforeseen error tells nothing of it', async () => {
    const { app, make } = await createQuickApp();
    app.objects.hooks.before = () => {
      throw new Error('Zq7canary');
    };
    const answer = await make();
    expect(problemOf(answer)).toEqual([500, 'internal_error']);
    expect(answer.bytes.toString() + JSON.stringify(app.telemetry.lines)).not.toContain('Zq7canary');
  });
});

describe('an object that is not as it was written', () => {
  const HEADER = 56;
  const SEALED = CHUNK + 16;
  /** The bytes of a sealed chunk, by its place. */
  const chunkAt = (bytes: Uint8Array, place: number) =>
    bytes.subarray(HEADER + place * SEALED, HEADER + (place + 1) * SEALED);
  const flipped = (bytes: Uint8Array, at: number) => bytes.with(at, (bytes[at] ?? 0) ^ 1);
  const swapped = (bytes: Uint8Array, a: number, b: number) => {
    const copy = Uint8Array.from(bytes);
    chunkAt(copy, a).set(chunkAt(bytes, b));
    chunkAt(copy, b).set(chunkAt(bytes, a));
    return copy;
  };

  let quick: QuickApp;
  let path: string;
  let key: string;
  let sealed: Uint8Array;
  let others: Uint8Array;

  beforeAll(async () => {
    quick = await createQuickApp();
    path = `/v1/documents/${documentOf(await quick.make()).id}/content`;
    [[key, sealed] = ['', new Uint8Array(0)]] = [...quick.app.objects.objects];
    await quick.make();
    others = [...quick.app.objects.objects.values()][1] ?? new Uint8Array(0);
    expect([sealed.length, others.length]).toEqual([PDF.length + HEADER + 4 * 16, sealed.length]);
  });

  /** What comes of the content while another object stands in its place: all that came, and whether it broke off. */
  async function read(object: Uint8Array | null, range?: string) {
    const { app, token } = quick;
    if (object === null) app.objects.objects.delete(key);
    else app.objects.objects.set(key, object);
    const counted = (name: Metric) => app.telemetry.counts.get(name) ?? 0;
    const before = [counted('IntegrityFailure'), counted('CloudFailure')] as const;
    const request = new Request(`http://vault.test${path}`, {
      headers: { authorization: `Bearer ${token}`, ...(range === undefined ? {} : { range }) },
    });
    const response = await app.fetch(request, { requestId: 'request-0', sourceIp: '192.0.2.1' });
    const parts: Uint8Array[] = [];
    let broken = false;
    try {
      const body: AsyncIterable<Uint8Array> | readonly [] = response.body ?? [];
      for await (const part of body) parts.push(part);
    } catch {
      broken = true;
    }
    app.objects.objects.set(key, sealed);
    const [alarmed, failed] = [counted('IntegrityFailure') - before[0], counted('CloudFailure') - before[1]];
    return { status: response.status, bytes: Buffer.concat(parts), broken, alarmed, failed };
  }

  it.each<[string, () => Uint8Array | null]>([
    ['is missing', () => null],
    ['is empty', () => new Uint8Array(0)],
    ['has other random bytes', () => Uint8Array.from(sealed, (byte) => byte ^ 0x5a)],
    ['has another salt', () => flipped(sealed, 0)],
    ['has another commitment', () => flipped(sealed, HEADER - 1)],
    ['has a changed first byte', () => flipped(sealed, HEADER)],
    ['has a changed first tag', () => flipped(sealed, HEADER + SEALED - 1)],
    ['lacks its last byte', () => sealed.subarray(0, -1)],
    ['lacks its last chunk', () => sealed.subarray(0, HEADER + 3 * SEALED)],
    ['has a byte more', () => Buffer.concat([sealed, Buffer.alloc(1)])],
    ['stands twice', () => Buffer.concat([sealed, sealed])],
    ['is the plain PDF', () => Uint8Array.from(PDF)],
    ['is padded plaintext', () => Buffer.concat([PDF, Buffer.alloc(HEADER + 64)])],
    ["is another document's", () => others],
    ["has another document's chunks", () => Buffer.concat([sealed.subarray(0, HEADER), others.subarray(HEADER)])],
    ["has another document's header", () => Buffer.concat([others.subarray(0, HEADER), sealed.subarray(HEADER)])],
    ['has its first two chunks swapped', () => swapped(sealed, 0, 1)],
  ])('and %s gives not one byte', async (_, object) => {
    const { status, bytes, broken, alarmed } = await read(object());
    expect([status, broken, alarmed]).toEqual([500, false, 1]);
    expect(JSON.parse(bytes.toString())).toMatchObject({ code: 'integrity_failure' });
  });

  it.each<[string, () => Uint8Array, number]>([
    ['has a changed byte in its second chunk', () => flipped(sealed, HEADER + SEALED + 100), 1],
    ['has a changed tag in its third chunk', () => flipped(sealed, HEADER + 3 * SEALED - 1), 2],
    ['has a changed last byte', () => flipped(sealed, sealed.length - 1), 3],
    ['has its later chunks swapped', () => swapped(sealed, 1, 2), 1],
  ])('and %s breaks off before the damage', async (_, object, chunks) => {
    const { status, bytes, broken, alarmed, failed } = await read(object());
    expect([status, broken, alarmed, failed]).toEqual([200, true, 1, 0]);
    expect(bytes.equals(PDF.subarray(0, chunks * CHUNK))).toBe(true);
  });

  it.each([
    ['in its first chunk', HEADER + 5, 503, false, 0],
    ['in its second chunk', HEADER + SEALED + 5, 200, true, 1],
    ['before its last byte', PDF.length + HEADER + 4 * 16 - 1, 200, true, 3],
  ])('or whose bucket fails %s counts as a failure of the cloud, once', async (_, end, status, broken, chunks) => {
    const { objects } = quick.app;
    const get = objects.get.bind(objects);
    Object.assign(objects, {
      get: async (...asked: Parameters<typeof get>) => {
        const found = await get(...asked);
        return found === null ? null : { ...found, body: brokenOff(found.body, end) };
      },
    });
    const answer = await read(sealed);
    Object.assign(objects, { get });
    expect(answer).toMatchObject({ status, broken, alarmed: 0, failed: 1 });
    if (broken) expect(answer.bytes.equals(PDF.subarray(0, chunks * CHUNK))).toBe(true);
  });

  it('gives a range beside the damage, and none over it', async () => {
    const damaged = flipped(sealed, HEADER + SEALED + 100);
    const beside = await read(damaged, `bytes=${String(2 * CHUNK)}-`);
    expect([beside.status, beside.broken, beside.alarmed]).toEqual([206, false, 0]);
    expect(beside.bytes.equals(PDF.subarray(2 * CHUNK))).toBe(true);
    const within = await read(damaged, `bytes=${String(CHUNK + 5000)}-${String(CHUNK + 5001)}`);
    expect([within.status, within.alarmed]).toEqual([500, 1]);
    const across = await read(damaged, `bytes=10-${String(3 * CHUNK)}`);
    expect([across.status, across.broken, across.alarmed]).toEqual([206, true, 1]);
    expect(across.bytes.equals(PDF.subarray(10, CHUNK))).toBe(true);
  });

  it('is read again once it is back', async () => {
    const { status, bytes } = await read(sealed);
    expect([status, bytes.equals(PDF)]).toEqual([200, true]);
  });
});

describe('a document of two parts', () => {
  it('is tampered with where its row does not name both', async () => {
    const app = createAccountsApp();
    const { token } = await app.register();
    const id = await uploadAll(app, token, partsOf([300, 300]));
    const [name = '', row] = [...app.store.rows].find(([key]) => key.endsWith(`D#${id}`)) ?? [];
    if (row?.kind !== 'document') throw new Error('there is a row');
    for (const key of row.objectKeys) {
      app.store.rows.set(name, { ...row, objectKeys: [key] });
      expect(problemOf(await app.call(`GET /v1/documents/${id}`, { token }))).toEqual([500, 'integrity_failure']);
    }
    const signedIn = await authenticate(app.env, token, null, CALLER);
    await expect(getDocument(signedIn, 'none')).rejects.toMatchObject({ code: 'not_found' });
    await signedIn.close();
  });
});

describe('an object that is opened', () => {
  it.each([0, 1, 2])('is let go of by a reader who leaves, after %i chunks', async (chunks) => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make());
    const { objects } = app;
    const get = objects.get.bind(objects);
    const seen = { open: 0 };
    Object.assign(objects, {
      get: async (...asked: Parameters<typeof get>) => {
        const found = await get(...asked);
        return found === null ? null : { ...found, body: watchedBody(pieces(found.body), seen) };
      },
    });
    const signedIn = await authenticate(app.env, token, null, CALLER);
    const { body } = await readDocument(app.env, signedIn, id, () => null);
    await signedIn.close();
    for (let i = 0; i < chunks; i++) expect((await body?.next())?.done).toBe(false);
    expect(seen.open).toBe(1);
    expect(await body?.return?.()).toEqual({ done: true, value: undefined });
    expect(seen.open).toBe(0);
  });

  it('is let go of unread where its size is another', async () => {
    const { app, token, make } = await createQuickApp();
    const { id } = documentOf(await make());
    const acts: string[] = [];
    const note = (act: string) => () => {
      acts.push(act);
      return Promise.resolve({ done: true, value: undefined });
    };
    for (const ends of [{ return: note('left') }, {}]) {
      const body = { [Symbol.asyncIterator]: () => ({ next: note('read'), ...ends }) };
      Object.assign(app.objects, { get: () => Promise.resolve({ size: PDF.length, body }) });
      const answer = await app.call(`GET /v1/documents/${id}/content`, { token });
      expect(problemOf(answer)).toEqual([500, 'integrity_failure']);
    }
    expect(acts).toEqual(['left']);
  });
});

/** A body piece by piece, each in its own time. */
async function* pieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of body) for (let at = 0; at < piece.length; at += 4096) yield piece.subarray(at, at + 4096);
}

/** A body that breaks off behind so many bytes, as one of S3's does when its connection is lost. */
async function* brokenOff(body: AsyncIterable<Uint8Array>, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of body) {
    const part = piece.subarray(0, end - at);
    if (part.length > 0) yield part;
    at += part.length;
    if (at === end) throw new UnavailableError('s3:GetObject');
  }
}

/**
 * Runs something again and again, each time letting the cloud fall silent one call later: that call still takes effect,
 * but its answer is lost, and no further one is taken.
 *
 * @param run does its work within `stopped`; gives true once it was not stopped
 * @returns how often it was stopped
 */
async function stopAtEachCall(
  app: MemoryApp,
  run: (stopped: (work: () => Promise<Answer>) => Promise<Answer>) => Promise<boolean>,
): Promise<number> {
  const doubles = [app.store, app.objects, app.keys];
  for (let allowed = 0; ; allowed++) {
    const ended = await run(async (work) => {
      let calls = 0;
      for (const { hooks } of doubles) {
        hooks.before = () => {
          if (++calls > allowed) throw new UnavailableError('test');
        };
        hooks.after = () => {
          if (calls === allowed) throw new UnavailableError('test');
        };
      }
      try {
        return await work();
      } finally {
        for (const { hooks } of doubles) {
          delete hooks.before;
          delete hooks.after;
        }
      }
    });
    if (ended) return allowed;
    if (allowed > 50) throw new Error('it never ended');
  }
}
