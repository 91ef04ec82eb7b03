/** Characters that readers of PDFs may drop, map or refuse (RFC 4013 §2.1 and §2.3), which would lock the owner out. */
const UNSURE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/u;

const MOST_BYTES = 127;

/**
 * Whether a text may be a document's open password: 8 characters to 127 bytes, and the same whether or not a reader
 * prepares it by SASLprep (RFC 4013), as some do and some do not.
 */
export function isOpenPassword(text: string): boolean {
  const characters = Array.from(text).length;
  if (characters < 8 || Buffer.byteLength(text) > MOST_BYTES) return false;
  return !UNSURE.test(text) && text.normalize('NFC') === text.normalize('NFKC');
}
