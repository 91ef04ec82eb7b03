import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { Page } from '../ui/page.tsx';
import { ITEM_TYPES, TYPE_TEXTS } from './fields.ts';
import { TypeIcon } from './type-icon.tsx';

const texts = inLanguages({
  en: { title: 'Add data', back: 'My data', lead: 'What is it?' },
  de: { title: 'Daten hinzufügen', back: 'Meine Daten', lead: 'Worum geht es?' },
});

export function ChooseType() {
  const words = useTexts(texts);
  return (
    <Page title={words.title} back={{ href: href('items'), text: words.back }}>
      <p>{words.lead}</p>
      <TypeLinks />
    </Page>
  );
}

/** A way to the form of each type. */
export function TypeLinks() {
  const types = useTexts(TYPE_TEXTS);
  return (
    <ul class="cards types">
      {ITEM_TYPES.map((type) => (
        <li key={type}>
          <a class="sheet type" href={href('items', 'new', type)}>
            <TypeIcon type={type} />
            {types[type]}
          </a>
        </li>
      ))}
    </ul>
  );
}
