/** Bytes before the entries of a font file's directory. */
export const SFNT_HEADER = 12;
/** Bytes of such an entry. */
export const SFNT_ENTRY = 16;
/** The version of a font with outlines in `glyf`. */
const TRUE_TYPE = 0x00010000;

/** A table of a font file: its tag and its bytes. */
export type FontTable = readonly [tag: string, bytes: Buffer];

/** The tables of a font file, by tag (OpenType 1.9, "Font file"). @throws RangeError for bytes that are cut off */
export function readSfnt(sfnt: Uint8Array): ReadonlyMap<string, Buffer> {
  const font = Buffer.from(sfnt.buffer, sfnt.byteOffset, sfnt.byteLength);
  const tables = new Map<string, Buffer>();
  for (let i = 0; i < font.readUInt16BE(4); i++) {
    const entry = SFNT_HEADER + SFNT_ENTRY * i;
    const offset = font.readUInt32BE(entry + 8);
    const length = font.readUInt32BE(entry + 12);
    if (offset + length > font.length) throw new RangeError('a table ends behind the font');
    tables.set(font.toString('latin1', entry, entry + 4), font.subarray(offset, offset + length));
  }
  return tables;
}

/** A font file of some tables. @param tables by their tags in ascending order */
export function writeSfnt(tables: readonly FontTable[]): Uint8Array {
  const directory = sfntDirectory(tables.length);
  directory.writeUInt32BE(TRUE_TYPE, 0);
  const parts: Buffer[] = [directory];
  let end = directory.length;
  tables.forEach(([tag, bytes], index) => {
    const padded = Buffer.alloc((bytes.length + 3) & ~3);
    bytes.copy(padded);
    const entry = SFNT_HEADER + SFNT_ENTRY * index;
    directory.write(tag, entry, 'latin1');
    directory.writeUInt32BE(checksum(padded), entry + 4);
    directory.writeUInt32BE(end, entry + 8);
    directory.writeUInt32BE(bytes.length, entry + 12);
    parts.push(padded);
    end += padded.length;
  });
  return Uint8Array.from(Buffer.concat(parts, end));
}

/** The head of a font file, with room for so many tables and no version yet. */
export function sfntDirectory(tables: number): Buffer {
  const directory = Buffer.alloc(SFNT_HEADER + SFNT_ENTRY * tables);
  const log = 31 - Math.clz32(tables);
  directory.writeUInt16BE(tables, 4);
  directory.writeUInt16BE(SFNT_ENTRY << log, 6);
  directory.writeUInt16BE(log, 8);
  directory.writeUInt16BE(SFNT_ENTRY * (tables - (1 << log)), 10);
  return directory;
}

/** The sum of a table's words, modulo 2^32. @param padded a multiple of 4 bytes */
function checksum(padded: Buffer): number {
  let sum = 0;
  for (let at = 0; at < padded.length; at += 4) sum = (sum + padded.readUInt32BE(at)) >>> 0;
  return sum;
}
