import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LANGUAGES, type Language } from '../../lambda/domain/stationery.ts';
import { InvalidRequestError } from '../../lambda/errors.ts';
import type { SourceItem } from '../../lambda/ports/document-renderer.ts';
import { CASES, HOME, item, SENDER } from './cases.ts';
import { encodePng, type Picture } from './png.ts';
import { letterRequest, recordRequest, refusal, renderer, rendererOf, syntaxOf } from './support.ts';

const arabic = 'مرحبا';

function grey(width: number, height: number): Picture {
  return { width, height, pixels: new Uint8Array(width * height).fill(90) };
}

describe('the templates', () => {
  it('are these, each with the inputs that it says', () => {
    const inputs = renderer.templates.map((template) => [template.id, template.inputs.map(({ name }) => name)]);
    expect(inputs).toEqual([
      ['letter', ['sender', 'senderAddress']],
      ['personal-data-record', ['items']],
      ['data-subject-access-report', ['items']],
      ['address-confirmation', ['person', 'address', 'formerAddress', 'household']],
      ['consent-form', ['person', 'address', 'email', 'phone']],
      ['direct-debit-mandate', ['person', 'address', 'account']],
      ['application-form', ['person', 'address', 'email', 'phone', 'identity', 'account']],
    ]);
    expect(Object.keys(CASES)).toEqual(renderer.templates.map(({ id }) => id));
  });

  it('are named in the deployment’s language', () => {
    const titles = (language: Language) => rendererOf({ language }).templates.map(({ title }) => title);
    expect(titles('de')).toContain('SEPA-Lastschriftmandat');
    for (const language of LANGUAGES) expect(new Set(titles(language)).size).toBe(renderer.templates.length);
  });

  it('describe their fields as a JSON Schema that allows no others', () => {
    const letter = renderer.templates.find(({ id }) => id === 'letter');
    expect(letter?.fields).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      additionalProperties: false,
      required: ['recipient', 'subject', 'body'],
      properties: { date: { type: 'string', format: 'date' } },
    });
  });
});

describe('a rendered document', () => {
  it('is a tagged PDF 1.7 in English that shows its title', async () => {
    const { pdf, pages } = await renderer.render(letterRequest());
    const source = Buffer.from(pdf).toString('latin1');
    expect(source).toMatch(/^%PDF-1\.7\n/);
    expect(source).toMatch(/\/Lang \(en\)/);
    expect(source).toMatch(/\/Marked true/);
    expect(source).toMatch(/\/StructTreeRoot/);
    expect(source).toMatch(/\/DisplayDocTitle true/);
    expect(source).toMatch(/<pdfuaid:part>1</);
    expect(pages).toBe(1);
  });

  it('is the same, byte for byte, when the request is the same, whatever was rendered between', async () => {
    const request = recordRequest(SENDER, item('note', { text: 'Space and 王小明 office' }));
    const first = await renderer.render(request);
    await renderer.render(recordRequest(item('note', { text: 'No-break\u00a0space \u2010 other \uff0d dashes' })));
    const again = await renderer.render(request);
    const elsewhere = await rendererOf().render(request);
    expect(Buffer.compare(again.pdf, first.pdf)).toBe(0);
    expect(Buffer.compare(elsewhere.pdf, first.pdf)).toBe(0);
  });

  it('tells when it was made', async () => {
    const { pdf } = await renderer.render({ ...letterRequest(), now: Date.UTC(2031, 0, 2, 3, 4, 5) });
    expect(Buffer.from(pdf).toString('latin1')).toContain('(D:20310102030405Z)');
  });

  it('holds no action, link or script, whatever its text says', async () => {
    const body = 'https://example.com <script>alert(1)</script> (javascript:x) /URI /Launch \\) >> endobj';
    const { pdf } = await renderer.render(letterRequest({ body, subject: body }));
    expect(Buffer.from(pdf).toString('latin1')).not.toMatch(/\/(?:URI|Launch|JavaScript|JS|Annots|OpenAction|AA)\b/);
  });

  it('keeps markup in a title from becoming markup of its metadata', async () => {
    const title = 'A & B </rdf:li><evil attribute="x"/>';
    const { pdf } = await renderer.render({ ...letterRequest(), title });
    const source = Buffer.from(pdf).toString('latin1');
    expect(source).toContain('"x-default">A &#38; B &#60;/rdf:li&#62;&#60;evil attribute="x"/&#62;</rdf:li>');
    expect(source).toContain('(A & B </rdf:li><evil attribute="x"/>)');
  });
});

describe('the stationery', () => {
  const logo = encodePng(grey(60, 40));
  const stationed = rendererOf({ brand: 'Example Vault', paper: 'Letter', language: 'de', logo });
  const images = (pdf: Uint8Array) => syntaxOf(pdf).match(/\/Subtype \/Image/g)?.length ?? 0;

  it('has its logo in the head of every page, once in the file, and in no letter', async () => {
    const note = item('note', { text: 'line\n'.repeat(200) });
    const { pdf, pages } = await stationed.render(recordRequest(note));
    expect(pages).toBeGreaterThan(3);
    expect(images(pdf)).toBe(1);
    expect(syntaxOf(pdf).match(/\/XObject <<\n\/I1/g)).toHaveLength(pages);
    expect(images((await stationed.render(letterRequest())).pdf)).toBe(0);
  });

  it('makes the same bytes of the same request, logo included', async () => {
    const [one, other] = [await stationed.render(recordRequest(SENDER)), await stationed.render(recordRequest(SENDER))];
    expect(Buffer.compare(one.pdf, other.pdf)).toBe(0);
  });
});

describe('a request that can not be rendered', () => {
  it('is refused for an unknown template', async () => {
    const error = await refusal({ ...letterRequest(), template: 'invoice' });
    expect(error.issues).toEqual([{ path: '/template', message: expect.any(String) }]);
  });

  it.each<[string, Record<string, readonly SourceItem[]>, string]>([
    ['without a required input', { senderAddress: [HOME] }, '/inputs/sender'],
    ['with an item of another type', { sender: [HOME], senderAddress: [HOME] }, '/inputs/sender'],
    ['with two items where one is taken', { sender: [SENDER, SENDER], senderAddress: [HOME] }, '/inputs/sender'],
  ])('is refused %s', async (_what, inputs, path) => {
    const error = await refusal({ ...letterRequest(), inputs });
    expect(error.code).toBe('invalid_request');
    expect(error.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['no recipient', { recipient: undefined }, '/fields/recipient'],
    ['nine lines of recipient', { recipient: Array(9).fill('x').join('\n') }, '/fields/recipient'],
    ['an empty line in the recipient', { recipient: 'a\n\nb' }, '/fields/recipient'],
    ['a recipient of 501 characters', { recipient: 'x'.repeat(501) }, '/fields/recipient'],
    ['a blank recipient', { recipient: '   ' }, '/fields/recipient'],
    ['a blank subject', { subject: ' ' }, '/fields/subject'],
    ['a subject of 301 characters', { subject: 'x'.repeat(301) }, '/fields/subject'],
    ['no body', { body: '' }, '/fields/body'],
    ['a body of 65,537 characters', { body: 'x'.repeat(65_537) }, '/fields/body'],
    ['a day that does not exist', { date: '2026-02-30' }, '/fields/date'],
    ['an unknown field', { colour: 'red' }, '/fields/colour'],
  ])('is refused for %s', async (_what, fields, path) => {
    const error = await refusal(letterRequest(fields));
    expect(error.code).toBe('invalid_request');
    expect(new Set(error.issues.map((issue) => issue.path))).toEqual(new Set([path]));
  });

  it('is refused for fields that the template does not have', async () => {
    const error = await refusal({ ...recordRequest(SENDER), fields: { subject: 'x' } });
    expect(error.issues.map((issue) => issue.path)).toEqual(['/fields/subject']);
  });

  it('names every text in a script that is not shown, and holds none of it', async () => {
    const sender = item('person', { givenName: arabic, familyName: 'Sample' });
    const error = await refusal({
      ...letterRequest({ body: arabic }),
      inputs: { sender: [sender], senderAddress: [HOME] },
    });
    expect(error.code).toBe('unsupported_script');
    expect(error.issues.map((issue) => issue.path)).toEqual(['/inputs/sender/data/givenName', '/fields/body']);
    expect(JSON.stringify(error.issues)).not.toContain(arabic);
  });

  it.each<[string, SourceItem, string]>([
    ['label', item('email', { address: 'ada@example.com' }, arabic), '/inputs/items/1/label'],
    ['note', item('note', { text: `fine\n${arabic}` }), '/inputs/items/1/data/text'],
    ['line', item('address', { lines: ['a', arabic], city: 'b', country: 'AE' }), '/inputs/items/1/data/lines/1'],
  ])('names a %s of an item among many', async (_what, entry, path) => {
    const error = await refusal(recordRequest(SENDER, entry));
    expect(error.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('is not refused for what the document does not show', async () => {
    const sender = item('person', { givenName: 'Ada', familyName: 'Sample', birthPlace: arabic }, arabic);
    const inputs = { sender: [sender], senderAddress: [HOME] };
    await expect(renderer.render({ ...letterRequest(), inputs })).resolves.toMatchObject({ pages: 1 });
  });

  it('is refused when it would make more than a thousand pages', async () => {
    const note = item('note', { text: '\n.'.repeat(30_000) });
    const error = await refusal(recordRequest(...Array<SourceItem>(2).fill(note)));
    expect(error.issues[0]?.message).toMatch('pages');
  }, 30_000);

  it.each<[string, Uint8Array]>([
    ['no image', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['nothing', new Uint8Array()],
    ['half a PNG', encodePng(grey(40, 20)).subarray(0, 60)],
    ['a PNG whose pixels are damaged', encodePng(grey(40, 20)).fill(0x55, 45, 50)],
    ['an image of 2001 pixels', encodePng(grey(2001, 1))],
  ])('can not have a logo that is %s', (_what, logo) => {
    expect(() => rendererOf({ logo })).toThrow(RangeError);
  });

  it('can not have a brand that no font shows', () => {
    expect(() => rendererOf({ brand: arabic })).toThrow(RangeError);
  });
});

describe('odd text', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({
      unit: fc.constantFrom('a', 'W', ' ', '王', '。', '\u0302', '\n', '\t', '\u00a0', '-'),
      maxLength: 2000,
    }),
  );

  it('is rendered, or refused with its place', async () => {
    await fc.assert(
      fc.asyncProperty(odd, odd, odd, async (title, label, text) => {
        const request = { ...recordRequest(item('note', { text }, label)), title };
        try {
          expect((await renderer.render(request)).pages).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof InvalidRequestError)) throw error;
          expect(error.code).toBe('unsupported_script');
          for (const { path } of error.issues)
            expect(path).toMatch(/^\/title$|^\/inputs\/items\/0\/(label|data\/text)$/);
        }
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it.each([
    ['one word', 'x'.repeat(65_536)],
    ['spaces', `a${' '.repeat(65_000)}b`],
    ['no-break spaces', `a${'\u00a0'.repeat(32_000)}b`],
    ['tabs', `${'\t'.repeat(65_000)}b`],
    ['line feeds', `a${'\n'.repeat(65_000)}b`],
    ['marks', 'x\u0302\u0301\u0300'.repeat(9_000)],
    ['Han characters', '王'.repeat(21_000)],
  ])('does not take long where 64 KiB of it are %s', async (_what, text) => {
    const start = performance.now();
    await renderer.render(recordRequest(item('note', { text })));
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
