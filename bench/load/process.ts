import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { VaultSettings } from '../../lambda/usecases/environment.ts';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { consoleTelemetry } from '../../local/console-telemetry.ts';
import { startService } from '../../local/service.ts';
import { startBare } from '../scale/bare.ts';
import { costlessHasher } from './costless-hasher.ts';
import { aliveBytes, type Peak, takePeak, watchPeak } from './peak.ts';

/** What of a cloud goes from one process to another. */
export type CloudAddress = Omit<LocalCloud, 'close'>;

/**
 * What the measuring process asks of this one, which is the cloud, the service, or a bare route over the same table.
 * `watch` begins to sample memory, `mark` ends it.
 */
export type Question =
  | { readonly cloud: string }
  | { readonly service: CloudAddress; readonly settings: Partial<VaultSettings>; readonly withoutBcrypt: boolean }
  | { readonly bare: CloudAddress }
  | 'alive'
  | 'loop'
  | 'cpu'
  | 'watch'
  | 'mark';

/** How late the loop's timers came, in ms, since the question before. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** To each question what it asks for; `alive` in bytes, after a collection; `cpu` in ms, since the question before. */
export type Reply =
  | { readonly address: CloudAddress }
  | { readonly url: string }
  | { readonly alive: number }
  | { readonly loop: LoopDelay }
  | { readonly cpu: number }
  | { readonly peak: Peak };

/** The monitor's timer comes that often, ms. Its times are those between two turns. */
const RESOLUTION_MS = 10;

const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
histogram.enable();
let used = process.cpuUsage();

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());

async function answer(question: Question): Promise<Reply> {
  if (question === 'alive') return { alive: aliveBytes() };
  if (question === 'loop') return { loop: takeDelay() };
  if (question === 'cpu') return { cpu: takeCpu() };
  if (question === 'mark') return { peak: takePeak() };
  if (question === 'watch') {
    watchPeak();
    return { alive: aliveBytes() };
  }
  if ('cloud' in question) {
    const { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn } = await startCloud(question.cloud);
    return { address: { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn } };
  }
  if ('bare' in question) return { url: await startBare(question.bare) };
  const { settings, withoutBcrypt } = question;
  const cloud = { ...question.service, close: () => Promise.resolve() };
  const hasher = withoutBcrypt ? { hasher: costlessHasher() } : {};
  const { url } = await startService({ cloud, port: 0, telemetry: consoleTelemetry(), settings, ...hasher });
  return { url };
}

function takeCpu(): number {
  const { user, system } = process.cpuUsage(used);
  used = process.cpuUsage();
  return (user + system) / 1000;
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
