import { type Bars, shown } from './results.ts';
import { escaped, MARGIN, type Style, svgOf, titleAt, WIDTH } from './svg.ts';

/** Where bars begin and end, and what stands behind them. */
const NAMES = 360;
const LONGEST = WIDTH - NAMES - MARGIN - 90;
const LINE = 24;
const TITLE = 40;

const STYLE: Style = {
  light: '.own { fill: #1f5f5b } .peer { fill: #b9bfc2 }',
  dark: '.own { fill: #7fd1c7 } .peer { fill: #4a525c }',
};

/** A chart of bars, group under group, as SVG that follows the reader's colour scheme. */
export function chartOf(groups: readonly Bars[]): string {
  const parts: string[] = [];
  let y = MARGIN;
  for (const { title, unit, bars } of groups) {
    parts.push(titleAt(y, title, unit));
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
  return svgOf(
    y,
    groups.map(({ title }) => title),
    STYLE,
    parts,
  );
}
