import type { InputHTMLAttributes } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** What of an input a view chooses. */
export interface InputProps {
  readonly type?: 'text' | 'email' | 'tel' | 'date' | 'number' | 'search' | 'password' | undefined;
  readonly name?: string | undefined;
  /** By it browsers and password managers know what to fill in. */
  readonly autocomplete?: string | undefined;
  readonly inputMode?: 'text' | 'numeric' | 'decimal' | 'tel' | 'email' | 'search' | undefined;
  readonly placeholder?: string | undefined;
  readonly maxLength?: number | undefined;
  readonly min?: string | number | undefined;
  readonly max?: string | number | undefined;
  readonly step?: string | number | undefined;
  readonly autocapitalize?: 'off' | 'words' | 'characters' | undefined;
  readonly spellcheck?: boolean | undefined;
  /** Takes the focus when it appears. */
  readonly focused?: boolean | undefined;
  readonly onBlur?: (() => void) | undefined;
}

interface ValueProps extends InputProps {
  readonly id?: string;
  readonly required?: boolean;
  readonly 'aria-label'?: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: boolean;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** A line to type into. */
export function Input({ type = 'text', autocomplete = 'off', focused = false, onValue, ...rest }: ValueProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) input.current?.focus();
  }, [focused]);
  // The types tie the roles that an input may have to its type, which is known only here; it has none.
  const attributes = { ...rest, type, autocomplete } as InputHTMLAttributes;
  return (
    <input
      ref={input}
      {...attributes}
      onInput={(event) => {
        onValue(event.currentTarget.value);
      }}
    />
  );
}
