import { createHash } from 'node:crypto';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { ALICE, fixedRandom } from '../crypto/helpers.ts';

/** Shared by the makers of the first files: what they draw depends on the order in which they are called. */
export const random = fixedRandom('golden vectors');
export const DEK = random(32);
export const MAC_KEY = random(32);
export const ACTIVITY_KEY = fixedRandom('activity key of the golden vectors')(32);

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const secret = (bytes: Uint8Array): SecretBytes => new SecretBytes(bytes.slice());

/** Keys of the one DEK, whatever version it goes by. */
export const keysOf = (seed: string, dekVersion = 1): VaultKeys =>
  new VaultKeys(secret(DEK), ALICE, dekVersion, fixedRandom(seed));

export function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
