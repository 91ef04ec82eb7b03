import type { ActivityEntry } from '@twinlock/client';
import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { vault } from '../session.tsx';
import { userAgentText } from '../user-agent.ts';
import { DEED_TEXTS, deedOf, targetOf } from './words.ts';

const texts = inLanguages({
  en: { failed: 'failed', here: 'in this session', items: 'See the entry', documents: 'See the document' },
  de: { failed: 'fehlgeschlagen', here: 'in dieser Sitzung', items: 'Zum Eintrag', documents: 'Zum Dokument' },
});

/** One thing that was done: what, when, and from where. */
export function Deed({ entry }: { entry: ActivityEntry }) {
  const words = useTexts(texts);
  const deeds = useTexts(DEED_TEXTS);
  const { language } = useSpeech();
  const { moment } = useFormats();
  const { at, outcome, sourceIp, userAgent, sessionId } = entry;
  const target = targetOf(entry);
  const from = [userAgentText(userAgent, language), sourceIp].filter((text) => text !== null && text !== '');
  return (
    <li class="deed">
      <span class="names">
        <span>
          {deeds[deedOf(entry)]} {outcome === 'failed' ? <span class="badge bad">{words.failed}</span> : null}
        </span>
        <small>
          {from.join(' · ')}
          {sessionId !== undefined && sessionId === vault.session?.id ? ` · ${words.here}` : null}
        </small>
      </span>
      <span class="when">
        <time dateTime={at}>{moment(at)}</time>
        {target === null ? null : <a href={href(target.area, target.id)}>{words[target.area]}</a>}
      </span>
    </li>
  );
}
