import type { ItemType, MaskedItem } from '@twinlock/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { useSettled } from '../settled.ts';
import { ButtonLink } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ListEnd } from '../ui/list-end.tsx';
import { Page } from '../ui/page.tsx';
import { usePaged } from '../work.ts';
import { ITEM_TYPES, itemTypeOf, TYPE_TEXTS } from './fields.ts';
import { FirstItem } from './first-item.tsx';
import { TypeIcon } from './type-icon.tsx';
import { useMainLine } from './value.tsx';

const texts = inLanguages({
  en: {
    title: 'My data',
    add: 'Add data',
    make: 'Make a document',
    show: 'Show',
    all: 'All kinds',
    find: 'Find by label',
    reading: 'Opening …',
    none: 'Nothing here matches.',
    found: (count: number, more: boolean, text: string) =>
      `${text} ${count === 1 ? 'entry' : 'entries'}${more ? ' so far' : ''}`,
    masked: 'Only a hint of each is shown here. Open one to see it whole.',
  },
  de: {
    title: 'Meine Daten',
    add: 'Daten hinzufügen',
    make: 'Dokument erstellen',
    show: 'Zeigen',
    all: 'Alle Arten',
    find: 'Suche in Bezeichnungen',
    reading: 'Wird geöffnet …',
    none: 'Nichts hier passt dazu.',
    found: (count: number, more: boolean, text: string) =>
      `${more ? 'Bisher ' : ''}${text} ${count === 1 ? 'Eintrag' : 'Einträge'}`,
    masked: 'Hier ist von jedem nur eine Andeutung zu sehen. Ein Eintrag lässt sich öffnen und ganz zeigen.',
  },
});

export function ItemList() {
  const words = useTexts(texts);
  const types = useTexts(TYPE_TEXTS);
  const { number } = useFormats();
  const [type, setType] = useState<ItemType | null>(null);
  const [typed, setTyped] = useState('');
  const label = useSettled(typed.trim());
  const filter = type === null ? {} : { type };
  const isAll = type === null && label === '';
  const list = usePaged(
    (signal) =>
      label === '' ? vault.items.list({ ...filter, signal }) : vault.items.search({ ...filter, label, signal }),
    (page) => page.items,
    [type, label],
  );
  const { entries, more, busy, error, readMore } = list;
  // A page may be empty before the end.
  useEffect(() => {
    if (entries.length === 0 && more && !busy && error === null) readMore();
  });
  const isRead = list.page !== null && !(busy && entries.length === 0);
  // Whoever has searched has something: the view stays while it reads all again.
  const hasFiltered = useRef(false);
  if (!isAll) hasFiltered.current = true;
  if (!hasFiltered.current && isRead && entries.length === 0 && !more && error === null) return <FirstItem />;
  return (
    <Page
      title={words.title}
      actions={
        <>
          <ButtonLink href={href('documents', 'new')}>{words.make}</ButtonLink>
          <ButtonLink kind="primary" href={href('items', 'new')}>
            {words.add}
          </ButtonLink>
        </>
      }
    >
      <search class="columns">
        <TextField type="search" label={words.find} isFilter maxLength={200} value={typed} onValue={setTyped} />
        <SelectField
          label={words.show}
          isFilter
          value={type ?? ''}
          onValue={(value) => {
            setType(itemTypeOf(value));
          }}
          options={[{ value: '', text: words.all }, ...ITEM_TYPES.map((value) => ({ value, text: types[value] }))]}
        />
      </search>
      <p class="aside" role="status">
        {isRead
          ? entries.length === 0
            ? words.none
            : words.found(entries.length, more, number(entries.length))
          : words.reading}
      </p>
      {entries.length === 0 ? null : (
        <ul class="list">
          {entries.map((item) => (
            <Row key={item.id} item={item} />
          ))}
        </ul>
      )}
      <ListEnd list={list} />
      {entries.length === 0 ? null : <p class="aside">{words.masked}</p>}
    </Page>
  );
}

function Row({ item: { id, type, label, data } }: { item: MaskedItem }) {
  const types = useTexts(TYPE_TEXTS);
  const lineOf = useMainLine();
  return (
    <li>
      <a class="item" href={href('items', id)}>
        <TypeIcon type={type} />
        <span class="names">
          <strong>{label === '' ? types[type] : label}</strong>
          <span>{lineOf(type, data)}</span>
        </span>
        {label === '' ? null : <span class="badge">{types[type]}</span>}
      </a>
    </li>
  );
}
