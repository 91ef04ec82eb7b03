import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  ITEM_SCHEMAS,
  ITEM_TITLES,
  ITEM_TYPES,
  type ItemContent,
  itemTypeSchemas,
  maskItem,
  parseItemContent,
} from '../../lambda/domain/items.ts';
import { InvalidRequestError, type Issue } from '../../lambda/errors.ts';

const WHOLE: readonly ItemContent[] = [
  {
    type: 'person',
    label: 'Me',
    data: {
      givenName: 'Testa',
      familyName: 'Exemplar',
      middleNames: 'Una',
      birthDate: '2000-02-29',
      birthPlace: 'Sampleton',
      nationality: 'DE',
    },
  },
  {
    type: 'address',
    label: '',
    data: {
      lines: ['1 Example Road', 'Flat 2'],
      city: 'Sampleton',
      postalCode: '00000',
      region: 'North',
      country: 'GB',
    },
  },
  { type: 'email', label: '', data: { address: 'testa.exemplar@example.com' } },
  { type: 'phone', label: '', data: { number: '+12025550123' } },
  {
    type: 'national-id',
    label: '',
    data: { number: 'X-000 111', country: 'FR', kind: 'card', expiresOn: '2031-12-31' },
  },
  {
    type: 'passport',
    label: '',
    data: { number: 'C01X00T47', country: 'DE', issuedOn: '2021-01-01', expiresOn: '2031-01-01' },
  },
  {
    type: 'bank-account',
    label: '',
    data: { iban: 'GB29 NWBK 6016 1331 9268 19', bic: 'NWBKGB2LXXX', holder: 'Testa' },
  },
  {
    type: 'payment-card',
    label: '',
    data: { number: '4111 1111 1111 1111', holder: 'Testa', expiryMonth: 12, expiryYear: 2031 },
  },
  { type: 'note', label: '', data: { text: 'Eins\n\tzwei\r\n' } },
];

function issuesOf(type: string, data: unknown, label = ''): readonly Issue[] {
  try {
    parseItemContent(type, label, data);
    return [];
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.issues;
    throw error;
  }
}

const paths = (issues: readonly Issue[]) => issues.map(({ path }) => path);

describe('item types', () => {
  it('are nine, each with a title and a schema, in one order', () => {
    expect(ITEM_TYPES).toHaveLength(9);
    expect(Object.keys(ITEM_TITLES)).toEqual(ITEM_TYPES);
    expect(Object.keys(ITEM_SCHEMAS)).toEqual(ITEM_TYPES);
    expect(WHOLE.map(({ type }) => type)).toEqual(ITEM_TYPES);
  });

  it('are described by JSON Schemas that name every field', () => {
    for (const { type, schema } of itemTypeSchemas()) {
      expect(schema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(Object.keys(schema['properties'] ?? {})).toEqual(Object.keys(ITEM_SCHEMAS[type].shape));
    }
    expect(itemTypeSchemas()).toBe(itemTypeSchemas());
  });
});

describe('parseItemContent', () => {
  it.each(WHOLE)('takes a whole $type', ({ type, label, data }) => {
    expect(parseItemContent(type, label, data)).toEqual({ type, label, data });
  });

  it.each([
    ['person', { givenName: 'A', familyName: 'B' }],
    ['address', { lines: ['A'], city: 'B', country: 'AQ' }],
    ['national-id', { number: '1', country: 'RS' }],
    ['passport', { number: '1', country: 'SX' }],
    ['bank-account', { iban: 'NO9386011117947' }],
    ['payment-card', { number: '4222222222222' }],
  ])('takes a %s with only what it must have', (type, data) => {
    expect(issuesOf(type, data)).toEqual([]);
  });

  it('keeps the fields in the order in which they were sent', () => {
    const data = { nationality: 'DE', familyName: 'B', birthDate: '1999-01-02', givenName: 'A' };
    expect(JSON.stringify(parseItemContent('person', '', data).data)).toBe(JSON.stringify(data));
  });

  it('gives text back equal, whatever Unicode it holds', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0x20, max: 0xffff }).map((n) => String.fromCharCode(n)), minLength: 1 }),
        (text) => {
          fc.pre(!/[\u007f-\u009f]/.test(text));
          const data = { text };
          const { data: kept } = parseItemContent('note', '', JSON.parse(JSON.stringify(data)) as unknown);
          expect(JSON.stringify(kept)).toBe(JSON.stringify(data));
        },
      ),
    );
  });

  it.each([
    [
      'person',
      'birthDate',
      [
        '2023-02-29',
        '1900-02-29',
        '2023-13-01',
        '2023-04-31',
        '23-01-01',
        '2023-1-1',
        '01.01.2023',
        '2023-01-01T00:00:00Z',
        '',
        20230101,
      ],
    ],
    ['person', 'nationality', ['de', 'DEU', 'XX', 'UK', 'XK', '', null]],
    [
      'person',
      'givenName',
      [
        '',
        ' ',
        '\u00a0\u3000',
        'a\nb',
        'a\tb',
        'a\u0000',
        'a\u0085',
        'a'.repeat(201),
        '😀'.repeat(201),
        5,
        null,
        ['A'],
        {},
      ],
    ],
    ['address', 'lines', [[], 'a', ['a', 'b', 'c', 'd', 'e'], {}]],
    ['address', 'postalCode', ['1'.repeat(21)]],
    ['email', 'address', ['testa', 'testa@', ' testa@example.com', 'testa@example', '', 5]],
    [
      'phone',
      'number',
      ['12025550123', '+0123456789', '+1 202 555 0123', '+123456', '+1234567890123456', '+1202555012a', 12025550123],
    ],
    ['national-id', 'number', ['', '1'.repeat(65), 1]],
    ['bank-account', 'iban', ['GB29NWBK60161331926818', 'GB29NWBK6016133192681', 'gb29nwbk60161331926819', '', 5]],
    ['bank-account', 'bic', ['NWBKGB2', 'NWBKGB2LXX', 'nwbkgb2l', 'NWBK992L', '']],
    ['payment-card', 'number', ['4111111111111112', '41111111111', 4111111111111111]],
    ['payment-card', 'expiryMonth', [0, 13, 1.5, '12', null]],
    ['payment-card', 'expiryYear', [31, 1999, 2200, '2031']],
    ['note', 'text', ['', '\u0000', 'a\u0007', 'a\u007f', 'é'.repeat(32_769), '\ud800'.repeat(21_846)]],
  ])('refuses in a %s a %s of wrong form', (type, field, values) => {
    const data = WHOLE.find((content) => content.type === type)?.data;
    for (const value of values) {
      expect({ value, paths: paths(issuesOf(type, { ...data, [field]: value })) }).toEqual({
        value,
        paths: [`/data/${field}`],
      });
    }
  });

  it('takes texts up to their bound, counted in code points, and notes up to 64 KiB, counted in bytes', () => {
    expect(issuesOf('person', { givenName: '😀'.repeat(200), familyName: 'é'.repeat(200) })).toEqual([]);
    expect(issuesOf('note', { text: 'é'.repeat(32_768) })).toEqual([]);
  });

  it('refuses a CVV', () => {
    expect(issuesOf('payment-card', { number: '4222222222222', cvv: '123' })).toEqual([
      { path: '/data/cvv', message: 'is an unknown field' },
    ]);
  });

  it('refuses a missing field, with a row for every fault', () => {
    expect(issuesOf('address', { city: '', country: 'XX', zip: 1 })).toEqual([
      { path: '/data/lines', message: 'is required' },
      { path: '/data/city', message: 'must be one line of 1 to 200 characters, not only spaces' },
      { path: '/data/country', message: 'must be a country code of ISO 3166-1 alpha-2, in capitals' },
      { path: '/data/zip', message: 'is an unknown field' },
    ]);
  });

  it('refuses an unknown type, and data or a label of wrong form', () => {
    expect(paths(issuesOf('secret', {}))).toEqual(['/type']);
    expect(paths(issuesOf('constructor', {}))).toEqual(['/type']);
    expect(paths(issuesOf('note', 'text'))).toEqual(['/data']);
    expect(paths(issuesOf('note', null))).toEqual(['/data']);
    expect(paths(issuesOf('note', [{ text: 'a' }]))).toEqual(['/data']);
    expect(paths(issuesOf('note', { text: 'a' }, 'a\nb'))).toEqual(['/label']);
    expect(paths(issuesOf('note', { text: 'a' }, 'a'.repeat(201)))).toEqual(['/label']);
  });

  it('never repeats a value that was sent', () => {
    const secret = 'hush-5c1d';
    for (const content of WHOLE) {
      for (const field of [...Object.keys(content.data), secret, `${secret}/~`]) {
        for (const value of [secret, [secret], { [secret]: secret }, `${secret}\u0000`]) {
          const issues = issuesOf(content.type, { ...content.data, [field]: value });
          expect(issues.map(({ message }) => message).join()).not.toContain(secret);
        }
      }
    }
    expect(JSON.stringify(issuesOf(secret, {}))).not.toContain(secret);
  });
});

describe('maskItem', () => {
  it('shows of each field what its mask lets through', () => {
    expect(WHOLE.map((content) => maskItem(content).data)).toEqual([
      {
        givenName: 'T•••',
        familyName: 'E•••',
        middleNames: 'U•••',
        birthDate: '2000-••-••',
        birthPlace: 'S•••',
        nationality: 'DE',
      },
      { lines: ['1•••', 'F•••'], city: 'S•••', postalCode: '0•••', region: 'N•••', country: 'GB' },
      { address: 't•••@example.com' },
      { number: '•••0123' },
      { number: '•••0111', country: 'FR', kind: 'c•••', expiresOn: '2031-••-••' },
      { number: '•••0T47', country: 'DE', issuedOn: '2021-••-••', expiresOn: '2031-••-••' },
      { iban: '•••6819', bic: 'N•••', holder: 'T•••' },
      { number: '•••1111', holder: 'T•••', expiryYear: 2031 },
      { text: 'E•••' },
    ]);
  });

  it('keeps type and label, and leaves its argument as it was', () => {
    const content: ItemContent = { type: 'note', label: 'Plans', data: { text: 'secret' } };
    expect(maskItem(content)).toEqual({ type: 'note', label: 'Plans', data: { text: 's•••' } });
    expect(content.data.text).toBe('secret');
  });

  it('makes nothing up where an optional field is absent', () => {
    expect(maskItem({ type: 'passport', label: '', data: { number: 'AB12345', country: 'FR' } }).data).toEqual({
      number: '•••2345',
      country: 'FR',
    });
  });

  it.each([
    ['1', '•••'],
    ['1234', '•••'],
    ['1-2-3-4', '•••'],
    ['12 34 ', '•••'],
    ['12345', '•••2345'],
    ['AB-12 3-4', '•••1234'],
    ['X😀😀😀😀', '•••😀😀😀😀'],
    ['😀😀😀😀', '•••'],
  ])('shows of the number %j only %j', (number, masked) => {
    const { data } = maskItem({ type: 'national-id', label: '', data: { number, country: 'FR' } });
    expect(data).toMatchObject({ number: masked });
  });

  it.each([
    ['Z', 'Z•••'],
    ['  Zed', 'Z•••'],
    ['\u{1F600} grin', '\u{1F600}•••'],
    ['e\u0301t\u00e9', 'e\u0301•••'],
    ['\u{1F469}\u200D\u{1F680} up', '\u{1F469}\u200D\u{1F680}•••'],
    ['\ud800x', '\ud800•••'],
    [`a${'\u0301'.repeat(60_000)}`, 'a•••'],
  ])('shows of a text only its first letter', (text, masked) => {
    const { data } = maskItem({ type: 'note', label: '', data: { text } });
    expect(data).toEqual({ text: masked });
  });

  it('never splits a pair and never shows more than 16 code points of a text', () => {
    const unit = fc.constantFrom('\u{1F469}', '\u200d', '\u0301', 'a', ' ', '\ud83d', '\ude00', '\u{1F1E9}');
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 80 }), (text) => {
        const { data } = maskItem({ type: 'note', label: '', data: { text } });
        const shown = 'text' in data ? data.text.replace(/•••$/, '') : '';
        expect(text.trimStart().startsWith(shown)).toBe(true);
        expect(Array.from(shown).length).toBeLessThan(16);
        expect(Array.from(text.trimStart()).slice(0, Array.from(shown).length).join('')).toBe(shown);
      }),
    );
  });

  it('hides a field that its type no longer knows', () => {
    const stored: ItemContent = { type: 'note', label: '', data: { text: 'ab', ...{ colour: 'red' } } };
    expect(maskItem(stored).data).toEqual({ text: 'a•••' });
  });
});
