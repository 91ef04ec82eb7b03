import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { TwinlockError } from '../lambda/errors.ts';
import { forbidden } from '../lambda/http/edge.ts';
import type { Fetch } from '../lambda/http/gateway.ts';
import { toProblem } from '../lambda/http/problem.ts';
import { FIXED_HEADERS } from '../lambda/http/route-list.ts';
import { CACHE_CONTROL, HASHED_FOLDER, PAGE_HEADERS } from '../web/headers.ts';
import { LOOPBACK_HOST } from './loopback.ts';

/** What stands at a path, as `/assets/main.js`, as the answer to GET; null where nothing does. */
export type Pages = (path: string) => Response | null | Promise<Response | null>;

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Record<string, string>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Such names stand in a URL as they are; none begins with a dot. */
const PLAIN_PATH = /^(?:\/[\w-][\w.-]*)+$/;

/**
 * The files of a folder, as it is now: read once, so that a request only names one of them, and nothing is looked up for
 * it. Names with a dot first, names that a URL would spell otherwise and symbolic links are left out.
 *
 * @param folder what `vite build` wrote, with its `index.html`, which stands at `/` too
 * @throws Error of the file system where the folder can't be read
 */
export function filesOf(folder: string): (path: string) => Response | null {
  const files = new Map<string, File>();
  for (const path of pathsIn(folder)) {
    const bytes = new Uint8Array(readFileSync(join(folder, path)));
    files.set(path, { bytes, headers: headersOf(path, bytes.length) });
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return (path) => {
    const file = files.get(path);
    return file === undefined ? null : new Response(file.bytes, { headers: file.headers });
  };
}

/** Folder by folder: Node's own `recursive` goes where symbolic links lead. */
function pathsIn(folder: string, above = ''): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${above}/${entry.name}`;
    if (!PLAIN_PATH.test(path)) return [];
    if (entry.isDirectory()) return pathsIn(join(folder, entry.name), path);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * Puts pages before the API. They are read by GET and HEAD, and under a name of this machine alone: a page on the web that
 * points its own name at 127.0.0.1 would else have its own copy of the app there, to be taken for this one. All paths that
 * no page has are the API's.
 */
export function withPages(fetch: Fetch, pages: readonly Pages[]): Fetch {
  if (pages.length === 0) return fetch;
  return async (request, bindings) => {
    const { pathname } = new URL(request.url);
    for (const at of pages) {
      const page = await at(pathname);
      if (page !== null) return answer(request, page, bindings.requestId);
    }
    return fetch(request, bindings);
  };
}

function answer({ method, headers }: Request, page: Response, requestId: string): Response {
  const isRead = method === 'GET' || method === 'HEAD';
  const isOurs = LOOPBACK_HOST.test(headers.get('host') ?? '');
  const response = !isOurs ? forbidden(requestId) : isRead ? page : notAllowed(requestId);
  // Nothing here comes by TLS.
  response.headers.delete('strict-transport-security');
  response.headers.set('x-request-id', requestId);
  return method === 'HEAD' ? new Response(null, response) : response;
}

function notAllowed(requestId: string): Response {
  const { status, headers, body } = toProblem(new TwinlockError('method_not_allowed'), requestId);
  return new Response(JSON.stringify(body), { status, headers: { ...headers, ...FIXED_HEADERS, allow: 'GET, HEAD' } });
}

function headersOf(path: string, size: number): Record<string, string> {
  return {
    ...PAGE_HEADERS,
    'content-type': CONTENT_TYPES[extname(path)] ?? 'application/octet-stream',
    'content-length': String(size),
    'cache-control': path.startsWith(`/${HASHED_FOLDER}/`) ? CACHE_CONTROL.hashed : CACHE_CONTROL.other,
  };
}
