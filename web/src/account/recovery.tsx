import { useState } from 'preact/hooks';
import { useFaults } from '../entry/faults.ts';
import { OwnPassword } from '../entry/own-password.tsx';
import { RecoveryCode } from '../entry/recovery-code.tsx';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { go } from '../router.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Form } from '../ui/form.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction, useLoaded } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'Recovery code',
    text: 'It opens the data once without the password. Without it a forgotten password loses them.',
    none: 'There is none.',
    since: (day: string) => `There is one, made on ${day}. It can’t be shown again, only replaced.`,
    there: 'There is one. It can’t be shown again, only replaced.',
    replaces: 'A new one makes the old one void.',
    make: 'Make a code',
    replace: 'Make a new code',
    remove: 'Remove the code',
    removed: 'The recovery code is removed.',
    codeTitle: 'Keep the recovery code',
    done: 'Done',
  },
  de: {
    title: 'Wiederherstellungscode',
    text: 'Er öffnet die Daten einmal ohne Passwort. Ohne ihn gehen mit dem Passwort auch die Daten verloren.',
    none: 'Es gibt keinen.',
    since: (day: string) => `Es gibt einen, erstellt am ${day}. Er lässt sich nicht noch einmal zeigen, nur ersetzen.`,
    there: 'Es gibt einen. Er lässt sich nicht noch einmal zeigen, nur ersetzen.',
    replaces: 'Ein neuer macht den alten ungültig.',
    make: 'Code erstellen',
    replace: 'Neuen Code erstellen',
    remove: 'Code entfernen',
    removed: 'Der Wiederherstellungscode ist entfernt.',
    codeTitle: 'Wiederherstellungscode aufbewahren',
    done: 'Fertig',
  },
});

/** Makes, replaces or removes the recovery code. */
export function Recovery() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const { day } = useFormats();
  const loaded = useLoaded((signal) => vault.account.get({ signal }), []);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const changing = useAction(async (signal, what: 'make' | 'remove') => {
    if (what === 'make') {
      setCode(await vault.account.createRecoveryCode(password, { signal }));
    } else {
      await vault.account.removeRecoveryCode(password, { signal });
      say(words.removed);
      go(back.href);
    }
    setPassword('');
  });
  const { text, told } = useFaults(changing.error, { password: ['wrong_password'] });
  if (code !== null) {
    return (
      <Page key="code" title={words.codeTitle} narrow>
        <RecoveryCode
          code={code}
          next={words.done}
          onKept={() => {
            go(back.href);
          }}
        />
      </Page>
    );
  }
  return (
    <Page key="recovery" title={words.title} back={back} narrow>
      <p>{words.text}</p>
      <Shown loaded={loaded}>
        {({ recovery: { enabled, createdAt } }) => (
          <>
            <p>
              {enabled ? (createdAt === undefined ? words.there : words.since(day(createdAt))) : words.none}
              {enabled ? ` ${words.replaces}` : null}
            </p>
            <Form
              submit={enabled ? words.replace : words.make}
              busy={changing.busy}
              error={changing.error}
              told={told}
              onSubmit={() => changing.run('make')}
              beside={
                enabled ? (
                  <Button kind="danger" busy={changing.busy} onClick={() => void changing.run('remove')}>
                    {words.remove}
                  </Button>
                ) : null
              }
            >
              <OwnPassword value={password} onValue={setPassword} error={text('password')} />
            </Form>
          </>
        )}
      </Shown>
    </Page>
  );
}
