import { crc32 } from 'node:zlib';
import { type FlateError, Zip, type ZipInputFile } from 'fflate';

/** A file on its way into an archive. */
export interface ArchiveFile {
  /** An ASCII path of letters, digits, `.`, `_`, `-` and single slashes, such as `documents/a.pdf`. */
  readonly name: string;
  /** From 1980 to 2099, to the second. */
  readonly modified: Date;
  readonly body: AsyncIterable<Uint8Array>;
}

/** An entry that passes on pieces over any buffer, as the library does: it only hands them back. */
interface StoredEntry extends ZipInputFile {
  ondata?: (error: FlateError | null, piece: Uint8Array, final: boolean) => void;
}

/** Each step begins with a letter or digit: what is unpacked lies below the folder that it is unpacked in. */
const PATH = /^[a-z0-9][\w.-]*(?:\/[a-z0-9][\w.-]*)*$/i;

/** Longer ones don't unpack everywhere. */
const MAX_PATH = 255;

/** One more, and the count of files would need ZIP64 (APPNOTE 4.4.22). */
const MAX_FILES = 0xfffe;

/** Bytes; longer, and the offset of the directory could need ZIP64 (APPNOTE 4.4.24). */
const MAX_SIZE = 0xffff_fffe;

/** Where the extended timestamp ends: seconds in 32 bits, signed. */
const MAX_TIMESTAMP = 0x7fff_ffff;

/**
 * Writes a ZIP archive (APPNOTE 6.3.10) as it is read: files are stored, not deflated, each with its CRC-32 and size
 * behind it. A piece of a body comes out before the next one is asked for, and a file is asked for when the one before it
 * was read to its end. Who leaves early closes the open body and the iterator of files.
 *
 * @param files at most 65,534, and in an archive under 4 GiB
 * @throws what a body or `files` throws; RangeError for a name, a time or a size that has no place in the archive. The
 *   archive then lacks its directory, so that nobody takes it for whole
 */
export async function* zip(files: AsyncIterable<ArchiveFile>): AsyncGenerator<Uint8Array, void, undefined> {
  let written: Uint8Array[] = [];
  let size = 0;
  let count = 0;
  // Calls back before `add`, `ondata` and `end` return, so that nothing is held over a read.
  const archive = new Zip((error, chunk) => {
    if (error !== null) throw error;
    size += chunk.length;
    if (size > MAX_SIZE) throw new RangeError('an archive of over 4 GiB');
    if (chunk.length > 0) written.push(chunk);
  });
  const take = (): Uint8Array[] => {
    const taken = written;
    written = [];
    return taken;
  };

  for await (const file of files) {
    const entry = await begun(file, ++count);
    archive.add(entry);
    for await (const piece of file.body) {
      entry.size += piece.length;
      entry.crc = crc32(piece, entry.crc);
      entry.ondata?.(null, piece, false);
      yield* take();
    }
    entry.ondata?.(null, new Uint8Array(0), true);
    yield* take();
  }
  archive.end();
  yield* take();
}

/** A file's entry, before its first byte. Lets go of the body where the archive has no place for it. */
async function begun({ name, modified, body }: ArchiveFile, count: number): Promise<StoredEntry> {
  const year = modified.getFullYear();
  const fits = PATH.test(name) && name.length <= MAX_PATH && year >= 1980 && year <= 2099 && count <= MAX_FILES;
  if (fits) return { filename: name, size: 0, crc: 0, compression: 0, mtime: modified, extra: timestamp(modified) };
  await body[Symbol.asyncIterator]().return?.();
  throw new RangeError(`no place in the archive for file ${count}: its name, its time, or one too many`);
}

/**
 * Info-ZIP's extended timestamp (0x5455), in UTC; the time that every entry has is in the maker's zone, which no reader
 * knows.
 */
function timestamp(modified: Date): Record<number, Uint8Array> {
  const seconds = Math.floor(modified.getTime() / 1000);
  if (seconds > MAX_TIMESTAMP) return {};
  const field = Buffer.alloc(5);
  // Bit 0: a time of modification follows.
  field.writeUInt8(1);
  field.writeInt32LE(seconds, 1);
  return { 0x5455: field };
}
