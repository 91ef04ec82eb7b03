import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export type ChecksumAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256' | 'SHA512' | 'MD5';

/** A checksum that grows with the bytes it is fed. */
export interface Hasher {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

/** How long each algorithm's checksum is, in bytes. */
const LENGTHS: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

export const CHECKSUM_ALGORITHMS = Object.keys(LENGTHS) as readonly ChecksumAlgorithm[];

/** The algorithm of that name, whatever its case; null for one that is not known here. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm | null {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase()) ?? null;
}

/** `x-amz-checksum-crc32` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** The bytes that a checksum spells in canonical base64; null when they are not as many as the algorithm makes. */
export function checksumBytes(algorithm: ChecksumAlgorithm, base64: string): Buffer | null {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === LENGTHS[algorithm] && bytes.toString('base64') === base64 ? bytes : null;
}

export function checksumHasher(algorithm: ChecksumAlgorithm): Hasher {
  switch (algorithm) {
    case 'CRC32':
      return crc32Hasher((chunk, value) => crc32(chunk, value));
    case 'CRC32C':
      return crc32Hasher(crc32c);
    case 'CRC64NVME':
      return crc64Hasher();
    case 'SHA1':
    case 'SHA256':
    case 'SHA512':
    case 'MD5':
      return createHash(algorithm.toLowerCase());
  }
}

function crc32Hasher(step: (chunk: Uint8Array, value: number) => number): Hasher {
  let value = 0;
  return {
    update(chunk) {
      value = step(chunk, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes;
    },
  };
}

/** RFC 3720 §12.1: the Castagnoli polynomial, reflected. */
const CASTAGNOLI = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(chunk: Uint8Array, before: number): number {
  let value = ~before;
  for (const byte of chunk) value = (value >>> 8) ^ at(CASTAGNOLI, (value ^ byte) & 0xff);
  return ~value;
}

/** The polynomial of NVM Express, NVM Command Set 1.0d §5.2.1.3.4, reflected, in two halves of 32 bits. */
const [NVME_HIGH, NVME_LOW] = ((): readonly [Int32Array, Int32Array] => {
  const high = new Int32Array(256);
  const low = new Int32Array(256);
  for (let index = 0; index < 256; index++) {
    let value = BigInt(index);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x9a6c9329ac4bc9b5n : value >> 1n;
    high[index] = Number(BigInt.asIntN(32, value >> 32n));
    low[index] = Number(BigInt.asIntN(32, value));
  }
  return [high, low];
})();

function crc64Hasher(): Hasher {
  let high = -1;
  let low = -1;
  return {
    update(chunk) {
      for (const byte of chunk) {
        const index = (low ^ byte) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ at(NVME_LOW, index);
        high = (high >>> 8) ^ at(NVME_HIGH, index);
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeInt32BE(~high, 0);
      bytes.writeInt32BE(~low, 4);
      return bytes;
    },
  };
}

function at(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}
