import { expect } from '@jest/globals';
import fc from 'fast-check';
import { type Deed, deedIn } from './deeds.ts';
import { made, pdfOf, saysDocument, sha256 } from './document-deeds.ts';
import { type In, mark } from './in.ts';
import { idAmong, keep, keys, owns, places, replayed } from './item-deeds.ts';
import { DAY, HOUR, iso, type Upload } from './model.ts';

const MAX_PART = 4 * 1024 * 1024;
const MAX_PARTS = 180;
const MAX_SIZE = 180 * 1024 * 1024;

const ids = (at: In, isOwn: boolean, place: number) => idAmong(at, isOwn, ({ uploads }) => uploads.keys(), place);

const begin = deedIn(
  'begin upload',
  fc.record({ key: keys, retentionDays: fc.option(fc.constantFrom(1, 2)), title: fc.constantFrom('a', 'b') }),
  async (at, { key, retentionDays, title: word }) => {
    const { m, account } = at;
    const title = `${mark(account)}scan ${word}`;
    const body = retentionDays === null ? { title } : { title, retentionDays };
    const call = 'POST /v1/uploads';
    const answer = await at.ask(call, { body, headers: key === null ? {} : { 'idempotency-key': key } });
    if (answer === null) return;
    const request = `${call} ${JSON.stringify(body)}`;
    const known = replayed(at, answer, key, request, ({ id }) => m.uploadOf(account, id));
    if (known === 'refused') return;
    if (known !== null) {
      at.says(answer, '201', uploadView(known));
      return;
    }
    const id = answer.text('uploadId');
    const days = retentionDays ?? 90;
    const empty = { parts: new Map<number, Buffer>(), begun: 0, dueAt: m.now + DAY };
    const upload = { id, title, retentionDays: days, keyVersion: account.keyVersion, ...empty };
    account.uploads.set(id, upload);
    keep(at, key, { kind: 'upload', body, request, id });
    at.says(answer, '201', uploadView(upload));
    expect(answer.headers.get('location')).toBe(`/v1/uploads/${id}`);
  },
);

function uploadView({ id, title, parts, dueAt }: Upload): object {
  return {
    uploadId: id,
    title,
    parts: [...parts].sort(([a], [b]) => a - b).map(([number, bytes]) => partView(number, bytes)),
    maxPartSize: MAX_PART,
    maxParts: MAX_PARTS,
    maxSize: MAX_SIZE,
    expiresAt: iso(dueAt),
  };
}

function partView(part: number, bytes: Buffer): object {
  return { part, size: bytes.length, sha256: sha256(bytes) };
}

const get = deedIn('get upload', fc.record({ place: places, isOwn: owns }), async (at, { place, isOwn }) => {
  const id = ids(at, isOwn, place);
  const answer = await at.ask(`GET /v1/uploads/${id}`);
  if (answer === null) return;
  const upload = at.m.uploadOf(at.account, id);
  if (upload === null) {
    at.says(answer, '404 not_found');
    return;
  }
  at.says(answer, '200', uploadView(upload));
});

const put = deedIn(
  'put part',
  fc.record({
    place: places,
    isOwn: owns,
    number: fc.constantFrom(1, 1, 2, 2, 3, 181),
    size: fc.constantFrom(40, 16_384, 20_000),
  }),
  async (at, { place, isOwn, number, size }) => {
    const { m, account } = at;
    const id = ids(at, isOwn, place);
    const body = pdfOf(account, size);
    const headers = { 'content-type': 'application/pdf' };
    const answer = await at.ask(`PUT /v1/uploads/${id}/parts/${number}`, { body, headers });
    if (answer === null) return;
    const upload = m.uploadOf(account, id);
    if (upload === null || number > MAX_PARTS) {
      at.says(answer, '404 not_found');
      return;
    }
    if (upload.parts.get(number)?.equals(body) !== true) {
      const parts = new Map([...upload.parts, [number, body]]);
      account.uploads.set(id, { ...upload, parts, begun: upload.begun + 1, dueAt: m.now + DAY });
    }
    at.says(answer, '200', partView(number, body));
  },
);

const complete = deedIn(
  'complete',
  fc.record({
    place: places,
    isOwn: owns,
    count: fc.constantFrom('right', 'right', 'right', 'more'),
    sum: fc.constantFrom('right', 'none', 'wrong'),
  }),
  async (at, p) => {
    const { m, account } = at;
    const of = (one: In['account']) => new Set([...one.uploads.keys(), ...one.documents.keys()]);
    const id = idAmong(at, p.isOwn, of, p.place);
    const known = account.uploads.get(id);
    const numbers = [...(known?.parts.keys() ?? [])].sort((a, b) => a - b);
    const before = m.documentOf(account, id);
    const bytes = before?.bytes ?? Buffer.concat(numbers.map((number) => known?.parts.get(number) ?? Buffer.alloc(0)));
    const count = Math.max(1, numbers.length) + (p.count === 'more' ? 1 : 0);
    const sum = p.sum === 'none' ? {} : { sha256: p.sum === 'right' ? sha256(bytes) : '0'.repeat(64) };
    const answer = await at.ask(`POST /v1/uploads/${id}/complete`, { body: { parts: count, ...sum } });
    if (answer === null) return;
    if (before?.template === null) {
      if (p.sum === 'wrong') at.refuses(answer, '422 invalid_request', '/sha256');
      else saysDocument(at, answer, '201', before);
      return;
    }
    const upload = m.uploadOf(account, id);
    if (upload === null) {
      at.says(answer, '404 not_found');
      return;
    }
    const isWhole = numbers.length === count && numbers.every((number, place) => number === place + 1);
    if (!isWhole) {
      at.says(answer, '409 upload_incomplete');
      return;
    }
    if (p.sum === 'wrong') {
      at.refuses(answer, '422 invalid_request', '/sha256');
      return;
    }
    const { title, retentionDays, keyVersion, begun } = upload;
    expect(answer.text('id')).toBe(id);
    account.uploads.delete(id);
    const busyUntil = begun > numbers.length ? m.now + HOUR : 0;
    made(at, answer, { title, template: null, bytes, keyVersion, busyUntil, retentionDays });
  },
);

const abort = deedIn('abort', fc.record({ place: places, isOwn: owns }), async (at, { place, isOwn }) => {
  const { m, account } = at;
  const id = ids(at, isOwn, place);
  const answer = await at.ask(`DELETE /v1/uploads/${id}`);
  if (answer === null) return;
  if (m.uploadOf(account, id) === null) {
    at.says(answer, '404 not_found');
    return;
  }
  account.uploads.delete(id);
  account.leftovers.set(id, { busyUntil: m.now + HOUR, dueAt: m.now + HOUR });
  at.says(answer, '204');
});

/** What is done with uploads in parts, each with how often. */
export const UPLOAD_DEEDS: readonly (readonly [number, fc.Arbitrary<Deed>])[] = [
  [3, begin],
  [1, get],
  [6, put],
  [3, complete],
  [1, abort],
];
