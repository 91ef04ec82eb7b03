export const MIB = 1024 * 1024;

const piece = new Uint8Array(MIB).fill(7);

/** So many MiB, one buffer again and again. */
export async function* piecesOf(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mebibytes; i++) {
    await Promise.resolve();
    yield piece;
  }
}
