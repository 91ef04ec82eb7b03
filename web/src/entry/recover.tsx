import { useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { useAction } from '../work.ts';
import { EmailField } from './email-field.tsx';
import { useEntersOnLeave } from './enters-on-leave.ts';
import { useFaults } from './faults.ts';
import { NewPassword } from './new-password.tsx';
import { RecoveryCode } from './recovery-code.tsx';

const texts = inLanguages({
  en: {
    back: 'Sign in',
    title: 'Open the vault by the recovery code',
    text: 'The code is used up by it. The vault gets a new password and a new code, and whoever is signed in elsewhere is signed out.',
    none: 'Without a code nobody can open the data: not even the operator.',
    email: 'E-mail',
    code: 'Recovery code',
    codeHint: 'Capitals, spaces and hyphens don’t matter.',
    password: 'New password',
    submit: 'Set the new password',
    done: 'The new password is set',
    doneText: 'The old code is used up. This is the new one.',
    toData: 'To my data',
  },
  de: {
    back: 'Anmelden',
    title: 'Tresor mit dem Wiederherstellungscode öffnen',
    text: 'Der Code ist danach verbraucht. Der Tresor bekommt ein neues Passwort und einen neuen Code; wer anderswo angemeldet ist, wird abgemeldet.',
    none: 'Ohne Code kann niemand die Daten öffnen, auch nicht der Betreiber.',
    email: 'E-Mail',
    code: 'Wiederherstellungscode',
    codeHint: 'Groß und klein, Leerzeichen und Striche sind egal.',
    password: 'Neues Passwort',
    submit: 'Neues Passwort setzen',
    done: 'Das neue Passwort gilt',
    doneText: 'Der alte Code ist verbraucht. Das ist der neue.',
    toData: 'Zu meinen Daten',
  },
});

/** Sets a new password by the recovery code, and shows the fresh code. */
export function Recover() {
  const words = useTexts(texts);
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [fresh, setFresh] = useState<string | null>(null);
  const enter = useEntersOnLeave();
  const recovering = useAction(async (signal) => {
    const given = { email, recoveryCode: code.trim(), newPassword: password };
    const { recoveryCode } = await vault.recover(given, { signal });
    setPassword('');
    setCode('');
    setFresh(recoveryCode);
  });
  const { text, told } = useFaults(recovering.error, {
    email: [],
    recoveryCode: [],
    newPassword: ['password_too_weak'],
  });

  if (fresh !== null) {
    return (
      <Page key="done" title={words.done} narrow>
        <Notice kind="good">{words.doneText}</Notice>
        <RecoveryCode code={fresh} next={words.toData} onKept={enter} />
      </Page>
    );
  }
  return (
    <Page key="recover" title={words.title} back={{ href: href(), text: words.back }} narrow>
      <p>{words.text}</p>
      <p class="aside">{words.none}</p>
      <Form
        submit={words.submit}
        busy={recovering.busy}
        error={recovering.error}
        told={told}
        onSubmit={() => recovering.run()}
      >
        <EmailField label={words.email} value={email} onValue={setEmail} error={text('email')} focused />
        <TextField
          label={words.code}
          hint={words.codeHint}
          error={text('recoveryCode')}
          value={code}
          onValue={setCode}
          name="recovery-code"
          autocapitalize="characters"
          spellcheck={false}
          required
        />
        <NewPassword
          label={words.password}
          email={email}
          value={password}
          onValue={setPassword}
          error={text('newPassword')}
          name="new-password"
        />
      </Form>
    </Page>
  );
}
