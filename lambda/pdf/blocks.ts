import type { Sheet, TextStyle } from './sheet.ts';
import { ACCENT, STYLES } from './styles.ts';

const SIGNATURE_ROOM = 40;
const SIGNATURE_GAP = 24;
/** Space below a signature's labels. */
export const SIGNATURE_END = 14;
const INDENT = 14;
/** From the last line of a section's heading to what follows, its rule between them. */
const SECTION_GAP = 9;

/** A heading, and `after` points of space below it. It is a bookmark too. */
export function heading(sheet: Sheet, level: 1 | 2 | 3, text: string, style: TextStyle, after = 0): void {
  const element = sheet.element(`H${level}`);
  const lines = sheet.wrap(text, sheet.width, style);
  sheet.keep(lines.length * style.leading);
  sheet.bookmark(level, text);
  sheet.flow(element, lines, style, sheet.left);
  element.end();
  sheet.y += after;
}

/** The heading of a section: with a rule below it, and never the last thing on a page. */
export function sectionHeading(sheet: Sheet, text: string, keepWith: number): void {
  const style = STYLES.section;
  const height = sheet.wrap(text, sheet.width, style).length * style.leading + SECTION_GAP;
  sheet.keep(height + keepWith);
  heading(sheet, 2, text, style);
  sheet.rule(sheet.left, sheet.y + 3, sheet.width, 0.9, ACCENT);
  sheet.y += SECTION_GAP;
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

/** A list with bullets. */
export function bullets(sheet: Sheet, texts: readonly string[], style: TextStyle): void {
  const list = sheet.element('L');
  for (const text of texts) {
    const lines = sheet.wrap(text, sheet.width - INDENT, style);
    // Of three lines at least one stays with the bullet.
    sheet.keep(Math.min(3, lines.length) * style.leading);
    const item = sheet.element('LI', list);
    sheet.place(sheet.element('Lbl', item), ['•'], style, sheet.left + 2, sheet.y);
    sheet.flow(sheet.element('LBody', item), lines, style, sheet.left + INDENT);
  }
  list.end();
}

/** A text in a narrow column, an address for instance, from a place of the page on; where it ends. */
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

/** Height of a {@link signatureLine}, without the space below it. */
export function signatureHeight(sheet: Sheet, name: string, text: string): number {
  const lines = text === '' ? 0 : sheet.wrap(text, sheet.width, STYLES.body).length;
  return lines * STYLES.body.leading + SIGNATURE_ROOM + 4 + labelHeight(signatureLabels(sheet, name));
}

/** A line to write place and day on, and beside it one to sign on, on one page with a text before them, if any. */
export function signatureLine(sheet: Sheet, name: string, text: string): void {
  const labels = signatureLabels(sheet, name);
  sheet.keep(signatureHeight(sheet, name, text));
  if (text !== '') paragraph(sheet, text, STYLES.body);
  sheet.keep(SIGNATURE_ROOM + 4 + labelHeight(labels));
  sheet.y += SIGNATURE_ROOM;
  const width = signatureWidth(sheet);
  labels.forEach((label, index) => {
    const x = sheet.left + index * (width + SIGNATURE_GAP);
    sheet.rule(x, sheet.y, width, 0.6, STYLES.body.color);
    const element = sheet.element('P');
    sheet.place(element, label, STYLES.small, x, sheet.y + 4);
    element.end();
  });
  sheet.y += labelHeight(labels) + 4 + SIGNATURE_END;
}

function signatureWidth(sheet: Sheet): number {
  return (sheet.width - SIGNATURE_GAP) / 2;
}

function signatureLabels(sheet: Sheet, name: string): (readonly string[])[] {
  const { texts } = sheet.house.locale;
  return [texts.placeAndDate, texts.signatureOf(name)].map((label) =>
    sheet.wrap(label, signatureWidth(sheet), STYLES.small),
  );
}

function labelHeight(labels: readonly (readonly string[])[]): number {
  return Math.max(...labels.map((lines) => lines.length)) * STYLES.small.leading;
}

/** The start of a text that fits on one line, with an ellipsis where more would follow. */
export function oneLine(sheet: Sheet, text: string, width: number, style: TextStyle): string {
  const [first = '', ...rest] = sheet.wrap(text, width - sheet.measure('…', style), style);
  return rest.length === 0 ? first : `${first.trimEnd()}…`;
}
