import { startOwnService } from './load/own-service.ts';
import type { Result } from './results.ts';
import { benchAccounts } from './scale/accounts.ts';
import { benchConcurrency } from './scale/concurrency.ts';
import type { Read } from './scale/drive.ts';
import { benchItems } from './scale/items.ts';
import { benchManifest } from './scale/manifest.ts';
import type { Part } from './scale/part.ts';
import { Person } from './scale/person.ts';
import { benchThroughput } from './scale/throughput.ts';

/** Accounts that are read at the same time, each by connections of its own. */
const READERS = 8;

/** How cost grows: with accounts, with the items of one, with its manifest, and with calls at a time. */
export async function benchScale(rounds: number): Promise<Result> {
  const accounts = await benchAccounts(rounds);
  const manifest = await benchManifest(rounds);
  const own = await startOwnService({ withoutBcrypt: true });
  const parts: Part[] = [];
  try {
    parts.push(await benchItems(own, rounds));
    const reads: Read[] = [];
    for (let n = 0; n < READERS; n++) {
      const person = new Person(own.url, `reader-${n}@example.com`);
      await person.register();
      reads.push({ path: `/v1/items/${await person.createItem()}?mask=true`, authorization: person.authorization });
    }
    parts.push(await benchConcurrency(own, reads, rounds), await benchThroughput(own, reads, rounds));
  } finally {
    await own.close();
  }
  const [items, concurrency, throughput] = parts;
  const all = [accounts, items, manifest, concurrency, throughput].filter((part) => part !== undefined);
  const curves = [
    { title: 'Among more and more accounts', unit: 'ms a call', of: 'accounts', lines: accounts.curves },
    { title: 'In an account of more and more items', unit: 'ms a call', of: 'items', lines: items?.curves ?? [] },
    { title: 'The manifest alone', unit: 'ms', of: 'entries', lines: manifest.curves },
    {
      title: 'More and more calls at a time',
      unit: 'a second, and ms a call',
      of: 'calls at a time',
      lines: concurrency?.curves ?? [],
    },
  ];
  return {
    name: 'scale',
    about:
      'How cost grows, in the local service. Its cloud is emulated on the same machine: curves and ratios tell, and not the times by themselves.',
    goals: all.flatMap(({ goals }) => goals),
    tables: all.flatMap(({ tables }) => tables),
    curves,
  };
}
