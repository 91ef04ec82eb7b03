import { describe, expect, it } from '@jest/globals';
import { requestOf } from './cases.ts';
import { ask, HAS_PDF_TOOLS, refusal, renderer, textOf } from './support.ts';

const PASSWORD = 'Grüße, 王小明!';
const request = requestOf('direct-debit-mandate', 'most', 'A title that is secret');
const itWithTools = HAS_PDF_TOOLS ? it : it.skip;

describe('an open password', () => {
  it('makes another file each time, in which nothing of the document can be read', async () => {
    const open = await renderer.render(request);
    const first = await renderer.render({ ...request, password: PASSWORD });
    const second = await renderer.render({ ...request, password: PASSWORD });
    expect(first.pages).toBe(open.pages);
    expect(Buffer.compare(first.pdf, second.pdf)).not.toBe(0);
    const source = Buffer.from(first.pdf).toString('latin1');
    expect(source).toMatch(/\/CFM \/AESV3/);
    expect(source).toMatch(/\/R 6\b/);
    expect(source).not.toMatch(/secret|Twinlock|DejaVu,|rdf:/);
    const ids = [open, first, second].map(({ pdf }) => /\/ID \[<(\w+)>/.exec(Buffer.from(pdf).toString('latin1'))?.[1]);
    expect(new Set(ids).size).toBe(3);
  });

  itWithTools('is asked for, and opens a document that is whole, tagged and titled', async () => {
    const { pdf } = await renderer.render({ ...request, password: PASSWORD });
    expect(() => textOf(pdf)).toThrow(/[Pp]assword/);
    expect(() => ask('qpdf', ['--password=another one', '--check', '@'], pdf)).toThrow('invalid password');
    const check = ask('qpdf', [`--password=${PASSWORD}`, '--check', '@'], pdf);
    expect(check).toContain('No syntax or stream encoding errors');
    expect(check).toMatch(/^R = 6$/m);
    expect(check).toMatch(/^stream encryption method: AESv3$/m);
    expect(check).toMatch(/^extract for accessibility: allowed$/m);
    const info = ask('pdfinfo', ['-upw', PASSWORD, '@'], pdf);
    expect(info).toMatch(/^Title: +A title that is secret$/m);
    expect(info).toMatch(/^Tagged: +yes$/m);
    expect(info).toMatch(/^Encrypted: +yes .*algorithm:AES-256/m);
    expect(ask('pdfinfo', ['-upw', PASSWORD, '-struct', '@'], pdf)).toMatch(/^ +H1 /m);
    const text = ask('pdftotext', ['-upw', PASSWORD, '-enc', 'UTF-8', '@', '-'], pdf);
    expect(text).toContain('MANDATE-2026/0001');
  });

  itWithTools.each(['x'.repeat(127), 'eight ch', 'pho\u0301ng thu\u0309y'])(
    'opens by what was given: %s',
    async (password) => {
      const { pdf } = await renderer.render({ ...requestOf('letter', 'least', 'Title'), password });
      const opened = `--password=${password.normalize('NFC')}`;
      expect(ask('qpdf', [opened, '--check', '@'], pdf)).toContain('No syntax or stream encoding errors');
    },
  );

  it.each(['short', 'x'.repeat(128), 'pass\u00a0words', 'password\n', ''])(
    'that readers could disagree on is refused: %j',
    async (password) => {
      const error = await refusal({ ...request, password });
      expect(error.issues.map(({ path }) => path)).toEqual(['/password']);
    },
  );
});
