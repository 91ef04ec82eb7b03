import type { LocalCloud } from '../local/cloud.ts';
import { consoleTelemetry } from '../local/console-telemetry.ts';
import { startService } from '../local/service.ts';

/** What a measuring process asks of the service's. */
export type Question = { readonly start: Omit<LocalCloud, 'close'> } | 'mark' | 'stop';
/** `url` once it serves; the most memory since the mark, in bytes: resident, and held by buffers and the heap. */
export type Reply = { readonly url: string } | { readonly resident: number; readonly held: number };

const EVERY_MS = 5;
const peak = { resident: 0, held: 0 };

function sample(): void {
  const { rss, heapUsed, external } = process.memoryUsage();
  peak.resident = Math.max(peak.resident, rss);
  peak.held = Math.max(peak.held, heapUsed + external);
}

process.on('message', (question: Question) => {
  void answer(question);
});

async function answer(question: Question): Promise<void> {
  if (question === 'stop') process.exit(0);
  if (question === 'mark') {
    sample();
    process.send?.({ ...peak } satisfies Reply);
    globalThis.gc?.();
    peak.resident = peak.held = 0;
    return;
  }
  const cloud = { ...question.start, close: () => Promise.resolve() };
  const { url } = await startService({ cloud, port: 0, telemetry: consoleTelemetry() });
  setInterval(sample, EVERY_MS);
  process.send?.({ url } satisfies Reply);
}
