import { TwinlockError } from '@twinlock/client';
import { useEffect, useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { saveFile } from '../save-file.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { focusTitle, Page } from '../ui/page.tsx';
import { Progress } from '../ui/progress.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction } from '../work.ts';
import { useBack } from './back.ts';
import { GivePassword } from './give-password.tsx';

const texts = inLanguages({
  en: {
    title: 'Take the data along',
    text: 'A ZIP file with all that is here: account, data, activity and documents, and a list by which it can be checked.',
    warning: 'The file is not locked: whoever has it can read it.',
    make: 'Make the file',
    makePart: (part: number, parts: number) => `Make file ${part} of ${parts}`,
    saved: 'saved',
    parts: 'It is too much for one file. Each part is saved as a file of its own.',
    came: (size: string) => `Making the file: ${size}`,
    stop: 'Stop',
    done: 'The file is saved.',
  },
  de: {
    title: 'Daten mitnehmen',
    text: 'Eine ZIP-Datei mit allem, was hier ist: Konto, Daten, Verlauf und Dokumente, dazu eine Liste, an der sie sich prüfen lässt.',
    warning: 'Die Datei ist nicht verschlossen: Wer sie hat, kann sie lesen.',
    make: 'Datei erstellen',
    makePart: (part: number, parts: number) => `Datei ${part} von ${parts} erstellen`,
    saved: 'gespeichert',
    parts: 'Für eine Datei ist es zu viel. Jeder Teil wird als eigene Datei gespeichert.',
    came: (size: string) => `Datei wird erstellt: ${size}`,
    stop: 'Anhalten',
    done: 'Die Datei ist gespeichert.',
  },
});

/** Saves all that the account holds, in one file or in parts. */
export function Export() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const { size } = useFormats();
  const [came, setCame] = useState<{ loaded: number; total: number | null }>({ loaded: 0, total: null });
  const [parts, setParts] = useState<number | null>(null);
  const [saved, setSaved] = useState<readonly number[]>([]);
  const [asked, setAsked] = useState<{ part: number | null } | null>(null);
  const saving = useAction(async (signal, part: number | null) => {
    setCame({ loaded: 0, total: null });
    setAsked(null);
    try {
      const file = await vault.account.export({ ...(part === null ? {} : { part }), onProgress: setCame, signal });
      saveFile(await file.blob(), file.fileName ?? 'twinlock.zip');
      if (part !== null) setSaved((before) => [...before, part]);
      say(words.done);
    } catch (error) {
      if (!(error instanceof TwinlockError)) throw error;
      if (error.code === 'reauthentication_required') setAsked({ part });
      else if (error.code === 'export_too_large' && error.parts !== undefined) setParts(error.parts);
      else throw error;
    }
  });
  useEffect(() => {
    if (asked === null) focusTitle();
  }, [asked]);
  return (
    <Page title={words.title} back={back} narrow>
      <p>{words.text}</p>
      <p>{words.warning}</p>
      {parts === null ? null : <p role="status">{words.parts}</p>}
      {asked !== null ? (
        <GivePassword onGiven={() => void saving.run(asked.part)} />
      ) : (
        <div class="stack">
          {parts === null ? (
            <Button kind="primary" busy={saving.busy} onClick={() => void saving.run(null)}>
              {words.make}
            </Button>
          ) : (
            Array.from({ length: parts }, (_, at) => at + 1).map((part) => (
              <div key={part} class="row">
                <Button busy={saving.busy} onClick={() => void saving.run(part)}>
                  {words.makePart(part, parts)}
                </Button>
                {saved.includes(part) ? <span class="badge">{words.saved}</span> : null}
              </div>
            ))
          )}
        </div>
      )}
      {saving.busy ? (
        <div class="sheet">
          <Progress
            label={words.came(size(came.loaded))}
            value={came.total === null ? null : came.loaded / came.total}
          />
          <div class="row">
            <Button
              onClick={() => {
                saving.abort();
                focusTitle();
              }}
            >
              {words.stop}
            </Button>
          </div>
        </div>
      ) : null}
      <ErrorNotice error={saving.error} />
    </Page>
  );
}
