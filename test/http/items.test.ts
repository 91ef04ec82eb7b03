import { beforeAll, describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { ITEM_TYPES, type ItemType } from '../../lambda/domain/items.ts';
import type { Answer, MemoryApp } from '../fixtures/app.ts';
import { createCheckedApp, pathsOf, problemOf } from '../fixtures/contract.ts';

const wholeItem = z.object({
  id: z.string(),
  type: z.string(),
  label: z.string(),
  data: z.unknown(),
  version: z.number(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
const itemPage = z.object({
  items: z.array(wholeItem.extend({ masked: z.boolean().optional() })),
  nextCursor: z.string().nullable(),
});

const itemOf = (answer: Answer) => wholeItem.parse(answer.body);
const idsOf = (answer: Answer) => itemPage.parse(answer.body).items.map(({ id }) => id);

let app: MemoryApp;
let token: string;

beforeAll(async () => {
  app = createCheckedApp();
  ({ token } = await app.register());
});

const create = (body: unknown) => app.call('POST /v1/items', { token, body });
const put = (id: string, body: unknown, tag?: string) =>
  app.call(`PUT /v1/items/${id}`, { token, body, headers: tag === undefined ? {} : { 'if-match': tag } });

const WIDE = '\u{1f600}'.repeat(200);

/** For each type: the least it holds, the most, and what lists show of that. */
const SAMPLES: Readonly<Record<ItemType, { min: object; max: object; masked: object }>> = {
  person: {
    min: { givenName: 'A', familyName: 'B' },
    max: {
      givenName: WIDE,
      familyName: 'Nguyễn',
      middleNames: 'María José',
      birthDate: '1992-02-29',
      birthPlace: 'São Paulo',
      nationality: 'BR',
    },
    masked: {
      givenName: '\u{1f600}•••',
      familyName: 'N•••',
      middleNames: 'M•••',
      birthDate: '1992-••-••',
      birthPlace: 'S•••',
      nationality: 'BR',
    },
  },
  address: {
    min: { lines: ['1'], city: 'X', country: 'DE' },
    max: {
      lines: ['c/o Example', 'Flat 2', 'Street 1', WIDE],
      city: 'Łódź',
      postalCode: '9'.repeat(20),
      region: 'Łódzkie',
      country: 'PL',
    },
    masked: {
      lines: ['c•••', 'F•••', 'S•••', '\u{1f600}•••'],
      city: 'Ł•••',
      postalCode: '9•••',
      region: 'Ł•••',
      country: 'PL',
    },
  },
  email: {
    min: { address: 'a@b.example' },
    max: { address: `${'x'.repeat(64)}@${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(53)}.example` },
    masked: { address: `x•••@${'d'.repeat(63)}.${'e'.repeat(63)}.${'f'.repeat(53)}.example` },
  },
  phone: { min: { number: '+1234567' }, max: { number: '+123456789012345' }, masked: { number: '•••2345' } },
  'national-id': {
    min: { number: '1', country: 'SE' },
    max: { number: '19121212-1212'.padEnd(64, '0'), country: 'SE', kind: 'k'.repeat(100), expiresOn: '2031-12-31' },
    masked: { number: '•••0000', country: 'SE', kind: 'k•••', expiresOn: '2031-••-••' },
  },
  passport: {
    min: { number: 'X', country: 'GB' },
    max: { number: 'P'.repeat(60) + '1234', country: 'GB', issuedOn: '2021-01-01', expiresOn: '2031-01-01' },
    masked: { number: '•••1234', country: 'GB', issuedOn: '2021-••-••', expiresOn: '2031-••-••' },
  },
  'bank-account': {
    min: { iban: 'NO9386011117947' },
    max: { iban: 'MT84 MALT 0110 0001 2345 MTLC AST0 01S', bic: 'DEUTDEFF500', holder: 'h'.repeat(200) },
    masked: { iban: '•••001S', bic: 'D•••', holder: 'h•••' },
  },
  'payment-card': {
    min: { number: '378282246310005' },
    max: { number: '4111-1111-1111-1111', holder: 'A. Holder', expiryMonth: 12, expiryYear: 2199 },
    masked: { number: '•••1111', holder: 'A•••', expiryYear: 2199 },
  },
  note: { min: { text: 'x' }, max: { text: 'é'.repeat(32_768) }, masked: { text: 'é•••' } },
};

describe.each(ITEM_TYPES)('an item of type %s', (type) => {
  const { min, max, masked } = SAMPLES[type];

  it('lives from creation to removal', async () => {
    const created = await create({ type, data: min });
    expect(created.status).toBe(201);
    const item = itemOf(created);
    expect(item).toMatchObject({ type, label: '', data: min, version: 1, updatedAt: item.createdAt });
    expect(created.headers.get('location')).toBe(`/v1/items/${item.id}`);
    expect(created.headers.get('etag')).toBe('"1"');

    const read = await app.call(`GET ${created.headers.get('location') ?? ''}`, { token });
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"1"']);
    expect(read.bytes).toEqual(created.bytes);

    const label = `Größte ${type}`;
    const replaced = await put(item.id, { label, data: max }, '"1"');
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([200, '"2"']);
    expect(itemOf(replaced)).toMatchObject({
      id: item.id,
      type,
      label,
      data: max,
      version: 2,
      createdAt: item.createdAt,
    });
    expect((await app.call(`GET /v1/items/${item.id}?mask=false`, { token })).bytes).toEqual(replaced.bytes);

    const hidden = await app.call(`GET /v1/items/${item.id}?mask=true`, { token });
    expect(hidden.headers.get('etag')).toBe('"2"');
    expect(hidden.body).toEqual({ ...itemOf(replaced), data: masked, masked: true });
    const listed = await app.call(`GET /v1/items?type=${type}`, { token });
    expect(listed.body).toEqual({ items: [hidden.body], nextCursor: null });
    const revealed = await app.call(`GET /v1/items?type=${type}&reveal=true`, { token });
    expect(revealed.body).toEqual({ items: [replaced.body], nextCursor: null });

    expect((await app.call(`DELETE /v1/items/${item.id}`, { token })).status).toBe(204);
    expect(problemOf(await app.call(`GET /v1/items/${item.id}`, { token }))).toEqual([404, 'not_found']);
    expect(problemOf(await app.call(`DELETE /v1/items/${item.id}`, { token }))).toEqual([404, 'not_found']);
    expect(problemOf(await put(item.id, { data: min }, '"2"'))).toEqual([404, 'not_found']);
    expect(idsOf(await app.call(`GET /v1/items?type=${type}`, { token }))).toEqual([]);
  });

  it('is made of all that its type needs', async () => {
    const needed = Object.keys(min).map((field) => `/data/${field}`);
    expect(pathsOf(await create({ type, data: {} })).sort()).toEqual(needed.sort());
  });

  it('holds no other field and no null', async () => {
    expect(pathsOf(await create({ type, data: { ...min, colour: 'red' } }))).toEqual(['/data/colour']);
    const [field = ''] = Object.keys(max).slice(-1);
    expect(pathsOf(await create({ type, data: { ...max, [field]: null } }))).toEqual([`/data/${field}`]);
  });
});

describe('faults of form', () => {
  const person = { givenName: 'A', familyName: 'B' };
  const address = { lines: ['1'], city: 'X', country: 'DE' };
  const card = { number: '4111111111111111' };
  const iban = 'DE89370400440532013000';
  const faults: [type: ItemType, what: string, data: object, field: string][] = [
    ['person', 'a name of spaces', { ...person, givenName: ' \u00a0 ' }, 'givenName'],
    ['person', 'an empty name', { ...person, familyName: '' }, 'familyName'],
    ['person', 'a name of 201 characters', { ...person, givenName: `${WIDE}x` }, 'givenName'],
    ['person', 'a name with a line break', { ...person, givenName: 'A\nB' }, 'givenName'],
    ['person', 'a name with NUL', { ...person, givenName: 'A\0' }, 'givenName'],
    ['person', 'a name that is a number', { ...person, givenName: 5 }, 'givenName'],
    ['person', 'a day that is none', { ...person, birthDate: '2023-02-29' }, 'birthDate'],
    ['person', 'a date with a time', { ...person, birthDate: '2023-02-28T00:00:00Z' }, 'birthDate'],
    ['person', 'a date in other order', { ...person, birthDate: '28.02.2023' }, 'birthDate'],
    ['person', 'a country in lower case', { ...person, nationality: 'de' }, 'nationality'],
    ['person', 'a country of three letters', { ...person, nationality: 'DEU' }, 'nationality'],
    ['person', 'a code that no country has', { ...person, nationality: 'UK' }, 'nationality'],
    ['address', 'no line', { ...address, lines: [] }, 'lines'],
    ['address', 'five lines', { ...address, lines: ['1', '2', '3', '4', '5'] }, 'lines'],
    ['address', 'an empty line', { ...address, lines: ['1', ''] }, 'lines/1'],
    ['address', 'lines as text', { ...address, lines: '1' }, 'lines'],
    ['address', 'a postal code of 21 characters', { ...address, postalCode: '1'.repeat(21) }, 'postalCode'],
    ['email', 'no at', { address: 'owner.example.com' }, 'address'],
    ['email', 'two ats', { address: 'a@b@example.com' }, 'address'],
    ['email', 'spaces around', { address: ' owner@example.com' }, 'address'],
    ['email', 'a domain of one label', { address: 'owner@localhost' }, 'address'],
    ['email', 'a numeric domain', { address: 'owner@192.0.2.1' }, 'address'],
    ['email', 'a local part of 65 bytes', { address: `${'x'.repeat(65)}@example.com` }, 'address'],
    ['phone', 'no plus', { number: '1234567' }, 'number'],
    ['phone', 'a country code of 0', { number: '+0123456' }, 'number'],
    ['phone', 'six digits', { number: '+123456' }, 'number'],
    ['phone', 'sixteen digits', { number: '+1234567890123456' }, 'number'],
    ['phone', 'spaces', { number: '+1 234 5678' }, 'number'],
    ['phone', 'Arabic digits', { number: '+\u0661\u0662\u0663\u0664\u0665\u0666\u0667' }, 'number'],
    ['national-id', 'an empty number', { number: '', country: 'SE' }, 'number'],
    ['national-id', 'a number of 65 characters', { number: '1'.repeat(65), country: 'SE' }, 'number'],
    ['national-id', 'a kind of 101 characters', { number: '1', country: 'SE', kind: 'k'.repeat(101) }, 'kind'],
    ['passport', 'no such day', { number: '1', country: 'SE', issuedOn: '2023-13-01' }, 'issuedOn'],
    ['passport', 'a country that is empty', { number: '1', country: '' }, 'country'],
    ['bank-account', 'a wrong digit', { iban: 'DE89370400440532013001' }, 'iban'],
    ['bank-account', 'two digits swapped', { iban: 'DE89370400440532010300' }, 'iban'],
    ['bank-account', 'a digit too few', { iban: iban.slice(0, -1) }, 'iban'],
    ['bank-account', 'lower case', { iban: iban.toLowerCase() }, 'iban'],
    ['bank-account', 'a country without IBANs', { iban: 'US89370400440532013000' }, 'iban'],
    ['bank-account', 'two spaces', { iban: 'DE89  370400440532013000' }, 'iban'],
    ['bank-account', 'a BIC of 9 characters', { iban, bic: 'DEUTDEFF5' }, 'bic'],
    ['payment-card', 'a wrong digit', { number: '4111111111111112' }, 'number'],
    ['payment-card', '11 digits', { number: '41111111111' }, 'number'],
    ['payment-card', '20 digits', { number: '0'.repeat(20) }, 'number'],
    ['payment-card', 'letters', { number: '4111a11111111111' }, 'number'],
    ['payment-card', 'a month of 0', { ...card, expiryMonth: 0 }, 'expiryMonth'],
    ['payment-card', 'a month of 13', { ...card, expiryMonth: 13 }, 'expiryMonth'],
    ['payment-card', 'half a month', { ...card, expiryMonth: 1.5 }, 'expiryMonth'],
    ['payment-card', 'a month as text', { ...card, expiryMonth: '12' }, 'expiryMonth'],
    ['payment-card', 'a year of two digits', { ...card, expiryYear: 29 }, 'expiryYear'],
    ['payment-card', 'a year of five digits', { ...card, expiryYear: 20_290 }, 'expiryYear'],
    ['payment-card', 'a CVV', { ...card, cvv: '123' }, 'cvv'],
    ['payment-card', 'a CVC', { ...card, cvc: 123 }, 'cvc'],
    ['note', 'no text', { text: '' }, 'text'],
    ['note', 'a byte too many', { text: 'x'.repeat(65_537) }, 'text'],
    ['note', 'bytes too many in fewer characters', { text: '€'.repeat(21_846) }, 'text'],
    ['note', 'lone surrogates too many', { text: '\ud800'.repeat(21_846) }, 'text'],
    ['note', 'a control character', { text: 'a\u0007b' }, 'text'],
  ];

  it.each(faults)('of a %s are named and nothing is stored: %s', async (type, _, data, field) => {
    const rows = app.store.rows.size;
    const answer = await create({ type, data });
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer)).toEqual([`/data/${field}`]);
    expect(app.store.rows.size).toBe(rows);
  });

  it.each<[string, object, string[]]>([
    ['no type', { data: { text: 'x' } }, ['/type']],
    ['a type that is none', { type: 'secret', data: { text: 'x' } }, ['/type']],
    ["an object's own names as a type", { type: 'toString', data: { text: 'x' } }, ['/type']],
    ['no data', { type: 'note' }, ['/data']],
    ['data as a list', { type: 'note', data: [] }, ['/data']],
    ['data of another type', { type: 'note', data: { address: 'a@example.com' } }, ['/data/address', '/data/text']],
    ['a label of 201 characters', { type: 'note', label: `${WIDE}x`, data: { text: 'x' } }, ['/label']],
    ['a label of two lines', { type: 'note', label: 'a\nb', data: { text: 'x' } }, ['/label']],
    ['a label that is null', { type: 'note', label: null, data: { text: 'x' } }, ['/label']],
    ['an id of its own', { type: 'note', id: 'x', version: 3, data: { text: 'x' } }, ['/id', '/version']],
    [
      'faults in all its parts',
      { type: 'note', label: 5, data: { text: 5, more: 5 }, x: 5 },
      ['/data/more', '/data/text', '/label', '/x'],
    ],
  ])('of the whole are named: %s', async (_, body, paths) => {
    const answer = await create(body);
    expect(problemOf(answer)).toEqual([422, 'invalid_request']);
    expect(pathsOf(answer).sort()).toEqual(paths);
  });

  it('of a replacement are judged by the type that the item has', async () => {
    const id = await app.addItem(token, 'bank-account', { iban });
    expect(pathsOf(await put(id, { data: { text: 'x' } }, '"1"')).sort()).toEqual(['/data/iban', '/data/text']);
    expect(pathsOf(await put(id, { data: { iban: 'DE00' } }, '"1"'))).toEqual(['/data/iban']);
    expect(pathsOf(await put(id, { type: 'note', data: { iban } }, '"1"'))).toEqual(['/type']);
    expect(pathsOf(await put(id, {}, '"1"'))).toEqual(['/data']);
    expect(itemOf(await app.call(`GET /v1/items/${id}`, { token }))).toMatchObject({ version: 1, data: { iban } });
  });
});

describe('if-match', () => {
  const data = { address: 'owner@example.com' };

  it('is needed to replace', async () => {
    const id = await app.addItem(token, 'email', data);
    expect(problemOf(await put(id, { data }))).toEqual([428, 'precondition_required']);
  });

  it.each([
    ['a later version', '"2"', [412, 'precondition_failed']],
    ['version 0', '"0"', [412, 'precondition_failed']],
    ['another spelling', '"01"', [412, 'precondition_failed']],
    ['a tag of somebody else', '"abc"', [412, 'precondition_failed']],
    ['the empty tag', '""', [412, 'precondition_failed']],
    ['a number beyond all', '"99999999999999999999"', [412, 'precondition_failed']],
    ['no quotes', '1', [422, 'invalid_request']],
    ['nothing', '', [422, 'invalid_request']],
    ['one quote', '"1', [422, 'invalid_request']],
    ['a weak tag', 'W/"1"', [422, 'invalid_request']],
    ['whatever is there', '*', [422, 'invalid_request']],
    ['two tags', '"1", "2"', [422, 'invalid_request']],
    ['a long text', `"${'1'.repeat(300)}"`, [422, 'invalid_request']],
  ])('that names %s changes and removes nothing', async (_, tag, problem) => {
    const id = await app.addItem(token, 'email', data);
    const replaced = await put(id, { data }, tag);
    const removed = await app.call(`DELETE /v1/items/${id}`, { token, headers: { 'if-match': tag } });
    expect([problemOf(replaced), problemOf(removed)]).toEqual([problem, problem]);
    if (problem[0] === 422) expect([pathsOf(replaced), pathsOf(removed)]).toEqual([['/if-match'], ['/if-match']]);
    expect((await app.call(`GET /v1/items/${id}`, { token })).headers.get('etag')).toBe('"1"');
  });

  it('lets one of many win', async () => {
    const id = await app.addItem(token, 'email', data);
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => put(id, { label: String(i), data }, '"1"')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(7).fill(412)]);
    const winner = answers.find(({ status }) => status === 200);
    expect((await app.call(`GET /v1/items/${id}`, { token })).body).toEqual(winner?.body);
  });

  it('of the right version removes, and is not needed to', async () => {
    const [first, second] = [await app.addItem(token, 'email', data), await app.addItem(token, 'email', data)];
    await put(first, { data }, '"1"');
    const stale = await app.call(`DELETE /v1/items/${first}`, { token, headers: { 'if-match': '"1"' } });
    expect(problemOf(stale)).toEqual([412, 'precondition_failed']);
    const right = await app.call(`DELETE /v1/items/${first}`, { token, headers: { 'if-match': ' "2" ' } });
    expect([right.status, (await app.call(`DELETE /v1/items/${second}`, { token })).status]).toEqual([204, 204]);
  });

  it('comes after the question whether there is such an item', async () => {
    expect(problemOf(await put('01ARZ3NDEKTSV4RRFFQ69G5FAV', { data }, '"7"'))).toEqual([404, 'not_found']);
  });
});

describe('what is stored', () => {
  const texts: [string, string][] = [
    ['a lone high surrogate', 'a\ud800b'],
    ['a lone low surrogate', '\udfff'],
    ['surrogates in wrong order', '\ude00\ud83d'],
    ['line and paragraph separators', 'a\u2028b\u2029c'],
    ['accents as marks', 'e\u0301 A\u030a'],
    ['accents as letters', '\u00e9 \u00c5 \u212b'],
    ['Hangul in parts', '\u1112\u1161\u11ab'],
    ['a letter that grows under NFKC', '\ufdfa'],
    ['a byte order mark within', 'a\ufeffb'],
    ['a byte order mark in front', '\ufeffa'],
    ['noncharacters', '\uffff\ufdd0\u{10ffff}'],
    ['a joined family', '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}'],
    ['direction overrides', '\u202eabc\u202c \u2066x\u2069'],
    ['quotes, slashes and markup', '"\\/</script>&\'`${1}'],
    ['spaces around', '  a \u00a0'],
    ['line breaks of every kind', 'a\nb\r\nc\rd\te'],
    ['words of the language', '__proto__ constructor null undefined'],
  ];

  it.each(texts)('comes back equal: %s', async (_, text) => {
    const data = { text };
    const created = await create({ type: 'note', label: /[\n\r\t]/.test(text) ? '' : text, data });
    expect(created.status).toBe(201);
    const read = itemOf(await app.call(`GET /v1/items/${created.text('id')}`, { token }));
    expect(JSON.stringify(read.data)).toBe(JSON.stringify(data));
    if (!/[\n\r\t]/.test(text)) expect(JSON.stringify(read.label)).toBe(JSON.stringify(text));
    const replaced = await put(created.text('id'), { data: { text: `${text}.` } }, '"1"');
    expect(JSON.stringify(itemOf(replaced).data)).toBe(JSON.stringify({ text: `${text}.` }));
    expect((await app.call(`GET /v1/items/${created.text('id')}?mask=true`, { token })).status).toBe(200);
  });

  it('keeps the order in which its fields were sent', async () => {
    const fields = ['nationality', 'familyName', 'birthDate', 'givenName'];
    const data = { nationality: 'DE', familyName: 'B', birthDate: '2000-01-01', givenName: 'A' };
    const created = await create({ data, label: 'x', type: 'person' });
    const again = await put(created.text('id'), { data: { givenName: 'A', familyName: 'B' } }, '"1"');
    const read = itemOf(await app.call(`GET /v1/items/${created.text('id')}`, { token }));
    expect(Object.keys(itemOf(created).data as object)).toEqual(fields);
    expect([again.body, Object.keys(read.data as object)]).toEqual([read, ['givenName', 'familyName']]);
    expect(Object.keys(itemOf(created))).toEqual(['id', 'type', 'label', 'data', 'version', 'createdAt', 'updatedAt']);
  });

  const cardWith = (month: string) =>
    create(Buffer.from(`{"type":"payment-card","data":{"number":"4111111111111111","expiryMonth":${month}}}`));

  it.each([
    ['12', 12],
    ['1.2e1', 12],
    ['7.0', 7],
    ['10e-1', 1],
  ])('has the number that was meant by %s', async (text, month) => {
    const created = await cardWith(text);
    expect(itemOf(created).data).toEqual({ number: '4111111111111111', expiryMonth: month });
    const read = await app.call(`GET /v1/items/${created.text('id')}`, { token });
    expect(JSON.stringify(read.body)).toBe(JSON.stringify(created.body));
  });

  it.each(['-0', '0', '-1', '9007199254740992', '9007199254740993', '1e400', '1e-400', '1.0000000000001'])(
    'has no number that JSON would not give back: %s',
    async (text) => {
      const answer = await cardWith(text);
      expect(problemOf(answer)).toEqual([422, 'invalid_request']);
      expect([...new Set(pathsOf(answer))]).toEqual(['/data/expiryMonth']);
    },
  );

  it.each([
    ['ASCII', 'x'.repeat(65_536)],
    ['three bytes a character', `${'€'.repeat(21_845)}x`],
    ['four bytes a character', '\u{1f600}'.repeat(16_384)],
    ['lone surrogates', '\ud800'.repeat(21_845)],
    ['characters that JSON escapes', '\n"\\'.repeat(21_845)],
  ])('may be a note of 64 KiB: %s', async (_, text) => {
    const created = await create({ type: 'note', data: { text } });
    expect(created.status).toBe(201);
    const read = itemOf(await app.call(`GET /v1/items/${created.text('id')}`, { token }));
    expect(JSON.stringify(read.data) === JSON.stringify({ text })).toBe(true);
  });

  it('is not to be found in the table', async () => {
    const text = 'Zq7canary of a note';
    const id = (await create({ type: 'note', label: `${text} label`, data: { text } })).text('id');
    await put(id, { label: `${text} label`, data: { text } }, '"1"');
    const stored = [...app.store.rows.values()].flatMap((row) => Object.values(row) as unknown[]);
    const bytes = stored.map((value) =>
      value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value)),
    );
    expect(bytes.some((part) => part.includes('Zq7canary'))).toBe(false);
  });
});

describe('a search', () => {
  const labels = {
    street: 'Straße in Ünïtéd Łódź',
    marks: 'Cafe\u0301 Royal \u1fb4',
    greek: 'ΟΔΥΣΣΕΥΣ ΟΔΟΣ',
    turkish: 'İSTANBUL ve Isparta',
    plain: 'Work e-mail',
    none: '',
  };
  const ids: Record<string, string> = {};
  let mine: string;

  beforeAll(async () => {
    ({ token: mine } = await app.register('search@example.com'));
    for (const [name, label] of Object.entries(labels)) {
      ids[name] = await app.addItem(mine, 'email', { address: `${name}@example.com` }, label);
    }
    ids['note'] = await app.addItem(mine, 'note', { text: 'Work that is not in a label' }, 'Work note');
  });

  const search = (body: object) => app.call('POST /v1/items/search', { token: mine, body });
  const namesOf = (answer: Answer) => {
    const found = idsOf(answer);
    return Object.keys(ids).filter((name) => found.includes(ids[name] ?? ''));
  };

  it.each<[part: string, found: string[]]>([
    ['work', ['plain', 'note']],
    ['WORK', ['plain', 'note']],
    ['k E-M', ['plain']],
    ['straße', ['street']],
    ['STRASSE', ['street']],
    ['ÜNÏTÉD', ['street']],
    ['u\u0308ni\u0308te\u0301d', ['street']],
    ['łÓDŹ', ['street']],
    ['café', ['marks']],
    ['CAFE\u0301 r', ['marks']],
    ['\u03b1\u0345\u0301', ['marks']],
    ['οδυσσευς', ['greek']],
    ['ΟΔΥΣΣΕΥΣ', ['greek']],
    ['οδυσς', ['greek']],
    ['ΟΔΥΣ', ['greek']],
    ['i̇stanbul', ['turkish']],
    ['ISPARTA', ['turkish']],
    ['not in a label', []],
    ['example.com', []],
    ['.*', []],
    ['%', []],
    ['', ['street', 'marks', 'greek', 'turkish', 'plain', 'none', 'note']],
  ])('for %j finds labels with that part, whatever its case and how its accents are written', async (label, found) => {
    expect(namesOf(await search({ label }))).toEqual(found);
  });

  it('finds by type, by both, and all', async () => {
    expect(namesOf(await search({ type: 'note' }))).toEqual(['note']);
    expect(namesOf(await search({ type: 'email', label: 'work' }))).toEqual(['plain']);
    expect(namesOf(await search({ type: 'passport' }))).toEqual([]);
    expect(namesOf(await search({}))).toHaveLength(7);
  });

  it('masks, unless asked to reveal', async () => {
    const { items } = itemPage.parse((await search({ label: 'work' })).body);
    expect(items.map(({ data, masked, label }) => [data, masked, label])).toEqual([
      [{ address: 'p•••@example.com' }, true, labels.plain],
      [{ text: 'W•••' }, true, 'Work note'],
    ]);
    expect((await search({ label: 'work', reveal: false })).body).toMatchObject({ items });
    const revealed = itemPage.parse((await search({ label: 'work', reveal: true })).body).items;
    expect(revealed.map(({ data, masked }) => [data, masked])).toEqual([
      [{ address: 'plain@example.com' }, undefined],
      [{ text: 'Work that is not in a label' }, undefined],
    ]);
  });

  it.each<[string, object, string]>([
    ['a limit of 0', { limit: 0 }, '/limit'],
    ['a limit of 101', { limit: 101 }, '/limit'],
    ['a limit as text', { limit: '5' }, '/limit'],
    ['half a limit', { limit: 1.5 }, '/limit'],
    ['a type that is none', { type: 'secret' }, '/type'],
    ['a flag as text', { reveal: 'true' }, '/reveal'],
    ['an empty cursor', { cursor: '' }, '/cursor'],
    ['a cursor that is null', { cursor: null }, '/cursor'],
    ['a label of 201 characters', { label: 'x'.repeat(201) }, '/label'],
    ['an unknown field', { text: 'x' }, '/text'],
  ])('with %s is refused', async (_, body, path) => {
    const answer = await search(body);
    expect([...problemOf(answer), ...pathsOf(answer)]).toEqual([422, 'invalid_request', path]);
  });
});

it('item types are described as the service checks them', async () => {
  const { types } = z
    .object({
      types: z.array(z.object({ type: z.enum(ITEM_TYPES), schema: z.looseObject({ required: z.array(z.string()) }) })),
    })
    .parse((await app.call('GET /v1/item-types')).body);
  expect(types.map(({ type }) => type)).toEqual(ITEM_TYPES);
  for (const { type, schema } of types) {
    expect([type, schema.required.sort()]).toEqual([type, Object.keys(SAMPLES[type].min).sort()]);
    expect(schema['additionalProperties']).toBe(false);
  }
});
