import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { Field, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import type { ItemField } from './fields.ts';
import { regroup } from './grouping.ts';
import { bytesOf, NOTE_BYTES } from './kinds.ts';
import { readPhone } from './numbers.ts';

const texts = inLanguages({
  en: {
    choose: 'Choose',
    storedAs: (number: string) => `Stored as ${number}`,
    room: (used: string, all: string) => `${used} of ${all}`,
  },
  de: {
    choose: 'Bitte wählen',
    storedAs: (number: string) => `Gespeichert als ${number}`,
    room: (used: string, all: string) => `${used} von ${all}`,
  },
});

interface FieldInputProps {
  readonly field: ItemField;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** What is wrong with it. */
  readonly error: string | null;
  readonly countries: readonly string[];
}

/** The input of an item's field, by its kind. */
export function FieldInput({ field, value, onValue, error, countries }: FieldInputProps) {
  const words = useTexts(texts);
  const formats = useFormats();
  const { language } = useSpeech();
  const { name, kind, required, autocomplete } = field;
  const hint = field.hint?.[language];
  const common = { label: field.text[language], hint, error, required, name, autocomplete, value, onValue };
  switch (kind) {
    case 'line':
    case 'bic':
      return <TextField {...common} {...(kind === 'bic' && { autocapitalize: 'characters', spellcheck: false })} />;
    case 'email':
      return <TextField {...common} inputMode="email" autocapitalize="off" spellcheck={false} />;
    case 'date':
      // Without a bound the browser takes years of six digits.
      return <TextField {...common} type="date" max="9999-12-31" />;
    case 'phone': {
      const number = readPhone(value);
      const told = number === null || number === value ? hint : words.storedAs(number);
      return <TextField {...common} type="tel" hint={told} />;
    }
    case 'iban':
    case 'card':
      return <GroupedField {...common} digits={kind === 'card'} />;
    case 'month':
    case 'year':
      return <TextField {...common} inputMode="numeric" maxLength={kind === 'month' ? 2 : 4} />;
    case 'country':
      return <CountryField {...common} countries={countries} />;
    case 'lines':
      return <TextAreaField {...common} rows={2} />;
    case 'note':
      return (
        <TextAreaField
          {...common}
          rows={12}
          hint={words.room(formats.size(bytesOf(value)), formats.size(NOTE_BYTES))}
        />
      );
  }
}

interface CommonProps {
  readonly label: string;
  readonly hint: string | undefined;
  readonly error: string | null;
  readonly required: boolean;
  readonly name: string;
  readonly autocomplete: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
}

/** A long number, in groups while it is typed. */
function GroupedField({
  digits,
  label,
  hint,
  error,
  required,
  value,
  onValue,
  ...input
}: CommonProps & { digits: boolean }) {
  return (
    <Field label={label} hint={hint} error={error} required={required}>
      {(tie) => (
        <input
          {...input}
          {...tie}
          type="text"
          class="number"
          inputMode={digits ? 'numeric' : 'text'}
          autocapitalize="characters"
          spellcheck={false}
          value={value}
          onInput={(event) => {
            onValue(event.isComposing ? event.currentTarget.value : regroup(event.currentTarget));
          }}
        />
      )}
    </Field>
  );
}

/** Every country by its name in the language that is spoken, in that language's order. */
function CountryField({ countries, ...common }: CommonProps & { countries: readonly string[] }) {
  const words = useTexts(texts);
  const { country } = useFormats();
  const { language } = useSpeech();
  const byName = countries
    .map((code) => ({ value: code, text: country(code) }))
    .sort((one, other) => one.text.localeCompare(other.text, language));
  return <SelectField {...common} options={[{ value: '', text: common.required ? words.choose : '–' }, ...byName]} />;
}
