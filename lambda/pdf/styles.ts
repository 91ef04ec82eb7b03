import type { TextStyle } from './sheet.ts';

/** Points in a millimetre. */
export const MM = 72 / 25.4;

const INK = '#1b2530';
const QUIET = '#5b6875';
export const ACCENT = '#1f3f66';
export const HAIRLINE = '#d9dfe6';

export const STYLES = {
  title: { size: 20, leading: 27, weight: 'bold', color: ACCENT },
  section: { size: 12, leading: 17, weight: 'bold', color: ACCENT },
  entry: { size: 10, leading: 15, weight: 'bold', color: INK },
  subject: { size: 11, leading: 16, weight: 'bold', color: INK },
  address: { size: 9.5, leading: 13, weight: 'regular', color: INK },
  body: { size: 9.5, leading: 15, weight: 'regular', color: INK },
  strong: { size: 9.5, leading: 15, weight: 'bold', color: INK },
  label: { size: 8.5, leading: 15, weight: 'regular', color: QUIET },
  quiet: { size: 8.5, leading: 13, weight: 'regular', color: QUIET },
  small: { size: 8, leading: 12, weight: 'regular', color: QUIET },
  tiny: { size: 6.5, leading: 9, weight: 'regular', color: QUIET },
  brand: { size: 9, leading: 12, weight: 'bold', color: ACCENT },
} as const satisfies Record<string, TextStyle>;
