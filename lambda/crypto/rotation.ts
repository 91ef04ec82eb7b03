import type { DocumentId } from '../domain/ids.ts';
import { concat, field, n64 } from './bytes.ts';
import { SALT_SIZE } from './cobblestone.ts';
import type { VaultKeys } from './vault-keys.ts';

const NAME_SIZE = 16;

/** The object that a part of a document is moved to in a rotation: the same for everyone who moves it. */
export interface RotatedObject {
  /** Its name in the document's folder: 22 characters of base64url, of 16 bytes. */
  readonly name: string;
  /** 24 bytes: the salt of its message. */
  readonly salt: Uint8Array;
}

/**
 * Derives the name and the salt of an object under another DEK.
 *
 * @param keys of the DEK that the document is moved to
 * @param part the part's number, from 1: what it holds never changes, so that no salt serves two bodies
 */
export function rotatedObject(keys: VaultKeys, documentId: DocumentId, part: number): RotatedObject {
  const derived = (what: string): Uint8Array =>
    keys.mac('rotation', concat(field(what), field(keys.accountId), field(documentId), n64(part)));
  return {
    name: Buffer.from(derived('name').subarray(0, NAME_SIZE)).toString('base64url'),
    salt: derived('salt').slice(0, SALT_SIZE),
  };
}
