/** Of a picture, in its own units. */
export const WIDTH = 860;
/** Between what is drawn and the edge. */
export const MARGIN = 24;

/** What all pictures of the benches look like, in the reader's colour scheme. */
const COMMON = {
  light:
    '.ink { fill: #1d2226 } .aside { fill: #566067; font-size: 12px } .title { fill: #1d2226; font-weight: 600 }\n    .paper { fill: #f6f5f1 }',
  dark: '.ink, .title { fill: #e8e9e6 } .aside { fill: #a5adb3 } .paper { fill: #14171c }',
};

/** What a picture has of its own: rules of CSS, or their colours in the dark. */
export interface Style {
  readonly light: string;
  readonly dark: string;
}

/** A picture of a height, of parts under titles that its own title names. */
export function svgOf(height: number, titles: readonly string[], style: Style, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="14">`,
    `  <title id="title">${escaped(titles.join('; '))}</title>`,
    `  <style>\n    ${COMMON.light} ${style.light}\n    @media (prefers-color-scheme: dark) {\n      ${COMMON.dark} ${style.dark}\n    }\n  </style>`,
    `  <rect class="paper" width="${WIDTH}" height="${height}" rx="12" />`,
    ...parts.map((part) => `  ${part}`),
    '</svg>\n',
  ].join('\n');
}

/** The title of a part, and what it is measured in. @param top where the part begins */
export function titleAt(top: number, title: string, unit: string): string {
  return `<text class="title" x="${MARGIN}" y="${top + 16}">${escaped(title)}<tspan class="aside" dx="10">${escaped(unit)}</tspan></text>`;
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
