import type { Document } from '@twinlock/client';
import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { templateTitle } from './template-texts.ts';

const texts = inLanguages({
  en: {
    sent: 'Own PDF',
    pages: (count: number) => (count === 1 ? '1 page' : `${count} pages`),
    ends: (when: string) => `Kept until ${when}`,
    origin: 'Made from',
    made: 'Made',
    added: 'Added',
    size: 'Size',
    length: 'Length',
    end: 'Kept until',
    checksum: 'Checksum (SHA-256)',
    checksumHint: 'A file whose checksum is the same is this very PDF.',
  },
  de: {
    sent: 'Eigenes PDF',
    pages: (count: number) => (count === 1 ? '1 Seite' : `${count} Seiten`),
    ends: (when: string) => `Bis ${when}`,
    origin: 'Entstanden aus',
    made: 'Erstellt',
    added: 'Hinzugefügt',
    size: 'Größe',
    length: 'Umfang',
    end: 'Aufbewahrt bis',
    checksum: 'Prüfsumme (SHA-256)',
    checksumHint: 'Eine Datei mit derselben Prüfsumme ist genau dieses PDF.',
  },
});

/** So long before its end a document is marked, ms: a week. */
const SOON_MS = 7 * 24 * 3_600_000;

/** What is told of a document in more views than one. */
export function useDocumentTexts() {
  const words = useTexts(texts);
  const { language } = useSpeech();
  return {
    /** The title of the template; null stands for a PDF that was sent. */
    origin: (template: string | null) =>
      template === null ? words.sent : templateTitle({ id: template, title: template })[language],
    /** Null for a PDF whose pages nobody has counted. */
    pages: (count: number | null) => (count === null ? null : words.pages(count)),
  };
}

/** When a document ends, marked when that is soon. */
export function DocumentEnd({ expiresAt }: { expiresAt: string }) {
  const words = useTexts(texts);
  const { day, relative } = useFormats();
  const soon = Date.parse(expiresAt) - Date.now() < SOON_MS;
  return (
    <p class="document-end">
      <small>{words.ends(day(expiresAt))}</small>
      <span class={soon ? 'badge warn' : 'badge'}>{relative(expiresAt)}</span>
    </p>
  );
}

export function DocumentFacts({ document }: { document: Document }) {
  const words = useTexts(texts);
  const { moment, relative, size } = useFormats();
  const { origin, pages } = useDocumentTexts();
  const { template, createdAt, expiresAt, sha256 } = document;
  const length = pages(document.pages);
  const rows = [
    ...(template === null ? [] : [[words.origin, origin(template)] as const]),
    [template === null ? words.added : words.made, moment(createdAt)] as const,
    ...(length === null ? [] : [[words.length, length] as const]),
    [words.size, size(document.size)] as const,
    [words.end, `${moment(expiresAt)} (${relative(expiresAt)})`] as const,
  ];
  return (
    <div class="sheet">
      <dl class="facts columns">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>{words.checksum}</summary>
        <p class="code checksum">{sha256}</p>
        <p class="hint">{words.checksumHint}</p>
      </details>
    </div>
  );
}
