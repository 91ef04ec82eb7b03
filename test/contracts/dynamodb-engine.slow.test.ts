import { describe, it } from '@jest/globals';
import { startDynamoDb } from '../../local/dynamodb/server.ts';
import { javaIsThere, startDynamoDbLocal } from '../fixtures/dynamodb-local.ts';
import { describeDynamoDbEngine } from './dynamodb-engine.ts';

describeDynamoDbEngine('the emulator', () => startDynamoDb({ path: null }));

if (javaIsThere()) {
  describeDynamoDbEngine("Amazon's DynamoDB Local", async () => {
    const engine = await startDynamoDbLocal();
    if (engine === null) throw new Error('Java went away');
    return engine;
  });
} else {
  process.stderr.write("No Java here: the contract is not held against Amazon's DynamoDB Local.\n");
  describe.skip("Amazon's DynamoDB Local", () => {
    it('needs Java', () => undefined);
  });
}
