import type { ComponentChildren, JSX } from 'preact';

type Kind = 'primary' | 'plain' | 'quiet' | 'danger';

interface ButtonProps extends Omit<JSX.IntrinsicElements['button'], 'type' | 'disabled'> {
  readonly kind?: Kind;
  /** Of a form unless it says otherwise. @default "button" */
  readonly type?: 'button' | 'submit';
  /** What it set off is under way: it stays where it is, with the focus, and does nothing. */
  readonly busy?: boolean;
  readonly children: ComponentChildren;
}

export function Button({ kind = 'plain', type = 'button', busy = false, children, onClick, ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      class={`button ${kind}`}
      aria-disabled={busy}
      aria-busy={busy}
      onClick={(event) => {
        if (busy) event.preventDefault();
        else onClick?.(event);
      }}
    >
      {children}
    </button>
  );
}

/** A way to another view that looks like a button. */
export function ButtonLink({
  href,
  kind = 'plain',
  children,
}: {
  href: string;
  kind?: Kind;
  children: ComponentChildren;
}) {
  return (
    <a class={`button ${kind}`} href={href}>
      {children}
    </a>
  );
}
