import { Account } from './account/account.tsx';
import { Activity } from './activity/activity.tsx';
import { Documents } from './documents/documents.tsx';
import { Entry } from './entry/entry.tsx';
import { Header } from './header.tsx';
import { IdleQuestion } from './idle-question.tsx';
import { Items } from './items/items.tsx';
import { inLanguages, Languages, useTexts } from './languages.tsx';
import { href, useRoute } from './router.ts';
import { Session, useSession } from './session.tsx';
import { ButtonLink } from './ui/button.tsx';
import { Page } from './ui/page.tsx';
import { Said } from './ui/said.tsx';

const texts = inLanguages({
  en: { skip: 'To the content', nowhere: 'There is nothing here', home: 'To my data' },
  de: { skip: 'Zum Inhalt', nowhere: 'Hier ist nichts', home: 'Zu meinen Daten' },
});

export function App() {
  return (
    <Languages>
      <Said>
        <Session>
          <Views />
        </Session>
      </Said>
    </Languages>
  );
}

function Views() {
  const { skip } = useTexts(texts);
  const { signedIn } = useSession();
  return (
    <>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          // The fragment names the view: it must stay.
          event.preventDefault();
          document.querySelector<HTMLElement>('h1')?.focus();
        }}
      >
        {skip}
      </a>
      <Header />
      {/* Whoever signs out takes the whole tree along: no view keeps what it showed. */}
      {signedIn ? <Inside /> : <Entry />}
    </>
  );
}

function Inside() {
  const words = useTexts(texts);
  const [area = 'items', ...route] = useRoute();
  const view = () => {
    switch (area) {
      case 'items':
      // What someone asked for who was not signed in yet.
      case 'sign-in':
      case 'register':
      case 'recover':
        return <Items route={area === 'items' ? route : []} />;
      case 'documents':
        return <Documents route={route} />;
      case 'activity':
        return <Activity />;
      case 'account':
        return <Account route={route} />;
      default:
        return (
          <Page title={words.nowhere}>
            <ButtonLink href={href('items')}>{words.home}</ButtonLink>
          </Page>
        );
    }
  };
  return (
    <>
      {view()}
      <IdleQuestion />
    </>
  );
}
