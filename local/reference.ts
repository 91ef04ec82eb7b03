import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { FIXED_HEADERS } from '../lambda/http/route-list.ts';

/**
 * What the page may do: run its own two scripts and read the document beside it. Its search runs in a worker made of a blob,
 * and its styles are made in the page, by styled-components: `'unsafe-inline'` is for styles, and for this page alone.
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const { 'strict-transport-security': _, ...UNCACHED } = FIXED_HEADERS;

const HEADERS = {
  ...UNCACHED,
  'content-security-policy': CONTENT_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

const HTML = 'text/html; charset=utf-8';
const SCRIPT = 'text/javascript; charset=utf-8';

/** The one thing that Redoc would fetch from elsewhere, its maker's logo. */
const LOGO = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const NO_PICTURE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";

/** The files, by their paths. */
const FILES: Readonly<Record<string, { readonly type: string; read(): Promise<string> }>> = {
  '/docs': { type: HTML, read: () => own('page.html') },
  '/docs/': { type: HTML, read: () => own('page.html') },
  '/docs/start.js': { type: SCRIPT, read: () => own('start.js') },
  '/docs/redoc.js': { type: SCRIPT, read: redoc },
};

/**
 * The rendered reference of the API, which reads `/v1/openapi.json` beside it and nothing from elsewhere.
 *
 * @param path as `/docs`
 * @returns the answer to GET; null for a path that is not the reference's
 * @throws Error of the file system where Redoc is not installed
 */
export async function referenceResponse(path: string): Promise<Response | null> {
  const file = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
  if (file === undefined) return null;
  return new Response(await file.read(), { headers: { ...HEADERS, 'content-type': file.type } });
}

function own(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, 'reference', name), 'utf8');
}

async function redoc(): Promise<string> {
  const bundle = createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js');
  return (await readFile(bundle, 'utf8')).replaceAll(LOGO, NO_PICTURE);
}
