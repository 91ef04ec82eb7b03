import * as z from 'zod';
import { parseAs } from '../domain/issues.ts';
import { InvalidRequestError } from '../errors.ts';
import type {
  RenderedDocument,
  RenderRequest,
  SourceItem,
  TemplateInfo,
  TemplateInput,
} from '../ports/document-renderer.ts';
import type { Locale } from './locale.ts';
import type { Margins, Sheet } from './sheet.ts';
import type { Texts } from './texts/en.ts';

type ItemOf<I extends TemplateInput> = Extract<SourceItem, { type: I['itemTypes'][number] }>;

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
  readonly locale: Locale;
}

export interface TemplateDefinition<I extends readonly TemplateInput[], F> {
  readonly id: string;
  /** What it is called, in the language of these texts. */
  readonly title: (texts: Texts) => string;
  readonly description: string;
  readonly inputs: I;
  readonly fields: z.ZodType<F>;
  readonly margins: Margins;
  /** Days that its documents are kept unless their maker says otherwise, 1 to 365. @default the deployment's */
  readonly retentionDays?: number;
  /** Reads what it shows with `sheet.read`, sets it, and ends the sheet. */
  layout(sheet: Sheet, content: Content<I, F>): Promise<RenderedDocument>;
}

export interface Template {
  readonly id: string;
  readonly margins: Margins;
  info(texts: Texts): TemplateInfo;

  /** @throws InvalidRequestError for fields or inputs that are not the template's */
  render(request: RenderRequest, open: () => Sheet): Promise<RenderedDocument>;
}

/** Makes a template of its definition. @throws RangeError for days that are not 1 to 365 */
export function defineTemplate<const I extends readonly TemplateInput[], F>(
  definition: TemplateDefinition<I, F>,
): Template {
  const { id, title, description, inputs, margins, retentionDays = null } = definition;
  if (retentionDays !== null && !isRetention(retentionDays))
    throw new RangeError(`${id} is kept ${retentionDays} days`);
  return {
    id,
    margins,
    info: (texts) => {
      const fields = z.toJSONSchema(definition.fields, { io: 'input' });
      return { id, title: title(texts), description, inputs, fields, retentionDays };
    },
    async render(request, open) {
      checkInputs(inputs, request.inputs);
      const fields = parseAs(definition.fields, request.fields ?? {}, ['fields']);
      const sheet = open();
      const content: Content<I, F> = {
        title: request.title,
        // Checked right above: what is required is there, and of the types asked for.
        inputs: givenInputs(inputs, request.inputs) as Content<I, F>['inputs'],
        fields,
        now: request.now,
        locale: sheet.house.locale,
      };
      return definition.layout(sheet, content);
    },
  };
}

function isRetention(days: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= 365;
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
