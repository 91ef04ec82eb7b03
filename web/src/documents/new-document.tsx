import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useLoaded } from '../work.ts';
import { DocumentForm } from './document-form.tsx';
import { readChoices } from './item-choices.ts';
import { templateDescription, templateTitle } from './template-texts.ts';

const texts = inLanguages({
  en: {
    title: 'New document',
    back: 'New document',
    unknown: 'There is no such document to make.',
    choose: 'Choose another',
  },
  de: {
    title: 'Neues Dokument',
    back: 'Neues Dokument',
    unknown: 'So ein Dokument gibt es hier nicht.',
    choose: 'Ein anderes wählen',
  },
});

/** A document of one template, to be filled in. */
export function NewDocument({ id }: { id: string }) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const loaded = useLoaded(
    async (signal) => {
      const template = (await vault.documents.templates({ signal })).find((each) => each.id === id);
      const types = new Set(template?.inputs.flatMap(({ itemTypes }) => itemTypes));
      return { template, choices: await readChoices(types, signal) };
    },
    [id],
  );
  const title = templateTitle({ id, title: loaded.data?.template?.title ?? words.title })[language];
  return (
    <Page title={title} back={{ href: href('documents', 'new'), text: words.back }}>
      <Shown loaded={loaded}>
        {({ template, choices }) =>
          template === undefined ? (
            <div class="stack">
              <p>{words.unknown}</p>
              <ButtonLink href={href('documents', 'new')}>{words.choose}</ButtonLink>
            </div>
          ) : (
            <>
              <p>{templateDescription(template)[language]}</p>
              <DocumentForm template={template} choices={choices} />
            </>
          )
        }
      </Shown>
    </Page>
  );
}
