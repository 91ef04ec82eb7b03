/** An entry as an independent reader finds it. */
export interface Entry {
  readonly name: string;
  readonly body: Buffer;
  /** From the extended timestamp; null where there is none. */
  readonly modified: Date | null;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  return crc;
});

/** CRC-32 (APPNOTE 4.4.7). */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  return (crc ^ 0xffff_ffff) >>> 0;
}

/**
 * Reads an archive of stored files with data descriptors by APPNOTE 4.3, every byte of it: from its end to the directory,
 * and each entry beside its local header.
 *
 * @throws Error for any difference between directory, header, descriptor and content, and for bytes that belong to nothing
 */
export function readZip(zip: Buffer): Entry[] {
  const end = zip.length - 22;
  check(end >= 0 && zip.readUInt32LE(end) === 0x0605_4b50, 'an end of the directory');
  const count = zip.readUInt16LE(end + 10);
  const start = zip.readUInt32LE(end + 16);
  check(zip.readUInt32LE(end + 4) === 0 && zip.readUInt16LE(end + 8) === count, 'one disk');
  check(start + zip.readUInt32LE(end + 12) === end && zip.readUInt16LE(end + 20) === 0, 'a directory before the end');

  const entries: Entry[] = [];
  let at = start;
  let local = 0;
  for (let index = 0; index < count; index++) {
    check(zip.readUInt32LE(at) === 0x0201_4b50, 'an entry of the directory');
    const [nameLength, extraLength] = [zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30)];
    const name = zip.subarray(at + 46, at + 46 + nameLength);
    const extra = zip.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    check(zip.readUInt32LE(at + 42) === local, 'files one behind the other');
    check(zip.readUInt16LE(at + 32) === 0, 'no comment');

    check(zip.readUInt32LE(local) === 0x0403_4b50, 'a local header');
    // Version, flags, method, time and date: the same in both, and stored, with a descriptor.
    check(zip.subarray(local + 4, local + 14).equals(zip.subarray(at + 6, at + 16)), 'the same head twice');
    check(
      zip.readUInt16LE(local + 6) === 0x0008 && zip.readUInt16LE(local + 8) === 0,
      'a stored file with a descriptor',
    );
    check(
      zip.subarray(local + 14, local + 26).every((byte) => byte === 0),
      'sums and sizes left to the descriptor',
    );
    check(zip.readUInt16LE(local + 26) === nameLength && zip.readUInt16LE(local + 28) === extraLength, 'equal lengths');
    const from = local + 30 + nameLength + extraLength;
    check(zip.subarray(local + 30, from).equals(Buffer.concat([name, extra])), 'the same name and fields twice');
    const size = zip.readUInt32LE(at + 24);
    const body = zip.subarray(from, from + size);
    check(zip.readUInt32LE(at + 16) === crcOf(body), 'the sum of the content');
    check(zip.readUInt32LE(at + 20) === size, 'a stored size');
    check(zip.readUInt32LE(from + size) === 0x0807_4b50, 'a descriptor');
    check(
      zip.subarray(from + size + 4, from + size + 16).equals(zip.subarray(at + 16, at + 28)),
      'the same descriptor',
    );

    entries.push({ name: name.toString('latin1'), body, modified: timestampOf(extra) });
    local = from + size + 16;
    at += 46 + nameLength + extraLength;
  }
  check(local === start && at === end, 'no bytes between');
  return entries;
}

function timestampOf(extra: Buffer): Date | null {
  if (extra.length === 0) return null;
  check(extra.length === 9 && extra.readUInt16LE(0) === 0x5455 && extra.readUInt16LE(2) === 5, 'a timestamp');
  check(extra.readUInt8(4) === 1, 'a time of modification');
  return new Date(extra.readInt32LE(5) * 1000);
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the archive lacks ${what}`);
}
