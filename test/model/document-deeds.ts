import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import fc from 'fast-check';
import type { Answer } from '../fixtures/app.ts';
import { type Deed, deedIn } from './deeds.ts';
import { type In, mark } from './in.ts';
import { allPages, idAmong, keep, keys, owns, places, replayed } from './item-deeds.ts';
import { type Account, DAY, type Document, type Item, iso } from './model.ts';

/** Bytes of PDFs that are sent: within a chunk of the sealed stream, at one's end, and over several. */
const SIZES = [30, 16_384, 40_000] as const;
const SEND_KEYS = ['key-a', 'key-b', 'key-c'] as const;

const retentions = fc.constantFrom(1, 1, 2, 30);

/** Bytes that pass for a PDF, and tell whose they are. */
export function pdfOf(account: Account, size: number): Buffer {
  const [head, tail] = [`%PDF-1.7\n${mark(account)}`, '\n%%EOF'];
  return Buffer.from(head + 'x'.repeat(Math.max(0, size - head.length - tail.length)) + tail);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A document as answers have it. */
export function documentView({ id, title, template, bytes, createdAt, expiresAt }: Document): object {
  return {
    id,
    title,
    template,
    status: 'ready',
    pages: template === null ? null : 1,
    size: bytes.length,
    sha256: sha256(bytes),
    createdAt: iso(createdAt),
    expiresAt: iso(expiresAt),
  };
}

/** Enters a document that was just made. */
export function made(
  at: In,
  answer: Answer,
  of: Pick<Document, 'title' | 'template' | 'bytes' | 'keyVersion' | 'busyUntil'> & { readonly retentionDays: number },
): void {
  const { m, account } = at;
  const { retentionDays, ...rest } = of;
  const id = answer.text('id');
  expect([...account.items.keys(), ...account.documents.keys()]).not.toContain(id);
  const document = { ...rest, id, createdAt: m.now, expiresAt: m.now + retentionDays * DAY };
  account.documents.set(id, document);
  m.write(at.session, 'document.created', id);
  saysDocument(at, answer, '201', document);
}

/** Holds an answer to a document. */
export function saysDocument(at: In, answer: Answer, expected: string, document: Document): void {
  at.says(answer, expected, documentView(document));
  if (expected === '201') expect(answer.headers.get('location')).toBe(`/v1/documents/${document.id}`);
}

type Inputs = Readonly<Record<string, string | readonly string[]>>;

const generate = deedIn(
  'generate',
  fc.record({
    template: fc.constantFrom('personal-data-record', 'letter'),
    items: fc.array(places, { minLength: 1, maxLength: 3 }),
    isOwn: owns,
    retentionDays: retentions,
    title: fc.constantFrom('Brief', 'Ärger'),
    key: keys,
  }),
  async (at, p) => {
    const ids = p.items.map((place) => idAmong(at, p.isOwn, ({ items }) => items.keys(), place));
    const [first = '', second = first] = ids;
    const inputs: Inputs = p.template === 'letter' ? { sender: first, senderAddress: second } : { items: ids };
    const title = mark(at.account) + p.title;
    await sendGenerate(at, { template: p.template, title, inputs, retentionDays: p.retentionDays }, p.key);
  },
);

interface Request {
  readonly template: string;
  readonly title: string;
  readonly inputs: Inputs;
  readonly retentionDays: number;
}

async function sendGenerate(at: In, body: Request, key: string | null): Promise<void> {
  const { m, account } = at;
  const call = 'POST /v1/documents';
  const answer = await at.ask(call, { body, headers: key === null ? {} : { 'idempotency-key': key } });
  if (answer === null) return;
  const request = `${call} ${JSON.stringify(body)}`;
  const known = replayed(at, answer, key, request, ({ id }) => m.documentOf(account, id));
  if (known === 'refused') return;
  if (known !== null) {
    saysDocument(at, answer, '201', known);
    return;
  }

  const wrong: string[] = [];
  const inputs = Object.fromEntries(
    Object.entries(body.inputs).map(([name, ids]) => [
      name,
      [ids].flat().flatMap((id, place) => {
        const item = account.items.get(id);
        const type = { sender: 'person', senderAddress: 'address' }[name];
        const path = typeof ids === 'string' ? `/inputs/${name}` : `/inputs/${name}/${place}`;
        if (item === undefined || (type !== undefined && item.type !== type)) wrong.push(path);
        return item === undefined ? [] : [sourceOf(item)];
      }),
    ]),
  );
  if (wrong.length > 0) {
    at.refuses(answer, '422 invalid_request', ...wrong);
    return;
  }
  keep(at, key, { kind: 'document', body, request, id: answer.text('id') });
  const bytes = Buffer.from(`%PDF-${JSON.stringify(inputs)}`);
  const { title, template, retentionDays } = body;
  made(at, answer, { title, template, bytes, keyVersion: account.keyVersion, busyUntil: 0, retentionDays });
}

/** An item as the renderer gets it. */
function sourceOf({ id, type, label, data, version, createdAt, updatedAt }: Item): object {
  return { id, type, label, data, version, createdAt, updatedAt };
}

const send = deedIn(
  'send PDF',
  fc.record({ size: fc.constantFrom(...SIZES), retentionDays: retentions, key: keys, isPdf: owns }),
  async (at, { size, retentionDays, key, isPdf }) => {
    await sendPdf(at, { size, retentionDays, isPdf }, key);
  },
);

interface Sent {
  readonly size: number;
  readonly retentionDays: number;
  readonly isPdf: boolean;
}

async function sendPdf(at: In, body: Sent, key: string | null): Promise<void> {
  const { m, account } = at;
  const { size, retentionDays, isPdf } = body;
  const bytes = isPdf ? pdfOf(account, size) : Buffer.from('no PDF at all');
  const title = `${mark(account)}größer ${size}`;
  const call = `POST /v1/documents?retentionDays=${retentionDays}`;
  const headers = {
    'content-type': 'application/pdf',
    'x-document-title': encodeURIComponent(title),
    ...(key === null ? {} : { 'idempotency-key': key }),
  };
  const answer = await at.ask(call, { body: bytes, headers });
  if (answer === null) return;
  if (!isPdf) {
    at.says(answer, '422 not_a_pdf');
    return;
  }
  const request = `${call} ${JSON.stringify(body)}`;
  const known = replayed(at, answer, key, request, ({ id }) => m.documentOf(account, id));
  if (known === 'refused') return;
  if (known !== null) {
    saysDocument(at, answer, '201', known);
    return;
  }
  keep(at, key, { kind: 'document', body, request, id: answer.text('id') });
  made(at, answer, { title, template: null, bytes, keyVersion: account.keyVersion, busyUntil: 0, retentionDays });
}

const resend = deedIn('send again', fc.constantFrom(...SEND_KEYS), async (at, key) => {
  const known = at.account.keys.get(key);
  if (known?.kind !== 'document') return;
  const body = known.body as Request | Sent;
  await ('size' in body ? sendPdf(at, body, key) : sendGenerate(at, body, key));
});

const getDocument = deedIn('get document', fc.record({ place: places, isOwn: owns }), async (at, p) => {
  const id = idAmong(at, p.isOwn, ({ documents }) => documents.keys(), p.place);
  const answer = await at.ask(`GET /v1/documents/${id}`);
  if (answer === null) return;
  const document = at.m.documentOf(at.account, id);
  if (document === null) {
    at.says(answer, '404 not_found');
    return;
  }
  saysDocument(at, answer, '200', document);
});

/** What of a content is asked for; null for all of it, 'known' where the caller has it. */
const ranges = fc.oneof(
  fc.constantFrom(null, null, 'known' as const),
  fc.record({ first: fc.constantFrom(0, 20, 16_383, 16_384), count: fc.constantFrom(1, 10, 20_000) }),
  fc.record({ last: fc.constantFrom(1, 16, 16_385) }),
  fc.record({ first: fc.constantFrom(0, 20, 16_384, 1_000_000) }),
);

const getContent = deedIn('get content', fc.record({ place: places, isOwn: owns, range: ranges }), async (at, p) => {
  const { range } = p;
  const id = idAmong(at, p.isOwn, ({ documents }) => documents.keys(), p.place);
  const document = at.m.documentOf(at.account, id);
  const etag = `"${document === null ? '' : sha256(document.bytes)}"`;
  const [first, last] = spanOf(range, document?.bytes.length ?? 0);
  const asked = range === null || range === 'known' ? null : rangeText(range);
  const headers = range === 'known' ? { 'if-none-match': etag } : asked === null ? {} : { range: asked };
  const answer = await at.ask(`GET /v1/documents/${id}/content`, { headers });
  if (answer === null) return;
  if (document === null) {
    at.says(answer, '404 not_found');
    return;
  }
  const { bytes, title } = document;
  if (range === 'known') {
    at.says(answer, '304');
    return;
  }
  if (first >= bytes.length) {
    at.says(answer, '416 range_not_satisfiable');
    expect(answer.headers.get('content-range')).toBe(`bytes */${bytes.length}`);
    return;
  }
  at.m.record(at.session, 'document.read', id);
  at.says(answer, asked === null ? '200' : '206');
  expect(answer.bytes.equals(bytes.subarray(first, last + 1))).toBe(true);
  expect(answer.headers.get('etag')).toBe(etag);
  expect(answer.headers.get('content-disposition')).toContain(encodeURIComponent(title));
  if (asked !== null) expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${last}/${bytes.length}`);
});

type Range = { readonly first?: number; readonly count?: number; readonly last?: number };

function rangeText({ first, count, last }: Range): string {
  if (first === undefined) return `bytes=-${last ?? ''}`;
  return `bytes=${first}-${count === undefined ? '' : first + count - 1}`;
}

/** First and last byte of what is asked for, both counted from 0. */
function spanOf(range: Range | 'known' | null, size: number): [number, number] {
  if (range === null || range === 'known') return [0, size - 1];
  const { first, count = size, last = 0 } = range;
  return first === undefined ? [Math.max(0, size - last), size - 1] : [first, Math.min(size, first + count) - 1];
}

const shorten = deedIn(
  'shorten',
  fc.record({ place: places, isOwn: owns, part: fc.constantFrom(0.1, 0.5, 1, 1.5, -1) }),
  async (at, { place, isOwn, part }) => {
    const { m, account } = at;
    const id = idAmong(at, isOwn, ({ documents }) => documents.keys(), place);
    const document = m.documentOf(account, id);
    const expiresAt = m.now + Math.ceil(((document?.expiresAt ?? m.now + DAY) - m.now) * part);
    const answer = await at.ask(`PATCH /v1/documents/${id}`, { body: { expiresAt: iso(expiresAt) } });
    if (answer === null) return;
    const now = m.documentOf(account, id);
    if (now === null) {
      at.says(answer, '404 not_found');
      return;
    }
    if (expiresAt <= m.now || expiresAt > now.expiresAt) {
      at.refuses(answer, '422 invalid_request', '/expiresAt');
      return;
    }
    const next = { ...now, expiresAt };
    account.documents.set(id, next);
    m.write(at.session, 'document.shortened', id);
    saysDocument(at, answer, '200', next);
  },
);

const deleteDocument = deedIn('delete document', fc.record({ place: places, isOwn: owns }), async (at, p) => {
  const { m, account } = at;
  const all = ({ documents, uploads, leftovers }: Account) => [
    ...new Set([...documents.keys(), ...uploads.keys(), ...leftovers.keys()]),
  ];
  const id = idAmong(at, p.isOwn, all, p.place);
  const answer = await at.ask(`DELETE /v1/documents/${id}`);
  if (answer === null) return;
  const document = m.documentOf(account, id);
  if (document !== null) {
    const { busyUntil } = document;
    account.documents.delete(id);
    if (busyUntil > m.now) account.leftovers.set(id, { busyUntil, dueAt: busyUntil });
    m.write(at.session, 'document.deleted', id);
    at.says(answer, '204');
    return;
  }
  // What is left of one that is gone is cleared away, by whoever asks.
  const upload = account.uploads.get(id);
  const left = account.leftovers.get(id) ?? (upload === undefined ? undefined : { busyUntil: 0, dueAt: upload.dueAt });
  if (left === undefined || (left.busyUntil === 0 && left.dueAt > m.now)) {
    at.says(answer, '404 not_found');
    return;
  }
  if (left.busyUntil <= m.now) {
    account.leftovers.delete(id);
    account.uploads.delete(id);
  }
  at.says(answer, '204');
});

const listDocuments = deedIn(
  'list documents',
  fc.record({
    limit: fc.constantFrom(1, 2, 100),
    template: fc.option(fc.constantFrom('letter', 'personal-data-record')),
    title: fc.option(fc.constantFrom('ÄRGER', 'GRÖSSER', 'nothing')),
  }),
  async (at, { limit, template, title }) => {
    const { m, account } = at;
    const filter = template === null ? {} : { template };
    const before = m.documentsOf(account);
    const shown = await allPages(at, 'documents', limit, (cursor) => {
      const more = cursor === null ? {} : { cursor };
      if (title !== null) return at.ask('POST /v1/documents/search', { body: { limit, title, ...filter, ...more } });
      const query = new URLSearchParams({ limit: String(limit), ...filter, ...more });
      return at.ask(`GET /v1/documents?${query.toString()}`);
    });
    if (shown === null) return;
    const part = title?.toLowerCase() ?? '';
    const fits = (all: readonly Document[]) =>
      all
        .filter((one) => template === null || one.template === template)
        .filter((one) => one.title.toUpperCase().toLowerCase().includes(part));
    // One may expire between two pages.
    const [atFirst, atLast] = [fits(before), fits(m.documentsOf(account))];
    expect(shown).toEqual(expect.arrayContaining(atLast.map(documentView)));
    expect(atFirst.map(documentView)).toEqual(expect.arrayContaining(shown));
    expect(shown.length).toBeLessThanOrEqual(atFirst.length);
    if (atFirst.length === atLast.length) expect(shown).toEqual(atLast.map(documentView));
  },
);

/** What is done with documents, each with how often. */
export const DOCUMENT_DEEDS: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [4, generate],
  [4, send],
  [2, resend],
  [2, getDocument],
  [4, getContent],
  [2, shorten],
  [3, deleteDocument],
  [3, listDocuments],
];
