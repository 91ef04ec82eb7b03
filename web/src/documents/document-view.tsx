import type { Document } from '@twinlock/client';
import { useEffect, useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { Button, ButtonLink } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction, useLoaded } from '../work.ts';
import { DocumentFacts } from './facts.tsx';
import { isGone } from './gone.ts';
import { Pdf } from './pdf.tsx';
import { Shorten } from './shorten.tsx';

const texts = inLanguages({
  en: {
    title: 'Document',
    back: 'Documents',
    gone: 'This document is not here any more. It was deleted, or its time is over.',
    toList: 'To the documents',
    shorten: 'Remove sooner …',
    remove: 'Delete …',
    removeTitle: 'Delete this document?',
    removeText: 'It is gone for good, for everyone. What was saved elsewhere stays there.',
    removeNow: 'Delete',
    keep: 'Keep it',
    removed: 'The document is deleted.',
  },
  de: {
    title: 'Dokument',
    back: 'Dokumente',
    gone: 'Dieses Dokument ist nicht mehr da. Es wurde gelöscht, oder seine Zeit ist vorbei.',
    toList: 'Zu den Dokumenten',
    shorten: 'Früher entfernen …',
    remove: 'Löschen …',
    removeTitle: 'Dieses Dokument löschen?',
    removeText: 'Es ist endgültig weg, für alle. Was anderswo gespeichert wurde, bleibt dort.',
    removeNow: 'Löschen',
    keep: 'Behalten',
    removed: 'Das Dokument ist gelöscht.',
  },
});

/** `setTimeout` takes no more, ms; who looks on for longer is told by the service. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function DocumentView({ id }: { id: string }) {
  const words = useTexts(texts);
  const loaded = useLoaded((signal) => vault.documents.get(id, { signal }), [id]);
  const [changed, setChanged] = useState<Document | null>(null);
  const [gone, setGone] = useState(false);
  const document = changed ?? loaded.data;
  const expiresAt = document?.expiresAt;
  useEffect(() => {
    if (expiresAt === undefined) return undefined;
    const left = Date.parse(expiresAt) - Date.now();
    if (left > LONGEST_TIMER_MS) return undefined;
    const timer = setTimeout(() => {
      setGone(true);
    }, left);
    return () => {
      clearTimeout(timer);
    };
  }, [expiresAt]);
  const back = { href: href('documents'), text: words.back };
  const onGone = () => {
    setGone(true);
  };
  if (gone || isGone(loaded.error)) {
    return (
      <Page title={document?.title ?? words.title} back={back}>
        <Notice kind="warn">{words.gone}</Notice>
        <div class="row">
          <ButtonLink href={href('documents')}>{words.toList}</ButtonLink>
        </div>
      </Page>
    );
  }
  return (
    <Page title={document?.title ?? words.title} back={back}>
      <Shown loaded={loaded}>
        {(read) => (
          <>
            <Pdf document={read} onGone={onGone} />
            <DocumentFacts document={changed ?? read} />
            <Ends document={changed ?? read} onChanged={setChanged} onGone={onGone} />
          </>
        )}
      </Shown>
    </Page>
  );
}

interface EndsProps {
  readonly document: Document;
  readonly onChanged: (document: Document) => void;
  readonly onGone: () => void;
}

/** The ways in which a document ends before its time. */
function Ends({ document, onChanged, onGone }: EndsProps) {
  const words = useTexts(texts);
  const say = useSay();
  const [asked, setAsked] = useState<'shorten' | 'remove' | null>(null);
  const close = () => {
    setAsked(null);
    removal.clear();
  };
  const removal = useAction(async (signal) => {
    await vault.documents.remove(document.id, { signal });
    say(words.removed);
    go(href('documents'), { replace: true });
  });
  return (
    <div class="row">
      <Button
        onClick={() => {
          setAsked('shorten');
        }}
      >
        {words.shorten}
      </Button>
      <Button
        kind="danger"
        onClick={() => {
          setAsked('remove');
        }}
      >
        {words.remove}
      </Button>
      {asked === 'shorten' ? (
        <Shorten document={document} onChanged={onChanged} onClose={close} onGone={onGone} />
      ) : null}
      {asked === 'remove' ? (
        <Dialog title={words.removeTitle} onClose={close}>
          <p>{words.removeText}</p>
          <ErrorNotice error={removal.error} />
          <div class="row">
            <Button kind="danger" busy={removal.busy} onClick={() => void removal.run()}>
              {words.removeNow}
            </Button>
            <Button onClick={close}>{words.keep}</Button>
          </div>
        </Dialog>
      ) : null}
    </div>
  );
}
