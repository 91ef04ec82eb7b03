import { entryMac } from '../crypto/activity.ts';
import { ACTIVITY_KEPT_MS } from '../crypto/manifest.ts';
import type { ActivityEntry } from '../domain/activity.ts';
import { type ActivityId, idTime } from '../domain/ids.ts';
import type { ActivityRow } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { type Break, ChainWalk, type Heads, headsOf, type OpenEntry } from './activity-chain.ts';
import { linksToKeep, type Mark, openMark, sealMark } from './activity-mark.ts';
import { type Activity, failedTries, viewOf } from './activity-view.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import { ACTIVITY_VERSION } from './journal.ts';
import { fromJson } from './json.ts';
import type { PageRequest } from './pages.ts';
import type { Vault } from './vault.ts';

/** A page of an account's activity, and whether the chains hold. */
export interface ActivityPage {
  readonly entries: readonly Activity[];
  readonly nextCursor: string | null;
  /** What is wrong in all that was verified: the newer pages, this one, and what follows up to `verifiedSince`. */
  readonly breaks: readonly Break[];
  /** Milliseconds since 1970; null when all that there is was verified. */
  readonly verifiedSince: number | null;
}

/** What one reading of a page found. */
interface Walked extends Pick<ActivityPage, 'entries' | 'verifiedSince'> {
  readonly breaks: readonly Break[];
  /** What is wrong behind the page. */
  readonly ahead: readonly Break[];
  /** Null where nothing is behind the page. */
  readonly end: Omit<Mark, 'breaks'> | null;
}

/** Entries behind the page that a call verifies as well, and how many one read gives. */
const AHEAD = 2000;
const ROWS_A_READ = 1000;
/** Times that a page is read anew because others write meanwhile. */
const WALKS = 4;

/**
 * A page of what was done in an account within a year, and of the tries that failed within 30 days, newest first.
 *
 * 1. Read where each session's chain ends. 2. Read the entries, and hold each to the one after it; so too those behind
 * the page, as far as one call goes. 3. Where something is wrong, do both again, until nothing is wrong that was not so
 * before: what an honest write made seem wrong is not so the second time.
 *
 * @throws InvalidRequestError for a cursor that is not of this list
 */
export async function listActivity(
  env: VaultEnvironment,
  signedIn: SignedIn,
  request: PageRequest,
): Promise<ActivityPage> {
  const vault = await signedIn.vault();
  const mark = request.cursor === null ? null : openMark(vault, request.cursor);
  const failing = failedTries(env, vault.account.emailMac, mark?.after ?? null);
  // Its failure is met where they are needed.
  failing.catch(() => undefined);
  let seen: ReadonlySet<string> = new Set();
  for (let walks = 1; ; walks++) {
    const walked = await walk(env, vault, request.limit, mark, failing);
    const found = new Set([...walked.breaks, ...walked.ahead].map(nameOf));
    if (walks === WALKS || [...found].every((name) => seen.has(name))) return judged(env, vault, mark, walked, seen);
    seen = found;
    await vault.refresh();
  }
}

/** The page, with what was wrong each time that it was read. */
function judged(
  env: VaultEnvironment,
  vault: Vault,
  mark: Mark | null,
  { entries, verifiedSince, end, ...found }: Walked,
  seen: ReadonlySet<string>,
): ActivityPage {
  const wasSeen = (one: Break) => seen.has(nameOf(one));
  const breaks = [...(mark?.breaks ?? []), ...found.breaks.filter(wasSeen)];
  const nextCursor = end === null ? null : sealMark(vault.keys, { ...end, breaks });
  const all = [...breaks, ...found.ahead.filter(wasSeen)];
  if (all.length > 0) env.telemetry.count('IntegrityFailure');
  return { entries, nextCursor, breaks: all, verifiedSince };
}

function nameOf(found: Break): string {
  return JSON.stringify(found);
}

async function walk(
  env: VaultEnvironment,
  vault: Vault,
  limit: number,
  mark: Mark | null,
  failing: Promise<readonly Activity[]>,
): Promise<Walked> {
  const now = env.clock();
  const oldest = now - ACTIVITY_KEPT_MS;
  const [{ rows }, failed] = await Promise.all([env.store.list(vault.accountId, 'session', { limit: 100 }), failing]);
  await vault.requireSeen(rows);
  const heads = headsOf(rows, vault.manifest, now);
  const chain = begin(heads, mark);
  const read = reader(env, vault, mark?.after ?? null, oldest);

  // The page's entries are those that no failed try pushes out.
  const entries: Activity[] = [];
  const tries = [...failed];
  let next = await read();
  while (entries.length < limit && (next !== null || tries.length > 0)) {
    const [tried] = tries;
    if (tried !== undefined && (next === null || tried.id > next.activityId)) {
      entries.push(tried);
      tries.shift();
    } else if (next !== null) {
      const open = visit(vault, chain, next);
      if (open !== null) entries.push(viewOf(open));
      next = await read();
    }
  }
  const known = mark === null ? heads.breaks : [];
  const after = entries.at(-1)?.id;
  if (after === undefined || (next === null && tries.length === 0)) {
    chain.endAt(oldest);
    return { entries, breaks: [...known, ...chain.breaks], ahead: [], end: null, verifiedSince: null };
  }
  const links = linksToKeep(chain.endAt(idTime(after)), heads);

  const ahead = chain.fork();
  let last = idTime(after);
  for (let seen = 0; next !== null && seen < AHEAD; seen++, next = await read()) {
    visit(vault, ahead, next);
    last = idTime(next.activityId);
  }
  ahead.endAt(next === null ? oldest : last);
  const verifiedSince = next === null ? null : last;
  return { entries, breaks: [...known, ...chain.breaks], ahead: ahead.breaks, end: { after, links }, verifiedSince };
}

/** A walk that goes on where a page ended. */
function begin({ links, forgotten }: Heads, mark: Mark | null): ChainWalk {
  if (mark === null) return new ChainWalk(links, forgotten);
  // What began behind the mark was seen to its end.
  const older = [...links].filter(([id]) => idTime(id) <= idTime(mark.after));
  return new ChainWalk(new Map([...older, ...mark.links]), forgotten);
}

/** Gives an account's activity, newest first; null at its end. */
function reader(env: VaultEnvironment, vault: Vault, after: ActivityId | null, oldest: number) {
  let rows: ActivityRow[] = [];
  let more = true;
  let last = after;
  return async (): Promise<ActivityRow | null> => {
    while (rows.length === 0 && more) {
      const from = last === null ? {} : { after: last };
      const page = { limit: ROWS_A_READ, descending: true, ...from };
      ({ rows, more } = await env.store.list(vault.accountId, 'activity', page));
      last = rows.at(-1)?.activityId ?? last;
    }
    const row = rows.shift() ?? null;
    if (row !== null && idTime(row.activityId) >= oldest) return row;
    [rows, more] = [[], false];
    return null;
  };
}

function visit(vault: Vault, chain: ChainWalk, row: ActivityRow): OpenEntry | null {
  const id = row.activityId;
  try {
    const plain = vault.keysOf(row).open('activity', id, ACTIVITY_VERSION, row.sealed);
    const entry = fromJson<ActivityEntry>(plain, 'activity');
    const open = { id, entry, mac: entryMac(vault.activityKey, vault.accountId, id, plain) };
    chain.visit(open);
    return open;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    chain.damaged(id);
    return null;
  }
}
