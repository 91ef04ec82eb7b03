import { useState } from 'preact/hooks';
import { EmailField } from '../entry/email-field.tsx';
import { useFaults } from '../entry/faults.ts';
import { OwnPassword } from '../entry/own-password.tsx';
import { inLanguages, useTexts } from '../languages.tsx';
import { go } from '../router.ts';
import { vault } from '../session.tsx';
import { Form } from '../ui/form.tsx';
import { Page } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'Change the e-mail',
    text: 'From then on the account is entered by the new e-mail; the password stays. No mail is sent to either.',
    email: 'New e-mail',
    submit: 'Change the e-mail',
    done: 'The e-mail is changed.',
  },
  de: {
    title: 'E-Mail ändern',
    text: 'Danach öffnet die neue E-Mail das Konto, das Passwort bleibt. An keine von beiden wird eine Nachricht geschickt.',
    email: 'Neue E-Mail',
    submit: 'E-Mail ändern',
    done: 'Die E-Mail ist geändert.',
  },
});

export function ChangeEmail() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const changing = useAction(async (signal) => {
    await vault.account.changeEmail({ password, email }, { signal });
    say(words.done);
    go(back.href);
  });
  const { text, told } = useFaults(changing.error, { email: ['account_exists'], password: ['wrong_password'] });
  return (
    <Page title={words.title} back={back} narrow>
      <p>{words.text}</p>
      <Form
        submit={words.submit}
        busy={changing.busy}
        error={changing.error}
        told={told}
        onSubmit={() => changing.run()}
      >
        <EmailField label={words.email} value={email} onValue={setEmail} error={text('email')} />
        <OwnPassword value={password} onValue={setPassword} error={text('password')} />
      </Form>
    </Page>
  );
}
