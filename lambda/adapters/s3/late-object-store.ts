import { late } from '../../domain/late.ts';
import type { ObjectStore } from '../../ports/object-store.ts';

/**
 * An object store that is opened by the first call that needs it: S3's client is a third of what a function would load at
 * its start, and most calls need none.
 *
 * @param open is tried again after it failed
 */
export function createLateObjectStore(open: () => Promise<ObjectStore>): ObjectStore {
  const opened = late(open);
  return {
    put: async (key, body, size) => (await opened()).put(key, body, size),
    get: async (key, range) => (await opened()).get(key, range),
    names: async (prefix, after, limit) => (await opened()).names(prefix, after, limit),
    remove: async (key) => (await opened()).remove(key),
  };
}
