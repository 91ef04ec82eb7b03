import type { ItemType } from '@twinlock/client';
import { useFormats, useSpeech } from '../languages.tsx';
import type { Content } from './draft.ts';
import { ITEM_FIELDS, type ItemField, LABEL_TEXT } from './fields.ts';
import { grouped } from './grouping.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;

/** A field's value as it is stored: a text, a number, or lines. Empty where there is none. */
export function plainText(value: unknown): string {
  if (Array.isArray(value)) return value.map(plainText).join('\n');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Writes what is stored, or what its mask shows of it, as a person reads it. */
export function useValueText(): (kind: ItemField['kind'], value: unknown) => string {
  const formats = useFormats();
  return (kind, value) => {
    const text = plainText(value);
    if (kind === 'date' && DATE.test(text)) return formats.calendarDay(text);
    // One side of two changes may have none.
    if (kind === 'country') return text === '' ? '' : formats.country(text);
    if (kind === 'iban' || kind === 'card') return text.includes('•') ? text : grouped(text);
    return kind === 'month' ? text.padStart(2, '0') : text;
  };
}

/** What an item shows of itself among others: the fields that tell it apart. */
export function useMainLine(): (type: ItemType, data: Content['data']) => string {
  const textOf = useValueText();
  return (type, data) => {
    const values = ITEM_FIELDS[type].flatMap(({ name, kind, main }) => (main ? [textOf(kind, data[name])] : []));
    return values
      .filter((value) => value !== '')
      .join(type === 'person' ? ' ' : ', ')
      .replaceAll('\n', ', ');
  };
}

/** What a field is called, by its name; the label's name is no field's. */
export function useFieldText(type: ItemType): (name: string) => string {
  const { language } = useSpeech();
  return (name) => (ITEM_FIELDS[type].find((field) => field.name === name)?.text ?? LABEL_TEXT)[language];
}
