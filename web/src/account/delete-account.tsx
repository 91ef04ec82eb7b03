import { useState } from 'preact/hooks';
import { useFaults } from '../entry/faults.ts';
import { OwnPassword } from '../entry/own-password.tsx';
import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { useSession, vault } from '../session.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useAction, useLoaded } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'Delete the account',
    warning: 'This can’t be taken back.',
    goes: [
      'From that moment nobody can read the data and the documents, whoever it is.',
      'Password, recovery code and every session stop working.',
      'Backups of the service keep locked remains for up to 35 days, which open only with the old password and the service’s own key.',
      'The e-mail is free for a new account.',
    ],
    first: 'First take the data along',
    email: (email: string) => `To be sure, type the account’s e-mail: ${email}`,
    other: 'That is not the e-mail of this account.',
    submit: 'Delete everything for good',
  },
  de: {
    title: 'Konto löschen',
    warning: 'Das lässt sich nicht zurücknehmen.',
    goes: [
      'Alle Daten und alle Dokumente sind von diesem Moment an für niemanden mehr lesbar.',
      'Passwort, Wiederherstellungscode und alle Sitzungen gelten nicht mehr.',
      'Sicherungen des Dienstes behalten bis zu 35 Tage lang verschlossene Reste, die nur das alte Passwort zusammen mit dem Schlüssel des Dienstes öffnet.',
      'Die E-Mail ist frei für ein neues Konto.',
    ],
    first: 'Vorher die Daten mitnehmen',
    email: (email: string) => `Zur Sicherheit die E-Mail des Kontos eingeben: ${email}`,
    other: 'Das ist nicht die E-Mail dieses Kontos.',
    submit: 'Alles endgültig löschen',
  },
});

/** Deletes the account, once its owner has typed which, and the password. */
export function DeleteAccount() {
  const words = useTexts(texts);
  const back = useBack();
  const { deleted } = useSession();
  const loaded = useLoaded((signal) => vault.account.get({ signal }), []);
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const [other, setOther] = useState(false);
  const deleting = useAction(async (signal) => {
    deleted(await vault.account.delete(password, { signal }));
  });
  const { text, told } = useFaults(deleting.error, { password: ['wrong_password'] });
  return (
    <Page title={words.title} back={back} narrow>
      <div class="notice bad">
        <p>
          <strong>{words.warning}</strong>
        </p>
        <ul class="lines">
          {words.goes.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </div>
      <p>
        <a href={href('account', 'export')}>{words.first}</a>
      </p>
      <Shown loaded={loaded}>
        {({ email }) => (
          <Form
            submit={words.submit}
            kind="danger"
            busy={deleting.busy}
            error={deleting.error}
            told={told || other}
            onSubmit={() => {
              const same = typed.trim().toLowerCase() === email.toLowerCase();
              setOther(!same);
              if (same) void deleting.run();
            }}
          >
            <TextField
              label={words.email(email)}
              error={other ? words.other : null}
              value={typed}
              onValue={setTyped}
              name="confirmation"
              inputMode="email"
              autocapitalize="off"
              spellcheck={false}
              required
            />
            <OwnPassword value={password} onValue={setPassword} error={text('password')} />
          </Form>
        )}
      </Shown>
    </Page>
  );
}
