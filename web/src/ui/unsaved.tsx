import { useLayoutEffect, useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, hold } from '../router.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';

const texts = inLanguages({
  en: {
    title: 'Leave without saving?',
    text: 'What was changed here is not stored yet.',
    stay: 'Stay here',
    leave: 'Leave without saving',
  },
  de: {
    title: 'Ohne Speichern verlassen?',
    text: 'Was hier geändert wurde, ist noch nicht gespeichert.',
    stay: 'Hier bleiben',
    leave: 'Ohne Speichern verlassen',
  },
});

interface UnsavedProps {
  /** Whether leaving would lose something. */
  readonly when: boolean;
  /** Said in place of what a form says. */
  readonly question?: { readonly title: string; readonly text: string; readonly leave: string };
}

/** Asks whoever would leave the view while something in it is not stored yet. */
export function Unsaved({ when, question }: UnsavedProps) {
  const words = useTexts(texts);
  const [to, setTo] = useState<string | null>(null);
  // At once, not when it is drawn: the next key may be the way back.
  useLayoutEffect(() => (when ? hold(setTo) : undefined), [when]);
  if (to === null) return null;
  const { title, text, leave } = question ?? words;
  return (
    <Dialog
      title={title}
      onClose={() => {
        setTo(null);
      }}
    >
      <p>{text}</p>
      <div class="row">
        <Button
          kind="primary"
          onClick={() => {
            setTo(null);
          }}
        >
          {words.stay}
        </Button>
        <Button
          kind="danger"
          onClick={() => {
            go(to);
          }}
        >
          {leave}
        </Button>
      </div>
    </Dialog>
  );
}
