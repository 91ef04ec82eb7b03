import * as z from 'zod';
import { bullets, heading, paragraphs, sectionHeading, signatureLine } from '../blocks.ts';
import { line, postal, text } from '../fields.ts';
import { formFrame, formHead, formSection, fullAddress, personRows } from '../form.ts';
import { fullName } from '../format.ts';
import { FRAMED } from '../frame.ts';
import { itemRows } from '../item-rows.ts';
import { STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

const fields = z.strictObject({
  recipient: postal('To whom it goes, name and address: 1 to 8 lines.'),
  subject: line(300, 'What is applied for.'),
  details: z
    .array(z.strictObject({ label: line(200), value: text(2000, 'At most 2,000 characters.') }))
    .max(500, 'must have at most 500 rows')
    .describe('Questions and answers, in order.')
    .default([]),
  statement: text(65_536, 'Free text. Empty lines part paragraphs.').optional(),
  enclosures: z
    .array(line(500))
    .max(50, 'must name at most 50')
    .describe('What is enclosed, one an entry.')
    .default([]),
});

/** An application for anything, from a person. */
export const applicationForm = defineTemplate({
  id: 'application-form',
  title: (texts) => texts.application.title,
  description:
    'An application with the applicant’s data, answers to questions, a statement, enclosures and a signature.',
  inputs: [
    { name: 'person', itemTypes: ['person'], many: false, required: true },
    { name: 'address', itemTypes: ['address'], many: false, required: true },
    { name: 'email', itemTypes: ['email'], many: false, required: false },
    { name: 'phone', itemTypes: ['phone'], many: false, required: false },
    { name: 'identity', itemTypes: ['national-id', 'passport'], many: false, required: false },
    { name: 'account', itemTypes: ['bank-account'], many: false, required: false },
  ],
  fields,
  margins: FRAMED,

  async layout(sheet, { inputs, fields: given, now, locale }) {
    const { application, row, one } = locale.texts;
    const { recipient, subject, details, statement, enclosures } = sheet.readAll(given, '/fields');
    const person = sheet.readAll(inputs.person.data, '/inputs/person/data');
    const address = sheet.readAll(inputs.address.data, '/inputs/address/data');
    const email = inputs.email && sheet.read(inputs.email.data.address, '/inputs/email/data/address');
    const identity = inputs.identity && {
      ...inputs.identity,
      data: sheet.readAll(inputs.identity.data, '/inputs/identity/data'),
    };
    const account = inputs.account && {
      ...inputs.account,
      data: sheet.readAll(inputs.account.data, '/inputs/account/data'),
    };

    formHead(sheet, application.title, recipient.trim());
    heading(sheet, 2, subject, STYLES.subject, 14);
    formSection(sheet, application.applicant, [
      ...personRows(locale, person),
      [row.address, fullAddress(locale, address)],
      [row.email, email],
      [row.phone, inputs.phone?.data.number],
    ]);
    if (identity !== undefined) formSection(sheet, one[identity.type], itemRows(identity, locale));
    if (account !== undefined) formSection(sheet, application.bank, itemRows(account, locale));
    formSection(
      sheet,
      application.details,
      details.map(({ label, value }) => [label, value] as const),
    );
    if (statement !== undefined) {
      sectionHeading(sheet, application.statement, 45);
      paragraphs(sheet, statement, STYLES.body);
      sheet.y += 3;
    }
    if (enclosures.length > 0) {
      sectionHeading(sheet, application.enclosures, 30);
      bullets(sheet, enclosures, STYLES.body);
      sheet.y += 12;
    }
    signatureLine(sheet, fullName(person), application.truth);
    return sheet.finish(formFrame(sheet, application.title, now));
  },
});
