import { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Sleep } from '../../ports/system.ts';
import { cloudError, errorName, httpStatus } from '../cloud-errors.ts';

/** Pauses in ms between attempts: the SDK can't send a stream again, so this adapter does, with a fresh one. */
const PAUSES_MS = [100, 400];

/** Refusals that ask to be tried again; S3 wrote nothing. */
const TRY_AGAIN = new Set([
  'ConditionalRequestConflict',
  'RequestTimeout',
  'RequestTimeTooSkewed',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);

type Outcome =
  | { readonly state: 'written' }
  | { readonly state: 'occupied' }
  | { readonly state: 'again' | 'unknown' | 'refused'; readonly error: unknown };

/** Does what {@link ObjectStore.put} promises. */
export async function putObject(
  target: { readonly client: S3Client; readonly bucket: string; readonly sleep: Sleep },
  key: string,
  body: () => AsyncIterable<Uint8Array>,
  size: number,
): Promise<boolean> {
  let maybeOurs = false;
  for (let tried = 0; ; tried++) {
    const outcome = await attempt(target, key, body(), size);
    if (outcome.state === 'written') return true;
    // What stands there after an attempt without an answer, that attempt wrote.
    if (outcome.state === 'occupied') return maybeOurs;
    maybeOurs ||= outcome.state === 'unknown';
    const pause = PAUSES_MS[tried];
    if (outcome.state === 'refused' || pause === undefined) throw cloudError('s3:PutObject', outcome.error);
    await target.sleep(pause * (0.5 + Math.random() / 2));
  }
}

async function attempt(
  { client, bucket }: { readonly client: S3Client; readonly bucket: string },
  key: string,
  body: AsyncIterable<Uint8Array>,
  size: number,
): Promise<Outcome> {
  // The SDK pipes the stream and doesn't hear when it breaks: the request would hang until its time is up.
  const broken = new AbortController();
  let fault: { readonly error: unknown } | undefined;
  const stream = Readable.from(counted(body, size), { objectMode: false });
  stream.once('error', (error) => {
    fault = { error };
    broken.abort();
  });
  try {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key: key, Body: stream, ContentLength: size, IfNoneMatch: '*' }),
      { abortSignal: broken.signal },
    );
    return { state: 'written' };
  } catch (error) {
    if (fault !== undefined) throw fault.error;
    return judge(error);
  } finally {
    stream.destroy();
  }
}

function judge(error: unknown): Outcome {
  const status = httpStatus(error);
  if (status === 412 || errorName(error) === 'PreconditionFailed') return { state: 'occupied' };
  if (TRY_AGAIN.has(errorName(error)) || status === 409 || status === 429) return { state: 'again', error };
  return { state: status === 0 || status >= 500 ? 'unknown' : 'refused', error };
}

/** The body, held to its announced size: a request with fewer bytes than announced would hang. */
async function* counted(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of body) {
    sent += chunk.length;
    if (sent > size) break;
    if (chunk.length > 0) yield chunk;
  }
  if (sent !== size) throw new RangeError(`the body has ${sent > size ? 'more' : 'fewer'} bytes than ${size}`);
}
