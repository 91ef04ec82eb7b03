import { useEffect, useState } from 'preact/hooks';
import { useFaults } from '../entry/faults.ts';
import { OwnPassword } from '../entry/own-password.tsx';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { go } from '../router.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Form } from '../ui/form.tsx';
import { focusTitle, Page, Shown } from '../ui/page.tsx';
import { Progress } from '../ui/progress.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction, useLoaded } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'A new lock',
    text: 'All that is stored is moved under a new lock, and the old one is thrown away. That is of use when somebody may have got at the old one.',
    sessions: 'Everywhere else the account is signed out. Password and recovery code stay.',
    standing: 'A new lock is there already, but not all has been moved to it yet.',
    start: 'Lock all afresh',
    goOn: 'Go on',
    stop: 'Stop for now',
    left: (count: string) => `Moving to the new lock: ${count} to go`,
    begins: 'Moving to the new lock …',
    meanwhile:
      'The page can be left meanwhile. What is not moved yet stays as safe as it is, and it can be gone on with at any time.',
    done: 'All is under the new lock.',
  },
  de: {
    title: 'Ein neues Schloss',
    text: 'Alles Gespeicherte kommt unter ein neues Schloss, das alte wird weggeworfen. Das hilft, wenn jemand an das alte gekommen sein könnte.',
    sessions: 'Überall sonst wird das Konto abgemeldet. Passwort und Wiederherstellungscode bleiben.',
    standing: 'Ein neues Schloss ist schon da, aber noch nicht alles ist darunter.',
    start: 'Alles neu verschließen',
    goOn: 'Weitermachen',
    stop: 'Vorerst anhalten',
    left: (count: string) => `Umzug unter das neue Schloss: noch ${count}`,
    begins: 'Umzug unter das neue Schloss …',
    meanwhile:
      'Die Seite kann dabei verlassen werden. Was noch nicht umgezogen ist, bleibt so sicher, wie es ist, und weiter geht es jederzeit.',
    done: 'Alles ist unter dem neuen Schloss.',
  },
});

/** Rows that are moved in one call: small enough for the bar to move. */
const ROWS_A_STEP = 50;

/** Moves the vault to a fresh key; one that was left half-way goes on. */
export function KeyRotation() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const { number } = useFormats();
  const loaded = useLoaded((signal) => vault.account.get({ signal }), []);
  const [password, setPassword] = useState('');
  const [rows, setRows] = useState<{ remaining: number; all: number } | null>(null);
  const rotating = useAction(async (signal, start: boolean) => {
    setRows(null);
    await vault.account.rotateKeys(start ? password : null, {
      limit: ROWS_A_STEP,
      signal,
      onProgress: ({ remaining }) => {
        setPassword('');
        setRows((before) => ({ remaining, all: before?.all ?? remaining + ROWS_A_STEP }));
      },
    });
    say(words.done);
    go(back.href);
  });
  const { text, told } = useFaults(rotating.error, { password: ['wrong_password'] });
  const stop = () => {
    rotating.abort();
    loaded.reload();
  };
  const isMoving = rotating.busy && (rows !== null || loaded.data?.rotating === true);
  useEffect(focusTitle, [isMoving]);
  return (
    <Page title={words.title} back={back} narrow>
      <p>{words.text}</p>
      <Shown loaded={loaded}>
        {(account) =>
          isMoving ? (
            <div class="sheet">
              <Progress
                label={rows === null ? words.begins : words.left(number(rows.remaining))}
                value={rows === null ? null : 1 - rows.remaining / rows.all}
              />
              <p class="aside">{words.meanwhile}</p>
              <div class="row">
                <Button onClick={stop}>{words.stop}</Button>
              </div>
            </div>
          ) : account.rotating || rows !== null ? (
            <Form submit={words.goOn} busy={rotating.busy} error={rotating.error} onSubmit={() => rotating.run(false)}>
              <p>{words.standing}</p>
            </Form>
          ) : (
            <Form
              submit={words.start}
              busy={rotating.busy}
              error={rotating.error}
              told={told}
              onSubmit={() => rotating.run(true)}
            >
              <p>{words.sessions}</p>
              <OwnPassword value={password} onValue={setPassword} error={text('password')} />
            </Form>
          )
        }
      </Shown>
    </Page>
  );
}
