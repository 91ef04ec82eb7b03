import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvalidRequestError, TwinlockError } from '../../lambda/errors.ts';
import { MAX_DEPTH, parseStrictJson } from '../../lambda/http/strict-json.ts';

const parse = (text: string) => parseStrictJson(Buffer.from(text));

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error instanceof InvalidRequestError ? error.issues : error instanceof TwinlockError ? error.code : error;
  }
  return 'none';
}

const DUPLICATE = 'stands more than once';
const POLLUTING = 'has a name that is not allowed';

describe('parseStrictJson', () => {
  it('reads whatever JSON.stringify writes, lone surrogates included', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(text));
        expect(JSON.stringify(parse(text))).toBe(text);
      }),
    );
    expect(parse('{"a":"\\ud800"}')).toEqual({ a: '\ud800' });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'a=b'],
    ['a cut text', '{"a":1'],
    ['more after the value', '{} {}'],
    ['a comma too many', '[1,]'],
    ['single quotes', "{'a':1}"],
    ['a byte order mark', '\ufeff{}'],
    ['a raw line break in a string', '"a\nb"'],
    ['NaN', 'NaN'],
  ])('finds %s malformed', (_, text) => {
    expect(failure(() => parse(text))).toBe('malformed_json');
  });

  it.each([
    ['a byte that is no UTF-8', [0x22, 0xff, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xa2, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['UTF-16', [0x22, 0x00, 0x61, 0x00, 0x22, 0x00]],
  ])('finds %s malformed', (_, bytes) => {
    expect(failure(() => parseStrictJson(Uint8Array.from(bytes)))).toBe('malformed_json');
  });

  it.each([
    ['{"a":1,"a":1}', ['/a']],
    ['{"a":1,"\\u0061":2}', ['/a']],
    ['{"a":{"b":[0,{"c":1,"c":2}]}}', ['/a/b/1/c']],
    ['{"a":1,"a":{"b":1,"b":2},"a":3}', ['/a', '/a/b', '/a']],
    ['{"":1,"":2}', ['']],
    ['{"x":{"a b":1,"a b":2}}', ['/x']],
    ['{"x":{"\\"":1,"\\"":2}}', ['/x']],
    ['[{"a":1},[[]],{"a":1,"a":2}]', ['/2/a']],
    ['{"a\\\\":1,"b":[1,2,"}"],"b":2}', ['/b']],
  ])('finds every duplicate key in %s', (text, paths) => {
    expect(failure(() => parse(text))).toEqual(paths.map((path) => ({ path, message: DUPLICATE })));
  });

  it.each([
    '{"a":1,"b":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a"}',
    '{"a":["a","a"]}',
    '{"a":"\\"a\\":1,\\"a\\":2"}',
    '{"a":1,"A":2}',
  ])('takes %s for what it is: no key stands twice', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"__proto__":{"admin":true}}', '/__proto__'],
    ['{"a":[{"constructor":1}]}', '/a/0/constructor'],
    ['{"\\u005f_proto__":1}', '/__proto__'],
    ['{"prototype":null}', '/prototype'],
  ])('refuses the key in %s', (text, path) => {
    expect(failure(() => parse(text))).toEqual([{ path, message: POLLUTING }]);
  });

  it('takes such names as values', () => {
    expect(parse('["__proto__","constructor"]')).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    ['arrays', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('takes %s as deep as the bound and no deeper', (_, open, close) => {
    const nested = (depth: number) => `${open.repeat(depth)}[]${close.repeat(depth)}`;
    expect(failure(() => parse(nested(MAX_DEPTH - 1)))).toBe('none');
    const issues = failure(() => parse(nested(MAX_DEPTH)));
    expect(issues).toMatchObject([{ message: 'is nested more than 32 levels deep' }]);
  });

  it('refuses 200,000 levels without running out of stack', () => {
    const text = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(failure(() => parse(text))).toMatchObject([{ path: '/0'.repeat(MAX_DEPTH - 1) + '/0' }]);
  });

  it('answers with at most 100 rows', () => {
    const text = `{${Array.from({ length: 5000 }, () => '"a":1').join()}}`;
    expect(failure(() => parse(text))).toHaveLength(100);
  });

  it('never repeats what was sent beyond plain names', () => {
    const issues = failure(() => parse('{"user@example.com":{"a":1,"a":2},"b":{"secret word":1,"secret word":2}}'));
    expect(issues).toEqual([
      { path: '', message: DUPLICATE },
      { path: '/b', message: DUPLICATE },
    ]);
  });

  it('takes time in proportion to the text', () => {
    const wide = (keys: number) =>
      Buffer.from(`{${Array.from({ length: keys }, (_, i) => `"${i}\\"":"\\\\"`).join()}}`);
    const fastest = (bytes: Buffer) =>
      Math.min(
        ...Array.from({ length: 3 }, () => {
          const start = performance.now();
          parseStrictJson(bytes);
          return performance.now() - start;
        }),
      );
    // Quadratic time would make it 256 times as long.
    const small = Math.max(fastest(wide(10_000)), 2);
    expect(fastest(wide(160_000))).toBeLessThan(64 * small);
  });
});
