import { useEffect, useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { PasswordField } from '../ui/field.tsx';
import { type Judgement, loadJudge } from './strength.ts';

const texts = inLanguages({
  en: {
    hint: 'At least 15 characters. Four or more words that nobody would put together are good, and easy to remember.',
    missing: (count: number) => `${count} more ${count === 1 ? 'character' : 'characters'} at least.`,
    too_long: 'At most 256 characters.',
    ok: 'Good: hard to guess.',
    own: 'Easy to guess: it is made of the e-mail or of the name of this service.',
    repeated: 'Easy to guess: it says the same over and over. Add other words.',
    rows: 'Easy to guess: it is a row of keys, letters or numbers. Add words.',
    dates: 'Easy to guess: dates are soon tried out. Add words.',
    words: 'Easy to guess: common words or names, too few of them. Add one or two that don’t belong to them.',
  },
  de: {
    hint: 'Mindestens 15 Zeichen. Gut und leicht zu merken sind vier oder mehr Wörter, die niemand zusammenstellen würde.',
    missing: (count: number) => `Noch mindestens ${count} Zeichen.`,
    too_long: 'Höchstens 256 Zeichen.',
    ok: 'Gut: schwer zu erraten.',
    own: 'Leicht zu erraten: Es besteht aus der E-Mail oder dem Namen dieses Dienstes.',
    repeated: 'Leicht zu erraten: Es wiederholt sich. Andere Wörter machen es besser.',
    rows: 'Leicht zu erraten: eine Reihe von Tasten, Buchstaben oder Zahlen. Wörter machen es besser.',
    dates: 'Leicht zu erraten: Daten sind schnell durchprobiert. Wörter machen es besser.',
    words:
      'Leicht zu erraten: zu wenige, zu häufige Wörter oder Namen. Ein oder zwei, die nicht dazu passen, machen es besser.',
  },
});

/** So long nothing is typed before it is judged, ms: nobody wants to hear of each key. */
const PAUSE_MS = 400;

interface NewPasswordProps {
  readonly label: string;
  readonly email: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly error: string | null;
  readonly name?: string;
}

/** A password that is to be set, and how hard it is to guess. The service has the last word. */
export function NewPassword({ email, value, error, ...field }: NewPasswordProps) {
  const words = useTexts(texts);
  const judgement = useJudgement(value, email);
  return (
    <div class="new-password">
      <PasswordField {...field} hint={words.hint} error={error} value={value} autocomplete="new-password" />
      <div class={`strength level-${judgement?.level ?? 0}`} aria-hidden="true">
        <i />
        <i />
        <i />
        <i />
      </div>
      <p class="hint" role="status">
        {judgement === null ? null : tell(judgement, words)}
      </p>
    </div>
  );
}

function tell(
  { verdict, missing, weakness }: Judgement,
  words: ReturnType<typeof useTexts<(typeof texts)['en']>>,
): string {
  if (verdict === 'ok' || verdict === 'too_long') return words[verdict];
  const weak = weakness === null ? '' : words[weakness];
  // Of a short one the length is said, and what the rest should be.
  return verdict === 'too_short' ? words.missing(missing) : weak;
}

function useJudgement(password: string, email: string): Judgement | null {
  const [judgement, setJudgement] = useState<Judgement | null>(null);
  useEffect(() => {
    if (password === '') {
      setJudgement(null);
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      loadJudge().then(
        (judge) => {
          if (current) setJudgement(judge(password, email));
        },
        // Without its lists nothing is told: the service judges all the same.
        () => undefined,
      );
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [password, email]);
  return judgement;
}
