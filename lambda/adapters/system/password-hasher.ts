import { encodeBase64, hash } from 'bcryptjs';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import { createWorkerPool } from './bcrypt-pool.ts';

export interface PasswordHasherOptions {
  /** Worker threads; 0 hashes on this thread, which is right where a process has one request at a time, as on Lambda. */
  readonly workers: number;
  /** Hashes that may wait for a worker; one more is refused. @default 64 */
  readonly queue?: number;
}

/** bcrypt by bcryptjs. `close` ends the threads; what still waits is refused. */
export function createPasswordHasher({
  workers,
  queue = 64,
}: PasswordHasherOptions): PasswordHasher & { close(): Promise<void> } {
  const pool = workers > 0 ? createWorkerPool({ workers, queue }) : null;
  return {
    async tail(prehash, salt, cost) {
      const setting = bcryptSetting(prehash, salt, cost);
      if (pool !== null) return pool.tail(prehash, setting);
      return Uint8Array.from((await hash(prehash, setting)).slice(setting.length), (char) => char.charCodeAt(0));
    },
    close: async () => {
      await pool?.close();
    },
  };
}

/** The `$2b$<cost>$<salt>` that bcrypt is given: 29 characters. @throws RangeError for what the port doesn't allow */
function bcryptSetting(prehash: string, salt: Uint8Array, cost: number): string {
  if (!/^[\x21-\x7e]{64}$/.test(prehash)) throw new RangeError('prehash is not 64 ASCII characters');
  if (salt.length !== 16) throw new RangeError(`salt has ${salt.length} bytes, not 16`);
  if (!Number.isInteger(cost) || cost < 10 || cost > 14) throw new RangeError(`cost ${cost} is not 10 to 14`);
  return `$2b$${cost}$${encodeBase64(salt, 16)}`;
}
