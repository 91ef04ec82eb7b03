import { inLanguages, LANGUAGES, type Language, useSpeech, useTexts } from './languages.tsx';
import { href, useRoute } from './router.ts';
import { useSession } from './session.tsx';
import { Button } from './ui/button.tsx';
import { Mark } from './ui/icon.tsx';

const texts = inLanguages({
  en: {
    views: 'Views',
    items: 'My data',
    documents: 'Documents',
    activity: 'Activity',
    account: 'Account',
    signOut: 'Sign out',
    language: 'Language',
  },
  de: {
    views: 'Ansichten',
    items: 'Meine Daten',
    documents: 'Dokumente',
    activity: 'Verlauf',
    account: 'Konto',
    signOut: 'Abmelden',
    language: 'Sprache',
  },
});

const AREAS = ['items', 'documents', 'activity', 'account'] as const;

export function Header() {
  const words = useTexts(texts);
  const { signedIn, leave } = useSession();
  const { language, speak } = useSpeech();
  const [area = 'items'] = useRoute();
  return (
    <header>
      <a class="brand" href={href()}>
        <Mark />
        Twinlock
      </a>
      {signedIn ? (
        <nav aria-label={words.views}>
          {AREAS.map((name) => (
            <a key={name} href={href(name)} aria-current={name === area ? 'page' : undefined}>
              {words[name]}
            </a>
          ))}
        </nav>
      ) : null}
      <div class="row end">
        <select
          class="language"
          aria-label={words.language}
          value={language}
          onChange={(event) => {
            speak(event.currentTarget.value as Language);
          }}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        {signedIn ? (
          <Button
            kind="quiet"
            onClick={() => {
              leave();
            }}
          >
            {words.signOut}
          </Button>
        ) : null}
      </div>
    </header>
  );
}
