import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

import type { EncryptionContext } from './input.ts';

// version 1 ‖ key id 16 ‖ iv 12 ‖ AES-256-GCM ciphertext ‖ tag 16. The header is authenticated with the context.
const VERSION = 1;
const IV = 12;
const TAG = 16;
const HEADER = 1 + 16;
const DOMAIN = Buffer.from('twinlock/local-kms/v1\0', 'utf8');

/**
 * A ciphertext blob that names its key.
 *
 * @param keyId a UUID
 * @param material 32 bytes
 */
export function encrypt(
  keyId: string,
  material: Uint8Array,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Buffer {
  const header = Buffer.concat([Buffer.of(VERSION), Buffer.from(keyId.replaceAll('-', ''), 'hex')]);
  const iv = randomBytes(IV);
  const cipher = createCipheriv('aes-256-gcm', material, iv, { authTagLength: TAG });
  cipher.setAAD(authenticatedData(header, context));
  return Buffer.concat([header, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The key id that a blob names; null for bytes that are no blob. Not authenticated before {@link decrypt}. */
export function keyIdOf(blob: Uint8Array): string | null {
  if (blob.length <= HEADER + IV + TAG || blob[0] !== VERSION) return null;
  const hex = Buffer.from(blob.subarray(1, HEADER)).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The plaintext; null when the blob or the context is not what was encrypted under this key. */
export function decrypt(material: Uint8Array, blob: Uint8Array, context: EncryptionContext): Buffer | null {
  const decipher = createDecipheriv('aes-256-gcm', material, blob.subarray(HEADER, HEADER + IV), {
    authTagLength: TAG,
  });
  decipher.setAAD(authenticatedData(blob.subarray(0, HEADER), context));
  decipher.setAuthTag(blob.subarray(-TAG));
  const plaintext = decipher.update(blob.subarray(HEADER + IV, -TAG));
  try {
    return Buffer.concat([plaintext, decipher.final()]);
  } catch {
    return null;
  }
}

/** Pairs in order of their names' bytes, every text behind its length: no two contexts have the same bytes. */
function authenticatedData(header: Uint8Array, context: EncryptionContext): Buffer {
  const pairs = Object.entries(context)
    .map(([name, value]) => [Buffer.from(name, 'utf8'), Buffer.from(value, 'utf8')] as const)
    .sort(([a], [b]) => Buffer.compare(a, b));
  return Buffer.concat([DOMAIN, header, ...pairs.flat().flatMap((text) => [n32(text.length), text])]);
}

function n32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
