import { type ComponentChildren, createContext } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';

/** The languages that the page speaks, by what each calls itself. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;

export type Language = keyof typeof LANGUAGES;

type Widened<T> = T extends string
  ? string
  : T extends (...values: infer V) => string
    ? (...values: V) => string
    : { readonly [K in keyof T]: Widened<T[K]> };

/** Texts in every language: one that lacks a text, or has one too many, does not compile. */
export interface Texts<T> {
  readonly en: T;
  readonly de: T;
}

/** Joins the texts of a view. A text with values in it is a function of them. */
export function inLanguages<const T>(texts: { readonly en: T; readonly de: Widened<T> }): Texts<Widened<T>> {
  return texts as Texts<Widened<T>>;
}

interface Speech {
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const SpeechContext = createContext<Speech | null>(null);

/** Gives the page its language: the first of the browser's that it speaks. The choice is kept nowhere. */
export function Languages({ children }: { children: ComponentChildren }) {
  const [language, speak] = useState<Language>(preferred);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo(() => ({ language, speak }), [language]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === null) throw new Error('no language around this view');
  return speech;
}

/** A view's texts in the language that is spoken. */
export function useTexts<T>(texts: Texts<T>): T {
  return texts[useSpeech().language];
}

/** Writes times, sizes and numbers as the language does, in the country that the browser is set to. */
export function useFormats() {
  const speech = useSpeech();
  return useMemo(() => {
    const language = navigator.languages.find((tag) => spokenIn(tag) === speech.language) ?? speech.language;
    const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
    const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
    const ago = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
    const countries = new Intl.DisplayNames(language, { type: 'region' });
    return {
      /** A time of the service, as a day. */
      day: (time: string) => day.format(new Date(time)),
      moment: (time: string) => moment.format(new Date(time)),
      /** `YYYY-MM-DD`: a day of the calendar, wherever it is read. */
      calendarDay: (date: string) =>
        new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date)),
      /** "in 5 days", "3 minutes ago" */
      relative: (time: string) => relative(ago, Date.parse(time) - Date.now()),
      number: (value: number) => value.toLocaleString(language),
      size: (bytes: number) => sizeText(bytes, language),
      country: (code: string) => countries.of(code) ?? code,
    };
  }, [speech.language]);
}

function relative(ago: Intl.RelativeTimeFormat, milliseconds: number): string {
  const minutes = milliseconds / 60_000;
  if (Math.abs(minutes) < 60) return ago.format(Math.round(minutes), 'minute');
  if (Math.abs(minutes) < 24 * 60) return ago.format(Math.round(minutes / 60), 'hour');
  return ago.format(Math.round(minutes / 60 / 24), 'day');
}

function sizeText(bytes: number, language: string): string {
  const [value, unit] =
    bytes < 1000 ? [bytes, 'byte'] : bytes < 1e6 ? [bytes / 1000, 'kilobyte'] : [bytes / 1e6, 'megabyte'];
  const options = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language, options).format(value);
}

function preferred(): Language {
  for (const tag of navigator.languages) {
    const language = spokenIn(tag);
    if (language !== null) return language;
  }
  return 'en';
}

/** The page's language that a tag of BCP 47 is of, as "de-AT"; null for one that it does not speak. */
function spokenIn(tag: string): Language | null {
  const language = tag.toLowerCase().split('-')[0] ?? '';
  return language === 'en' || language === 'de' ? language : null;
}
