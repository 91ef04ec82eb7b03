import { S3Error } from './errors.ts';

/** S3 refuses a smaller chunk that is followed by another, in bytes. */
const MIN_CHUNK = 8192;
/** A size line with its signature, or a trailer: far below this, in bytes. */
const MAX_LINE = 4096;

/**
 * Takes the framing of `content-encoding: aws-chunked` off a body (AWS Signature Version 4, "Transferring payload in
 * multiple chunks"). Signatures are skipped, not checked.
 *
 * @param trailers filled with the trailing headers, names in lower case, before the iteration ends
 * @throws S3Error IncompleteBody for broken framing or an early end, InvalidChunkSizeError as S3 does
 */
export async function* decodeAwsChunked(
  source: AsyncIterable<Buffer>,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer, void, undefined> {
  // An object's field, since the callback below moves it and a variable's type would not notice.
  const frame: { state: 'size' | 'data' | 'data-end' | 'trailer' | 'end' } = { state: 'size' };
  let line = '';
  let remaining = 0;
  let chunks = 0;
  let smallChunk: number | null = null;

  const endLine = (text: string): void => {
    if (frame.state === 'data-end') {
      if (text !== '') throw new S3Error('IncompleteBody');
      frame.state = 'size';
    } else if (frame.state === 'size') {
      const size = /^([0-9a-f]{1,13})(?:;.*)?$/i.exec(text)?.[1];
      if (size === undefined) throw new S3Error('IncompleteBody', { message: 'A chunk has no size.' });
      remaining = Number.parseInt(size, 16);
      chunks++;
      if (remaining > 0 && smallChunk !== null) {
        throw new S3Error('InvalidChunkSizeError', { details: { Chunk: chunks, BadChunkSize: smallChunk } });
      }
      if (remaining < MIN_CHUNK) smallChunk = remaining;
      frame.state = remaining === 0 ? 'trailer' : 'data';
    } else if (text === '') {
      frame.state = 'end';
    } else {
      const [, name, value] = /^([^:]+):(.*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) throw new S3Error('MalformedTrailerError');
      trailers.set(name.trim().toLowerCase(), value.trim());
    }
  };

  for await (const piece of source) {
    let position = 0;
    while (position < piece.length) {
      if (frame.state === 'data') {
        const part = piece.subarray(position, position + remaining);
        position += part.length;
        remaining -= part.length;
        if (remaining === 0) frame.state = 'data-end';
        yield part;
        continue;
      }
      if (frame.state === 'end') throw new S3Error('IncompleteBody', { message: 'Bytes follow the last chunk.' });
      const newline = piece.indexOf(0x0a, position);
      const stop = newline === -1 ? piece.length : newline + 1;
      line += piece.toString('latin1', position, stop);
      position = stop;
      if (line.length > MAX_LINE) throw new S3Error('IncompleteBody', { message: 'A chunk header is too long.' });
      if (newline === -1) continue;
      if (!line.endsWith('\r\n')) throw new S3Error('IncompleteBody');
      const text = line.slice(0, -2);
      line = '';
      endLine(text);
    }
  }
  if (frame.state !== 'end') throw new S3Error('IncompleteBody');
}
