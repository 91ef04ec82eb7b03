import { inflateSync } from 'node:zlib';
import PDFDocument from 'pdfkit';

/** Pixels a side: an image of more would take every document's time. */
const MOST_PIXELS = 2000;

/** Bytes of such an image with four channels of 16 bits. */
const MOST_BYTES = 8 * MOST_PIXELS * MOST_PIXELS + MOST_PIXELS;

/** Whether some bytes are a PNG or JPEG that documents can hold. */
export function isLogo(bytes: Uint8Array): boolean {
  try {
    const untyped: object = { font: null };
    const { width, height, image } = new PDFDocument(untyped).openImage(bytes);
    // pdfkit would unpack a PNG when nobody waits for its error any more.
    if (image !== undefined) inflateSync(image.imgData, { maxOutputLength: MOST_BYTES });
    return width > 0 && height > 0 && width <= MOST_PIXELS && height <= MOST_PIXELS;
  } catch {
    return false;
  }
}
