import { equal } from '../crypto/bytes.ts';
import { idempotencyKeyHash, requestMac, requireAuthentic } from '../crypto/idempotency.ts';
import { TwinlockError, UnavailableError } from '../errors.ts';
import type { SignedIn } from './authenticate.ts';
import { Claim, KeyTaken } from './claim.ts';
import type { VaultEnvironment } from './environment.ts';
import type { Vault } from './vault.ts';

/** A request that its sender may send again, and wants done once. */
export interface KeyedRequest {
  /** 1 to 64 visible ASCII characters, chosen by the sender. */
  readonly key: string;
  /** All that makes it this request and no other, in order: method, path, and what was sent. */
  readonly parts: readonly Uint8Array[];
}

/** How one kind of resource is found again, and made. */
interface Resource<T> {
  /** What an earlier request made, as it stands now; null where it is not, or no longer. */
  readonly find: (vault: Vault, id: string) => Promise<T | null>;
  /** @param claim to be kept with the resource; null where the sender gave no key */
  readonly make: (vault: Vault, claim: Claim | null) => Promise<T>;
}

/** How long a key is kept, ms. */
const KEPT_MS = 24 * 3_600_000;
/** A making that did not end by then stopped: longer than any function runs, ms. */
const MAKING_MS = 150_000;
/** Pauses while another request with the key is at work, ms: 5 s in all. */
const PAUSES_MS = [0, 50, 100, 200, 400, 800, 1000, 1000, 1000, 500];

/**
 * Makes a resource once, however often its request comes.
 *
 * 1. Read the key's row. 2. Where it names a resource for the same request, answer with that as it stands. 3. While
 * another request is making it, wait. 4. Else make it, and write the row with it in one transaction. Who loses that race
 * begins again.
 *
 * @param keyed null where the sender gave no key
 * @throws TwinlockError `idempotency_key_reused` for another request, `not_found` for a resource that is gone since;
 * IntegrityError; UnavailableError while another request is still making it
 */
export async function once<T>(
  env: VaultEnvironment,
  signedIn: SignedIn,
  keyed: KeyedRequest | null,
  { find, make }: Resource<T>,
): Promise<T> {
  if (keyed === null) return make(await signedIn.vault(), null);
  const name = { kind: 'idempotency', accountId: signedIn.accountId, keyHash: idempotencyKeyHash(keyed.key) } as const;
  for (const pause of PAUSES_MS) {
    const [vault, row] = await Promise.all([signedIn.vault(), env.store.get(name)]);
    const request = requestMac(vault, name.keyHash, keyed.parts);
    if (row !== null) requireAuthentic(vault, row);
    const age = row === null ? Number.POSITIVE_INFINITY : env.clock() - row.createdAt;
    if (row !== null && age < KEPT_MS) {
      if (!equal(row.request, request)) throw new TwinlockError('idempotency_key_reused');
      const found = await find(vault, row.resourceId);
      if (found !== null) return found;
      if (row.state === 'DONE') throw new TwinlockError('not_found');
    }
    if (age >= MAKING_MS) {
      const claim = new Claim(env, vault, row, { keyHash: name.keyHash, request });
      try {
        return await make(vault, claim);
      } catch (error) {
        await claim.release();
        if (!(error instanceof KeyTaken)) throw error;
      }
    }
    await env.sleep(pause);
  }
  throw new UnavailableError('idempotency:begun');
}
