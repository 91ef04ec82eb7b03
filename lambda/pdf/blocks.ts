import type { Element, Sheet, TextStyle } from './sheet.ts';

const INK = '#1b2530';
const QUIET = '#5b6875';
const ACCENT = '#1f3f66';
const HAIRLINE = '#d9dfe6';

export const STYLES = {
  title: { size: 20, leading: 27, weight: 'bold', color: ACCENT },
  section: { size: 12, leading: 17, weight: 'bold', color: ACCENT },
  entry: { size: 10, leading: 15, weight: 'bold', color: INK },
  subject: { size: 11, leading: 16, weight: 'bold', color: INK },
  address: { size: 9.5, leading: 13, weight: 'regular', color: INK },
  body: { size: 9.5, leading: 15, weight: 'regular', color: INK },
  strong: { size: 9.5, leading: 15, weight: 'bold', color: INK },
  label: { size: 8.5, leading: 15, weight: 'regular', color: QUIET },
  quiet: { size: 8.5, leading: 13, weight: 'regular', color: QUIET },
  small: { size: 8, leading: 12, weight: 'regular', color: QUIET },
  tiny: { size: 6.5, leading: 9, weight: 'regular', color: QUIET },
  brand: { size: 9, leading: 12, weight: 'bold', color: ACCENT },
} as const satisfies Record<string, TextStyle>;

/** A row of a key-value table: what it says, and its text, which may have several lines. */
export type Row = readonly [label: string, value: string];

const LABEL_WIDTH = 140;
const ROW_PADDING = 2.5;
/** Puts a label's smaller letters on the baseline of its value. */
const LABEL_DROP = 0.35;
const FOOTER_HEIGHT = 46;
const HEADER_TOP = 34;

/** A heading, and `after` points of space below it. */
export function heading(sheet: Sheet, level: 1 | 2 | 3, text: string, style: TextStyle, after = 0): void {
  const element = sheet.element(`H${level}`);
  sheet.flow(element, sheet.wrap(text, sheet.width, style), style, sheet.left);
  element.end();
  sheet.y += after;
}

/** The heading of a section: with a rule below it, and never the last thing on a page. */
export function sectionHeading(sheet: Sheet, text: string, keepWith: number): void {
  const style = STYLES.section;
  sheet.keep(style.leading + 14 + keepWith);
  heading(sheet, 2, text, style);
  sheet.rule(sheet.left, sheet.y + 3, sheet.width, 0.9, ACCENT);
  sheet.y += 14;
}

/** A paragraph over the whole width, and `after` points of space below it. Line feeds in it break lines. */
export function paragraph(sheet: Sheet, text: string, style: TextStyle, after = 0): void {
  const element = sheet.element('P');
  sheet.flow(element, sheet.wrap(text, sheet.width, style), style, sheet.left);
  element.end();
  sheet.y += after;
}

/** Paragraphs from a text in which empty lines part them. */
export function paragraphs(sheet: Sheet, text: string, style: TextStyle): void {
  const gap = Math.round(style.leading * 0.6);
  for (const part of text.split(/\n(?:[^\S\n]*\n)+/)) {
    if (part.trim() !== '') paragraph(sheet, part.replace(/^\n+/, '').trimEnd(), style, gap);
  }
}

/** Height of a key-value table's first row, or of all its rows. */
export function tableHeight(sheet: Sheet, rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + rowHeight(sheet, row), 0);
}

/** Labels on the left, values on the right, hairlines between the rows. Long values go on over pages. */
export function keyValueTable(sheet: Sheet, rows: readonly Row[]): void {
  const table = sheet.element('Table');
  for (const row of rows) {
    sheet.keep(rowHeight(sheet, row));
    sheet.rule(sheet.left, sheet.y, sheet.width, 0.5, HAIRLINE);
    keyValueRow(sheet, sheet.element('TR', table), row);
  }
  table.end();
}

function keyValueRow(sheet: Sheet, element: Element, [label, value]: Row): void {
  const header = sheet.element('TH', element, { scope: 'Row' });
  const { body, label: labelStyle } = STYLES;
  sheet.y += ROW_PADDING;
  const labels = sheet.wrap(label, LABEL_WIDTH - 10, labelStyle);
  sheet.place(header, labels, labelStyle, sheet.left, sheet.y + LABEL_DROP);
  const labelEnd = sheet.y + labels.length * labelStyle.leading;
  const cell = sheet.element('TD', element);
  const page = sheet.page;
  sheet.flow(cell, valueLines(sheet, value), body, sheet.left + LABEL_WIDTH);
  if (sheet.page === page) sheet.y = Math.max(sheet.y, labelEnd);
  sheet.y += ROW_PADDING;
}

function rowHeight(sheet: Sheet, [label, value]: Row): number {
  const labels = sheet.wrap(label, LABEL_WIDTH - 10, STYLES.label).length * STYLES.label.leading;
  return Math.max(labels, valueLines(sheet, value).length * STYLES.body.leading) + 2 * ROW_PADDING;
}

function valueLines(sheet: Sheet, value: string): string[] {
  return sheet.wrap(value, sheet.width - LABEL_WIDTH, STYLES.body);
}

/** A text in a narrow column, from a place of the page on; where it ends. */
export function column(
  sheet: Sheet,
  text: string,
  style: TextStyle,
  place: { readonly x: number; readonly y: number; readonly width: number },
): number {
  const element = sheet.element('P');
  sheet.y = place.y;
  sheet.flow(element, sheet.wrap(text, place.width, style), style, place.x);
  element.end();
  return sheet.y;
}

/** A header: on the left whose document it is, on the right what. */
export function pageHeader(sheet: Sheet, left: string, right: string): void {
  sheet.running(left, STYLES.brand, sheet.left, HEADER_TOP);
  sheet.running(right, STYLES.small, sheet.left + sheet.width, HEADER_TOP, 'right');
}

/** A footer: a text on the left and "Page n of m" on the right, under a hairline. */
export function pageFooter(sheet: Sheet, left: string, page: number, pages: number): void {
  const y = sheet.pageHeight - FOOTER_HEIGHT;
  sheet.rule(sheet.left, y - 6, sheet.width, 0.5, HAIRLINE);
  if (left !== '') sheet.running(left, STYLES.small, sheet.left, y);
  sheet.running(`Page ${page} of ${pages}`, STYLES.small, sheet.left + sheet.width, y, 'right');
}

/** Room for a signature, and the signer's name below it, all on one page. */
export function signature(sheet: Sheet, name: string): void {
  const style = STYLES.body;
  const lines = sheet.wrap(name, sheet.width, style);
  sheet.keep(40 + lines.length * style.leading);
  sheet.y += 40;
  const element = sheet.element('P');
  sheet.flow(element, lines, style, sheet.left);
  element.end();
}

/** The start of a text that fits on one line, with an ellipsis where more would follow. */
export function oneLine(sheet: Sheet, text: string, width: number, style: TextStyle): string {
  const [first = '', ...rest] = sheet.wrap(text, width - sheet.measure('…', style), style);
  return rest.length === 0 ? first : `${first.trimEnd()}…`;
}
