import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { Input, type InputProps } from './input.tsx';

const texts = inLanguages({
  en: {
    optional: 'optional',
    missing: 'This is needed.',
    bad: 'This is not as it must be.',
    show: 'Show',
    hide: 'Hide',
    showPassword: (label: string) => `Show: ${label}`,
    hidePassword: (label: string) => `Hide: ${label}`,
  },
  de: {
    optional: 'freiwillig',
    missing: 'Das wird gebraucht.',
    bad: 'Das ist nicht, wie es sein muss.',
    show: 'Zeigen',
    hide: 'Verbergen',
    showPassword: (label: string) => `Zeigen: ${label}`,
    hidePassword: (label: string) => `Verbergen: ${label}`,
  },
});

interface Labelled {
  readonly label: string;
  readonly hint?: ComponentChildren;
  /** What is wrong with the value; read aloud with the field. */
  readonly error?: string | null | undefined;
  /** It narrows a list: that it may stay empty goes without saying. */
  readonly isFilter?: boolean | undefined;
}

interface FrameProps extends Labelled {
  readonly required?: boolean | undefined;
  /** Gets what ties the input to its label, hint and error. */
  readonly children: (tie: {
    id: string;
    'aria-describedby': string;
    'aria-invalid': boolean;
    required: boolean;
  }) => ComponentChildren;
}

/** A label, an input, a hint, and what is wrong with it: what its form found before sending, or what the view tells. */
export function Field({ label, hint, error, isFilter = false, required = false, children }: FrameProps) {
  const words = useTexts(texts);
  const id = useId();
  const [fault, setFault] = useState<'missing' | 'bad' | null>(null);
  const told = error !== undefined && error !== null && error !== '' ? error : null;
  const wrong = (fault === null ? null : words[fault]) ?? told;
  return (
    <div
      class={wrong === null ? 'field' : 'field wrong'}
      onInvalidCapture={(event) => {
        const { validity } = event.target as HTMLInputElement;
        setFault(validity.valueMissing ? 'missing' : 'bad');
      }}
      onInput={() => {
        setFault(null);
      }}
    >
      <label for={id}>
        {label}
        {required || isFilter ? null : <span class="aside"> ({words.optional})</span>}
      </label>
      {children({ id, 'aria-describedby': `${id}-hint ${id}-error`, 'aria-invalid': wrong !== null, required })}
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
      <p class="error" id={`${id}-error`}>
        {wrong}
      </p>
    </div>
  );
}

interface TextFieldProps extends Labelled, InputProps {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly required?: boolean;
}

export function TextField({ label, hint, error, isFilter, required, value, onValue, ...input }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isFilter={isFilter} required={required}>
      {(tie) => <Input {...input} {...tie} value={value} onValue={onValue} />}
    </Field>
  );
}

interface PasswordFieldProps extends Labelled {
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** By it a password manager knows whether to fill or to make one. */
  readonly autocomplete: 'current-password' | 'new-password' | 'off';
  readonly name?: string;
  readonly focused?: boolean;
  /** @default true */
  readonly required?: boolean;
}

/** A password: hidden until it is shown, and filled by password managers. */
export function PasswordField({
  label,
  hint,
  error,
  value,
  onValue,
  autocomplete,
  name = 'password',
  focused = false,
  required = true,
}: PasswordFieldProps) {
  const words = useTexts(texts);
  const [shown, setShown] = useState(false);
  return (
    <Field label={label} hint={hint} error={error} required={required}>
      {(tie) => (
        <div class="joined">
          <Input
            {...tie}
            type={shown ? 'text' : 'password'}
            name={name}
            autocomplete={autocomplete}
            autocapitalize="off"
            spellcheck={false}
            focused={focused}
            value={value}
            onValue={onValue}
          />
          <button
            type="button"
            class="button quiet"
            aria-pressed={shown}
            aria-label={(shown ? words.hidePassword : words.showPassword)(label)}
            onClick={() => {
              setShown(!shown);
            }}
          >
            {shown ? words.hide : words.show}
          </button>
        </div>
      )}
    </Field>
  );
}

interface TextAreaFieldProps extends Labelled {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly required?: boolean;
  readonly rows?: number;
  readonly name?: string;
  readonly autocomplete?: string;
}

export function TextAreaField({
  label,
  hint,
  error,
  required,
  value,
  onValue,
  rows = 6,
  name,
  autocomplete = 'off',
}: TextAreaFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} required={required}>
      {(tie) => (
        <textarea
          {...tie}
          rows={rows}
          name={name}
          autocomplete={autocomplete}
          value={value}
          onInput={(event) => {
            onValue(event.currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}

interface SelectFieldProps extends Labelled {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly required?: boolean;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly name?: string;
  readonly autocomplete?: string;
}

export function SelectField({
  label,
  hint,
  error,
  isFilter,
  required,
  value,
  onValue,
  options,
  name,
  autocomplete = 'off',
}: SelectFieldProps) {
  return (
    <Field label={label} hint={hint} error={error} isFilter={isFilter} required={required}>
      {(tie) => (
        <select
          {...tie}
          name={name}
          autocomplete={autocomplete}
          value={value}
          onChange={(event) => {
            onValue(event.currentTarget.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface CheckFieldProps {
  readonly label: ComponentChildren;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  readonly required?: boolean;
  readonly name?: string;
}

export function CheckField({ label, checked, onChecked, required = false, name }: CheckFieldProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        name={name}
        required={required}
        checked={checked}
        onChange={(event) => {
          onChecked(event.currentTarget.checked);
        }}
      />
      <span>{label}</span>
    </label>
  );
}
