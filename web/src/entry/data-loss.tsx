import { useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { Button } from '../ui/button.tsx';
import { CheckField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';

const texts = inLanguages({
  en: {
    title: 'If the password is forgotten',
    warning: 'Whoever forgets the password loses the data.',
    why: 'The password is the key. Nobody keeps a copy of it, and so nobody can send a new one, or open the data for you: not even the operator of this service.',
    choice: 'What helps: a recovery code',
    with: 'Make a recovery code',
    withHint:
      'Recommended. A code to print or save, which opens the data once without the password. It is shown in the next step, and never again.',
    without: 'No recovery code',
    withoutHint: 'The password is the only way in. A code can be made later.',
    accept: {
      with: 'I understand: without the password and without the code the data are lost.',
      without: 'I understand: without the password the data are lost.',
    },
    missingChoice: 'Choose one of the two.',
    missingAccept: 'This has to be understood first.',
    submit: 'Make the account',
    back: 'Back',
  },
  de: {
    title: 'Wenn das Passwort vergessen ist',
    warning: 'Mit dem Passwort gehen auch die Daten verloren.',
    why: 'Das Passwort ist der Schlüssel. Niemand hat eine Kopie davon. Deshalb kann niemand ein neues schicken oder die Daten öffnen, auch nicht der Betreiber dieses Dienstes.',
    choice: 'Dagegen hilft ein Code',
    with: 'Wiederherstellungscode erstellen',
    withHint:
      'Empfohlen. Ein Code zum Drucken oder Speichern, der die Daten einmal ohne Passwort öffnet. Er wird im nächsten Schritt gezeigt und danach nie wieder.',
    without: 'Kein Wiederherstellungscode',
    withoutHint: 'Nur das Passwort führt hinein. Ein Code lässt sich auch später erstellen.',
    accept: {
      with: 'Verstanden: Ohne das Passwort und ohne den Code sind die Daten verloren.',
      without: 'Verstanden: Ohne das Passwort sind die Daten verloren.',
    },
    missingChoice: 'Bitte eines von beiden wählen.',
    missingAccept: 'Das muss erst verstanden sein.',
    submit: 'Konto anlegen',
    back: 'Zurück',
  },
});

interface DataLossProps {
  readonly step: string;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onBack: () => void;
  readonly onAccept: (withCode: boolean) => unknown;
}

/** Says what is lost with the password, and goes on only when that is understood. */
export function DataLoss({ step, busy, error, onBack, onAccept }: DataLossProps) {
  const words = useTexts(texts);
  const [choice, setChoice] = useState<'with' | 'without' | null>(null);
  const [accepted, setAccepted] = useState(false);
  const [tried, setTried] = useState(false);
  const missing = choice === null ? words.missingChoice : accepted ? null : words.missingAccept;
  return (
    <Page key="data-loss" title={words.title} narrow>
      <p class="aside">{step}</p>
      <Notice kind="warn">
        <p>
          <strong>{words.warning}</strong>
        </p>
        <p>{words.why}</p>
      </Notice>
      <Form
        submit={words.submit}
        busy={busy}
        error={error}
        beside={
          <Button busy={busy} onClick={onBack}>
            {words.back}
          </Button>
        }
        onSubmit={() => {
          setTried(true);
          if (choice !== null && accepted) onAccept(choice === 'with');
        }}
      >
        <fieldset>
          <legend>{words.choice}</legend>
          {(['with', 'without'] as const).map((name) => (
            <label key={name} class="check">
              <input
                type="radio"
                name="recovery"
                value={name}
                checked={choice === name}
                onChange={() => {
                  setChoice(name);
                }}
              />
              <span>
                {words[name]}
                <small class="block">{words[`${name}Hint`]}</small>
              </span>
            </label>
          ))}
        </fieldset>
        <CheckField label={words.accept[choice ?? 'without']} checked={accepted} onChecked={setAccepted} />
        <p class="error" role="alert">
          {tried ? missing : null}
        </p>
      </Form>
    </Page>
  );
}
