import type { Item } from '@twinlock/client';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { Unsaved } from '../ui/unsaved.tsx';
import { useLoaded } from '../work.ts';
import { Conflict } from './conflict.tsx';
import { countryCodes } from './countries.ts';
import { useEditing } from './editing.ts';
import { ItemForm } from './item-form.tsx';

const texts = inLanguages({
  en: {
    title: 'Change data',
    back: 'Back to the entry',
    noted: 'To be changed it was opened whole; the activity notes it.',
    save: 'Save',
    cancel: 'Cancel',
    saved: 'Saved.',
    gone: 'It was removed elsewhere in the meantime. What stands here is not lost: it can be stored as a new entry.',
    anew: 'Store as a new entry',
  },
  de: {
    title: 'Daten ändern',
    back: 'Zurück zum Eintrag',
    noted: 'Zum Ändern wurde alles geöffnet; der Verlauf hält es fest.',
    save: 'Speichern',
    cancel: 'Abbrechen',
    saved: 'Gespeichert.',
    gone:
      'Der Eintrag wurde inzwischen anderswo entfernt. Was hier steht, ist nicht verloren: ' +
      'Es lässt sich als neuer Eintrag speichern.',
    anew: 'Als neuen Eintrag speichern',
  },
});

export function EditItem({ id }: { id: string }) {
  const words = useTexts(texts);
  const loaded = useLoaded(
    async (signal) => {
      const countries = await countryCodes(signal);
      return { item: await vault.items.get(id, { signal }), countries };
    },
    [id],
  );
  return (
    <Page title={words.title} back={{ href: href('items', id), text: words.back }}>
      <Shown loaded={loaded}>{({ item, countries }) => <Editor item={item} countries={countries} />}</Shown>
    </Page>
  );
}

function Editor({ item, countries }: { item: Item; countries: readonly string[] }) {
  const words = useTexts(texts);
  const say = useSay();
  const editing = useEditing(item, (id) => {
    say(words.saved);
    go(href('items', id), { replace: true });
  });
  const { clash, isGone } = editing;
  return (
    <>
      <Unsaved when={editing.isChanged} />
      {clash === null ? (
        <section class="sheet">
          {isGone ? <Notice kind="warn">{words.gone}</Notice> : <p class="aside">{words.noted}</p>}
          <ItemForm
            type={item.type}
            draft={editing.draft}
            onDraft={editing.change}
            countries={countries}
            submit={isGone ? words.anew : words.save}
            busy={editing.busy}
            error={editing.error}
            beside={
              <ButtonLink kind="quiet" href={href('items', item.id)}>
                {words.cancel}
              </ButtonLink>
            }
            onSubmit={editing.storeDraft}
          />
        </section>
      ) : (
        <Conflict
          key={clash.theirs.version}
          type={item.type}
          clash={clash}
          busy={editing.busy}
          error={editing.error}
          onStore={(content) => editing.storeChosen(clash, content)}
          onEdit={(content) => {
            editing.editChosen(clash, content);
          }}
        />
      )}
    </>
  );
}
