import type { Progress as Sent } from '@twinlock/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { issueAt } from '../ui/errors.tsx';
import { Field, TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { Progress } from '../ui/progress.tsx';
import { useSay } from '../ui/said.tsx';
import { Unsaved } from '../ui/unsaved.tsx';
import { useAction } from '../work.ts';
import { daysOf, USUAL_DAYS } from './days.ts';
import { DropZone } from './drop-zone.tsx';
import { useKeptFocus } from './kept-focus.ts';
import { type FileFault, fileFault, titleOf } from './pdf-file.ts';

const texts = inLanguages({
  en: {
    title: 'Add a PDF',
    back: 'Documents',
    about: 'A PDF of your own is kept here like one that was made here: locked, and removed when its time is over.',
    file: 'PDF',
    fileHint: 'Choose a file, or drop it here. At most 180 MB.',
    chosen: (name: string, size: string) => `${name} (${size})`,
    faults: {
      empty: 'This file is empty.',
      large: 'This file is too large: at most 180 MB.',
      other: 'This file is no PDF.',
    },
    name: 'Title',
    nameHint: 'By it the document is found.',
    nameFault: 'One line of 1 to 200 characters.',
    days: 'Days to keep it',
    daysHint: 'From 1 to 365. Then it is removed by itself.',
    daysFault: 'A number from 1 to 365.',
    send: 'Store it',
    sending: (sent: string, total: string) => `${sent} of ${total} stored`,
    cancel: 'Cancel',
    offline: 'The connection is lost. This goes on when it is back.',
    done: 'The PDF is stored.',
    leave: {
      title: 'Leave now?',
      text: 'The PDF is not stored yet. Whoever leaves gives it up.',
      leave: 'Give it up',
    },
  },
  de: {
    title: 'PDF hinzufügen',
    back: 'Dokumente',
    about:
      'Ein eigenes PDF liegt hier wie eines, das hier entstand: verschlossen, und entfernt, wenn seine Zeit vorbei ist.',
    file: 'PDF',
    fileHint: 'Eine Datei wählen oder hier ablegen. Höchstens 180 MB.',
    chosen: (name: string, size: string) => `${name} (${size})`,
    faults: {
      empty: 'Diese Datei ist leer.',
      large: 'Diese Datei ist zu groß: höchstens 180 MB.',
      other: 'Diese Datei ist kein PDF.',
    },
    name: 'Titel',
    nameHint: 'Danach wird das Dokument gefunden.',
    nameFault: 'Eine Zeile mit 1 bis 200 Zeichen.',
    days: 'Tage, die es aufbewahrt wird',
    daysHint: 'Von 1 bis 365. Danach wird es von selbst entfernt.',
    daysFault: 'Eine Zahl von 1 bis 365.',
    send: 'Speichern',
    sending: (sent: string, total: string) => `${sent} von ${total} gespeichert`,
    cancel: 'Abbrechen',
    offline: 'Die Verbindung ist unterbrochen. Es geht weiter, sobald sie wieder da ist.',
    done: 'Das PDF ist gespeichert.',
    leave: {
      title: 'Jetzt weg?',
      text: 'Das PDF ist noch nicht gespeichert. Wer jetzt geht, gibt es auf.',
      leave: 'Aufgeben',
    },
  },
});

export function Upload() {
  const words = useTexts(texts);
  const { size } = useFormats();
  const say = useSay();
  const online = useOnline();
  const [file, setFile] = useState<File | null>(null);
  const [fault, setFault] = useState<FileFault | null>(null);
  const [title, setTitle] = useState('');
  const [days, setDays] = useState(String(USUAL_DAYS));
  const [tried, setTried] = useState(false);
  const [sent, setSent] = useState<Sent | null>(null);
  const sending = useAction((signal, pdf: File, retentionDays: number) => {
    setSent(null);
    return vault.documents.upload(pdf, { title: title.trim(), retentionDays, onProgress: setSent, signal });
  });
  const take = async (chosen: File) => {
    const found = await fileFault(chosen).catch((): FileFault => 'other');
    setFault(found);
    setFile(found === null ? chosen : null);
    if (found === null) setTitle((typed) => (typed === '' ? titleOf(chosen.name) : typed));
  };
  const retentionDays = daysOf(days);
  const titleFits = /^[^\p{Cc}]{1,200}$/u.test(title.trim());
  const send = async () => {
    setTried(true);
    if (file === null || retentionDays === null || !titleFits) return;
    const document = await sending.run(file, retentionDays);
    if (document === undefined) return;
    say(words.done);
    go(href('documents', document.id), { replace: true });
  };
  const { error } = sending;
  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place, sending.busy);
  const titleWrong = (tried && !titleFits) || issueAt(error, '/title') !== null;
  const daysWrong = (tried && retentionDays === null) || issueAt(error, '/retentionDays') !== null;
  return (
    <Page title={words.title} back={{ href: href('documents'), text: words.back }}>
      <Unsaved when={sending.busy} question={words.leave} />
      <p>{words.about}</p>
      <div ref={place}>
        {sending.busy && file !== null ? (
          <div class="sheet">
            <h2>{title}</h2>
            <Progress
              label={words.sending(size(sent?.loaded ?? 0), size(file.size))}
              value={sent === null ? null : sent.loaded / file.size}
            />
            {online ? null : <Notice kind="warn">{words.offline}</Notice>}
            <div class="row">
              <Button onClick={sending.abort}>{words.cancel}</Button>
            </div>
          </div>
        ) : (
          <DropZone onFile={(dropped) => void take(dropped)}>
            <Form submit={words.send} busy={sending.busy} error={error} onSubmit={() => void send()}>
              <Field
                label={words.file}
                hint={file === null ? words.fileHint : words.chosen(file.name, size(file.size))}
                error={fault === null ? null : words.faults[fault]}
                required
              >
                {(tie) => (
                  <input
                    {...tie}
                    type="file"
                    accept="application/pdf,.pdf"
                    // What was dropped is in no input.
                    required={file === null}
                    onChange={(event) => {
                      const [chosen] = event.currentTarget.files ?? [];
                      if (chosen) void take(chosen);
                    }}
                  />
                )}
              </Field>
              <TextField
                // A title that a file lent has no fault that was told before.
                key={file?.name}
                label={words.name}
                hint={words.nameHint}
                error={titleWrong ? words.nameFault : null}
                required
                value={title}
                onValue={setTitle}
              />
              <TextField
                label={words.days}
                hint={words.daysHint}
                error={daysWrong ? words.daysFault : null}
                required
                inputMode="numeric"
                value={days}
                onValue={setDays}
              />
            </Form>
          </DropZone>
        )}
      </div>
    </Page>
  );
}

/** Whether the device has a network at all. */
function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => {
      setOnline(navigator.onLine);
    };
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  return online;
}
