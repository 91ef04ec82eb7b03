import type { Item, ItemType, NewItem } from '@twinlock/client';
import { ITEM_FIELDS } from './fields.ts';
import { readTyped, writeStored } from './kinds.ts';

/** What an item says: its label, and its data by field. */
export interface Content {
  readonly label: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What stands in the form: texts by field. */
export interface Draft {
  readonly label: string;
  readonly typed: Readonly<Record<string, string>>;
}

/** What is wrong with a field. */
export type Fault = 'missing' | 'wrong';

/** Characters of a label at most. */
const LABEL = 200;

export const EMPTY: Content = { label: '', data: {} };

/** The form of an item that holds this. */
export function draftOf(type: ItemType, { label, data }: Content): Draft {
  const typed = ITEM_FIELDS[type].map(({ name, kind }) => [name, writeStored(kind, data[name])] as const);
  return { label, typed: Object.fromEntries(typed) };
}

/** The faults of what was typed, by field; the label's is under `label`, which no field is called. */
export function faultsOf(type: ItemType, draft: Draft): ReadonlyMap<string, Fault> {
  const faults = new Map<string, Fault>();
  for (const { name, kind, required, max } of ITEM_FIELDS[type]) {
    const typed = draft.typed[name] ?? '';
    if (typed.trim() === '') {
      if (required) faults.set(name, 'missing');
    } else if (readTyped(kind, typed, max) === null) faults.set(name, 'wrong');
  }
  if (Array.from(draft.label).length > LABEL || /\p{Cc}/u.test(draft.label)) faults.set('label', 'wrong');
  return faults;
}

/**
 * What a draft without faults says. A field that was not touched stays as it is stored, to the letter.
 *
 * @param stored what the form began with
 */
export function contentOf(type: ItemType, draft: Draft, stored: Content): Content {
  const before = draftOf(type, stored);
  const data: Record<string, unknown> = {};
  for (const { name, kind, max } of ITEM_FIELDS[type]) {
    const typed = draft.typed[name] ?? '';
    if (typed.trim() === '') continue;
    data[name] = typed === before.typed[name] ? stored.data[name] : readTyped(kind, typed, max);
  }
  return { label: draft.label === stored.label ? stored.label : draft.label.trim(), data };
}

/** Whether the form holds anything else than it began with. */
export function isChanged(type: ItemType, draft: Draft, stored: Content): boolean {
  const before = draftOf(type, stored);
  return draft.label !== before.label || ITEM_FIELDS[type].some(({ name }) => draft.typed[name] !== before.typed[name]);
}

/** Content as the client takes it: its fields are of the type's table, and of their kinds. */
export function newItem(type: ItemType, { label, data }: Content): NewItem {
  return { type, label, data } as NewItem;
}

export function contentOfItem({ label, data }: Pick<Item, 'label' | 'data'>): Content {
  return { label, data: { ...data } };
}
