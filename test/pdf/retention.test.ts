import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { FRAMED } from '../../lambda/pdf/frame.ts';
import { defineTemplate } from '../../lambda/pdf/template.ts';
import { en } from '../../lambda/pdf/texts/en.ts';
import { renderer } from './support.ts';

/** A template that is kept so long. */
function keptFor(days: { retentionDays?: number }) {
  return defineTemplate({
    id: 'sample',
    title: () => 'Sample',
    description: 'Shows nothing.',
    inputs: [],
    fields: z.strictObject({}),
    margins: FRAMED,
    layout: () => Promise.reject(new Error('is not laid out')),
    ...days,
  });
}

describe('how long a template’s documents are kept', () => {
  it.each([1, 30, 365])('may be %i days', (retentionDays) => {
    expect(keptFor({ retentionDays }).info(en)).toMatchObject({ id: 'sample', retentionDays });
  });

  it('is the deployment’s matter where the template does not say', () => {
    expect(keptFor({}).info(en).retentionDays).toBeNull();
    expect(renderer.templates.map(({ retentionDays }) => retentionDays)).toEqual(renderer.templates.map(() => null));
  });

  it.each([0, -1, 1.5, 366, Number.NaN])('is not %d days', (retentionDays) => {
    expect(() => keptFor({ retentionDays })).toThrow(RangeError);
  });
});
