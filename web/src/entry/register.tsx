import { TwinlockError } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { useAction } from '../work.ts';
import { DataLoss } from './data-loss.tsx';
import { EmailField } from './email-field.tsx';
import { useEntersOnLeave } from './enters-on-leave.ts';
import { fieldOf, useFaults } from './faults.ts';
import { NewPassword } from './new-password.tsx';
import { RecoveryCode } from './recovery-code.tsx';

const texts = inLanguages({
  en: {
    back: 'Sign in',
    step: (step: number, of: number) => `Step ${step} of ${of}`,
    credentials: 'Make an account',
    email: 'E-mail',
    emailHint: 'It names the account. No mail is sent to it.',
    password: 'New password',
    next: 'Next',
    code: 'Keep the recovery code',
    toData: 'To my data',
    noCode: 'Your account is made',
    noCodeText:
      'But the recovery code could not be made. Make one now under “Account”: without it a forgotten password loses the data.',
  },
  de: {
    back: 'Anmelden',
    step: (step: number, of: number) => `Schritt ${step} von ${of}`,
    credentials: 'Konto anlegen',
    email: 'E-Mail',
    emailHint: 'Sie benennt das Konto. Es wird keine Nachricht an sie geschickt.',
    password: 'Neues Passwort',
    next: 'Weiter',
    code: 'Wiederherstellungscode aufbewahren',
    toData: 'Zu meinen Daten',
    noCode: 'Das Konto ist angelegt',
    noCodeText:
      'Nur der Wiederherstellungscode kam nicht zustande. Am besten jetzt unter „Konto“ einen erstellen: Ohne ihn gehen mit dem Passwort auch die Daten verloren.',
  },
});

/** Faults that are of the first step, by its fields. */
const FIELDS = { email: ['account_exists'], password: ['password_too_weak'] } as const;

const STEPS = 3;

type Step = 'credentials' | 'data-loss' | { readonly code: string | null };

/** Makes an account in steps: e-mail and password, what is lost with the password, and the code against that. */
export function Register() {
  const words = useTexts(texts);
  const [step, setStep] = useState<Step>('credentials');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const enter = useEntersOnLeave();
  const making = useAction(async (signal, withCode: boolean) => {
    try {
      await vault.register({ email, password, acceptDataLoss: true }, { signal });
    } catch (error) {
      if (fieldOf(error, FIELDS) !== null) setStep('credentials');
      throw error;
    }
    if (!withCode) {
      enter();
      return;
    }
    // From here on there is an account: what fails now is told, and can be done again inside.
    const code = await vault.account.createRecoveryCode(password, { signal }).catch((error: unknown) => {
      if (error instanceof TwinlockError) return null;
      throw error;
    });
    setPassword('');
    setStep({ code });
  });
  const { text, told } = useFaults(making.error, FIELDS);
  const back = { href: href(), text: words.back };

  if (step === 'credentials') {
    return (
      <Page key="credentials" title={words.credentials} back={back} narrow>
        <p class="aside">{words.step(1, STEPS)}</p>
        <Form
          submit={words.next}
          busy={false}
          error={making.error}
          told={told}
          onSubmit={() => {
            making.clear();
            setStep('data-loss');
          }}
        >
          <EmailField
            label={words.email}
            hint={words.emailHint}
            value={email}
            onValue={setEmail}
            error={text('email')}
            focused
          />
          <NewPassword
            label={words.password}
            email={email}
            value={password}
            onValue={setPassword}
            error={text('password')}
          />
        </Form>
      </Page>
    );
  }
  if (step === 'data-loss') {
    return (
      <DataLoss
        step={words.step(2, STEPS)}
        busy={making.busy}
        error={making.error}
        onBack={() => {
          making.clear();
          setStep('credentials');
        }}
        onAccept={(withCode) => making.run(withCode)}
      />
    );
  }
  if (step.code === null) {
    return (
      <Page key="made" title={words.noCode} narrow>
        <Notice kind="warn">{words.noCodeText}</Notice>
        <div class="row">
          <Button kind="primary" onClick={enter}>
            {words.toData}
          </Button>
        </div>
      </Page>
    );
  }
  return (
    <Page key="code" title={words.code} narrow>
      <p class="aside">{words.step(STEPS, STEPS)}</p>
      <RecoveryCode code={step.code} next={words.toData} onKept={enter} />
    </Page>
  );
}
