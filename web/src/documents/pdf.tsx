import type { Document, Progress as Loaded } from '@twinlock/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { Progress } from '../ui/progress.tsx';
import { useAction } from '../work.ts';
import { isGone } from './gone.ts';
import { useKeptFocus } from './kept-focus.ts';

const texts = inLanguages({
  en: {
    fetch: (size: string) => `Get the PDF (${size})`,
    loading: (loaded: string, total: string) => `${loaded} of ${total}`,
    cancel: 'Cancel',
    again: 'Try again',
    save: 'Save',
    open: 'Open in a new tab',
    shown: (title: string) => `PDF: ${title}`,
    ready: 'The PDF is here.',
  },
  de: {
    fetch: (size: string) => `PDF holen (${size})`,
    loading: (loaded: string, total: string) => `${loaded} von ${total}`,
    cancel: 'Abbrechen',
    again: 'Noch einmal',
    save: 'Speichern',
    open: 'In neuem Tab öffnen',
    shown: (title: string) => `PDF: ${title}`,
    ready: 'Das PDF ist da.',
  },
});

/** What is larger is read only when it is asked for, bytes. */
const UNASKED = 20 * 2 ** 20;

/** A document's PDF in the page, where the browser shows any; to be saved and opened in each. */
export function Pdf({ document, onGone }: { document: Document; onGone: () => void }) {
  const words = useTexts(texts);
  const { size } = useFormats();
  const [progress, setProgress] = useState<Loaded | null>(null);
  const [file, setFile] = useState<{ readonly url: string; readonly name: string } | null>(null);
  const reading = useAction(async (signal) => {
    setProgress(null);
    try {
      const download = await vault.documents.content(document.id, { signal, onProgress: setProgress });
      const bytes = await download.blob();
      signal.throwIfAborted();
      // Whatever came, it is opened as a PDF and as nothing else.
      const url = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }));
      setFile({ url, name: download.fileName ?? `${document.title}.pdf` });
    } catch (error) {
      if (isGone(error)) onGone();
      throw error;
    }
  });
  useEffect(() => {
    if (navigator.pdfViewerEnabled && document.size <= UNASKED) void reading.run();
  }, []);
  useEffect(() => {
    if (file === null) return undefined;
    return () => {
      URL.revokeObjectURL(file.url);
    };
  }, [file]);

  const place = useRef<HTMLDivElement>(null);
  useKeptFocus(place, file === null ? reading.busy : 'here');

  const total = document.size;
  return (
    <div ref={place} class="pdf-place">
      {file !== null ? (
        <>
          <div class="row">
            <a class="button primary" href={file.url} download={file.name}>
              {words.save}
            </a>
            <a class="button plain" href={file.url} target="_blank" rel="noopener">
              {words.open}
            </a>
            <p class="aside" role="status">
              {navigator.pdfViewerEnabled ? null : words.ready}
            </p>
          </div>
          {navigator.pdfViewerEnabled ? (
            // Without the column of small pages beside the page.
            <iframe class="pdf" title={words.shown(document.title)} src={`${file.url}#navpanes=0`} />
          ) : null}
        </>
      ) : reading.busy ? (
        <div class="sheet">
          <Progress
            label={words.loading(size(progress?.loaded ?? 0), size(total))}
            value={progress === null ? null : progress.loaded / total}
          />
          <div class="row">
            <Button onClick={reading.abort}>{words.cancel}</Button>
          </div>
        </div>
      ) : (
        <div class="stack">
          <ErrorNotice error={reading.error} />
          <Button kind="primary" onClick={() => void reading.run()}>
            {reading.error === null ? words.fetch(size(total)) : words.again}
          </Button>
        </div>
      )}
    </div>
  );
}
