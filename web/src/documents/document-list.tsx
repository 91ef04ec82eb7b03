import type { Document } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { useSettled } from '../settled.ts';
import { ButtonLink } from '../ui/button.tsx';
import { SelectField, TextField } from '../ui/field.tsx';
import { ListEnd } from '../ui/list-end.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { useLoaded, usePaged } from '../work.ts';
import { begunDocument } from './begun.ts';
import { DocumentEnd, useDocumentTexts } from './facts.tsx';
import { templateTitle } from './template-texts.ts';

const texts = inLanguages({
  en: {
    title: 'Documents',
    make: 'Make a document',
    send: 'Add a PDF',
    search: 'Search by title',
    madeFrom: 'Made from',
    all: 'Everything',
    reading: 'Opening …',
    none: 'Nothing is found. Another word, or another kind, may find more.',
    begun: (title: string) => `A document is begun: ${title}.`,
    goOn: 'Go on with it',
    emptyTitle: 'No documents yet',
    empty:
      'From the data in the vault come letters, forms and records as PDFs, or a PDF of your own is kept here safely. Each is removed by itself when its time is over.',
  },
  de: {
    title: 'Dokumente',
    make: 'Dokument erstellen',
    send: 'PDF hinzufügen',
    search: 'Nach Titel suchen',
    madeFrom: 'Entstanden aus',
    all: 'Alles',
    reading: 'Wird geöffnet …',
    none: 'Nichts gefunden. Ein anderes Wort oder eine andere Art findet vielleicht mehr.',
    begun: (title: string) => `Ein Dokument ist begonnen: ${title}.`,
    goOn: 'Weitermachen',
    emptyTitle: 'Noch keine Dokumente',
    empty:
      'Aus den Daten im Tresor werden Briefe, Formulare und Auszüge als PDF, oder ein eigenes PDF liegt hier sicher. Jedes wird von selbst entfernt, wenn seine Zeit vorbei ist.',
  },
});

export function DocumentList() {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const [typed, setTyped] = useState('');
  const [template, setTemplate] = useState('');
  const title = useSettled(typed.trim());
  const templates = useLoaded((signal) => vault.documents.templates({ signal }), []);
  const found = usePaged(
    (signal) => {
      const filter = { signal, ...(template !== '' && { template }) };
      return title === '' ? vault.documents.list(filter) : vault.documents.search({ ...filter, title });
    },
    (page) => page.documents,
    [title, template],
  );
  const filtered = title !== '' || template !== '';
  const nothing = found.page !== null && found.entries.length === 0 && !found.more;
  const kinds = (templates.data ?? []).map((each) => ({ value: each.id, text: templateTitle(each)[language] }));
  return (
    <Page
      title={words.title}
      actions={
        nothing && !filtered ? null : (
          <>
            <ButtonLink href={href('documents', 'upload')}>{words.send}</ButtonLink>
            <ButtonLink kind="primary" href={href('documents', 'new')}>
              {words.make}
            </ButtonLink>
          </>
        )
      }
    >
      <BegunNotice />
      {nothing && !filtered ? (
        <Nothing />
      ) : (
        <>
          <search class="columns">
            <TextField label={words.search} type="search" isFilter maxLength={200} value={typed} onValue={setTyped} />
            <SelectField
              label={words.madeFrom}
              isFilter
              value={template}
              onValue={setTemplate}
              options={[{ value: '', text: words.all }, ...kinds]}
            />
          </search>
          {found.entries.length > 0 ? (
            <ul class="list" aria-busy={found.busy}>
              {found.entries.map((document) => (
                <DocumentRow key={document.id} document={document} />
              ))}
            </ul>
          ) : null}
          <p class="aside" role="status">
            {found.busy ? words.reading : nothing ? words.none : null}
          </p>
          <ListEnd list={found} />
        </>
      )}
    </Page>
  );
}

function DocumentRow({ document }: { document: Document }) {
  const { moment, size } = useFormats();
  const { origin, pages } = useDocumentTexts();
  const facts = [origin(document.template), moment(document.createdAt), pages(document.pages), size(document.size)];
  return (
    <li>
      <div class="document">
        <a href={href('documents', document.id)}>{document.title}</a>
        <p class="aside">{facts.filter(Boolean).join(' · ')}</p>
      </div>
      <DocumentEnd expiresAt={document.expiresAt} />
    </li>
  );
}

function Nothing() {
  const words = useTexts(texts);
  return (
    <div class="sheet">
      <h2>{words.emptyTitle}</h2>
      <p>{words.empty}</p>
      <div class="row">
        <ButtonLink kind="primary" href={href('documents', 'new')}>
          {words.make}
        </ButtonLink>
        <ButtonLink href={href('documents', 'upload')}>{words.send}</ButtonLink>
      </div>
    </div>
  );
}

function BegunNotice() {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const begun = begunDocument();
  if (begun === null) return null;
  const title = templateTitle({ id: begun.template, title: begun.template })[language];
  return (
    <Notice kind="plain">
      {words.begun(title)} <a href={href('documents', 'new', begun.template)}>{words.goOn}</a>
    </Notice>
  );
}
