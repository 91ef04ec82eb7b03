import { itemTypeSchemas, maskItem } from '../../../domain/items.ts';
import type { ITEM_CONTRACTS } from '../../schemas/items.ts';
import type { ExamplesOf } from '../example.ts';
import { ITEM_IDS } from './values.ts';

const address = {
  type: 'address',
  label: 'Home',
  data: { lines: ['12 Lanternmaker Row'], city: 'Exampleton', postalCode: 'EX1 2MP', country: 'GB' },
} as const;

const bankAccount = {
  type: 'bank-account',
  label: 'Household',
  // The sample of the Dutch IBAN in the IBAN registry.
  data: { iban: 'NL91ABNA0417164300', holder: 'Wren Ashgrove' },
} as const;

const times = { version: 1, createdAt: '2026-11-02T09:03:40.812Z', updatedAt: '2026-11-02T09:03:40.812Z' };
const storedAddress = { id: ITEM_IDS.address, ...mutable(address), ...times };
const storedAccount = { id: ITEM_IDS.bankAccount, ...mutable(bankAccount), ...times };
const moved = {
  ...storedAddress,
  data: { ...storedAddress.data, lines: ['Top floor', '7 Paperboat Quay'], postalCode: 'EX2 9MP' },
  version: 4,
  updatedAt: '2026-11-20T18:11:02.377Z',
};

const masked = {
  summary: 'Masked',
  value: {
    items: [storedAccount, storedAddress].map((item) => ({ ...item, ...maskItem(item), masked: true as const })),
    nextCursor: null,
  },
};

/** Of the items service. */
export const ITEM_EXAMPLES: ExamplesOf<typeof ITEM_CONTRACTS> = {
  listItemTypes: {
    answers: {
      200: {
        some: {
          summary: 'Two of the types',
          value: { types: itemTypeSchemas().filter(({ type }) => type === 'email' || type === 'phone') },
        },
      },
    },
  },
  createItem: {
    body: {
      address: { summary: 'An address', value: mutable(address) },
      bankAccount: { summary: 'A bank account', value: mutable(bankAccount) },
      person: {
        summary: 'A person, without a label',
        value: { type: 'person', data: { givenName: 'Wren', familyName: 'Ashgrove', birthDate: '1988-04-17' } },
      },
    },
    answers: { 201: { address: { summary: 'The item', value: storedAddress } } },
  },
  listItems: {
    answers: {
      200: {
        masked,
        revealed: {
          summary: 'Whole (`reveal=true`), with a page to follow',
          value: { items: [storedAccount, storedAddress], nextCursor: 'bmV4dC1wYWdlLWFmdGVyLXRoaXMtZW50cnk' },
        },
      },
    },
  },
  searchItems: {
    body: {
      label: { summary: 'By a part of the label', value: { label: 'house', limit: 20 } },
      type: { summary: 'All of one type, whole', value: { type: 'bank-account', reveal: true } },
    },
    answers: {
      200: {
        found: { summary: 'Masked', value: { items: masked.value.items.slice(0, 1), nextCursor: null } },
        none: { summary: 'Nothing was found', value: { items: [], nextCursor: null } },
      },
    },
  },
  getItem: {
    answers: {
      200: {
        whole: { summary: 'Whole', value: storedAddress },
        masked: {
          summary: 'Masked (`mask=true`)',
          value: { ...storedAddress, ...maskItem(storedAddress), masked: true },
        },
      },
    },
  },
  replaceItem: {
    body: { address: { summary: 'All of the data anew', value: { label: moved.label, data: moved.data } } },
    answers: { 200: { address: { summary: 'The item', value: moved } } },
  },
  deleteItem: {},
};

/** A copy that schemas take, whose arrays are not read-only. */
function mutable<T>(value: T): Mutable<T> {
  return structuredClone(value) as Mutable<T>;
}

type Mutable<T> = T extends readonly (infer E)[]
  ? Mutable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Mutable<T[K]> }
    : T;
