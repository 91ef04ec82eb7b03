import { describe, expect, it } from '@jest/globals';
import { TEMPLATES } from '../../lambda/pdf/templates.ts';
import { en } from '../../lambda/pdf/texts/en.ts';
import { daysOf, endOfDay, localDay } from '../../web/src/documents/days.ts';
import { blankGroup, type DraftGroup, draftPath, faultsOf, filledGroup } from '../../web/src/documents/draft.ts';
import { fileFault, MAX_BYTES, titleOf } from '../../web/src/documents/pdf-file.ts';
import { fieldsOf, type Shape } from '../../web/src/documents/schema-fields.ts';

function shapesOf(id: string): Shape[] {
  const template = TEMPLATES.find((each) => each.id === id);
  if (template === undefined) throw new Error(`no template ${id}`);
  return fieldsOf(template.info(en).fields);
}

const kindsOf = (shapes: readonly Shape[]) => Object.fromEntries(shapes.map(({ name, kind }) => [name, kind]));
const faultsIn = (shapes: readonly Shape[], draft: DraftGroup) =>
  Object.fromEntries(faultsOf(shapes, { ...blankGroup(shapes), ...draft }, '/fields'));

const LETTER = { recipient: 'Example Ltd\nRoad 2', subject: 'Hello', body: 'Dear all', date: '' };

describe('the form of a template', () => {
  it('has a field of the right kind for each of the schema’s', () => {
    expect(kindsOf(shapesOf('letter'))).toEqual({ recipient: 'text', subject: 'text', body: 'text', date: 'day' });
    expect(kindsOf(shapesOf('direct-debit-mandate'))).toEqual({
      creditor: 'group',
      payment: 'choice',
      reference: 'text',
      contract: 'text',
    });
    expect(kindsOf(shapesOf('application-form'))).toMatchObject({ details: 'list', enclosures: 'list' });
    expect(shapesOf('personal-data-record')).toEqual([]);
  });

  it('gives room to texts that may have lines, and one line to those that may not', () => {
    const long = (shapes: readonly Shape[]) =>
      shapes.flatMap((shape) => (shape.kind === 'text' && shape.long ? [shape.name] : []));
    expect(long(shapesOf('letter'))).toEqual(['recipient', 'body']);
    expect(long(shapesOf('address-confirmation'))).toEqual(['recipient']);
    const [, , , , enclosures] = shapesOf('application-form');
    expect(enclosures).toMatchObject({ kind: 'list', entry: { kind: 'text', long: false, max: 500 }, most: 50 });
  });

  it('knows the countries of a shared definition', () => {
    const [creditor] = shapesOf('direct-debit-mandate');
    if (creditor?.kind !== 'group') throw new Error('the creditor is no group');
    const country = creditor.fields.find(({ name }) => name === 'country');
    expect(country).toMatchObject({ kind: 'choice', countries: true, required: true });
    expect(country).toHaveProperty('choices', expect.arrayContaining(['DE', 'FR']));
  });

  it('takes yes or no, and numbers with their limits', () => {
    const shapes = fieldsOf({
      type: 'object',
      properties: { sure: { type: 'boolean' }, count: { type: 'integer', minimum: 1, maximum: 9 } },
      required: ['sure'],
    });
    expect(shapes).toMatchObject([
      { kind: 'flag', required: true },
      { kind: 'number', whole: true, least: 1, most: 9 },
    ]);
    expect(filledGroup(shapes, { sure: false, count: '' })).toEqual({ sure: false });
    expect(filledGroup(shapes, { sure: true, count: '7' })).toEqual({ sure: true, count: 7 });
    expect(faultsIn(shapes, { count: '10' })).toEqual({ '/fields/count': 'form' });
    expect(faultsIn(shapes, { count: '1.5' })).toEqual({ '/fields/count': 'form' });
    expect(faultsIn(shapes, { count: '9' })).toEqual({});
  });

  it('refuses a schema that it has no field for, rather than leave it out', () => {
    expect(() => fieldsOf({ properties: { any: { anyOf: [] } } })).toThrow(TypeError);
    expect(() => fieldsOf({ properties: { any: { $ref: '#/$defs/Gone' } } })).toThrow(TypeError);
  });
});

describe('what is sent', () => {
  it('leaves out what was left empty', () => {
    expect(filledGroup(shapesOf('letter'), LETTER)).toEqual({
      recipient: 'Example Ltd\nRoad 2',
      subject: 'Hello',
      body: 'Dear all',
    });
    const application = shapesOf('application-form');
    const blank = blankGroup(application);
    expect(filledGroup(application, { ...blank, recipient: 'Office', subject: 'Permit' })).toEqual({
      recipient: 'Office',
      subject: 'Permit',
    });
  });

  it('has texts without the space around them, and keeps that within', () => {
    const draft = { ...LETTER, subject: '  Hello ', body: '\n  \n  Dear all\n\nYours \n\n' };
    expect(filledGroup(shapesOf('letter'), draft)).toMatchObject({ subject: 'Hello', body: '  Dear all\n\nYours' });
  });

  it('has no empty entries of a list', () => {
    const draft = { recipient: 'Example Ltd', purpose: 'Post', data: ['name', '', ' address '] };
    expect(filledGroup(shapesOf('consent-form'), draft)).toMatchObject({ data: ['name', 'address'] });
  });
});

describe('what keeps a form from being sent', () => {
  it('is nothing where all is there', () => {
    expect(faultsIn(shapesOf('letter'), LETTER)).toEqual({});
  });

  it('is named at each field', () => {
    const draft = { ...LETTER, recipient: 'Example Ltd\n\nRoad 2', subject: ' ', body: 'x'.repeat(65_537) };
    expect(faultsIn(shapesOf('letter'), draft)).toEqual({
      '/fields/recipient': 'form',
      '/fields/subject': 'empty',
      '/fields/body': 'long',
    });
  });

  it('is named within groups and lists', () => {
    const creditor = { name: 'Example Ltd', address: 'Road 2', country: '', identifier: 'DE98' };
    expect(faultsIn(shapesOf('direct-debit-mandate'), { creditor, payment: 'one-off', reference: 'ä' })).toEqual({
      '/fields/creditor/country': 'empty',
      '/fields/creditor/identifier': 'form',
      '/fields/reference': 'form',
    });
    const details = [
      { label: '', value: '' },
      { label: 'Since when?', value: '' },
    ];
    expect(faultsIn(shapesOf('application-form'), { recipient: 'Office', subject: 'Permit', details })).toEqual({
      '/fields/details/1/value': 'empty',
    });
  });

  it('is a list with too few entries, or too many', () => {
    const consent = { recipient: 'Example Ltd', purpose: 'Post' };
    expect(faultsIn(shapesOf('consent-form'), { ...consent, data: [' '] })).toEqual({ '/fields/data': 'few' });
    const many = Array.from({ length: 51 }, (_, index) => `kind ${index}`);
    expect(faultsIn(shapesOf('consent-form'), { ...consent, data: many })).toEqual({ '/fields/data': 'many' });
  });

  it('is found where it was typed, though empty entries were not sent', () => {
    const draft = {
      data: ['', 'name', '', 'address'],
      details: [
        { label: '', value: '' },
        { label: 'a', value: 'b' },
      ],
    };
    expect(draftPath('/fields/data/1', draft)).toBe('/fields/data/3');
    expect(draftPath('/fields/details/0/label', draft)).toBe('/fields/details/1/label');
    expect(draftPath('/fields/data', draft)).toBe('/fields/data');
  });
});

describe('days', () => {
  it('are a whole number from 1 to 365', () => {
    expect(['1', ' 90 ', '365'].map(daysOf)).toEqual([1, 90, 365]);
    expect(['', '0', '366', '1.5', '1e2', '-1', 'x'].map(daysOf)).toEqual(Array(7).fill(null));
  });

  it('begin and end where the person is', () => {
    const moment = new Date(2026, 0, 31, 23, 30);
    expect(localDay(moment)).toBe('2026-01-31');
    expect(endOfDay('2026-01-31')).toEqual(new Date(2026, 0, 31, 23, 59, 59, 999));
  });
});

describe('a file to be sent', () => {
  it('is a PDF of a size that the service takes', async () => {
    expect(await fileFault(new Blob(['%PDF-1.7\n']))).toBeNull();
    expect(await fileFault(new Blob([' '.repeat(900), '%PDF-2.0\n']))).toBeNull();
    expect(await fileFault(new Blob([' '.repeat(1024), '%PDF-2.0\n']))).toBe('other');
    expect(await fileFault(new Blob(['GIF89a']))).toBe('other');
    expect(await fileFault(new Blob([]))).toBe('empty');
    const large = new Blob(['%PDF-1.7\n']);
    Object.defineProperty(large, 'size', { value: MAX_BYTES + 1 });
    expect(await fileFault(large)).toBe('large');
  });

  it('lends its name to the title', () => {
    expect(titleOf('tax_return 2025.PDF')).toBe('tax return 2025');
    expect(titleOf(`${'é'.repeat(300)}.pdf`)).toBe('é'.repeat(200));
    expect(titleOf('.pdf')).toBe('');
    expect(titleOf('a\tb\u0007.pdf.pdf')).toBe('a b .pdf');
  });
});
