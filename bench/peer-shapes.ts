/** One piece, sealed and opened by another library. */
export interface ItemPeer {
  readonly name: string;
  seal(plaintext: Uint8Array): Promise<string | Uint8Array> | string | Uint8Array;
  open(sealed: string | Uint8Array): Promise<string | Uint8Array> | string | Uint8Array;
}

/** Another library's sealing of what comes in pieces of 1 MiB. */
export interface StreamPeer {
  readonly name: string;
  /** @returns how many bytes came out */
  seal(pieces: AsyncIterable<Uint8Array>): Promise<number>;
}

/** Items that lie under a data key of their own each, which KMS opens. */
export interface KmsPeer {
  /** Calls of KMS so far. */
  readonly calls: { count: number };
  /** @param kmsMs how long KMS takes to answer */
  encrypt(plaintext: Uint8Array, kmsMs: number): Promise<Uint8Array>;
  decrypt(sealed: Uint8Array, kmsMs: number): Promise<Uint8Array>;
}
