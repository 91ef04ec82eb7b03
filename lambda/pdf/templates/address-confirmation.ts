import * as z from 'zod';
import { paragraph, SIGNATURE_END, signatureHeight, signatureLine } from '../blocks.ts';
import { day, line, postal } from '../fields.ts';
import { formFrame, formHead, formSection, fullAddress, personRows } from '../form.ts';
import { fullName } from '../format.ts';
import { FRAMED } from '../frame.ts';
import { STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

const fields = z.strictObject({
  recipient: postal('Who asked for it, name and address: 1 to 8 lines.').optional(),
  since: day('Since when the person lives there.').optional(),
  purpose: line(300, 'What the confirmation is needed for.').optional(),
  confirmer: line(200, 'Who else confirms it by a signature, a landlord for instance.').optional(),
});

/** A person's statement of where they live, to be signed, by another as well where one is named. */
export const addressConfirmation = defineTemplate({
  id: 'address-confirmation',
  title: (texts) => texts.address.title,
  description: 'A person’s statement of their address, to be signed; a landlord or another may confirm it.',
  inputs: [
    { name: 'person', itemTypes: ['person'], many: false, required: true },
    { name: 'address', itemTypes: ['address'], many: false, required: true },
    { name: 'formerAddress', itemTypes: ['address'], many: false, required: false },
    { name: 'household', itemTypes: ['person'], many: true, required: false },
  ],
  fields,
  margins: FRAMED,

  async layout(sheet, { inputs, fields: given, now, locale }) {
    const { address: texts, row } = locale.texts;
    const { recipient, purpose, confirmer, since } = sheet.readAll(given, '/fields');
    const person = sheet.readAll(inputs.person.data, '/inputs/person/data');
    const address = sheet.readAll(inputs.address.data, '/inputs/address/data');
    const former = inputs.formerAddress && sheet.readAll(inputs.formerAddress.data, '/inputs/formerAddress/data');
    const household = inputs.household.map(({ data }, index) =>
      fullName(sheet.readAll(data, `/inputs/household/${index}/data`)),
    );

    formHead(sheet, texts.title, recipient);
    paragraph(sheet, texts.statement(fullName(person)), STYLES.body, 14);
    formSection(sheet, locale.texts.one.person, personRows(locale, person));
    const signatures = [{ name: fullName(person), text: texts.truth }];
    if (confirmer !== undefined) signatures.push({ name: confirmer, text: texts.confirmer(confirmer) });
    const heights = signatures.map(({ name, text }) => signatureHeight(sheet, name, text));
    const height = heights.reduce((sum, each) => sum + SIGNATURE_END + each);
    const place = [
      [row.address, fullAddress(locale, address)],
      [texts.since, since && locale.date(since)],
      [texts.former, former && fullAddress(locale, former)],
      [texts.household, household.length === 0 ? undefined : household.join('\n')],
      [texts.purpose, purpose],
    ] as const;
    formSection(sheet, locale.texts.one.address, place, height);
    for (const { name, text } of signatures) signatureLine(sheet, name, text);
    return sheet.finish(formFrame(sheet, texts.title, now));
  },
});
