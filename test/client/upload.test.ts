import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { TwinlockClient } from '../../client/src/main.ts';
import { answer, failureOf, LOST, passing, problem, type Sent, type Step, stopTime, vaultOf } from './scripted.ts';
import { DOCUMENT, MIB, store } from './store.ts';

const PDF = Uint8Array.from(randomBytes(9 * MIB));

/** A source that says how far it was read. */
function streamOf(bytes: Uint8Array, chunk = 100_000) {
  const state = { read: 0, cancelled: undefined as unknown };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        if (state.read >= bytes.length) controller.close();
        else controller.enqueue(bytes.slice(state.read, (state.read += chunk)));
      },
      cancel: (reason) => {
        state.cancelled = reason;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, state };
}

beforeEach(stopTime);
afterEach(() => {
  jest.useRealTimers();
});

describe('a PDF of up to 4 MiB', () => {
  it.each<[string, () => Parameters<TwinlockClient['documents']['upload']>[0]]>([
    ['bytes', () => PDF.subarray(0, 4 * MIB)],
    ['a blob', () => new Blob([PDF.subarray(0, 4 * MIB)])],
    ['a stream', () => streamOf(PDF.subarray(0, 4 * MIB)).stream],
  ])('goes in one call: %s', async (_, source) => {
    const { vault, script } = await vaultOf({}, LOST, answer(DOCUMENT, {}, 201));
    const progress: unknown[] = [];
    const options = { title: 'Łukasz: 100%\r\n', retentionDays: 7, onProgress: (now: unknown) => progress.push(now) };
    expect(await passing(vault.documents.upload(source(), options))).toEqual(DOCUMENT);
    const [first, second] = script.sent;
    expect(first?.call).toBe('POST /v1/documents?retentionDays=7');
    expect(Buffer.from(second?.body as Uint8Array).equals(PDF.subarray(0, 4 * MIB))).toBe(true);
    expect(second?.headers.get('content-type')).toBe('application/pdf');
    expect(second?.headers.get('x-document-title')).toBe('%C5%81ukasz%3A%20100%25%0D%0A');
    expect(second?.headers.get('idempotency-key')).toBe(first?.headers.get('idempotency-key'));
    expect(progress).toEqual([{ loaded: 4 * MIB, total: 4 * MIB }]);
  });

  it('has a title that can be written down', async () => {
    const { vault, script } = await vaultOf();
    const failure = await failureOf(vault.documents.upload(PDF.subarray(0, 9), { title: '\ud800' }));
    expect(failure).toMatchObject({ code: 'invalid_request', issues: [{ path: '/title' }] });
    expect(script.sent).toEqual([]);
  });
});

describe('a larger PDF', () => {
  it('goes in parts, three at a time, and tells how far it is', async () => {
    const { steps, whole, parts, side, calls } = store();
    const { vault, script } = await vaultOf({}, ...steps);
    const progress: { loaded: number; total: number | null }[] = [];
    const options = { title: 'a', onProgress: (now: (typeof progress)[number]) => progress.push(now) };
    expect(await passing(vault.documents.upload(PDF, options))).toEqual(DOCUMENT);
    expect(whole().equals(PDF)).toBe(true);
    expect([...parts.values()].map(({ length }) => length / MIB)).toEqual([2, 2, 2, 2, 1]);
    expect(side.most).toBe(3);
    expect(calls.at(-1)).toBe('POST /v1/uploads/U/complete');
    expect(script.sent.at(-1)?.body).toEqual({ parts: 5 });
    expect(progress.map(({ total }) => total)).toEqual(Array.from({ length: 5 }, () => PDF.length));
    expect(progress.map(({ loaded }) => loaded).toSorted((a, b) => a - b)).toEqual(
      progress.map(({ loaded }) => loaded),
    );
    expect(progress.at(-1)?.loaded).toBe(PDF.length);
  });

  it('is read from a stream no faster than it goes', async () => {
    const { stream, state } = streamOf(PDF);
    const { steps, whole, side } = store();
    let most = 0;
    const { vault } = await vaultOf({}, ...steps);
    const onProgress = ({ loaded, total }: { loaded: number; total: number | null }) => {
      expect(total).toBeNull();
      most = Math.max(most, state.read - loaded);
    };
    await passing(vault.documents.upload(stream, { title: 'a', onProgress }));
    expect(whole().equals(PDF)).toBe(true);
    expect(side.most).toBe(3);
    // What is on its way, and what was read to see that it is a larger one.
    expect(most).toBeLessThanOrEqual(8 * MIB + 100_000);
  });

  it('outlasts lost parts: what came is not sent again, what did not is', async () => {
    // Part 2 comes with its last answer lost; part 4 does not come, and no answer either.
    const { steps, whole, times } = store(({ call }, n) => {
      if (call.endsWith('/parts/4') && n <= 4) throw LOST;
      return null;
    });
    const lossy = steps.map(
      (step): Step =>
        async (sent, init) => {
          const done = await (step as (...given: [Sent, RequestInit]) => Promise<Response>)(sent, init);
          if (sent.call.endsWith('/parts/2')) throw LOST;
          return done;
        },
    );
    const { vault } = await vaultOf({}, ...lossy);
    await passing(vault.documents.upload(PDF, { title: 'a' }));
    expect(whole().equals(PDF)).toBe(true);
    expect(times.get('PUT /v1/uploads/U/parts/2')).toBe(4);
    expect(times.get('PUT /v1/uploads/U/parts/4')).toBe(5);
    expect(times.get('GET /v1/uploads/U')).toBe(2);
  });

  it.each(['/parts/2', '/complete'])('outlasts a network that is away for two minutes at %s', async (from) => {
    let lost = Infinity;
    const { steps, whole } = store(({ call }) => {
      if (call.endsWith(from) && lost === Infinity) lost = Date.now();
      if (Date.now() >= lost && Date.now() < lost + 120_000) throw LOST;
      return null;
    });
    const { vault } = await vaultOf({}, ...steps, ...steps, ...steps);
    expect(await passing(vault.documents.upload(PDF, { title: 'a' }))).toEqual(DOCUMENT);
    expect(whole().equals(PDF)).toBe(true);
  });

  it('gives up when the network stays away', async () => {
    const { steps } = store(({ call }) => {
      if (call !== 'POST /v1/uploads') throw LOST;
      return null;
    });
    const { vault } = await vaultOf({}, ...Array.from({ length: 10 }, () => steps).flat());
    expect(await failureOf(passing(vault.documents.upload(PDF, { title: 'a' })))).toMatchObject({ code: 'network' });
  });

  it('is completed again where a part that was sent twice came late', async () => {
    const { steps, times } = store(({ call }, n) =>
      call.endsWith('/complete') && n < 3 ? problem(409, 'version_conflict') : null,
    );
    const { vault } = await vaultOf({}, ...steps);
    expect(await passing(vault.documents.upload(PDF, { title: 'a' }))).toEqual(DOCUMENT);
    expect(times.get('POST /v1/uploads/U/complete')).toBe(3);
  });

  it.each([
    ['a part', 'PUT /v1/uploads/U/parts/2'],
    ['the end', 'POST /v1/uploads/U/complete'],
  ])('is removed when the service refuses %s', async (_, refused) => {
    const { steps, calls } = store(({ call }) => (call === refused ? problem(422, 'not_a_pdf') : null));
    const { vault } = await vaultOf({}, ...steps);
    const { stream, state } = streamOf(PDF);
    expect(await failureOf(passing(vault.documents.upload(stream, { title: 'a' })))).toMatchObject({
      code: 'not_a_pdf',
    });
    await jest.advanceTimersByTimeAsync(20);
    expect(calls.filter((call) => call === 'DELETE /v1/uploads/U')).toHaveLength(1);
    if (refused.startsWith('PUT')) expect(state.read).toBeLessThan(PDF.length);
  });

  it('is removed when it is aborted, and its source is let go', async () => {
    const { steps, calls } = store();
    const { vault } = await vaultOf({}, ...steps);
    const { stream, state } = streamOf(PDF);
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    const failure = failureOf(vault.documents.upload(stream, { title: 'a', signal: controller.signal, onProgress }));
    expect(await passing(failure)).toBe(reason);
    await jest.advanceTimersByTimeAsync(20);
    expect(calls.at(-1)).toBe('DELETE /v1/uploads/U');
    expect(calls).not.toContain('POST /v1/uploads/U/complete');
    expect(state.cancelled).toBe(reason);
  });

  it('that waits for its source ends with its signal', async () => {
    for (const given of [0, 5 * MIB]) {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => {
          if (given > 0) controller.enqueue(PDF.slice(0, given));
        },
      });
      const { steps } = store();
      const { vault } = await vaultOf({}, ...steps);
      const controller = new AbortController();
      const failure = failureOf(vault.documents.upload(stream, { title: 'a', signal: controller.signal }));
      setTimeout(() => controller.abort('enough'), 1000);
      expect(await passing(failure)).toBe('enough');
    }
  });

  it('fails as its source does', async () => {
    const broken = new Error('the disk is gone');
    const stream = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(broken) });
    const { vault, script } = await vaultOf();
    expect(await failureOf(vault.documents.upload(stream, { title: 'a' }))).toBe(broken);
    expect(script.sent).toEqual([]);
  });
});
