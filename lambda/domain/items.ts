import * as z from 'zod';
import { parseWhole } from './issues.ts';
import {
  bicField,
  cardNumberField,
  countryField,
  dateField,
  documentNumberField,
  emailField,
  ibanField,
  labelField,
  lineOf,
  monthField,
  noteField,
  phoneField,
  yearField,
} from './item-fields.ts';
import { type Mask, maskValue } from './mask.ts';

/** A type's fields, and beside them how each is masked: a field without a mask does not compile. */
function itemType<S extends Record<string, z.ZodType>>(shape: S, masks: { readonly [F in keyof S]: Mask }) {
  return { schema: z.strictObject(shape), masks };
}

const TYPES = {
  person: itemType(
    {
      givenName: lineOf(200),
      familyName: lineOf(200),
      middleNames: lineOf(200).exactOptional(),
      birthDate: dateField.exactOptional(),
      birthPlace: lineOf(200).exactOptional(),
      nationality: countryField.exactOptional(),
    },
    {
      givenName: 'text',
      familyName: 'text',
      middleNames: 'text',
      birthDate: 'date',
      birthPlace: 'text',
      nationality: 'none',
    },
  ),
  address: itemType(
    {
      lines: z.array(lineOf(200)).min(1).max(4),
      city: lineOf(200),
      postalCode: lineOf(20).exactOptional(),
      region: lineOf(200).exactOptional(),
      country: countryField,
    },
    { lines: 'text', city: 'text', postalCode: 'text', region: 'text', country: 'none' },
  ),
  email: itemType({ address: emailField }, { address: 'email' }),
  phone: itemType({ number: phoneField }, { number: 'number' }),
  'national-id': itemType(
    {
      number: documentNumberField,
      country: countryField,
      kind: lineOf(100).exactOptional(),
      expiresOn: dateField.exactOptional(),
    },
    { number: 'number', country: 'none', kind: 'text', expiresOn: 'date' },
  ),
  passport: itemType(
    {
      number: documentNumberField,
      country: countryField,
      issuedOn: dateField.exactOptional(),
      expiresOn: dateField.exactOptional(),
    },
    { number: 'number', country: 'none', issuedOn: 'date', expiresOn: 'date' },
  ),
  'bank-account': itemType(
    { iban: ibanField, bic: bicField.exactOptional(), holder: lineOf(200).exactOptional() },
    { iban: 'number', bic: 'text', holder: 'text' },
  ),
  'payment-card': itemType(
    {
      number: cardNumberField,
      holder: lineOf(200).exactOptional(),
      expiryMonth: monthField.exactOptional(),
      expiryYear: yearField.exactOptional(),
    },
    // Of a date the year is shown; a month that is a number can't be shown hidden.
    { number: 'number', holder: 'text', expiryMonth: 'omit', expiryYear: 'none' },
  ),
  note: itemType({ text: noteField }, { text: 'text' }),
};

export type ItemType = keyof typeof TYPES;

/** Every type and what it is called, in the order in which they are shown. */
export const ITEM_TITLES = {
  person: 'Person',
  address: 'Address',
  email: 'E-mail address',
  phone: 'Telephone number',
  'national-id': 'National identity number',
  passport: 'Passport',
  'bank-account': 'Bank account',
  'payment-card': 'Payment card',
  note: 'Note',
} as const satisfies Record<ItemType, string>;

/** Every type, in the order in which they are shown. */
export const ITEM_TYPES: readonly ItemType[] = [
  'person',
  'address',
  'email',
  'phone',
  'national-id',
  'passport',
  'bank-account',
  'payment-card',
  'note',
];

/** The schema of each type's data. None changes what it reads. */
export const ITEM_SCHEMAS: { readonly [T in ItemType]: (typeof TYPES)[T]['schema'] } = {
  person: TYPES.person.schema,
  address: TYPES.address.schema,
  email: TYPES.email.schema,
  phone: TYPES.phone.schema,
  'national-id': TYPES['national-id'].schema,
  passport: TYPES.passport.schema,
  'bank-account': TYPES['bank-account'].schema,
  'payment-card': TYPES['payment-card'].schema,
  note: TYPES.note.schema,
};

function variant<T extends ItemType, L extends z.ZodType>(type: T, label: L) {
  return z.strictObject({ type: z.literal(type), label, data: ITEM_SCHEMAS[type] });
}

/** The schema of `{ type, label, data }` with this schema of the label. */
export function itemUnion<L extends z.ZodType>(label: L) {
  return z.discriminatedUnion('type', [
    variant('person', label),
    variant('address', label),
    variant('email', label),
    variant('phone', label),
    variant('national-id', label),
    variant('passport', label),
    variant('bank-account', label),
    variant('payment-card', label),
    variant('note', label),
  ]);
}

/** The schema of {@link ItemContent}. */
export const itemContentSchema = itemUnion(labelField);

/** The part of an item that is stored encrypted. */
export type ItemContent = z.infer<typeof itemContentSchema>;

/** What an item of one type holds. */
export type ItemData<T extends ItemType> = z.infer<(typeof TYPES)[T]['schema']>;

/**
 * Checks what an item is to hold. The data comes back as it was sent, in the order of its fields.
 *
 * @throws InvalidRequestError with a row for every fault, under `/type`, `/label` and `/data`
 */
export function parseItemContent(type: string, label: string, data: unknown): ItemContent {
  return parseWhole(itemContentSchema, { type, label, data });
}

/**
 * The content as lists show it. The label stays: it is what the user finds the item by.
 *
 * A masked content need not pass its schema; fields keep their type, and one that can't be shown hidden is left out.
 */
export function maskItem(content: ItemContent): ItemContent {
  const masks: Readonly<Record<string, Mask>> = TYPES[content.type].masks;
  const data: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(content.data)) {
    // Stored content may be older than the schema: a field that is unknown by now stays hidden.
    const shown = maskValue(value, masks[field] ?? 'omit');
    if (shown !== undefined) data[field] = shown;
  }
  // Strings stayed strings and only optional fields went.
  return { ...content, data } as ItemContent;
}

let jsonSchemas: readonly { type: ItemType; title: string; schema: Record<string, unknown> }[] | undefined;

/** Each type with its title and the JSON Schema (2020-12) of its data; made once, when first asked for. */
export function itemTypeSchemas() {
  jsonSchemas ??= ITEM_TYPES.map((type) => ({
    type,
    title: ITEM_TITLES[type],
    schema: { ...z.toJSONSchema(ITEM_SCHEMAS[type]) },
  }));
  return jsonSchemas;
}
