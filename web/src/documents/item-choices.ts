import type { ItemType, MaskedItem } from '@twinlock/client';
import { vault } from '../session.tsx';

/** Items a call, as many as the service gives. */
const PAGE = 100;

/** More types than these are not asked for one by one. */
const FEW = 6;

/** The items of some types, masked, in the order in which they were stored. */
export async function readChoices(types: ReadonlySet<ItemType>, signal: AbortSignal): Promise<MaskedItem[]> {
  const lists = types.size > FEW ? [undefined] : [...types];
  const read = lists.map(async (type) => {
    const items: MaskedItem[] = [];
    for await (const item of vault.items.list({ limit: PAGE, signal, ...(type !== undefined && { type }) }))
      items.push(item);
    return items;
  });
  return (await Promise.all(read)).flat().filter(({ type }) => types.has(type));
}
