import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { consoleTelemetry } from '../../local/console-telemetry.ts';
import { startService } from '../../local/service.ts';

/** What of a cloud goes from one process to another. */
export type CloudAddress = Omit<LocalCloud, 'close'>;

/** What the measuring process asks of this one, which is the cloud or the service. */
export type Question = { readonly cloud: string } | { readonly service: CloudAddress } | 'alive' | 'loop';

/** How late the loop's timers came, in ms, since the question before. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** To each question what it asks for; `alive` in bytes, after a collection. */
export type Reply =
  | { readonly address: CloudAddress }
  | { readonly url: string }
  | { readonly alive: number }
  | { readonly loop: LoopDelay };

/** The monitor's timer comes that often, ms. Its times are those between two turns. */
const RESOLUTION_MS = 10;

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
histogram.enable();

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer(question: Question): Promise<Reply> {
  if (question === 'alive') return { alive: alive() };
  if (question === 'loop') return { loop: takeDelay() };
  if ('cloud' in question) {
    const { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn } = await startCloud(question.cloud);
    return { address: { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn } };
  }
  const cloud = { ...question.service, close: () => Promise.resolve() };
  const { url } = await startService({ cloud, port: 0, telemetry: consoleTelemetry() });
  return { url };
}

/** Bytes that buffers and the heap hold once all that nobody holds any more is gone. */
function alive(): number {
  if (globalThis.gc === undefined) throw new Error('collections can not be asked for');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function takeDelay(): LoopDelay {
  const late = (ns: number) => Math.max(0, ns / 1e6 - RESOLUTION_MS);
  const delay = {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    longest: late(histogram.max),
  };
  histogram.reset();
  return delay;
}
