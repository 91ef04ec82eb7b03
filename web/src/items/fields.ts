import type { ItemType } from '@twinlock/client';
import type { Texts } from '../languages.tsx';
import type { Kind } from './kinds.ts';

/** A field of an item. */
export interface ItemField {
  /** As the service calls it. */
  readonly name: string;
  readonly kind: Kind;
  readonly required: boolean;
  readonly text: Texts<string>;
  readonly hint: Texts<string> | null;
  /** What the browser may fill in: a token of HTML's autofill, or `off`. */
  readonly autocomplete: string;
  /** Characters at most, of a line. */
  readonly max: number;
  /** Shown where the item is one of many. */
  readonly main: boolean;
}

interface More extends Partial<Pick<ItemField, 'autocomplete' | 'max' | 'main' | 'hint'>> {
  readonly optional?: boolean;
}

function field(name: string, kind: Kind, en: string, de: string, more: More = {}): ItemField {
  const { optional = false, autocomplete = 'off', max = 200, main = false, hint = null } = more;
  return { name, kind, required: !optional, text: { en, de }, hint, autocomplete, max, main };
}

/** What the types' forms ask for, and in this order show. */
export const ITEM_FIELDS: { readonly [T in ItemType]: readonly ItemField[] } = {
  person: [
    field('givenName', 'line', 'Given name', 'Vorname', { autocomplete: 'given-name', main: true }),
    field('familyName', 'line', 'Family name', 'Nachname', { autocomplete: 'family-name', main: true }),
    field('middleNames', 'line', 'Middle names', 'Weitere Vornamen', {
      optional: true,
      autocomplete: 'additional-name',
    }),
    field('birthDate', 'date', 'Date of birth', 'Geburtsdatum', { optional: true, autocomplete: 'bday' }),
    field('birthPlace', 'line', 'Place of birth', 'Geburtsort', { optional: true }),
    field('nationality', 'country', 'Nationality', 'Staatsangehörigkeit', { optional: true }),
  ],
  address: [
    field('lines', 'lines', 'Street and number', 'Straße und Hausnummer', {
      autocomplete: 'street-address',
      main: true,
      hint: { en: 'As on an envelope, in one to four lines.', de: 'Wie auf einem Umschlag, in einer bis vier Zeilen.' },
    }),
    field('postalCode', 'line', 'Postal code', 'Postleitzahl', {
      optional: true,
      autocomplete: 'postal-code',
      max: 20,
    }),
    field('city', 'line', 'Town or city', 'Ort', { autocomplete: 'address-level2', main: true }),
    field('region', 'line', 'State or region', 'Bundesland oder Region', {
      optional: true,
      autocomplete: 'address-level1',
    }),
    field('country', 'country', 'Country', 'Land', { autocomplete: 'country' }),
  ],
  email: [field('address', 'email', 'E-mail address', 'E-Mail-Adresse', { autocomplete: 'email', main: true })],
  phone: [
    field('number', 'phone', 'Telephone number', 'Telefonnummer', {
      autocomplete: 'tel',
      main: true,
      hint: { en: 'With the country’s code: +44 …', de: 'Mit Ländervorwahl: +49 …' },
    }),
  ],
  'national-id': [
    field('number', 'line', 'Number', 'Nummer', { max: 64, main: true }),
    field('country', 'country', 'Issued by', 'Ausgestellt von'),
    field('kind', 'line', 'Kind', 'Art', {
      optional: true,
      max: 100,
      hint: {
        en: 'Identity card, tax number, social security …',
        de: 'Personalausweis, Steuernummer, Sozialversicherung …',
      },
    }),
    field('expiresOn', 'date', 'Expires on', 'Gültig bis', { optional: true }),
  ],
  passport: [
    field('number', 'line', 'Passport number', 'Passnummer', { max: 64, main: true }),
    field('country', 'country', 'Issued by', 'Ausgestellt von'),
    field('issuedOn', 'date', 'Issued on', 'Ausgestellt am', { optional: true }),
    field('expiresOn', 'date', 'Expires on', 'Gültig bis', { optional: true }),
  ],
  'bank-account': [
    field('iban', 'iban', 'IBAN', 'IBAN', { main: true }),
    field('bic', 'bic', 'BIC', 'BIC', { optional: true }),
    field('holder', 'line', 'Account holder', 'Kontoinhaber', { optional: true, autocomplete: 'name' }),
  ],
  'payment-card': [
    field('number', 'card', 'Card number', 'Kartennummer', {
      autocomplete: 'cc-number',
      main: true,
      hint: {
        en: 'The code on the back is never asked for: write it nowhere.',
        de: 'Nach der Prüfziffer auf der Rückseite wird nie gefragt: Sie gehört nirgendwohin.',
      },
    }),
    field('holder', 'line', 'Name on the card', 'Name auf der Karte', { optional: true, autocomplete: 'cc-name' }),
    field('expiryMonth', 'month', 'Valid to: month', 'Gültig bis: Monat', {
      optional: true,
      autocomplete: 'cc-exp-month',
    }),
    field('expiryYear', 'year', 'Valid to: year', 'Gültig bis: Jahr', { optional: true, autocomplete: 'cc-exp-year' }),
  ],
  note: [field('text', 'note', 'Text', 'Text', { main: true })],
};

/** What a person calls an item. */
export const LABEL_TEXT: Texts<string> = { en: 'Label', de: 'Bezeichnung' };

/** Every type, in the order in which a newcomer meets them. */
export const ITEM_TYPES = Object.keys(ITEM_FIELDS) as readonly ItemType[];

/** What the types are called. */
export const TYPE_TEXTS: Texts<Readonly<Record<ItemType, string>>> = {
  en: {
    person: 'Person',
    address: 'Address',
    email: 'E-mail address',
    phone: 'Telephone number',
    'national-id': 'National ID',
    passport: 'Passport',
    'bank-account': 'Bank account',
    'payment-card': 'Payment card',
    note: 'Note',
  },
  de: {
    person: 'Person',
    address: 'Anschrift',
    email: 'E-Mail-Adresse',
    phone: 'Telefonnummer',
    'national-id': 'Ausweis oder Kennnummer',
    passport: 'Reisepass',
    'bank-account': 'Bankkonto',
    'payment-card': 'Zahlungskarte',
    note: 'Notiz',
  },
};

/** The type that a URL names; null where there is none of that name. */
export function itemTypeOf(name: string | undefined): ItemType | null {
  return ITEM_TYPES.find((type) => type === name) ?? null;
}
