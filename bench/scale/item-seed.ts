import { randomBytes } from '../../lambda/adapters/system/system.ts';
import { vaultEnvironment } from '../../lambda/compose.ts';
import { entryOf, withEntries } from '../../lambda/crypto/manifest.ts';
import { type ItemId, newId } from '../../lambda/domain/ids.ts';
import type { ItemRow } from '../../lambda/domain/records.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import type { VaultEnvironment } from '../../lambda/usecases/environment.ts';
import { toJson } from '../../lambda/usecases/json.ts';
import { consoleTelemetry } from '../../local/console-telemetry.ts';
import { SETTINGS } from '../../local/service.ts';
import type { CloudAddress } from '../load/process.ts';
import { CONTENT } from './person.ts';

/** Items of one transaction, which has room for the manifest beside them. */
const ITEMS_A_WRITE = 90;

/** A vault's ports, as the local service has them. */
export function environmentOf({ table, wrapKeyArns, macKeyArn, bucket: _, ...aws }: CloudAddress): VaultEnvironment {
  return vaultEnvironment({
    config: { table, wrapKeyArns, macKeyArns: [macKeyArn], allowedOrigins: [], stage: 'local', settings: SETTINGS },
    aws,
    telemetry: consoleTelemetry(),
  });
}

/** Stores items in an account, many in each write of the vault. @returns their ids */
export async function storeItems(env: VaultEnvironment, token: string, count: number): Promise<ItemId[]> {
  const signedIn = await authenticate(env, token, null, { sourceIp: '127.0.0.1', userAgent: 'bench' });
  try {
    const vault = await signedIn.vault();
    const { accountId, dekVersion } = vault.keys;
    const ids: ItemId[] = [];
    while (ids.length < count) {
      const now = env.clock();
      const rows = Array.from({ length: Math.min(ITEMS_A_WRITE, count - ids.length) }, (): ItemRow => {
        const itemId = newId<ItemId>(now, randomBytes(10));
        const sealed = vault.keys.seal('item', itemId, 1, toJson({ ...CONTENT, createdAt: now, updatedAt: now }));
        return { kind: 'item', accountId, itemId, version: 1, dekVersion, sealed };
      });
      await vault.write(null, [], [], (_, manifest) => ({
        changes: rows.map((row) => ({ op: 'put', row, replaces: null })),
        manifest: withEntries(manifest, rows.map(entryOf)),
        result: null,
      }));
      ids.push(...rows.map(({ itemId }) => itemId));
    }
    return ids;
  } finally {
    await signedIn.close();
  }
}
