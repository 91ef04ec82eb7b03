import { inLanguages, useTexts } from './languages.tsx';
import { useSession } from './session.tsx';
import { Button } from './ui/button.tsx';
import { Dialog } from './ui/dialog.tsx';

const texts = inLanguages({
  en: {
    title: 'Are you still there?',
    left: (seconds: number) =>
      `For your protection this page signs out in ${seconds} seconds and forgets what it shows.`,
    stay: 'Stay signed in',
    leave: 'Sign out now',
  },
  de: {
    title: 'Noch da?',
    left: (seconds: number) =>
      `Zum Schutz meldet sich diese Seite in ${seconds} Sekunden ab und vergisst, was sie zeigt.`,
    stay: 'Angemeldet bleiben',
    leave: 'Jetzt abmelden',
  },
});

/** Asks whoever seems to be away, before the page signs out. */
export function IdleQuestion() {
  const words = useTexts(texts);
  const { leaving, stay, leave } = useSession();
  if (leaving === null) return null;
  return (
    <Dialog title={words.title} onClose={stay}>
      <p role="timer">{words.left(leaving)}</p>
      <div class="row">
        <Button kind="primary" onClick={stay}>
          {words.stay}
        </Button>
        <Button
          onClick={() => {
            leave();
          }}
        >
          {words.leave}
        </Button>
      </div>
    </Dialog>
  );
}
