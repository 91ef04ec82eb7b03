import type { LocalCloud } from '../local/cloud.ts';
import { consoleTelemetry } from '../local/console-telemetry.ts';
import { startService } from '../local/service.ts';

/** What a measuring process asks of the service's. `watch` begins to sample what is alive, `mark` ends it. */
export type Question = { readonly start: Omit<LocalCloud, 'close'> } | 'watch' | 'mark';
/** `url` once it serves; else the most memory since the question before, in bytes: resident, and alive after a collection. */
export type Reply = { readonly url: string } | { readonly resident: number; readonly alive: number };

const RESIDENT_EVERY_MS = 5;
const ALIVE_EVERY_MS = 50;
const peak = { resident: 0, alive: 0 };
let watching: NodeJS.Timeout | undefined;

function sampleResident(): void {
  peak.resident = Math.max(peak.resident, process.memoryUsage.rss());
}

/** What buffers and the heap hold once all that nobody holds any more is gone. */
function sampleAlive(): void {
  if (globalThis.gc === undefined) throw new Error('collections can not be asked for');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  peak.alive = Math.max(peak.alive, heapUsed + external);
}

process.on('message', (question: Question) => {
  void answer(question).then((reply) => process.send?.(reply));
});

async function answer(question: Question): Promise<Reply> {
  if (typeof question === 'object') {
    const cloud = { ...question.start, close: () => Promise.resolve() };
    const { url } = await startService({ cloud, port: 0, telemetry: consoleTelemetry() });
    setInterval(sampleResident, RESIDENT_EVERY_MS);
    return { url };
  }
  clearInterval(watching);
  sampleResident();
  const reply = { ...peak };
  peak.resident = peak.alive = 0;
  if (question === 'watch') {
    sampleAlive();
    watching = setInterval(sampleAlive, ALIVE_EVERY_MS);
  }
  return reply;
}
