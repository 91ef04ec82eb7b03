import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { ButtonLink } from '../ui/button.tsx';
import { Page } from '../ui/page.tsx';
import { TypeLinks } from './choose-type.tsx';

const texts = inLanguages({
  en: {
    title: 'My data',
    lead: 'Nothing is here yet. It takes three steps to a first document:',
    steps: {
      person: 'Add who you are: a name is enough.',
      address: 'Add where you live.',
      document: 'Make a letter from both, or a sheet of all your data, as a PDF.',
    },
    person: 'Add a person',
    other: 'Or begin with something else',
  },
  de: {
    title: 'Meine Daten',
    lead: 'Hier ist noch nichts. Zum ersten Dokument sind es drei Schritte:',
    steps: {
      person: 'Eine Person hinzufügen: Ein Name genügt.',
      address: 'Eine Anschrift hinzufügen.',
      document: 'Daraus einen Brief oder ein Blatt mit allen Daten erstellen, als PDF.',
    },
    person: 'Person hinzufügen',
    other: 'Oder mit etwas anderem beginnen',
  },
});

/** Where nothing is stored yet: what to do first, and what it leads to. */
export function FirstItem() {
  const words = useTexts(texts);
  return (
    <Page title={words.title}>
      <section class="sheet">
        <p>{words.lead}</p>
        <ol class="steps">
          <li>{words.steps.person}</li>
          <li>{words.steps.address}</li>
          <li>{words.steps.document}</li>
        </ol>
        <div class="row">
          <ButtonLink kind="primary" href={href('items', 'new', 'person')}>
            {words.person}
          </ButtonLink>
        </div>
      </section>
      <h2>{words.other}</h2>
      <TypeLinks />
    </Page>
  );
}
