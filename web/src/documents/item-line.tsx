import type { MaskedItem } from '@twinlock/client';
import { TYPE_TEXTS } from '../items/fields.ts';
import { useMainLine } from '../items/value.tsx';
import { useSpeech } from '../languages.tsx';

/** An item in one line, by which its owner knows it: its label, and what may be shown of it. */
export function useItemLine(): (item: MaskedItem, options?: { readonly withType?: boolean }) => string {
  const { language } = useSpeech();
  const mainLine = useMainLine();
  return ({ type, label, data }, { withType = false } = {}) => {
    const parts = [label, withType ? TYPE_TEXTS[language][type] : '', mainLine(type, { ...data })];
    return parts.filter((part) => part !== '').join(' · ');
  };
}
