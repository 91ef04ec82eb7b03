import { parseArgs } from 'node:util';
import { erase, prepare, verify } from './load/accounts.ts';
import type { Client } from './load/client.ts';
import { driveOne, driveProfile } from './load/drive.ts';
import { watchMemory } from './load/memory.ts';
import { type OwnService, startOwnService } from './load/own-service.ts';
import { memory, type Reading, starvation, times, weights } from './load/report.ts';
import type { Tally } from './load/tally.ts';

const USAGE = 'npm run load -- [--minutes 5] [--short] [--url http://127.0.0.1:3000]';
/** What is driven, and how often memory is looked at, ms. Writes of one account wait for each other: hence several. */
const SHORT = { accounts: 4, clients: 2, everyMs: 1000 };
const LONG = { accounts: 10, clients: 3, everyMs: 5000 };
const SHORT_MS = 10_000;
/** Of the time, what goes to the whole profile. The rest goes to reads, half of it with sign-ins beside them. */
const OF_PROFILE = 0.8;
/** Sign-ins at once, each of an account of its own, and clients that read beside them. */
const SIGN_INS = 4;
/**
 * How much later than without sign-ins the service's loop may be at the 99th of 100 turns while passwords are hashed, ms.
 * A hash of cost 12 takes longer than that, several at once far longer: on the loop they would show. What a busy machine
 * adds is in both.
 */
const LATER_MS = 250;

interface Options {
  /** Of all that is measured. */
  readonly ms: number;
  readonly isShort: boolean;
  /** Null starts a service. */
  readonly url: string | null;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, short: { type: 'boolean' }, url: { type: 'string' } },
  });
  const isShort = values.short === true;
  const ms = isShort ? SHORT_MS : Number(values.minutes ?? '5') * 60_000;
  if (!(ms >= SHORT_MS && ms <= 24 * 3_600_000)) throw new Error('--minutes is no number from 0.2 to 1440');
  return { ms, isShort, url: values.url?.replace(/\/$/, '') ?? null };
}

/** @returns what is wrong, in words; nothing where all is as it must be */
async function load({ ms, isShort, url: given }: Options): Promise<string[]> {
  const own = given === null ? await startOwnService() : null;
  const url = given ?? own?.url ?? '';
  const { accounts, clients: each, everyMs } = isShort ? SHORT : LONG;
  const faults: string[] = [];
  try {
    console.log(`${weights()}\n\n${accounts} accounts, ${each} clients each, ${Math.round(ms / 1000)} s.\n`);
    const groups = await prepare(url, accounts, each);
    const clients = groups.flat();
    const driving = driveProfile(url, clients, ms * OF_PROFILE);
    if (own === null) faults.push(...told(await driving));
    else {
      const { result, service, cloud } = await watchMemory(own, everyMs, driving);
      faults.push(...told(result));
      console.log(`${memory({ service, 'its cloud': cloud })}\n`);
      // Seconds tell nothing of growth, and a machine that checks much at once nothing of times: then both are shown.
      if (!isShort && !(service.isFlat && cloud.isFlat)) faults.push('memory grew');
    }
    faults.push(
      ...(await verify(url, clients)),
      ...(await starve(url, groups, (ms * (1 - OF_PROFILE)) / 2, isShort, own)),
    );
    await erase(url, groups);
  } finally {
    await own?.close();
  }
  return faults;
}

function told(tally: Tally): string[] {
  console.log(`${times(tally)}\n`);
  return faultsOf(tally);
}

function faultsOf({ failures, faults }: Tally): string[] {
  return failures === 0 ? [] : [`${failures} calls failed, such as`, ...faults];
}

/** Reads without sign-ins, then beside them. */
async function starve(
  url: string,
  groups: Client[][],
  ms: number,
  isShort: boolean,
  own: OwnService | null,
): Promise<string[]> {
  const [signing, reading] = [0, 1].map((place) => groups.slice(0, SIGN_INS).flatMap((group) => group[place] ?? []));
  if (signing === undefined || reading === undefined) throw new Error('there are too few clients');
  const faults: string[] = [];
  const readings: Reading[] = [];
  for (const withSignIns of [false, true]) {
    await own?.loop();
    const drives = [driveOne(url, reading, ms, 'masked read')];
    if (withSignIns) drives.push(driveOne(url, signing, ms, 'sign in'));
    const [reads, ...others] = await Promise.all(drives);
    const loop = (await own?.loop()) ?? null;
    const name = withSignIns ? `with ${SIGN_INS} sign-ins at once` : 'without sign-ins';
    readings.push({ name, read: reads?.lines()[0], loop });
    for (const tally of [reads, ...others]) if (tally !== undefined) faults.push(...faultsOf(tally));
    for (const { operation, count, p50, p99 } of others.flatMap((tally) => tally.lines())) {
      console.log(
        `Beside the reads: ${operation}, ${count} times, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms.`,
      );
    }
  }
  console.log(`\n${starvation(readings)}\n`);
  const [alone, beside] = readings.map(({ loop }) => loop?.p99 ?? 0);
  const later = (beside ?? 0) - (alone ?? 0);
  if (!isShort && later > LATER_MS)
    faults.push(`${SIGN_INS} sign-ins at once made the loop ${later.toFixed(0)} ms later`);
  return faults;
}

try {
  const faults = await load(readOptions());
  for (const fault of faults) console.error(fault);
  console.log(faults.length === 0 ? 'As it must be.' : 'NOT as it must be.');
  process.exitCode = faults.length === 0 ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error), `\n${USAGE}`);
  process.exitCode = 1;
}
