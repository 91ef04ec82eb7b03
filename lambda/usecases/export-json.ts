import type { ItemId } from '../domain/ids.ts';
import { type Account, getAccount } from './account.ts';
import type { Break } from './activity-chain.ts';
import type { SignedIn } from './authenticate.ts';
import type { Document } from './documents.ts';
import type { VaultEnvironment } from './environment.ts';
import { type Item, openItem } from './items.ts';
import { toJson } from './json.ts';
import { type ActivityPage, listActivity } from './list-activity.ts';
import { listPage, type Page, sealCursor } from './pages.ts';

/** What the owner sees of each thing, as the API's answers have it. */
export interface ExportViews {
  readonly account: (account: Account) => unknown;
  readonly item: (item: Item) => unknown;
  readonly document: (document: Document) => unknown;
  readonly activity: (page: ActivityPage) => { readonly activity: readonly unknown[] };
}

/** Rows of one read. */
const ROWS_A_PAGE = 1000;

/** `account.json`. */
export async function* accountJson(signedIn: SignedIn, { account: show }: ExportViews): AsyncGenerator<Uint8Array> {
  yield toJson(show(await getAccount(signedIn)));
}

/**
 * `items.json` as it is written: items whole, a page in memory.
 *
 * @param ids what it holds, in order; what was deleted meanwhile is left out
 * @param after the item before these; null for none
 * @throws IntegrityError for an item that was removed or changed behind the service's back
 */
export async function* itemsJson(
  env: VaultEnvironment,
  signedIn: SignedIn,
  ids: readonly ItemId[],
  after: ItemId | null,
  { item: show }: ExportViews,
): AsyncGenerator<Uint8Array> {
  const wanted = new Set(ids);
  const { keys } = await signedIn.vault();
  let cursor = after === null ? null : sealCursor(keys, 'item', Buffer.from(after));
  let opening = '{"items":[';
  for (let more = ids.length > 0; more; ) {
    const request = { limit: ROWS_A_PAGE, cursor };
    const page: Page<{ id: ItemId; shown: unknown }> = await listPage(env, signedIn, 'item', request, (vault, row) => {
      const { itemId: id } = row;
      return wanted.has(id) ? { id, shown: show(openItem(vault, row)) } : null;
    });
    if (page.entries.length > 0) {
      yield Buffer.from(opening + listed(page.entries.map(({ shown }) => shown)));
      opening = ',';
    }
    cursor = page.nextCursor;
    more = cursor !== null && page.entries.at(-1)?.id !== ids.at(-1);
  }
  yield Buffer.from(opening === ',' ? ']}' : `${opening}]}`);
}

/**
 * `activity.json` as it is written: all pages of the account's activity in one, newest first.
 *
 * @param room bytes; one page comes in any case. Where there is more, `nextCursor` tells where the API's list goes on
 */
export async function* activityJson(
  env: VaultEnvironment,
  signedIn: SignedIn,
  room: number,
  { activity: show }: ExportViews,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"activity":[');
  // A cursor carries only the first of the newer pages' breaks.
  const breaks = new Map<string, Break>();
  let end: object | null = null;
  let size = 0;
  for (let cursor: string | null = null, more = true; more; more = cursor !== null) {
    const page: ActivityPage = await listActivity(env, signedIn, { limit: ROWS_A_PAGE, cursor });
    for (const found of page.breaks) breaks.set(JSON.stringify(found), found);
    const { activity, ...rest } = show({ ...page, breaks: [...breaks.values()] });
    const text = Buffer.from((size > 0 && activity.length > 0 ? ',' : '') + listed(activity));
    if (end !== null && size + text.length > room) break;
    if (text.length > 0) yield text;
    size += text.length;
    end = rest;
    cursor = page.nextCursor;
  }
  yield Buffer.from(`],${JSON.stringify(end).slice(1)}`);
}

function listed(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(',');
}
