import * as z from 'zod';
import type { Paper } from '../../domain/stationery.ts';
import { column, heading, paragraphs, signature } from '../blocks.ts';
import { day, postal, text } from '../fields.ts';
import { addressLines, fullName } from '../format.ts';
import { pageFooter } from '../frame.ts';
import { dayOf } from '../locale.ts';
import type { Sheet } from '../sheet.ts';
import { MM, STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

/** Where things stand, by paper: DIN 5008 form B on A4; on Letter what a No. 10 window shows of a sheet folded in three. */
const PLACES = {
  A4: {
    window: { x: 25 * MM, width: 80 * MM, top: 46 * MM, address: 62.7 * MM, lines: 6 },
    folds: [105 * MM, 148.5 * MM, 210 * MM],
  },
  Letter: {
    window: { x: 25 * MM, width: 80 * MM, top: 46 * MM, address: 56 * MM, lines: 5 },
    folds: [93.1 * MM, 186.3 * MM],
  },
} as const satisfies Record<Paper, object>;

const INFO = { y: 50 * MM, width: 65 * MM };
const SUBJECT_TOP = 103 * MM;
const FOLD_COLOR = '#9aa5b1';

const fields = z.strictObject({
  recipient: postal('Name and address as they stand in the window: 1 to 8 lines.'),
  subject: text(300, 'What it is about: set on one line where it fits.'),
  body: text(65_536, 'The whole text, salutation and closing words included. Empty lines part paragraphs.'),
  date: day('Today (UTC) when left out.').optional(),
});

/** A business letter from a person. */
export const letter = defineTemplate({
  id: 'letter',
  title: (texts) => texts.letter.title,
  description: 'A letter for a window envelope (DIN 5008 form B on A4, No. 10 on Letter), from a person at an address.',
  inputs: [
    { name: 'sender', itemTypes: ['person'], many: false, required: true },
    { name: 'senderAddress', itemTypes: ['address'], many: false, required: true },
  ],
  fields,
  margins: { top: 27 * MM, right: 20 * MM, bottom: 27 * MM, left: 25 * MM },

  async layout(sheet, { inputs, fields: { recipient, subject, body, date }, now, locale }) {
    const { window, folds } = PLACES[sheet.house.paper];
    const { givenName, middleNames, familyName } = inputs.sender.data;
    const name = fullName(sheet.readAll({ givenName, middleNames, familyName }, '/inputs/sender/data'));
    const address = sheet.readAll(inputs.senderAddress.data, '/inputs/senderAddress/data');
    const envelope = addressLines(address);
    const about = sheet.readLine(subject, '/fields/subject');
    const letterText = sheet.read(body, '/fields/body');
    const to = sheet.read(recipient, '/fields/recipient').trim();

    for (const y of folds) sheet.rule(4 * MM, y, 4 * MM, 0.4, FOLD_COLOR);
    const today = locale.date(date ?? dayOf(now));
    const windowEnd = addressWindow(sheet, window, [name, ...envelope], to);
    const infoEnd = senderBlock(sheet, name, [...envelope, locale.country(address.country)], today);
    sheet.y = Math.max(SUBJECT_TOP, infoEnd + 8 * MM, windowEnd + 8 * MM);
    heading(sheet, 1, about, STYLES.subject, 12);
    paragraphs(sheet, letterText, STYLES.body);
    signature(sheet, name);

    return sheet.finish((page, pages) => {
      if (pages > 1) pageFooter(sheet, about, page, pages);
    });
  },
});

/** Who writes, from where and when: on the right, beside the window. Returns where it ends. */
function senderBlock(sheet: Sheet, name: string, address: readonly string[], today: string): number {
  const place = { ...INFO, x: sheet.left + sheet.width - INFO.width };
  const named = column(sheet, name, STYLES.strong, place);
  const addressed = column(sheet, address.join('\n'), STYLES.quiet, { ...place, y: named });
  return column(sheet, today, STYLES.body, { ...place, y: addressed + 8 });
}

/** The sender's line, small, and below it the recipient; more lines than fit grow upwards. Returns where it ends. */
function addressWindow(
  sheet: Sheet,
  window: (typeof PLACES)[Paper]['window'],
  sender: readonly string[],
  recipient: string,
): number {
  const back = senderLine(sheet, sender, window.width);
  const backHeight = sheet.wrap(back, window.width, STYLES.tiny).length * STYLES.tiny.leading + 4;
  const lines = sheet.wrap(recipient, window.width, STYLES.address).length;
  const raised = window.address - Math.max(0, lines - window.lines) * STYLES.address.leading;
  const top = Math.max(raised, window.top + backHeight);
  column(sheet, back, STYLES.tiny, { ...window, y: top - backHeight });
  sheet.rule(window.x, top - 3, window.width, 0.4, FOLD_COLOR);
  return column(sheet, recipient, STYLES.address, { ...window, y: top });
}

/** The sender's line, which breaks between its parts as long as each fits on a line. */
function senderLine(sheet: Sheet, parts: readonly string[], width: number): string {
  const fits = parts.every((part) => sheet.measure(part, STYLES.tiny) < width - 10);
  return (fits ? parts.map((part) => part.replaceAll(' ', '\u00a0')) : parts).join(' · ');
}
