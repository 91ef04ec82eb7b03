import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { differs } from './pictures.ts';
import { decodePgm, decodePng, encodePng, type Picture } from './png.ts';

const page = decodePng(readFileSync(join(__dirname, 'pages/letter-en-A4-most-1.png')));

function changed(change: (pixels: Uint8Array) => void): Picture {
  const pixels = Uint8Array.from(page.pixels);
  change(pixels);
  return { ...page, pixels };
}

/** The page with so much of it moved down. */
function moved(from: number, by: number): Picture {
  const start = from * page.width;
  return changed((pixels) => pixels.copyWithin(start + by * page.width, start, pixels.length - by * page.width));
}

describe('the comparison of pages', () => {
  it('passes a page that is drawn a little lighter, darker or coarser', () => {
    expect(differs(page, page)).toBe(false);
    const noise = changed((pixels) => pixels.forEach((grey, n) => (pixels[n] = Math.min(255, grey + ((n * 7) % 13)))));
    expect(differs(page, noise)).toBe(false);
  });

  it.each([2, 4, 20])('notices text that stands %d pixels lower, each 0.6 mm', (by) => {
    expect(differs(page, moved(200, by))).toBe(true);
  });

  it('notices a line that is missing', () => {
    const [top, bottom] = [215 * page.width, 223 * page.width];
    expect(
      differs(
        page,
        changed((pixels) => pixels.fill(255, top, bottom)),
      ),
    ).toBe(true);
  });

  it('notices another size of the paper', () => {
    expect(differs(page, { ...page, height: page.height - 1 })).toBe(true);
  });
});

describe('pictures', () => {
  it('come back from PNG as they were', () => {
    const { width, height, pixels } = decodePng(encodePng(page));
    expect([width, height, Buffer.compare(pixels, page.pixels)]).toEqual([page.width, page.height, 0]);
    expect(() => decodePng(Buffer.from('GIF89a'))).toThrow('no PNG');
  });

  it('are read from PGM', () => {
    const pgm = Buffer.concat([Buffer.from('P5\n2 1\n255\n'), Buffer.from([0, 255])]);
    expect(decodePgm(pgm)).toEqual({ width: 2, height: 1, pixels: Uint8Array.of(0, 255) });
  });
});
