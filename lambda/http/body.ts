import { TwinlockError } from '../errors.ts';
import { parseStrictJson } from './strict-json.ts';

/** Bytes of a JSON body at most. */
export const BODY_LIMIT = 256 * 1024;

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
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) throw new TwinlockError('payload_too_large');
  const parts: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | readonly [] = request.body ?? [];
  for await (const part of body) {
    size += part.length;
    if (size > BODY_LIMIT) throw new TwinlockError('payload_too_large');
    parts.push(part);
  }
  return parseStrictJson(Buffer.concat(parts));
}
