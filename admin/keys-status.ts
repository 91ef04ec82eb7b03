import type { Checkpoint } from './checkpoint.ts';
import { type Command, WALK_HELP, WALK_OPTIONS, wholeOption } from './command.ts';
import { createPace } from './pace.ts';
import type { Report } from './report.ts';
import { countOf, findingLines, findings, type Tally } from './tally.ts';
import { beginWalks, walkTable } from './walk-table.ts';
import type { World } from './world.ts';
import { CLOSED_WRAPS, countWrap, holderOf, wrapsOf } from './wrap-walk.ts';

const PURPOSES = ['password', 'session', 'recovery'] as const;

/** How many wraps of each purpose are under a key. */
export interface KeyUse {
  /** The key's place among the wrap keys, from 1. */
  readonly number: number;
  readonly arn: string;
  readonly password: number;
  readonly session: number;
  readonly recovery: number;
}

/**
 * Tells how many wraps are under each KMS key, by opening each: KMS says which key it used.
 *
 * 1. Walk the table for rows that hold a wrap. 2. Open each wrap under its context, whatever its key. 3. Count by key and
 * purpose; name those that do not open.
 */
export const keysStatus: Command = {
  name: 'keys status',
  summary: 'counts the wraps under each KMS key, and names those that do not open',
  usage: '',
  help: WALK_HELP,
  options: WALK_OPTIONS,
  async run(world, given, report) {
    const pace = createPace(wholeOption(given, 'rate', 1, 100_000, 50), world);
    const checkpoint = beginWalks(world, given, report, this.name, { keys: world.wrapKeys.join() });
    const tally = await countKeys({ ...world, pace }, checkpoint, report, 0, 'opening');
    checkpoint.remove();
    const closed = findings(tally, CLOSED_WRAPS);
    return {
      ok: closed.length === 0,
      lines: [...useLines(keyUses(world, tally)), ...findingLines(tally, CLOSED_WRAPS)],
      data: { table: world.table, keys: keyUses(world, tally), findings: closed },
    };
  },
};

/** Walks through all wraps, and counts the key of each. @param number the walk's place in the run, from 0 */
export function countKeys(
  world: World & { readonly pace: ReturnType<typeof createPace> },
  checkpoint: Checkpoint,
  report: Report,
  number: number,
  what: string,
): Promise<Tally> {
  return walkTable(world, checkpoint, report, number, {
    what,
    wrapsOnly: true,
    each: async (met, tally) => {
      const row = holderOf(met, tally);
      for (const wrap of row === null ? [] : wrapsOf(row)) await countWrap(world, wrap, tally, () => null);
    },
  });
}

/** What a tally of {@link countKeys} says of each wrap key. */
export function keyUses({ wrapKeys }: Pick<World, 'wrapKeys'>, tally: Tally): KeyUse[] {
  return wrapKeys.map((arn, place) => {
    const [password = 0, session = 0, recovery = 0] = PURPOSES.map((one) => countOf(tally, `key.${place + 1}.${one}`));
    return { number: place + 1, arn, password, session, recovery };
  });
}

/** A line a key. */
export function useLines(uses: readonly KeyUse[]): string[] {
  return uses.map(({ number, arn, password, session, recovery }) => {
    const all = password + session + recovery;
    return `wrap key ${number} (${arn}): ${all} wraps: ${password} password, ${session} session, ${recovery} recovery`;
  });
}
