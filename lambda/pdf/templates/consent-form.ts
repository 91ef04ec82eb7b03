import * as z from 'zod';
import { bullets, paragraph, paragraphs, sectionHeading, signatureLine } from '../blocks.ts';
import { day, line, postal, text } from '../fields.ts';
import { formFrame, formHead, formSection, fullAddress, personRows } from '../form.ts';
import { fullName } from '../format.ts';
import { FRAMED } from '../frame.ts';
import { STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

const fields = z.strictObject({
  recipient: postal('Who may process the data, name and address: 1 to 8 lines, the first one the name.'),
  purpose: text(16_384, 'What for. Empty lines part paragraphs.'),
  data: z
    .array(line(500))
    .min(1, 'must name at least one kind of data')
    .max(50, 'must name at most 50 kinds of data')
    .describe('Which data, one kind an entry.'),
  until: day('When it ends by itself; when it is withdrawn, where this is left out.').optional(),
  withdrawTo: line(300, 'Where a withdrawal is to be sent.').optional(),
});

/** A person's consent to the processing of their data (GDPR articles 4(11) and 7). */
export const consentForm = defineTemplate({
  id: 'consent-form',
  title: (texts) => texts.consent.title,
  description: 'A person’s consent that another processes named data for a named purpose, to be signed.',
  inputs: [
    { name: 'person', itemTypes: ['person'], many: false, required: true },
    { name: 'address', itemTypes: ['address'], many: false, required: false },
    { name: 'email', itemTypes: ['email'], many: false, required: false },
    { name: 'phone', itemTypes: ['phone'], many: false, required: false },
  ],
  fields,
  margins: FRAMED,

  async layout(sheet, { inputs, fields: given, now, locale }) {
    const { consent, row } = locale.texts;
    const { recipient, purpose, data, until, withdrawTo } = sheet.readAll(given, '/fields');
    const person = sheet.readAll(inputs.person.data, '/inputs/person/data');
    const address = inputs.address && sheet.readAll(inputs.address.data, '/inputs/address/data');
    const email = inputs.email && sheet.read(inputs.email.data.address, '/inputs/email/data/address');
    const name = fullName(person);
    const [to = ''] = recipient.trim().split('\n');

    formHead(sheet, consent.title, recipient.trim());
    paragraph(sheet, consent.statement(name, to), STYLES.body, 14);
    formSection(sheet, consent.who, [
      ...personRows(locale, person),
      [row.address, address && fullAddress(locale, address)],
      [row.email, email],
      [row.phone, inputs.phone?.data.number],
    ]);
    sectionHeading(sheet, consent.purpose, 30);
    paragraphs(sheet, purpose, STYLES.body);
    sheet.y += 3;
    sectionHeading(sheet, consent.data, 30);
    bullets(sheet, data, STYLES.body);
    sheet.y += 12;
    sectionHeading(sheet, consent.withdrawal, 45);
    const end = until === undefined ? consent.open : consent.until(locale.date(until));
    paragraph(sheet, end, STYLES.body, 6);
    paragraph(sheet, consent.rights, STYLES.body, 6);
    if (withdrawTo !== undefined) paragraph(sheet, consent.withdrawTo(withdrawTo), STYLES.body, 6);
    signatureLine(sheet, name, '');
    return sheet.finish(formFrame(sheet, consent.title, now));
  },
});
