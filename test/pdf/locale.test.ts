import { describe, expect, it } from '@jest/globals';
import { COUNTRIES } from '../../lambda/domain/countries.ts';
import { LANGUAGES } from '../../lambda/domain/stationery.ts';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { dayOf, localeOf } from '../../lambda/pdf/locale.ts';
import { createTypefaces } from '../../lambda/pdf/typefaces.ts';

/** Every text of a table, those that are made of something included. */
function textsIn(table: object): string[] {
  return Object.values(table).flatMap((value: unknown) => {
    if (typeof value === 'string') return [value];
    if (typeof value === 'function') return [String((value as (...args: unknown[]) => unknown)('1', '2'))];
    return textsIn(value as object);
  });
}

describe('the languages', () => {
  it.each([
    ['en', '29 February 1980', '14 November 2026, 23:59 UTC', 'Germany'],
    ['de', '29. Februar 1980', '14. November 2026, 23:59 UTC', 'Deutschland'],
    ['fr', '29 février 1980', '14 novembre 2026, 23:59 UTC', 'Allemagne'],
    ['es', '29 de febrero de 1980', '14 de noviembre de 2026, 23:59 UTC', 'Alemania'],
    ['vi', '29 tháng 2, 1980', '14 tháng 11, 2026, 23:59 UTC', 'Đức'],
  ] as const)('write dates, times and countries: %s', (language, date, moment, country) => {
    const locale = localeOf(language);
    expect(locale.date('1980-02-29')).toBe(date);
    expect(locale.moment(Date.UTC(2026, 10, 14, 23, 59))).toBe(moment);
    expect(locale.country('DE')).toBe(country);
  });

  it('take the day of a time in UTC', () => {
    expect(dayOf(Date.UTC(2026, 10, 14, 23, 59))).toBe('2026-11-14');
  });

  it.each(LANGUAGES)(
    'have a text for everything, that the fonts show, and a name for every country: %s',
    (language) => {
      const locale = localeOf(language);
      const typefaces = createTypefaces(installedFonts());
      for (const text of [...textsIn(locale.texts), ...COUNTRIES.map((code) => locale.country(code))]) {
        expect(text.trim()).not.toBe('');
        for (const line of text.normalize('NFC').split('\n')) expect(typefaces.runs(line, 'bold')).not.toBeNull();
      }
      for (const code of COUNTRIES) expect(locale.country(code)).not.toBe(code);
    },
  );

  it('say nothing twice in two languages but what is the same in both', () => {
    const english = textsIn(localeOf('en').texts);
    for (const language of LANGUAGES.filter((other) => other !== 'en')) {
      const same = textsIn(localeOf(language).texts).filter((text, index) => text === english[index]);
      expect(same.every((text) => text.length < 16)).toBe(true);
    }
  });
});
