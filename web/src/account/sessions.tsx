import type { SessionEntry } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { useSession, vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { focusTitle, Page, Shown } from '../ui/page.tsx';
import { useSay } from '../ui/said.tsx';
import { userAgentText } from '../user-agent.ts';
import { useAction, useLoaded } from '../work.ts';
import { useBack } from './back.ts';

const texts = inLanguages({
  en: {
    title: 'Where the account is signed in',
    text: 'A session that nobody here knows? End it, and set a new password.',
    unknown: 'Unknown program',
    here: 'This session',
    since: (moment: string) => `Signed in ${moment}`,
    seen: (ago: string) => `last used ${ago}`,
    end: 'End',
    endNamed: (what: string, since: string) => `End: ${what}, signed in ${since}`,
    ended: 'The session is ended.',
    all: 'End all sessions',
    question: 'End all sessions?',
    questionText: 'The account is signed out everywhere, here too.',
    endAll: 'End all, this one too',
    cancel: 'Leave them',
  },
  de: {
    title: 'Wo das Konto angemeldet ist',
    text: 'Eine Sitzung, die niemand kennt? Am besten beenden und ein neues Passwort setzen.',
    unknown: 'Unbekanntes Programm',
    here: 'Diese Sitzung',
    since: (moment: string) => `Angemeldet ${moment}`,
    seen: (ago: string) => `zuletzt benutzt ${ago}`,
    end: 'Beenden',
    endNamed: (what: string, since: string) => `Beenden: ${what}, angemeldet ${since}`,
    ended: 'Die Sitzung ist beendet.',
    all: 'Alle Sitzungen beenden',
    question: 'Alle Sitzungen beenden?',
    questionText: 'Das Konto wird überall abgemeldet, auch hier.',
    endAll: 'Alle beenden, auch diese',
    cancel: 'So lassen',
  },
});

/** Where the account is signed in; each can be ended. */
export function Sessions() {
  const words = useTexts(texts);
  const back = useBack();
  const say = useSay();
  const { leave } = useSession();
  const loaded = useLoaded((signal) => vault.sessions.list({ signal }), []);
  const [asked, setAsked] = useState(false);
  const ending = useAction(async (signal, { id, current }: SessionEntry) => {
    if (current) {
      leave();
      return;
    }
    await vault.sessions.end(id, { signal });
    say(words.ended);
    focusTitle();
    loaded.reload();
  });
  const endingAll = useAction((signal) => vault.sessions.endAll({ signal }));
  const close = () => {
    setAsked(false);
  };
  return (
    <Page title={words.title} back={back}>
      <p>{words.text}</p>
      <Shown loaded={loaded}>
        {(sessions) => (
          <ul class="list">
            {sessions
              .toSorted((a, b) => Number(b.current) - Number(a.current))
              .map((session) => (
                <Line key={session.id} session={session} busy={ending.busy} onEnd={() => void ending.run(session)} />
              ))}
          </ul>
        )}
      </Shown>
      <ErrorNotice error={ending.error} />
      <div class="row">
        <Button
          kind="danger"
          onClick={() => {
            setAsked(true);
          }}
        >
          {words.all}
        </Button>
      </div>
      {asked ? (
        <Dialog title={words.question} onClose={close}>
          <p>{words.questionText}</p>
          <ErrorNotice error={endingAll.error} />
          <div class="row">
            <Button kind="danger" busy={endingAll.busy} onClick={() => void endingAll.run()}>
              {words.endAll}
            </Button>
            <Button onClick={close}>{words.cancel}</Button>
          </div>
        </Dialog>
      ) : null}
    </Page>
  );
}

function Line({ session, busy, onEnd }: { session: SessionEntry; busy: boolean; onEnd: () => void }) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const { moment, relative } = useFormats();
  const what = userAgentText(session.userAgent, language) ?? words.unknown;
  return (
    <li>
      <div>
        <strong>{what}</strong> {session.current ? <span class="badge">{words.here}</span> : null}
        <p class="aside">
          {words.since(moment(session.createdAt))} · {words.seen(relative(session.lastSeenAt))} · {session.sourceIp}
        </p>
      </div>
      <Button busy={busy} aria-label={words.endNamed(what, moment(session.createdAt))} onClick={onEnd}>
        {words.end}
      </Button>
    </li>
  );
}
