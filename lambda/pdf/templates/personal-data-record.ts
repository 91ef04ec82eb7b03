import * as z from 'zod';
import { ITEM_TITLES, ITEM_TYPES, type ItemContent, type ItemType } from '../../domain/items.ts';
import {
  heading,
  keyValueTable,
  pageFooter,
  pageHeader,
  paragraph,
  paragraphs,
  type Row,
  STYLES,
  sectionHeading,
  tableHeight,
} from '../blocks.ts';
import { addressLines, countryName, dayOf, groupedCardNumber, groupedIban, longDate } from '../format.ts';
import { MM, type Sheet } from '../sheet.ts';
import { defineTemplate } from '../template.ts';

const TITLE = 'Personal data record';

const SECTIONS: Readonly<Record<ItemType, string>> = {
  person: 'Persons',
  address: 'Addresses',
  email: 'E-mail addresses',
  phone: 'Telephone numbers',
  'national-id': 'National identity numbers',
  passport: 'Passports',
  'bank-account': 'Bank accounts',
  'payment-card': 'Payment cards',
  note: 'Notes',
};

const ENTRY_GAP = 16;
const SECTION_GAP = 14;

/** Everything that the chosen items hold, by type. */
export const personalDataRecord = defineTemplate({
  id: 'personal-data-record',
  title: TITLE,
  description: 'All that the chosen items hold, unmasked, in sections by type.',
  inputs: [{ name: 'items', itemTypes: ITEM_TYPES, many: true, required: true }],
  fields: z.strictObject({}),
  margins: { top: 27 * MM, right: 22 * MM, bottom: 27 * MM, left: 22 * MM },

  async layout(sheet, { title, inputs, now, brand }) {
    const items = inputs.items.map((item, index) => sheet.readAll(item, `/inputs/items/${index}`));
    const made = `Made on ${longDate(dayOf(now))}`;
    heading(sheet, 1, sheet.read(title, '/title').replace(/\s+/g, ' ').trim() || TITLE, STYLES.title, 3);
    paragraph(sheet, `${made} · ${items.length} ${items.length === 1 ? 'entry' : 'entries'}`, STYLES.small, 22);

    for (const type of ITEM_TYPES) {
      const entries = items.filter((item) => item.type === type);
      entries.forEach((item, index) => {
        const text = entryTitle(item);
        if (index === 0) sectionHeading(sheet, SECTIONS[type], entryHeight(sheet, item, text));
        setEntry(sheet, item, text);
      });
      if (entries.length > 0) sheet.y += SECTION_GAP;
    }

    return sheet.finish((page, pages) => {
      pageHeader(sheet, brand, TITLE);
      pageFooter(sheet, made, page, pages);
    });
  },
});

/** What the user calls the item, or else what it is. */
function entryTitle(item: ItemContent): string {
  return item.label.trim() || ITEM_TITLES[item.type];
}

function entryHeight(sheet: Sheet, item: ItemContent, title: string): number {
  const head = sheet.wrap(title, sheet.width, STYLES.entry).length * STYLES.entry.leading;
  return head + (item.type === 'note' ? 3 * STYLES.body.leading : tableHeight(sheet, rowsOf(item)));
}

function setEntry(sheet: Sheet, item: ItemContent, title: string): void {
  sheet.keep(entryHeight(sheet, item, title));
  heading(sheet, 3, title, STYLES.entry, 3);
  if (item.type === 'note') paragraphs(sheet, item.data.text, STYLES.body);
  else keyValueTable(sheet, rowsOf(item));
  sheet.y += ENTRY_GAP;
}

/** What an item holds, in the order in which one reads it, without what it lacks. */
function rowsOf(item: Exclude<ItemContent, { type: 'note' }>): Row[] {
  return fieldsOf(item).filter((row): row is Row => row[1] !== undefined);
}

function fieldsOf(item: Exclude<ItemContent, { type: 'note' }>): (readonly [string, string | undefined])[] {
  switch (item.type) {
    case 'person':
      return [
        ['Given name', item.data.givenName],
        ['Middle names', item.data.middleNames],
        ['Family name', item.data.familyName],
        ['Date of birth', dated(item.data.birthDate)],
        ['Place of birth', item.data.birthPlace],
        ['Nationality', named(item.data.nationality)],
      ];
    case 'address':
      return [
        ['Address', addressLines(item.data).join('\n')],
        ['Country', named(item.data.country)],
      ];
    case 'email':
      return [['Address', item.data.address]];
    case 'phone':
      return [['Number', item.data.number]];
    case 'national-id':
      return [
        ['Kind', item.data.kind],
        ['Number', item.data.number],
        ['Country', named(item.data.country)],
        ['Valid until', dated(item.data.expiresOn)],
      ];
    case 'passport':
      return [
        ['Number', item.data.number],
        ['Issuing country', named(item.data.country)],
        ['Issued on', dated(item.data.issuedOn)],
        ['Valid until', dated(item.data.expiresOn)],
      ];
    case 'bank-account':
      return [
        ['Account holder', item.data.holder],
        ['IBAN', groupedIban(item.data.iban)],
        ['BIC', item.data.bic],
      ];
    case 'payment-card':
      return [
        ['Cardholder', item.data.holder],
        ['Number', groupedCardNumber(item.data.number)],
        ['Valid until', expiry(item.data.expiryMonth, item.data.expiryYear)],
      ];
  }
}

function dated(date: string | undefined): string | undefined {
  return date === undefined ? undefined : longDate(date);
}

function named(country: string | undefined): string | undefined {
  return country === undefined ? undefined : `${countryName(country)} (${country})`;
}

/** "04/2029", or as much of it as is known. */
function expiry(month: number | undefined, year: number | undefined): string | undefined {
  const parts = [month?.toString().padStart(2, '0'), year?.toString()].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('/');
}
