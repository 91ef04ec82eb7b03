import { TwinlockError } from '../errors.ts';
import { parseStrictJson } from './strict-json.ts';

/** Bytes of a JSON body at most. */
export const BODY_LIMIT = 256 * 1024;
/** Bytes of a PDF, or of a part of one, at most: Lambda takes 6 MB a call, base64 included. */
export const PDF_LIMIT = 4 * 1024 * 1024;

/**
 * Reads a JSON body.
 *
 * @throws TwinlockError `unsupported_media_type`, `payload_too_large` or `malformed_json`
 * @throws InvalidRequestError for JSON that no schema could be trusted with
 */
export async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type') ?? '';
  if (!/^application\/json *(?:; *charset="?utf-8"?)?$/i.test(type.trim())) {
    throw new TwinlockError('unsupported_media_type');
  }
  return parseStrictJson(await readBytes(request, BODY_LIMIT));
}

/** Whether a request says that its body is a PDF. */
export function sendsPdf(request: Request): boolean {
  return /^application\/pdf$/i.test((request.headers.get('content-type') ?? '').trim());
}

/** Reads a PDF, or a part of one. @throws TwinlockError `unsupported_media_type`, `payload_too_large` */
export async function readPdf(request: Request): Promise<Uint8Array> {
  if (!sendsPdf(request)) throw new TwinlockError('unsupported_media_type');
  return readBytes(request, PDF_LIMIT);
}

async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw new TwinlockError('payload_too_large');
  const parts: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | readonly [] = request.body ?? [];
  for await (const part of body) {
    size += part.length;
    if (size > limit) throw new TwinlockError('payload_too_large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}
