import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { chartOf } from '../bench/chart.ts';
import { byTurns, median, named, quantile, ratio, spread } from '../bench/measure.ts';
import { type Goal, goalsOf, isMet, sectionOf, shown, tableOf } from '../bench/results.ts';

const goal = (parts: Partial<Goal>): Goal => ({ what: 'seal an item', value: 2, kind: 'time', ...parts });

describe('contenders', () => {
  const runs = async (rounds: number) => {
    const order: string[] = [];
    const run = (name: string) => () => {
      order.push(name);
      return order.length;
    };
    const series = await byTurns(
      ['A', 'B'].map((name) => ({ name, run: run(name) })),
      rounds,
    );
    return { order: order.join(''), series };
  };

  it('take turns, each round begun by another, after one that warms', async () => {
    const { order, series } = await runs(3);
    expect(order).toBe('ABBAABBA');
    expect(series).toEqual([
      { name: 'A', values: [4, 5, 8] },
      { name: 'B', values: [3, 6, 7] },
    ]);
  });

  it('run once in the short form', async () => {
    expect((await runs(1)).order).toBe('AB');
  });

  it('are compared round by round', () => {
    const slow = { name: 'slow', values: [2, 40, 600] };
    const fast = { name: 'fast', values: [1, 10, 100] };
    expect(ratio(slow, fast)).toBe(4);
    expect(named([slow, fast], 'fast')).toBe(fast);
    expect(() => named([slow], 'fast')).toThrow(RangeError);
  });
});

it('tells the middle, and how far the middle half lies apart', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(quantile([4, 3, 2, 1], 0.99)).toBe(4);
  expect(spread([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeCloseTo(4 / 5);
  expect(() => median([])).toThrow(RangeError);
});

describe('goals', () => {
  it('are met within their bounds, bounds included', () => {
    expect(
      [{ atMost: 2 }, { atLeast: 2 }, { atMost: 1.9 }, { atLeast: 2.1 }].map((bound) => isMet(goal(bound))),
    ).toEqual([true, true, false, false]);
    expect(isMet(goal({ value: Number.NaN, atMost: 2 }))).toBe(false);
  });

  it('tell in the table whether they are met, and why not', () => {
    const table = goalsOf([goal({ atMost: 2.5 }), goal({ value: 3, atMost: 2.5, reason: 'the pool is cold' })]);
    expect(table.split('\n')).toEqual([
      '|  | measured | bound |  |',
      '| --- | --- | --- | --- |',
      '| seal an item | 2 | at most 2.50 | met |',
      '| seal an item | 3 | at most 2.50 | **missed**: the pool is cold |',
    ]);
  });
});

it('shows numbers to three digits, and whole ones whole', () => {
  expect([0.012345, 1.5, 99.95, 1234.5, 3, 1e6, 'none'].map(shown)).toEqual([
    '0.0123',
    '1.50',
    '100',
    '1,235',
    '3',
    '1,000,000',
    'none',
  ]);
  const rows = [{ name: 'A', values: { ms: 1.25, of: 'x' } }];
  expect(tableOf(rows)).toBe('|  | ms | of |\n| --- | --- | --- |\n| A | 1.25 | x |');
  const section = sectionOf({ name: 'items', about: 'About.', goals: [], tables: [{ about: 'By name:', rows }] });
  expect(section).toContain('## items\n\nAbout.\n\nBy name:\n\n|  |');
});

it('draws bars as long as what they stand for', () => {
  const bars = [
    { name: 'ours & own', value: 50, own: true as const },
    { name: '<peer>', value: 25 },
  ];
  const chart = chartOf([{ title: 'Seal', unit: 'MB a second', bars }]);
  const widths = [...chart.matchAll(/<rect class="(own|peer)".* width="([\d.]+)"/g)].map(([, kind, width]) => [
    kind,
    Number(width),
  ]);
  expect(widths).toEqual([
    ['own', expect.any(Number)],
    ['peer', Number(widths[0]?.[1]) / 2],
  ]);
  expect(chart).toContain('>&lt;peer&gt;<');
  expect(chart).toContain('>ours &amp; own<');
});

it('stands in the README as it stands in the results', () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, table = ''] = /<!-- results -->\n([^]*)<!-- end of results -->/.exec(readme) ?? [];
  const results = readFileSync('bench/results.md', 'utf8');
  const rows = (text: string) => text.split('\n').filter((line) => / \| (?:met|\*\*missed\*\*.*) \|$/.test(line));
  expect(rows(table)).toEqual(rows(results));
  // A number that is missed says why.
  expect(rows(table).filter((row) => row.includes('**missed** |'))).toEqual([]);
});
