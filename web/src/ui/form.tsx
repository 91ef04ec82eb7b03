import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useWait } from '../work.ts';
import { Button } from './button.tsx';
import { ErrorNotice } from './errors.tsx';

interface FormProps {
  readonly onSubmit: () => unknown;
  /** What its button says. */
  readonly submit: string;
  readonly kind?: 'primary' | 'danger';
  readonly busy: boolean;
  /** What the last try failed with; null for nothing. */
  readonly error: unknown;
  /** Whether a field tells of that itself: then it gets the focus. */
  readonly told?: boolean;
  /** Beside the button. */
  readonly beside?: ComponentChildren;
  readonly label?: string;
  readonly children: ComponentChildren;
}

/** A form that is sent by Enter or by its button. Nothing leaves the page but by the client. */
export function Form({
  onSubmit,
  submit,
  kind = 'primary',
  busy,
  error,
  told = false,
  beside,
  label,
  children,
}: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const wait = useWait(error);
  useEffect(() => {
    if (told) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error, told]);
  return (
    <form
      ref={form}
      class="form"
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (busy || wait.seconds > 0) return;
        // Each field tells its fault itself, in the page's language, which the browser's own bubbles need not speak.
        if (form.current?.checkValidity() === false) {
          form.current.querySelector<HTMLElement>(':is(input, select, textarea):invalid')?.focus();
          return;
        }
        onSubmit();
      }}
    >
      {children}
      <ErrorNotice error={told || wait.over ? null : error} />
      <div class="row">
        <Button kind={kind} type="submit" busy={busy || wait.seconds > 0}>
          {submit}
        </Button>
        {wait.seconds > 0 ? (
          <span class="aside" aria-hidden="true">
            {clock(wait.seconds)}
          </span>
        ) : null}
        {beside}
      </div>
    </form>
  );
}

/** Seconds as a clock that runs down, `1:05`. */
function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
