import type { Connection } from './connection.ts';
import { TwinlockError, unexpected } from './errors.ts';
import { pause } from './retry.ts';
import type { CallOptions, Download, Progress } from './types.ts';

/** Times that a download which broke off goes on. */
const MAX_RESUMES = 8;
const RESUME_WAIT_MS = 500;

/** Which part of a file, both ends counted from 0 and included. */
export interface ByteRange {
  readonly first: number;
  /** @default the last byte of the file */
  readonly last?: number;
}

export interface DownloadOptions extends CallOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** How a file that broke off goes on. */
interface Source extends DownloadOptions {
  /** Bytes that must come; null where nobody knows. */
  readonly size?: number | null;
  /** Asks for what follows behind so many bytes; without it a file that broke off is an error. */
  readonly resume?: (loaded: number) => Promise<Response>;
}

/**
 * Reads a document's PDF, or a range of it. What breaks off goes on where it broke off: no byte comes twice or is left out.
 *
 * @throws TwinlockError `not_found`, `range_not_satisfiable`, and what every call throws
 */
export async function downloadDocument(
  connection: Connection,
  documentId: string,
  {
    range: { first, last } = { first: 0 },
    onProgress,
    signal,
  }: DownloadOptions & { readonly range?: ByteRange | undefined },
): Promise<Download> {
  // Always a range: its answer tells the size, which a streamed one may not.
  const ask = (from: number) =>
    connection.open('GET /v1/documents/{documentId}/content', {
      params: { documentId },
      headers: { range: `bytes=${from}-${last ?? ''}` },
      again: true,
      signal,
    });
  const response = await ask(first);
  const came = rangeOf(response, first);
  const etag = response.headers.get('etag');
  const resume = async (loaded: number) => {
    const rest = await ask(first + loaded);
    if (rest.headers.get('etag') !== etag || rangeOf(rest, first + loaded).last !== came.last) throw unexpected(rest);
    return rest;
  };
  return fileOf(response, { size: came.last - first + 1, resume, onProgress, signal });
}

/** The range that an answer holds. @throws TwinlockError `unexpected_answer` for another than was asked for */
function rangeOf(response: Response, first: number): { readonly last: number } {
  const [, from, to] = /^bytes (\d{1,15})-(\d{1,15})\//.exec(response.headers.get('content-range') ?? '') ?? [];
  if (Number(from) !== first || response.body === null) throw unexpected(response);
  return { last: Number(to) };
}

/** An answer as a file. Its stream throws what breaks it for good, and the signal's reason. */
export function fileOf(response: Response, { size = null, resume, onProgress, signal }: Source): Download {
  const { headers } = response;
  const contentType = headers.get('content-type') ?? '';
  let reader = response.body?.getReader();
  let loaded = 0;
  let resumes = 0;
  const next = async (): Promise<Uint8Array<ArrayBuffer> | null> => {
    for (;;) {
      try {
        signal?.throwIfAborted();
        reader ??= (await resume?.(loaded))?.body?.getReader();
        const { value } = (await reader?.read()) ?? {};
        if (value) return value;
        if (size === null || loaded === size) return null;
        throw new TwinlockError('network');
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        const broke = error instanceof TwinlockError ? error : new TwinlockError('network', { cause: error });
        if (!resume || broke.code !== 'network' || ++resumes > MAX_RESUMES) throw broke;
        reader = undefined;
        await pause(RESUME_WAIT_MS * resumes, signal);
      }
    }
  };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        const chunk = await next();
        if (!chunk) {
          controller.close();
          return;
        }
        loaded += chunk.length;
        if (size !== null && loaded > size) throw unexpected(response);
        controller.enqueue(chunk);
        onProgress?.({ loaded, total: size });
      },
      cancel: (reason) => reader?.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  const chunks = async () => {
    const all: Uint8Array<ArrayBuffer>[] = [];
    const from = stream.getReader();
    for (let one = await from.read(); one.value; one = await from.read()) all.push(one.value);
    return all;
  };
  return {
    stream,
    size,
    contentType,
    fileName: fileNameIn(headers.get('content-disposition') ?? ''),
    bytes: async () => concat(await chunks()),
    blob: async () => new Blob(await chunks(), { type: contentType }),
  };
}

/** The name in a `content-disposition` (RFC 8187 before RFC 6266's plain one). */
function fileNameIn(header: string): string | null {
  const [, encoded] = /filename\*=UTF-8''([^;]+)/i.exec(header) ?? [];
  const [, plain = null] = /filename="([^"]*)"/i.exec(header) ?? [];
  try {
    return encoded ? decodeURIComponent(encoded) : plain;
  } catch {
    return plain;
  }
}

/** Bytes in a row. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
