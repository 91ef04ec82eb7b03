import type { ItemType } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { Unsaved } from '../ui/unsaved.tsx';
import { useAction, useLoaded } from '../work.ts';
import { useContentKey } from './content-key.ts';
import { countryCodes } from './countries.ts';
import { contentOf, draftOf, EMPTY, isChanged, newItem } from './draft.ts';
import { TYPE_TEXTS } from './fields.ts';
import { ItemForm } from './item-form.tsx';
import { TypeIcon } from './type-icon.tsx';

const texts = inLanguages({
  en: { back: 'Add data', save: 'Save', cancel: 'Cancel', saved: 'Saved.' },
  de: {
    back: 'Daten hinzufügen',
    save: 'Speichern',
    cancel: 'Abbrechen',
    saved: 'Gespeichert.',
  },
});

export function NewItem({ type }: { type: ItemType }) {
  const words = useTexts(texts);
  const types = useTexts(TYPE_TEXTS);
  const say = useSay();
  const [draft, setDraft] = useState(() => draftOf(type, EMPTY));
  const countries = useLoaded(countryCodes, []);
  const keyFor = useContentKey();
  const save = useAction(async (signal) => {
    const item = newItem(type, contentOf(type, draft, EMPTY));
    return await vault.items.create(item, { idempotencyKey: keyFor(item), signal });
  });
  return (
    <Page
      title={types[type]}
      back={{ href: href('items', 'new'), text: words.back }}
      actions={<TypeIcon type={type} />}
    >
      <Unsaved when={isChanged(type, draft, EMPTY)} />
      <Shown loaded={countries}>
        {(codes) => (
          <div class="sheet">
            <ItemForm
              type={type}
              draft={draft}
              onDraft={(change) => {
                save.clear();
                setDraft(change);
              }}
              countries={codes}
              submit={words.save}
              busy={save.busy}
              error={save.error}
              beside={
                <ButtonLink kind="quiet" href={href('items')}>
                  {words.cancel}
                </ButtonLink>
              }
              onSubmit={async () => {
                const item = await save.run();
                if (item === undefined) return;
                say(words.saved);
                go(href('items', item.id), { replace: true });
              }}
            />
          </div>
        )}
      </Shown>
    </Page>
  );
}
