import { MAX_ISSUES } from '../domain/issues.ts';
import type { Issue } from '../errors.ts';
import { InvalidRequestError } from '../errors.ts';
import type { RenderedDocument } from '../ports/document-renderer.ts';
import { type Bookmark, setBookmarks } from './bookmarks.ts';
import type { House } from './house.ts';
import { openDocument } from './open-document.ts';
import { visible, wrap } from './text.ts';
import type { FaceName, Run, Typefaces, Weight } from './typefaces.ts';

/** Keeps time and memory within a function's: a thousand full pages take about five seconds. */
const MAX_PAGES = 1000;

/** DejaVu's ascent and height, in ems: where the baseline of a line lies. */
const ASCENT = 0.928;
const HEIGHT = 1.164;

export interface TextStyle {
  /** Points. */
  readonly size: number;
  /** Points from one baseline to the next. */
  readonly leading: number;
  readonly weight: Weight;
  readonly color: string;
}

/** Points from the page's edges. */
export interface Margins {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}

export interface SheetOptions {
  readonly typefaces: Typefaces;
  readonly house: House;
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly margins: Margins;
  /** What opens the document; anyone may where it is undefined. */
  readonly password?: string | undefined;
}

/** An element of the structure that tells a screen reader what a text is. */
export type Element = PDFKit.PDFStructureElement;

/** Documents of more pages have bookmarks. */
const PAGES_AT_A_GLANCE = 2;

/** Pages that fill from top to bottom, all of it tagged. Lengths are points, `y` grows downwards. */
export class Sheet {
  readonly house: House;
  readonly left: number;
  readonly width: number;
  readonly bottom: number;
  /** Where the next block begins. */
  y: number;
  readonly #typefaces: Typefaces;
  readonly #margins: Margins;
  readonly #doc: PDFKit.PDFDocument;
  readonly #root: Element;
  readonly #registered = new Set<FaceName>();
  readonly #widths: Readonly<Record<Weight, Map<string, number>>> = { regular: new Map(), bold: new Map() };
  /** What {@link wrap} gave, by weight, width in ems and text. */
  readonly #lines = new Map<string, readonly string[]>();
  readonly #issues: Issue[] = [];
  readonly #bookmarks: Bookmark[] = [];
  #logo: ReturnType<PDFKit.PDFDocument['openImage']> | null = null;
  #pages = 1;

  constructor(options: SheetOptions) {
    this.#typefaces = options.typefaces;
    this.#margins = options.margins;
    this.house = options.house;
    const { paper, locale } = options.house;
    const { title, now, password } = options;
    this.#doc = openDocument({ title, now, paper, language: locale.language, password });
    this.left = options.margins.left;
    this.width = this.#doc.page.width - options.margins.left - options.margins.right;
    this.bottom = this.#doc.page.height - options.margins.bottom;
    this.y = options.margins.top;
    this.#root = this.#doc.struct('Document');
    this.#doc.addStructure(this.#root);
  }

  /** The page that is being filled, from 1. */
  get page(): number {
    return this.#pages;
  }

  get pageHeight(): number {
    return this.#doc.page.height;
  }

  /**
   * A text that came from outside, as it is shown. One with a character that no font shows is noted: {@link finish}
   * then throws.
   *
   * @param path JSON pointer to the text in the request
   */
  read(value: string, path: string): string {
    const text = visible(value);
    if (text.split('\n').every((line) => this.#typefaces.runs(line, 'regular') !== null)) return text;
    this.#issues.push({ path, message: 'has a character of a script that the fonts of this service do not show' });
    return '';
  }

  /** A text, {@link read}, on one line. */
  readLine(value: string, path: string): string {
    return this.read(value, path).replace(/\s+/g, ' ').trim();
  }

  /** Every text in some data, {@link read}; the rest of it as it is. */
  readAll<T>(data: T, path: string): T {
    return this.#readAll(data, path) as T;
  }

  #readAll(data: unknown, path: string): unknown {
    if (typeof data === 'string') return this.read(data, path);
    if (Array.isArray(data)) return data.map((part, index) => this.#readAll(part, `${path}/${index}`));
    if (typeof data !== 'object' || data === null) return data;
    return Object.fromEntries(Object.entries(data).map(([key, part]) => [key, this.#readAll(part, `${path}/${key}`)]));
  }

  /** Width of a single line. */
  measure(line: string, style: TextStyle): number {
    const widths = this.#widths[style.weight];
    let ems = widths.get(line);
    if (ems === undefined) {
      ems = 0;
      for (const run of this.#runs(line, style.weight)) ems += this.#select(run.face, 1).widthOfString(run.text);
      widths.set(line, ems);
    }
    return ems * style.size;
  }

  /** A text in lines; the same ones each time, since what is set was measured before. */
  wrap(text: string, width: number, style: TextStyle): readonly string[] {
    const key = `${style.weight} ${width / style.size} ${text}`;
    let lines = this.#lines.get(key);
    if (lines === undefined) {
      lines = wrap(text, width, (piece) => this.measure(piece, style));
      this.#lines.set(key, lines);
    }
    return lines;
  }

  /** Adds an element to the structure: to the document itself, or to `parent`. */
  element(type: string, parent: Element = this.#root, options: PDFKit.Mixins.StructureElementOptions = {}): Element {
    const element = this.#doc.struct(type, options);
    parent.add(element);
    return element;
  }

  /** Sets lines at a place of this page, as content of an element. */
  place(element: Element, lines: readonly string[], style: TextStyle, x: number, y: number): void {
    element.add(() => {
      this.#draw(lines, style, x, y);
    });
  }

  /** Sets lines from {@link y} on, over as many pages as they take, and leaves `y` below the last. */
  flow(element: Element, lines: readonly string[], style: TextStyle, x: number): void {
    let rest = lines;
    while (rest.length > 0) {
      const count = linesHere(rest.length, this.linesLeft(style), this.#atTop());
      if (count > 0) {
        this.place(element, rest.slice(0, count), style, x, this.y);
        this.y += count * style.leading;
        rest = rest.slice(count);
      }
      if (rest.length > 0) this.newPage();
    }
  }

  /** Names this place in the list of bookmarks, below the one before that has a lower level. */
  bookmark(level: number, text: string): void {
    this.#bookmarks.push({ level, text, page: this.#pages, y: this.y });
  }

  /** Whether so much height is not left here, but on a new page. */
  needsPage(height: number): boolean {
    return this.y + height > this.bottom && !this.#atTop() && height <= this.bottom - this.#margins.top;
  }

  /** Goes to a new page where that {@link needsPage}. */
  keep(height: number): void {
    if (this.needsPage(height)) this.newPage();
  }

  /** How many lines go on the rest of this page with so much space above and below them. */
  linesLeft(style: TextStyle, padding = 0): number {
    return Math.floor((this.bottom - this.y - 2 * padding + 0.01) / style.leading);
  }

  newPage(): void {
    if (this.#pages === MAX_PAGES) {
      throw new InvalidRequestError([{ path: '', message: `makes more than ${MAX_PAGES} pages` }]);
    }
    this.#pages += 1;
    this.#doc.addPage();
    this.y = this.#margins.top;
  }

  /** A horizontal line, which means nothing to a screen reader. */
  rule(x: number, y: number, width: number, thickness: number, color: string): void {
    this.#artifact({ type: 'Layout' }, () => {
      this.#doc.rect(x, y - thickness / 2, width, thickness).fill(color);
    });
  }

  /**
   * The deployment's logo, where it has one, which means nothing to a screen reader.
   *
   * @param place its upper left corner, and the most that it may take
   * @returns its width
   */
  logo(place: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }): number {
    if (this.house.logo === null) return 0;
    this.#logo ??= this.#doc.openImage(this.house.logo);
    const image = this.#logo;
    const scale = Math.min(place.width / image.width, place.height / image.height);
    this.#artifact({ type: 'Pagination', attached: ['Top'] }, () => {
      // What openImage gives is an image for pdfkit, whatever the types say.
      this.#doc.image(image as unknown as string, place.x, place.y, { width: image.width * scale });
    });
    return image.width * scale;
  }

  /** A line of a page's header or footer, set from `x` on or, where `align` is "right", up to it. */
  running(line: string, style: TextStyle, x: number, y: number, align: 'left' | 'right' = 'left'): void {
    const start = align === 'left' ? x : x - this.measure(line, style);
    const attached = [y < this.pageHeight / 2 ? 'Top' : 'Bottom'];
    this.#artifact({ type: 'Pagination', attached }, () => {
      this.#draw([line], style, start, y);
    });
  }

  /**
   * Ends the document.
   *
   * @param decorate sets headers and footers: called once a page, with its number from 1 and how many there are
   * @throws InvalidRequestError with code `unsupported_script` when a text read can't be shown
   */
  async finish(decorate: (page: number, pages: number) => void): Promise<RenderedDocument> {
    if (this.#issues.length > 0) throw new InvalidRequestError(this.#issues.slice(0, MAX_ISSUES), 'unsupported_script');
    for (let page = 0; page < this.#pages; page++) {
      this.#doc.switchToPage(page);
      decorate(page + 1, this.#pages);
    }
    if (this.#pages > PAGES_AT_A_GLANCE) setBookmarks(this.#doc, this.#bookmarks);
    this.#root.end();
    this.#doc.end();
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#doc) chunks.push(chunk as Uint8Array);
    return { pdf: new Uint8Array(Buffer.concat(chunks)), pages: this.#pages };
  }

  #atTop(): boolean {
    return this.y <= this.#margins.top;
  }

  #artifact(options: PDFKit.Mixins.MarkingOptions, draw: () => void): void {
    this.#doc.markContent('Artifact', options);
    draw();
    this.#doc.endMarkedContent();
  }

  #draw(lines: readonly string[], style: TextStyle, x: number, y: number): void {
    this.#doc.fillColor(style.color);
    let baseline = y + (style.leading - HEIGHT * style.size) / 2 + ASCENT * style.size;
    for (const line of lines) {
      let start = x;
      for (const run of this.#runs(line, style.weight)) {
        this.#select(run.face, style.size).text(run.text, start, baseline, {
          lineBreak: false,
          baseline: 'alphabetic',
        });
        // pdfkit stands behind what it has set.
        start = this.#doc.x;
      }
      baseline += style.leading;
    }
  }

  #runs(line: string, weight: Weight): Run[] {
    const runs = this.#typefaces.runs(line.replaceAll('\u00a0', ' '), weight);
    if (runs === null) throw new Error('text was set that had not been read');
    return runs;
  }

  #select(face: FaceName, size: number): PDFKit.PDFDocument {
    if (!this.#registered.has(face)) {
      this.#doc.registerFont(face, this.#typefaces.fontOf(face));
      this.#registered.add(face);
    }
    return this.#doc.font(face, size);
  }
}

/** How many of some lines go on the rest of a page, so that no line of a paragraph stands alone where it can be helped. */
function linesHere(lines: number, room: number, atTop: boolean): number {
  if (lines <= room) return lines;
  if (atTop) return Math.max(1, room);
  const count = lines - room === 1 ? room - 1 : room;
  return count < 2 ? 0 : count;
}
