/** Bytes of a PDF at most, as the service takes them. */
export const MAX_BYTES = 180 * 2 ** 20;

/** Where a PDF's header may stand, bytes from its start. */
const EDGE = 1024;

/** Characters of a title at most. */
const TITLE = 200;

/** Why a file can't be sent. */
export type FileFault = 'empty' | 'large' | 'other';

/** What keeps a file from being sent, seen before it is; null for nothing. */
export async function fileFault(file: Blob): Promise<FileFault | null> {
  if (file.size === 0) return 'empty';
  if (file.size > MAX_BYTES) return 'large';
  const head = new TextDecoder('latin1').decode(await file.slice(0, EDGE).arrayBuffer());
  return /%PDF-[12]\.\d/.test(head) ? null : 'other';
}

/** A title by a file's name: without its ending, on one line. */
export function titleOf(fileName: string): string {
  const text = fileName
    .replace(/\.pdf$/i, '')
    .replace(/[\p{Cc}_]+/gu, ' ')
    .trim();
  return Array.from(text).slice(0, TITLE).join('');
}
