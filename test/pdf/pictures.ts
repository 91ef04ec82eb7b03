import type { Picture } from './png.ts';

/** Pixels a side of the squares whose mean greys are compared: fonts are drawn a little otherwise by other versions. */
const SQUARE = 6;
/** Of 255. */
const MEAN_TOLERANCE = 20;
/** Part of a page's squares that may differ by more. */
const SQUARES_TOLERANCE = 0.0005;

/** Whether two pictures look different to somebody who reads them. */
export function differs(one: Picture, other: Picture): boolean {
  if (one.width !== other.width || one.height !== other.height) return true;
  const [a, b] = [means(one), means(other)];
  const far = a.filter((mean, index) => Math.abs(mean - (b[index] ?? 0)) > MEAN_TOLERANCE).length;
  return far > a.length * SQUARES_TOLERANCE;
}

/** The mean grey of each square. */
function means({ width, height, pixels }: Picture): number[] {
  const found: number[] = [];
  for (let top = 0; top < height; top += SQUARE) {
    for (let left = 0; left < width; left += SQUARE) {
      let sum = 0;
      let count = 0;
      for (let y = top; y < Math.min(height, top + SQUARE); y++) {
        for (const pixel of pixels.subarray(y * width + left, y * width + Math.min(width, left + SQUARE))) {
          sum += pixel;
          count += 1;
        }
      }
      found.push(sum / count);
    }
  }
  return found;
}
