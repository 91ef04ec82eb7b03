import * as z from 'zod';
import { ITEM_TYPES } from '../../domain/items.ts';
import { heading, paragraph } from '../blocks.ts';
import { FRAMED, pageFooter, pageHeader } from '../frame.ts';
import { itemSection, sectionsOf } from '../item-sections.ts';
import { dayOf } from '../locale.ts';
import { STYLES } from '../styles.ts';
import { defineTemplate } from '../template.ts';

/** Everything that the chosen items hold, by type. */
export const personalDataRecord = defineTemplate({
  id: 'personal-data-record',
  title: (texts) => texts.record.title,
  description: 'All that the chosen items hold, unmasked, in sections by type.',
  inputs: [{ name: 'items', itemTypes: ITEM_TYPES, many: true, required: true }],
  fields: z.strictObject({}),
  margins: FRAMED,

  async layout(sheet, { title, inputs, now, locale }) {
    const { texts } = locale;
    const items = inputs.items.map((item, index) => sheet.readAll(item, `/inputs/items/${index}`));
    const made = texts.made(locale.date(dayOf(now)));
    heading(sheet, 1, sheet.readLine(title, '/title') || texts.record.title, STYLES.title, 3);
    paragraph(sheet, `${made} · ${texts.entries(items.length)}`, STYLES.small, 22);
    for (const section of sectionsOf(items)) itemSection(sheet, section, () => []);

    return sheet.finish((page, pages) => {
      pageHeader(sheet, texts.record.title);
      pageFooter(sheet, made, page, pages);
    });
  },
});
