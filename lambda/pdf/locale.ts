import type { Language } from '../domain/stationery.ts';
import { de } from './texts/de.ts';
import { en, type Texts } from './texts/en.ts';
import { es } from './texts/es.ts';
import { fr } from './texts/fr.ts';
import { vi } from './texts/vi.ts';

const TEXTS: Readonly<Record<Language, Texts>> = { en, de, fr, es, vi };

/** British English writes the day first, as the other languages do. */
const TAGS: Readonly<Record<Language, string>> = { en: 'en-GB', de: 'de', fr: 'fr', es: 'es', vi: 'vi' };

/** How a language says things. */
export interface Locale {
  readonly language: Language;
  readonly texts: Texts;

  /** "14 November 2026". @param day `YYYY-MM-DD` */
  readonly date: (day: string) => string;

  /** "14 November 2026, 09:30 UTC". @param time milliseconds since 1970 */
  readonly moment: (time: number) => string;

  /** A country's name. @param code ISO 3166-1 alpha-2 */
  readonly country: (code: string) => string;
}

export function localeOf(language: Language): Locale {
  const texts = TEXTS[language];
  const long = { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  const dates = new Intl.DateTimeFormat(TAGS[language], long);
  const countries = new Intl.DisplayNames(TAGS[language], { type: 'region' });
  const date = (day: string) => dates.format(new Date(`${day}T00:00:00Z`));
  return {
    language,
    texts,
    date,
    moment: (time) => texts.at(date(dayOf(time)), new Date(time).toISOString().slice(11, 16)),
    country: (code) => countries.of(code) ?? code,
  };
}

/** The UTC day of a time in milliseconds since 1970, as `YYYY-MM-DD`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
