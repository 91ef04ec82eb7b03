import type { Checkpoint } from './checkpoint.ts';
import {
  type Command,
  type Given,
  type Outcome,
  textOption,
  UsageError,
  WALK_HELP,
  WALK_OPTIONS,
  wholeOption,
} from './command.ts';
import { countKeys, keyUses, useLines } from './keys-status.ts';
import { type Fate, type Mover, moveAccount, moveSession } from './move-wraps.ts';
import { createPace } from './pace.ts';
import type { Report } from './report.ts';
import { count, countOf, findingLines, findings, type Tally } from './tally.ts';
import { beginWalks, walkTable } from './walk-table.ts';
import { keyNumber, type World } from './world.ts';
import { CLOSED_WRAPS, holderOf, wrapHolder } from './wrap-walk.ts';

/** What keeps a wrap from being moved. */
const STAYS = {
  ...CLOSED_WRAPS,
  'wrap.record': 'no MAC confirms what was noted when a wrap of these accounts was moved before: they stay as they are',
  'wrap.raced': 'these rows were written again and again meanwhile: run the command once more',
} as const;

/** What a fate is counted as. */
const COUNTED: Readonly<Record<Fate, string>> = {
  moved: 'moved',
  there: 'there',
  gone: 'gone',
  tampered: 'wrap.tampered',
  refused: 'wrap.refused',
  foreign: 'wrap.foreign-key',
  record: 'wrap.record',
  raced: 'wrap.raced',
};

/**
 * Moves every outer wrap to another KMS key, by `kms:ReEncrypt` and without any password.
 *
 * 1. Without --apply count what would be moved, and end. 2. Walk the table; move each wrap that is not under the new key,
 * see that the new one opens to the same, and write it where the row is as it was read. 3. Walk once more, and count what
 * is left under other keys. It can be stopped anywhere, and run again: what was moved stays moved, what is under way
 * is whole in either form.
 */
export const keysRewrap: Command = {
  name: 'keys rewrap',
  summary: 'moves every outer wrap to another KMS key; a dry run without --apply',
  usage: '[--to <key>] [--apply]',
  help: [
    '--to <key>       number of a wrap key among those named, from 1, or its ARN (the last of them)',
    '--apply          move; without it only tell what would be moved',
    ...WALK_HELP,
  ],
  options: { ...WALK_OPTIONS, to: { type: 'string' }, apply: { type: 'boolean' } },
  async run(world, given, report) {
    const to = targetOf(world, given);
    const apply = given.options['apply'] === true;
    const pace = createPace(wholeOption(given, 'rate', 1, 100_000, 50), world);
    const about = { keys: world.wrapKeys.join(), to, mode: apply ? 'apply' : 'dry run' };
    const checkpoint = beginWalks(world, given, report, this.name, about);
    if (!apply) {
      const tally = await countKeys({ ...world, pace }, checkpoint, report, 0, 'counting');
      checkpoint.remove();
      return planned(world, tally, to);
    }
    const moved = await moveAll({ ...world, pace, to }, world, checkpoint, report);
    const left = await countKeys({ ...world, pace }, checkpoint, report, 1, 'checking');
    checkpoint.remove();
    return ended(world, moved, left, to);
  },
};

/** @throws UsageError for what is none of the wrap keys named */
function targetOf({ wrapKeys }: World, given: Given): string {
  const text = textOption(given, 'to') ?? String(wrapKeys.length);
  const arn = /^[1-9]\d?$/.test(text) ? wrapKeys[Number(text) - 1] : wrapKeys.find((key) => key === text);
  if (arn === undefined) throw new UsageError('--to names none of the wrap keys');
  return arn;
}

function moveAll(move: Mover, world: World, checkpoint: Checkpoint, report: Report): Promise<Tally> {
  return walkTable(world, checkpoint, report, 0, {
    what: 'moving',
    wrapsOnly: true,
    each: async (met, tally) => {
      const row = holderOf(met, tally);
      if (row === null) return;
      const fates =
        row.kind === 'session' ? [await moveSession(move, row)] : Object.values(await moveAccount(move, row));
      for (const fate of fates) {
        if (fate !== null)
          count(tally, COUNTED[fate], fate === 'moved' || fate === 'there' ? undefined : wrapHolder(row));
      }
    },
  });
}

function planned(world: World, tally: Tally, to: string): Outcome {
  const uses = keyUses(world, tally);
  const wraps = uses.reduce(
    (sum, { arn, password, session, recovery }) => sum + (arn === to ? 0 : password + session + recovery),
    0,
  );
  const closed = findings(tally, CLOSED_WRAPS);
  const number = keyNumber(world, to);
  return {
    ok: closed.length === 0,
    lines: [
      ...useLines(uses),
      ...findingLines(tally, CLOSED_WRAPS),
      `Dry run: ${wraps} wraps would be moved to wrap key ${number}. Nothing was changed; --apply moves them.`,
    ],
    data: { table: world.table, to, applied: false, wouldMove: wraps, keys: uses, findings: closed },
  };
}

function ended(world: World, moved: Tally, left: Tally, to: string): Outcome {
  const uses = keyUses(world, left);
  const others = uses.filter(({ arn }) => arn !== to);
  const behind = others.reduce((sum, { password, session, recovery }) => sum + password + session + recovery, 0);
  const closed = findings(left, CLOSED_WRAPS);
  const stayed = findings(moved, STAYS);
  const ok = behind === 0 && closed.length === 0;
  const [movedNow, there] = [countOf(moved, 'moved'), countOf(moved, 'there')];
  const number = keyNumber(world, to);
  return {
    ok,
    lines: [
      `${movedNow} wraps were moved to wrap key ${number}, ${there} were under it before.`,
      ...findingLines(moved, STAYS),
      ...useLines(uses),
      ...findingLines(left, CLOSED_WRAPS),
      ok
        ? `Every wrap is under wrap key ${number}.`
        : `${behind} wraps are left under other keys. Run the command again.`,
    ],
    data: {
      table: world.table,
      to,
      applied: true,
      moved: movedNow,
      there,
      left: behind,
      keys: uses,
      stayed,
      findings: closed,
    },
  };
}
