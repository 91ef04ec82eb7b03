import { describe, expect, it } from '@jest/globals';
import { TEMPLATES } from '../../lambda/pdf/templates.ts';
import { en } from '../../lambda/pdf/texts/en.ts';
import { fieldsOf, type Shape } from '../../web/src/documents/schema-fields.ts';
import {
  fieldTexts,
  inputLabel,
  TEMPLATE_TEXTS,
  templateDescription,
  templateTitle,
} from '../../web/src/documents/template-texts.ts';

/** Names under which the texts of fields are found; entries of a list have their list's. */
function namesOf(shapes: readonly Shape[], within = ''): string[] {
  return shapes.flatMap((shape) => {
    const name = `${within}${shape.name}`;
    const inner = shape.kind === 'list' ? shape.entry : shape;
    return [name, ...(inner.kind === 'group' ? namesOf(inner.fields, `${name}/`) : [])];
  });
}

/** Choices of texts, by their fields' names; countries have the language's own. */
function choicesOf(shapes: readonly Shape[]): Record<string, readonly string[]> {
  return Object.fromEntries(
    shapes.flatMap((shape) => (shape.kind === 'choice' && !shape.countries ? [[shape.name, shape.choices]] : [])),
  );
}

const KNOWN = TEMPLATES.map((template) => template.info(en));

describe('the texts of the templates', () => {
  it('are there for every template, and for none besides', () => {
    expect(Object.keys(TEMPLATE_TEXTS).sort()).toEqual(KNOWN.map(({ id }) => id).sort());
  });

  it.each(KNOWN)('name each input and each field of $id, and nothing else', ({ id, inputs, fields }) => {
    const texts = TEMPLATE_TEXTS[id];
    expect(Object.keys(texts?.inputs ?? {}).sort()).toEqual(inputs.map(({ name }) => name).sort());
    expect(Object.keys(texts?.fields ?? {}).sort()).toEqual(namesOf(fieldsOf(fields)).sort());
  });

  it.each(KNOWN)('name each choice of $id', ({ id, fields }) => {
    for (const [name, choices] of Object.entries(choicesOf(fieldsOf(fields)))) {
      expect(Object.keys(TEMPLATE_TEXTS[id]?.fields[name]?.choices ?? {}).sort()).toEqual([...choices].sort());
    }
  });

  it('are in both languages, and differ where they are sentences', () => {
    const texts = Object.values(TEMPLATE_TEXTS);
    const fields = texts.flatMap((each) => Object.values(each.fields));
    const sentences = [
      ...texts.map(({ description }) => description),
      ...fields.flatMap(({ hint, fault }) => [hint, fault]).filter((text) => text !== undefined),
    ];
    expect(sentences.length).toBeGreaterThan(20);
    for (const { en: english, de: german } of sentences) expect(english).not.toBe(german);
    const all = [...sentences, ...texts.flatMap(({ title, inputs }) => [title, ...Object.values(inputs)])];
    for (const { en: english, de: german } of all) {
      expect(english).toMatch(/^\S(?:.*\S)?$/);
      expect(german).toMatch(/^\S(?:.*\S)?$/);
    }
  });

  it('are the service’s own words for a template that the page does not know', () => {
    const unknown = { id: 'membership-card', title: 'Membership card', description: 'Shows it.' };
    expect(templateTitle(unknown)).toEqual({ en: 'Membership card', de: 'Membership card' });
    expect(templateDescription(unknown)).toEqual({ en: 'Shows it.', de: 'Shows it.' });
    expect(inputLabel('membership-card', 'formerAddress').en).toBe('Former address');
    expect(fieldTexts('membership-card', 'club/memberSince', 'The first day.')).toEqual({
      label: { en: 'Member since', de: 'Member since' },
      hint: { en: 'The first day.', de: 'The first day.' },
    });
  });
});
