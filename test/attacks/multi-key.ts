import { createCipheriv, createDecipheriv } from 'node:crypto';

/** One AES-GCM key, and all under it that an attacker can't choose freely. */
export interface GcmKey {
  /** 16 or 32 bytes. */
  readonly key: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  readonly aad: Uint8Array;
}

/** A ciphertext with its tag. */
export interface MultiKey {
  readonly ciphertext: Buffer;
  readonly tag: Buffer;
}

/** The reduction of GF(2^128) in GCM's bit order (SP 800-38D §6.3), and its one. */
const R = 0xe1n << 120n;
const ONE = 1n << 127n;

/**
 * A ciphertext that AES-GCM opens under three keys (Len, Grubbs, Ristenpart, "Partitioning Oracle Attacks", USENIX
 * Security 2021, §3): the tag's equation is linear in the ciphertext's blocks, so that three blocks meet three of them.
 *
 * @param keys three
 * @param tag 16 bytes; null for a ciphertext of two blocks, whose tag is the third that is chosen
 */
export function forThreeKeys(keys: readonly [GcmKey, GcmKey, GcmKey], tag: Uint8Array | null): MultiKey {
  const blocks = tag === null ? 2 : 3;
  const equations = keys.map(({ key, nonce, aad }) => {
    const h = toField(encryptBlock(key, Buffer.alloc(16)));
    const mask = toField(encryptBlock(key, Buffer.concat([nonce, Buffer.from([0, 0, 0, 1])])));
    // Horner's rule over the associated data, then what the lengths add; the ciphertext's places are left open.
    const padded = Buffer.concat([aad, Buffer.alloc((16 - (aad.length % 16)) % 16)]);
    let known = 0n;
    for (let at = 0; at < padded.length; at += 16) known = times(known ^ toField(padded.subarray(at, at + 16)), h);
    for (let block = 0; block < blocks; block++) known = times(known, h);
    const lengths = Buffer.alloc(16);
    lengths.writeUInt32BE(aad.length * 8, 4);
    lengths.writeUInt32BE(blocks * 128, 12);
    known = times(known ^ toField(lengths), h) ^ mask;
    // Block i of n is multiplied by h^(n + 1 - i); the tag, where it is open too, by one.
    const powers = Array.from({ length: blocks }, (_, i) => power(h, blocks + 1 - i));
    return tag === null ? { row: [...powers, ONE], value: known } : { row: powers, value: known ^ toField(tag) };
  });
  const solved = solve(equations).map(toBlock);
  const ciphertext = Buffer.concat(solved.slice(0, blocks));
  return { ciphertext, tag: tag === null ? (solved[2] as Buffer) : Buffer.from(tag) };
}

/** What node:crypto opens, with nothing of the product between. @throws Error for a tag that fails */
export function openRaw({ key, nonce, aad }: GcmKey, { ciphertext, tag }: MultiKey): Buffer {
  const decipher = createDecipheriv(key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm', key, nonce, {
    authTagLength: 16,
  });
  decipher.setAAD(aad).setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

function encryptBlock(key: Uint8Array, block: Uint8Array): Buffer {
  const cipher = createCipheriv(key.length === 16 ? 'aes-128-ecb' : 'aes-256-ecb', key, null);
  return cipher.setAutoPadding(false).update(block);
}

/** Solves three linear equations by Gauss and Jordan. @throws Error where they have no one solution */
function solve(equations: readonly { readonly row: readonly bigint[]; readonly value: bigint }[]): bigint[] {
  const rows = equations.map(({ row, value }) => [...row, value]);
  const at = (row: number, column: number) => rows[row]?.[column] ?? 0n;
  for (let column = 0; column < rows.length; column++) {
    const pivot = rows.findIndex((row, place) => place >= column && row[column] !== 0n);
    if (pivot < 0) throw new Error('two of the keys are the same');
    [rows[column], rows[pivot]] = [rows[pivot] as bigint[], rows[column] as bigint[]];
    const inverse = invert(at(column, column));
    rows[column] = (rows[column] as bigint[]).map((value) => times(value, inverse));
    for (let other = 0; other < rows.length; other++) {
      const factor = at(other, column);
      if (other !== column) rows[other] = (rows[other] as bigint[]).map((v, i) => v ^ times(factor, at(column, i)));
    }
  }
  return rows.map((row) => row.at(-1) ?? 0n);
}

/** A product in GF(2^128) (SP 800-38D §6.3, algorithm 1). */
function times(x: bigint, y: bigint): bigint {
  let [product, shifted] = [0n, y];
  for (let bit = 127n; bit >= 0n; bit--) {
    if ((x >> bit) & 1n) product ^= shifted;
    shifted = shifted & 1n ? (shifted >> 1n) ^ R : shifted >> 1n;
  }
  return product;
}

function power(x: bigint, exponent: number): bigint {
  let product = ONE;
  for (let i = 0; i < exponent; i++) product = times(product, x);
  return product;
}

/** x^(2^128 - 2), since x^(2^128 - 1) is one. */
function invert(x: bigint): bigint {
  let [product, square] = [ONE, x];
  for (let i = 1; i < 128; i++) {
    square = times(square, square);
    product = times(product, square);
  }
  return product;
}

function toField(block: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(block).toString('hex')}`);
}

function toBlock(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(32, '0'), 'hex');
}
