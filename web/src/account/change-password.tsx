import { useState } from 'preact/hooks';
import { useFaults } from '../entry/faults.ts';
import { NewPassword } from '../entry/new-password.tsx';
import { inLanguages, useTexts } from '../languages.tsx';
import { go } from '../router.ts';
import { vault } from '../session.tsx';
import { PasswordField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction, useLoaded } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'Set a new password',
    text: 'Everywhere else the account is signed out. The data stay as they are, and so does the recovery code.',
    current: 'Current password',
    fresh: 'New password',
    submit: 'Set the new password',
    done: 'The new password is set.',
  },
  de: {
    title: 'Neues Passwort setzen',
    text: 'Überall sonst wird das Konto abgemeldet. Die Daten bleiben, wie sie sind, und der Wiederherstellungscode auch.',
    current: 'Jetziges Passwort',
    fresh: 'Neues Passwort',
    submit: 'Neues Passwort setzen',
    done: 'Das neue Passwort gilt.',
  },
});

export function ChangePassword() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const loaded = useLoaded((signal) => vault.account.get({ signal }), []);
  const [current, setCurrent] = useState('');
  const [fresh, setFresh] = useState('');
  const changing = useAction(async (signal) => {
    await vault.account.changePassword({ currentPassword: current, newPassword: fresh }, { signal });
    say(words.done);
    go(back.href);
  });
  const { text, told } = useFaults(changing.error, {
    currentPassword: ['wrong_password'],
    newPassword: ['password_too_weak'],
  });
  return (
    <Page title={words.title} back={back} narrow>
      <p>{words.text}</p>
      <Shown loaded={loaded}>
        {({ email }) => (
          <Form
            submit={words.submit}
            busy={changing.busy}
            error={changing.error}
            told={told}
            onSubmit={() => changing.run()}
          >
            {/* Password managers keep the new one under it. */}
            <input type="text" name="email" autocomplete="username" value={email} readOnly hidden />
            <PasswordField
              label={words.current}
              autocomplete="current-password"
              name="current-password"
              value={current}
              onValue={setCurrent}
              error={text('currentPassword')}
            />
            <NewPassword
              label={words.fresh}
              email={email}
              name="new-password"
              value={fresh}
              onValue={setFresh}
              error={text('newPassword')}
            />
          </Form>
        )}
      </Shown>
    </Page>
  );
}
