import { idTime } from '../lambda/domain/ids.ts';
import type { AccountRow, EmailRow, Row } from '../lambda/domain/records.ts';
import { type Command, type Given, textOption, UsageError, WALK_HELP, WALK_OPTIONS } from './command.ts';
import { type Checking, ROW_FINDINGS } from './row-checks.ts';
import { createStandings, rowName } from './standing.ts';
import { count, countOf, findingLines, findings, type Tally } from './tally.ts';
import { lasting } from './verify.ts';
import { beginWalks, walkTable } from './walk-table.ts';
import type { World } from './world.ts';

/** Clocks of functions lie within this, and a restore's rows too, ms. */
const SKEW_MS = 1_000;

/** What a restore leaves to the operator, and what is to be done about it. */
const TASKS = {
  'session.revision':
    'sessions that are newer than their manifest: remove these rows, or take all rows of the account from one moment',
  'row.newer': 'rows that were made after the moment of the restore: take all rows of the account from one moment',
  'account.deleted-since':
    'accounts that were deleted since: remove ACCOUNT and M, and the E row that names it; then copy the old X, or remove the rest',
  'email.taken-since':
    'e-mails that lead to another account in the old table: copy that row from there, once the older account is removed',
  'document.object-missing':
    'documents that were deleted or moved since: their content answers 500 until they are deleted; tell their owners',
  'row.no-account': ROW_FINDINGS['row.no-account'],
  'row.dek-version':
    'rows of an account that are of another moment than it: take all rows of the account from one moment',
  'account.no-manifest': ROW_FINDINGS['account.no-manifest'],
  'account.no-email': ROW_FINDINGS['account.no-email'],
  'account.beside-deletion': ROW_FINDINGS['account.beside-deletion'],
  'manifest.no-account': ROW_FINDINGS['manifest.no-account'],
  'manifest.revision': 'manifests that are older than their account: take all rows of the account from one moment',
  'session.epoch': 'sessions that are newer than their account: take all rows of the account from one moment',
  'email.no-account': ROW_FINDINGS['email.no-account'],
  'email.other-account': ROW_FINDINGS['email.other-account'],
} as const;

/**
 * Tells what the operator must do before a table that was restored is opened to its users.
 *
 * 1. Walk the restored table: hold each row against the others, against its objects, against the moment of the restore,
 * and accounts and e-mails against the old table. 2. Walk the old table for accounts that the restored one lacks.
 */
export const restoreCheck: Command = {
  name: 'restore-check',
  summary: 'tells what is to be done after a point-in-time restore; --table names the restored table',
  usage: '[--old-table <name>] [--moment <time>]',
  help: [
    '--old-table <n>  the table as it was before: tells of accounts and e-mails that ended or began since',
    '--moment <time>  when it was restored to, as 2026-11-27T10:00:00Z: tells of rows that are newer',
    ...WALK_HELP,
  ],
  options: { ...WALK_OPTIONS, 'old-table': { type: 'string' }, moment: { type: 'string' } },
  async run(world, given, report) {
    const [moment, oldTable] = [momentOf(given), textOption(given, 'old-table')];
    if (oldTable === world.table) throw new UsageError('--old-table is the restored table itself');
    const old = oldTable === null ? null : world.beside(oldTable);
    const about = { old: oldTable ?? '', moment: String(moment) };
    const checkpoint = beginWalks(world, given, report, this.name, about);
    const standings = createStandings(world.store);
    const at = (): Checking => ({ store: world.store, standings, objects: world.objects, now: world.clock() });
    const tally = await walkTable(world, checkpoint, report, 0, {
      what: 'checking',
      each: async (met, counted) => {
        if (met.state !== 'row') return;
        const { row } = met;
        count(counted, 'rows');
        const found = await lasting(world, at, row);
        for (const code of found.filter((one) => one in TASKS)) count(counted, code, rowName(row));
        if (moment !== null && latestOf(row) > moment + SKEW_MS) count(counted, 'row.newer', rowName(row));
        if (old !== null && row.kind === 'account') await compareAccount(old, world, row, counted);
        if (old !== null && row.kind === 'email') await compareEmail(old, row, counted);
      },
    });
    const made =
      old === null
        ? null
        : await walkTable(old, checkpoint, report, 1, {
            what: 'the old table',
            wrapsOnly: true,
            each: async (met, counted) => {
              if (met.state !== 'row' || met.row.kind !== 'account') return;
              if ((await world.store.get(met.row)) === null) count(counted, 'made-since', met.row.accountId);
            },
          });
    checkpoint.remove();
    const todo = findings(tally, TASKS);
    const facts = {
      rows: countOf(tally, 'rows'),
      rolledBack: old === null ? null : countOf(tally, 'rolled-back'),
      accountsLost: made === null ? null : countOf(made, 'made-since'),
    };
    return {
      ok: todo.length === 0,
      lines: [
        `${facts.rows} rows were checked.`,
        ...(old === null
          ? ['Without --old-table nothing can be said of accounts that ended or began since.']
          : [
              `${facts.rolledBack} vaults are older than in the old table: their clients meet 409 vault_rolled_back.`,
              `${facts.accountsLost} accounts of the old table are not in the restored one: they were made since.`,
            ]),
        ...(moment === null ? ['Without --moment rows of activity that are too new are not told.'] : []),
        ...findingLines(tally, TASKS),
        todo.length === 0 ? 'Nothing is to be done.' : `${todo.length} kinds of things are to be done, see above.`,
      ],
      data: { table: world.table, oldTable, ...facts, lost: made?.examples['made-since'] ?? [], todo },
    };
  },
};

/** Milliseconds since 1970; null where it is not given. @throws UsageError */
function momentOf(given: Given): number | null {
  const text = textOption(given, 'moment');
  if (text === null) return null;
  const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(moment)) throw new UsageError('--moment is no time as 2026-11-27T10:00:00Z');
  return moment;
}

/** The latest time that a row tells of in plain, ms since 1970; 0 where it tells of none. */
function latestOf(row: Row): number {
  switch (row.kind) {
    case 'account':
      return idTime(row.accountId);
    case 'session':
      return Math.max(idTime(row.sessionId), row.lastSeenAt, row.activityAt);
    case 'item':
      return idTime(row.itemId);
    case 'document':
      return idTime(row.documentId);
    case 'activity':
      return idTime(row.activityId);
    case 'deletion':
      return row.at;
    case 'idempotency':
      return row.createdAt;
    case 'email':
    case 'manifest':
    case 'throttle':
    case 'walk':
      return 0;
  }
}

type Old = ReturnType<World['beside']>;

async function compareAccount(old: Old, world: World, { accountId }: AccountRow, tally: Tally): Promise<void> {
  const keys = [
    { kind: 'account', accountId },
    { kind: 'manifest', accountId },
  ] as const;
  const [[account, before], manifest] = await Promise.all([old.store.snapshot(keys), world.store.get(keys[1])]);
  if (account === null) count(tally, 'account.deleted-since', accountId);
  if (before !== null && manifest !== null && before.revision > manifest.revision) count(tally, 'rolled-back');
}

async function compareEmail(old: Old, row: EmailRow, tally: Tally): Promise<void> {
  const before = await old.store.get(row);
  if (before !== null && before.accountId !== row.accountId) count(tally, 'email.taken-since', rowName(row));
}
