import { inLanguages, useTexts } from '../languages.tsx';
import type { PagedList } from '../work.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './errors.tsx';

const texts = inLanguages({
  en: { more: 'Show more', again: 'Try again' },
  de: { more: 'Mehr zeigen', again: 'Noch einmal' },
});

interface ListEndProps {
  readonly list: Pick<PagedList<unknown, unknown>, 'error' | 'busy' | 'more' | 'readMore' | 'reload'>;
  /** What the button says that shows more, where "more" is not enough. */
  readonly more?: string;
}

/** How a paged list ends: with more to be shown, or with what went wrong and a way to try again. */
export function ListEnd({ list: { error, busy, more, readMore, reload }, more: moreText }: ListEndProps) {
  const words = useTexts(texts);
  return (
    <>
      <ErrorNotice error={error} />
      {more || error !== null ? (
        <div class="row">
          {more ? (
            <Button busy={busy} onClick={readMore}>
              {moreText ?? words.more}
            </Button>
          ) : null}
          {error === null ? null : <Button onClick={reload}>{words.again}</Button>}
        </div>
      ) : null}
    </>
  );
}
