import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { ButtonLink } from '../ui/button.tsx';
import { Notice } from '../ui/notice.tsx';
import { Page, Shown } from '../ui/page.tsx';
import { useLoaded } from '../work.ts';

const texts = inLanguages({
  en: {
    title: 'Account',
    facts: { email: 'E-mail', since: 'Since', password: 'Password set', code: 'Recovery code', sessions: 'Signed in' },
    made: (day: string) => `made on ${day}`,
    there: 'made',
    none: 'none',
    places: (count: string, one: boolean) => (one ? 'here only' : `at ${count} places`),
    noCode: 'There is no recovery code: a forgotten password loses the data.',
    makeCode: 'Make one',
    rotating: 'The lock is being replaced, and not all has moved to the new one yet.',
    goOn: 'Go on',
    ways: 'What can be done',
    views: {
      password: ['Password', 'Set a new one'],
      email: ['E-mail', 'Sign in by another one'],
      recovery: ['Recovery code', 'The way in when the password is forgotten'],
      sessions: ['Sessions', 'See where the account is signed in, and end it'],
      key: ['New lock', 'Lock all data afresh'],
      export: ['Take the data along', 'All of it in one file'],
      delete: ['Delete the account', 'And all that it holds'],
    },
  },
  de: {
    title: 'Konto',
    facts: {
      email: 'E-Mail',
      since: 'Seit',
      password: 'Passwort gesetzt',
      code: 'Wiederherstellungscode',
      sessions: 'Angemeldet',
    },
    made: (day: string) => `erstellt am ${day}`,
    there: 'erstellt',
    none: 'keiner',
    places: (count: string, one: boolean) => (one ? 'nur hier' : `an ${count} Orten`),
    noCode: 'Es gibt keinen Wiederherstellungscode: Mit dem Passwort gingen auch die Daten verloren.',
    makeCode: 'Code erstellen',
    rotating: 'Das Schloss wird gerade ersetzt, noch nicht alles ist unter dem neuen.',
    goOn: 'Weitermachen',
    ways: 'Was sich tun lässt',
    views: {
      password: ['Passwort', 'Ein neues setzen'],
      email: ['E-Mail', 'Mit einer anderen anmelden'],
      recovery: ['Wiederherstellungscode', 'Der Weg hinein, wenn das Passwort vergessen ist'],
      sessions: ['Sitzungen', 'Sehen, wo das Konto angemeldet ist, und beenden'],
      key: ['Neues Schloss', 'Alle Daten neu verschließen'],
      export: ['Daten mitnehmen', 'Alle in einer Datei'],
      delete: ['Konto löschen', 'Und alles, was darin ist'],
    },
  },
});

const VIEWS = ['password', 'email', 'recovery', 'sessions', 'key', 'export', 'delete'] as const;

/** How the account stands, and what can be done with it. */
export function Overview() {
  const words = useTexts(texts);
  const { day, number } = useFormats();
  const loaded = useLoaded(async (signal) => {
    const [account, sessions] = await Promise.all([vault.account.get({ signal }), vault.sessions.list({ signal })]);
    return { account, sessions };
  }, []);
  return (
    <Page title={words.title}>
      <Shown loaded={loaded}>
        {({ account: { email, createdAt, passwordChangedAt, recovery, rotating }, sessions }) => (
          <>
            {rotating ? <Hint text={words.rotating} way={words.goOn} to="key" /> : null}
            {recovery.enabled ? null : <Hint text={words.noCode} way={words.makeCode} to="recovery" />}
            <dl class="facts columns sheet">
              <Fact name={words.facts.email} value={email} />
              <Fact name={words.facts.since} value={day(createdAt)} />
              <Fact name={words.facts.password} value={day(passwordChangedAt)} />
              <Fact
                name={words.facts.code}
                value={
                  recovery.enabled
                    ? recovery.createdAt === undefined
                      ? words.there
                      : words.made(day(recovery.createdAt))
                    : words.none
                }
              />
              <Fact name={words.facts.sessions} value={words.places(number(sessions.length), sessions.length === 1)} />
            </dl>
          </>
        )}
      </Shown>
      <h2>{words.ways}</h2>
      <ul class="list ways">
        {VIEWS.map((view) => (
          <li key={view}>
            <a href={href('account', view)}>
              <strong>{words.views[view][0]}</strong>
              <span class="aside">{words.views[view][1]}</span>
            </a>
          </li>
        ))}
      </ul>
    </Page>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Hint({ text, way, to }: { text: string; way: string; to: 'key' | 'recovery' }) {
  return (
    <Notice kind="warn">
      <div class="row">
        <span class="grow">{text}</span>
        <ButtonLink href={href('account', to)}>{way}</ButtonLink>
      </div>
    </Notice>
  );
}
