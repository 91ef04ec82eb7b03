import { readWrapHeader, type WrapHeader } from '../lambda/crypto/key-wrap.ts';
import type { AccountRow } from '../lambda/domain/records.ts';
import { IntegrityError } from '../lambda/errors.ts';
import { isWeaker } from '../lambda/usecases/password-wrap.ts';
import { type Command, WALK_HELP, WALK_OPTIONS, wholeOption } from './command.ts';
import { createPace } from './pace.ts';
import { count, countOf, findingLines, findings } from './tally.ts';
import { beginWalks, walkTable } from './walk-table.ts';
import { CLOSED_WRAPS, countWrap, holderOf, wrapsOf } from './wrap-walk.ts';

/** Ids that --list gives at most. */
const MOST_LISTED = 100_000;

/** How the wraps are told apart. */
const PARTS = ['format', 'suite', 'cost', 'pepper'] as const;

/**
 * Tells how many accounts are under which suite, cost, MAC key and wrap key, and how many a sign-in would strengthen.
 *
 * 1. Walk the table for accounts. 2. Open each password wrap under KMS, and read its header. 3. Hold it against what the
 * deployment asks for.
 */
export const upgradeReport: Command = {
  name: 'upgrade-report',
  summary: 'counts accounts by suite, cost, MAC key and wrap key, and those that a sign-in would strengthen',
  usage: '[--suite <n>] [--cost <n>] [--pepper <n>] [--list]',
  help: [
    '--suite <n>      what the deployment asks for: its setting cipherSuite, 1 or 2 (2)',
    '--cost <n>       its setting bcryptCost, 10 to 14 (12)',
    '--pepper <n>     the number of its newest MAC key (the last that is named)',
    `--list           name the weaker accounts, ${MOST_LISTED.toLocaleString('en')} at most`,
    ...WALK_HELP,
  ],
  options: {
    ...WALK_OPTIONS,
    suite: { type: 'string' },
    cost: { type: 'string' },
    pepper: { type: 'string' },
    list: { type: 'boolean' },
  },
  async run(world, given, report) {
    const asked = {
      suite: wholeOption(given, 'suite', 1, 2, 2) === 1 ? (1 as const) : (2 as const),
      bcryptCost: wholeOption(given, 'cost', 10, 14, 12),
      pepper: wholeOption(given, 'pepper', 1, 255, world.macKeys),
    };
    const examples = given.options['list'] === true ? MOST_LISTED : 0;
    const pace = createPace(wholeOption(given, 'rate', 1, 100_000, 50), world);
    const about = { asked: Object.values(asked).join(), examples: String(examples) };
    const checkpoint = beginWalks(world, given, report, this.name, about);
    const tally = await walkTable(world, checkpoint, report, 0, {
      what: 'reading',
      wrapsOnly: true,
      examples: Math.max(examples, 20),
      each: async (met, counted) => {
        const row = holderOf(met, counted);
        const [wrap] = row === null || row.kind !== 'account' ? [] : wrapsOf(row);
        if (wrap === undefined) return;
        const header = await countWrap({ ...world, pace }, wrap, counted, headerOf);
        if (header === null) return;
        count(counted, 'accounts');
        for (const part of PARTS) count(counted, `${part}.${header[part]}`);
        if (isWeaker(header, asked)) count(counted, 'weaker', (row as AccountRow).accountId, examples);
      },
    });
    checkpoint.remove();
    const closed = findings(tally, CLOSED_WRAPS);
    const [accounts, weaker] = [countOf(tally, 'accounts'), countOf(tally, 'weaker')];
    const of = (part: string) =>
      Object.fromEntries(
        Object.entries(tally.counts)
          .filter(([what]) => what.startsWith(`${part}.`))
          .map(([what, number]) => [what.split('.')[1] ?? '', number]),
      );
    const groups = Object.fromEntries([...PARTS, 'key'].map((part) => [part, of(part)]));
    const listed = tally.examples['weaker'] ?? [];
    return {
      ok: closed.length === 0,
      lines: [
        `${accounts} accounts.`,
        ...Object.entries(groups).flatMap(([part, numbers]) =>
          Object.entries(numbers).map(([value, number]) => `${part === 'key' ? 'wrap key' : part} ${value}: ${number}`),
        ),
        `${weaker} are weaker than suite ${asked.suite}, cost ${asked.bcryptCost}, MAC key ${asked.pepper}: each is renewed as its owner signs in.`,
        ...listed,
        ...findingLines(tally, CLOSED_WRAPS),
      ],
      data: { table: world.table, accounts, ...groups, asked, weaker, listed, findings: closed },
    };
  },
};

/** Null for a wrap that is out of bounds: `verify` names it. */
function headerOf(inner: Uint8Array): WrapHeader | null {
  try {
    return readWrapHeader(inner, 1);
  } catch (error) {
    if (error instanceof IntegrityError) return null;
    throw error;
  }
}
