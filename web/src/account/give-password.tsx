import { useState } from 'preact/hooks';
import { useFaults } from '../entry/faults.ts';
import { OwnPassword } from '../entry/own-password.tsx';
import { inLanguages, useTexts } from '../languages.tsx';
import { vault } from '../session.tsx';
import { Form } from '../ui/form.tsx';
import { useAction } from '../work.ts';

const texts = inLanguages({
  en: {
    text: 'It is a while since the password was given. Once more, for this:',
    submit: 'Go on',
  },
  de: {
    text: 'Das Passwort wurde vor einer Weile eingegeben. Dafür bitte noch einmal:',
    submit: 'Weiter',
  },
});

/** Asks for the password where a sign-in is too old for what was asked. */
export function GivePassword({ onGiven }: { onGiven: () => void }) {
  const words = useTexts(texts);
  const [password, setPassword] = useState('');
  const giving = useAction(async (signal) => {
    await vault.account.reauthenticate(password, { signal });
    onGiven();
  });
  const { text, told } = useFaults(giving.error, { password: ['wrong_password'] });
  return (
    <Form submit={words.submit} busy={giving.busy} error={giving.error} told={told} onSubmit={() => giving.run()}>
      <p>{words.text}</p>
      <OwnPassword focused value={password} onValue={setPassword} error={text('password')} />
    </Form>
  );
}
