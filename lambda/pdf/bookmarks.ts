export interface Bookmark {
  /** From 1; a bookmark lies below the one before it that has a lower level. */
  readonly level: number;
  readonly text: string;
  /** From 1. */
  readonly page: number;
  /** Points from the page's upper edge. */
  readonly y: number;
}

/** Gives a document, before it ends, its list of bookmarks; those of the first level are open. */
export function setBookmarks(doc: PDFKit.PDFDocument, bookmarks: readonly Bookmark[]): void {
  const open: { readonly level: number; readonly outline: PDFKit.PDFOutline }[] = [];
  for (const { level, text, page, y } of bookmarks) {
    while ((open.at(-1)?.level ?? 0) >= level) open.pop();
    const parent = open.at(-1)?.outline ?? doc.outline;
    // pdfkit measures `left` from the right.
    const options = { pageNumber: page - 1, fit: false, top: y, left: doc.page.width, expanded: level === 1 };
    open.push({ level, outline: parent.addItem(text, options) });
  }
}
