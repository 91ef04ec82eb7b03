import type { ItemContent } from '../domain/items.ts';
import { addressLines, groupedCardNumber, groupedIban } from './format.ts';
import type { Locale } from './locale.ts';
import { filled, type Row } from './tables.ts';

/** What an item holds, in the order in which one reads it, without what it lacks. */
export function itemRows(item: ItemContent, locale: Locale): Row[] {
  const { row } = locale.texts;
  const day = (date: string | undefined) => (date === undefined ? undefined : locale.date(date));
  const country = (code: string | undefined) => (code === undefined ? undefined : `${locale.country(code)} (${code})`);
  switch (item.type) {
    case 'person':
      return filled([
        [row.givenName, item.data.givenName],
        [row.middleNames, item.data.middleNames],
        [row.familyName, item.data.familyName],
        [row.birthDate, day(item.data.birthDate)],
        [row.birthPlace, item.data.birthPlace],
        [row.nationality, country(item.data.nationality)],
      ]);
    case 'address':
      return filled([
        [row.address, addressLines(item.data).join('\n')],
        [row.country, country(item.data.country)],
      ]);
    case 'email':
      return [[row.email, item.data.address]];
    case 'phone':
      return [[row.phone, item.data.number]];
    case 'national-id':
      return filled([
        [row.kind, item.data.kind],
        [row.number, item.data.number],
        [row.country, country(item.data.country)],
        [row.validUntil, day(item.data.expiresOn)],
      ]);
    case 'passport':
      return filled([
        [row.number, item.data.number],
        [row.issuingCountry, country(item.data.country)],
        [row.issuedOn, day(item.data.issuedOn)],
        [row.validUntil, day(item.data.expiresOn)],
      ]);
    case 'bank-account':
      return filled([
        [row.accountHolder, item.data.holder],
        [row.iban, groupedIban(item.data.iban)],
        [row.bic, item.data.bic],
      ]);
    case 'payment-card':
      return filled([
        [row.cardholder, item.data.holder],
        [row.number, groupedCardNumber(item.data.number)],
        [row.validUntil, expiry(item.data.expiryMonth, item.data.expiryYear)],
      ]);
    case 'note':
      return [[row.text, item.data.text]];
  }
}

/** "04/2029", or as much of it as is known. */
function expiry(month: number | undefined, year: number | undefined): string | undefined {
  const parts = [month?.toString().padStart(2, '0'), year?.toString()].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join('/');
}
