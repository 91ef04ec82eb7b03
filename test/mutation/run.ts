import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MutantResult } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { PLAN, SHORT } from './plan.ts';

/** How the mutants of a file ended. */
interface Score {
  readonly mutants: number;
  /** By a test that fails, or because the code does not end any more. */
  readonly killed: number;
  /** Those that no test runs through included. */
  readonly survived: number;
}

type Scores = Record<string, Score>;

const RESULTS = join(import.meta.dirname, 'results.json');

/** Mutates one file of `lambda/`. @param suites from `test/`, without the ending @param told whether survivors are shown */
async function mutate(file: string, suites: readonly string[], told: boolean): Promise<Score> {
  const options = {
    configFile: join(import.meta.dirname, 'stryker.config.js'),
    mutate: [file],
    reporters: told ? ['clear-text'] : [],
    suites: suites.map((suite) => `test/${suite}.test.ts`),
  };
  return scoreOf(await new Stryker(options).runMutationTest());
}

function scoreOf(results: readonly MutantResult[]): Score {
  const count = (...statuses: readonly MutantResult['status'][]) =>
    results.filter(({ status }) => statuses.includes(status)).length;
  return {
    mutants: results.length,
    killed: count('Killed', 'Timeout'),
    survived: count('Survived', 'NoCoverage'),
  };
}

function percent({ killed, survived }: Score): string {
  return `${((100 * killed) / Math.max(1, killed + survived)).toFixed(1)} %`;
}

const args = process.argv.slice(2);
const [short, update] = ['--short', '--update'].map((flag) => args.includes(flag));
const [part, ...names] = args.filter((arg) => !arg.startsWith('--'));
const plan = short === true ? { crypto: SHORT } : part === 'crypto' || part === 'usecases' ? { [part]: names } : null;
if (plan === null) throw new Error('npm run mutation -- crypto|usecases [name…] [--update], or -- --short');

const known = JSON.parse(readFileSync(RESULTS, 'utf8')) as Scores;
const found: Scores = {};
for (const [folder, chosen] of Object.entries(plan)) {
  const suitesOf: Readonly<Record<string, readonly string[]>> = PLAN[folder as keyof typeof PLAN];
  for (const name of chosen.length === 0 ? Object.keys(suitesOf) : chosen) {
    const suites = suitesOf[name];
    if (suites === undefined) throw new Error(`${folder} has no plan for ${name}`);
    const file = `lambda/${folder}/${name}.ts`;
    const score = await mutate(file, suites, short !== true);
    found[file] = score;
    const { killed, survived } = score;
    const most = known[file]?.survived ?? 0;
    const worse = survived > most && update !== true;
    if (worse) process.exitCode = 1;
    const verdict = worse ? `: more than ${String(most)} survived` : '';
    process.stdout.write(
      `${file}: ${String(killed)} killed, ${String(survived)} survived, ${percent(score)}${verdict}\n`,
    );
    if (update === true) {
      const all = Object.entries({ ...known, ...found }).sort(([a], [b]) => (a < b ? -1 : 1));
      writeFileSync(RESULTS, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
    }
  }
}
