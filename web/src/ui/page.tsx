import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import type { Loaded } from '../work.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './errors.tsx';

interface PageProps {
  readonly title: string;
  /** Beside the title. */
  readonly actions?: ComponentChildren;
  /** Above the title: the way back. */
  readonly back?: { readonly href: string; readonly text: string };
  /** One column, as a form is. */
  readonly narrow?: boolean;
  readonly children: ComponentChildren;
}

/** Gives the focus back to the view's title, where what had it is gone. */
export function focusTitle(): void {
  document.querySelector<HTMLElement>('h1')?.focus();
}

/** A view: its title takes the focus when it opens, so that a screen reader begins there, and names the tab. */
export function Page({ title, actions, back, narrow = false, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Twinlock`;
  }, [title]);
  useEffect(() => {
    scrollTo(0, 0);
    // A field that asks for the focus keeps it.
    if (!document.activeElement?.matches('input, textarea, select, dialog *')) heading.current?.focus();
  }, []);
  return (
    <main id="content" class={narrow ? 'narrow' : undefined}>
      {back ? (
        <a class="back" href={back.href}>
          ← {back.text}
        </a>
      ) : null}
      <div class="title">
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {actions ? <div class="row">{actions}</div> : null}
      </div>
      {children}
    </main>
  );
}

const texts = inLanguages({
  en: { reading: 'Opening …', again: 'Try again' },
  de: { reading: 'Wird geöffnet …', again: 'Noch einmal' },
});

/** What was read, once it is there; until then that it comes, or why it doesn't. */
export function Shown<T>({ loaded, children }: { loaded: Loaded<T>; children: (data: T) => ComponentChildren }) {
  const words = useTexts(texts);
  if (loaded.error !== null) {
    return (
      <div class="stack">
        <ErrorNotice error={loaded.error} />
        <Button onClick={loaded.reload}>{words.again}</Button>
      </div>
    );
  }
  if (loaded.data === null)
    return (
      <p class="aside" role="status">
        {words.reading}
      </p>
    );
  return <>{children(loaded.data)}</>;
}
