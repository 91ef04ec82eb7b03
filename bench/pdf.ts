import { installedFonts } from '../lambda/pdf/font-source.ts';
import { createRenderer } from '../lambda/pdf/renderer.ts';
import { countedFonts } from '../test/pdf/counted-fonts.ts';
import { byTurns, type Contender, median, named, ratio, type Series, spread, timed } from './measure.ts';
import { type Fonts, LETTER, type PagePeer, reportOf } from './pdf/letter.ts';
import { pdfkitPage } from './pdf/pdfkit-page.ts';
import { streamingFontkit } from './pdf/streaming-fontkit.ts';
import { loadPeer } from './peers.ts';
import type { Goal, Result, Row } from './results.ts';

/** Items of a report of about 50 pages, and of the short form's. */
const ITEMS = { long: 230, short: 12 };
/** Pages that are timed together. */
const BATCH = 5;

const PLAIN = 'pdfkit with Helvetica';
const OWN = 'the service, two subsets of TrueType fonts';
const ANEW = 'the service, fonts read anew';
const PDFKIT = 'pdfkit with the same fonts';
const PDFLIB_PLAIN = 'pdf-lib with Helvetica, untagged';
const PDFLIB = 'pdf-lib with the same fonts, untagged';

/** A letter of a page, the service's own and by libraries: the same texts, sizes and places. And a long report. */
export async function benchPdf(rounds: number): Promise<Result> {
  const isShort = rounds === 1;
  const pages = await pagesBy(isShort);
  const series = await byTurns(pages.map(contenderOf), rounds);
  const report = await benchReport(rounds);
  const counts = await countFonts();
  const sizes = new Map<string, number>();
  for (const { name, make } of pages) sizes.set(name, (await make()).length);
  const bytes = sizes.get(OWN) ?? Number.NaN;
  return {
    name: 'pdf',
    about: 'A letter of a page, its six paragraphs set in DejaVu Sans and its subject in the bold; and a long report.',
    goals: [
      {
        what: 'A letter with subsets of TrueType fonts, against pdfkit with Helvetica, tagged alike',
        value: ratio(named(series, OWN), named(series, PLAIN)),
        atMost: 6,
        kind: 'time',
      },
      { what: 'A letter of a page, bytes', value: bytes, atMost: 15_000, kind: 'count' },
      ...counts,
      {
        what: `A report of ${report.pages} pages, ms a page`,
        value: median(report.perPage.values),
        atMost: 10,
        kind: 'time',
      },
    ],
    tables: [
      {
        about: 'A letter:',
        rows: series.map((each): Row => {
          const { name, values } = each;
          const against = ratio(each, named(series, PLAIN));
          return {
            name,
            values: {
              ms: median(values),
              spread: spread(values),
              'against Helvetica': against,
              bytes: sizes.get(name) ?? '',
            },
          };
        }),
      },
      {
        about: 'A report:',
        rows: [
          {
            name: `${report.pages} pages`,
            values: {
              'ms a page': median(report.perPage.values),
              spread: spread(report.perPage.values),
              'bytes a page': report.bytes / report.pages,
            },
          },
        ],
      },
    ],
    bars: [
      {
        title: 'A letter of a page with subset fonts',
        unit: 'ms, less is better',
        bars: series
          .filter(({ name }) => [OWN, PDFKIT, PDFLIB].includes(name))
          .map(({ name, values }) => ({
            name,
            value: median(values),
            ...(name === OWN ? { own: true as const } : {}),
          })),
      },
    ],
  };
}

interface Page {
  readonly name: string;
  readonly make: () => Promise<Uint8Array>;
}

async function pagesBy(isShort: boolean): Promise<Page[]> {
  const source = installedFonts();
  const fonts: Fonts = [source.read('DejaVuSans.ttf'), source.read('DejaVuSans-Bold.ttf')];
  const renderer = createRenderer({ fonts: source });
  const pages: Page[] = [
    { name: PLAIN, make: () => pdfkitPage(null) },
    { name: OWN, make: async () => (await renderer.render(LETTER)).pdf },
    { name: ANEW, make: async () => (await createRenderer({ fonts: source }).render(LETTER)).pdf },
    { name: PDFKIT, make: () => pdfkitPage(fonts) },
  ];
  if (isShort) return pages;
  const pdfLib = await loadPeer<PagePeer>('pdf-lib');
  return [
    ...pages,
    { name: PDFLIB_PLAIN, make: () => pdfLib(null, streamingFontkit) },
    { name: PDFLIB, make: () => pdfLib(fonts, streamingFontkit) },
  ];
}

function contenderOf({ name, make }: Page): Contender {
  return {
    name,
    run: async () => {
      const ms = await timed(async () => {
        for (let n = 0; n < BATCH; n++) await make();
      });
      return ms / BATCH;
    },
  };
}

async function benchReport(rounds: number): Promise<{ perPage: Series; pages: number; bytes: number }> {
  const renderer = createRenderer({ fonts: installedFonts() });
  const request = reportOf(rounds === 1 ? ITEMS.short : ITEMS.long);
  const { pages, pdf } = await renderer.render(request);
  const run = async () => (await timed(() => renderer.render(request))) / pages;
  const [perPage] = await byTurns([{ name: 'report', run }], rounds);
  if (perPage === undefined) throw new Error('no report was made');
  return { perPage, pages, bytes: pdf.length };
}

/** How often fonts are parsed for several documents, and which are read without need. */
async function countFonts(): Promise<Goal[]> {
  const counted = countedFonts(installedFonts());
  const renderer = createRenderer({ fonts: counted.source });
  for (const request of [LETTER, LETTER, reportOf(12), LETTER]) await renderer.render(request);
  return [
    {
      what: 'Times that a font is parsed for four documents of a process',
      value: Math.max(...counted.parsed.values()),
      atMost: 1,
      kind: 'count',
    },
    {
      what: 'East Asian fonts that are read for documents in Latin letters',
      value: [...counted.parsed.keys()].filter((name) => name.startsWith('Noto')).length,
      atMost: 0,
      kind: 'count',
    },
  ];
}
