import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteAliasCommand, KMSClient, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { describe, it } from '@jest/globals';

import { startKms } from '../../local/kms/server.ts';
import { describeKmsEngine, type KmsEngine } from './kms-engine.ts';

describeKmsEngine('the local KMS', async (): Promise<KmsEngine> => {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
  const file = join(folder, 'keys.json');
  let server = await startKms({ file });
  const clients: KMSClient[] = [];
  return {
    client() {
      const client = new KMSClient({
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      clients.push(client);
      return client;
    },
    async restart() {
      await server.close();
      server = await startKms({ file });
    },
    async stop() {
      for (const client of clients) client.destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
});

// Makes keys of its own and schedules their deletion. Credentials and region come from the environment.
if (process.env['TWINLOCK_TEST_AWS'] === '1') {
  describeKmsEngine('AWS KMS', () => {
    const kms = new KMSClient({});
    return Promise.resolve({
      client: () => kms,
      restart: null,
      async stop(keyIds, aliases) {
        for (const AliasName of aliases) await kms.send(new DeleteAliasCommand({ AliasName }));
        for (const KeyId of keyIds) await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
        kms.destroy();
      },
    });
  });
} else {
  describe('AWS KMS', () => {
    it.skip('is asked only with TWINLOCK_TEST_AWS=1', () => undefined);
  });
}
