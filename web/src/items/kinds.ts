import type { Texts } from '../languages.tsx';
import { grouped } from './grouping.ts';
import { readCardNumber, readIban, readPhone } from './numbers.ts';

/** A kind of field: what of it is typed, what is stored, and what is said where the two don't meet. */
interface KindOf<V> {
  /** What is stored of what was typed; null where it is not as it must be. Never asked about an empty text. */
  read(typed: string, max: number): V | null;
  /** What is stored, as it is typed. */
  write(stored: V): string;
  readonly wrong: Texts<string>;
}

/** Bytes of a note at most, in UTF-8. */
export const NOTE_BYTES = 64 * 1024;
/** Lines of an address at most, and characters of a line. */
const LINES = 4;
const LINE = 200;

const isLine = (text: string, max: number) =>
  /\S/.test(text) && Array.from(text).length <= max && !/\p{Cc}/u.test(text);
/** Two digits of a year are of this century. */
const yearOf = (typed: string) => Number(typed.length === 2 ? `20${typed}` : typed);
const same = (text: string) => text;
const matching = (typed: string, form: RegExp) => (form.test(typed) ? typed : null);

export const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/** The lines of a text that have something in them. */
const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

function kind<V>(of: KindOf<V>): KindOf<V> {
  return of;
}

/** The kinds of fields that items have. */
export const KINDS = {
  line: kind<string>({
    read: (typed, max) => (isLine(typed.trim(), max) ? typed.trim() : null),
    write: same,
    wrong: {
      en: 'This is too long, or holds a character that can’t be kept.',
      de: 'Das ist zu lang oder enthält ein Zeichen, das sich nicht speichern lässt.',
    },
  }),
  lines: kind<readonly string[]>({
    read: (typed) => {
      const lines = linesOf(typed);
      return lines.length >= 1 && lines.length <= LINES && lines.every((line) => isLine(line, LINE)) ? lines : null;
    },
    write: (lines) => lines.join('\n'),
    wrong: {
      en: 'One to four lines, of 200 characters at most.',
      de: 'Eine bis vier Zeilen, je höchstens 200 Zeichen.',
    },
  }),
  date: kind<string>({
    read: (typed) => matching(typed, /^\d{4}-\d\d-\d\d$/),
    write: same,
    wrong: { en: 'Give a whole date: day, month, year.', de: 'Bitte ein ganzes Datum angeben: Tag, Monat, Jahr.' },
  }),
  country: kind<string>({
    read: (typed) => matching(typed, /^[A-Z]{2}$/),
    write: same,
    wrong: { en: 'Choose a country.', de: 'Bitte ein Land wählen.' },
  }),
  email: kind<string>({
    read: (typed) => matching(typed.trim(), /^[^\s@]+@[^\s@]+\.[^\s@]+$/),
    write: same,
    wrong: {
      en: 'This is no e-mail address, like ada@example.com.',
      de: 'Das ist keine E-Mail-Adresse, wie ada@example.com.',
    },
  }),
  phone: kind<string>({
    read: readPhone,
    write: same,
    wrong: {
      en: 'Begin with + and the country’s code, like +44 20 7946 0000.',
      de: 'Bitte mit + und der Ländervorwahl beginnen, wie +49 30 123456.',
    },
  }),
  iban: kind<string>({
    read: readIban,
    write: grouped,
    wrong: {
      en: 'This is no IBAN: a character is wrong or missing.',
      de: 'Das ist keine IBAN: Ein Zeichen ist falsch oder fehlt.',
    },
  }),
  bic: kind<string>({
    read: (typed) =>
      matching(typed.replace(/\s/g, '').toUpperCase(), /^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?$/),
    write: same,
    wrong: { en: 'A BIC has 8 or 11 letters and digits.', de: 'Eine BIC hat 8 oder 11 Buchstaben und Ziffern.' },
  }),
  card: kind<string>({
    read: readCardNumber,
    write: grouped,
    wrong: {
      en: 'This is no card number: a digit is wrong or missing.',
      de: 'Das ist keine Kartennummer: Eine Ziffer ist falsch oder fehlt.',
    },
  }),
  month: kind<number>({
    read: (typed) => (/^(?:0?[1-9]|1[0-2])$/.test(typed.trim()) ? Number(typed) : null),
    write: (month) => String(month).padStart(2, '0'),
    wrong: { en: 'A month is a number from 1 to 12.', de: 'Ein Monat ist eine Zahl von 1 bis 12.' },
  }),
  year: kind<number>({
    read: (typed) => (/^(?:\d\d|2[01]\d\d)$/.test(typed.trim()) ? yearOf(typed.trim()) : null),
    write: String,
    wrong: { en: 'A year like 2030.', de: 'Ein Jahr wie 2030.' },
  }),
  note: kind<string>({
    read: (typed) => (bytesOf(typed) <= NOTE_BYTES && !/[^\P{Cc}\t\n\r]/u.test(typed) ? typed : null),
    write: same,
    wrong: {
      en: 'The note is too long, or holds a character that can’t be kept.',
      de: 'Die Notiz ist zu lang oder enthält ein Zeichen, das sich nicht speichern lässt.',
    },
  }),
};

export type Kind = keyof typeof KINDS;

/** What is stored of what was typed; null where it is not as it must be. */
export function readTyped(kind: Kind, typed: string, max: number): unknown {
  return KINDS[kind].read(typed, max);
}

/** What is stored, as it is typed; empty where nothing is. */
export function writeStored(kind: Kind, stored: unknown): string {
  return stored === undefined ? '' : (KINDS[kind] as KindOf<unknown>).write(stored);
}
