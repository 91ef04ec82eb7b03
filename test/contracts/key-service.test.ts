import { CreateKeyCommand, type CreateKeyCommandInput } from '@aws-sdk/client-kms';
import { kmsClient } from '../../lambda/adapters/aws-clients.ts';
import { createKeyService } from '../../lambda/adapters/kms/key-service.ts';
import { startKms } from '../../local/kms/server.ts';
import { createMemoryKeyService } from '../fixtures/memory-key-service.ts';
import { describeKeyService } from './key-service.ts';

describeKeyService('in memory', () => Promise.resolve({ service: createMemoryKeyService() }));

describeKeyService('KMS adapter on the emulator', async () => {
  const server = await startKms({ file: null });
  const { endpoint } = server;
  const client = kmsClient({
    region: 'us-east-1',
    endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const newKey = async (input: CreateKeyCommandInput = {}) => {
    const { KeyMetadata } = await client.send(new CreateKeyCommand(input));
    return KeyMetadata?.Arn ?? '';
  };
  const mac = { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' } as const;
  const [wrapKeyArn, ...macKeyArns] = [await newKey(), await newKey(mac), await newKey(mac)];
  const close = async () => {
    client.destroy();
    await server.close();
  };
  return { service: createKeyService({ client, wrapKeyArns: [wrapKeyArn], macKeyArns }), close };
});
