import { describe, expect, it } from '@jest/globals';
import { createLateRenderer } from '../../lambda/pdf/late-renderer.ts';
import type { RenderRequest } from '../../lambda/ports/document-renderer.ts';
import { rendererOf } from './support.ts';

const REQUEST: RenderRequest = { template: 'letter', title: 'A', inputs: {}, fields: {}, now: 0 };
const DOCUMENT = { pdf: Uint8Array.of(1), pages: 1 };

describe('a renderer that is made late', () => {
  it('tells of the templates as the renderer does, in the same language, without one', () => {
    const made = () => Promise.reject(new Error('it was made'));
    expect(createLateRenderer('de', made).templates).toEqual(rendererOf({ language: 'de' }).templates);
  });

  it('is made by the first document, and once', async () => {
    const asked: RenderRequest[] = [];
    let made = 0;
    const renderer = createLateRenderer('en', () => {
      made++;
      const render = (request: RenderRequest) => {
        asked.push(request);
        return Promise.resolve(DOCUMENT);
      };
      return Promise.resolve({ templates: [], render });
    });
    expect(made).toBe(0);
    expect(await Promise.all([renderer.render(REQUEST), renderer.render(REQUEST)])).toEqual([DOCUMENT, DOCUMENT]);
    expect([made, asked]).toEqual([1, [REQUEST, REQUEST]]);
  });

  it('is tried again after it could not be made', async () => {
    const fault = new RangeError('no font shows the brand');
    const answers = [
      () => Promise.reject(fault),
      () => Promise.resolve({ templates: [], render: () => Promise.resolve(DOCUMENT) }),
    ];
    const renderer = createLateRenderer('en', () => answers.shift()?.() ?? Promise.reject(new Error('made too often')));
    await expect(renderer.render(REQUEST)).rejects.toBe(fault);
    expect(await renderer.render(REQUEST)).toBe(DOCUMENT);
    expect(await renderer.render(REQUEST)).toBe(DOCUMENT);
  });
});
