import { describe, expect, it } from '@jest/globals';
import { curvesOf } from '../bench/curves.ts';
import { pointsOf, steepest } from '../bench/scale/growth.ts';

const curve = (...values: readonly number[]) => values.map((value, place) => ({ n: 10 ** place, value }));

describe('the steepest step of a curve', () => {
  it('is 1 for what grows as its size does', () => {
    expect(steepest(curve(3, 30, 300))).toBe(1);
  });

  it('is below 1 for what grows less, and for what does not grow', () => {
    expect(steepest(curve(5, 10, 20))).toBe(0.2);
    expect(steepest(curve(5, 5, 5))).toBe(0.1);
  });

  it('is found wherever it is', () => {
    expect(steepest(curve(1, 1, 100, 100))).toBe(10);
    expect(steepest(curve(1, 1, 1, 20))).toBe(2);
  });

  it('is none where there is one point', () => {
    expect(() => steepest(curve(1))).toThrow(RangeError);
  });

  it('is taken of medians, so that one odd round counts for nothing', () => {
    const rounds = (...values: readonly number[]) => ({ name: '', values });
    expect(steepest(pointsOf([1, 10], [rounds(2, 2, 900), rounds(20, 1, 20)]))).toBe(1);
  });
});

describe('the chart of curves', () => {
  const drawn = curvesOf([
    { title: 'A < B', unit: 'ms', of: 'items', lines: [{ name: 'read', points: curve(1, 10, 100) }] },
    { title: 'Nothing', unit: '', of: '', lines: [] },
  ]);

  it('draws equal factors as equal lengths', () => {
    const points =
      /points="([^"]+)"/
        .exec(drawn)?.[1]
        ?.split(' ')
        .map((point) => point.split(',').map(Number)) ?? [];
    const [[x0 = 0, y0 = 0] = [], [x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = points;
    expect(points).toHaveLength(3);
    expect(x1 - x0).toBeGreaterThan(0);
    expect(y0 - y1).toBeGreaterThan(0);
    expect([x2 - x1, y1 - y2]).toEqual([x1 - x0, y0 - y1]);
  });

  it('leaves out what has no line, and writes texts as XML does', () => {
    expect(drawn).toContain('A &lt; B');
    expect(drawn).not.toContain('Nothing');
  });
});
