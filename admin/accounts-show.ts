import { wipe } from '../lambda/crypto/bytes.ts';
import { readWrapHeader } from '../lambda/crypto/key-wrap.ts';
import { type AccountId, idTime } from '../lambda/domain/ids.ts';
import type { AccountRow, DocumentRow, RowOf, SessionRow } from '../lambda/domain/records.ts';
import { guessSubject } from '../lambda/usecases/guess-counter.ts';
import type { Command, Outcome } from './command.ts';
import { ACCOUNT_HELP, ACCOUNT_OPTIONS, findAccount } from './find-account.ts';
import { keyNumber, type World } from './world.ts';

const ROWS_A_PAGE = 100;

/**
 * Shows what can be known of an account without its password: ids, times, numbers and versions. All else is sealed; the
 * addresses that its counters are named by are not shown.
 */
export const accountsShow: Command = {
  name: 'accounts show',
  summary: 'shows an account by id or e-mail: times, numbers, versions, no personal data',
  usage: '<id> | --email-stdin',
  help: ACCOUNT_HELP,
  options: ACCOUNT_OPTIONS,
  async run(world, given) {
    const accountId = await findAccount(world, given);
    if (accountId === null) return none('No account has this e-mail.', null);
    const [account, manifest, deletion] = await world.store.snapshot([
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
      { kind: 'deletion', accountId },
    ]);
    if (account === null) {
      if (deletion === null) return none('There is no such account.', accountId);
      const { receiptId, at, items, documents } = deletion;
      const data = { accountId, deleted: { receiptId, at: time(at), items, documents } };
      return { ok: true, lines: table(data), data };
    }
    const held = await heldBy(world, account);
    const data = {
      accountId,
      createdAt: time(idTime(accountId)),
      version: account.version,
      epoch: account.epoch,
      keyVersion: account.dekVersion,
      rotating: account.previousDek !== undefined,
      recoveryCode: account.recovery !== undefined,
      wrap: await wrapOf(world, account),
      movedWraps: account.rewraps?.length ?? 0,
      manifest: manifest === null ? null : { revision: manifest.revision, bytes: manifest.sealed.length },
      ...held,
      failedTries: await triesOf(world, account),
    };
    return { ok: manifest !== null, lines: table(data), data };
  },
};

function none(line: string, accountId: AccountId | null): Outcome {
  return { ok: false, lines: [line], data: { accountId } };
}

/** What its password wrap says of itself, and under which key it is; null where KMS does not open it. */
async function wrapOf({ mover, wrapKeys }: World, { accountId, dekVersion, passwordWrap }: AccountRow) {
  const opened = await mover.open(passwordWrap, { purpose: 'password', accountId, dekVersion });
  if (opened.state !== 'open') return null;
  try {
    const { format, suite, cost, pepper } = readWrapHeader(opened.inner, 1);
    return { key: keyNumber({ wrapKeys }, opened.key), format, suite, cost, pepper };
  } finally {
    wipe(opened.inner);
  }
}

/** How many rows it has of each kind. */
async function heldBy(world: World, { accountId, epoch }: AccountRow) {
  const now = world.clock();
  const [sessions, documents] = await Promise.all([
    listed(world, accountId, 'session'),
    listed(world, accountId, 'document'),
  ]);
  const lives = (row: SessionRow) => row.epoch === epoch && row.expiresAt > now;
  const isReady = (row: DocumentRow) => row.state === 'READY' && row.expiresAt > now;
  const counts = { 'I#': 0, 'L#': 0, 'K#': 0 };
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof world.store.remains>> = await world.store.remains(
      accountId,
      after,
      ROWS_A_PAGE,
    );
    for (const key of page.keys) {
      const kind = key.kind === 'remnant' ? key.name.slice(0, 2) : '';
      if (kind === 'I#' || kind === 'L#' || kind === 'K#') counts[kind]++;
    }
    after = page.next;
  } while (after !== null);
  const lastSeenAt = Math.max(0, ...sessions.map((row) => row.lastSeenAt));
  return {
    sessions: { rows: sessions.length, unexpired: sessions.filter(lives).length },
    lastSeenAt: lastSeenAt === 0 ? null : time(lastSeenAt),
    items: counts['I#'],
    documents: { ready: documents.filter(isReady).length, other: documents.filter((row) => !isReady(row)).length },
    activity: counts['L#'],
    idempotencyKeys: counts['K#'],
  };
}

async function listed<K extends 'session' | 'document'>(world: World, accountId: AccountId, kind: K) {
  const rows: RowOf<{ kind: K }>[] = [];
  let after: string | undefined;
  for (;;) {
    const page = { limit: ROWS_A_PAGE, ...(after === undefined ? {} : { after }) };
    const { rows: some, more } = await world.store.list(accountId, kind, page);
    rows.push(...some);
    const last: SessionRow | DocumentRow | undefined = some.at(-1);
    if (!more || last === undefined) return rows;
    after = last.kind === 'session' ? last.sessionId : last.documentId;
  }
}

/** The counters of failed tries, without their names. */
async function triesOf(world: World, { emailMac }: AccountRow) {
  const rows = await world.store.throttles(guessSubject(emailMac));
  const blockedUntil = Math.max(0, ...rows.map((row) => row.blockedUntil));
  return {
    knownSources: rows.filter(({ lastSuccessAt }) => lastSuccessAt > 0).length,
    failures: rows.reduce((sum, { failures }) => sum + failures, 0),
    blockedUntil: blockedUntil > world.clock() ? time(blockedUntil) : null,
  };
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}

/** A line a fact. */
function table(data: Readonly<Record<string, unknown>>): string[] {
  const flat = (value: unknown): string =>
    typeof value === 'object' && value !== null
      ? Object.entries(value)
          .map(([name, part]) => `${name} ${flat(part)}`)
          .join(', ')
      : String(value);
  return Object.entries(data).map(([name, value]) => `${name.padEnd(16)} ${flat(value)}`);
}
