// The emulator in a process of its own, for the tests that kill it.
import { startDynamoDb } from '../../local/dynamodb/server.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('no folder named');
const { endpoint } = await startDynamoDb({ path });
process.stdout.write(`${endpoint}\n`);
