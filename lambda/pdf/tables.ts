import type { Element, Sheet, TextStyle } from './sheet.ts';
import { HAIRLINE, STYLES } from './styles.ts';

/** A row of a key-value table: what it says, and its text, which may have several lines. */
export type Row = readonly [label: string, value: string];

export interface Column {
  readonly title: string;
  /** Its part of the width: columns of 2 and 1 take two thirds and one. */
  readonly share: number;
}

/** A cell that was left empty, to be filled when the document ends. */
export interface OpenCell {
  readonly page: number;
  fill(text: string): void;
}

const LABEL_WIDTH = 140;
const PADDING = 2.5;
const CELL_GAP = 10;
/** Puts a label's smaller letters on the baseline of its value. */
const LABEL_DROP = 0.35;

/** Those of some rows that have a value. */
export function filled(rows: readonly (readonly [string, string | undefined])[]): Row[] {
  return rows.filter((row): row is Row => row[1] !== undefined);
}

/** Height of a key-value table. */
export function tableHeight(sheet: Sheet, rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + rowHeight(sheet, row), 0);
}

/** Labels on the left, values on the right, hairlines between the rows. Long values go on over pages. */
export function keyValueTable(sheet: Sheet, rows: readonly Row[]): void {
  const table = sheet.element('Table');
  for (const [index, row] of rows.entries()) {
    sheet.keep(rowHeight(sheet, row));
    if (index > 0) sheet.rule(sheet.left, sheet.y, sheet.width, 0.5, HAIRLINE);
    keyValueRow(sheet, sheet.element('TR', table), row);
  }
  table.end();
}

function keyValueRow(sheet: Sheet, element: Element, [label, value]: Row): void {
  const header = sheet.element('TH', element, { scope: 'Row' });
  setRow(sheet, [
    { element: header, x: sheet.left, lines: labelLines(sheet, label), style: STYLES.label, drop: LABEL_DROP },
    {
      element: sheet.element('TD', element),
      x: sheet.left + LABEL_WIDTH,
      lines: valueLines(sheet, value),
      style: STYLES.body,
    },
  ]);
}

function rowHeight(sheet: Sheet, [label, value]: Row): number {
  return heightOf([labelLines(sheet, label), valueLines(sheet, value)]);
}

function labelLines(sheet: Sheet, label: string): readonly string[] {
  return sheet.wrap(label, LABEL_WIDTH - CELL_GAP, STYLES.label);
}

function valueLines(sheet: Sheet, value: string): readonly string[] {
  return sheet.wrap(value, sheet.width - LABEL_WIDTH, STYLES.body);
}

/**
 * A table whose columns have titles, again on every page that it reaches. A row stays on one page; one that is higher
 * than a page goes on over pages.
 *
 * @param rows a text for each column; null leaves the cell open
 * @returns the cells left open, in their order; a table that has some is closed with the document
 */
export function table(
  sheet: Sheet,
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
): OpenCell[] {
  const places = placesOf(sheet, columns);
  const element = sheet.element('Table');
  const open: OpenCell[] = [];
  const head = places.map(({ title, x, width }) => ({
    x,
    lines: sheet.wrap(title, width, STYLES.strong),
    style: STYLES.strong,
  }));
  sheet.keep(heightOf(head.map(({ lines }) => lines)) + heightOf(linesOf(sheet, places, rows[0] ?? [])));
  const headRow = sheet.element('TR', element);
  setRow(
    sheet,
    head.map((cell) => ({ ...cell, element: sheet.element('TH', headRow, { scope: 'Column' }) })),
  );
  for (const row of rows) {
    const lines = linesOf(sheet, places, row);
    if (sheet.needsPage(heightOf(lines))) {
      sheet.newPage();
      setRow(sheet, head);
    }
    sheet.rule(sheet.left, sheet.y, sheet.width, 0.5, HAIRLINE);
    const tr = sheet.element('TR', element);
    const cells = places.map(({ x }, index) => {
      const cell = sheet.element('TD', tr);
      if (row[index] === null) open.push(openCell(sheet, cell, x));
      return { x, lines: lines[index] ?? [], style: STYLES.body, element: cell };
    });
    setRow(sheet, cells);
  }
  if (open.length === 0) element.end();
  return open;
}

interface Place {
  readonly title: string;
  readonly x: number;
  readonly width: number;
}

function placesOf(sheet: Sheet, columns: readonly Column[]): Place[] {
  const shares = columns.reduce((sum, { share }) => sum + share, 0);
  let x = sheet.left;
  return columns.map(({ title, share }) => {
    const whole = (sheet.width * share) / shares;
    const place = { title, x, width: whole - CELL_GAP };
    x += whole;
    return place;
  });
}

function linesOf(sheet: Sheet, places: readonly Place[], row: readonly (string | null)[]): (readonly string[])[] {
  return places.map(({ width }, index) => sheet.wrap(row[index] ?? '', width, STYLES.body));
}

function heightOf(cells: readonly (readonly string[])[]): number {
  return Math.max(1, ...cells.map((lines) => lines.length)) * STYLES.body.leading + 2 * PADDING;
}

interface Cell {
  /** Without one it is what a screen reader has read before. */
  readonly element?: Element;
  readonly x: number;
  readonly lines: readonly string[];
  readonly style: TextStyle;
  /** Points by which it stands lower. */
  readonly drop?: number;
}

/** Sets a row, on as many pages as it takes. All styles of tables have the same leading. */
function setRow(sheet: Sheet, cells: readonly Cell[]): void {
  const { leading } = STYLES.body;
  const most = Math.max(1, ...cells.map(({ lines }) => lines.length));
  let done = 0;
  while (done < most) {
    const room = Math.min(most - done, sheet.linesLeft(STYLES.body, PADDING));
    if (room < 1) {
      sheet.newPage();
      continue;
    }
    const top = sheet.y + PADDING;
    for (const { element, x, lines, style, drop = 0 } of cells) {
      const here = lines.slice(done, done + room);
      if (element !== undefined) sheet.place(element, here, style, x, top + drop);
      else here.forEach((line, index) => sheet.running(line, style, x, top + index * leading));
    }
    sheet.y = top + room * leading + PADDING;
    done += room;
    if (done < most) sheet.newPage();
  }
}

function openCell(sheet: Sheet, cell: Element, x: number): OpenCell {
  const y = sheet.y + PADDING;
  return {
    page: sheet.page,
    fill: (text) => sheet.place(cell, [text], STYLES.body, x, y),
  };
}
