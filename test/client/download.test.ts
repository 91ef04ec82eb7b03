import { createHash, randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { answer, failureOf, LOST, passing, problem, type Sent, type Step, stopTime, vaultOf } from './scripted.ts';

const PDF = Uint8Array.from(randomBytes(100_000));
const ETAG = `"${createHash('sha256').update(PDF).digest('hex')}"`;

/** Sends so many bytes of what was asked for, then breaks off, or ends as if that were all. */
function upTo(bytes: number, end: 'breaks' | 'ends' = 'breaks', { etag = ETAG, file = PDF } = {}): Step {
  return ({ headers }: Sent) => {
    const [, from = '', to = ''] = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '') ?? [];
    const [first, last] = [Number(from), to === '' ? file.length - 1 : Number(to)];
    const pieces = chunksOf(file.slice(first, Math.min(first + bytes, last + 1)));
    const isWhole = bytes > last - first;
    return new Response(
      new ReadableStream({
        pull: (controller) => {
          const piece = pieces.shift();
          if (piece !== undefined) controller.enqueue(piece);
          else if (isWhole || end === 'ends') controller.close();
          else controller.error(LOST);
        },
      }),
      {
        status: 206,
        headers: {
          etag,
          'content-type': 'application/pdf',
          'content-disposition': `inline; filename="Lukasz.pdf"; filename*=UTF-8''%C5%81ukasz.pdf`,
          'content-range': `bytes ${first}-${last}/${file.length}`,
        },
      },
    );
  };
}

function chunksOf(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / 7000) }, (_, n) => bytes.slice(n * 7000, (n + 1) * 7000));
}

const whole = upTo(Number.POSITIVE_INFINITY);

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
});

describe('a download', () => {
  it('knows size, name and type before its first byte, and tells how far it has come', async () => {
    const { vault } = await vaultOf({}, whole);
    const loaded: number[] = [];
    const download = await vault.documents.content('A', {
      onProgress: (progress) => {
        expect(progress.total).toBe(PDF.length);
        loaded.push(progress.loaded);
      },
    });
    expect(download).toMatchObject({ size: PDF.length, fileName: 'Łukasz.pdf', contentType: 'application/pdf' });
    expect(loaded).toEqual([]);
    expect(Buffer.from(await download.bytes()).equals(PDF)).toBe(true);
    expect(loaded).toEqual(Array.from({ length: 15 }, (_, n) => Math.min((n + 1) * 7000, PDF.length)));
  });

  it('is read as a stream and as a blob too', async () => {
    const { vault } = await vaultOf({}, whole, whole);
    const { stream } = await vault.documents.content('A');
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(PDF)).toBe(true);
    const blob = await (await vault.documents.content('A')).blob();
    expect([blob.size, blob.type]).toEqual([PDF.length, 'application/pdf']);
  });

  it.each([
    ['breaks', [{ first: 0 }, 'bytes=0-', 'bytes=30000-', 'bytes=60000-', 'bytes=90000-']],
    ['ends', [{ first: 0 }, 'bytes=0-', 'bytes=30000-', 'bytes=60000-', 'bytes=90000-']],
    ['breaks', [{ first: 10, last: 70_009 }, 'bytes=10-70009', 'bytes=30010-70009', 'bytes=60010-70009']],
  ] as const)(
    'that %s early goes on where it was, and no byte comes twice or is left out',
    async (end, [range, ...asked]) => {
      const { vault, script } = await vaultOf({}, ...asked.map(() => upTo(30_000, end)));
      const download = await vault.documents.content('A', { range });
      const bytes = Buffer.from(await passing(download.bytes()));
      expect(bytes.equals(PDF.subarray(range.first, ('last' in range ? range.last : PDF.length - 1) + 1))).toBe(true);
      expect(script.sent.map(({ headers }) => headers.get('range'))).toEqual(asked);
      expect(download.size).toBe(bytes.length);
    },
  );

  it('outlasts a network that is gone for a time', async () => {
    const { vault } = await vaultOf({}, upTo(10_000), LOST, LOST, LOST, LOST, LOST, whole);
    const bytes = await passing((await vault.documents.content('A')).bytes());
    expect(Buffer.from(bytes).equals(PDF)).toBe(true);
  });

  it('is given up when it breaks off nine times', async () => {
    const { vault, script } = await vaultOf({}, ...Array.from({ length: 9 }, () => upTo(100)));
    const failure = await failureOf(passing((await vault.documents.content('A')).bytes()));
    expect(failure).toMatchObject({ code: 'network' });
    expect(script.sent).toHaveLength(9);
  });

  it.each<[string, Step, string]>([
    ['another file', upTo(1e9, 'ends', { etag: '"other"' }), 'unexpected_answer'],
    ['a file of another size', upTo(1e9, 'ends', { file: PDF.slice(1) }), 'unexpected_answer'],
    ['the whole again', new Response(PDF, { headers: { etag: ETAG } }), 'unexpected_answer'],
    ['nothing, for it is gone', problem(404, 'not_found'), 'not_found'],
  ])('never goes on with %s', async (_, step, code) => {
    const { vault } = await vaultOf({}, upTo(30_000), step);
    expect(await failureOf(passing((await vault.documents.content('A')).bytes()))).toMatchObject({ code });
  });

  it('of more bytes than were told is refused', async () => {
    const headers = { etag: ETAG, 'content-range': 'bytes 0-9/10' };
    const { vault } = await vaultOf({}, new Response(PDF, { status: 206, headers }));
    expect(await failureOf((await vault.documents.content('A')).bytes())).toMatchObject({ code: 'unexpected_answer' });
  });

  it('rejects with the reason of its signal, on its way and while it waits', async () => {
    for (const steps of [[whole], [upTo(14_000)]]) {
      const { vault } = await vaultOf({}, ...steps);
      const controller = new AbortController();
      const reason = new Error('enough');
      const onProgress = ({ loaded }: { loaded: number }) => {
        if (loaded === 14_000) setTimeout(() => controller.abort(reason), steps[0] === whole ? 0 : 100);
      };
      const download = await vault.documents.content('A', { signal: controller.signal, onProgress });
      const read = async () => {
        for await (const _ of download.stream) await new Promise((resolve) => setTimeout(resolve, 10));
      };
      expect(await failureOf(passing(read()))).toBe(reason);
    }
  });

  it('that nobody wants any more lets go of its connection', async () => {
    let cancelled: unknown;
    const body = new ReadableStream({
      cancel: (reason) => {
        cancelled = reason;
      },
    });
    const { vault } = await vaultOf(
      {},
      new Response(body, { status: 206, headers: { 'content-range': 'bytes 0-9/10' } }),
    );
    await (await vault.documents.content('A')).stream.cancel('enough');
    expect(cancelled).toBe('enough');
  });
});

describe('an export', () => {
  it('is a file of unknown size, and one that breaks off is an error', async () => {
    const headers = { 'content-type': 'application/zip', 'content-disposition': 'attachment; filename="all.zip"' };
    const breaking = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(LOST) });
    const { vault, script } = await vaultOf({}, new Response(PDF, { headers }), new Response(breaking, { headers }));
    const download = await vault.account.export({ part: 2 });
    expect(download).toMatchObject({ size: null, fileName: 'all.zip', contentType: 'application/zip' });
    expect(Buffer.from(await download.bytes()).equals(PDF)).toBe(true);
    expect(script.sent[0]?.call).toBe('GET /v1/account/export?part=2');
    const broken = await failureOf((await vault.account.export()).bytes());
    expect(broken).toMatchObject({ code: 'network', cause: LOST });
  });
});

describe('a rotation', () => {
  it('goes on to its end, the password in its first step alone', async () => {
    const left = (remaining: number) => answer({ keyVersion: 2, remaining });
    const { vault, script } = await vaultOf({}, left(5), LOST, left(2), left(0));
    const steps: number[] = [];
    const onProgress = ({ remaining }: { remaining: number }) => steps.push(remaining);
    expect(await passing(vault.account.rotateKeys('a password', { limit: 3, onProgress }))).toEqual({
      keyVersion: 2,
      remaining: 0,
    });
    expect(steps).toEqual([5, 2, 0]);
    const step = { limit: 3 };
    expect(script.sent.map(({ body }) => body)).toEqual([{ password: 'a password', ...step }, step, step, step]);
  });
});
