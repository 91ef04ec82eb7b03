import type { Item, MaskedItem } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { begunDocument } from '../documents/begun.ts';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useLoaded } from '../work.ts';
import { TYPE_TEXTS } from './fields.ts';
import { ItemFacts } from './item-facts.tsx';
import { RemoveItem } from './remove-item.tsx';
import { type Revealed, SHOWN_SECONDS, useRevealed } from './revealed.ts';
import { TypeIcon } from './type-icon.tsx';

const texts = inLanguages({
  en: {
    title: 'Entry',
    back: 'My data',
    show: 'Show',
    hide: 'Hide',
    hidden: `Hidden but for a hint. “Show” opens it for ${SHOWN_SECONDS} seconds; the activity notes it.`,
    left: (seconds: string) => `Hidden again in ${seconds} s.`,
    edit: 'Change',
    remove: 'Remove',
    version: 'Version',
    created: 'Stored',
    updated: 'Changed',
    begun: 'Go on with the document',
  },
  de: {
    title: 'Eintrag',
    back: 'Meine Daten',
    show: 'Zeigen',
    hide: 'Verbergen',
    hidden: `Verborgen bis auf eine Andeutung. „Zeigen“ öffnet alles für ${SHOWN_SECONDS} Sekunden; der Verlauf hält es fest.`,
    left: (seconds: string) => `In ${seconds} s wieder verborgen.`,
    edit: 'Ändern',
    remove: 'Entfernen',
    version: 'Fassung',
    created: 'Gespeichert',
    updated: 'Geändert',
    begun: 'Weiter mit dem Dokument',
  },
});

/** An item, masked until someone asks to see it. */
export function ItemView({ id }: { id: string }) {
  const words = useTexts(texts);
  const types = useTexts(TYPE_TEXTS);
  const masked = useLoaded((signal) => vault.items.getMasked(id, { signal }), [id]);
  const revealed = useRevealed(id);
  const head = revealed.item ?? masked.data;
  const named = head === null ? words.title : head.label === '' ? types[head.type] : head.label;
  const begun = begunDocument();
  return (
    <Page
      title={named}
      back={{ href: href('items'), text: words.back }}
      actions={head === null ? null : <TypeIcon type={head.type} />}
    >
      {begun === null ? null : (
        <div class="row">
          <ButtonLink kind="primary" href={href('documents', 'new', begun.template)}>
            {words.begun}
          </ButtonLink>
        </div>
      )}
      <Shown loaded={masked}>{(item) => <ItemSheet item={item} revealed={revealed} onGone={masked.reload} />}</Shown>
    </Page>
  );
}

interface ItemSheetProps {
  readonly item: MaskedItem;
  readonly revealed: Revealed;
  /** Something else is stored by now. */
  readonly onGone: () => void;
}

function ItemSheet({ item, revealed: { item: whole, left, show, hide }, onGone }: ItemSheetProps) {
  const words = useTexts(texts);
  const formats = useFormats();
  const [removing, setRemoving] = useState(false);
  const shown: Item | MaskedItem = whole ?? item;
  return (
    <>
      <section class="sheet">
        <ItemFacts item={shown} />
        <ErrorNotice error={show.error} />
        <div class="row">
          <Button
            kind={whole === null ? 'primary' : 'plain'}
            busy={show.busy}
            onClick={() => {
              if (whole === null) void show.run();
              else hide();
            }}
          >
            {whole === null ? words.show : words.hide}
          </Button>
          <ButtonLink href={href('items', item.id, 'edit')}>{words.edit}</ButtonLink>
          <Button
            kind="danger"
            onClick={() => {
              setRemoving(true);
            }}
          >
            {words.remove}
          </Button>
        </div>
        <p class="aside">{whole === null ? words.hidden : words.left(formats.number(left))}</p>
      </section>
      <dl class="facts across">
        <div>
          <dt>{words.version}</dt>
          <dd>{formats.number(shown.version)}</dd>
        </div>
        <div>
          <dt>{words.created}</dt>
          <dd>{formats.moment(shown.createdAt)}</dd>
        </div>
        <div>
          <dt>{words.updated}</dt>
          <dd>{formats.moment(shown.updatedAt)}</dd>
        </div>
      </dl>
      {removing ? (
        <RemoveItem
          item={shown}
          onClose={() => {
            setRemoving(false);
          }}
          onChanged={() => {
            setRemoving(false);
            hide();
            onGone();
          }}
        />
      ) : null}
    </>
  );
}
