import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';

const texts = inLanguages({ en: { text: 'Account' }, de: { text: 'Konto' } });

/** The way from a view of the account to its overview. */
export function useBack(): { readonly href: string; readonly text: string } {
  const { text } = useTexts(texts);
  return { href: href('account'), text };
}
