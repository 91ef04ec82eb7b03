import type { ItemType } from '../domain/items.ts';
import type { SignedIn } from './authenticate.ts';
import type { VaultEnvironment } from './environment.ts';
import { type Item, openItem } from './items.ts';
import { listPage, type Page, type PageRequest } from './pages.ts';

/** Which items a list shows; null for all. */
export interface ItemFilter {
  readonly type: ItemType | null;
  /** A part of the label, whatever its case and however its accents are composed. */
  readonly label: string | null;
}

/**
 * A page of the account's items, oldest first.
 *
 * @param reveal whether the caller sees them whole, which is written down first
 * @param show what the caller sees of an item
 * @throws InvalidRequestError for a cursor that is not this account's
 */
export async function listItems<T>(
  env: VaultEnvironment,
  signedIn: SignedIn,
  filter: ItemFilter,
  request: PageRequest,
  reveal: boolean,
  show: (item: Item) => T,
): Promise<Page<T>> {
  const part = filter.label === null ? null : folded(filter.label);
  const page = await listPage(env, signedIn, 'item', request, (vault, row) => {
    const item = openItem(vault, row);
    if (filter.type !== null && item.type !== filter.type) return null;
    if (part !== null && !folded(item.label).includes(part)) return null;
    return show(item);
  });
  if (reveal && page.entries.length > 0) await (await signedIn.vault()).record({ action: 'items.revealed' });
  return page;
}

/** A text without regard to case. By way of capitals, since "ß" is "SS" in them and "ς" is "Σ", which is "σ" but at a word's end. */
export function folded(text: string): string {
  return text.normalize('NFC').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
