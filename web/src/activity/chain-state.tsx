import type { ActivityPage } from '@twinlock/client';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { Notice } from '../ui/notice.tsx';
import { BREAK_TEXTS, type Break, timeOfId } from './words.ts';

const texts = inLanguages({
  en: {
    all: 'Checked: everything from within a year is here, unaltered and in order.',
    since: (when: string) =>
      `Checked: everything since ${when} is here, unaltered and in order. Older entries are checked as they are shown.`,
    broken: 'This record is not whole',
    meaning:
      'Someone may have altered what the service stores, or put it back to an earlier state. Your data is checked apart from this, and opens only unaltered.',
    todo: 'Tell the operator. If you don’t know what was done, change the password: it ends all other sessions.',
    session: (when: string) => `Session of ${when}.`,
    entry: (when: string) => `Written ${when}.`,
  },
  de: {
    all: 'Geprüft: Alles aus einem Jahr ist da, unverändert und in der richtigen Reihenfolge.',
    since: (when: string) =>
      `Geprüft: Alles seit ${when} ist da, unverändert und in der richtigen Reihenfolge. Ältere Einträge werden geprüft, wenn sie gezeigt werden.`,
    broken: 'Diese Aufzeichnung ist nicht unversehrt',
    meaning:
      'Vielleicht hat jemand verändert, was der Dienst speichert, oder auf einen früheren Stand zurückgesetzt. Die Daten selbst werden getrennt davon geprüft und öffnen sich nur unverändert.',
    todo: 'Bitte dem Betreiber Bescheid geben. Wer nicht weiß, was geschah, ändert am besten das Passwort: Das beendet alle anderen Sitzungen.',
    session: (when: string) => `Sitzung vom ${when}.`,
    entry: (when: string) => `Geschrieben ${when}.`,
  },
});

/** Whether the record of what was done is whole; if not, what is wrong with it, what that means, and what to do. */
export function ChainState({ page: { chain, breaks, verifiedSince } }: { page: ActivityPage }) {
  const words = useTexts(texts);
  const { moment } = useFormats();
  if (chain === 'intact') {
    return <Notice kind="good">{verifiedSince === null ? words.all : words.since(moment(verifiedSince))}</Notice>;
  }
  return (
    <Notice kind="bad">
      <h2>{words.broken}</h2>
      <ul class="breaks">
        {breaks.map((found) => (
          <BreakRow key={JSON.stringify(found)} found={found} />
        ))}
      </ul>
      <p>{words.meaning}</p>
      <p>{words.todo}</p>
    </Notice>
  );
}

function BreakRow({ found }: { found: Break }) {
  const words = useTexts(texts);
  const faults = useTexts(BREAK_TEXTS);
  const { moment } = useFormats();
  const timeOf = (id: string) => moment(new Date(timeOfId(id)).toISOString());
  return (
    <li>
      {faults[found.fault](found)}{' '}
      {found.sessionId === undefined ? null : <small>{words.session(timeOf(found.sessionId))}</small>}
      {found.id === undefined ? null : <small>{words.entry(timeOf(found.id))}</small>}
    </li>
  );
}
