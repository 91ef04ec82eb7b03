// What the installed types lack.

declare module 'fontkit' {
  export interface Glyph {
    readonly id: number;
    readonly advanceWidth: number;
    readonly path: { toSVG(): string };
  }
  export interface Font {
    getGlyph(id: number): Glyph;
    glyphForCodePoint(codePoint: number): Glyph;
    hasGlyphForCodePoint(codePoint: number): boolean;
    layout(text: string): object;
    createSubset(): { encode(): Uint8Array };
  }
  export function create(bytes: Uint8Array): Font;
}

declare namespace PDFKit {
  interface PDFDocument {
    _id: Uint8Array;
    _security: object | null;
    readonly _root: { readonly data: Record<string, unknown> };
    /** An image, which `image` takes as a source. */
    openImage(bytes: Uint8Array): {
      readonly width: number;
      readonly height: number;
      /** Of a PNG: its deflated pixels. */
      readonly image?: { readonly imgData: Uint8Array };
    };
  }
}

declare namespace PDFKit {
  interface PDFOutline {
    addItem(
      title: string,
      options: { pageNumber: number; fit: boolean; top: number; left: number; expanded: boolean },
    ): PDFOutline;
  }
}

declare namespace PDFKit.Mixins {
  interface PDFFont {
    /** With a font of fontkit, which is not read again. */
    registerFont(name: string, font: { layout(text: string): object }): this;
  }

  interface StructureElementOptions {
    scope?: 'Row' | 'Column';
  }
}
