import * as z from 'zod';
import { parseAs } from '../domain/issues.ts';
import type { ItemContent } from '../domain/items.ts';
import { InvalidRequestError } from '../errors.ts';
import type { RenderedDocument, RenderRequest, TemplateInfo, TemplateInput } from '../ports/document-renderer.ts';
import type { Margins, Sheet } from './sheet.ts';

type ItemOf<I extends TemplateInput> = Extract<ItemContent, { type: I['itemTypes'][number] }>;

/** What a layout gets of an input: its items, its item, or perhaps nothing. */
type Given<I extends TemplateInput> = I['many'] extends true
  ? readonly ItemOf<I>[]
  : I['required'] extends true
    ? ItemOf<I>
    : ItemOf<I> | undefined;

/** What a template lays out. */
export interface Content<I extends readonly TemplateInput[], F> {
  readonly title: string;
  readonly inputs: { readonly [T in I[number] as T['name']]: Given<T> };
  readonly fields: F;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Who issues the document. */
  readonly brand: string;
}

export interface TemplateDefinition<I extends readonly TemplateInput[], F> {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly inputs: I;
  readonly fields: z.ZodType<F>;
  readonly margins: Margins;
  /** Reads what it shows with `sheet.read`, sets it, and ends the sheet. */
  layout(sheet: Sheet, content: Content<I, F>): Promise<RenderedDocument>;
}

export interface Template {
  readonly info: TemplateInfo;
  readonly margins: Margins;

  /** @throws InvalidRequestError for fields or inputs that are not the template's */
  render(request: RenderRequest, brand: string, open: () => Sheet): Promise<RenderedDocument>;
}

/** Makes a template of its definition. */
export function defineTemplate<const I extends readonly TemplateInput[], F>(
  definition: TemplateDefinition<I, F>,
): Template {
  const { id, title, description, inputs, margins } = definition;
  return {
    info: { id, title, description, inputs, fields: z.toJSONSchema(definition.fields) },
    margins,
    async render(request, brand, open) {
      checkInputs(inputs, request.inputs);
      const fields = parseAs(definition.fields, request.fields ?? {}, ['fields']);
      const content: Content<I, F> = {
        title: request.title,
        // Checked right above: what is required is there, and of the types asked for.
        inputs: givenInputs(inputs, request.inputs) as Content<I, F>['inputs'],
        fields,
        now: request.now,
        brand,
      };
      return definition.layout(open(), content);
    },
  };
}

function givenInputs(inputs: readonly TemplateInput[], given: RenderRequest['inputs']): Record<string, unknown> {
  return Object.fromEntries(inputs.map(({ name, many }) => [name, many ? (given[name] ?? []) : given[name]?.[0]]));
}

function checkInputs(inputs: readonly TemplateInput[], given: RenderRequest['inputs']): void {
  const issues = inputs.flatMap(({ name, itemTypes, many, required }) => {
    const items = given[name] ?? [];
    const path = `/inputs/${name}`;
    if (required && items.length === 0) return [{ path, message: 'is missing' }];
    if (!many && items.length > 1) return [{ path, message: 'takes one item' }];
    return items.flatMap(({ type }, index) =>
      itemTypes.includes(type)
        ? []
        : [{ path: many ? `${path}/${index}` : path, message: `must be an item of type ${itemTypes.join(', ')}` }],
    );
  });
  if (issues.length > 0) throw new InvalidRequestError(issues);
}
