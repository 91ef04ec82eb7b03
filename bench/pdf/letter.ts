import type { ItemContent } from '../../lambda/domain/items.ts';
import type { RenderRequest, SourceItem } from '../../lambda/ports/document-renderer.ts';

/** A text of the letter and where it stands: points from the page's upper left corner. */
export interface Block {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly size: number;
  readonly leading: number;
  readonly isBold: boolean;
}

/** The bytes of a regular and a bold font; null for Helvetica, which no document holds. */
export type Fonts = readonly [regular: Uint8Array, bold: Uint8Array] | null;

/** Sets the letter's blocks and rules on a page of A4, in a document of its own. */
export type PageMaker = (fonts: Fonts) => Promise<Uint8Array>;

/** The same by another library, which is given what reads fonts. */
export type PagePeer = (fonts: Fonts, fontkit: object) => Promise<Uint8Array>;

export const TITLE = 'Notice';
const NOW = Date.UTC(2026, 10, 14, 9, 30);
const RECIPIENT = 'Example plc\nDepartment of Examples\n1 Sample Square\nSampleton\nEX1 2MP';
const SUBJECT = 'Contract 4711: notice of termination';
const PARAGRAPHS = [
  'Dear Sir or Madam,',
  'I hereby give notice of termination of the contract named above, to the end of the month that follows the next, and ' +
    'in any case to the first day on which it may end. Please confirm in writing that you received this letter, and ' +
    'tell me the day on which the contract ends.',
  'With the same letter I withdraw the direct debit mandate that I gave you when the contract began. Amounts that are ' +
    'still due will be transferred as soon as I have your final invoice; what I paid in advance, please transfer to the ' +
    'account that you know.',
  'I also withdraw my consent to the use of my data for purposes of advertising and market research. Please delete ' +
    'what you hold of me as soon as you need it no longer to wind the contract up, and tell me when that is done, and ' +
    'what you must keep, for how long, and on what ground.',
  'Should you have questions, please write to the address above. I don’t wish to be called.',
  'Yours faithfully',
];

/** What the service is asked for, to make the letter. */
export const LETTER: RenderRequest = {
  template: 'letter',
  title: TITLE,
  now: NOW,
  inputs: {
    sender: [itemOf({ type: 'person', label: '', data: { givenName: 'Ada', familyName: 'Sample' } })],
    senderAddress: [
      itemOf({
        type: 'address',
        label: '',
        data: { lines: ['Beispielstraße 12'], city: 'Musterstadt', postalCode: '01234', country: 'DE' },
      }),
    ],
  },
  fields: { recipient: RECIPIENT, subject: SUBJECT, body: PARAGRAPHS.join('\n\n') },
};

/** The same letter's texts, for those who set them by themselves: sizes and places are the service's. */
export const BLOCKS: readonly Block[] = [
  block('Ada Sample · Beispielstraße 12 · 01234 Musterstadt', { x: 71, y: 165, width: 227, size: 6.5, leading: 9 }),
  block(RECIPIENT, { x: 71, y: 178, width: 227, size: 9.5, leading: 13 }),
  block('Ada Sample', { x: 354, y: 142, width: 184, isBold: true }),
  block('Beispielstraße 12\n01234 Musterstadt\nGermany', { x: 354, y: 157, width: 184, size: 8.5, leading: 13 }),
  block('14 November 2026', { x: 354, y: 204, width: 184 }),
  block(SUBJECT, { y: 292, size: 11, leading: 16, isBold: true }),
  ...PARAGRAPHS.map((text, index) => block(text, { y: [320, 344, 398, 452, 506, 530][index] ?? 0 })),
  block('Ada Sample', { y: 594 }),
];

/** Lines across the page: fold marks, and the one below the sender. */
export const RULES = [
  { x: 11.3, y: 297.6, width: 11.3 },
  { x: 11.3, y: 420.9, width: 11.3 },
  { x: 11.3, y: 595.3, width: 11.3 },
  { x: 71, y: 175, width: 227 },
] as const;

/** A request for a report of so many items, Latin letters alone. */
export function reportOf(items: number): RenderRequest {
  const all = Array.from({ length: items }, (_, number) => itemOf(content(number)));
  return { template: 'data-subject-access-report', title: 'All of it', now: NOW, inputs: { items: all }, fields: {} };
}

function content(number: number): ItemContent {
  const label = `Entry ${number + 1}`;
  switch (number % 6) {
    case 0:
      return { type: 'person', label, data: { givenName: `Zoë ${number}`, familyName: 'Nguyễn-Sample' } };
    case 1:
      return { type: 'address', label, data: { lines: [`${number} Sample Road`], city: 'Sampleton', country: 'GB' } };
    case 2:
      return { type: 'email', label, data: { address: `ada.${number}@example.com` } };
    case 3:
      return { type: 'bank-account', label, data: { iban: 'DE89370400440532013000', holder: `Ada Sample ${number}` } };
    case 4:
      return { type: 'passport', label, data: { number: `X${1_000_000 + number}`, country: 'JP' } };
    default:
      return { type: 'note', label, data: { text: PARAGRAPHS.join('\n\n') } };
  }
}

function itemOf(item: ItemContent): SourceItem {
  return { ...item, createdAt: NOW - 9e9, updatedAt: NOW - 8e9 };
}

/** A block of the letter's body where nothing else is said. */
function block(text: string, place: Partial<Omit<Block, 'text'>>): Block {
  return { text, x: 71, y: 0, width: 467, size: 9.5, leading: 15, isBold: false, ...place };
}
