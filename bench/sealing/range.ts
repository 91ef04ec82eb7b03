import { createHash } from 'node:crypto';
import { rangeOf } from '../../lambda/crypto/cobblestone.ts';
import { createMemoryApp } from '../../test/fixtures/app.ts';
import { MIB } from './pieces.ts';

const KIB = 1024;
/** Bytes that are asked for. */
const ASKED = 64 * KIB;
const PART = 4 * MIB;
/** Where a range may begin within a chunk, and the ends of that. */
const OFFSETS = [0, 1, 8192, 16_383];

/** The most bytes that a range of 64 KiB is opened from, wherever in a message of so many MiB it begins. */
export function mostOfMessage(mebibytes: number): number {
  const middle = (mebibytes / 2) * MIB;
  let most = 0;
  for (let first = middle; first < middle + 16_384; first++) {
    const { first: from, last } = rangeOf(first, first + ASKED - 1, mebibytes * MIB);
    most = Math.max(most, last - from + 1);
  }
  return most;
}

/**
 * The most bytes that the service asks its bucket for, for a range of 64 KiB in the middle of a document that came by
 * parts: within one part, and from one part into the next.
 *
 * @throws Error for an answer that is not the range
 */
export async function mostOfService(mebibytes: number): Promise<number> {
  const app = createMemoryApp();
  const { token } = await app.register();
  const parts = Math.ceil((mebibytes * MIB) / PART);
  const begun = await app.call('POST /v1/uploads', { token, body: { title: 'A large document' } });
  const id = begun.text('uploadId');
  const hash = createHash('sha256');
  for (let part = 1; part <= parts; part++) {
    const bytes = Buffer.alloc(PART, part);
    if (part === 1) bytes.write('%PDF-1.7\n');
    if (part === parts) bytes.write('\n%%EOF\n', bytes.length - 7);
    hash.update(bytes);
    const headers = { 'content-type': 'application/pdf' };
    await app.call(`PUT /v1/uploads/${id}/parts/${part}`, { token, headers, body: bytes });
  }
  await app.call(`POST /v1/uploads/${id}/complete`, { token, body: { parts, sha256: hash.digest('hex') } });
  const border = Math.floor(parts / 2) * PART;
  let most = 0;
  for (const begin of [border - ASKED / 2, border - PART / 2]) {
    for (const offset of OFFSETS) {
      const first = begin + offset;
      app.objects.calls.length = 0;
      const range = `bytes=${first}-${first + ASKED - 1}`;
      const { status, bytes } = await app.call(`GET /v1/documents/${id}/content`, { token, headers: { range } });
      if (status !== 206 || bytes.length !== ASKED) throw new Error(`${range} answered ${status}`);
      most = Math.max(most, askedOf(app.objects.calls));
    }
  }
  return most;
}

function askedOf(calls: readonly { readonly op: string; readonly args: readonly unknown[] }[]): number {
  let sum = 0;
  for (const { op, args } of calls) {
    if (op !== 'get') continue;
    const range = args[1] as { readonly first: number; readonly last: number } | undefined;
    sum += range === undefined ? PART : range.last - range.first + 1;
  }
  return sum;
}
