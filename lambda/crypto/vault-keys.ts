import { createHmac } from 'node:crypto';
import type { AccountId } from '../domain/ids.ts';
import type { Sealed } from '../domain/records.ts';
import { IntegrityError } from '../errors.ts';
import { type RandomBytes, SecretBytes, utf8 } from './bytes.ts';
import { MessageKey, openMessage, plaintextSize, SALT_SIZE, sealMessage } from './cobblestone.ts';
import { type ByteStream, openRange, openStream, type PlaintextRange, sealStream } from './cobblestone-stream.ts';
import { type DataKind, dataContext, type MacKind } from './context.ts';
import { hkdfExpand } from './hkdf.ts';
import { closePieces, type Pieces } from './piece-reader.ts';
import { SealedTags } from './sealed-tags.ts';

/** Bytes of a message's commitment that the manifest keeps. */
export const MESSAGE_COMMITMENT_SIZE = 16;

/** A message to be sent, whose bytes stay the same however often they are asked for. */
export interface SealingStream {
  /** The message's first 56 bytes, to be kept in sealed metadata. */
  readonly header: Uint8Array;

  /**
   * The whole message, header included, once an attempt.
   *
   * @param body the plaintext, the same each time
   * @throws Error before anything is given away, when it is not the same
   */
  seal(body: Pieces): ByteStream;
}

/** All that is sealed under one account's DEK is sealed and opened here, bound to account, kind, id and versions. */
export class VaultKeys {
  readonly accountId: AccountId;
  readonly dekVersion: number;
  readonly #dek: SecretBytes;
  readonly #random: RandomBytes;
  readonly #inputKeys = new Map<DataKind | MacKind, SecretBytes>();
  readonly #messageKeys: MessageKey[] = [];

  /** @param dek 32 bytes, taken over: wiped with these keys */
  constructor(dek: SecretBytes, accountId: AccountId, dekVersion: number, random: RandomBytes) {
    this.#dek = dek;
    this.accountId = accountId;
    this.dekVersion = dekVersion;
    this.#random = random;
  }

  /**
   * Seals a message.
   *
   * @param id the record's id; the account's for its profile, manifest, recovery key and previous DEK
   * @param version the record's version
   * @returns plaintext and at least 72 bytes
   */
  seal(kind: DataKind, id: string, version: number, plaintext: Uint8Array): Sealed {
    const salt = this.#random(SALT_SIZE);
    return sealMessage(this.#inputKey(kind), this.#context(kind, id, version), salt, plaintext) as Sealed;
  }

  /** Opens a message. @throws IntegrityError unless it was sealed as this kind, id and version of this account */
  open(kind: DataKind, id: string, version: number, sealed: Uint8Array): Uint8Array {
    return openMessage(this.#inputKey(kind), this.#context(kind, id, version), sealed, kind);
  }

  /**
   * Authenticates a message under a key that serves nothing else.
   *
   * @param message it names what it is bound to, the account included
   * @returns 32 bytes: HMAC-SHA-256
   */
  mac(kind: MacKind, message: Uint8Array): Uint8Array {
    return Uint8Array.from(createHmac('sha256', this.#inputKey(kind)).update(message).digest());
  }

  /**
   * Begins a message that is sent piece by piece, and perhaps more than once.
   *
   * @param salt 24 bytes, for a message that is to be the same whoever makes it; never for two bodies
   */
  beginSeal(kind: DataKind, id: string, version: number, salt = this.#random(SALT_SIZE)): SealingStream {
    const key = new MessageKey(this.#inputKey(kind), this.#context(kind, id, version), salt);
    this.#messageKeys.push(key);
    const tags = new SealedTags();
    return { header: key.header.slice(), seal: (body) => sealStream(key, body, tags) };
  }

  /**
   * Opens a message piece by piece; it fails for ever once it failed. It has a key of its own, so that it may be read
   * after these keys are wiped.
   *
   * @param header the 56 bytes that begin it, from sealed metadata
   * @param body the whole message
   * @throws IntegrityError at once for a header that is not of this kind, id and version of this account
   */
  openStream(kind: DataKind, id: string, version: number, header: Uint8Array, body: Pieces): ByteStream {
    return openStream(this.#messageKey(kind, id, version, header, body), body, kind);
  }

  /**
   * Opens a part of a message, to the byte; else like {@link openStream}.
   *
   * @param header the 56 bytes that begin it, from sealed metadata
   * @param range first and last byte, and the size of the whole plaintext, from sealed metadata
   * @param body the message's bytes `rangeOf(range.first, range.last, range.size)`
   * @throws RangeError for a range outside the plaintext
   */
  openRange(
    kind: DataKind,
    id: string,
    version: number,
    header: Uint8Array,
    range: PlaintextRange,
    body: Pieces,
  ): ByteStream {
    return openRange(this.#messageKey(kind, id, version, header, body), range, body, kind);
  }

  /** Zeroes the DEK and all that came of it, streams being sealed included. */
  wipe(): void {
    for (const key of this.#inputKeys.values()) key.wipe();
    for (const key of this.#messageKeys) key.wipe();
    this.#inputKeys.clear();
    this.#messageKeys.length = 0;
    this.#dek.wipe();
  }

  [Symbol.dispose](): void {
    this.wipe();
  }

  #inputKey(kind: DataKind | MacKind): Uint8Array {
    let key = this.#inputKeys.get(kind);
    if (key === undefined) {
      key = new SecretBytes(hkdfExpand(this.#dek.bytes, utf8(`twinlock/${kind}/v1`), 32));
      this.#inputKeys.set(kind, key);
    }
    return key.bytes;
  }

  #messageKey(kind: DataKind, id: string, version: number, header: Uint8Array, body: Pieces): MessageKey {
    try {
      return MessageKey.of(this.#inputKey(kind), this.#context(kind, id, version), header, kind);
    } catch (error) {
      void closePieces(body);
      throw error;
    }
  }

  #context(kind: DataKind, id: string, version: number): Uint8Array {
    return dataContext({ kind, accountId: this.accountId, id, version, dekVersion: this.dekVersion });
  }
}

/**
 * The 16 bytes by which the manifest knows a message: the first of its commitment.
 *
 * @throws IntegrityError for bytes that no message has the length of
 */
export function messageCommitment(sealed: Uint8Array): Uint8Array {
  if (plaintextSize(sealed.length) === null) throw new IntegrityError('sealed message');
  return sealed.slice(SALT_SIZE, SALT_SIZE + MESSAGE_COMMITMENT_SIZE);
}
