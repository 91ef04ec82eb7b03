import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { issuesOf, MAX_ISSUES, parseAs, parseWhole, pointerTo } from '../../lambda/domain/issues.ts';
import { InvalidRequestError, type Issue } from '../../lambda/errors.ts';
import { ROUTES, type RouteName } from '../../lambda/http/route-list.ts';
import type { Contract } from '../../lambda/http/schemas/contract.ts';
import { CONTRACTS, errorsOf } from '../../lambda/http/schemas/contracts.ts';

const ULID = '01JD00000000000000000000AA';

function faults(run: () => unknown): readonly Issue[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.issues;
    throw error;
  }
}

function part(name: RouteName, key: 'json' | 'query' | 'headers'): z.ZodType {
  const contract: Contract = CONTRACTS[name];
  const schema = contract[key];
  if (!schema) throw new Error(`${name} has no ${key}`);
  return schema;
}

const bodyFaults = (name: RouteName, body: unknown) => faults(() => parseWhole(part(name, 'json'), body));

describe('contracts', () => {
  it('stand for every route', () => {
    expect(Object.keys(CONTRACTS).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('have bodies that neither convert nor fill in, so that what was sent can be kept as it is', () => {
    for (const { json } of Object.values(CONTRACTS)) {
      if (!json) continue;
      const description = (io: 'input' | 'output') => JSON.stringify(z.toJSONSchema(json, { io }));
      expect(description('input')).toBe(description('output'));
    }
  });

  it('answer without a session only with what a stranger may meet', () => {
    for (const [name, route] of Object.entries(ROUTES)) {
      const open = 'open' in route;
      expect({ name, codes: errorsOf(name as RouteName).includes('unauthenticated') }).toEqual({ name, codes: !open });
    }
  });

  it.each<[RouteName, unknown]>([
    ['registerAccount', { email: 'testa@example.com', password: '', acceptDataLoss: true }],
    ['registerAccount', { email: ' Testa@Example.com ', password: 'a'.repeat(4096), acceptDataLoss: true }],
    ['signIn', { email: 'testa@example.com', password: '\ud800' }],
    ['createItem', { type: 'note', data: { text: 'a' } }],
    ['createItem', { type: 'note', label: '', data: { text: 'a' } }],
    ['replaceItem', { data: {} }],
    ['searchItems', {}],
    ['searchItems', { type: 'note', label: 'a', reveal: true, limit: 100, cursor: 'abc' }],
    ['generateDocument', { template: 'letter', inputs: {} }],
    [
      'generateDocument',
      { template: 'letter', title: 'A', inputs: { a: ULID, b: [ULID] }, fields: { x: [1] }, retentionDays: 365 },
    ],
  ])('%s takes %j', (name, body) => {
    expect(bodyFaults(name, body)).toEqual([]);
    expect(parseWhole(part(name, 'json'), body)).toBe(body);
  });

  it.each<[RouteName, unknown, string[]]>([
    ['registerAccount', {}, ['/email', '/password', '/acceptDataLoss']],
    [
      'registerAccount',
      { email: 'testa', password: 5, acceptDataLoss: false },
      ['/email', '/password', '/acceptDataLoss'],
    ],
    [
      'registerAccount',
      { email: 'testa@example.com', password: 'a'.repeat(4097), acceptDataLoss: true, admin: true },
      ['/password', '/admin'],
    ],
    ['signIn', [], ['']],
    ['signIn', null, ['']],
    ['signIn', { email: null, password: null }, ['/email', '/password']],
    ['createItem', {}, ['/type']],
    ['createItem', { type: 'note', data: { text: '' }, id: ULID }, ['/data/text', '/id']],
    ['replaceItem', { data: [] }, ['/data']],
    ['replaceItem', { type: 'note', data: {} }, ['/type']],
    [
      'searchItems',
      { type: 'x', label: 5, reveal: 'true', limit: 0, cursor: '' },
      ['/type', '/label', '/reveal', '/limit', '/cursor'],
    ],
    ['searchItems', { limit: 101, cursor: 'a'.repeat(6001) }, ['/limit', '/cursor']],
    ['searchItems', { cursor: 'a b' }, ['/cursor']],
    [
      'generateDocument',
      { template: '../x', title: '', inputs: { a: 'x', b: [], c: ['x'], d: 5 }, fields: [], retentionDays: 0 },
      ['/template', '/title', '/inputs/a', '/inputs/b', '/inputs/c/0', '/inputs/d', '/fields', '/retentionDays'],
    ],
    [
      'generateDocument',
      { template: 'letter', inputs: { 'no name': 5 }, retentionDays: 366 },
      ['/inputs', '/retentionDays'],
    ],
    [
      'generateDocument',
      { template: 'letter', inputs: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`i${i}`, ULID])) },
      ['/inputs'],
    ],
    [
      'generateDocument',
      { template: 'letter', inputs: { a: Array.from({ length: 2001 }, () => ULID) } },
      ['/inputs/a'],
    ],
  ])('%s refuses %j', (name, body, paths) => {
    expect(bodyFaults(name, body).map(({ path }) => path)).toEqual(paths);
  });

  it('say in plain words what is wrong, and never repeat it', () => {
    expect(
      bodyFaults('searchItems', { type: 'x', label: 5, reveal: 'hush', limit: 0.5, cursor: null, hush: 1 }),
    ).toEqual([
      {
        path: '/type',
        message:
          'must be "person" or "address" or "email" or "phone" or "national-id" or "passport" or "bank-account" or "payment-card" or "note"',
      },
      { path: '/label', message: 'must be a string' },
      { path: '/reveal', message: 'must be true or false' },
      { path: '/limit', message: 'must be a whole number' },
      { path: '/cursor', message: 'must be a string' },
      { path: '/hush', message: 'is an unknown field' },
    ]);
  });

  it('fill in what a query leaves out, and convert the rest', () => {
    expect(parseAs(part('listItems', 'query'), {})).toEqual({ limit: 50, reveal: false });
    expect(parseAs(part('listItems', 'query'), { type: 'note', reveal: 'true', limit: '7', cursor: 'abc' })).toEqual({
      type: 'note',
      reveal: true,
      limit: 7,
      cursor: 'abc',
    });
    expect(parseAs(part('getItem', 'query'), { mask: 'false' })).toEqual({ mask: false });
  });

  it.each([
    ['limit', ['0', '101', '-1', '1.5', '1e1', '', '050', ' 5', '٥', '5\n']],
    ['reveal', ['1', 'TRUE', '', 'yes']],
    ['cursor', ['', 'a b', 'é', 'a'.repeat(6001), 'a\n']],
    ['type', ['', 'Note', '__proto__']],
    ['revael', ['true']],
  ])('refuse a query with a wrong %s', (name, values) => {
    for (const value of values) {
      const issues = faults(() => parseAs(part('listItems', 'query'), { [name]: value }));
      expect({ value, paths: issues.map(({ path }) => path) }).toEqual({ value, paths: [`/${name}`] });
    }
  });

  it('read their own headers and let others pass', () => {
    const headers = { 'if-match': '"1"', accept: '*/*' };
    expect(parseAs(part('replaceItem', 'headers'), headers)).toEqual({ 'if-match': '"1"' });
    const issues = faults(() => parseAs(part('replaceItem', 'headers'), { 'if-match': 'x'.repeat(201) }));
    expect(issues.map(({ path }) => path)).toEqual(['/if-match']);
  });
});

describe('issuesOf', () => {
  it('names an unknown field only where its name is plain, and else its parent', () => {
    const schema = z.strictObject({ a: z.strictObject({}) });
    const error = schema.safeParse({
      a: { 'user@example.com': 1, zip: 2, ['x'.repeat(41)]: 3, 'a/b~c': 4, '': 5 },
    }).error;
    if (!error) throw new Error('passed');
    expect(issuesOf(error)).toEqual([
      { path: '/a', message: 'has an unknown field' },
      { path: '/a/zip', message: 'is an unknown field' },
      { path: '/a', message: 'has an unknown field' },
      { path: '/a', message: 'has an unknown field' },
      { path: '/a', message: 'has an unknown field' },
    ]);
  });

  it('starts where the value stands in the request', () => {
    expect(faults(() => parseAs(z.object({ a: z.string() }), {}, ['fields']))).toEqual([
      { path: '/fields/a', message: 'is required' },
    ]);
  });

  it('has at most a hundred rows', () => {
    const body = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`x${i}`, 1]));
    expect(faults(() => parseAs(z.strictObject({}), body))).toHaveLength(MAX_ISSUES);
    expect(faults(() => parseAs(z.array(z.string()), Array(5000).fill(1)))).toHaveLength(MAX_ISSUES);
  });
});

describe('pointerTo', () => {
  it('ends above the first key that is no plain name', () => {
    expect(pointerTo([])).toBe('');
    expect(pointerTo(['data', 'lines', 0])).toBe('/data/lines/0');
    expect(pointerTo(['inputs', 'a/b', 'c'])).toBe('/inputs');
    expect(pointerTo(['x'.repeat(40)])).toBe(`/${'x'.repeat(40)}`);
  });
});
