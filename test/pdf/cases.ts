import type { ItemData, ItemType } from '../../lambda/domain/items.ts';
import type { RenderRequest, SourceItem } from '../../lambda/ports/document-renderer.ts';

export const NOW = Date.UTC(2026, 10, 14, 9, 30);

/** One item of a type; the compiler checks its data. */
export function item<T extends ItemType>(type: T, data: ItemData<T>, label = ''): SourceItem {
  const createdAt = Date.UTC(2025, 2, 4, 5, 6);
  return { type, label, data, createdAt, updatedAt: Date.UTC(2026, 7, 8, 21, 10) } as SourceItem;
}

export const SENDER = item('person', { givenName: 'Ada', familyName: 'Sample' });
export const HOME = item('address', {
  lines: ['Beispielstraße 12'],
  city: 'Musterstadt',
  postalCode: '01234',
  country: 'DE',
});

const PERSON = item(
  'person',
  {
    givenName: 'Łukasz Phương',
    middleNames: 'Zoë Ngọc',
    familyName: 'Nguyễn-Sample',
    birthDate: '1980-02-29',
    birthPlace: 'Thừa Thiên Huế',
    nationality: 'VN',
  },
  'Me myself',
);
const FLAT = item(
  'address',
  {
    lines: ['c/o Example plc', 'Flat 1, Building C', '2 Sample Road'],
    city: 'Sampleton',
    region: 'Exampleshire',
    postalCode: 'EX1 2MP',
    country: 'GB',
  },
  'Where I live',
);
const EMAIL = item('email', { address: 'ada.sample@example.com' }, 'Private');
const PHONE = item('phone', { number: '+15550100123' });
const PASSPORT = item('passport', {
  number: 'X0000000',
  country: 'JP',
  issuedOn: '2021-05-04',
  expiresOn: '2031-05-03',
});
const ACCOUNT = item(
  'bank-account',
  { iban: 'GB82WEST12345698765432', bic: 'WESTGB22', holder: 'Ada Sample and Łukasz Nguyễn-Sample' },
  'Joint account',
);
const BARE_ACCOUNT = item('bank-account', { iban: 'DE89370400440532013000' });
const LONG_TEXT = Array.from(
  { length: 6 },
  (_, n) =>
    `Paragraph ${n + 1}. ${'It says what is to be said, and goes on for a while, so that lines break. '.repeat(4)}`,
).join('\n\n');

/** An item of each type, with all that the type has. */
export const EVERY_ITEM: readonly SourceItem[] = [
  PERSON,
  item('person', { givenName: '小明', familyName: '王' }, '中文'),
  FLAT,
  HOME,
  EMAIL,
  PHONE,
  item('national-id', { number: 'ID-000-111', country: 'FR', kind: 'Carte d’identité', expiresOn: '2031-08-01' }),
  PASSPORT,
  ACCOUNT,
  item('payment-card', { number: '4111111111111111', holder: 'A SAMPLE', expiryMonth: 4, expiryYear: 2029 }),
  item('note', { text: `The office is first.\n\n第二段。\n\n${LONG_TEXT}` }, 'Keys'),
];

const CREDITOR = {
  name: 'Stadtwerke Musterstadt GmbH',
  address: 'Beispielallee 1\n01234 Musterstadt',
  country: 'DE',
  identifier: 'DE98ZZZ09999999999',
};

type Case = Pick<RenderRequest, 'inputs' | 'fields'>;

/** For each template the least that it takes, and much. */
export const CASES: Readonly<Record<string, { readonly least: Case; readonly most: Case }>> = {
  letter: {
    least: {
      inputs: { sender: [SENDER], senderAddress: [HOME] },
      fields: { recipient: 'Example plc', subject: 'Notice', body: 'Hello.' },
    },
    most: {
      inputs: { sender: [PERSON], senderAddress: [FLAT] },
      fields: {
        recipient: 'Example plc\nDepartment of Examples\nFloor 3\n1 Sample Square\nSampleton\nEX1 2MP\nUnited Kingdom',
        subject: 'Contract 4711: notice of termination, with a subject that is rather long and takes two lines',
        body: `Dear Sir or Madam,\n\n${LONG_TEXT}\n\n${LONG_TEXT}\n\nYours faithfully`,
        date: '2027-03-01',
      },
    },
  },
  'personal-data-record': {
    least: { inputs: { items: [SENDER] }, fields: {} },
    most: { inputs: { items: EVERY_ITEM }, fields: {} },
  },
  'data-subject-access-report': {
    least: { inputs: { items: [SENDER] }, fields: {} },
    most: { inputs: { items: [...EVERY_ITEM, ...EVERY_ITEM] }, fields: {} },
  },
  'address-confirmation': {
    least: { inputs: { person: [SENDER], address: [HOME] }, fields: {} },
    most: {
      inputs: { person: [PERSON], address: [FLAT], formerAddress: [HOME], household: [SENDER, PERSON] },
      fields: {
        recipient: 'Registry of Examples\n1 Sample Square\nSampleton',
        since: '2024-04-01',
        purpose: 'Opening of an account',
        confirmer: 'Example Homes Ltd, landlord',
      },
    },
  },
  'consent-form': {
    least: {
      inputs: { person: [SENDER] },
      fields: { recipient: 'Example plc', purpose: 'Newsletter', data: ['E-mail address'] },
    },
    most: {
      inputs: { person: [PERSON], address: [FLAT], email: [EMAIL], phone: [PHONE] },
      fields: {
        recipient: 'Example plc\nData protection\n1 Sample Square\nSampleton',
        purpose: `Assessment of an application.\n\n${'Further purposes are described here at some length. '.repeat(6)}`,
        data: [
          'Name, address, telephone number',
          `Health data: ${'findings, reports and letters, '.repeat(6)}and no others`,
          'Bank details',
        ],
        until: '2028-12-31',
        withdrawTo: 'privacy@example.com',
      },
    },
  },
  'direct-debit-mandate': {
    least: {
      inputs: { person: [SENDER], address: [HOME], account: [BARE_ACCOUNT] },
      fields: { creditor: CREDITOR, payment: 'one-off' },
    },
    most: {
      inputs: { person: [PERSON], address: [FLAT], account: [ACCOUNT] },
      fields: {
        creditor: CREDITOR,
        payment: 'recurrent',
        reference: 'MANDATE-2026/0001',
        contract: 'Electricity, customer number 000-111-222',
      },
    },
  },
  'application-form': {
    least: {
      inputs: { person: [SENDER], address: [HOME] },
      fields: { recipient: 'Example plc', subject: 'Parking permit' },
    },
    most: {
      inputs: {
        person: [PERSON],
        address: [FLAT],
        email: [EMAIL],
        phone: [PHONE],
        identity: [PASSPORT],
        account: [ACCOUNT],
      },
      fields: {
        recipient: 'City of Sampleton\nParking office\n1 Sample Square\nSampleton',
        subject: 'Parking permit for residents',
        details: Array.from({ length: 14 }, (_, n) => ({
          label: n === 2 ? 'A question that is asked in many words and takes more than one line' : `Question ${n + 1}`,
          value: n === 3 ? 'An answer of some length. '.repeat(12) : `Answer ${n + 1}`,
        })),
        statement: LONG_TEXT,
        enclosures: ['Copy of the passport', 'Registration of the car, both sides'],
      },
    },
  },
};

/** A request for a template with the least or the most data. */
export function requestOf(template: string, amount: 'least' | 'most', title = ''): RenderRequest {
  const found = CASES[template];
  if (found === undefined) throw new Error(`there are no data for ${template}`);
  return { template, title, now: NOW, ...found[amount] };
}
