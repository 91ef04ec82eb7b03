import { ITEM_TYPES, type ItemType } from '../domain/items.ts';
import type { SourceItem } from '../ports/document-renderer.ts';
import { heading, paragraphs, sectionHeading } from './blocks.ts';
import { itemRows } from './item-rows.ts';
import type { Sheet } from './sheet.ts';
import { STYLES } from './styles.ts';
import { keyValueTable, type Row, tableHeight } from './tables.ts';

const ENTRY_GAP = 16;
const SECTION_GAP = 14;
/** Of a note, so many lines stay with its heading. */
const NOTE_LINES = 3;

/** The items of one type. */
export interface Section {
  readonly type: ItemType;
  readonly items: readonly SourceItem[];
}

/** Items by type, in the order in which types are shown; a type without items has no section. */
export function sectionsOf(items: readonly SourceItem[]): Section[] {
  return ITEM_TYPES.map((type) => ({ type, items: items.filter((item) => item.type === type) })).filter(
    (section) => section.items.length > 0,
  );
}

/**
 * All that the items of a section hold, unmasked.
 *
 * @param more rows that follow an item's own
 * @returns the page on which it begins
 */
export function itemSection(sheet: Sheet, { type, items }: Section, more: (item: SourceItem) => Row[]): number {
  const { texts } = sheet.house.locale;
  let begins = sheet.page;
  items.forEach((item, index) => {
    const title = item.label.trim() || texts.one[type];
    const rows = [...(item.type === 'note' ? [] : itemRows(item, sheet.house.locale)), ...more(item)];
    const height = entryHeight(sheet, item, title, rows);
    if (index === 0) {
      sectionHeading(sheet, texts.many[type], height);
      begins = sheet.page;
    }
    sheet.keep(height);
    heading(sheet, 3, title, STYLES.entry, 3);
    if (item.type === 'note') paragraphs(sheet, item.data.text, STYLES.body);
    if (rows.length > 0) keyValueTable(sheet, rows);
    sheet.y += ENTRY_GAP;
  });
  sheet.y += SECTION_GAP;
  return begins;
}

function entryHeight(sheet: Sheet, item: SourceItem, title: string, rows: readonly Row[]): number {
  const head = sheet.wrap(title, sheet.width, STYLES.entry).length * STYLES.entry.leading + 3;
  return head + (item.type === 'note' ? NOTE_LINES * STYLES.body.leading : tableHeight(sheet, rows));
}
