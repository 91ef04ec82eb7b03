import { type Item, TwinlockError } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { vault } from '../session.tsx';
import { useAction } from '../work.ts';
import { useContentKey } from './content-key.ts';
import { type Content, contentOf, contentOfItem, type Draft, draftOf, isChanged, newItem } from './draft.ts';
import { isSameContent } from './merge.ts';

/** Two changes of one item. */
export interface Clash {
  /** What both began with. */
  readonly base: Content;
  readonly mine: Content;
  /** What is stored by now. */
  readonly theirs: Item;
}

/** What storing came to. */
type Outcome = { readonly stored: string } | { readonly theirs: Item } | 'gone';

/**
 * The change of a stored item. Whatever happens elsewhere meanwhile, what was typed stays: another change is held against
 * it, and of a removed item a new one can be made.
 *
 * @param onStored gets the id under which it is stored
 */
export function useEditing(item: Item, onStored: (id: string) => void) {
  const { type } = item;
  // The version that the form changes; after a clash it is a later one.
  const [on, setOn] = useState(item);
  const [draft, setDraft] = useState(() => draftOf(type, contentOfItem(item)));
  const [clash, setClash] = useState<Clash | null>(null);
  const [isGone, setGone] = useState(false);
  const keyFor = useContentKey();

  const save = useAction(async (signal, content: Content, version: Item): Promise<Outcome> => {
    const made = newItem(type, content);
    if (isGone) return { stored: (await vault.items.create(made, { idempotencyKey: keyFor(made), signal })).id };
    try {
      return { stored: (await vault.items.replace(version, made, { signal })).id };
    } catch (error) {
      if (!(error instanceof TwinlockError)) throw error;
      if (error.code === 'not_found') return 'gone';
      if (error.code !== 'precondition_failed') throw error;
      return await readTheirs(item.id, signal);
    }
  });
  const store = async (content: Content, version: Item) => {
    const outcome = await save.run(content, version);
    if (outcome === undefined) return;
    if (outcome === 'gone') {
      setDraft(draftOf(type, content));
      setClash(null);
      setGone(true);
    } else if ('stored' in outcome) onStored(outcome.stored);
    else if (isSameContent(type, content, contentOfItem(outcome.theirs))) onStored(item.id);
    else setClash({ base: contentOfItem(version), mine: content, theirs: outcome.theirs });
  };
  return {
    draft,
    clash,
    /** It was removed elsewhere: storing makes a new one. */
    isGone,
    isChanged: isGone || clash !== null || isChanged(type, draft, contentOfItem(on)),
    busy: save.busy,
    error: save.error,
    change: (change: (before: Draft) => Draft) => {
      save.clear();
      setDraft(change);
    },
    /** Stores what stands in the form. */
    storeDraft: () => store(contentOf(type, draft, contentOfItem(on)), on),
    /** Stores what was chosen of both, on the version that it was chosen from. */
    storeChosen: ({ theirs }: Clash, content: Content) =>
      isSameContent(type, content, contentOfItem(theirs)) ? onStored(item.id) : store(content, theirs),
    /** Goes on in the form with what was chosen. */
    editChosen: ({ theirs }: Clash, content: Content) => {
      save.clear();
      setOn(theirs);
      setDraft(draftOf(type, content));
      setClash(null);
    },
  };
}

/** What is stored by now, of which someone is told beside what they typed. */
async function readTheirs(id: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return { theirs: await vault.items.get(id, { signal }) };
  } catch (error) {
    if (error instanceof TwinlockError && error.code === 'not_found') return 'gone';
    throw error;
  }
}
