import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useLoaded } from '../work.ts';
import { inputLabel, templateDescription, templateTitle } from './template-texts.ts';

const texts = inLanguages({
  en: {
    title: 'New document',
    back: 'Documents',
    about: 'A document is made from the data in the vault. What it needs is asked for in the next step.',
    uses: (inputs: string) => `Needs: ${inputs}`,
  },
  de: {
    title: 'Neues Dokument',
    back: 'Dokumente',
    about: 'Ein Dokument entsteht aus den Daten im Tresor. Was es braucht, fragt der nächste Schritt.',
    uses: (inputs: string) => `Braucht: ${inputs}`,
  },
});

export function ChooseTemplate() {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const templates = useLoaded((signal) => vault.documents.templates({ signal }), []);
  return (
    <Page title={words.title} back={{ href: href('documents'), text: words.back }}>
      <p>{words.about}</p>
      <Shown loaded={templates}>
        {(list) => (
          <ul class="cards">
            {list.map((template) => {
              const title = templateTitle(template)[language];
              const inputs = template.inputs.filter(({ required }) => required);
              return (
                <li key={template.id} class="sheet template">
                  <h2>
                    <a href={href('documents', 'new', template.id)}>{title}</a>
                  </h2>
                  <p>{templateDescription(template)[language]}</p>
                  <p class="aside">
                    {words.uses(inputs.map(({ name }) => inputLabel(template.id, name)[language]).join(', '))}
                  </p>
                </li>
              );
            })}
          </ul>
        )}
      </Shown>
    </Page>
  );
}
