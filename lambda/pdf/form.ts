import type { ItemData } from '../domain/items.ts';
import { column, heading, paragraph, sectionHeading } from './blocks.ts';
import { addressLines, fullName } from './format.ts';
import { pageFooter, pageHeader } from './frame.ts';
import { dayOf, type Locale } from './locale.ts';
import type { Sheet } from './sheet.ts';
import { MM, STYLES } from './styles.ts';
import { filled, keyValueTable, type Row, tableHeight } from './tables.ts';

const SECTION_GAP = 12;

/** The head of a form: its title, and whom it is for where that is named. */
export function formHead(sheet: Sheet, title: string, recipient: string | undefined): void {
  heading(sheet, 1, title, STYLES.title, 12);
  if (recipient === undefined) return;
  const { texts } = sheet.house.locale;
  paragraph(sheet, texts.to, STYLES.small);
  sheet.y = column(sheet, recipient, STYLES.address, { x: sheet.left, y: sheet.y, width: 100 * MM }) + SECTION_GAP;
}

/**
 * A section of a form: a heading and a key-value table; nothing where there are no rows.
 *
 * @param keepWith points that what follows takes, to stay on a page with the whole section
 */
export function formSection(
  sheet: Sheet,
  title: string,
  given: readonly (readonly [string, string | undefined])[],
  keepWith = 0,
): void {
  const rows = filled(given);
  if (rows.length === 0) return;
  const kept = keepWith > 0 ? tableHeight(sheet, rows) + SECTION_GAP + keepWith : tableHeight(sheet, rows.slice(0, 1));
  sectionHeading(sheet, title, kept);
  keyValueTable(sheet, rows);
  sheet.y += SECTION_GAP;
}

/** Header and footer of a form's pages. */
export function formFrame(sheet: Sheet, title: string, now: number): (page: number, pages: number) => void {
  const { texts, date } = sheet.house.locale;
  return (page, pages) => {
    pageHeader(sheet, title);
    pageFooter(sheet, texts.made(date(dayOf(now))), page, pages);
  };
}

/** A person in the rows of a form. */
export function personRows({ texts, date, country }: Locale, person: ItemData<'person'>): Row[] {
  const { birthDate, birthPlace, nationality } = person;
  return filled([
    [texts.row.name, fullName(person)],
    [texts.row.birthDate, birthDate === undefined ? undefined : date(birthDate)],
    [texts.row.birthPlace, birthPlace],
    [texts.row.nationality, nationality === undefined ? undefined : country(nationality)],
  ]);
}

/** An address as it stands on an envelope to another country. */
export function fullAddress(locale: Locale, address: ItemData<'address'>): string {
  return [...addressLines(address), locale.country(address.country)].join('\n');
}
