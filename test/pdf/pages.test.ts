import { beforeAll, describe, expect, it } from '@jest/globals';
import type { SourceItem } from '../../lambda/ports/document-renderer.ts';
import { item, SENDER } from './cases.ts';
import { ask, HAS_PDF_TOOLS, letterRequest, recordRequest, renderer, textOf } from './support.ts';

if (!HAS_PDF_TOOLS)
  process.stderr.write('pdftotext or qpdf is not installed: what stands on the pages is not read back\n');
const describeWithTools = HAS_PDF_TOOLS ? describe : describe.skip;

const EVERYTHING: readonly [SourceItem, readonly string[]][] = [
  [
    item(
      'person',
      {
        givenName: 'Łukasz',
        middleNames: 'Zoë'.normalize('NFD'),
        familyName: 'Nguyễn',
        birthDate: '1980-02-29',
        birthPlace: 'Σάμπλ',
        nationality: 'PL',
      },
      'Me myself',
    ),
    ['Me myself', 'Łukasz', 'Zoë', 'Nguyễn', '29 February 1980', 'Σάμπλ', 'Poland (PL)'],
  ],
  [item('person', { givenName: '小明', familyName: '王' }, '中文'), ['中文', '小明', '王']],
  [
    item('address', { lines: ['Flat 1', '2 Sample Road'], city: 'Sampleton', postalCode: 'EX1 2MP', country: 'GB' }),
    ['Flat 1', '2 Sample Road', 'Sampleton', 'EX1 2MP', 'United Kingdom (GB)'],
  ],
  [item('email', { address: 'ada@example.com' }), ['ada@example.com']],
  [item('phone', { number: '+15550100123' }), ['+15550100123']],
  [
    item('national-id', { number: 'ID-000-111', country: 'FR', kind: 'Carte d’identité', expiresOn: '2031-08-01' }),
    ['ID-000-111', 'France (FR)', 'Carte d’identité', '1 August 2031'],
  ],
  [
    item('passport', { number: 'X0000000', country: 'JP', issuedOn: '2021-05-04', expiresOn: '2031-05-03' }),
    ['X0000000', 'Japan (JP)', '4 May 2021', '3 May 2031'],
  ],
  [
    item('bank-account', { iban: 'GB82WEST12345698765432', bic: 'WESTGB22', holder: 'A. Sample' }),
    ['GB82 WEST 1234 5698 7654 32', 'WESTGB22', 'A. Sample'],
  ],
  [
    item('payment-card', { number: '4111111111111111', holder: 'A SAMPLE', expiryMonth: 4, expiryYear: 2029 }),
    ['4111 1111 1111 1111', 'A SAMPLE', '04/2029'],
  ],
  [item('note', { text: 'The office is first.\n\n第二段。' }, 'Keys'), ['Keys', 'The office is first.', '第二段。']],
];

describeWithTools('the personal data record', () => {
  let pdf: Uint8Array;
  let pages: number;
  let text: string;

  beforeAll(async () => {
    ({ pdf, pages } = await renderer.render(recordRequest(...EVERYTHING.map(([entry]) => entry))));
    text = textOf(pdf);
  });

  it.each(EVERYTHING.map(([entry, values]) => [entry.type, values] as const))('shows all of a %s', (_type, values) => {
    for (const value of values) expect(text).toContain(value);
  });

  it('has its title, the day, the sections, and numbers on its pages', () => {
    for (const part of ['My record', 'Made on 14 November 2026 · 10 entries', 'Passports', 'Notes', 'Twinlock']) {
      expect(text).toContain(part);
    }
    for (let page = 1; page <= pages; page++) expect(text).toContain(`Page ${page} of ${pages}`);
  });

  it('leaves out what an item lacks', async () => {
    const sparse = textOf((await renderer.render(recordRequest(SENDER))).pdf);
    expect(sparse).toMatch(/Given name\s+Ada/);
    expect(sparse).not.toMatch(/Middle names|Date of birth|undefined/);
  });

  it('is well-formed', () => {
    expect(ask('qpdf', ['--check', '@'], pdf)).toContain('No syntax or stream encoding errors');
  });

  it('embeds its fonts, only the part in use, with a way back to Unicode', () => {
    const fonts = ask('pdffonts', ['@'], pdf).trim().split('\n').slice(2);
    expect(fonts).toHaveLength(4);
    for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+.* yes yes yes /);
  });

  it('tells a screen reader what is heading, table and text', async () => {
    const single = await renderer.render(recordRequest(item('email', { address: 'ada@example.com' }, 'Private')));
    const structure = ask('pdfinfo', ['-struct-text', '@'], single.pdf);
    const kinds = structure.match(/^ *(?:Document|H\d|P|Table|TR|TH|TD)\b/gm)?.map((kind) => kind.trim());
    expect(kinds).toEqual(['Document', 'H1', 'P', 'H2', 'H3', 'Table', 'TR', 'TH', 'TD']);
    expect(structure).not.toContain('Page 1 of 1');
  });

  it('goes on over pages without losing a word', async () => {
    const words = Array.from({ length: 4000 }, (_, i) => `word${i}`);
    const long = await renderer.render(recordRequest(item('note', { text: words.join(' ') })));
    expect(long.pages).toBeGreaterThan(3);
    expect(textOf(long.pdf).match(/word\d+/g)).toEqual(words);
  });
});

describeWithTools('the letter', () => {
  it('has sender, recipient, date, subject, body and the sender’s name at its end, in the order of reading', async () => {
    const request = letterRequest({ date: '2027-03-01', body: 'Dear all,\n\nfirst.\nsecond.\n\nKind regards' });
    const { pdf, pages } = await renderer.render(request);
    const structure = ask('pdfinfo', ['-struct-text', '@'], pdf);
    expect(structure.match(/"[^"]+"/g)?.map((quoted) => quoted.slice(1, -1).trim())).toEqual([
      'Ada Sample · Beispielstraße 12 · 01234 Musterstadt',
      'Example plc 1 Sample Square',
      'Ada Sample',
      'Beispielstraße 12 01234 Musterstadt Germany',
      '1 March 2027',
      'Contract 4711',
      'Dear all,',
      'first. second.',
      'Kind regards',
      'Ada Sample',
    ]);
    expect(pages).toBe(1);
    expect(textOf(pdf)).not.toContain('Page 1');
  });

  it('bears today’s date where none is given', async () => {
    expect(textOf((await renderer.render(letterRequest())).pdf)).toContain('14 November 2026');
  });

  it('numbers its pages when it has more than one', async () => {
    const body = Array.from({ length: 200 }, (_, i) => `Line ${i + 1}.`).join('\n');
    const { pdf, pages } = await renderer.render(letterRequest({ body }));
    const text = textOf(pdf);
    expect(pages).toBeGreaterThan(2);
    for (let page = 1; page <= pages; page++) expect(text).toContain(`Page ${page} of ${pages}`);
    expect(text.match(/Line \d+\./g)).toHaveLength(200);
    expect(text.trimEnd().split('\n').slice(-8).join('\n')).toContain('Ada Sample');
  });

  it('keeps every word of the longest names and addresses on its pages', async () => {
    const wide = (word: string) => Array(20).fill(word).join(' ').slice(0, 200);
    const sender = item('person', {
      givenName: wide('WWWWWGIVN'),
      middleNames: wide('WWWWWMIDL'),
      familyName: 'LASTNAME',
    });
    const lines = [wide('WWWWLINE1'), wide('WWWWLINE2'), wide('WWWWLINE3'), wide('WWWWLINE4')];
    const address = item('address', { lines, city: wide('WWWWWCITY'), region: 'LASTREGION', country: 'DE' });
    const request = { ...letterRequest(), inputs: { sender: [sender], senderAddress: [address] } };
    const text = textOf((await renderer.render(request)).pdf);
    expect(text.match(/WWWWWGIVN/g)?.length).toBe(3 * 20);
    expect(text.match(/WWWWLINE4/g)?.length).toBe(2 * 20);
    expect(text.match(/LASTREGION/g)?.length).toBe(2);
    expect(text).toContain('hello.');
  });

  it('writes to a recipient of eight lines', async () => {
    const recipient = Array.from({ length: 8 }, (_, i) => `Recipient ${i + 1}`).join('\r\n');
    expect(textOf((await renderer.render(letterRequest({ recipient }))).pdf).match(/Recipient \d/g)).toHaveLength(8);
  });
});
