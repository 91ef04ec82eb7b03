import { describe, expect, it } from '@jest/globals';
import { faultsOf } from './checks.ts';
import { readContract } from './document.ts';
import { GAPS, type Gap } from './gaps.ts';
import { Random } from './random.ts';
import { Tally } from './report.ts';
import type { Received, Sending } from './sending.ts';
import { violationsOf } from './sending.ts';
import { operationOf } from './valid.ts';
import { createMaker } from './values.ts';

const contract = readContract();
const REQUEST_ID = { 'x-request-id': 'request-1', 'x-vault-revision': '3' };
const PROBLEM = { ...REQUEST_ID, 'content-type': 'application/problem+json' };
const DOCUMENT = {
  id: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
  title: 'Invented',
  template: null,
  status: 'ready',
  pages: null,
  size: 9,
  sha256: 'a'.repeat(64),
  createdAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2026-02-28T12:00:00.000Z',
};

function sending(id: string, changes: Partial<Sending> = {}): Sending {
  const operation = operationOf(contract, id);
  const { method } = operation;
  const rest = { params: {}, query: [], headers: {}, body: null, account: null, session: null, token: null };
  return { operation, class: 'nearly', method, ...rest, ...changes };
}

const search = (fields: object, changes: Partial<Sending> = {}) =>
  sending('searchItems', {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(fields)),
    ...changes,
  });
const get = (changes: Partial<Sending> = {}) =>
  sending('getDocument', { params: { documentId: DOCUMENT.id }, ...changes });
const answer = (status: number, headers: Record<string, string>, body?: unknown): Received => ({
  status,
  headers,
  bytes: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
});
const problem = (status: number, code: string, more: object = {}) =>
  answer(status, PROBLEM, {
    type: `urn:problem:${code}`,
    title: 'T',
    status,
    code,
    detail: 'D',
    requestId: 'request-1',
    ...more,
  });
const found = (request: Sending, received: Received, log = '', used = new Set<Gap>()) =>
  faultsOf(contract, request, received, log, used).map(({ kind }) => kind);

const JSON_ANSWER = { ...REQUEST_ID, 'content-type': 'application/json' };
const ITEMS = answer(200, JSON_ANSWER, { items: [], nextCursor: null });

describe('the checks of the fuzzer', () => {
  it('find nothing in what the document says', () => {
    expect(found(get({ class: 'valid' }), answer(200, JSON_ANSWER, DOCUMENT))).toEqual([]);
    expect(found(search({ limit: 5 }, { class: 'valid' }), ITEMS)).toEqual([]);
    expect(found(search({ limit: 'many' }), problem(422, 'invalid_request'))).toEqual([]);
    expect(found(get({ expected: [404] }), problem(404, 'not_found'))).toEqual([]);
  });

  it.each([
    ['5xx', get(), problem(500, 'internal_error')],
    ['503', get(), answer(503, { ...PROBLEM, 'retry-after': '1' }, {})],
    ['undocumented status', get(), answer(418, PROBLEM, {})],
    ['form', get(), answer(200, { ...JSON_ANSWER, 'content-type': 'text/html' }, DOCUMENT)],
    ['form', get(), answer(200, JSON_ANSWER, { ...DOCUMENT, size: 'nine' })],
    ['form', get(), answer(200, JSON_ANSWER, { ...DOCUMENT, owner: 'a field that no schema names' })],
    ['form', get(), answer(200, { 'content-type': 'application/json' }, DOCUMENT)],
    ['form', get(), problem(404, 'unauthenticated')],
    ['form', sending('signOut'), answer(204, REQUEST_ID, 'a body')],
    ['accepted', search({ limit: 'many' }), ITEMS],
    ['accepted', search({ unknown: 1 }), ITEMS],
    ['accepted', sending('listItems', { query: [['limit', '101']] }), ITEMS],
    ['refused', search({ limit: 5 }), problem(422, 'invalid_request', { errors: [{ path: '/limit', message: 'no' }] })],
    ['refused', search({}), problem(400, 'malformed_json')],
    ['valid refused', get({ class: 'valid' }), problem(404, 'not_found')],
    ['expected', get({ expected: [404] }), answer(200, JSON_ANSWER, DOCUMENT)],
    [
      'echo',
      search({ limit: 'kx-was-sent' }),
      problem(422, 'invalid_request', { errors: [{ path: '', message: 'kx-was-sent' }] }),
    ],
    ['echo', get({ token: 'tw1.kx-secret' }), problem(401, 'unauthenticated', { detail: 'no tw1.kx-secret' })],
  ])('find %s', (kind, request, received) => {
    expect(found(request, received)).toContain(kind);
  });

  it('find in the log what was sent', () => {
    expect(found(search({ label: 'kx-was-sent' }), ITEMS, '[{"message":"request kx-was-sent"}]')).toEqual(['log']);
  });

  it('take a gap for a refusal, note it, and miss those that nothing met', () => {
    const used = new Set<Gap>();
    const refused = problem(422, 'invalid_request', { errors: [{ path: '/cursor', message: 'is none' }] });
    expect(found(search({ cursor: 'A' }), refused, '', used)).toEqual([]);
    expect([...used].map(({ rule }) => rule)).toEqual(['A cursor of this list and account']);
    const tally = new Tally(contract.operations);
    for (const gap of GAPS.slice(1)) tally.used.add(gap);
    tally.sent(search({}, { class: 'valid' }), 200);
    const shortfalls = tally.shortfalls();
    expect(shortfalls.filter((line) => line.includes('gap'))).toEqual([`the gap "${GAPS[0]?.rule ?? ''}" was not met`]);
    expect(shortfalls).toContain('getItem was never answered 2xx by a valid request');
    expect(shortfalls).not.toContain('searchItems was never answered 2xx by a valid request');
    expect(shortfalls).toContain('searchItems was sent no hostile request');
  });

  it('tell apart findings, and count one that comes again', () => {
    const tally = new Tally(contract.operations);
    const tell = () => ({ curl: '', before: [] });
    expect(tally.found('getItem', { kind: '5xx', detail: '' }, tell)).toBe(true);
    expect(tally.found('getItem', { kind: '5xx', detail: '' }, tell)).toBe(false);
    expect(tally.found('getItem', { kind: 'form', detail: '' }, tell)).toBe(true);
    expect([...tally.findings.values()].map(({ times }) => times)).toEqual([2, 1]);
  });
});

describe('the generator of the fuzzer', () => {
  it('makes the same of the same seed, and other things of another', () => {
    const made = (seed: number) => {
      const maker = createMaker(contract, new Random(seed));
      return contract.operations.map(({ body }) => maker.make(body?.['application/json'] ?? {}, true));
    };
    expect(made(1)).toEqual(made(1));
    expect(made(1)).not.toEqual(made(2));
  });

  it.each(contract.operations.flatMap(({ id, body }) => (body?.['application/json'] === undefined ? [] : [id])))(
    'makes bodies of %s that pass its schema',
    (id) => {
      const maker = createMaker(contract, new Random(7));
      const schema = operationOf(contract, id).body?.['application/json'] ?? {};
      for (const wild of [false, true, false, true])
        expect(contract.accepts(schema, maker.make(schema, wild))).toBe(true);
    },
  );

  it('sees where a request breaks the document', () => {
    const broken = sending('generateDocument', {
      query: [['retentionDays', '366']],
      headers: { 'idempotency-key': '', 'content-type': 'text/plain' },
    });
    expect(violationsOf(contract, broken)).toEqual(['query retentionDays', 'header idempotency-key', 'content-type']);
    expect(violationsOf(contract, search({ type: 'pet' }))).toEqual(['body']);
    expect(violationsOf(contract, search({ type: 'note' }))).toEqual([]);
  });
});
