import type { ItemData } from '../domain/items.ts';
import { isEastAsian } from './text.ts';

/** Countries where the postal code follows the region, or stands on a line of its own. */
const CODE_AFTER_REGION = new Set(['AU', 'BR', 'CA', 'CN', 'HK', 'IN', 'JP', 'KR', 'MX', 'NZ', 'TW', 'US']);
const CODE_LAST = new Set(['GB', 'GG', 'IE', 'IM', 'JE']);

/** An IBAN in groups of four (ISO 13616-1). */
export function groupedIban(iban: string): string {
  return iban.replace(/\s/g, '').replace(/.{4}(?=.)/g, '$& ');
}

/** A card number in the groups that stand on the card. */
export function groupedCardNumber(number: string): string {
  const digits = number.replace(/\D/g, '');
  if (/^3[47]/.test(digits) && digits.length === 15) return digits.replace(/^(.{4})(.{6})/, '$1 $2 ');
  if (/^3/.test(digits) && digits.length === 14) return digits.replace(/^(.{4})(.{6})/, '$1 $2 ');
  return digits.replace(/.{4}(?=.)/g, '$& ');
}

interface Name {
  readonly givenName: string;
  readonly middleNames?: string | undefined;
  readonly familyName: string;
}

/** A person's whole name, in the order of its script. */
export function fullName({ givenName, middleNames, familyName }: Name): string {
  if (isEastAsian(givenName) && isEastAsian(familyName)) return `${familyName}${givenName}`;
  return [givenName, middleNames, familyName].filter(Boolean).join(' ');
}

/** An address as it stands on an envelope, without the country. */
export function addressLines(address: ItemData<'address'>): string[] {
  const { lines, city, postalCode, region, country } = address;
  if (CODE_AFTER_REGION.has(country)) {
    const last = [region, postalCode].filter(Boolean).join(' ');
    return [...lines, [city, last].filter(Boolean).join(', ')];
  }
  if (CODE_LAST.has(country)) return [...lines, city, region, postalCode].filter((line) => line !== undefined);
  return [...lines, [postalCode, city].filter(Boolean).join(' '), region].filter((line) => line !== undefined);
}
