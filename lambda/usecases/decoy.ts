import { SecretBytes } from '../crypto/bytes.ts';
import { newManifest } from '../crypto/manifest.ts';
import { PreparedPassword } from '../crypto/password.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import type { AccountId } from '../domain/ids.ts';
import type { AccountRow, Profile } from '../domain/records.ts';
import { UnavailableError } from '../errors.ts';
import type { AccountEnvironment } from './environment.ts';
import { toJson } from './json.ts';
import { sealManifest } from './manifest-row.ts';
import { wrapUnderPassword } from './password-wrap.ts';
import { makeRecovery } from './recovery-wrap.ts';

/** The account that unknown e-mails are tried against. No e-mail leads to it, and nobody has its password or its code. */
export const DECOY = '00000000000000000000000000' as AccountId;
/** Times that it may meet another transaction at work on its rows. */
const TRIES = 5;

/**
 * Writes the decoy's account, under a password of random bytes and a recovery code that nobody sees, with the
 * deployment's cost and suite.
 *
 * @param read the decoy that is replaced; null where there is none
 * @returns the decoy that stands afterwards, this one or another writer's
 */
export async function renewDecoy(env: AccountEnvironment, read: AccountRow | null): Promise<AccountRow> {
  const now = env.clock();
  const dek = new SecretBytes(env.random(32));
  const keys = new VaultKeys(dek, DECOY, 1, env.random);
  try {
    const version = (read?.version ?? 0) + 1;
    const owner = { accountId: DECOY, dekVersion: 1, version };
    const profile: Profile = { email: '', createdAt: now, passwordChangedAt: now, activityKey: '' };
    const account: AccountRow = {
      kind: 'account',
      ...owner,
      emailMac: new Uint8Array(32),
      epoch: 1,
      passwordWrap: await wrapUnderPassword(env, owner, new PreparedPassword('plain', env.random(32)), dek),
      profile: keys.seal('profile', DECOY, version, toJson(profile)),
      profileVersion: version,
      recovery: (await makeRecovery(env, owner, keys, dek)).recovery,
    };
    const manifest = sealManifest(keys, newManifest(account));
    for (let tries = 1; tries <= TRIES; tries++) {
      await env.store.commit([
        { op: 'put', row: account, replaces: read },
        { op: 'put', row: manifest, replaces: 'any' },
      ]);
      const stands = await env.store.get({ kind: 'account', accountId: DECOY });
      if (stands !== null) return stands;
      // Another writer is still at work on it.
      await env.sleep(20 * tries);
    }
    throw new UnavailableError('vault:decoy');
  } finally {
    keys.wipe();
  }
}
