import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import { quantile } from '../measure.ts';

/** One read, that is answered with 200 again and again. */
export interface Read {
  readonly path: string;
  readonly authorization: string;
}

/** What calls at the same time took. */
export interface Driven {
  readonly perSecond: number;
  /** ms. */
  readonly p50: number;
  readonly p99: number;
}

/**
 * Sends reads at the same time, on one connection each.
 *
 * @param amount of all calls together
 * @throws Error for any other answer than 200
 */
export async function drive(url: string, reads: readonly Read[], amount: number): Promise<Driven> {
  const times: number[] = [];
  let [next, failed, from, to] = [0, 0, performance.now(), 0];
  const running = autocannon({
    url,
    connections: reads.length,
    amount,
    setupClient: (client) => {
      const { path, authorization } = reads[next++ % reads.length] ?? { path: '/', authorization: '' };
      client.setRequests([{ method: 'GET', path, headers: { authorization } }]);
    },
  }) as unknown as autocannon.Instance;
  running.on('response', (_client, status, _bytes, ms) => {
    times.push(ms);
    if (status !== 200) failed++;
    to = performance.now();
  });
  running.on('reqError', () => failed++);
  running.on('start', () => (from = performance.now()));
  await new Promise((resolve) => running.once('done', resolve));
  if (failed > 0 || times.length < amount) throw new Error(`${failed} of ${times.length} reads failed`);
  return { perSecond: (1000 * times.length) / (to - from), p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
