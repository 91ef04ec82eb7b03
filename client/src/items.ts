import type { Connection } from './connection.ts';
import type { ItemType, ItemTypeInfo } from './contract.ts';
import type { TwinlockError } from './errors.ts';
import { Paged } from './paging.ts';
import { goneIsFine, keyOf } from './request.ts';
import type { CallOptions, CreateOptions, Item, ItemData, ItemPage, MaskedItem, NewItem } from './types.ts';

/** What a list gives: masked items unless it reveals them. */
export type Listed<T extends ItemType, R extends boolean> = R extends true ? Item<T> : MaskedItem<T>;

/** Which items, and how. */
export interface ItemFilter<T extends ItemType, R extends boolean> extends CallOptions {
  readonly type?: T;
  /** Whole items. @default false */
  readonly reveal?: R;
  /** Items a page, 1 to 100. @default 50 */
  readonly limit?: number;
}

/** Personal data, one item at a time. */
export class ItemCalls {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The types of items, each with the JSON Schema of its data. */
  async types({ signal }: CallOptions = {}): Promise<ItemTypeInfo[]> {
    return (await this.#connection.call('GET /v1/item-types', { open: true, again: true, signal })).types;
  }

  /** Stores an item. */
  async create<T extends ItemType>(
    item: NewItem<T> & { readonly type: T },
    { idempotencyKey, signal }: CreateOptions = {},
  ): Promise<Item<T>> {
    const headers = keyOf(idempotencyKey);
    const body = item as NewItem;
    // The service answers with the type that it was given.
    return (await this.#connection.call('POST /v1/items', { body, headers, again: true, signal })) as Item<T>;
  }

  /** An item, whole. */
  async get(id: string, { signal }: CallOptions = {}): Promise<Item> {
    const params = { itemId: id };
    return (await this.#connection.call('GET /v1/items/{itemId}', { params, again: true, signal })) as Item;
  }

  /** An item as lists show it. */
  async getMasked(id: string, { signal }: CallOptions = {}): Promise<MaskedItem> {
    const [params, query] = [{ itemId: id }, { mask: true }];
    return (await this.#connection.call('GET /v1/items/{itemId}', {
      params,
      query,
      again: true,
      signal,
    })) as MaskedItem;
  }

  /**
   * Replaces an item's label and data.
   *
   * @param item as it was read: another version is refused, `precondition_failed`
   * @param content without a label the item has none
   */
  async replace<T extends ItemType>(
    item: { readonly id: string; readonly version: number; readonly type: T },
    { label, data }: { readonly label?: string; readonly data: ItemData<T> },
    { signal }: CallOptions = {},
  ): Promise<Item<T>> {
    const { id, version } = item;
    // Sent twice it meets its own first time: then what is stored is what was sent.
    const settle = async (error: TwinlockError) => {
      if (error.code !== 'precondition_failed') throw error;
      const now = await this.get(id, { signal });
      if (now.version !== version + 1 || now.label !== (label ?? '') || !isSame(now.data, data)) throw error;
      return now;
    };
    const answer = await this.#connection.call('PUT /v1/items/{itemId}', {
      params: { itemId: id },
      body: { data, ...(label !== undefined && { label }) },
      headers: { 'if-match': `"${version}"` },
      again: true,
      settle,
      signal,
    });
    return answer as Item<T>;
  }

  /** Removes an item. @param options `version`: only as it was read */
  async remove(id: string, { version, signal }: CallOptions & { readonly version?: number } = {}): Promise<void> {
    await this.#connection.call('DELETE /v1/items/{itemId}', {
      params: { itemId: id },
      headers: { 'if-match': version === undefined ? undefined : `"${version}"` },
      again: true,
      settle: goneIsFine,
      signal,
    });
  }

  /** All items, or those of a type. */
  list<T extends ItemType = ItemType, R extends boolean = false>({
    type,
    reveal,
    limit,
    signal,
  }: ItemFilter<T, R> = {}): Paged<Listed<T, R>, ItemPage<Listed<T, R>>> {
    return paged<T, R>((cursor) =>
      this.#connection.call('GET /v1/items', { query: { type, reveal, limit, cursor }, again: true, signal }),
    );
  }

  /** Items that are found by a part of their labels, whatever its case. What is searched for stays out of the URL. */
  search<T extends ItemType = ItemType, R extends boolean = false>({
    signal,
    ...filter
  }: ItemFilter<T, R> & { readonly label?: string } = {}): Paged<Listed<T, R>, ItemPage<Listed<T, R>>> {
    return paged<T, R>((cursor) => {
      const body = { ...filter, ...(cursor !== undefined && { cursor }) };
      return this.#connection.call('POST /v1/items/search', { body, again: true, signal });
    });
  }
}

function paged<T extends ItemType, R extends boolean>(page: (cursor: string | undefined) => Promise<unknown>) {
  // The service answers with the type and the form that it was asked for.
  return new Paged(
    (cursor) => page(cursor) as Promise<ItemPage<Listed<T, R>>>,
    ({ items }) => items,
  );
}

/** Whether two data say the same, in whatever order. */
function isSame(one: object, other: object): boolean {
  const text = (data: object) =>
    JSON.stringify(
      Object.entries(data)
        .filter(([, value]) => value !== undefined)
        .sort(),
    );
  return text(one) === text(other);
}
