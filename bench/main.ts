import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { benchDocuments } from './documents.ts';
import { type Result, tableOf } from './results.ts';

/** The benches, by name. `short` checks that they run, and measures nothing that anyone may rely on. */
const BENCHES: Readonly<Record<string, (short: boolean) => Promise<Result>>> = {
  documents: (short) => benchDocuments(short ? { rounds: 1, sizes: [5, 9] } : { rounds: 10 }),
};

const short = process.argv.includes('--short');
const named = process.argv.slice(2).filter((argument) => argument !== '--short');
const unknown = named.find((name) => !Object.hasOwn(BENCHES, name));
if (unknown !== undefined) {
  console.error(`There is no bench "${unknown}". There are: ${Object.keys(BENCHES).join(', ')}.`);
  process.exit(1);
}
const tables: string[] = [];
for (const [name, bench] of Object.entries(BENCHES)) {
  if (named.length > 0 && !named.includes(name)) continue;
  const table = tableOf(await bench(short));
  console.log(table);
  tables.push(table);
}
if (!short && named.length === 0) {
  const where = `Measured on ${cpus().length} cores with Node ${process.versions.node}, by \`npm run bench\`.`;
  await writeFile(new URL('results.md', import.meta.url), `# Results\n\n${where}\n\n${tables.join('\n')}`);
}
