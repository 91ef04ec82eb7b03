import * as z from 'zod';
import { isCreditorId } from '../../domain/creditor-id.ts';
import { countryField } from '../../domain/item-fields.ts';
import { paragraph, sectionHeading, signatureHeight, signatureLine } from '../blocks.ts';
import { line, postal } from '../fields.ts';
import { formFrame, formHead, formSection, fullAddress } from '../form.ts';
import { fullName, groupedIban } from '../format.ts';
import { FRAMED } from '../frame.ts';
import { STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

const creditor = z.strictObject({
  name: line(70, 'At most 70 characters, as banks transmit it.'),
  address: postal('Street, postal code and city: 1 to 8 lines.'),
  country: countryField,
  identifier: z
    .string()
    .refine(
      isCreditorId,
      'must be a SEPA creditor identifier in capitals without spaces; its check digits may be wrong',
    )
    .meta({ description: 'SEPA creditor identifier.', minLength: 8, maxLength: 35 }),
});

const fields = z.strictObject({
  creditor,
  payment: z.enum(['recurrent', 'one-off'], 'must be recurrent or one-off'),
  reference: z
    .string()
    .regex(/^(?=.*\S)[A-Za-z0-9+?/:().,' -]{1,35}$/, "must be 1 to 35 letters, digits, spaces and + ? / - : ( ) . , '")
    .describe('The mandate’s reference; the creditor gives it later where it is left out.')
    .optional(),
  contract: line(140, 'What is paid for: a contract’s number or name.').optional(),
});

/** A mandate for SEPA Core Direct Debit (EPC016, annex with the mandate's data and wording). */
export const directDebitMandate = defineTemplate({
  id: 'direct-debit-mandate',
  title: (texts) => texts.mandate.title,
  description: 'A SEPA Core Direct Debit mandate, recurrent or one-off, to be signed by the holder of the account.',
  inputs: [
    { name: 'person', itemTypes: ['person'], many: false, required: true },
    { name: 'address', itemTypes: ['address'], many: false, required: true },
    { name: 'account', itemTypes: ['bank-account'], many: false, required: true },
  ],
  fields,
  margins: FRAMED,

  async layout(sheet, { inputs, fields: given, now, locale }) {
    const { mandate, row } = locale.texts;
    const { creditor, payment, reference, contract } = sheet.readAll(given, '/fields');
    const person = sheet.readAll(inputs.person.data, '/inputs/person/data');
    const address = sheet.readAll(inputs.address.data, '/inputs/address/data');
    const { iban, bic, holder } = sheet.readAll(inputs.account.data, '/inputs/account/data');
    const name = fullName(person);

    formHead(sheet, mandate.title, undefined);
    paragraph(sheet, mandate.scheme, STYLES.strong, 10);
    formSection(sheet, mandate.creditor, [
      [mandate.creditorName, creditor.name],
      [row.address, inline(`${creditor.address.trim()}\n${locale.country(creditor.country)}`)],
      [mandate.creditorId, creditor.identifier],
      [mandate.reference, reference ?? mandate.referenceOpen],
      [mandate.payment, payment === 'recurrent' ? mandate.recurrent : mandate.oneOff],
      [mandate.contract, contract],
    ]);
    sectionHeading(sheet, mandate.authorisation, 60);
    paragraph(sheet, mandate.authorise(creditor.name), STYLES.body, 6);
    paragraph(sheet, mandate.refund, STYLES.body, 12);
    const signer = holder ?? name;
    const debtor = [
      [row.name, name],
      [row.address, inline(fullAddress(locale, address))],
      [row.accountHolder, holder],
      [row.iban, groupedIban(iban)],
      [row.bic, bic],
    ] as const;
    formSection(sheet, mandate.debtor, debtor, signatureHeight(sheet, signer, ''));
    signatureLine(sheet, signer, '');
    return sheet.finish(formFrame(sheet, mandate.title, now));
  },
});

/** An address in as few lines as it takes, so that a mandate stays on one page. */
function inline(address: string): string {
  return address.split('\n').join(', ');
}
