import type { AccountId } from '../lambda/domain/ids.ts';
import type { AccountRow, DeletionRow, ManifestRow, RowKey } from '../lambda/domain/records.ts';
import { IntegrityError } from '../lambda/errors.ts';
import type { VaultStore } from '../lambda/ports/vault-store.ts';

/** What all rows of an account are held against, as it stood at one moment. */
export interface Standing {
  readonly account: AccountRow | null;
  readonly manifest: ManifestRow | null;
  readonly deletion: DeletionRow | null;
  /** One of the three is there and does not read: nothing can be said of the account's other rows. */
  readonly isBroken: boolean;
}

/** Accounts that are remembered: a scan gives an account's rows one after another, mostly. */
const MOST_REMEMBERED = 5_000;

/** Looks accounts up, and remembers the last of them: memory stays the same, however large the table is. */
export interface Standings {
  /** @param anew past what is remembered */
  of(accountId: AccountId, anew?: boolean): Promise<Standing>;
}

export function createStandings(store: VaultStore): Standings {
  const remembered = new Map<AccountId, Promise<Standing>>();
  return {
    of: (accountId, anew = false) => {
      const known = anew ? undefined : remembered.get(accountId);
      if (known !== undefined) return known;
      const looked = look(store, accountId);
      // Its failure is met by who asks; asked again, it is looked up again.
      looked.catch(() => remembered.delete(accountId));
      remembered.set(accountId, looked);
      const [oldest] = remembered.keys();
      if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
      return looked;
    },
  };
}

async function look(store: VaultStore, accountId: AccountId): Promise<Standing> {
  try {
    const [account, manifest, deletion] = await store.snapshot([
      { kind: 'account', accountId },
      { kind: 'manifest', accountId },
      { kind: 'deletion', accountId },
    ]);
    return { account, manifest, deletion, isBroken: false };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { account: null, manifest: null, deletion: null, isBroken: true };
  }
}

/** How a row is called in reports: by ids and MACs alone. A counter's name holds an address, and is left out. */
export function rowName(key: RowKey): string {
  switch (key.kind) {
    case 'email':
      return `E#${Buffer.from(key.mac).toString('base64url')}`;
    case 'throttle':
      return 'T#';
    case 'walk':
      return 'W#bucket';
    case 'account':
      return `${key.accountId} ACCOUNT`;
    case 'manifest':
      return `${key.accountId} M`;
    case 'deletion':
      return `${key.accountId} X`;
    case 'session':
      return `${key.accountId} S#${key.sessionId}`;
    case 'item':
      return `${key.accountId} I#${key.itemId}`;
    case 'document':
      return `${key.accountId} D#${key.documentId}`;
    case 'activity':
      return `${key.accountId} L#${key.activityId}`;
    case 'idempotency':
      return `${key.accountId} K#${key.keyHash}`;
  }
}
