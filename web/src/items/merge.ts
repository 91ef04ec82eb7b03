import type { ItemType } from '@twinlock/client';
import type { Content } from './draft.ts';
import { ITEM_FIELDS } from './fields.ts';

/** Whose text stands: what this page would store, or what was stored meanwhile. */
export type Side = 'mine' | 'theirs';

/** What the label is called among the fields' names. */
export const LABEL = 'label';

/** A field of which two changes have made two texts. Undefined where one side has none. */
export interface Difference {
  readonly name: string;
  readonly mine: unknown;
  readonly theirs: unknown;
  /** Whose change it is; of both sides' the one that is being saved comes first. */
  readonly side: Side;
  /** Both have changed it. */
  readonly both: boolean;
}

/**
 * Where two changes of one item differ, the label first.
 *
 * @param base what both began with
 */
export function differences(type: ItemType, base: Content, mine: Content, theirs: Content): Difference[] {
  return [LABEL, ...ITEM_FIELDS[type].map(({ name }) => name)].flatMap((name) => {
    const [before, ours, other] = [base, mine, theirs].map((content) => valueIn(content, name));
    if (isSame(ours, other)) return [];
    const [changedHere, changedThere] = [!isSame(before, ours), !isSame(before, other)];
    const side: Side = changedHere ? 'mine' : 'theirs';
    return [{ name, mine: ours, theirs: other, side, both: changedHere && changedThere }];
  });
}

/** What was stored meanwhile, with the fields of the other side that were chosen. */
export function merged(type: ItemType, mine: Content, theirs: Content, sides: Readonly<Record<string, Side>>): Content {
  const from = (name: string) => (sides[name] === 'mine' ? mine : theirs);
  const data: Record<string, unknown> = {};
  for (const { name } of ITEM_FIELDS[type]) {
    const value = from(name).data[name];
    if (value !== undefined) data[name] = value;
  }
  return { label: from(LABEL).label, data };
}

/** Whether two contents say the same. */
export function isSameContent(type: ItemType, one: Content, other: Content): boolean {
  return differences(type, one, one, other).length === 0;
}

function valueIn({ label, data }: Content, name: string): unknown {
  return name === LABEL ? label : data[name];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
