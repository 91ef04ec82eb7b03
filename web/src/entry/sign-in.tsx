import { useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { IDLE_MINUTES, useSession, vault } from '../session.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page } from '../ui/page.tsx';
import { useAction } from '../work.ts';
import { EmailField } from './email-field.tsx';
import { useFaults } from './faults.ts';
import { OwnPassword } from './own-password.tsx';

const texts = inLanguages({
  en: {
    title: 'Sign in',
    email: 'E-mail',
    submit: 'Sign in',
    lead: 'A vault for personal data, and for the documents made from it. While nobody is signed in, not even its operator can open it.',
    isNew: 'New here?',
    register: 'Make an account',
    recover: 'Forgot the password?',
    farewells: {
      'signed-out': 'You signed out.',
      ended: 'The session has ended. Sign in again to go on.',
      idle: `Nobody was here for ${IDLE_MINUTES} minutes, so the page signed out.`,
      deleted: 'The account is deleted.',
    },
    receipt: (items: string, documents: string, moment: string) =>
      `Deleted on ${moment}: ${items} items and ${documents} documents. None of it can be opened any more.`,
    receiptId: (id: string) => `Receipt: ${id}`,
  },
  de: {
    title: 'Anmelden',
    email: 'E-Mail',
    submit: 'Anmelden',
    lead: 'Ein Tresor für persönliche Daten und die Dokumente daraus. Solange niemand angemeldet ist, kommt auch der Betreiber nicht hinein.',
    isNew: 'Zum ersten Mal hier?',
    register: 'Konto anlegen',
    recover: 'Passwort vergessen?',
    farewells: {
      'signed-out': 'Abgemeldet.',
      ended: 'Die Sitzung ist zu Ende. Nach dem Anmelden geht es weiter.',
      idle: `${IDLE_MINUTES} Minuten lang war niemand da: Die Seite hat sich abgemeldet.`,
      deleted: 'Das Konto ist gelöscht.',
    },
    receipt: (items: string, documents: string, moment: string) =>
      `Gelöscht am ${moment}: ${items} Einträge und ${documents} Dokumente. Nichts davon lässt sich mehr öffnen.`,
    receiptId: (id: string) => `Beleg: ${id}`,
  },
});

export function SignIn() {
  const words = useTexts(texts);
  const { farewell, entered } = useSession();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const signing = useAction(async (signal) => {
    await vault.signIn({ email, password }, { signal });
    entered();
  });
  const { text, told } = useFaults(signing.error, { email: [], password: [] });
  return (
    <Page title={words.title} narrow>
      {farewell === 'deleted' ? <Receipt /> : null}
      {farewell !== null && farewell !== 'deleted' ? <Notice kind="plain">{words.farewells[farewell]}</Notice> : null}
      <Form
        submit={words.submit}
        busy={signing.busy}
        error={signing.error}
        told={told}
        onSubmit={() => signing.run()}
        beside={<a href={href('recover')}>{words.recover}</a>}
      >
        <EmailField label={words.email} value={email} onValue={setEmail} error={text('email')} focused />
        <OwnPassword value={password} onValue={setPassword} error={text('password')} />
      </Form>
      <section class="sheet">
        <h2>{words.isNew}</h2>
        <p class="aside">{words.lead}</p>
        <div class="row">
          <ButtonLink href={href('register')}>{words.register}</ButtonLink>
        </div>
      </section>
    </Page>
  );
}

/** What the service gave for an account that was deleted here: it is shown until someone signs in. */
function Receipt() {
  const words = useTexts(texts);
  const { receipt } = useSession();
  const { moment, number } = useFormats();
  return (
    <Notice kind="good">
      <p>{words.farewells.deleted}</p>
      {receipt === null ? null : (
        <>
          <p>{words.receipt(number(receipt.items), number(receipt.documents), moment(receipt.at))}</p>
          <p>{words.receiptId(receipt.receiptId)}</p>
        </>
      )}
    </Notice>
  );
}
