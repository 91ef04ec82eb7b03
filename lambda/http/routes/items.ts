import { itemTypeSchemas, maskItem } from '../../domain/items.ts';
import { InvalidRequestError, TwinlockError } from '../../errors.ts';
import type { SignedIn } from '../../usecases/authenticate.ts';
import type { VaultEnvironment } from '../../usecases/environment.ts';
import { createItem, deleteItem, getItem, type Item, replaceItem } from '../../usecases/items.ts';
import { type ItemFilter, listItems } from '../../usecases/list-items.ts';
import type { PageRequest } from '../../usecases/pages.ts';
import { json, noContent } from '../answers.ts';
import { keyedRequest } from '../keyed-request.ts';
import { type Service, service } from '../router.ts';
import { DEFAULT_LIMIT } from '../schemas/common.ts';
import { ITEM_CONTRACTS } from '../schemas/items.ts';
import { itemView } from '../views.ts';

/** PII items. */
export function itemService(env: VaultEnvironment): Service {
  const list = async (signedIn: SignedIn, filter: ItemFilter, request: PageRequest, reveal: boolean) => {
    const { entries, nextCursor } = await listItems(env, signedIn, filter, request, reveal, reveal ? itemView : masked);
    return json(200, { items: entries, nextCursor });
  };
  return service(ITEM_CONTRACTS, {
    listItemTypes: () => Promise.resolve(json(200, { types: itemTypeSchemas() })),
    createItem: async ({ signedIn, headers, body }) => {
      const keyed = keyedRequest(headers['idempotency-key'], 'POST /v1/items', body);
      const item = await createItem(env, signedIn, { ...body, label: body.label ?? '' }, keyed);
      return json(201, itemView(item), { location: `/v1/items/${item.id}`, etag: etag(item) });
    },
    listItems: ({ signedIn, query }) =>
      list(
        signedIn,
        { type: query.type ?? null, label: null },
        { limit: query.limit, cursor: query.cursor ?? null },
        query.reveal,
      ),
    searchItems: ({ signedIn, body }) =>
      list(
        signedIn,
        { type: body.type ?? null, label: body.label ?? null },
        { limit: body.limit ?? DEFAULT_LIMIT, cursor: body.cursor ?? null },
        body.reveal ?? false,
      ),
    getItem: async ({ signedIn, params, query }) => {
      const item = await getItem(signedIn, params.itemId, !query.mask);
      return json(200, (query.mask ? masked : itemView)(item), { etag: etag(item) });
    },
    replaceItem: async ({ signedIn, params, headers, body }) => {
      const expected = versionIn(headers['if-match']);
      if (expected === null) throw new TwinlockError('precondition_required');
      const change = { label: body.label ?? '', data: body.data };
      const item = await replaceItem(env, signedIn, params.itemId, change, expected);
      return json(200, itemView(item), { etag: etag(item) });
    },
    deleteItem: async ({ signedIn, params, headers }) => {
      await deleteItem(signedIn, params.itemId, versionIn(headers['if-match']));
      return noContent();
    },
  });
}

function masked(item: Item) {
  return { ...itemView({ ...item, ...maskItem(item) }), masked: true };
}

function etag({ version }: Pick<Item, 'version'>): string {
  return `"${version}"`;
}

/**
 * The version in an `if-match` header; null where there is none.
 *
 * @throws TwinlockError `precondition_failed` for a tag that no version has, InvalidRequestError for what is no tag
 */
function versionIn(header: string | undefined): number | null {
  if (header === undefined) return null;
  const tag = /^"([\x21\x23-\x7e]{0,100})"$/.exec(header.trim())?.[1];
  if (tag === undefined) {
    throw new InvalidRequestError([{ path: '/if-match', message: 'must be one quoted version, as "1"' }]);
  }
  if (!/^[1-9]\d{0,14}$/.test(tag)) throw new TwinlockError('precondition_failed');
  return Number(tag);
}
