import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ItemContent, ItemData, ItemType } from '../../lambda/domain/items.ts';
import { InvalidRequestError } from '../../lambda/errors.ts';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { createRenderer } from '../../lambda/pdf/renderer.ts';
import type { RenderRequest } from '../../lambda/ports/document-renderer.ts';

export const renderer = createRenderer({ fonts: installedFonts() });

export const NOW = Date.UTC(2026, 10, 14, 9, 30);

/** One item of a type; the compiler checks its data. */
export function item<T extends ItemType>(type: T, data: ItemData<T>, label = ''): ItemContent {
  return { type, label, data } as ItemContent;
}

export const SENDER = item('person', { givenName: 'Ada', familyName: 'Sample' });
export const HOME = item('address', {
  lines: ['Beispielstraße 12'],
  city: 'Musterstadt',
  postalCode: '01234',
  country: 'DE',
});

export function letterRequest(fields: Record<string, unknown> = {}): RenderRequest {
  return {
    template: 'letter',
    title: 'Notice',
    now: NOW,
    inputs: { sender: [SENDER], senderAddress: [HOME] },
    fields: {
      recipient: 'Example plc\n1 Sample Square',
      subject: 'Contract 4711',
      body: 'Dear all,\n\nhello.',
      ...fields,
    },
  };
}

export function recordRequest(...items: ItemContent[]): RenderRequest {
  return { template: 'personal-data-record', title: 'My record', now: NOW, inputs: { items }, fields: {} };
}

/** The error that a rendering ends with. */
export async function refusal(request: RenderRequest): Promise<InvalidRequestError> {
  const error: unknown = await renderer.render(request).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof InvalidRequestError) return error;
  throw new Error('the request was not refused', { cause: error });
}

/** Whether poppler and qpdf are here; without them the tests that need a second reader of PDFs are skipped. */
export const HAS_PDF_TOOLS = ['pdftotext', 'qpdf'].every(
  (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined,
);

/** What one of these tools says of a PDF. `@` stands for the file's name in its arguments. */
export function ask(tool: string, args: readonly string[], pdf: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'pdf-'));
  try {
    const file = join(folder, 'document.pdf');
    writeFileSync(file, pdf);
    return execFileSync(
      tool,
      args.map((arg) => (arg === '@' ? file : arg)),
      { encoding: 'utf8' },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of a PDF, page after page, line after line. */
export function textOf(pdf: Uint8Array): string {
  return ask('pdftotext', ['-enc', 'UTF-8', '@', '-'], pdf);
}
