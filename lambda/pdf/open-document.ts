import { randomBytes } from 'node:crypto';
import PDFDocument from 'pdfkit';
import type { Language, Paper } from '../domain/stationery.ts';
import { encryption } from './encryption.ts';
import { visible } from './text.ts';

export interface DocumentOptions {
  readonly title: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly paper: Paper;
  readonly language: Language;
  /** What opens the document; anyone may where it is undefined. */
  readonly password?: string | undefined;
}

/** An empty tagged document with title and language, in memory until it ends. */
export function openDocument(options: DocumentOptions): PDFKit.PDFDocument {
  const title = plainTitle(options.title);
  // Not in the installed types: a conformance that is no PDF/A, and no font to begin with.
  const untyped: object = { subset: 'PDF/UA', font: null };
  const doc = new PDFDocument({
    size: options.paper.toUpperCase(),
    margin: 0,
    bufferPages: true,
    tagged: true,
    pdfVersion: '1.7',
    lang: options.language,
    displayTitle: true,
    info: { Title: title, Producer: 'Twinlock', Creator: 'Twinlock', CreationDate: new Date(options.now) },
    ...untyped,
  });
  escapeTitle(doc, title);
  if (options.password !== undefined) encrypt(doc, options.password);
  return doc;
}

/** A title as XML can hold it. */
function plainTitle(title: string): string {
  return visible(title)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd');
}

/** pdfkit puts the title into the XMP packet as it is, markup and all. */
function escapeTitle(doc: PDFKit.PDFDocument, title: string): void {
  const appendXML = doc.appendXML.bind(doc);
  const escaped = title.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  doc.appendXML = (xml, newLine) => {
    appendXML(
      xml.replace(`"x-default">${title}</rdf:li>`, () => `"x-default">${escaped}</rdf:li>`),
      newLine,
    );
  };
}

/** Encrypts all that the document writes from now on: nothing but its header was written yet. */
function encrypt(doc: PDFKit.PDFDocument, password: string): void {
  // The number by which PDF 1.7 names this encryption, before it became PDF 2.0's.
  doc._root.data.Extensions = { ADBE: { BaseVersion: '1.7', ExtensionLevel: 8 } };
  // pdfkit's own id is a hash of title and time, which would be in the open.
  doc._id = new Uint8Array(randomBytes(16));
  doc._security = encryption(password, (data) => doc.ref(data));
}
