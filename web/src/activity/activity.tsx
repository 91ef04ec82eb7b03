import { useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { vault } from '../session.tsx';
import { CheckField } from '../ui/field.tsx';
import { ListEnd } from '../ui/list-end.tsx';
import { Page } from '../ui/page.tsx';
import { usePaged } from '../work.ts';
import { ChainState } from './chain-state.tsx';
import { Deed } from './deed.tsx';

const texts = inLanguages({
  en: {
    title: 'Activity',
    lead: 'What was done in this account within a year, and tries that failed within 30 days; the newest first.',
    failedOnly: 'Only tries that failed',
    reading: 'Opening …',
    noneFailed: 'None of those shown so far failed.',
    none: 'Nothing is written here yet.',
    more: 'Show older ones',
  },
  de: {
    title: 'Verlauf',
    lead: 'Was in diesem Konto binnen eines Jahres geschah, und Versuche, die binnen 30 Tagen fehlschlugen; das Neueste zuerst.',
    failedOnly: 'Nur fehlgeschlagene Versuche',
    reading: 'Wird geöffnet …',
    noneFailed: 'Von den bisher gezeigten schlug keiner fehl.',
    none: 'Hier steht noch nichts.',
    more: 'Ältere zeigen',
  },
});

export function Activity() {
  const words = useTexts(texts);
  const [failedOnly, setFailedOnly] = useState(false);
  const list = usePaged(
    (signal) => vault.account.activity({ signal }),
    (page) => page.activity,
    [],
  );
  const { page, error } = list;
  const shown = failedOnly ? list.entries.filter(({ outcome }) => outcome === 'failed') : list.entries;
  return (
    <Page title={words.title}>
      <p>{words.lead}</p>
      {page === null ? null : <ChainState page={page} />}
      <CheckField label={words.failedOnly} checked={failedOnly} onChecked={setFailedOnly} />
      {page === null && error === null ? (
        <p class="aside" role="status">
          {words.reading}
        </p>
      ) : null}
      {page !== null && shown.length === 0 ? (
        <p class="aside" role="status">
          {failedOnly ? words.noneFailed : words.none}
        </p>
      ) : null}
      {shown.length === 0 ? null : (
        <ul class="list">
          {shown.map((entry) => (
            <Deed key={entry.id} entry={entry} />
          ))}
        </ul>
      )}
      <ListEnd list={list} more={words.more} />
    </Page>
  );
}
