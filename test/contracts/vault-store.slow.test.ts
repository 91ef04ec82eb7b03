import { describe, it } from '@jest/globals';
import { dynamoDbClient } from '../../lambda/adapters/aws-clients.ts';
import { createVaultStore } from '../../lambda/adapters/dynamodb/vault-store.ts';
import { startDynamoDb } from '../../local/dynamodb/server.ts';
import { ensureTable } from '../../local/table.ts';
import { javaIsThere, startDynamoDbLocal } from '../fixtures/dynamodb-local.ts';
import { createMemoryVaultStore } from '../fixtures/memory-vault-store.ts';
import { describeVaultStore, type StoreUnderTest } from './vault-store.ts';

const TABLE = 'vault';

async function over(server: { endpoint: string; close(): Promise<void> }): Promise<StoreUnderTest> {
  const { endpoint } = server;
  const client = dynamoDbClient({
    region: 'us-east-1',
    endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await ensureTable(client, TABLE);
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { store: createVaultStore({ client, table: TABLE }), close };
}

describeVaultStore('in memory', () => Promise.resolve({ store: createMemoryVaultStore() }));

describeVaultStore('DynamoDB adapter on the emulator', async () => over(await startDynamoDb({ path: null })));

if (javaIsThere()) {
  describeVaultStore('DynamoDB adapter on DynamoDB Local', async () => {
    const server = await startDynamoDbLocal();
    if (server === null) throw new Error('DynamoDB Local did not start');
    return over(server);
  });
} else {
  describe('vault store: DynamoDB adapter on DynamoDB Local', () => {
    it.skip('needs Java', () => undefined);
  });
}
