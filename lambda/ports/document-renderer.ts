import type { ItemContent, ItemType } from '../domain/items.ts';

/** One input of a template: items of these types. */
export interface TemplateInput {
  readonly name: string;
  readonly itemTypes: readonly ItemType[];
  readonly many: boolean;
  readonly required: boolean;
}

/** What a caller must know of a template to use it. */
export interface TemplateInfo {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly inputs: readonly TemplateInput[];
  /** A JSON Schema (2020-12) of `fields`. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RenderRequest {
  readonly template: string;
  readonly title: string;
  /** By input name, in the order given. Types and counts were checked against the template's inputs. */
  readonly inputs: Readonly<Record<string, readonly ItemContent[]>>;
  /** As the caller sent them; the renderer validates. */
  readonly fields: unknown;
  /** When the document is made, milliseconds since 1970. */
  readonly now: number;
}

export interface RenderedDocument {
  readonly pdf: Uint8Array;
  readonly pages: number;
}

export interface DocumentRenderer {
  readonly templates: readonly TemplateInfo[];

  /**
   * Makes a PDF.
   *
   * @throws InvalidRequestError for fields that break the template's schema (`/fields/…`), and with code
   * `unsupported_script` for text that no embedded font can show
   */
  render(request: RenderRequest): Promise<RenderedDocument>;
}
