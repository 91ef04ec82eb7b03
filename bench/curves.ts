import { type Curves, shown } from './results.ts';
import { escaped, MARGIN, type Style, svgOf, titleAt } from './svg.ts';

/** A chart's own size, its names beside it and its title above it. */
const PANEL = { width: 600, height: 170 };
const LEFT = 70;
const TITLE = 34;
const BELOW = 50;
/** Names of lines keep that far from each other. */
const NAME_HEIGHT = 16;

const STYLE: Style = {
  light: `.grid { stroke: #d9d8d2 } .line { fill: none; stroke-width: 2 }
    .c0 { stroke: #1f5f5b } .c1 { stroke: #b4552d } .c2 { stroke: #5b4f9e } .c3 { stroke: #7c7f2a }
    .n0 { fill: #1f5f5b } .n1 { fill: #b4552d } .n2 { fill: #5b4f9e } .n3 { fill: #7c7f2a }`,
  dark: `.grid { stroke: #2c333a }
      .c0 { stroke: #7fd1c7 } .c1 { stroke: #f0a37f } .c2 { stroke: #b9aff0 } .c3 { stroke: #d3d67f }
      .n0 { fill: #7fd1c7 } .n1 { fill: #f0a37f } .n2 { fill: #b9aff0 } .n3 { fill: #d3d67f }`,
};
const COLOURS = 4;

/** Charts of lines, one under the other, as SVG that follows the reader's colour scheme. */
export function curvesOf(charts: readonly Curves[]): string {
  const drawn = charts.filter(({ lines }) => lines.length > 0);
  const height = drawn.length * (TITLE + PANEL.height + BELOW) + MARGIN;
  const parts = drawn.flatMap((chart, place) => panel(chart, MARGIN + place * (TITLE + PANEL.height + BELOW)));
  return svgOf(
    height,
    drawn.map(({ title }) => title),
    STYLE,
    parts,
  );
}

function panel({ title, unit, of, lines }: Curves, top: number): string[] {
  const points = lines.flatMap((line) => line.points);
  const sizes = [...new Set(points.map(({ n }) => n))].sort((a, b) => a - b);
  const x = scale([Math.min(...sizes), Math.max(...sizes)], LEFT, LEFT + PANEL.width);
  const decades = decadesAround(points.map(({ value }) => value));
  const y = scale([at(decades, 0), at(decades, -1)], top + TITLE + PANEL.height, top + TITLE);
  const bottom = top + TITLE + PANEL.height;
  const grid = decades.flatMap((value) => [
    `<line class="grid" x1="${LEFT}" x2="${LEFT + PANEL.width}" y1="${y(value)}" y2="${y(value)}" />`,
    `<text class="aside" x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${shown(value)}</text>`,
  ]);
  const below = sizes.map(
    (n) => `<text class="aside" x="${x(n)}" y="${bottom + 18}" text-anchor="middle">${shown(n)}</text>`,
  );
  const ends = apart(lines.map((line) => y(at(line.points, -1).value)));
  const curves = lines.flatMap(({ name, points: of }, place) => {
    const colour = place % COLOURS;
    const path = of.map(({ n, value }) => `${x(n)},${y(value)}`).join(' ');
    return [
      `<polyline class="line c${colour}" points="${path}" />`,
      ...of.map(({ n, value }) => `<circle class="n${colour}" cx="${x(n)}" cy="${y(value)}" r="3" />`),
      `<text class="n${colour}" font-size="12" x="${LEFT + PANEL.width + 12}" y="${at(ends, place) + 4}">${escaped(name)}</text>`,
    ];
  });
  return [titleAt(top, title, `${unit}, by ${of}`), ...grid, ...below, ...curves];
}

/** From values to places, by their logarithms, to a tenth. */
function scale([least, most]: readonly [number, number], from: number, to: number): (value: number) => number {
  const span = Math.log(most / least) || 1;
  return (value) => Math.round(10 * (from + (Math.log(value / least) / span) * (to - from))) / 10;
}

/** The powers of ten from the one below the least value to the one above the most. */
function decadesAround(values: readonly number[]): number[] {
  const first = Math.floor(Math.log10(Math.min(...values)));
  const last = Math.max(first + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: last - first + 1 }, (_, place) => 10 ** (first + place));
}

/** Heights moved down until none covers another, in the order in which they came. */
function apart(heights: readonly number[]): number[] {
  const moved = [...heights];
  const order = heights.map((_, place) => place).sort((a, b) => at(heights, a) - at(heights, b));
  order.forEach((place, nth) => {
    if (nth > 0) moved[place] = Math.max(at(heights, place), at(moved, at(order, nth - 1)) + NAME_HEIGHT);
  });
  return moved;
}

/** @param place from the end where it is below 0 */
function at<T>(all: readonly T[], place: number): T {
  const value = all.at(place);
  if (value === undefined) throw new RangeError('a line without a point');
  return value;
}
