import { equal } from '../crypto/bytes.ts';
import { authenticatedRow } from '../crypto/idempotency.ts';
import type { DocumentId, ItemId } from '../domain/ids.ts';
import type { IdempotencyRow } from '../domain/records.ts';
import type { Change } from '../ports/vault-store.ts';
import type { VaultEnvironment } from './environment.ts';
import type { Vault } from './vault.ts';

/** Another request with the key was quicker: what it did decides. */
export class KeyTaken extends Error {}

/** One request's hold on its key. */
export class Claim {
  readonly #env: VaultEnvironment;
  readonly #vault: Vault;
  readonly #of: Pick<IdempotencyRow, 'keyHash' | 'request'>;
  /** The row that the next write replaces. */
  #row: IdempotencyRow | null;
  #begun: IdempotencyRow | null = null;
  #asked = false;

  /** @param row what lies there and counts no more, or null */
  constructor(
    env: VaultEnvironment,
    vault: Vault,
    row: IdempotencyRow | null,
    of: Pick<IdempotencyRow, 'keyHash' | 'request'>,
  ) {
    [this.#env, this.#vault, this.#row, this.#of] = [env, vault, row, of];
  }

  /**
   * Writes down that a resource is being made which one transaction cannot make.
   *
   * @param others what is written with it
   * @throws KeyTaken, after which nothing was written
   */
  async begin(resourceId: DocumentId, others: readonly Change[]): Promise<void> {
    const row = this.#rowFor('BEGUN', resourceId);
    this.#begun = row;
    const { ok } = await this.#env.store.commit([...others, { op: 'put', row, replaces: this.#row }]);
    if (!ok) {
      this.#begun = null;
      throw new KeyTaken();
    }
    this.#row = row;
  }

  /**
   * What is to be written in the transaction that makes the resource. Asked again, after a lost race, it sees first
   * whether it was this one.
   *
   * @throws KeyTaken
   */
  async done(resourceId: ItemId | DocumentId): Promise<Change> {
    const row = this.#rowFor('DONE', resourceId);
    const now = this.#asked ? await this.#env.store.get(row) : this.#row;
    if (!same(now, this.#row)) throw new KeyTaken();
    this.#asked = true;
    return { op: 'put', row, replaces: this.#row };
  }

  /** Frees the key of a making that failed, unless it was made all the same. What stays is taken over in time. */
  async release(): Promise<void> {
    if (this.#begun === null) return;
    await this.#env.store.commit([{ op: 'remove', row: this.#begun }]).catch(() => undefined);
  }

  #rowFor(state: IdempotencyRow['state'], resourceId: ItemId | DocumentId): IdempotencyRow {
    const createdAt = this.#begun?.createdAt ?? this.#env.clock();
    return authenticatedRow(this.#vault, { kind: 'idempotency', ...this.#of, state, resourceId, createdAt });
  }
}

function same(a: IdempotencyRow | null, b: IdempotencyRow | null): boolean {
  return a === null || b === null ? a === b : equal(a.mac, b.mac);
}
