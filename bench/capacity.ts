import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { countCalls, timeOperations } from './capacity/measure.ts';
import { MEASURED_FILE, type Measured, OPERATIONS, readMeasured } from './capacity/measured.ts';
import { fill } from './capacity/page.ts';
import { tables } from './capacity/tables.ts';

const USAGE = 'npm run capacity -- [--measure] [--check]';
const PAGE = new URL('../docs/capacity.md', import.meta.url);
const ROUNDS = 15;

/** Measures anew what all else is made from: counts, which are the same everywhere, and times, which are this machine's. */
async function measure(): Promise<void> {
  const counted = await countCalls();
  const { hashMs, cpuMs } = await timeOperations(ROUNDS);
  const operations = Object.fromEntries(
    OPERATIONS.map((name) => [name, { ...counted.operations[name], cpuMs: tenth(cpuMs[name]) }]),
  ) as Measured['operations'];
  const measured: Measured = { ...counted, hashMs: tenth(hashMs), operations };
  // A call a line.
  const text = JSON.stringify(measured, null, 2).replaceAll(/\{\s+("call"[^}]*?)\s+\}/g, (_, call: string) => {
    return `{ ${call.replaceAll(/\s+/g, ' ')} }`;
  });
  writeFileSync(MEASURED_FILE, `${text}\n`);
}

function tenth(ms: number): number {
  return Math.round(ms * 10) / 10;
}

try {
  const { values } = parseArgs({ options: { measure: { type: 'boolean' }, check: { type: 'boolean' } } });
  if (values.measure === true) await measure();
  const before = readFileSync(PAGE, 'utf8');
  const after = fill(before, tables(readMeasured()));
  if (values.check !== true) writeFileSync(PAGE, after);
  else if (after !== before) throw new Error('docs/capacity.md is not what npm run capacity makes');
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error), `\n${USAGE}`);
  process.exitCode = 1;
}
