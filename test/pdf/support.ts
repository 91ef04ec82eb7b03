import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidRequestError } from '../../lambda/errors.ts';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { createRenderer, type RendererOptions } from '../../lambda/pdf/renderer.ts';
import type { DocumentRenderer, RenderRequest, SourceItem } from '../../lambda/ports/document-renderer.ts';
import { HOME, NOW, SENDER } from './cases.ts';

/** A renderer of the deployment that these settings make; without any, the plainest. */
export function rendererOf(options: Omit<RendererOptions, 'fonts'> = {}): DocumentRenderer {
  return createRenderer({ fonts: installedFonts(), ...options });
}

export const renderer = rendererOf();

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

export function recordRequest(...items: SourceItem[]): RenderRequest {
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
    const named = args.map((arg) => (arg === '@' ? file : arg));
    return execFileSync(tool, named, { encoding: 'utf8', stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The text of a PDF, page after page, line after line. */
export function textOf(pdf: Uint8Array): string {
  return ask('pdftotext', ['-enc', 'UTF-8', '@', '-'], pdf);
}

/** The same, every run of spaces and line breaks one space. */
export function flatText(pdf: Uint8Array): string {
  return textOf(pdf).replace(/\s+/g, ' ');
}

/** A PDF's objects without the contents of strings and streams: what a reader acts on. */
export function syntaxOf(pdf: Uint8Array): string {
  const source = Buffer.from(pdf).toString('latin1');
  return source
    .replace(/\nstream\n[\s\S]*?\nendstream/g, '\nstream endstream')
    .replace(/\((?:\\[\s\S]|[^\\()])*\)/g, '()');
}
