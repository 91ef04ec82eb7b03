import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startAttacked } from '../attacks/service.ts';
import { readContract } from './document.ts';
import { told } from './report.ts';
import { fuzz } from './run.ts';
import { overHttp } from './sending.ts';

// Requests made from docs/openapi.json alone, sent to the service: `--minutes` or `--seconds` for how long in all, `--seed`
// for one that was printed, `--requests` for how many, `--url` for a service that runs already.

/** Of every run that names no seed, before a random one. */
const FIXED_SEED = 20261127;
/** What the process may hold in the end, bytes: the emulators keep every object in memory. */
const MOST_MEMORY = 1.5 * 2 ** 30;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** @returns whether nothing was found */
async function run(seed: number, requests: number, ms: number, given: string | undefined): Promise<boolean> {
  const own = given === undefined ? await startAttacked() : null;
  const url = given ?? own?.url ?? '';
  const { send, close } = overHttp(url);
  let read = 0;
  const log = () => {
    const lines = own?.telemetry.lines.slice(read) ?? [];
    read += lines.length;
    return JSON.stringify(lines);
  };
  say(`seed ${seed}`);
  const begun = Date.now();
  try {
    const watched = own === null ? {} : { log, pass: own.pass };
    const tally = await fuzz({ contract: readContract(), send, seed, requests, until: begun + ms, url, ...watched });
    const lines = [...[...tally.findings.values()].map(told), ...(given === undefined ? tally.shortfalls() : [])];
    if ((own?.telemetry.counts.get('IntegrityFailure') ?? 0) > 0) lines.push('integrity failures were counted');
    const { walked } = (await own?.service.maintain()) ?? {};
    if (walked !== undefined) say(`maintenance: ${JSON.stringify(walked)}`);
    const memory = process.memoryUsage().heapUsed;
    if (memory > MOST_MEMORY) lines.push(`${memory} bytes of memory are held`);
    say(tally.table());
    say(
      [
        ...lines,
        `seed ${seed}: ${tally.requests} requests in ${Math.round((Date.now() - begun) / 1000)} s, ${lines.length} findings`,
      ].join('\n\n'),
    );
    return lines.length === 0;
  } finally {
    close();
    await own?.close();
  }
}

const number = { type: 'string' } as const;
const { values } = parseArgs({
  options: { minutes: number, seconds: number, seed: number, requests: number, url: number },
});
const seconds = Number(values.seconds ?? Number(values.minutes ?? 2) * 60);
const requests = Number(values.requests ?? Infinity);
const seeds = values.seed === undefined ? [FIXED_SEED, randomInt(2 ** 31)] : [Number(values.seed)];
let isClean = true;
for (const seed of seeds) isClean = (await run(seed, requests, (seconds * 1000) / seeds.length, values.url)) && isClean;
process.exitCode = isClean ? 0 : 1;
