import type { ItemContent, ItemType } from '../domain/items.ts';

/** One input of a template: items of these types. */
export interface TemplateInput {
  readonly name: string;
  readonly itemTypes: readonly ItemType[];
  readonly many: boolean;
  readonly required: boolean;
}

/** An item as a document shows it. */
export type SourceItem = ItemContent & {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** What a caller must know of a template to use it. */
export interface TemplateInfo {
  readonly id: string;
  /** In the deployment's language. */
  readonly title: string;
  readonly description: string;
  readonly inputs: readonly TemplateInput[];
  /** A JSON Schema (2020-12) of `fields`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Days that its documents are kept unless their maker says otherwise, 1 to 365; the deployment's default where null. */
  readonly retentionDays: number | null;
}

export interface RenderRequest {
  readonly template: string;
  readonly title: string;
  /** By input name, in the order given. Types and counts were checked against the template's inputs. */
  readonly inputs: Readonly<Record<string, readonly SourceItem[]>>;
  /** As the caller sent them; the renderer validates. */
  readonly fields: unknown;
  /** When the document is made, milliseconds since 1970. */
  readonly now: number;
  /** What opens the document; as `isOpenPassword` allows it. Anyone may open it where it is left out. */
  readonly password?: string | undefined;
}

export interface RenderedDocument {
  readonly pdf: Uint8Array;
  readonly pages: number;
}

export interface DocumentRenderer {
  readonly templates: readonly TemplateInfo[];

  /**
   * Makes a PDF: the same bytes for the same request, unless it has a password.
   *
   * @throws InvalidRequestError for fields that break the template's schema (`/fields/…`), for a password that is not
   * allowed (`/password`), and with code `unsupported_script` for text that no embedded font can show
   */
  render(request: RenderRequest): Promise<RenderedDocument>;
}
