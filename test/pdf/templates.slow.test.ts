import { describe, expect, it } from '@jest/globals';
import type { Language, Paper } from '../../lambda/domain/stationery.ts';
import type { DocumentRenderer, RenderedDocument, RenderRequest } from '../../lambda/ports/document-renderer.ts';
import { HOME, item, requestOf, SENDER } from './cases.ts';
import { ask, flatText, HAS_PDF_TOOLS, refusal, renderer, rendererOf, syntaxOf } from './support.ts';

const describeWithTools = HAS_PDF_TOOLS ? describe : describe.skip;
const IDS = renderer.templates.map(({ id }) => id);
const ALL = IDS.flatMap((id) => [[id, 'least'] as const, [id, 'most'] as const]);

const PLAIN = ['A4', ['de', 'vi']] as const;
const OTHER = ['Letter', ['fr', 'es']] as const;
const renderers = new Map<string, DocumentRenderer>();

/** A renderer for this language and paper, whose fonts are read once. */
function cached(language: Language, paper: Paper): DocumentRenderer {
  const key = `${language} ${paper}`;
  const made = renderers.get(key) ?? rendererOf({ language, paper });
  renderers.set(key, made);
  return made;
}

const documents = new Map<string, RenderedDocument>();

/** A template's document in English, made once. */
async function made(id: string, amount: 'least' | 'most'): Promise<RenderedDocument> {
  const key = `${id} ${amount}`;
  const document = documents.get(key) ?? (await renderer.render(requestOf(id, amount, 'Title')));
  documents.set(key, document);
  return document;
}

/** What no text of a user may bring about. */
const ACTIVE = /\/(?:URI|Launch|JavaScript|JS|Annots|OpenAction|AA|GoToR|SubmitForm|EmbeddedFiles|AcroForm)\b/;

/** Every text in some data, but dates, codes and numbers with a form of their own, with this after it. */
function withText(data: unknown, more: string): unknown {
  if (Array.isArray(data)) return data.map((part) => withText(part, more));
  if (typeof data !== 'object' || data === null) return typeof data === 'string' ? `${data}${more}` : data;
  const kept =
    /^(?:type|payment|reference|identifier|country|nationality|iban|bic|number|address|name|contract)$|(?:Date|On|since|until|date)$/;
  return Object.fromEntries(
    Object.entries(data).map(([key, part]) => [key, kept.test(key) ? part : withText(part, more)]),
  );
}

function soiled({ inputs, fields, ...rest }: RenderRequest, more: string): RenderRequest {
  return { ...rest, inputs: withText(inputs, more) as RenderRequest['inputs'], fields: withText(fields, more) };
}

describe('every template', () => {
  it.each(ALL)('%s, with the %s data, is rendered in several languages and on both papers', async (id, amount) => {
    const [paper, languages] = amount === 'least' ? PLAIN : OTHER;
    const looks = new Set<string>();
    for (const language of languages) {
      const { pdf, pages } = await cached(language, paper).render(requestOf(id, amount, 'Title'));
      const source = Buffer.from(pdf).toString('latin1');
      expect(pages).toBeGreaterThan(0);
      expect(source).toContain(`/Lang (${language})`);
      expect(source).toContain(paper === 'A4' ? '/MediaBox [0 0 595.28 841.89]' : '/MediaBox [0 0 612 792]');
      expect(source).toContain('(Title)');
      looks.add(source.replace(/\/Lang.*|dc:language.*|\/ID.*/g, ''));
    }
    expect(looks.size).toBe(languages.length);
  });

  it.each(IDS)('%s is the same, byte for byte, for the same request', async (id) => {
    const [one, other] = [await made(id, 'most'), await renderer.render(requestOf(id, 'most', 'Title'))];
    expect(Buffer.compare(one.pdf, other.pdf)).toBe(0);
  });

  it.each(IDS)(
    '%s takes text as text: no link, action or script comes of it, and nothing turns its direction',
    async (id) => {
      const hostile = ' https://a.example javascript:alert(1) <b>) >> endobj /URI \u202egnp.exe\u202c z\u200bw';
      const { pdf } = await renderer.render(soiled(requestOf(id, 'most', 'Title'), hostile));
      expect(ACTIVE.exec(syntaxOf(pdf))).toBeNull();
      expect(syntaxOf(pdf).match(/<<|>>|endobj/g)?.length).toBeGreaterThan(10);
      if (!HAS_PDF_TOOLS) return;
      const text = flatText(pdf);
      for (const part of ['javascript:alert(1)', '<b>) >> endobj', 'gnp.exe', 'zw']) expect(text).toContain(part);
      expect(text).not.toMatch(/[\u202a-\u202e\u200b]/);
    },
  );

  it.each(IDS)('%s names every text in a script that is not shown', async (id) => {
    const error = await refusal(soiled(requestOf(id, 'most', 'Title'), ' مرحبا'));
    expect(error.code).toBe('unsupported_script');
    for (const { path } of error.issues) expect(path).toMatch(/^\/(?:inputs|fields)\/./);
    expect(error.issues.length).toBeGreaterThan(2);
  });

  it.each(IDS)('%s breaks words of any length, and sets nothing beside its pages', async (id) => {
    const { pdf } = await renderer.render(soiled(requestOf(id, 'most', 'Title'), 'W'.repeat(130)));
    if (!HAS_PDF_TOOLS) return;
    const words = ask('pdftotext', ['-bbox', '@', '-'], pdf);
    expect(words.match(/W/g)?.length).toBeGreaterThanOrEqual(260);
    const boxes = words.matchAll(/xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.]+)" yMax="([\d.]+)"/g);
    const beside = [...boxes].filter(([, ...box]) => {
      const [left = 0, top = 0, right = 0, bottom = 0] = box.map(Number);
      return left < 20 || top < 20 || right > 595 - 40 || bottom > 842 - 20;
    });
    expect(beside.map(([box]) => box)).toEqual([]);
  });

  it.each(IDS)('%s takes no field that it does not have', async (id) => {
    const request = requestOf(id, 'most', 'Title');
    const error = await refusal({ ...request, fields: { ...(request.fields as object), colour: 'red' } });
    expect(error.issues.map(({ path }) => path)).toEqual(['/fields/colour']);
  });
});

describeWithTools('the pages of a template', () => {
  it.each<[string, 'least' | 'most', readonly string[]]>([
    [
      'address-confirmation',
      'least',
      ['I, Ada Sample, confirm', 'Beispielstraße 12 01234 Musterstadt Germany', 'Place, date'],
    ],
    [
      'address-confirmation',
      'most',
      [
        '1 April 2024',
        'Registry of Examples',
        'Former address',
        'Example Homes Ltd, landlord confirms',
        'Opening of an account',
      ],
    ],
    ['consent-form', 'least', ['consent that Example plc processes', 'E-mail address', 'may withdraw it at any time']],
    [
      'consent-form',
      'most',
      ['ends on 31 December 2028', 'privacy@example.com', 'Health data', 'ada.sample@example.com'],
    ],
    [
      'direct-debit-mandate',
      'least',
      ['One-off payment', 'DE98ZZZ09999999999', 'DE89 3704 0044 0532 0130 00', 'will be given by the creditor'],
    ],
    [
      'direct-debit-mandate',
      'most',
      [
        'Recurrent payments',
        'MANDATE-2026/0001',
        'authorise (A) Stadtwerke Musterstadt GmbH to send instructions to my bank',
        '(B) my bank to debit my account',
        'within eight weeks',
        'WESTGB22',
        'Signature: Ada Sample and Łukasz Nguyễn-Sample',
      ],
    ],
    ['application-form', 'least', ['Parking permit', 'Ada Sample', 'complete and true']],
    [
      'application-form',
      'most',
      ['Question 14', 'Answer 14', 'Passport', 'X0000000', 'GB82 WEST 1234', 'Copy of the passport', 'Paragraph 6.'],
    ],
    [
      'data-subject-access-report',
      'least',
      ['Persons 1 1', 'Ada', '4 March 2025, 05:06 UTC', '8 August 2026, 21:10 UTC'],
    ],
    [
      'data-subject-access-report',
      'most',
      ['kept by Twinlock', '4111 1111 1111 1111', 'ada.sample@example.com', '第二段。'],
    ],
  ])('show what they are for: %s, %s', async (id, amount, parts) => {
    const text = flatText((await made(id, amount)).pdf);
    for (const part of parts) expect(text).toContain(part);
    expect(text).not.toMatch(/undefined|NaN|\[object/);
  });

  it.each(IDS)('are well-formed and tagged: %s', async (id) => {
    const { pdf, pages } = await made(id, 'most');
    expect(ask('qpdf', ['--check', '@'], pdf)).toContain('No syntax or stream encoding errors');
    const info = ask('pdfinfo', ['@'], pdf);
    expect(info).toMatch(/^Title: +Title$/m);
    expect(info).toMatch(/^Tagged: +yes$/m);
    expect(info).toMatch(/^JavaScript: +no$/m);
    expect(info).toMatch(new RegExp(`^Pages: +${pages}$`, 'm'));
    const structure = ask('pdfinfo', ['-struct', '@'], pdf);
    expect(structure.match(/^ +H1 /gm)).toHaveLength(1);
    expect(structure).toMatch(/^Document/);
  });

  it('keep a mandate on one page with its signature, in several languages and on both papers', async () => {
    for (const [paper, languages] of [PLAIN, OTHER]) {
      for (const language of languages) {
        const { pages } = await cached(language, paper).render(requestOf('direct-debit-mandate', 'most'));
        expect(pages).toBe(1);
      }
    }
  });
});

describe('the mandate', () => {
  const request = requestOf('direct-debit-mandate', 'most');
  const given = request.fields as { creditor: object };
  it.each<[string, object, string]>([
    [
      'a creditor identifier with a wrong digit',
      { creditor: { ...given.creditor, identifier: 'DE97ZZZ09999999999' } },
      '/fields/creditor/identifier',
    ],
    [
      'a creditor’s name of 71 characters',
      { creditor: { ...given.creditor, name: 'x'.repeat(71) } },
      '/fields/creditor/name',
    ],
    ['a country that is none', { creditor: { ...given.creditor, country: 'XX' } }, '/fields/creditor/country'],
    ['a reference of 36 characters', { reference: 'x'.repeat(36) }, '/fields/reference'],
    ['a reference with a letter that banks do not transmit', { reference: 'Größe' }, '/fields/reference'],
    ['a payment of no kind', { payment: 'sometimes' }, '/fields/payment'],
  ])('is refused with %s', async (_what, fields, path) => {
    const error = await refusal({ ...request, fields: { ...given, ...fields } });
    expect(error.issues.map((issue) => issue.path)).toEqual([path]);
  });
});

describe('an input of many items', () => {
  it('keeps them in the order given', async () => {
    const inputs = {
      person: [SENDER],
      address: [HOME],
      household: [item('person', { givenName: 'Bo', familyName: 'B' }), SENDER],
    };
    const { pdf } = await renderer.render({ ...requestOf('address-confirmation', 'least'), inputs });
    if (HAS_PDF_TOOLS) expect(flatText(pdf)).toContain('Bo B Ada Sample');
  });
});
