import { entryOf, withEntry, withoutEntry } from '../crypto/manifest.ts';
import type { VaultKeys } from '../crypto/vault-keys.ts';
import { type ItemId, newId, parseId } from '../domain/ids.ts';
import { type ItemContent, parseItemContent } from '../domain/items.ts';
import type { ItemRow } from '../domain/records.ts';
import { TwinlockError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import { type KeyedRequest, once } from './idempotency.ts';
import { fromJson, toJson } from './json.ts';
import { entryKeyOf } from './manifest-row.ts';
import type { Vault } from './vault.ts';

/** An item as its owner has it. Times in milliseconds since 1970. */
export type Item = ItemContent & {
  readonly id: ItemId;
  /** From 1, one more with every change. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

type StoredItem = ItemContent & Pick<Item, 'createdAt' | 'updatedAt'>;

/**
 * Stores a new item. One read, one KMS call, one write; with a key one read more.
 *
 * @param keyed sent again, it gives the item that it made, as it stands then
 * @throws TwinlockError `vault_full`, and what {@link once} throws
 */
export function createItem(
  env: VaultEnvironment,
  signedIn: SignedIn,
  content: ItemContent,
  keyed: KeyedRequest | null,
): Promise<Item> {
  return once(env, signedIn, keyed, {
    find: async (vault, id) => {
      const item = await findItem(vault, id);
      if (item !== null) await vault.record({ action: 'item.revealed', target: item.id });
      return item;
    },
    make: async (vault, claim) => {
      const now = env.clock();
      const itemId = newId<ItemId>(now, env.random(10));
      const item = { ...content, id: itemId, version: 1, createdAt: now, updatedAt: now };
      return vault.write({ action: 'item.created', target: itemId }, [], [], async (_, manifest) => {
        const kept = claim === null ? [] : [await claim.done(itemId)];
        const row = sealItem(vault.keys, item);
        return {
          changes: [{ op: 'put', row, replaces: null }, ...kept],
          manifest: withEntry(manifest, entryOf(row)),
          result: item,
        };
      });
    },
  });
}

/**
 * Reads an item.
 *
 * @param reveal whether its owner sees it whole, which is written down first
 * @throws TwinlockError `not_found`
 */
export async function getItem(signedIn: SignedIn, id: string, reveal: boolean): Promise<Item> {
  const { vault, row } = await find(signedIn, id);
  const item = openItem(vault, row);
  if (reveal) await vault.record({ action: 'item.revealed', target: item.id });
  return item;
}

/**
 * Replaces an item's label and data; its type stays.
 *
 * @param expected the version that the caller changes
 * @throws TwinlockError `not_found`, or `precondition_failed` when the item has another version;
 * InvalidRequestError for data that the item's type refuses
 */
export async function replaceItem(
  env: VaultEnvironment,
  signedIn: SignedIn,
  id: string,
  change: { readonly label: string; readonly data: unknown },
  expected: number,
): Promise<Item> {
  const { vault, row, key } = await find(signedIn, id);
  const line = { action: 'item.changed', target: key.itemId } as const;
  return vault.write(line, [key], [row], ([current = null], manifest) => {
    if (current === null) throw new TwinlockError('not_found');
    const before = openItem(vault, current);
    const content = parseItemContent(before.type, change.label, change.data);
    if (current.version !== expected) throw new TwinlockError('precondition_failed');
    const { id: itemId, createdAt } = before;
    const item = { ...content, id: itemId, version: expected + 1, createdAt, updatedAt: env.clock() };
    const next = sealItem(vault.keys, item);
    return {
      changes: [{ op: 'put', row: next, replaces: current }],
      manifest: withEntry(manifest, entryOf(next)),
      result: item,
    };
  });
}

/**
 * Removes an item.
 *
 * @param expected the version that the caller means, or null for any
 * @throws TwinlockError `not_found`, or `precondition_failed` when the item has another version
 */
export async function deleteItem(signedIn: SignedIn, id: string, expected: number | null): Promise<void> {
  const { vault, row, key } = await find(signedIn, id);
  await vault.write({ action: 'item.deleted', target: key.itemId }, [key], [row], ([current = null], manifest) => {
    if (current === null) throw new TwinlockError('not_found');
    if (expected !== null && current.version !== expected) throw new TwinlockError('precondition_failed');
    return {
      changes: [{ op: 'remove', row: current }],
      manifest: withoutEntry(manifest, entryKeyOf(key)),
      result: null,
    };
  });
}

/** Opens an item's row. @throws IntegrityError */
export function openItem(vault: Vault, row: ItemRow): Item {
  const { type, label, data, createdAt, updatedAt } = fromJson<StoredItem>(
    vault.keysOf(row).open('item', row.itemId, row.version, row.sealed),
    'item',
  );
  return { id: row.itemId, type, label, data, version: row.version, createdAt, updatedAt } as Item;
}

function sealItem(keys: VaultKeys, item: Item): ItemRow {
  const { id: itemId, version, type, label, data, createdAt, updatedAt } = item;
  const { accountId, dekVersion } = keys;
  const sealed = keys.seal('item', itemId, version, toJson({ type, label, data, createdAt, updatedAt }));
  return { kind: 'item', accountId, itemId, version, dekVersion, sealed };
}

async function findItem(vault: Vault, id: string): Promise<Item | null> {
  const itemId = parseId<ItemId>(id);
  const { accountId } = vault;
  const row = itemId === null ? null : await vault.read({ kind: 'item', accountId, itemId });
  return row === null ? null : openItem(vault, row);
}

async function find(signedIn: SignedIn, id: string) {
  const itemId = parseId<ItemId>(id);
  if (itemId === null) throw new TwinlockError('not_found');
  const key = { kind: 'item', accountId: signedIn.accountId, itemId } as const;
  const [vault, found] = await Promise.all([signedIn.vault(), signedIn.row(key)]);
  const [row = null] = await vault.verified([key], [found]);
  if (row === null) throw new TwinlockError('not_found');
  return { vault, row, key };
}
