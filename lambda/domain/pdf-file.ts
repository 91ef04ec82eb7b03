/** Where a PDF's header and its end may stand, in bytes from the start and before the end (ISO 32000-1, Annex H). */
export const PDF_EDGE = 1024;

/**
 * Whether bytes are a PDF file as far as its edges tell.
 *
 * @param head the first bytes of it, at least {@link PDF_EDGE} where it has so many
 * @param tail the last bytes of it, likewise
 */
export function looksLikePdf(head: Uint8Array, tail: Uint8Array): boolean {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  return /%PDF-[12]\.\d/.test(text(head.subarray(0, PDF_EDGE))) && text(tail.subarray(-PDF_EDGE)).includes('%%EOF');
}
