import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { heading } from '../../lambda/pdf/blocks.ts';
import { FRAMED, pageFooter } from '../../lambda/pdf/frame.ts';
import { STYLES } from '../../lambda/pdf/styles.ts';
import { keyValueTable, table } from '../../lambda/pdf/tables.ts';
import { defineTemplate } from '../../lambda/pdf/template.ts';
import type { SourceItem } from '../../lambda/ports/document-renderer.ts';
import { EVERY_ITEM, NOW, requestOf, SENDER } from './cases.ts';
import { ask, flatText, HAS_PDF_TOOLS, renderer, rendererOf, textOf } from './support.ts';

const describeWithTools = HAS_PDF_TOOLS ? describe : describe.skip;

describeWithTools('a long document', () => {
  const report = { ...requestOf('data-subject-access-report', 'most', 'All of it') };

  it('has bookmarks that lead to its sections and entries, and the same page numbers in its contents', async () => {
    const { pdf, pages } = await renderer.render(report);
    const outlines = z
      .object({
        outlines: z.tuple([
          z.object({
            title: z.string(),
            kids: z.array(
              z.object({
                title: z.string(),
                destpageposfrom1: z.int(),
                kids: z.array(z.object({ title: z.string() })),
              }),
            ),
          }),
        ]),
      })
      .parse(JSON.parse(ask('qpdf', ['--json', '--json-key=outlines', '@'], pdf))).outlines[0];
    expect(outlines.title).toBe('All of it');
    const [contents, ...sections] = outlines.kids;
    expect([contents?.title, sections.length]).toEqual(['Contents', 9]);
    expect(sections[0]?.kids.map(({ title }) => title)).toContain('中文');
    const text = flatText(pdf);
    for (const { title, destpageposfrom1, kids } of sections) {
      expect(text).toContain(`${title} ${kids.length} ${destpageposfrom1} `);
      const page = ask('pdftotext', ['-f', String(destpageposfrom1), '-l', String(destpageposfrom1), '@', '-'], pdf);
      expect(page).toContain(title);
    }
    expect(pages).toBeGreaterThan(4);
  });

  it('has none where it is short', async () => {
    const { pdf } = await renderer.render(requestOf('data-subject-access-report', 'least', 'Title'));
    expect(Buffer.from(pdf).toString('latin1')).not.toContain('/Outlines');
  });

  it('shows five hundred items, each with its label, whatever they are', async () => {
    const items = Array.from({ length: 500 }, (_, n): SourceItem => {
      const entry = EVERY_ITEM[n % 10] ?? SENDER;
      return { ...entry, label: `Entry-${n}.` };
    });
    const { pdf } = await renderer.render({ ...report, inputs: { items } });
    expect(new Set(textOf(pdf).match(/Entry-\d+\./g)).size).toBe(500);
  });
});

describe('tables', () => {
  const columns = [
    { title: 'Number', share: 1 },
    { title: 'What it is', share: 3 },
  ];
  const rows = z.array(z.tuple([z.string(), z.string()]));
  /** A template of a deployer, with both kinds of tables. */
  const sample = defineTemplate({
    id: 'sample',
    title: () => 'Sample',
    description: 'A table.',
    inputs: [],
    fields: z.strictObject({ rows, pairs: rows.default([]) }),
    margins: FRAMED,
    layout(sheet, { title, fields }) {
      const { rows, pairs } = sheet.readAll(fields, '/fields');
      heading(sheet, 1, sheet.readLine(title, '/title'), STYLES.title, 10);
      if (rows.length > 0) table(sheet, columns, rows);
      keyValueTable(sheet, pairs);
      return sheet.finish((page, pages) => pageFooter(sheet, '', page, pages));
    },
  });
  const render = (fields: unknown) =>
    rendererOf({ templates: [sample] }).render({ template: 'sample', title: 'Sample', now: NOW, inputs: {}, fields });
  const numbered = (count: number, text: string) =>
    Array.from({ length: count }, (_, n): [string, string] => [`N${n}.`, text]);

  const itWithTools = HAS_PDF_TOOLS ? it : it.skip;

  itWithTools('of five hundred rows lose none, and repeat their head on every page', async () => {
    const { pdf, pages } = await render({ rows: numbered(500, 'Row'), pairs: numbered(500, 'Pair') });
    const text = textOf(pdf);
    expect(text.match(/N\d+\./g)).toHaveLength(1000);
    expect(text.match(/Row/g)).toHaveLength(500);
    const heads = text.match(/What it is/g)?.length ?? 0;
    expect(heads).toBeGreaterThan(10);
    expect(pages).toBeGreaterThan(heads);
    const structure = ask('pdfinfo', ['-struct', '@'], pdf);
    expect(structure.match(/Scope \/Column/g)).toHaveLength(2);
    expect(structure.match(/Scope \/Row/g)).toHaveLength(500);
  });

  itWithTools('keep a row on one page, and go on with one that is higher than a page', async () => {
    const words = Array.from({ length: 3000 }, (_, n) => `word${n}`);
    const { pdf } = await render({
      rows: [...numbered(30, 'one two '.repeat(30)), ['Long', words.join(' ')], ['Last', 'end']],
    });
    const text = textOf(pdf);
    expect(text.match(/word\d+/g)).toEqual(words);
    expect(text.indexOf('Last')).toBeGreaterThan(text.indexOf('word2999'));
    const perPage = text.split('\f').map((page) => page.match(/one two/g)?.length ?? 0);
    expect(perPage.every((count) => count % 30 === 0)).toBe(true);
  });

  itWithTools('take empty cells and words without an end', async () => {
    const { pdf } = await render({
      rows: [
        ['', ''],
        ['x'.repeat(400), ''],
      ],
      pairs: [
        ['', ''],
        ['y'.repeat(100), ''],
      ],
    });
    expect(textOf(pdf).replace(/\s/g, '')).toContain('x'.repeat(400));
  });

  it('of a deployer’s own are listed and checked like the others', async () => {
    expect(rendererOf({ templates: [sample] }).templates).toMatchObject([{ id: 'sample', title: 'Sample' }]);
    await expect(render({ rows: [['a', 5]] })).rejects.toMatchObject({ issues: [{ path: '/fields/rows/0/1' }] });
  });
});
