import * as z from 'zod';
import { ITEM_TYPES } from '../../domain/items.ts';
import { heading, paragraph, sectionHeading } from '../blocks.ts';
import { FRAMED, pageFooter, pageHeader } from '../frame.ts';
import { itemSection, sectionsOf } from '../item-sections.ts';
import { dayOf } from '../locale.ts';
import { STYLES } from '../styles.ts';
import { table } from '../tables.ts';
import { defineTemplate } from '../template.ts';

/** Everything that the vault holds of its user. */
export const dataSubjectAccessReport = defineTemplate({
  id: 'data-subject-access-report',
  title: (texts) => texts.report.title,
  description:
    'All that the chosen items hold, unmasked, with labels and the times at which each was stored and last changed; ' +
    'contents and bookmarks. Documents and activity are not in it: the account’s export has them.',
  inputs: [{ name: 'items', itemTypes: ITEM_TYPES, many: true, required: true }],
  fields: z.strictObject({}),
  margins: FRAMED,

  async layout(sheet, { title, inputs, now, locale }) {
    const { report, row, many, entries, made } = locale.texts;
    const items = inputs.items.map((item, index) => sheet.readAll(item, `/inputs/items/${index}`));
    const sections = sectionsOf(items);
    const day = made(locale.date(dayOf(now)));
    heading(sheet, 1, sheet.readLine(title, '/title') || report.title, STYLES.title, 3);
    paragraph(sheet, `${day} · ${entries(items.length)}`, STYLES.small, 12);
    paragraph(sheet, report.about(sheet.house.brand), STYLES.body, 18);

    sectionHeading(sheet, report.contents, 60);
    const columns = [
      { title: report.section, share: 4 },
      { title: report.count, share: 1 },
      { title: report.onPage, share: 1 },
    ];
    const numbers = table(
      sheet,
      columns,
      sections.map(({ type, items: { length } }) => [many[type], String(length), null]),
    );
    sheet.y += 22;
    const pageNumbers = sections.map((section) =>
      itemSection(sheet, section, ({ createdAt, updatedAt }) => [
        [row.storedAt, locale.moment(createdAt)],
        [row.changedAt, locale.moment(updatedAt)],
      ]),
    );

    return sheet.finish((page, pages) => {
      numbers.forEach((cell, index) => {
        if (cell.page === page) cell.fill(String(pageNumbers[index]));
      });
      pageHeader(sheet, report.title);
      pageFooter(sheet, day, page, pages);
    });
  },
});
