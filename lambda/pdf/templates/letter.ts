import * as z from 'zod';
import { column, heading, oneLine, pageFooter, paragraphs, STYLES, signature } from '../blocks.ts';
import { addressLines, countryName, dayOf, fullName, longDate } from '../format.ts';
import { MM, type Sheet } from '../sheet.ts';
import { defineTemplate } from '../template.ts';

// Where things stand on a letter of DIN 5008, form B.
const WINDOW = { x: 25 * MM, width: 80 * MM, top: 46 * MM, address: 62.7 * MM, lines: 6 };
const INFO = { x: 125 * MM, y: 50 * MM, width: 65 * MM };
const SUBJECT_TOP = 103 * MM;
const FOLDS = [105 * MM, 148.5 * MM, 210 * MM];
const FOLD_COLOR = '#9aa5b1';

const fields = z.strictObject({
  recipient: z
    .string()
    .max(500, 'must have at most 500 characters')
    .regex(/^[^\r\n]+(?:\r?\n[^\r\n]+){0,7}(?:\r?\n)?$/, 'must have 1 to 8 lines, none of them empty')
    .regex(/\S/, 'must not be blank')
    .describe('Name and address as they stand in the window: 1 to 8 lines.'),
  subject: z.string().max(300, 'must have at most 300 characters').regex(/\S/, 'must not be blank'),
  body: z
    .string()
    .max(65_536, 'must have at most 65,536 characters')
    .regex(/\S/, 'must not be blank')
    .describe('The whole text, salutation and closing words included. Empty lines part paragraphs.'),
  date: z.iso.date('must be a date, YYYY-MM-DD').optional().describe('Today (UTC) when left out.'),
});

/** A business letter from a person. */
export const letter = defineTemplate({
  id: 'letter',
  title: 'Letter',
  description: 'A letter on A4 for a window envelope (DIN 5008, form B), from a person at an address.',
  inputs: [
    { name: 'sender', itemTypes: ['person'], many: false, required: true },
    { name: 'senderAddress', itemTypes: ['address'], many: false, required: true },
  ],
  fields,
  margins: { top: 27 * MM, right: 20 * MM, bottom: 27 * MM, left: 25 * MM },

  async layout(sheet, { inputs, fields: { recipient, subject, body, date }, now }) {
    const { givenName, middleNames, familyName } = inputs.sender.data;
    const name = fullName(sheet.readAll({ givenName, middleNames, familyName }, '/inputs/sender/data'));
    const address = sheet.readAll(inputs.senderAddress.data, '/inputs/senderAddress/data');
    const envelope = addressLines(address);
    const about = sheet.read(subject, '/fields/subject').replace(/\s+/g, ' ').trim();
    const text = sheet.read(body, '/fields/body');
    const to = sheet.read(recipient, '/fields/recipient').trim();

    for (const y of FOLDS) sheet.rule(4 * MM, y, 4 * MM, 0.4, FOLD_COLOR);
    const day = longDate(date ?? dayOf(now));
    const windowEnd = addressWindow(sheet, [name, ...envelope], to);
    const infoEnd = senderBlock(sheet, name, [...envelope, countryName(address.country)], day);
    sheet.y = Math.max(SUBJECT_TOP, infoEnd + 8 * MM, windowEnd + 8 * MM);
    heading(sheet, 1, about, STYLES.subject, 12);
    paragraphs(sheet, text, STYLES.body);
    signature(sheet, name);

    return sheet.finish((page, pages) => {
      if (pages > 1) pageFooter(sheet, oneLine(sheet, about, sheet.width - 90, STYLES.small), page, pages);
    });
  },
});

/** Who writes, from where and when: on the right, beside the window. Returns where it ends. */
function senderBlock(sheet: Sheet, name: string, address: readonly string[], day: string): number {
  const named = column(sheet, name, STYLES.strong, INFO);
  const addressed = column(sheet, address.join('\n'), STYLES.quiet, { ...INFO, y: named });
  return column(sheet, day, STYLES.body, { ...INFO, y: addressed + 8 });
}

/** The sender's line, small, and below it the recipient; more than six lines grow upwards. Returns where it ends. */
function addressWindow(sheet: Sheet, sender: readonly string[], recipient: string): number {
  const back = senderLine(sheet, sender);
  const backHeight = sheet.wrap(back, WINDOW.width, STYLES.tiny).length * STYLES.tiny.leading + 4;
  const lines = sheet.wrap(recipient, WINDOW.width, STYLES.address).length;
  const raised = WINDOW.address - Math.max(0, lines - WINDOW.lines) * STYLES.address.leading;
  const top = Math.max(raised, WINDOW.top + backHeight);
  column(sheet, back, STYLES.tiny, { ...WINDOW, y: top - backHeight });
  sheet.rule(WINDOW.x, top - 3, WINDOW.width, 0.4, FOLD_COLOR);
  return column(sheet, recipient, STYLES.address, { ...WINDOW, y: top });
}

/** The sender's line, which breaks between its parts as long as each fits on a line. */
function senderLine(sheet: Sheet, parts: readonly string[]): string {
  const fits = parts.every((part) => sheet.measure(part, STYLES.tiny) < WINDOW.width - 10);
  return (fits ? parts.map((part) => part.replaceAll(' ', '\u00a0')) : parts).join(' · ');
}
