import PDFDocument from 'pdfkit';
import { BLOCKS, type PageMaker, RULES, TITLE } from './letter.ts';

/** Of pdfkit's lines, the height in ems. */
const HEIGHT = 1.16;

/**
 * The letter by pdfkit alone: tagged, with title and language, its lines broken by pdfkit. With fonts, pdfkit reads them
 * anew for each document and embeds what is in use.
 */
export const pdfkitPage: PageMaker = async (fonts) => {
  // Not in the installed types: a conformance that is no PDF/A.
  const untyped: object = { subset: 'PDF/UA' };
  const doc = new PDFDocument({
    size: 'A4',
    margin: 0,
    tagged: true,
    pdfVersion: '1.7',
    lang: 'en',
    displayTitle: true,
    info: { Title: TITLE },
    ...untyped,
  });
  doc.registerFont('regular', fonts === null ? 'Helvetica' : fonts[0]);
  doc.registerFont('bold', fonts === null ? 'Helvetica-Bold' : fonts[1]);
  const root = doc.struct('Document');
  doc.addStructure(root);
  doc.markContent('Artifact', { type: 'Layout' });
  for (const { x, y, width } of RULES) doc.rect(x, y, width, 0.4).fill('#9aa5b1');
  doc.endMarkedContent();
  for (const { text, x, y, width, size, leading, isBold } of BLOCKS) {
    const set = () => {
      doc.font(isBold ? 'bold' : 'regular', size).fillColor('#1b2530');
      doc.text(text, x, y, { width, lineGap: leading - HEIGHT * size });
    };
    root.add(doc.struct('P', {}, set));
  }
  root.end();
  doc.end();
  const chunks: Uint8Array[] = [];
  for await (const chunk of doc) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
};
