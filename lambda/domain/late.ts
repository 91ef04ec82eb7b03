/**
 * Something that is made when it is first asked for, once for all who ask.
 *
 * @param make is tried again after it failed
 */
export function late<T>(make: () => Promise<T>): () => Promise<T> {
  let making: Promise<T> | undefined;
  return () => {
    making ??= make().catch((error: unknown) => {
      making = undefined;
      throw error;
    });
    return making;
  };
}
