import { PDFDocument, type PDFFont, rgb, StandardFonts } from 'pdf-lib';
import { BLOCKS, type PagePeer, RULES, TITLE } from '../pdf/letter.ts';

type Fontkit = Parameters<PDFDocument['registerFontkit']>[0];

/** The letter by pdf-lib, which tags nothing. */
export const peer: PagePeer = async (fonts, fontkit) => {
  const doc = await PDFDocument.create();
  doc.setTitle(TITLE);
  doc.setLanguage('en');
  doc.registerFontkit(fontkit as Fontkit);
  const faces: PDFFont[] = [];
  for (const face of fonts ?? [StandardFonts.Helvetica, StandardFonts.HelveticaBold]) {
    faces.push(await doc.embedFont(face, { subset: fonts !== null }));
  }
  const [regular, bold] = faces;
  if (regular === undefined || bold === undefined) throw new Error('a letter has two fonts');
  const page = doc.addPage([595.28, 841.89]);
  for (const { x, y, width } of RULES) {
    page.drawRectangle({ x, y: page.getHeight() - y, width, height: 0.4, color: rgb(0.6, 0.65, 0.69) });
  }
  for (const { text, x, y, width, size, leading, isBold } of BLOCKS) {
    page.drawText(text, {
      x,
      y: page.getHeight() - y - size,
      maxWidth: width,
      size,
      lineHeight: leading,
      font: isBold ? bold : regular,
      color: rgb(0.1, 0.15, 0.19),
    });
  }
  return doc.save();
};
