import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DocumentRenderer } from '../../lambda/ports/document-renderer.ts';
import { requestOf } from './cases.ts';
import { differs } from './pictures.ts';
import { decodePgm, decodePng, encodePng, type Picture } from './png.ts';
import { ask, HAS_PDF_TOOLS, rendererOf } from './support.ts';

// Compares rendered pages with the pictures in pages/. `--update` takes them anew: look at them then.

const PICTURES = join(import.meta.dirname, 'pages');
/** Enough to see where things stand. */
const DOTS_PER_INCH = '40';

/** A black square in a white frame. */
const LOGO = encodePng({
  width: 60,
  height: 40,
  pixels: Uint8Array.from({ length: 2400 }, (_, n) => (n % 60 < 40 && n % 60 > 4 ? 40 : 255)),
});

interface Look {
  readonly name: string;
  readonly renderer: DocumentRenderer;
  readonly amount: 'least' | 'most';
  /** So many pages are looked at. */
  readonly pages: number;
}

const LOOKS: readonly Look[] = [
  { name: 'en-A4-least', renderer: rendererOf(), amount: 'least', pages: 1 },
  { name: 'en-A4-most', renderer: rendererOf(), amount: 'most', pages: 2 },
  {
    name: 'de-Letter-most',
    renderer: rendererOf({ paper: 'Letter', language: 'de', brand: 'Beispieltresor', logo: LOGO }),
    amount: 'most',
    pages: 1,
  },
  { name: 'vi-A4-most', renderer: rendererOf({ language: 'vi' }), amount: 'most', pages: 1 },
];

function photograph(pdf: Uint8Array, pages: number): Picture[] {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  try {
    const file = join(folder, 'document.pdf');
    writeFileSync(file, pdf);
    execFileSync('pdftoppm', ['-r', DOTS_PER_INCH, '-gray', '-l', String(pages), file, join(folder, 'page')]);
    const names = readdirSync(folder).filter((name) => name.endsWith('.pgm'));
    return names.sort().map((name) => decodePgm(readFileSync(join(folder, name))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(update: boolean): Promise<number> {
  if (update) mkdirSync(PICTURES, { recursive: true });
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const { name, renderer, amount, pages } of LOOKS) {
    for (const { id, title } of renderer.templates) {
      const { pdf } = await renderer.render(requestOf(id, amount, title));
      ask('qpdf', ['--check', '@'], pdf);
      photograph(pdf, pages).forEach((picture, index) => {
        const file = `${id}-${name}-${index + 1}.png`;
        seen.add(file);
        const path = join(PICTURES, file);
        if (update) writeFileSync(path, encodePng(picture));
        else if (!existsSync(path)) faults.push(`${file}: is not kept`);
        else if (differs(picture, decodePng(readFileSync(path)))) faults.push(`${file}: looks different`);
      });
    }
  }
  for (const file of readdirSync(PICTURES).filter((kept) => !seen.has(kept))) {
    if (update) rmSync(join(PICTURES, file));
    else faults.push(`${file}: no page is like that any more`);
  }
  process.stdout.write(`${[...faults, `${seen.size} pages, ${faults.length} of them wrong`].join('\n')}\n`);
  return faults.length === 0 ? 0 : 1;
}

if (HAS_PDF_TOOLS) process.exitCode = await main(process.argv.includes('--update'));
else process.stdout.write('pdftoppm or qpdf is not installed: no page was looked at\n');
