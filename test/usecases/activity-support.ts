import { expect } from '@jest/globals';
import type { ActivityId } from '../../lambda/domain/ids.ts';
import type { ActivityRow } from '../../lambda/domain/records.ts';
import type { Break } from '../../lambda/usecases/activity-chain.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import type { Answer, MemoryApp } from '../fixtures/app.ts';
import { createRotationApp, NOTE } from './rotation-support.ts';
import { type AccountsApp, CALLER, plant, rowsOf, signIn } from './support.ts';

/** An entry of an account's activity, as the API shows it. */
export interface Shown {
  readonly id: string;
  readonly at: string;
  readonly action: string;
  readonly outcome: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly target?: string;
  readonly sessionId?: string;
}

export interface Listed {
  readonly activity: readonly Shown[];
  readonly chain: string;
  readonly breaks: readonly Break[];
  readonly verifiedSince: string | null;
  readonly nextCursor: string | null;
}

/** A session of an account that has an item. */
export interface OwnerApp extends AccountsApp {
  readonly token: string;
  readonly accountId: string;
  readonly sessionId: string;
  readonly itemId: string;
}

/** An app with an account that holds a note, made in the session that registered it. */
export async function withNote(): Promise<OwnerApp> {
  const app = createRotationApp();
  const registered = await app.register();
  const itemId = (await app.call('POST /v1/items', { token: registered.token, body: NOTE })).text('id');
  return { ...app, ...registered, itemId };
}

/** A further session. */
export async function another(app: AccountsApp): Promise<{ readonly token: string; readonly sessionId: string }> {
  const answer = await signIn(app);
  return { token: answer.text('session.token'), sessionId: answer.text('session.id') };
}

/** Shows an item whole: an entry that no write of the vault goes with. */
export function reveal(app: MemoryApp, token: string, itemId: string): Promise<Answer> {
  return app.call(`GET /v1/items/${itemId}`, { token });
}

/** Changes an item: an entry that a write of the vault goes with. */
export function replace(app: MemoryApp, token: string, itemId: string, version: number): Promise<Answer> {
  const body = { label: NOTE.label, data: NOTE.data };
  return app.call(`PUT /v1/items/${itemId}`, { token, body, headers: { 'if-match': `"${version}"` } });
}

/** One page. @param query as in `limit=1&cursor=…` */
export async function list(app: MemoryApp, token: string, query = 'limit=100'): Promise<Listed> {
  const { status, body } = await app.call(`GET /v1/account/activity?${query}`, { token });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body as Listed;
}

/** All pages; what the last one says of the chains. */
export async function listAll(app: MemoryApp, token: string, limit = 100): Promise<Omit<Listed, 'nextCursor'>> {
  const activity: Shown[] = [];
  for (let cursor = ''; ; ) {
    const page = await list(app, token, `limit=${limit}${cursor}`);
    activity.push(...page.activity);
    if (page.nextCursor === null) return { ...page, activity };
    cursor = `&cursor=${page.nextCursor}`;
  }
}

/** Holds an account's chains to be whole, page by page. @returns its entries */
export async function requireIntact(app: MemoryApp, token: string, limit = 100): Promise<readonly Shown[]> {
  const { activity, chain, breaks, verifiedSince } = await listAll(app, token, limit);
  expect({ chain, breaks, verifiedSince }).toEqual({ chain: 'intact', breaks: [], verifiedSince: null });
  expect(activity.map(({ id }) => id)).toEqual([...new Set(activity.map(({ id }) => id))].sort().reverse());
  return activity;
}

/** The stored entries of an account, oldest first. */
export function entryRows(app: MemoryApp, accountId: string): ActivityRow[] {
  return rowsOf(app, 'activity')
    .filter((row) => row.accountId === accountId)
    .sort((a, b) => (a.activityId < b.activityId ? -1 : 1));
}

/** So many entries of a session, as if it had shown items whole, a millisecond apart. @returns their ids, oldest first */
export async function plantEntries(app: AccountsApp, token: string, count: number): Promise<ActivityId[]> {
  const signedIn = await authenticate(app.env, token, null, CALLER);
  try {
    const { keys, activityKey, revision } = await signedIn.vault();
    const ids: ActivityId[] = [];
    for (let i = 0; i < count; i++) {
      const { changes, row } = signedIn.journal.enter({ action: 'items.revealed' }, keys, activityKey, revision);
      const [entry] = changes;
      if (entry?.op !== 'put' || entry.row.kind !== 'activity') throw new Error('no entry was written');
      plant(app, entry.row);
      ids.push(entry.row.activityId);
      signedIn.journal.adopt(row);
    }
    plant(app, signedIn.journal.row);
    app.pass(count);
    return ids;
  } finally {
    await signedIn.close();
  }
}

/** The one at a place. @throws Error where there is none */
export function at<T>(all: readonly T[], place: number): T {
  const one = all.at(place);
  if (one === undefined) throw new Error(`there are ${all.length}`);
  return one;
}
