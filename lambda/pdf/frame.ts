import { oneLine } from './blocks.ts';
import type { Sheet } from './sheet.ts';
import { HAIRLINE, MM, STYLES } from './styles.ts';

const FOOTER_HEIGHT = 46;
const HEADER_TOP = 34;
const LOGO = { width: 120, height: 28 };
const GAP = 8;
/** Of the width, the part that the deployment's name may take. */
const BRAND_SHARE = 0.5;

/** The margins of a page that has header and footer. */
export const FRAMED = { top: 27 * MM, right: 22 * MM, bottom: 27 * MM, left: 22 * MM };

/** A header: on the left the deployment's logo and name, on the right what the document is. */
export function pageHeader(sheet: Sheet, right: string): void {
  const middle = HEADER_TOP + STYLES.brand.leading / 2;
  const logo = sheet.logo({ x: sheet.left, y: middle - LOGO.height / 2, ...LOGO });
  const start = sheet.left + (logo === 0 ? 0 : logo + GAP);
  const end = sheet.left + sheet.width;
  const brand = oneLine(sheet, sheet.house.brand, sheet.width * BRAND_SHARE, STYLES.brand);
  sheet.running(brand, STYLES.brand, start, HEADER_TOP);
  const room = end - start - sheet.measure(brand, STYLES.brand) - 2 * GAP;
  sheet.running(oneLine(sheet, right, room, STYLES.small), STYLES.small, end, HEADER_TOP, 'right');
}

/** A footer: a text on the left and "Page n of m" on the right, under a hairline. */
export function pageFooter(sheet: Sheet, left: string, page: number, pages: number): void {
  const y = sheet.pageHeight - FOOTER_HEIGHT;
  const { small } = STYLES;
  const number = sheet.house.locale.texts.page(page, pages);
  const room = sheet.width - sheet.measure(number, small) - 2 * GAP;
  sheet.rule(sheet.left, y - 6, sheet.width, 0.5, HAIRLINE);
  if (left !== '') sheet.running(oneLine(sheet, left, room, small), small, sheet.left, y);
  sheet.running(number, small, sheet.left + sheet.width, y, 'right');
}
