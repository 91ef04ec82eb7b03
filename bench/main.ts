import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { chartOf } from './chart.ts';
import { curvesOf } from './curves.ts';
import { ROUNDS } from './measure.ts';
import { installPeers } from './peers.ts';
import { type Goal, goalsOf, isMet, type Result, sectionOf } from './results.ts';

/**
 * A bench. `rounds` of 1 is the short form, which installs nothing and runs without peers: it checks counts and sizes, and
 * measures no time that anyone may rely on.
 */
type Bench = (rounds: number) => Promise<Result>;

/** The benches, by name, in the order of the results; each is loaded when it runs. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  trips: async () => (await import('./trips.ts')).benchTrips,
  items: async () => (await import('./items.ts')).benchItems,
  sealing: async () => (await import('./sealing.ts')).benchSealing,
  'per-item-kms': async () => (await import('./per-item-kms.ts')).benchPerItemKms,
  documents: async () => (await import('./documents.ts')).benchDocuments,
  'cold-start': async () => (await import('./cold-start.ts')).benchColdStart,
  scale: async () => (await import('./scale.ts')).benchScale,
  'sign-in': async () => (await import('./sign-in.ts')).benchSignIn,
  pdf: async () => (await import('./pdf.ts')).benchPdf,
};

const README = new URL('../README.md', import.meta.url);
/** What is written of the results in the README lies between these. */
const MARKS = ['<!-- results -->', '<!-- end of results -->'] as const;

const short = process.argv.includes('--short');
const names = process.argv.slice(2).filter((argument) => argument !== '--short');
const unknown = names.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}". There are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(1);
}
if (!short) installPeers();
const results: Result[] = [];
for (const [name, load] of Object.entries(BENCHES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const bench = await load();
  const result = await bench(short ? 1 : ROUNDS);
  console.log(`${sectionOf(result)}\n`);
  results.push(result);
}
const goals = results.flatMap((result) => result.goals);
if (!short && names.length === 0) await keep(results, goals);
const missed = goals.filter((goal) => !isMet(goal) && !(short && goal.kind === 'time'));
for (const { what, value } of missed) console.error(`Missed: ${what}: ${value}`);
// Times depend on the machine and what else it does: they are shown, not judged.
process.exitCode = missed.some(({ kind }) => kind === 'count') ? 1 : 0;

/** Writes results, charts and the README's table. */
async function keep(all: readonly Result[], held: readonly Goal[]): Promise<void> {
  const where = `Measured on ${cpus().length} cores with Node ${process.versions.node}, by \`npm run bench\`: contenders by turns, ${ROUNDS} rounds, medians.`;
  const text = `# Results\n\n${where}\n\n${all.map(sectionOf).join('\n\n')}\n`;
  await writeFile(new URL('results.md', import.meta.url), text);
  await writeFile(
    new URL('../docs/pictures/bench.svg', import.meta.url),
    chartOf(all.flatMap(({ bars = [] }) => bars)),
  );
  await writeFile(
    new URL('../docs/pictures/scale.svg', import.meta.url),
    curvesOf(all.flatMap(({ curves = [] }) => curves)),
  );
  const readme = await readFile(README, 'utf8');
  const [begin, end] = MARKS.map((mark) => readme.indexOf(mark));
  if (begin === undefined || end === undefined || begin < 0 || end < begin)
    throw new Error('the README has no place for results');
  await writeFile(README, `${readme.slice(0, begin)}${MARKS[0]}\n\n${goalsOf(held)}\n\n${readme.slice(end)}`);
}
