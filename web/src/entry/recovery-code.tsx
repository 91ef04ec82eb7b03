import { useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { saveFile } from '../save-file.ts';
import { Button } from '../ui/button.tsx';
import { CheckField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useSay } from '../ui/said.tsx';
import { Unsaved } from '../ui/unsaved.tsx';

const texts = inLanguages({
  en: {
    title: 'Twinlock recovery code',
    made: (day: string) =>
      `Made on ${day}. It opens the vault without the password, once. Whoever has it and the e-mail can do that.`,
    once: 'It is shown only now. Keep it where you keep papers that matter, not beside the password.',
    copy: 'Copy',
    copied: 'Copied. Paste it somewhere safe.',
    notCopied: 'It could not be copied. Print it, save it, or write it down.',
    print: 'Print',
    save: 'Save as a file',
    file: 'twinlock-recovery-code.txt',
    kept: 'I have kept the code',
    missing: 'First keep the code: it is not shown again.',
    leave: {
      title: 'Leave without the code?',
      text: 'It is not shown again. Without it a forgotten password loses the data.',
      leave: 'Leave without it',
    },
  },
  de: {
    title: 'Twinlock-Wiederherstellungscode',
    made: (day: string) =>
      `Erstellt am ${day}. Er öffnet den Tresor einmal ohne Passwort. Das kann jeder, der ihn und die E-Mail hat.`,
    once: 'Er wird nur jetzt gezeigt. Am besten dort aufbewahren, wo wichtige Papiere liegen, nicht beim Passwort.',
    copy: 'Kopieren',
    copied: 'Kopiert. Jetzt an einem sicheren Ort einfügen.',
    notCopied: 'Das Kopieren ging nicht. Bitte drucken, speichern oder aufschreiben.',
    print: 'Drucken',
    save: 'Als Datei speichern',
    file: 'twinlock-wiederherstellungscode.txt',
    kept: 'Der Code ist aufbewahrt',
    missing: 'Bitte erst den Code aufbewahren: Er wird nicht noch einmal gezeigt.',
    leave: {
      title: 'Ohne den Code weg?',
      text: 'Er wird nicht noch einmal gezeigt. Ohne ihn gehen mit dem Passwort auch die Daten verloren.',
      leave: 'Ohne ihn weiter',
    },
  },
});

interface RecoveryCodeProps {
  readonly code: string;
  /** What the button says that goes on. */
  readonly next: string;
  readonly onKept: () => void;
}

/** Shows a recovery code, this once: it goes on only when it is kept, and asks whoever would leave without it. */
export function RecoveryCode({ code, next, onKept }: RecoveryCodeProps) {
  const words = useTexts(texts);
  const { day } = useFormats();
  const say = useSay();
  const [made] = useState(() => new Date().toISOString());
  const [kept, setKept] = useState(false);
  const [missing, setMissing] = useState(false);
  const about = words.made(day(made));
  return (
    <>
      <div class="sheet recovery-sheet">
        <h2>{words.title}</h2>
        <p class="code">{code}</p>
        <p>{about}</p>
      </div>
      <p>{words.once}</p>
      <div class="row">
        <Button
          onClick={() => {
            print();
          }}
        >
          {words.print}
        </Button>
        <Button
          onClick={() => {
            saveFile(new Blob([`${words.title}\n\n${code}\n\n${about}\n`], { type: 'text/plain' }), words.file);
          }}
        >
          {words.save}
        </Button>
        <Button
          onClick={() => {
            // Without a clipboard the call itself throws.
            Promise.resolve()
              .then(() => navigator.clipboard.writeText(code))
              .then(
                () => {
                  say(words.copied);
                },
                () => {
                  say(words.notCopied);
                },
              );
          }}
        >
          {words.copy}
        </Button>
      </div>
      <Form
        submit={next}
        busy={false}
        error={null}
        onSubmit={() => {
          if (kept) onKept();
          else setMissing(true);
        }}
      >
        <CheckField label={words.kept} checked={kept} onChecked={setKept} />
        <p class="error" role="alert">
          {missing && !kept ? words.missing : null}
        </p>
      </Form>
      <Unsaved when={!kept} question={words.leave} />
    </>
  );
}
