import type { Item, MaskedItem } from '@twinlock/client';
import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import { Button } from '../ui/button.tsx';
import { useSay } from '../ui/said.tsx';
import type { Content } from './draft.ts';
import { ITEM_FIELDS } from './fields.ts';
import { plainText, useValueText } from './value.tsx';

const texts = inLanguages({
  en: {
    copy: 'Copy',
    copyField: (name: string) => `Copy: ${name}`,
    copied: (name: string) => `${name} is in the clipboard, until something else is copied.`,
    notCopied: 'The browser did not let it be copied.',
  },
  de: {
    copy: 'Kopieren',
    copyField: (name: string) => `Kopieren: ${name}`,
    copied: (name: string) => `${name} ist in der Zwischenablage, bis etwas anderes kopiert wird.`,
    notCopied: 'Der Browser ließ das Kopieren nicht zu.',
  },
});

/** What an item holds, field by field; of a whole one each value can be copied. */
export function ItemFacts({ item }: { item: Item | MaskedItem }) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const say = useSay();
  const textOf = useValueText();
  const data: Content['data'] = { ...item.data };
  const copy = async (name: string, text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      say(words.copied(name));
    } catch {
      say(words.notCopied);
    }
  };
  return (
    <dl class="facts values">
      {ITEM_FIELDS[item.type].map(({ name, kind, text }) => {
        const value = data[name];
        if (value === undefined) return null;
        return (
          <div key={name}>
            <dt>{text[language]}</dt>
            <dd>
              <span class={kind === 'iban' || kind === 'card' ? 'number' : undefined}>{textOf(kind, value)}</span>
              {item.masked === true ? null : (
                <Button
                  kind="quiet"
                  aria-label={words.copyField(text[language])}
                  onClick={() => void copy(text[language], plainText(value))}
                >
                  {words.copy}
                </Button>
              )}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
