import { type Bars, shown } from './results.ts';

const WIDTH = 860;
const MARGIN = 24;
/** Where bars begin and end, and what stands behind them. */
const NAMES = 360;
const LONGEST = WIDTH - NAMES - MARGIN - 90;
const LINE = 24;
const TITLE = 40;

const STYLE = `
    .ink { fill: #1d2226 } .aside { fill: #566067; font-size: 12px } .title { fill: #1d2226; font-weight: 600 }
    .paper { fill: #f6f5f1 } .own { fill: #1f5f5b } .peer { fill: #b9bfc2 }
    @media (prefers-color-scheme: dark) {
      .ink, .title { fill: #e8e9e6 } .aside { fill: #a5adb3 } .paper { fill: #14171c } .own { fill: #7fd1c7 } .peer { fill: #4a525c }
    }`;

/** A chart of bars, group under group, as SVG that follows the reader's colour scheme. */
export function chartOf(groups: readonly Bars[]): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const { title, unit, bars } of groups) {
    parts.push(
      `<text class="title" x="${MARGIN}" y="${y + 16}">${escaped(title)}<tspan class="aside" dx="10">${escaped(unit)}</tspan></text>`,
    );
    y += TITLE - 10;
    const most = Math.max(...bars.map(({ value }) => value));
    for (const { name, value, own } of bars) {
      const length = Math.max(1, (value / most) * LONGEST);
      parts.push(
        `<text class="ink" x="${NAMES - 10}" y="${y + 15}" text-anchor="end"${own ? ' font-weight="600"' : ''}>${escaped(name)}</text>`,
        `<rect class="${own ? 'own' : 'peer'}" x="${NAMES}" y="${y + 3}" width="${length.toFixed(1)}" height="${LINE - 8}" rx="3" />`,
        `<text class="aside" x="${(NAMES + length + 8).toFixed(1)}" y="${y + 15}">${shown(value)}</text>`,
      );
      y += LINE;
    }
    y += MARGIN;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-labelledby="title" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="14">`,
    `  <title id="title">${escaped(groups.map(({ title }) => title).join('; '))}</title>`,
    `  <style>${STYLE}\n  </style>`,
    `  <rect class="paper" width="${WIDTH}" height="${y}" rx="12" />`,
    ...parts.map((part) => `  ${part}`),
    '</svg>\n',
  ].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
