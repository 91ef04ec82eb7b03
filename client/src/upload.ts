import type { Connection } from './connection.ts';
import type { Document } from './contract.ts';
import { concat } from './download.ts';
import { TwinlockError } from './errors.ts';
import { keyOf } from './request.ts';
import { pause } from './retry.ts';
import { refusal } from './stretch.ts';
import type { CallOptions, Progress } from './types.ts';

/** Bytes that go in one call at most. */
const ONE_CALL = 4 * 1024 * 1024;
/** Bytes of a part: so small that little is lost with one, so large that few calls make the whole. */
const PART = 2 * 1024 * 1024;
const MAX_PARTS = 90;
/** Parts on their way at once: what of a stream is in memory. */
const SIDE_BY_SIDE = 3;
/** Times that the upload is completed again where a part came late. */
const COMPLETIONS = 3;
/** Times that a part, or the end, is tried anew after its call has given up: a network may be away for minutes. */
const ROUNDS = 40;
/** The first pause between, and the longest. */
const ROUND_MS = 1000;
const MAX_ROUND_MS = 5000;

type Piece = Uint8Array<ArrayBuffer>;
type Pieces<T> = AsyncGenerator<T, void, undefined>;

/** A PDF to be sent. */
export type UploadSource = Blob | Uint8Array | ReadableStream<Uint8Array>;

export interface UploadOptions extends CallOptions {
  /** One line of 1 to 200 characters. */
  readonly title: string;
  /** 1 to 365. @default the service's, 90 where it names no other */
  readonly retentionDays?: number | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Sends a PDF of at most 180 MiB: up to 4 MiB in one call, a larger one in parts, of which those that are lost go again. What
 * fails or is aborted for good is removed, as far as that can be had.
 *
 * @throws TwinlockError `payload_too_large`, `not_a_pdf`, `vault_full`, and what every call throws
 */
export async function uploadDocument(
  connection: Connection,
  source: UploadSource,
  { title, retentionDays, onProgress, signal }: UploadOptions,
): Promise<Document> {
  if (/\p{Cs}/u.test(title)) throw refusal('/title', 'must be well-formed Unicode');
  const blob = ArrayBuffer.isView(source) ? new Blob([source as Uint8Array<ArrayBuffer>]) : source;
  const total = 'size' in blob ? blob.size : null;
  if ((total ?? 0) > MAX_PARTS * PART) throw new TwinlockError('payload_too_large');
  const reader = ('size' in blob ? blob.stream() : blob).getReader();
  // It ends what waits for more of the source, too.
  const stop = () => {
    reader.cancel(signal?.reason).catch(() => undefined);
  };
  signal?.addEventListener('abort', stop);
  const pieces = piecesOf(reader);
  const head: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (let size = 0; size <= ONE_CALL; ) {
      signal?.throwIfAborted();
      const { value } = await pieces.next();
      if (!value) return await sendWhole(connection, concat(head), { title, retentionDays, onProgress, signal });
      head.push(value);
      size += value.length;
    }
    return await sendParts(connection, numbered(head, pieces), total, { title, retentionDays, onProgress, signal });
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}

async function sendWhole(
  connection: Connection,
  pdf: Uint8Array<ArrayBuffer>,
  { title, retentionDays, onProgress, signal }: UploadOptions,
): Promise<Document> {
  const headers = { ...keyOf(undefined), 'x-document-title': encodeURIComponent(title) };
  const query = { retentionDays };
  const document = await connection.call('POST /v1/documents', { pdf, query, headers, again: true, signal });
  onProgress?.({ loaded: pdf.length, total: pdf.length });
  return document;
}

async function sendParts(
  connection: Connection,
  pieces: Pieces<readonly [number, Piece]>,
  total: number | null,
  { title, retentionDays, onProgress, signal: outer }: UploadOptions,
): Promise<Document> {
  const body = { title, ...(retentionDays !== undefined && { retentionDays }) };
  const begun = { body, headers: keyOf(undefined), again: true, signal: outer };
  const { uploadId } = await connection.call('POST /v1/uploads', begun);
  // What fails one part stops the others.
  const control = new AbortController();
  const { signal } = control;
  const stop = () => control.abort(outer?.reason);
  outer?.addEventListener('abort', stop);
  try {
    outer?.throwIfAborted();
    let parts = 0;
    let loaded = 0;
    const worker = async () => {
      for (let { value } = await pieces.next(); value; { value } = await pieces.next()) {
        const [part, bytes] = value;
        await sendPart(connection, uploadId, part, bytes, signal);
        parts++;
        loaded += bytes.length;
        onProgress?.({ loaded, total });
      }
    };
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
    return await complete(connection, uploadId, parts, signal);
  } catch (error) {
    control.abort(error);
    const params = { uploadId };
    connection.call('DELETE /v1/uploads/{uploadId}', { params, again: false }).catch(() => undefined);
    throw outer?.aborted ? outer.reason : error;
  } finally {
    outer?.removeEventListener('abort', stop);
  }
}

/** Sends a part until it has come: whether one did of which no answer came, the service knows. */
function sendPart(
  connection: Connection,
  uploadId: string,
  part: number,
  pdf: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<unknown> {
  const params = { uploadId, part: String(part) };
  return outlasting(signal, async (round) => {
    if (round > 1) {
      const { parts } = await connection.call('GET /v1/uploads/{uploadId}', { params, again: true, signal });
      if (parts.some((come) => come.part === part && come.size === pdf.length)) return;
    }
    await connection.call('PUT /v1/uploads/{uploadId}/parts/{part}', { params, pdf, again: true, signal });
  });
}

async function complete(
  connection: Connection,
  uploadId: string,
  parts: number,
  signal: AbortSignal,
): Promise<Document> {
  const sending = { params: { uploadId }, body: { parts }, again: true, signal };
  for (let times = 1; ; times++) {
    try {
      return await outlasting(signal, () => connection.call('POST /v1/uploads/{uploadId}/complete', sending));
    } catch (error) {
      // A part that was sent twice may have come a second time only now.
      if (times > COMPLETIONS || !(error instanceof TwinlockError && error.code === 'version_conflict')) throw error;
    }
  }
}

/** Does something again and again while the network is away. @throws TwinlockError `network` when it stays away */
async function outlasting<T>(signal: AbortSignal, work: (round: number) => Promise<T>): Promise<T> {
  for (let round = 1; ; round++) {
    try {
      return await work(round);
    } catch (error) {
      if (round > ROUNDS || !(error instanceof TwinlockError && error.code === 'network')) throw error;
      await pause(Math.min(ROUND_MS * round, MAX_ROUND_MS), signal);
    }
  }
}

/** Pieces with their numbers, from 1. @throws TwinlockError `payload_too_large` */
async function* numbered(head: readonly Piece[], rest: AsyncIterable<Piece>): Pieces<readonly [number, Piece]> {
  let number = 0;
  for (const pieces of [head, rest]) {
    for await (const piece of pieces) {
      if (++number > MAX_PARTS) throw new TwinlockError('payload_too_large');
      yield [number, piece];
    }
  }
}

/** A stream in pieces of {@link PART} bytes, the last what is left. */
async function* piecesOf(reader: ReadableStreamDefaultReader<Uint8Array>): Pieces<Piece> {
  let piece = new Uint8Array(PART);
  let filled = 0;
  for (let { value } = await reader.read(); value; { value } = await reader.read()) {
    for (let at = 0; at < value.length; ) {
      const some = value.subarray(at, at + PART - filled);
      piece.set(some, filled);
      at += some.length;
      filled += some.length;
      if (filled < PART) continue;
      yield piece;
      piece = new Uint8Array(PART);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
