import { describe, expect, it } from '@jest/globals';
import { installedFonts } from '../../lambda/pdf/font-source.ts';
import { createRenderer } from '../../lambda/pdf/renderer.ts';
import { EVERY_ITEM, item, requestOf } from './cases.ts';
import { countedFonts } from './counted-fonts.ts';
import { letterRequest, recordRequest, renderer } from './support.ts';

/** About as much as a page of a letter holds. */
const BODY = Array.from(
  { length: 6 },
  (_, n) => `${n + 1}. What is to be said is said here, at such a length that the lines of the paragraph break. `,
)
  .map((sentence) => sentence.repeat(3))
  .join('\n\n');

describe('what a document costs', () => {
  it('is at most 15 KB for a full page of a letter', async () => {
    const { pdf, pages } = await renderer.render(letterRequest({ body: BODY }));
    expect(pages).toBe(1);
    expect(pdf.length).toBeLessThan(15_000);
  });

  it('is the reading of each font once, whatever the number of documents', async () => {
    const { source, parsed } = countedFonts(installedFonts());
    const counted = createRenderer({ fonts: source });
    for (let n = 0; n < 3; n++) {
      await counted.render(letterRequest());
      await counted.render(requestOf('personal-data-record', 'least'));
    }
    expect(Object.fromEntries(parsed)).toEqual({ 'DejaVuSans.ttf': 1, 'DejaVuSans-Bold.ttf': 1 });
  });

  it('is no east Asian font where the text has none of its letters', async () => {
    const { source, parsed } = countedFonts(installedFonts());
    const counted = createRenderer({ fonts: source });
    const latin = EVERY_ITEM.filter((entry) => !/[\u3000-\uffff]/.test(JSON.stringify(entry)));
    // Both have a middle dot, which Chinese names have too.
    await counted.render(letterRequest());
    await counted.render(recordRequest(...latin));
    expect([...parsed.keys()].sort()).toEqual(['DejaVuSans-Bold.ttf', 'DejaVuSans.ttf']);
  });
});

describe('documents of one process', () => {
  /** The first two are the same glyphs: two letters that are drawn as one, and the character of that. */
  const lines = ['fine', '\ufb01ne', '约翰·史密斯'];

  it('are the same bytes, whatever was made before', async () => {
    const requests = lines.map((text) => recordRequest(item('note', { text }, text)));
    const fresh: Uint8Array[] = [];
    for (const request of requests) {
      const alone = createRenderer({ fonts: installedFonts() });
      fresh.push((await alone.render(request)).pdf);
    }
    const shared = createRenderer({ fonts: installedFonts() });
    for (const order of [requests, requests.toReversed()]) {
      for (const request of order) {
        const { pdf } = await shared.render(request);
        expect(Buffer.compare(pdf, fresh[requests.indexOf(request)] ?? new Uint8Array())).toBe(0);
      }
    }
  });
});
